"""What authors say of a change: what is refused, where, and how to mend it."""
from __future__ import annotations

from pathlib import Path

import pytest

from elearn.content.library import load
from elearn.rules.courses import Change, Size
from tests.content.sample import TODAY, write

FILE = "safer7/child-neglect/module.yaml"


def with_note(root: Path, note: str) -> int:
    """A sound library whose briefing has this note of a change; returns the line the note stands on."""
    path = write(root) / FILE
    text = path.read_text("utf-8")
    path.write_text(text + "changes:\n  - " + note + "\n", "utf-8")
    return text.count("\n") + 2


def test_a_note_is_read_with_its_edition_size_and_text(tmp_path: Path) -> None:
    with_note(tmp_path, "{edition: 1.1, size: material, text: Tell your lead today.}")
    library, problems = load(tmp_path, today=TODAY)
    assert not problems
    assert library.courses["child-neglect"].changes == (Change("1.1", Size.MATERIAL, "Tell your lead today."),)


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("{edition: '2', size: huge}", "material"),
        ("{edition: '2', size: material}", "say what people should do differently now"),
        ("{edition: '2', size: minor, txt: More of it.}", "text"),
    ],
    ids=["size unknown", "material without text", "key unknown"],
)
def test_a_wrong_note_names_file_and_line_and_what_to_do(tmp_path: Path, note: str, says: str) -> None:
    line = with_note(tmp_path, note)
    library, problems = load(tmp_path, today=TODAY)
    (found,) = [problem for problem in problems if problem.file == FILE]
    assert found.line == line
    assert says in f"{found.text} {found.mend}"
    assert "child-neglect" not in library.courses


def test_the_text_of_a_note_is_held_to_the_rules_of_prose(tmp_path: Path) -> None:
    line = with_note(tmp_path, "{edition: '2', size: minor, text: Call 01234 567 890 when you are worried.}")
    assert ("N1", line) in {(problem.rule, problem.line) for problem in load(tmp_path, today=TODAY)[1] if problem.file == FILE}

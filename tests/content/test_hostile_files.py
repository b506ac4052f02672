"""Whatever a file holds, loading tells its problems and never raises; what it lets through is harmless."""
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elearn.content.library import load
from elearn.content.markdown import Outside, pages
from elearn.content.problems import Problems
from tests.content.sample import ALL, TODAY, write
from tests.content.test_markdown import assert_harmless

WRITTEN = {f"{folder}/{name}".lstrip("/"): text for folder, files in ALL.items() for name, text in files.items()}
FILES = sorted(WRITTEN)
KEYS = [
    "title", "summary", "cover", "minutes", "law_as_at", "review_due", "outcomes", "validity", "rule", "months", "day",
    "where_next", "before", "glossary", "items", "facts", "claim", "draw", "total", "pass_percent", "mode", "wait", "one", "kind",
    "prompt", "choices", "text", "note", "right", "stages", "gaps", "pairs", "steps", "answer", "accept", "notes", "requires",
    "all", "any", "not", "at_least", "n", "of", "current", "attended", "level", "from", "until", "month", "lead", "body",
    "questions", "about", "meanwhile", "contacts", "number", "purpose",
]
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "single-choice", "n1", "2026-11-22", "99-99", "module:x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(file=st.sampled_from(FILES), content=st.binary(max_size=200))
def test_random_bytes_in_any_file_never_raise(file: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder))
        (root / file).write_bytes(content)
        load(root, today=TODAY)


@settings(max_examples=50, deadline=None)
@given(file=st.sampled_from([file for file in FILES if file.endswith(".yaml")]), value=SHAPES)
def test_well_formed_yaml_of_the_wrong_shape_never_raises(file: str, value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder))
        (root / file).write_text(str(value).replace("None", "null").replace("True", "true").replace("False", "false"), "utf-8")
        load(root, today=TODAY)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), file=st.sampled_from(FILES))
def test_a_sound_file_with_one_piece_cut_or_doubled_never_raises(data: st.DataObject, file: str) -> None:
    text = WRITTEN[file]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    with tempfile.TemporaryDirectory() as place:
        root = write(Path(place))
        spoilt = text[:start] + text[end:] if data.draw(st.booleans()) else text[:end] + text[start:]
        (root / file).write_text(spoilt, "utf-8")
        load(root, today=TODAY)


MARKDOWN = st.lists(
    st.sampled_from(
        ["# ", "## ", "{#a}", ":::", "::: ", "note", "cards", "ticks", "story ground=blush", "\n", "\n\n", "- ", "> ", "1. ", "```",
         "check", "<script>", "</p>", "javascript:alert(1)", "[x](", ")", "![", "]", "**", "_", "|", "|-|", "    ", "&lt;", "&#x6a;", "\\",
         "\"", "'", "word ", "https://x.example", "data:x", "\t", '<span data-icon="x"></span>', "onclick=x", "\u0000", "\ud7ff"]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(MARKDOWN)
def test_no_markdown_raises_or_lets_anything_harmful_through(parts: list[str]) -> None:
    for page in pages("".join(parts), "x.md", Problems(), Outside()):
        if body := getattr(page, "body", None):
            assert_harmless(body.html)


@pytest.mark.parametrize("name", ["Bad Name", "UPPER", "a--b", "ä", "a.b", "-a"])
def test_a_folder_with_a_name_that_cannot_be_an_address_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path, {**ALL, f"live/{name}": {"module.yaml": "x"}})
    library, problems = load(tmp_path, today=TODAY)
    assert [(problem.file, problem.rule) for problem in problems] == [(f"live/{name}", "slug")]
    assert len(library.courses) == 3


def test_a_file_or_link_among_the_modules_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "live" / "note.txt").write_text("x", "utf-8")
    (tmp_path / "live" / "other").symlink_to(tmp_path / "live" / "a-day")
    problems = load(tmp_path, today=TODAY)[1]
    assert [(problem.file, problem.rule) for problem in problems] == [("live/note.txt", "file"), ("live/other", "file")]

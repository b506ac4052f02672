"""A bank goes into a module whole or not at all, and never over anything that is there; and comes out again."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from elearn import cli
from elearn.content import yaml_lines
from elearn.content.exchange import folder, gift
from elearn.content.exchange.bank import Bank, Unusable
from elearn.content.library import load
from elearn.content.problems import Problems
from elearn.rules.questions.base import Question
from elearn.settings import ROOT
from tests.content.exchange.drawn import questions

GOOD = "::Who first:: Who do you tell?{=Your lead#Yes, since your lead knows what to do next. ~A friend ~No one}\n\nBe sure first?{F}\n\n::Odds::{#0.000001:0.5}"
SLUG = "child-neglect"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The modules as shipped, with one Safer7 that may be changed."""
    for each in ("contacts.yaml",):
        (tmp_path / each).write_bytes((ROOT / "modules" / each).read_bytes())
    target = tmp_path / "safer7" / SLUG
    target.mkdir(parents=True)
    for file in (ROOT / "modules" / "safer7" / SLUG).iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return tmp_path


def tree(root: Path) -> Mapping[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else b"" for path in root.rglob("*")}


def bank(text: str = GOOD.replace("::Odds::{", "::Odds:: How likely?{")) -> Bank:
    return gift.read(text.encode())


def test_a_bank_goes_into_one_new_file_that_the_module_reads(root: Path) -> None:
    taken = folder.take(root, SLUG, bank(), "My Quiz (2).gift.txt")
    assert (taken.file.relative_to(root).as_posix(), taken.count) == (f"safer7/{SLUG}/items/my-quiz-2-gift.yaml", 3)
    document = yaml_lines.read(taken.file.read_text("utf-8"), "x", Problems())
    assert document is not None and document.data["items"]["odds"]["answer"] == 0.000001
    assert "{#" not in taken.file.read_text("utf-8") and [path.name for path in taken.file.parent.iterdir()] == [taken.file.name]


def test_the_check_then_names_what_a_person_still_has_to_write(root: Path) -> None:
    folder.take(root, SLUG, bank(), "quiz")
    _, wrong = load(root, today=date(2026, 11, 23))
    said = [str(problem) for problem in wrong if "items/quiz.yaml" in problem.file]
    assert any("who-first: “note” is missing" in each for each in said) and any("“notes” is missing" in each for each in said)


def test_a_trial_writes_nothing(root: Path) -> None:
    before = tree(root)
    assert folder.take(root, SLUG, bank(), "quiz", trial=True).count == 3
    assert tree(root) == before


def test_an_id_that_the_module_has_gets_a_number(root: Path) -> None:
    [known, *_] = folder.questions(root, SLUG)
    taken = folder.take(root, SLUG, bank(f"::{known.id}:: So?{{T}}\n\n::{known.id}-2:: And so?{{F}}"), "quiz")
    assert taken.renamed == {known.id: f"{known.id}-3"}
    assert taken.file.read_text("utf-8").count(f"\n  {known.id}-") == 2


@pytest.mark.parametrize("there", ["file", "link", "folder is a link"])
def test_nothing_that_is_there_is_ever_changed(root: Path, tmp_path_factory: pytest.TempPathFactory, there: str) -> None:
    items, outside = root / "safer7" / SLUG / "items", tmp_path_factory.mktemp("outside")
    if there == "folder is a link":
        items.symlink_to(outside)
    else:
        items.mkdir()
    if there == "file":
        (items / "quiz.yaml").write_text("items: {}\n")
    if there == "link":
        (items / "quiz.yaml").symlink_to(outside / "target")
    before = tree(root)
    with pytest.raises(Unusable):
        folder.take(root, SLUG, bank(), "quiz")
    assert tree(root) == before and not list(outside.iterdir())


def test_when_the_disk_fails_nothing_is_left_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = tree(root)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.take(root, SLUG, bank(), "quiz")
    assert tree(root) == before


@pytest.mark.parametrize("name", ["../safer7/child-neglect", "nothing", "", ".", "Child-Neglect", "contacts.yaml"])
def test_only_a_module_with_a_quiz_is_a_place_for_questions(root: Path, name: str) -> None:
    with pytest.raises(Unusable, match="There is no module"):
        folder.take(root, name, bank(), "quiz")


@settings(deadline=None, max_examples=60)
@given(questions(("single-choice", "multiple-choice", "true-false", "short-text", "numeric", "ordering", "gap-fill"), gaps=1))
def test_whatever_is_read_can_be_written_as_yaml_and_says_the_same(asked: Question) -> None:
    text = gift.write([asked]).text
    if text:
        items = gift.read(text.encode()).items
        document = yaml_lines.read(folder._yaml(items), "x", Problems())
        assert document is not None and document.data == {"items": dict(items)}


@pytest.mark.parametrize("word", ["no", "yes", "null", "~", "012", "12:30", "1e3", "2026-05-26", "- a", "a: b", "# a", "'a", '"', "|", "&a", "*a", "!a", "%a", "@a", "`a", "1_000", ".5", "=", "<<"])
def test_a_word_that_yaml_could_take_for_something_else_stays_a_word(word: str) -> None:
    items = {"q": {"kind": "true-false", "prompt": word, "answer": True}}
    document = yaml_lines.read(folder._yaml(items), "x", Problems())
    assert document is not None and document.data["items"]["q"]["prompt"] == word


# ---- The commands ------------------------------------------------------------------------------------------------------

Run = Callable[..., int]


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ELEARN_MODULES", str(root))
    return lambda *words: cli.main(["content", *map(str, words)])


def test_the_command_says_what_was_taken_and_lost(run: Run, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "quiz.gift"
    file.write_text("$CATEGORY: Ours\n\nSo?{T}\n", "utf-8")
    assert run("import", SLUG, file, "--dry-run") == 0
    assert "1 question, 1 thing that could not be kept. Nothing was written" in capsys.readouterr().out
    assert run("import", SLUG, file) == 0
    said = capsys.readouterr().out
    assert "the category “Ours” was left out" in said and "items/quiz.yaml" in said and "bin/elearn content check" in said


def test_the_command_refuses_a_bad_file_whole(run: Run, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "quiz.xml"
    file.write_text('<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', "utf-8")
    before = tree(root)
    assert run("import", SLUG, file) == cli.FOUND
    said = capsys.readouterr().out
    assert "document type or entities" in said and "Nothing was imported." in said and tree(root) == before
    assert run("import", SLUG, root / "nothing.gift") == cli.CANNOT


@pytest.mark.parametrize("form", ["gift", "moodle-xml"])
def test_what_a_module_gives_another_module_can_take(run: Run, root: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    file = root / "out"
    assert run("export", SLUG, "--format", form, "--output", file) == 0
    assert "written" in capsys.readouterr().err
    assert run("export", SLUG, "--format", form, "--output", file) == cli.CANNOT
    assert run("import", SLUG, file, "--format", form) == 0
    assert run("export", "nothing", "--format", form) == cli.CANNOT

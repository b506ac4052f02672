"""The authors' pages: every problem beside what it is about, read from the files as they are now."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from flask import Flask

from elearn import clock
from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.web.areas import authors
from tests.builders import People
from tests.page import Page

Browse = Callable[..., Page]
MODULE = "/office/writing/child-neglect"


@pytest.fixture
def files(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the modules that a test may spoil, live in the site; put back after the test."""
    root = copytree(Path(__file__).parents[2] / "modules", tmp_path / "modules")
    before = app.extensions["catalogue"]
    app.extensions["catalogue"] = Catalogue(root, clock.now().date(), Outside())
    monkeypatch.setattr(authors, "_root", lambda: root)
    yield root
    app.extensions["catalogue"] = before


def spoil(root: Path, old: str, new: str, file: str = "quiz.yaml") -> None:
    path = root / "safer7/child-neglect" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_sound_module_says_so(files: Path, browse: Browse, people: People) -> None:
    browse(people.ada).get(MODULE).says("the check found nothing to mend")
    browse(people.ada).get("/office/writing").says("All good")


def test_a_problem_stands_beside_the_question_it_is_about_once_the_files_are_read_again(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "prompt: ", "prompt: Prior to this, ")
    browse(people.ada).get(MODULE).says("the check found nothing to mend")
    page = browse(people.ada).get(MODULE).post("/office/writing/read-again", press="Read the files again")
    page.says("The files were read again", "“Prior to” is an official word", "Write “before”", "(best answer)")


def test_a_module_that_is_broken_says_what_to_mend_while_the_old_one_stays_live(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "# ", "# [write: this] ", "boxes.md")
    page = browse(people.ada).get("/office/writing").post("/office/writing/read-again", press="Read the files again")
    page.says("1 to mend")
    browse(people.ada).get(MODULE).says("One thing to mend before it can go live", "This is not written yet", "boxes.md, line 1")
    browse(people.ada).get("/7/child-neglect", 200)


def test_any_screen_can_be_seen_as_it_is_in_the_files_now(files: Path, browse: Browse, people: People) -> None:
    browse(people.ada).get(f"{MODULE}?see=boxes/see").says("words, reading age")
    browse(people.ada).get("/office/writing/no-such-module", 404)


def test_every_module_that_comes_with_the_site_has_its_page(browse: Browse, people: People) -> None:
    for path in sorted((Path(__file__).parents[2] / "modules").glob("*/*")):
        browse(people.ada).get(f"/office/writing/{path.name}").says("Read the files again")

"""The authors' pages: every problem beside what it is about, read from the files as they are now."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, rmtree
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import reading
from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.documents.briefing import BriefingFacts
from elearn.documents.printer import DoesNotFit, PrintFailed
from elearn.records import learning
from elearn.records.db import writing
from elearn.web.areas import authors
from tests.builders import People
from tests.page import Page

Browse = Callable[..., Page]
Records = Callable[[], Session]
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
    browse(people.ada).get(MODULE).says("Nothing to mend")
    browse(people.ada).get("/office/writing").says("All good")


def test_a_problem_stands_beside_the_question_it_is_about_once_the_files_are_read_again(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "prompt: ", "prompt: Prior to this, ")
    browse(people.ada).get(MODULE).says("Nothing to mend")
    page = browse(people.ada).get(MODULE).post("/office/writing/read-again", press="Read the files again")
    page.says("The files were read again", "“Prior to” is an official word", "Write “before”", "(best answer)")


def test_a_module_that_is_broken_says_what_to_mend_while_the_old_one_stays_live(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "# ", "# [write: this] ", "boxes.md")
    page = browse(people.ada).get("/office/writing").post("/office/writing/read-again", press="Read the files again")
    page.says("1 to mend")
    browse(people.ada).get(MODULE).says("One thing to mend", "Until then people see the version before it", "This is not written yet", "boxes.md, line 1")
    browse(people.ada).get("/7/child-neglect", 200)


def test_any_screen_can_be_seen_as_learners_see_it_from_the_files_as_they_are_now(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "# What you may see", "# What you might see", "boxes.md")
    page = browse(people.ada).get(f"{MODULE}/see?part=boxes/see").says("What you might see", "Next: ", "boxes.md, line")
    assert not page.forms or all(form.method == "get" or "/7/" not in form.action for form in page.forms), "nothing can be sent from here"
    browse(people.ada).get(f"{MODULE}/see?part=boxes/none", 404)
    browse(people.ada).get("/office/writing/no-such-module", 404)
    browse(people.ada).get("/office/writing/no-such-module/see?part=boxes/see", 404)


def test_a_question_of_every_kind_can_be_seen_before_and_after_it_is_answered(app: Flask, browse: Browse, people: People) -> None:
    course = app.extensions["catalogue"].courses["child-abuse-and-neglect"]
    page = browse(people.ada)
    for question in {question.kind: question for question in course.quiz.questions}.values():
        address = f"/office/writing/{course.slug}/see?part=question%20{question.id}"
        page.get(address).says(question.prompt, "After it is answered")
        page.click("After it is answered").says(question.prompt, "Before it is answered", question.mark(question.mark({}).answer).notes[0].text)


def test_what_is_measured_stands_below_what_is_to_mend(files: Path, browse: Browse, people: People) -> None:
    browse(people.ada).get(MODULE).says("Words in each box", "Reading age", "All good", "Links say where they go", "Look again by")
    spoil(files, "# ", "# [write: this] ", "boxes.md")
    page = browse(people.ada).get(MODULE).post("/office/writing/read-again", press="Read the files again")
    assert page.main.index("This is not written yet") < page.main.index("Words in each box")


def test_the_page_names_who_keeps_the_module_and_how_many_read_it(files: Path, browse: Browse, people: People, app: Flask, records: Records) -> None:
    page = browse(people.ada).get(MODULE).says("Nobody is named yet", "Nobody yet, in the version that is live")
    course = app.extensions["catalogue"].courses["child-neglect"]
    steps = [f"{unit.id}/{step.id}" for unit, step in course.steps()]
    with records() as session, writing(session):
        for who, many in ((people.bob, 2), (people.alice, len(steps))):
            for step in steps[:many]:
                reading.go_on(session, who.id, course, step, clock.now(), ZoneInfo("Europe/London"))
        learning.mark_step(session, people.omar.id, "child-neglect", steps[0], "an older version", clock.now())
    page.get(MODULE).says("2 people, 1 of them to the end")
    spoil(files, "minutes: ", "owner: Ruth Adeyemi\nminutes: ", "module.yaml")
    page.get(MODULE).post("/office/writing/read-again", press="Read the files again")
    page.says("Owner", "Ruth Adeyemi").never_says("Nobody is named yet")
    browse(None).get("/7/child-neglect").never_says("Ruth Adeyemi")


def test_whether_a_briefing_fits_one_page_is_found_out_when_somebody_asks(
    files: Path, browse: Browse, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def press(facts: BriefingFacts) -> bytes:
        asked.append(facts.title)
        if len(asked) > 1:
            raise (DoesNotFit("too long"), PrintFailed("no press"))[len(asked) - 2]
        return b"%PDF"

    monkeypatch.setattr(authors, "printed", press)
    page = browse(people.ada).get(MODULE)
    assert not asked
    page.click("See if it fits on one A4 page").says("It fits on one A4 page")
    page.get(f"{MODULE}?a4=1").says("It is too long for one A4 page")
    page.get(f"{MODULE}?a4=1").says("It could not be printed just now")
    browse(people.ada).get("/office/writing/child-abuse-and-neglect?a4=1").never_says("A4")
    assert asked == ["Child neglect"] * 3


def test_a_file_that_cannot_be_read_says_where_and_the_version_before_it_stays(files: Path, browse: Browse, people: People) -> None:
    spoil(files, "title: ", "title: [", "module.yaml")
    page = browse(people.ada).get(MODULE).post("/office/writing/read-again", press="Read the files again")
    page.says("One thing to mend", "Until then people see the version before it", "module.yaml, line", "once the files can be read")
    browse(None).get("/7/child-neglect").says("Child neglect")


def test_a_module_that_was_never_sound_is_seen_by_nobody(files: Path, browse: Browse, people: People) -> None:
    new = copytree(files / "safer7/child-neglect", files / "safer7/a-new-one")
    (new / "boxes.md").write_text("# [write: this] {#what}\n\nWords.\n", "utf-8")
    browse(people.ada).get("/office/writing").post("/office/writing/read-again", press="Read the files again")
    browse(people.ada).get("/office/writing/a-new-one").says("Nobody sees it yet", "A new one")
    browse(None).get("/7/a-new-one", 404)


def test_with_no_module_it_says_how_one_begins(files: Path, browse: Browse, people: People) -> None:
    for folder in files.glob("*/*"):
        rmtree(folder)
    page = browse(people.ada).get("/office/writing").post("/office/writing/read-again", press="Read the files again")
    page.says("No modules yet", "bin/elearn content new safer7 its-name")


def test_hundreds_of_problems_come_a_few_places_at_a_time(files: Path, browse: Browse, people: People) -> None:
    for path in (files / "elearning/child-abuse-and-neglect/units").glob("*.md"):
        path.write_text(path.read_text("utf-8").replace(". ", ", prior to which it was decided by them and utilised, "), "utf-8")
    page = browse(people.ada).get("/office/writing").post("/office/writing/read-again", press="Read the files again")
    page = browse(people.ada).get("/office/writing/child-abuse-and-neglect").says("things to mend", "Page 1 of", "more here")
    assert page.main.count("See it as learners do") <= 2 * authors.PLACES and len(page.response.data) < 200_000
    page.click("Next page").says("Page 2 of")


def test_every_module_that_comes_with_the_site_has_its_page(browse: Browse, people: People) -> None:
    for path in sorted((Path(__file__).parents[2] / "modules").glob("*/*")):
        browse(people.ada).get(f"/office/writing/{path.name}").says("Read the files again")

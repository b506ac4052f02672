"""The pages about how questions do: what they show with nobody, with too few and with enough people, and to whom."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as counted

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.content.reader import read_course
from elearn.content.source import Source
from elearn.records import learning, releases
from elearn.records.db import writing
from elearn.rules.quiz import Paper, mark
from elearn.web.areas import statistics
from tests import builders
from tests.builders import People
from tests.page import Page

Browse = Callable[..., Page]
NEGLECT = "child-neglect"
PAGE = f"/office/questions/{NEGLECT}"
NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)

_edition = counted()


@pytest.fixture
def content(app: Flask, records: Callable[[], Session]) -> Iterator[Catalogue]:
    """The catalogue with a new version of the course, which nobody has sat; put back after the test."""
    catalogue: Catalogue = app.extensions["catalogue"]
    before = catalogue.library
    source = before.sources[NEGLECT]
    fresh = Source({**source.files, "quiz.yaml": source.files["quiz.yaml"] + f"# {next(_edition)}\n".encode()})
    course = read_course(fresh, "safer7", NEGLECT, Outside())
    with records() as session, writing(session):
        releases.keep(session, NEGLECT, course.version, "safer7", fresh.to_json(), NOW)
    catalogue.library = replace(before, courses={**before.courses, NEGLECT: course})
    yield catalogue
    catalogue.library = before


@pytest.fixture
def sat(records: Callable[[], Session], people: People, content: Catalogue) -> Callable[[int], None]:
    """Has so many people sit five questions. One in three are right about the first alone, the others about the three after it; nobody passes."""
    course = content.courses[NEGLECT]
    assert course.quiz is not None
    paper = Paper(tuple(question for question in course.quiz.questions if question.kind == "single-choice")[:5], 7)

    def fill(count: int) -> None:
        with records() as session, writing(session):
            for n in range(count):
                who = builders.person(session, f"Sitter {n}", people.team_id, NOW).id
                attempt = learning.add_attempt(session, who, NEGLECT, course.version, 1, 7, [question.id for question in paper.questions], NOW)
                answers = {}
                for place, question in enumerate(paper.questions):
                    right = question.mark({}).answer["choice"]
                    wrong = ("0",) if right == ("1",) else ("1",)
                    answers[question.id] = {"choice": right if (place == 0 if n % 3 == 0 else place in (1, 2, 3)) else wrong}
                    learning.add_answer(session, attempt, question.id, 1, f"k{place}", answers[question.id], False, NOW)
                learning.close(session, attempt, NOW + timedelta(minutes=6))
                result = mark(paper, answers, course.quiz)
                learning.score(session, attempt, result.passed, result.right, result.total, result.percent)
                learning.mark_step(session, who, NEGLECT, f"{course.units[0].id}/{course.units[0].steps[0].id}", course.version, NOW)

    return fill


def test_with_nobody_it_says_when_figures_will_come(browse: Browse, people: People, content: Catalogue) -> None:
    page = browse(people.ada).get(PAGE).says("Nobody has sat this version of the quiz yet", "once 30 people have", "Where people stop")
    page.never_says("Cronbach", "What to do", "Export")
    assert "<svg viewBox=" not in page.main


def test_with_too_few_there_are_no_figures(browse: Browse, people: People, sat: Callable[[int], None]) -> None:
    sat(29)
    page = browse(people.ada).get(PAGE).says("29 of 30 needed", "single people could be made out")
    page.never_says("Cronbach", "What to do", "More people pick")


def test_with_enough_it_says_first_what_to_do(browse: Browse, people: People, sat: Callable[[int], None]) -> None:
    sat(30)
    page = browse(people.ada).get(PAGE).says("30 of 30 begun", "Cronbach’s alpha", "Look at the key", "Another answer leads", "More people pick")
    assert page.main.index("What to do") < page.main.index("Every question") < page.main.index("Where people stop")
    page.says("too few answers so far", "Stopped here", "0 (0%)", "30 (100%)")


def test_the_plot_says_in_words_what_it_has_and_where_the_figures_are(browse: Browse, people: People, sat: Callable[[int], None]) -> None:
    sat(30)
    page = browse(people.ada).get(PAGE)
    assert 'aria-label="4 questions by facility and discrimination. The table below has every figure."' in page.response.text


def test_the_tables_can_be_taken_away(browse: Browse, people: People, sat: Callable[[int], None]) -> None:
    sat(30)
    page = browse(people.ada)
    questions, screens = page.download(f"{PAGE}/questions.csv"), page.download(f"{PAGE}/screens.csv")
    assert questions.mimetype == screens.mimetype == "text/csv"
    assert "look at the key" in questions.text and "questions-child-neglect.csv" in questions.headers["Content-Disposition"]
    assert '"30","0","30"' in screens.text


def test_an_older_version_is_offered_and_says_that_it_is_old(browse: Browse, people: People, content: Catalogue, sat: Callable[[int], None]) -> None:
    sat(1)
    shipped = content.courses[NEGLECT].version
    page = browse(people.ada)
    page.get(f"{PAGE}?version=never-was", 404)
    page.get(f"{PAGE}?version={shipped}").never_says("An older version")
    page.get(f"{PAGE}?all=1").says("Every finished attempt counts here")
    page.get(PAGE).click("Sat on").says("An older version", shipped)


@pytest.mark.parametrize("path", ["/office/questions/nothing-like-it", "/office/questions/graded-care-profile-2", "/office/questions/nothing-like-it/screens.csv"])
def test_what_has_no_questions_or_screens_is_not_there(browse: Browse, people: People, path: str) -> None:
    browse(people.ada).get(path, 404)


def test_the_list_names_every_course_with_something_to_say(browse: Browse, people: People) -> None:
    page = browse(people.ada).get("/office").click("How questions do").says("Child neglect", "Child abuse and neglect").never_says("Graded Care Profile 2")
    page.click("What the figures mean").says("Cronbach 1951", "Wilson 1927", "Below 30 answers nothing is shown")


def test_only_people_who_look_after_the_site_may_see_it(browse: Browse, people: People) -> None:
    for who in (people.bob, people.alice, people.tess):
        browse(who).get(PAGE, 403)


def test_the_plot_shows_what_is_below_nought_only_when_something_is() -> None:
    assert statistics.place(0, 0, 0) == statistics.place(0, -1, -1)
    assert statistics.place(1, 1, 0) == statistics.place(1, 1, -1)
    right, left = statistics.place(1, 0, 0)[0], statistics.place(0, 0, 0)[0]
    assert statistics.MARGIN == left < right < statistics.WIDE


def test_on_what_people_read_is_said_once_thirty_have(browse: Browse, people: People, sat: Callable[[int], None]) -> None:
    sat(29)
    browse(people.ada).get(PAGE).never_says("On what they read")
    sat(1)
    page = browse(people.ada)
    page.get(PAGE).says("On what they read", "Not known", "0 (0%)")
    assert '"unknown","30","0"' in page.download(f"{PAGE}/devices.csv").text


def test_of_the_browser_one_word_is_kept(browse: Browse, people: People, records: Callable[[], Session], content: Catalogue) -> None:
    course = content.courses[NEGLECT]
    page = browse(people.bob)
    page.get(f"/7/{NEGLECT}/1").post(f"/7/{NEGLECT}/1")
    with records() as session:
        row = session.scalars(select(learning.StepRow).where(learning.StepRow.person_id == people.bob.id)).one()
    assert (row.step, row.begun_on) == (f"{course.units[0].id}/{course.units[0].steps[0].id}", "unknown"), "the test's own browser"

"""Goes through courses and quizzes the way a person without scripts does: by the links, forms and buttons of each page."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import quizzes, reading
from elearn.actions.publishing import Catalogue
from elearn.records import learning
from elearn.records.db import writing
from elearn.records.learning import Attempt
from elearn.rules.courses import Course, Screen
from elearn.rules.questions.base import Answer, Question
from elearn.rules.quiz import Paper
from tests.answering import fields
from tests.builders import Who
from tests.page import Page

LEVEL1, NEGLECT = "child-abuse-and-neglect", "child-neglect"


def course_of(app: Flask, slug: str) -> Course:
    catalogue: Catalogue = app.extensions["catalogue"]
    return catalogue.courses[slug]


def read_briefing(page: Page, slug: str = NEGLECT) -> Page:
    """All seven boxes, by pressing Next."""
    page.get(f"/7/{slug}/1")
    for number in range(1, 8):
        page.post(f"/7/{slug}/{number}")
    return page


def read_course(records: Callable[[], Session], app: Flask, who: Who, slug: str = LEVEL1) -> None:
    """All of it at once, as if it had been read before."""
    course = course_of(app, slug)
    with records() as session, writing(session):
        for unit, screen in course.screens():
            reading.go_on(session, who.id, course, f"{unit.id}/{screen.id}", clock.now() - timedelta(minutes=5), ZoneInfo("Europe/London"))


@dataclass(slots=True)
class Sitting:
    """An attempt and the browser it is sat in."""

    page: Page
    app: Flask
    records: Callable[[], Session]

    @property
    def id(self) -> int:
        """From the address of the page."""
        return int(self.page.path.split("/")[2])

    @property
    def attempt(self) -> Attempt:
        with self.records() as session:
            found = learning.attempt(session, self.id)
            assert found is not None
            return found

    @property
    def paper(self) -> Paper:
        attempt = self.attempt
        with self.records() as session:
            course = self.app.extensions["catalogue"].course(session, attempt.course, attempt.version)
        return quizzes.paper_of(course, attempt)

    def question(self, number: int) -> Question:
        return self.paper.questions[number - 1]

    def address(self, number: int) -> str:
        return f"/quiz/{self.id}/{number}"

    @property
    def plain(self) -> int:
        """The number of the first question that is answered all at once."""
        return next(n for n, question in enumerate(self.paper.questions, 1) if not question.stages({}))

    def form(self, number: int, answer: Answer) -> dict[str, tuple[str, ...]]:
        """The fields that say *answer* to question *number*."""
        return fields(self.paper, self.question(number), answer)

    def say(self, number: int, answer: Answer) -> Page:
        """Answer the question on the page; one shown in stages, stage by stage."""
        filled = self.form(number, answer)
        stages = self.question(number).stages({})
        for part in [{name: values} for name, values in filled.items()] if stages else [filled]:
            self.page.post(self.address(number), part)
        return self.page

    def all(self, how: Callable[[Question], Answer], start: int = 1) -> Page:
        """Answer every question from *start* on, with *how*, and go to the review page."""
        for number in range(start, len(self.attempt.paper) + 1):
            self.page.get(self.address(number))
            self.say(number, how(self.question(number)))
        return self.page.get(f"/quiz/{self.id}/review")

    def finish(self) -> Page:
        id = self.id
        return self.page.get(f"/quiz/{id}/review").post(f"/quiz/{id}/finish")


def begin(page: Page, app: Flask, records: Callable[[], Session], slug: str = LEVEL1) -> Sitting:
    """Press the button that starts the quiz, or goes on with it."""
    page.get(f"/learn/{slug}" if course_of(app, slug).kind == "elearning" else f"/7/{slug}/done")
    page.post(f"/quiz/{slug}/start")
    return Sitting(page, app, records)


def screens(course: Course) -> list[tuple[str, str, bool]]:
    """Unit, step and whether it is a screen (or a question along the way), in order."""
    return [(unit.id, step.id, isinstance(step, Screen)) for unit, step in course.steps()]

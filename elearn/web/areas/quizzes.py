"""/quiz : one question at a time, every answer saved, and the result."""
from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from elearn import clock
from elearn.actions import quizzes, reading
from elearn.records import learning, people
from elearn.records.db import adding, db, writing
from elearn.records.learning import Attempt, Given
from elearn.rules.access import Permission, Person
from elearn.rules.courses import Course
from elearn.rules.questions.base import Answer, Question
from elearn.rules.quiz import Foreign, Paper, Result
from elearn.web import answers
from elearn.web.catalogue import catalogue, course_or_404
from elearn.web.guard import needs, person
from elearn.web.kept import KEPT
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("quizzes", __name__, url_prefix="/quiz")


@dataclass(frozen=True)
class Sitting:
    """An attempt with the course and paper it is pinned to and the answers so far."""

    attempt: Attempt
    course: Course
    paper: Paper

    @cached_property
    def given(self) -> Mapping[str, Given]:
        """By question; looked up when first asked for, as most answers are saved without."""
        return learning.answers(db.session(), self.attempt.id)

    @property
    def person_id(self) -> int:
        return self.attempt.person_id

    @property
    def learn(self) -> bool:
        return self.course.quiz is not None and self.course.quiz.mode == "learn"

    def question(self, number: int) -> Question:
        if not 1 <= number <= len(self.paper.questions):
            abort(404)
        return self.paper.questions[number - 1]

    @property
    def answered(self) -> frozenset[int]:
        missing = quizzes.missing(self.paper, self.given)
        return frozenset(n for n in range(1, len(self.paper.questions) + 1) if n not in missing)


def _sitting(id: int) -> Sitting | None:
    session = db.session()
    attempt = learning.attempt(session, id)
    course = catalogue().course(session, attempt.course, attempt.version) if attempt else None
    if attempt is None or course is None:
        return None
    return Sitting(attempt, course, quizzes.paper_of(course, attempt))



@bp.post("/<slug>/start")
@needs(Permission.LEARN)
def start(slug: str) -> Any:
    course = course_or_404(slug)
    with writing(db.session()) as session:
        reading.require_read(session, person().id, course)
        id = quizzes.start(session, person().id, course, clock.now(), tenant().zone)
    attempt = learning.attempt(db.session(), id)
    given = learning.answers(db.session(), id)
    first = next((n for n, q in enumerate(attempt.paper, 1) if q not in given), 1) if attempt else 1
    return redirect(url_for(".question", id=id, number=first), 303)


@bp.get("/<int:id>/<int:number>")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting")
def question(sitting: Sitting, number: int) -> Any:
    asked = sitting.question(number)
    if sitting.attempt.finished:
        return redirect(url_for(".result", id=sitting.attempt.id))
    given = sitting.given.get(asked.id)
    answer = given.answer if given else {}
    if given and given.checked:
        mark = sitting.paper.reveal(asked, asked.mark(answer))
        return render(
            "quizzes/feedback.html", sitting=sitting, number=number, question=asked, marking=mark,
            fields=_fields(sitting, asked, answer), given=given, place=_place(sitting.course, asked.screen) if asked.screen else None,
        )
    return _form(sitting, number, asked, answer)


def _fields(sitting: Sitting, asked: Question, answer: Answer, errors: Mapping[str, str] | None = None) -> tuple[answers.Field, ...]:
    return answers.fields(sitting.paper, asked, answer, errors)


def _form(sitting: Sitting, number: int, asked: Question, answer: Answer, errors: Mapping[str, str] | None = None) -> str:
    given = sitting.given.get(asked.id)
    return render(
        "quizzes/question.html", sitting=sitting, number=number, question=asked, fields=_fields(sitting, asked, answer, errors),
        stages=asked.stages(answer), seen=given.revision if given else 0, key=secrets.token_urlsafe(12),
        errors=[(f"a-{name}", words) for name, words in (errors or {}).items()],
        saved=_saved(sitting), saved_number=_int("saved"), also="also" in request.args,
    )


def _saved(sitting: Sitting) -> Given | None:
    """The answer that has just been saved, for its receipt."""
    number = _int("saved")
    return sitting.given.get(sitting.paper.questions[number - 1].id) if 0 < number <= len(sitting.paper.questions) else None


def _int(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


@bp.post("/<int:id>/<int:number>")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting", keeps=True)
def answer(sitting: Sitting, number: int) -> Any:
    asked, moved = sitting.question(number), answers.moved(request.form)
    whole = _whole(sitting, asked, moved or request.form)
    begun = bool(asked.stages({})) and any(name.startswith(answers.PREFIX) for name in request.form)
    done = moved or begun or asked.complete(whole)
    errors = {} if done else answers.problems(asked, whole, tuple(field.input for field in _fields(sitting, asked, whole)))
    if errors:
        return _form(sitting, number, asked, whole, errors), 422
    check = sitting.learn and asked.complete(whole) and not moved
    saved = _save(sitting, asked, whole, request.form, check)
    facts: dict[str, Any] = {"saved": number} | ({"also": 1} if saved.elsewhere else {})
    if moved or check or not asked.complete(whole):
        return redirect(url_for(".question", id=sitting.attempt.id, number=number, **facts), 303)
    if number < len(sitting.paper.questions):
        return redirect(url_for(".question", id=sitting.attempt.id, number=number + 1, **facts), 303)
    return redirect(url_for(".review", id=sitting.attempt.id, **facts), 303)


def _whole(sitting: Sitting, asked: Question, form: MultiDict[str, str]) -> Answer:
    """The answer as it is after this form: a stage adds to the stages before it, anything else stands by itself."""
    try:
        given = answers.read(sitting.paper, asked, form)
    except Foreign:
        abort(400)
    if asked.stages({}) and asked.id in sitting.given:
        given = {**sitting.given[asked.id].answer, **given}
    return asked.kept(given)


def _save(sitting: Sitting, asked: Question, whole: Answer, form: MultiDict[str, str], check: bool) -> quizzes.Saved:
    key, seen = form.get("key", ""), form.get("seen", "0")
    if not 8 <= len(key) <= 64:
        abort(400)
    shown = int(seen) if seen.isdecimal() and len(seen) < 6 else 0
    with adding(db.session()) as session:
        return quizzes.answer(session, sitting.course, sitting.attempt, asked, whole, key, shown, check, clock.now())


def _save_kept(who: Person, arguments: Mapping[str, Any], form: MultiDict[str, str]) -> bool:
    """Save an answer that was sent after the session had ended, for the person who has signed in again."""
    sitting = _sitting(arguments["id"])
    if sitting is None or sitting.person_id != who.id:
        return False
    asked = sitting.question(arguments["number"])
    whole = _whole(sitting, asked, form)
    return not _save(sitting, asked, whole, form, sitting.learn and asked.complete(whole)).repeated


KEPT["quizzes.answer"] = _save_kept


@bp.get("/<int:id>/review")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting")
def review(sitting: Sitting) -> Any:
    if sitting.attempt.finished:
        return redirect(url_for(".result", id=sitting.attempt.id))
    rows = [(n, q, q.said(sitting.given[q.id].answer) if q.id in sitting.given else "") for n, q in enumerate(sitting.paper.questions, 1)]
    missing = quizzes.missing(sitting.paper, sitting.given)
    return render("quizzes/review.html", sitting=sitting, rows=rows, missing=missing, saved=_saved(sitting), saved_number=_int("saved"))


@bp.post("/<int:id>/finish")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting", keeps=True)
def finish(sitting: Sitting) -> Any:
    if not sitting.attempt.finished:
        if quizzes.missing(sitting.paper, sitting.given):
            return redirect(url_for(".review", id=sitting.attempt.id), 303)
        with writing(db.session()) as session:
            quizzes.finish(session, sitting.course, sitting.attempt, clock.now(), tenant().zone)
    return redirect(url_for(".result", id=sitting.attempt.id), 303)


@bp.get("/<int:id>/result")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting")
def result(sitting: Sitting) -> Any:
    if not sitting.attempt.finished:
        return redirect(url_for(".review", id=sitting.attempt.id))
    session, now, zone = db.session(), clock.now(), tenant().zone
    marked = quizzes.result_of(sitting.course, sitting.attempt, sitting.given)
    managers = people.managers_of(session, person().team_id, now)
    facts: dict[str, Any] = {"sitting": sitting, "result": marked, "again": _again(sitting, marked.again), "outcomes": _outcomes(sitting, marked)}
    if marked.passed:
        code = quizzes.certificate_of(session, sitting.attempt)
        return render("quizzes/passed.html", **facts, code=code, managers=managers)
    verdict = quizzes.may_start(session, sitting.person_id, sitting.course, now, zone)
    asked = learning.open_ask(session, sitting.person_id, "try-again", sitting.course.slug)
    return render("quizzes/not_yet.html", **facts, verdict=verdict, asked=asked, managers=managers)


@dataclass(frozen=True, slots=True)
class Again:
    """A question to look at again: where to read about it, and what was said."""

    number: int
    question: Question
    place: str
    address: str
    minutes: int
    said: str
    notes: tuple[str, ...]
    critical: bool


def _again(sitting: Sitting, ids: tuple[str, ...]) -> list[Again]:
    found = []
    for number, asked in enumerate(sitting.paper.questions, 1):
        if asked.id not in ids:
            continue
        answer = sitting.given[asked.id].answer if asked.id in sitting.given else {}
        notes = tuple(note.text for note in asked.mark(answer).notes if note.given and note.kind == "again")
        place, address, minutes = _place(sitting.course, asked.screen)
        found.append(Again(number, asked, place, address, minutes, asked.said(answer), notes, asked.critical))
    return found


def _place(course: Course, screen: str) -> tuple[str, str, int]:
    """Where to read again: its name, its address and about how many minutes it takes."""
    for n, (unit, step) in enumerate(course.screens(), 1):
        if course.kind == "safer7" and step.id == screen:
            return f"Minute {n}: {step.title}", url_for("briefings.box", slug=course.slug, number=n), 1
        if f"{unit.id}/{step.id}" == screen:
            address = url_for("learn.step", slug=course.slug, unit=unit.id, step=step.id)
            return f"{unit.title}: {step.title}", address, max(1, round(step.words / 200))
    return course.title, url_for("learn.course", slug=course.slug), 1


def _outcomes(sitting: Sitting, marked: Result) -> list[tuple[str, int, int]]:
    texts = {outcome.id: outcome.text for outcome in sitting.course.outcomes}
    return [(texts.get(id, id), right, of) for id, (right, of) in marked.by_outcome.items()]


@bp.post("/<int:id>/ask")
@needs(Permission.SEE_OWN, load=_sitting, into="sitting")
def ask(sitting: Sitting) -> Any:
    """Ask a manager for one more try."""
    with writing(db.session()) as session:
        if quizzes.may_start(session, sitting.person_id, sitting.course, clock.now(), tenant().zone).ask:
            quizzes.ask_again(session, sitting.person_id, sitting.course, clock.now())
    return redirect(url_for(".result", id=sitting.attempt.id), 303)

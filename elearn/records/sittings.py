"""Everybody's attempts at a course and how far they read, for figures about the course and never about a person."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from elearn.records.learning import AnswerRow, AttemptRow, StepRow
from elearn.rules.questions.base import Answer


@dataclass(frozen=True, slots=True)
class Sat:
    """One finished attempt: the questions drawn, the answer that stood for each, and when it ran. Whose it is, is left out."""

    paper: tuple[str, ...]
    answers: Mapping[str, Answer]
    started: datetime
    finished: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people have finished a first attempt at one version, and when the first and the last of them did."""

    count: int
    first: datetime
    last: datetime


def counts(session: Session) -> Mapping[str, Mapping[str, Counted]]:
    """Course to version to who has sat it; the version sat last comes first."""
    query = (
        select(AttemptRow.course, AttemptRow.version, func.count(AttemptRow.id), func.min(AttemptRow.finished), func.max(AttemptRow.finished))
        .where(AttemptRow.finished.is_not(None), AttemptRow.number == 1)
        .group_by(AttemptRow.course, AttemptRow.version)
        .order_by(func.max(AttemptRow.finished).desc(), AttemptRow.version)
    )
    found: dict[str, dict[str, Counted]] = {}
    for course, version, count, first, last in session.execute(query):
        assert first and last, "only finished attempts are counted"
        found.setdefault(course, {})[version] = Counted(count, first, last)
    return found


def sat(session: Session, course: str, version: str, first_only: bool = True) -> Sequence[Sat]:
    """Every finished attempt at this version, the first of each person or all, in two statements however many there are."""
    chosen = _finished(course, version, first_only)
    newest = (
        select(AnswerRow.attempt_id, AnswerRow.question, func.max(AnswerRow.revision).label("revision"))
        .join(AttemptRow, AttemptRow.id == AnswerRow.attempt_id)
        .where(chosen)
        .group_by(AnswerRow.attempt_id, AnswerRow.question)
        .subquery()
    )
    same = and_(
        AnswerRow.attempt_id == newest.c.attempt_id, AnswerRow.question == newest.c.question, AnswerRow.revision == newest.c.revision
    )
    given: dict[int, dict[str, Answer]] = {}
    for attempt, question, values in session.execute(select(AnswerRow.attempt_id, AnswerRow.question, AnswerRow.given).join(newest, same)):
        given.setdefault(attempt, {})[question] = {name: tuple(each) for name, each in values.items()}
    query = select(AttemptRow.id, AttemptRow.paper, AttemptRow.started, AttemptRow.finished).where(chosen).order_by(AttemptRow.id)
    return [Sat(tuple(paper), given.get(id, {}), started, finished) for id, paper, started, finished in session.execute(query)]


def begun(session: Session, course: str, version: str, first_only: bool = True) -> int:
    """How many attempts at this version were begun, finished or not."""
    query = select(func.count(AttemptRow.id)).where(AttemptRow.course == course, AttemptRow.version == version)
    return session.scalar(query.where(AttemptRow.number == 1) if first_only else query) or 0


def furthest(session: Session, course: str, version: str, steps: Collection[str]) -> Mapping[int, int]:
    """The place in *steps*, from 0, of the last that was gone on from in this version, to how many people got just so far."""
    if not steps:
        return {}
    place = case({step: n for n, step in enumerate(steps)}, value=StepRow.step)
    each = (
        select(func.max(place).label("place"))
        .where(StepRow.course == course, StepRow.version == version)
        .group_by(StepRow.person_id)
        .subquery()
    )
    query = select(each.c.place, func.count()).where(each.c.place.is_not(None)).group_by(each.c.place)
    return {int(reached): count for reached, count in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Read:
    """How far one person went in one version of a course. Whose it is, is left out."""

    begun_on: str | None
    furthest: int
    """The place in the steps asked for, from 0, of the last that was gone on from."""
    steps: int
    """How many were."""
    first: datetime
    last: datetime
    brought: bool
    """Whether several were written down at one moment, as when someone joins who has read already: then the times say nothing."""


def read(session: Session, course: str, version: str, steps: Collection[str]) -> Sequence[Read]:
    """How far everybody went who went on from one of *steps* in this version, in one statement."""
    if not steps:
        return ()
    place = case({step: n for n, step in enumerate(steps)}, value=StepRow.step)
    query = (
        select(
            StepRow.person_id, StepRow.begun_on, func.max(place), func.count(), func.count(distinct(StepRow.at)),
            func.min(StepRow.at), func.max(StepRow.at),
        )
        .where(StepRow.course == course, StepRow.version == version, StepRow.step.in_(steps))
        .group_by(StepRow.person_id, StepRow.begun_on)
    )
    parts: dict[int, list[Read]] = {}
    for person, begun_on, furthest, count, times, first, last in session.execute(query):
        parts.setdefault(person, []).append(Read(begun_on, furthest, count, first, last, times < count))
    return [_together(found) for found in parts.values()]


def _together(parts: Sequence[Read]) -> Read:
    """One person's rows, which differ in the device: the first that is known was the one to begin on."""
    known = sorted((one for one in parts if one.begun_on is not None), key=lambda one: one.first)
    return Read(
        known[0].begun_on if known else None, max(one.furthest for one in parts), sum(one.steps for one in parts),
        min(one.first for one in parts), max(one.last for one in parts), any(one.brought for one in parts),
    )


def _finished(course: str, version: str, first_only: bool) -> ColumnElement[bool]:
    """The attempts that count. The first of a person has the number 1; after a renewal the numbers go on."""
    chosen = [AttemptRow.course == course, AttemptRow.version == version, AttemptRow.finished.is_not(None)]
    return and_(*chosen, AttemptRow.number == 1) if first_only else and_(*chosen)

"""What people have read, the quizzes they have sat and the answers they gave."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, bindparam, case, delete, func, insert, literal_column, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, changed, put
from elearn.records.people import in_hand
from elearn.records.reads import Add, Read
from elearn.rules.questions.base import Answer
from elearn.rules.quiz import Try


class StepRow(Base):
    """A step the person has gone on from."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("person_id", "course", "step"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course: Mapped[str]
    step: Mapped[str]
    version: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[dict[str, Any] | None]
    """What was last answered, when the step is a question along the way."""
    begun_on: Mapped[str | None]
    """The kind of device (rules.devices) on which the course was begun, with the first step; never more about it than that."""


class VisitorStepRow(Base):
    """A step read without an account, so that joining straight afterwards counts it. Forgotten after a day."""

    __tablename__ = "visitor_step"
    __table_args__ = (UniqueConstraint("device", "course", "step"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]
    course: Mapped[str]
    step: Mapped[str]
    version: Mapped[str]
    at: Mapped[datetime]


class AttemptRow(Base):
    __tablename__ = "attempt"
    __table_args__ = (
        Index(
            "uq_attempt_open", "person_id", "course", unique=True,
            sqlite_where=text("finished IS NULL"), postgresql_where=text("finished IS NULL"),
        ),
        UniqueConstraint("person_id", "course", "number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course: Mapped[str]
    version: Mapped[str]
    """Content the attempt is pinned to: later edits change nothing for it."""
    number: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    paper: Mapped[list[Any]]
    """Ids of the questions as drawn, in order."""
    started: Mapped[datetime]
    finished: Mapped[datetime | None]
    passed: Mapped[bool | None]
    right: Mapped[int | None]
    total: Mapped[int | None]
    percent: Mapped[int | None]


class AnswerRow(Base):
    """One answer as given. A changed mind is a further row; the last one counts."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("attempt_id", "question", "revision"), UniqueConstraint("attempt_id", "key"))
    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    question: Mapped[str]
    revision: Mapped[int]
    key: Mapped[str]
    """Chosen by the page: the same page sent twice is one answer."""
    given: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    checked: Mapped[bool]
    """Learn mode: the feedback was shown, and the answer stands."""


class ReflectionRow(Base):
    __tablename__ = "reflection"
    __table_args__ = (UniqueConstraint("person_id", "course"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course: Mapped[str]
    words: Mapped[str]
    shared: Mapped[bool]
    at: Mapped[datetime]


class AskRow(Base):
    """Something a person asks a manager to decide."""

    __tablename__ = "ask"
    __table_args__ = (
        Index(
            "uq_ask_open", "person_id", "kind", "item", unique=True,
            sqlite_where=text("decided IS NULL"), postgresql_where=text("decided IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    item: Mapped[str]
    asked: Mapped[datetime]
    decided: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agreed: Mapped[bool | None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as rules and pages see it."""

    id: int
    person_id: int
    course: str
    version: str
    number: int
    seed: int
    paper: tuple[str, ...]
    started: datetime
    finished: datetime | None
    passed: bool | None
    right: int | None
    total: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """The answer to one question that counts: the last."""

    question: str
    revision: int
    answer: Answer
    at: datetime
    checked: bool
    id: int

    @property
    def receipt(self) -> str:
        """A short number a person can quote."""
        return f"A{self.id:05d}"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that waits for a manager."""

    id: int
    person_id: int
    team_id: int
    name: str
    kind: str
    item: str
    asked: datetime


_ATTEMPT = (
    AttemptRow.id, AttemptRow.person_id, AttemptRow.course, AttemptRow.version, AttemptRow.number, AttemptRow.seed, AttemptRow.paper,
    AttemptRow.started, AttemptRow.finished, AttemptRow.passed, AttemptRow.right, AttemptRow.total, AttemptRow.percent,
)


def _attempt(row: Sequence[Any]) -> Attempt:
    """From a row of _ATTEMPT."""
    id, person_id, course, version, number, seed, paper, *rest = row
    return Attempt(id, person_id, course, version, number, seed, tuple(paper), *rest)


_STEPS = func.aggregate_strings(StepRow.step, literal_column("'\n'"))  # type: ignore[arg-type]  # a plain string would be bound, and its value is wanted only when the statement runs
"""Many names in one row: SQLite's driver lets every other thread go first before each row, and a course has a hundred steps."""

_SEEN = Read(select(_STEPS).where(StepRow.person_id == bindparam("person"), StepRow.course == bindparam("slug")))


def seen_steps(session: Session, person_id: int, course: str) -> frozenset[str]:
    row = _SEEN.one(session, person=person_id, slug=course)
    return frozenset(row[0].split("\n")) if row and row[0] else frozenset()


_ALL_STEPS = Read(select(StepRow.course, _STEPS).where(StepRow.person_id == bindparam("person")).group_by(StepRow.course))
_BEGUN = select(StepRow.person_id, StepRow.course).where(StepRow.person_id.in_(bindparam("people", expanding=True))).distinct()


def all_steps(session: Session, person_id: int) -> Mapping[str, frozenset[str]]:
    """Course to the steps this person has gone on from."""
    return {course: frozenset(steps.split("\n")) for course, steps in _ALL_STEPS.all(session, person=person_id)}


def begun(session: Session, person_ids: Sequence[int]) -> Mapping[int, frozenset[str]]:
    """person -> the courses they have read a part of, for many people in one statement."""
    found: dict[int, set[str]] = {}
    for person_id, course in session.execute(_BEGUN, {"people": list(person_ids)}):
        found.setdefault(person_id, set()).add(course)
    return {person: frozenset(courses) for person, courses in found.items()}


_LAST_STEP = Read(
    select(StepRow.course, StepRow.step, StepRow.at)
    .where(StepRow.person_id == bindparam("person"))
    .order_by(StepRow.at.desc(), StepRow.id.desc())
    .limit(1)
)


def last_step(session: Session, person_id: int) -> tuple[str, str, datetime] | None:
    """Course, step and time of what the person went on from last."""
    return cast("tuple[str, str, datetime] | None", _LAST_STEP.one(session, person=person_id))


_STEP_ANSWER = Read(
    select(StepRow.answer, StepRow.version).where(
        StepRow.person_id == bindparam("person"), StepRow.course == bindparam("slug"), StepRow.step == bindparam("place")
    )
)


def step_answer(session: Session, person_id: int, course: str, step: str, version: str | None = None) -> dict[str, Any] | None:
    """The answer to a question along the way; given *version*, only one to that version of the course."""
    row = _STEP_ANSWER.one(session, person=person_id, slug=course, place=step)
    return row[0] if row and version in {None, row[1]} else None


def mark_step(
    session: Session, person_id: int, course: str, step: str, version: str, now: datetime, answer: Mapping[str, Any] | None = None,
    begun_on: str | None = None,
) -> None:
    """Note that the step was gone on from. Sending it again changes nothing but the time and the answer.

    *begun_on* is the kind of device, when the course begins with this step. With a later version it begins anew.
    """
    said: dict[str, Any] = {"at": now, "version": version} | ({"answer": dict(answer)} if answer is not None else {})
    values = {"person_id": person_id, "course": course, "step": step} | said
    if begun_on is not None:
        values["begun_on"] = begun_on
        said["begun_on"] = case((StepRow.version == version, StepRow.begun_on), else_=begun_on)
    put(session, StepRow, values, ("person_id", "course", "step"), said)


def visitor_steps(session: Session, device: str, course: str) -> frozenset[str]:
    query = select(VisitorStepRow.step).where(VisitorStepRow.device == device, VisitorStepRow.course == course)
    return frozenset(session.scalars(query))


def mark_visitor_step(session: Session, device: str, course: str, step: str, version: str, now: datetime) -> None:
    values = {"device": device, "course": course, "step": step, "version": version, "at": now}
    put(session, VisitorStepRow, values, ("device", "course", "step"), {"version": version, "at": now})


def take_visitor_steps(session: Session, device: str, now: datetime) -> Sequence[tuple[str, str, str, datetime]]:
    """Course, step, version and time of what this browser read in the last day; forgotten in the same breath."""
    query = select(VisitorStepRow).where(VisitorStepRow.device == device, VisitorStepRow.at > now - timedelta(days=1))
    taken = [(row.course, row.step, row.version, row.at) for row in session.scalars(query.order_by(VisitorStepRow.id))]
    session.execute(delete(VisitorStepRow).where(VisitorStepRow.device == device))
    return taken


def forget_visitors(session: Session, now: datetime) -> None:
    session.execute(delete(VisitorStepRow).where(VisitorStepRow.at < now - timedelta(days=1)))


_ONE = Read(select(*_ATTEMPT).where(AttemptRow.id == bindparam("attempt")))


def attempt(session: Session, id: int) -> Attempt | None:
    row = _ONE.one(session, attempt=id)
    return _attempt(row) if row else None


_IN_HAND = Read(select(*_ATTEMPT).where(AttemptRow.id == bindparam("attempt")).with_for_update())


def attempt_in_hand(session: Session, id: int) -> Attempt | None:
    """The attempt as it is at this moment, and nobody else's to change until this transaction ends."""
    row = _IN_HAND.one(session, attempt=id)
    return _attempt(row) if row else None


_ATTEMPTS = Read(
    select(*_ATTEMPT)
    .where(AttemptRow.person_id == bindparam("person"), AttemptRow.course == bindparam("slug"))
    .order_by(AttemptRow.number)
)


def attempts(session: Session, person_id: int, course: str) -> Sequence[Attempt]:
    """Every attempt of this person at this course, oldest first."""
    return [_attempt(row) for row in _ATTEMPTS.all(session, person=person_id, slug=course)]


_OPEN = Read(
    select(*_ATTEMPT).where(AttemptRow.person_id == bindparam("person"), AttemptRow.finished.is_(None)).order_by(AttemptRow.started)
)


def open_attempts(session: Session, person_id: int) -> Sequence[Attempt]:
    return [_attempt(row) for row in _OPEN.all(session, person=person_id)]


def sitting(session: Session, course: str) -> int:
    """How many people have an open attempt at this course."""
    query = select(func.count(AttemptRow.person_id.distinct())).where(AttemptRow.course == course, AttemptRow.finished.is_(None))
    return session.scalar(query) or 0


def tries(found: Sequence[Attempt]) -> tuple[Try, ...]:
    return tuple(Try(a.finished, bool(a.passed)) for a in found)


def add_attempt(session: Session, person_id: int, course: str, version: str, number: int, seed: int, paper: Sequence[str], now: datetime) -> int:
    row = AttemptRow(person_id=person_id, course=course, version=version, number=number, seed=seed, paper=list(paper), started=now)
    session.add(row)
    session.flush()
    return row.id


def close(session: Session, id: int, now: datetime) -> bool:
    """Claim the attempt for marking; False if someone, perhaps a second click, already has."""
    change = update(AttemptRow).where(AttemptRow.id == id, AttemptRow.finished.is_(None)).values(finished=now)
    return bool(changed(session, change))


def score(session: Session, id: int, passed: bool, right: int, total: int, percent: int) -> None:
    session.execute(update(AttemptRow).where(AttemptRow.id == id).values(passed=passed, right=right, total=total, percent=percent))


_GIVEN = (AnswerRow.question, AnswerRow.revision, AnswerRow.given, AnswerRow.at, AnswerRow.checked, AnswerRow.id)


def _given(row: Sequence[Any]) -> Given:
    """From a row of _GIVEN."""
    question, revision, given, at, checked, id = row
    return Given(question, revision, {name: tuple(values) for name, values in given.items()}, at, checked, id)


_OF_ATTEMPT = AnswerRow.attempt_id == bindparam("attempt_id")
_NEWEST = select(AnswerRow.question, func.max(AnswerRow.revision).label("revision")).where(_OF_ATTEMPT).group_by(AnswerRow.question).subquery()
_ANSWERS = Read(
    select(*_GIVEN)
    .join(_NEWEST, (AnswerRow.question == _NEWEST.c.question) & (AnswerRow.revision == _NEWEST.c.revision))
    .where(_OF_ATTEMPT)
)
_OF_QUESTION = AnswerRow.question == bindparam("question")
_LAST = select(func.max(AnswerRow.revision)).where(_OF_ATTEMPT, _OF_QUESTION).scalar_subquery()
_BEFORE = Read(
    select(*_GIVEN, AnswerRow.key).where(_OF_ATTEMPT, (AnswerRow.key == bindparam("key")) | (_OF_QUESTION & (AnswerRow.revision == _LAST)))
)


def answers(session: Session, attempt_id: int) -> Mapping[str, Given]:
    """Question id to the answer that counts. However often someone changed their mind, only the last is read."""
    return {row[0]: _given(row) for row in _ANSWERS.all(session, attempt_id=attempt_id)}


_ANSWERED = Read(select(func.count(AnswerRow.question.distinct())).where(_OF_ATTEMPT))


def answered(session: Session, attempt_id: int) -> int:
    """How many questions of the attempt have an answer."""
    row = _ANSWERED.one(session, attempt_id=attempt_id)
    return row[0] if row else 0


def answers_before(session: Session, attempt_id: int, question: str, key: str) -> tuple[Given | None, Given | None]:
    """What was saved under this *key* before, and the last answer to the *question*; one answer may be both."""
    found = [(row[-1], _given(row[:-1])) for row in _BEFORE.all(session, attempt_id=attempt_id, question=question, key=key)]
    of_question = [given for _, given in found if given.question == question]
    return next((given for k, given in found if k == key), None), max(of_question, key=lambda given: given.revision, default=None)


_COLUMNS = ("attempt_id", "question", "revision", "key", "given", "at", "checked")
_ADD_ANSWER = Add(insert(AnswerRow).values({name: bindparam(name) for name in _COLUMNS}).returning(AnswerRow.id))


def add_answer(session: Session, attempt_id: int, question: str, revision: int, key: str, given: Answer, checked: bool, now: datetime) -> Given:
    lists = {name: list(each) for name, each in given.items()}
    id, = _ADD_ANSWER.row(session, attempt_id=attempt_id, question=question, revision=revision, key=key, given=lists, at=now, checked=checked)
    return Given(question, revision, {name: tuple(each) for name, each in given.items()}, now, checked, id)


def questions_met(session: Session, person_id: int, course: str) -> Sequence[str]:
    """Ids of the questions this person has been given before in this course, once for each time."""
    query = select(AttemptRow.paper).where(AttemptRow.person_id == person_id, AttemptRow.course == course)
    return [question for paper in session.scalars(query) for question in paper]


def save_reflection(session: Session, person_id: int, course: str, words: str, shared: bool, now: datetime) -> None:
    said = {"words": words, "shared": shared, "at": now}
    put(session, ReflectionRow, {"person_id": person_id, "course": course} | said, ("person_id", "course"), said)


def reflection(session: Session, person_id: int, course: str) -> tuple[str, bool] | None:
    row = session.scalar(select(ReflectionRow).where(ReflectionRow.person_id == person_id, ReflectionRow.course == course))
    return (row.words, row.shared) if row else None


def ask(session: Session, person_id: int, kind: str, item: str, now: datetime) -> bool:
    """Ask; False when the same thing is already asked and waits."""
    in_hand(session, person_id)
    if open_ask(session, person_id, kind, item):
        return False
    session.add(AskRow(person_id=person_id, kind=kind, item=item, asked=now))
    session.flush()
    return True


def open_ask(session: Session, person_id: int, kind: str, item: str) -> AskRow | None:
    query = select(AskRow).where(AskRow.person_id == person_id, AskRow.kind == kind, AskRow.item == item, AskRow.decided.is_(None))
    return session.scalar(query)


def decide(session: Session, ask_id: int, agreed: bool, decided_by: int, now: datetime) -> bool:
    """Answer the request once; False when it was answered already."""
    change = update(AskRow).where(AskRow.id == ask_id, AskRow.decided.is_(None))
    return bool(changed(session, change.values(decided=now, decided_by=decided_by, agreed=agreed)))



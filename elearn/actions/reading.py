"""Going on from one step to the next, and what is written down when all has been read."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from elearn.actions import Refused, evidence
from elearn.records import learning, ledger, people
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.progress import progress


def go_on(
    session: Session, person_id: int, course: Course, step: str, now: datetime, zone: tzinfo, answer: Mapping[str, tuple[str, ...]] | None = None,
    device: str | None = None,
) -> None:
    """Note that the person went on from *step* ("unit/step"); with the last one, the reading is done.

    The kind of *device* is kept with the first step of a course, and with a step read again in a later version of it.

    Reading again after a year counts again: each time the last missing step is read, it is written down.
    """
    kept = {name: list(values) for name, values in answer.items()} if answer is not None else None
    people.in_hand(session, person_id)  # else two windows could each miss what the other has just read, or both write it down
    before = learning.seen_steps(session, person_id, course.slug)
    begun_on = device if not before or step in before else None
    learning.mark_step(session, person_id, course.slug, step, course.version, now, kept, begun_on)
    if not progress(course, before).complete and progress(course, before | {step}).complete:
        _read(session, person_id, course, now, zone)


def _read(session: Session, person_id: int, course: Course, now: datetime, zone: tzinfo) -> None:
    ledger.append(session, person_id, FactKind.READ, course.slug, now, now, version=course.version, actor_id=person_id, minutes=course.minutes)
    if course.quiz is None:
        evidence.complete(session, person_id, course, now, zone, FactKind.COMPLETED, person_id, "Read", via="reading")


def go_on_as_visitor(session: Session, device: str, course: Course, step: str, now: datetime) -> None:
    """The same for someone without an account: their browser is remembered for a day, so that joining counts it."""
    learning.mark_visitor_step(session, device, course.slug, step, course.version, now)


def take_over(
    session: Session, person_id: int, device: str, courses: Mapping[str, Course], now: datetime, zone: tzinfo, kind: str | None = None
) -> None:
    """Give the person what was read in this browser in the last day, before they joined or signed in. It is of this *kind*."""
    for slug, step, version, _ in learning.take_visitor_steps(session, device, now):
        course = courses.get(slug)
        if course and course.version == version:
            go_on(session, person_id, course, step, now, zone, device=kind)


def require_read(session: Session, person_id: int, course: Course) -> None:
    """Raise Refused unless everything before the quiz has been read."""
    if not progress(course, learning.seen_steps(session, person_id, course.slug)).complete:
        raise Refused("The questions open when you have read every part. Go on reading where you stopped; it is all saved.")

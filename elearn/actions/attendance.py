"""A trainer's register: writing down who came to a live course, and putting it right."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from elearn.actions import Refused, evidence
from elearn.records import certificates, ledger, live, people
from elearn.records.ledger import FactRow
from elearn.records.live import LiveSession
from elearn.records.people import Profile
from elearn.rules.access import Person
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.validity import add_months, in_words, local_day

LONGEST = 12 * 60
"""Minutes a live course may last on one day."""

LEAST_PART = 0.75
"""How much of a course's minutes a day must have lasted to count as the course."""

MOST_YEARS = 10
"""How far back a register may go: people bring what they learned before the site was there, and nobody a typing slip."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What saving a register changed."""

    added: int
    taken_back: int


def least_minutes(course: Course) -> int:
    """How long a day must have lasted to be this course, or the last day of a course that is longer than a day."""
    return min(LONGEST, ceil(course.minutes * LEAST_PART))


def earliest(today: date) -> date:
    """The first day a register may be for."""
    return add_months(today, -12 * MOST_YEARS)


def open_register(
    session: Session, trainer: Person, course: Course, day: date, place: str, minutes: int, now: datetime, zone: tzinfo
) -> int:
    """A new register for one day of a live course; returns its id. Raises Refused."""
    if course.kind != "live":
        raise Refused("Only a live course has a register.")
    if day > local_day(now, zone):
        raise Refused("That day is still to come. Make the register on the day, or after it.")
    if day < earliest(local_day(now, zone)):
        raise Refused(f"That is more than {MOST_YEARS} years ago. Check the year.")
    if not (least := least_minutes(course)) <= minutes <= LONGEST:
        raise Refused(f"“{course.title}” takes {course.minutes} minutes. Enter from {least} to {LONGEST}: a shorter day is not the course.")
    return live.add(session, course.slug, course.version, day, place, minutes, trainer.id, now)


def barred(trainer: Person, who: Profile) -> str:
    """Why this trainer may not record that person, in words; empty when they may.

    Nobody vouches for themselves, and nobody's manager grants what opens a tool (OWASP ASVS 2.3.5: two different people).
    """
    if who.id == trainer.id:
        return "This is you. Another trainer has to record it."
    if who.team_id in trainer.manages:
        return "You manage this person’s team. Another trainer has to record it."
    return ""


def recorded(session: Session, register: LiveSession) -> Mapping[int, int]:
    """Person to the fact that says they came on this register and still counts."""
    kinds = [kind.value for kind in (FactKind.ATTENDED, FactKind.REVOKED, FactKind.UNDONE)]
    query = select(FactRow.id, FactRow.person_id, FactRow.kind, FactRow.data)
    came: dict[int, int] = {}
    gone: set[int] = set()
    query = query.where(FactRow.item == register.course, FactRow.kind.in_(kinds)).order_by(FactRow.id)
    for id, person_id, kind, data in session.execute(query):
        if kind != FactKind.ATTENDED.value:
            gone.add(data["of"])
        elif data.get("live") == register.id:
            came[person_id] = id
    return {person_id: id for person_id, id in came.items() if id not in gone}


def save(
    session: Session, trainer: Person, register: LiveSession, course: Course, came: Collection[int], off: Collection[int], reason: str,
    now: datetime, zone: tzinfo,
) -> Kept:
    """Write down that the people in *came* were there, and take back what was written of those in *off*, because of *reason*.

    Saving the same register twice adds nobody twice. Nothing is ever removed: taking back is a further fact, and the certificate is
    withdrawn. Raises Refused, and then nothing at all is saved.
    """
    if register.trainer_id != trainer.id:
        raise Refused("Only the trainer of this day can fill in its register.")
    for id in sorted({*came, *off}):
        people.in_hand(session, id)
    there = recorded(session, register)
    fresh = [_sound(session, trainer, register, id) for id in sorted(set(came) - set(there))]
    for who in fresh:
        _record(session, trainer, register, course, who, now, zone)
    back = sorted(set(off) & set(there))
    if back and not reason:
        raise Refused("Say why you take someone off the register.")
    for id in back:
        _take_back(session, trainer, register, id, there[id], reason, now)
    return Kept(len(fresh), len(back))


def _sound(session: Session, trainer: Person, register: LiveSession, person_id: int) -> Profile:
    """Someone this trainer may record: they had not left by the day, even if they have since. Raises Refused."""
    who = people.profile(session, person_id)
    if who is None or (who.left is not None and who.left < register.day):
        raise Refused("Someone on this list is not here any more. Find them again.")
    if why := barred(trainer, who):
        raise Refused(why)
    return who


def _record(session: Session, trainer: Person, register: LiveSession, course: Course, who: Profile, now: datetime, zone: tzinfo) -> None:
    at = min(datetime.combine(register.day, time(12), zone), now)
    words = f"Attended on {in_words(register.day)}"
    evidence.complete(
        session, who.id, course, now, zone, FactKind.ATTENDED, trainer.id, words, happened=at,
        live=register.id, trainer_id=trainer.id, minutes=register.minutes, via="attendance",
    )
    ledger.audit(session, trainer.id, "recorded attendance", f"person:{who.id}", now, register=register.id, course=register.course)


def _take_back(session: Session, trainer: Person, register: LiveSession, person_id: int, fact_id: int, reason: str, now: datetime) -> None:
    ledger.append(session, person_id, FactKind.UNDONE, register.course, now, now, actor_id=trainer.id, of=fact_id, reason=reason)
    code = certificates.of_fact(session, fact_id)
    if code and certificates.withdrawal(session, code) is None:
        certificates.withdraw(session, code, reason, trainer.id, now)
    ledger.audit(session, trainer.id, "took back attendance", f"person:{person_id}", now, register=register.id, fact=fact_id)

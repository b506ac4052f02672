"""What a new version of a course would mean for people, and what those who hold it do about it."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from elearn.actions import overview
from elearn.records import learning, ledger, people
from elearn.rules.changes import Material, to_look_at
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.standing import State


@dataclass(frozen=True, slots=True)
class Effect:
    """People of all organisations, by what they have to do with one course. ``holders`` counts them by organisation, most first."""

    holders: Mapping[str, int]
    """Who finished it and whose learning counts today. A material change asks them to look; they keep what they hold."""
    reading: int
    """Who has begun to read and does not hold it: they meet the new words on what they have not read yet."""
    sitting: int
    """Whose quiz is open: they finish on the version they began."""

    @property
    def held(self) -> int:
        return sum(self.holders.values())


def effect(session: Session, course: Course, now: datetime, zone: tzinfo) -> Effect:
    """Count them, in a few statements however many people there are."""
    everyone = people.profiles_in(session, [team.id for team in people.teams(session)])
    holders: Counter[str] = Counter()
    reading = 0
    for record in overview.records(session, everyone, {course.slug: course}, now, zone):
        standing = record.standings.get(course.slug)
        if standing is None:
            continue
        if standing.in_date and standing.done_on:
            holders[record.profile.agency] += 1
        elif standing.state is State.IN_PROGRESS:
            reading += 1
    return Effect(dict(holders.most_common()), reading, learning.sitting(session, course.slug))


def acknowledge(session: Session, person_id: int, course: Course, changes: Sequence[Material], now: datetime) -> bool:
    """Write down that the person has read what changed; False when nothing waits for them, as after a second click."""
    people.in_hand(session, person_id)
    if not to_look_at(ledger.of_person(session, person_id), changes):
        return False
    ledger.append(session, person_id, FactKind.ACKNOWLEDGED, course.slug, now, now, version=course.version, actor_id=person_id)
    return True

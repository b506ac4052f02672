"""Where people stand: the same facts and the same words for the learner, the manager and the export."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from elearn.records import learning, ledger
from elearn.records.people import Profile
from elearn.records.requirements import all_requirements
from elearn.rules.courses import Course
from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.requirements import Requirement, required
from elearn.rules.standing import Standing, standing
from elearn.rules.validity import NEVER, local_day


@dataclass(frozen=True, slots=True)
class Record:
    """One person with where they stand in everything they must hold or have begun."""

    profile: Profile
    standings: Mapping[str, Standing]
    evidence: Sequence[Evidence]
    steps: Mapping[str, frozenset[str]]
    """Course to the steps they have gone on from."""


def records(session: Session, profiles: Sequence[Profile], courses: Mapping[str, Course], as_of: datetime, zone: tzinfo) -> list[Record]:
    """Everyone's record, in three statements however many people there are. Which steps they are at is left out: see ``record``."""
    ids = [profile.id for profile in profiles]
    evidence, begun, rules = ledger.of_people(session, ids), learning.begun(session, ids), all_requirements(session)
    return [_record(profile, evidence[profile.id], begun.get(profile.id, frozenset()), {}, rules, courses, as_of, zone) for profile in profiles]


def record(
    session: Session, profile: Profile, courses: Mapping[str, Course], as_of: datetime, zone: tzinfo, only: Collection[str] | None = None
) -> Record:
    """One person's record, with the steps they have gone on from; the standing with *only* these items, when they are named."""
    steps = learning.all_steps(session, profile.id)
    rules, evidence = all_requirements(session), ledger.of_person(session, profile.id)
    return _record(profile, evidence, frozenset(steps), steps, rules, courses, as_of, zone, only)


def _record(
    profile: Profile, evidence: Sequence[Evidence], begun: frozenset[str], steps: Mapping[str, frozenset[str]], rules: Sequence[Requirement],
    courses: Mapping[str, Course], as_of: datetime, zone: tzinfo, only: Collection[str] | None = None,
) -> Record:
    must = {rule.item: rule for rule in required(rules, profile.member, local_day(as_of, zone))}
    items = dict.fromkeys([*must, *(fact.item for fact in evidence if fact.kind in _COUNTS), *sorted(begun & courses.keys())])
    standings = {
        item: _standing(item, evidence, must.get(item), profile, courses, begun, as_of, zone) for item in items if only is None or item in only
    }
    return Record(profile, standings, evidence, steps)


_COUNTS = frozenset({FactKind.COMPLETED, FactKind.ATTENDED, FactKind.EXEMPTED, FactKind.READ})


def _standing(
    item: str, evidence: Iterable[Evidence], rule: Requirement | None, profile: Profile, courses: Mapping[str, Course],
    begun: frozenset[str], as_of: datetime, zone: tzinfo,
) -> Standing:
    course = courses.get(item)
    validity = rule.validity if rule else course.validity if course else NEVER
    return standing(evidence, item, rule, profile.member, as_of, zone, validity, in_progress=item in begun)


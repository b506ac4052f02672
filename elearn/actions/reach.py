"""Who did what of a theme in its month, team by team, and how many people are in date with the learning of a strategy."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy.orm import Session

from elearn.records import people, resources
from elearn.records import reach as facts
from elearn.records.people import Profile, Team
from elearn.records.requirements import all_requirements
from elearn.rules.courses import Course, Theme
from elearn.rules.evidence import Evidence
from elearn.rules.reach import Reach, Reached, here_in, month_of, reach
from elearn.rules.requirements import Requirement, required
from elearn.rules.resources import Objective
from elearn.rules.standing import standing
from elearn.rules.validity import NEVER, local_day


@dataclass(frozen=True, slots=True)
class TeamReach:
    """One team in the month of a theme; ``people`` are those who belonged to it on any day of it."""

    team: Team
    people: int
    items: Mapping[str, Reached]
    anything: int
    """How many of them read or completed anything of it."""


def of_theme(
    session: Session, theme: Theme, items: Sequence[str], teams: Sequence[Team], zone: tzinfo
) -> list[TeamReach]:
    """How far *theme* reached in each of *teams*, in four statements however many they are."""
    first, last = month_of(theme.month)
    ids = [team.id for team in teams]
    there = [one for one in people.profiles_in(session, ids, left=True) if here_in(one.joined, one.left, first, last)]
    month = datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
    evidence = facts.evidence(session, items, ids, month)
    read = resources.readers(session, items, ids, first, last)
    found = []
    for team in teams:
        members = {one.id for one in there if one.team_id == team.id}
        done = reach(evidence, read, items, members, first, last, zone)
        found.append(TeamReach(team, len(members), done.items, done.anything))
    return found


def together(found: Sequence[TeamReach], items: Sequence[str]) -> tuple[int, Reach]:
    """All these teams as one: how many people, and what they did. Nobody belongs to two teams."""
    sums = {item: Reached(sum(one.items[item].read for one in found), sum(one.items[item].done for one in found)) for item in items}
    return sum(one.people for one in found), Reach(sums, sum(one.anything for one in found))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of ``people`` are in date with each item of an objective, and how many with all of them."""

    objective: Objective
    people: int
    items: Mapping[str, int]
    all: int


def of_objectives(
    session: Session, objectives: Sequence[Objective], courses: Mapping[str, Course], teams: Sequence[Team], as_of: datetime, zone: tzinfo
) -> list[Coverage]:
    """Who is in date with the learning of each objective, of all the people in *teams*, whether or not it is asked of them."""
    ids = [team.id for team in teams]
    profiles, rules = people.profiles_in(session, ids), all_requirements(session)
    named = {item for objective in objectives for item in objective.items}
    by_person: dict[int, list[Evidence]] = {}
    for fact in facts.evidence(session, named, ids):
        by_person.setdefault(fact.person_id, []).append(fact)
    held = {one.id: _in_date(one, by_person.get(one.id, []), rules, courses, as_of, zone) for one in profiles}
    return [
        Coverage(
            objective, len(profiles), {item: sum(item in mine for mine in held.values()) for item in objective.items},
            sum(mine >= set(objective.items) for mine in held.values()),
        )
        for objective in objectives
    ]


def _in_date(
    profile: Profile, evidence: Sequence[Evidence], rules: Sequence[Requirement], courses: Mapping[str, Course], as_of: datetime, zone: tzinfo
) -> frozenset[str]:
    """The items that count for this person today. Whoever has no evidence of an item holds nothing of it."""
    if not evidence:
        return frozenset()
    must = {rule.item: rule for rule in required(rules, profile.member, local_day(as_of, zone))}
    found = set()
    for item in {fact.item for fact in evidence}:
        course = courses.get(item)
        stand = standing(evidence, item, must.get(item), profile.member, as_of, zone, course.validity if course else NEVER)
        if stand.in_date:
            found.add(item)
    return frozenset(found)

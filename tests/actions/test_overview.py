"""Where people stand: for one person or for many, in the same few statements and the same words."""
from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from elearn.actions import evidence, overview
from elearn.actions.publishing import Catalogue
from elearn.records import learning, requirements
from elearn.records import people as people_records
from elearn.records.db import writing
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.requirements import Requirement
from elearn.rules.standing import State
from elearn.rules.validity import Validity
from tests import builders
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database, traced

ZONE = ZoneInfo("Europe/London")


def require(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session):
        rule = Requirement(id=0, item=course.slug, validity=Validity("rolling", months=24), due_days=60, starts=date(2026, 11, 20))
        requirements.add(session, rule, people.ada.id, NOW)


def states(database: Database, ids: list[int], catalogue: Catalogue, slug: str, days: int = 0) -> dict[str, State | None]:
    with database() as session:
        profiles = [found for id in ids if (found := people_records.profile(session, id))]
        found = overview.records(session, profiles, catalogue.courses, NOW + timedelta(days=days), ZONE)
    return {record.profile.name: record.standings[slug].state if slug in record.standings else None for record in found}


def test_states_follow_what_happened_and_the_day(database: Database, people: People, catalogue: Catalogue, course: Course) -> None:
    require(database, people, course)
    with database() as session, writing(session):
        learning.mark_step(session, people.alice.id, course.slug, "u/s", course.version, NOW)
        evidence.complete(session, people.bob.id, course, NOW, ZONE, FactKind.COMPLETED, people.bob.id, "Passed", via="quiz")
    ids = [people.bob.id, people.alice.id, people.tess.id]
    today = states(database, ids, catalogue, course.slug)
    assert today == {people.bob.name: State.CURRENT, people.alice.name: State.IN_PROGRESS, people.tess.name: State.NOT_STARTED}
    late = states(database, ids, catalogue, course.slug, days=90)
    assert (late[people.bob.name], late[people.tess.name]) == (State.CURRENT, State.OVERDUE)
    assert states(database, ids, catalogue, course.slug, days=3 * 366)[people.bob.name] is State.EXPIRED


def test_what_nobody_asked_for_is_not_listed(database: Database, people: People, catalogue: Catalogue, course: Course) -> None:
    assert states(database, [people.bob.id], catalogue, course.slug)[people.bob.name] is None


def test_three_statements_however_many_people(database: Database, people: People, catalogue: Catalogue, course: Course) -> None:
    require(database, people, course)
    with database() as session, writing(session):
        for number in range(30):
            builders.person(session, f"Person{number} Test", people.team_id, NOW)
    with database() as session:
        profiles = people_records.profiles_in(session, {people.team_id})
        with traced(database.engine) as statements:
            found = overview.records(session, profiles, catalogue.courses, NOW, ZONE)
    assert len(found) == 34
    assert len(statements) == 3

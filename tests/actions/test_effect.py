"""What a new version would mean for people is counted before it is live; who holds the old one is asked to look, once."""
from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from elearn.actions.effect import acknowledge, effect
from elearn.records import learning, ledger
from elearn.records.db import writing
from elearn.rules.changes import Material
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database, traced

ZONE = ZoneInfo("Europe/London")


@pytest.fixture
def change(course: Course) -> Material:
    return Material(course.slug, "new", course.version, NOW, "Ring on the same day.", frozenset({course.version}))


def finish(database: Database, person_id: int, course: Course, days: int = 10, version: str = "") -> None:
    with database() as session, writing(session):
        at = NOW - timedelta(days=days)
        ledger.append(session, person_id, FactKind.COMPLETED, course.slug, at, at, version=version or course.version, minutes=60, via="quiz")


def test_it_counts_who_holds_reads_and_sits(database: Database, people: People, course: Course) -> None:
    finish(database, people.bob.id, course)
    finish(database, people.ada.id, course, days=4000)
    unit, step = next(course.steps())
    with database() as session, writing(session):
        learning.mark_step(session, people.alice.id, course.slug, f"{unit.id}/{step.id}", course.version, NOW)
        for who in (people.alice, people.bob):
            learning.add_attempt(session, who.id, course.slug, course.version, 1, 1, ["q"], NOW)
    with database() as session, traced(session.get_bind().engine) as statements:
        means = effect(session, course, NOW, ZONE)
    assert (means.held, sum(means.holders.values()), means.reading, means.sitting) == (1, 1, 1, 2)
    assert len(statements) <= 7, "however many people there are"


def test_whoever_holds_the_old_version_says_once_that_they_read_it(database: Database, people: People, course: Course, change: Material) -> None:
    finish(database, people.bob.id, course)
    for expected in (True, False):
        with database() as session, writing(session):
            assert acknowledge(session, people.bob.id, course, [change], NOW + timedelta(minutes=1)) is expected
    with database() as session:
        facts = [fact for fact in ledger.of_person(session, people.bob.id) if fact.kind is FactKind.ACKNOWLEDGED]
    assert [(fact.item, fact.version, fact.actor_id) for fact in facts] == [(course.slug, course.version, people.bob.id)]


def test_nothing_is_written_for_whoever_was_not_asked(database: Database, people: People, course: Course, change: Material) -> None:
    finish(database, people.alice.id, course, version="new")
    for who in (people.bob, people.alice):
        with database() as session, writing(session):
            assert not acknowledge(session, who.id, course, [change], NOW)

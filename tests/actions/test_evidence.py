"""Completing: the fact, the certificate and the job to print it belong together, and the rule that held is named."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from elearn.actions import evidence
from elearn.records import certificates, ledger, requirements
from elearn.records.db import writing
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.requirements import Requirement
from elearn.rules.validity import Validity
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database

ZONE = ZoneInfo("Europe/London")


def complete(database: Database, people: People, course: Course, now: datetime = NOW, happened: datetime | None = None) -> str:
    with database() as session, writing(session):
        return evidence.complete(
            session, people.bob.id, course, now, ZONE, FactKind.COMPLETED, people.bob.id, "Passed, 9 of 10", happened=happened, via="quiz"
        )


def test_the_certificate_says_how_long_it_counts_by_the_rule_that_held(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session):
        two_years = Validity("rolling", months=24)
        rule = Requirement(id=0, item=course.slug, validity=two_years, due_days=28, starts=date(2026, 1, 1), team_id=people.team_id)
        id = requirements.add(session, rule, people.ada.id, NOW)
    code = complete(database, people, course)
    with database() as session:
        held = certificates.one(session, code)
        assert held is not None
        assert (held.completed, held.until) == (date(2026, 11, 23), date(2028, 11, 23))
        done, awarded = ledger.of_person(session, people.bob.id)
        assert (done.kind, done.rule) == (FactKind.COMPLETED, f"requirement-{id}")
        assert (done.data["via"], done.data["minutes"]) == ("quiz", course.minutes)
        assert (awarded.kind, awarded.data) == (FactKind.AWARDED, {"code": code, "of": done.id, "until": "2028-11-23"})
        assert certificates.of_fact(session, done.id) == code


def test_without_a_requirement_the_module_itself_says_how_long(database: Database, people: People, course: Course) -> None:
    complete(database, people, course)
    with database() as session:
        assert ledger.of_person(session, people.bob.id)[0].rule == f"module-{course.version}"


def test_the_day_on_a_certificate_is_the_day_in_london(database: Database, people: People, course: Course) -> None:
    code = complete(database, people, course, datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    with database() as session:
        held = certificates.one(session, code)
        assert held is not None
        assert held.completed == date(2026, 7, 1)


def test_what_was_recorded_later_counts_from_the_day_it_happened(database: Database, people: People, course: Course) -> None:
    code = complete(database, people, course, happened=NOW - timedelta(days=3))
    with database() as session:
        held = certificates.one(session, code)
        assert held is not None
        assert held.completed == date(2026, 11, 20)
        done = ledger.of_person(session, people.bob.id)[0]
        assert done.at == NOW - timedelta(days=3)
        assert session.scalar(text("SELECT count(*) FROM fact WHERE recorded > at")) == 1


def test_all_of_it_is_written_or_none(database: Database, people: People, course: Course) -> None:
    with database() as session, pytest.raises(ZeroDivisionError), writing(session):
        evidence.complete(session, people.bob.id, course, NOW, ZONE, FactKind.COMPLETED, people.bob.id, "Passed", via="quiz")
        raise ZeroDivisionError
    with database() as session:
        assert [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("fact", "certificate", "job")] == [0, 0, 0]

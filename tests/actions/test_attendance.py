"""Registers: only another person, a trainer, can say that someone came; saying it twice is saying it once; nothing is ever removed."""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from elearn.actions import Refused, attendance, gate
from elearn.actions.publishing import Catalogue
from elearn.records import certificates, ledger, live
from elearn.records.db import writing
from elearn.records.ledger import AuditRow
from elearn.records.live import LiveSession
from elearn.records.people import PersonRow
from elearn.rules.access import Person
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database

ZONE = ZoneInfo("Europe/London")
YESTERDAY = date(2026, 11, 22)


@pytest.fixture
def gcp2(catalogue: Catalogue) -> Course:
    return catalogue.courses["graded-care-profile-2"]


@pytest.fixture
def register(database: Database, people: People, gcp2: Course) -> LiveSession:
    with database() as session, writing(session):
        id = attendance.open_register(session, people.tess.person, gcp2, YESTERDAY, "Town Hall", 360, NOW, ZONE)
    with database() as session:
        found = live.one(session, id)
    assert found is not None
    return found


def save(
    database: Database, trainer: Person, register: LiveSession, course: Course, came: set[int], off: frozenset[int] = frozenset(),
    reason: str = "", now: datetime = NOW,
) -> attendance.Kept:
    with database() as session, writing(session):
        return attendance.save(session, trainer, register, course, came, off, reason, now, ZONE)


def test_saving_records_who_came_by_whom_and_gives_a_certificate(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    assert save(database, people.tess.person, register, gcp2, {people.bob.id}) == attendance.Kept(1, 0)
    with database() as session:
        came, awarded = ledger.of_person(session, people.bob.id)
        assert (came.kind, came.actor_id, came.at) == (FactKind.ATTENDED, people.tess.id, datetime(2026, 11, 22, 12, tzinfo=UTC))
        assert came.data == {"live": register.id, "trainer_id": people.tess.id, "minutes": 360, "via": "attendance"}
        held = certificates.one(session, str(awarded.data["code"]))
        assert held is not None
        assert (held.completed, held.result) == (YESTERDAY, "Attended on 22 November 2026")


def test_saving_twice_adds_nobody_twice(database: Database, people: People, register: LiveSession, gcp2: Course) -> None:
    for expected in (1, 0):
        assert save(database, people.tess.person, register, gcp2, {people.bob.id}).added == expected
    with database() as session:
        assert [fact.kind for fact in ledger.of_person(session, people.bob.id)].count(FactKind.ATTENDED) == 1
        assert len(certificates.of_person(session, people.bob.id)) == 1


def test_attendance_on_the_same_day_counts_at_once_even_in_the_morning(database: Database, people: People, gcp2: Course) -> None:
    with database() as session, writing(session):
        id = attendance.open_register(session, people.tess.person, gcp2, date(2026, 11, 23), "Online", 360, NOW, ZONE)
        register = live.one(session, id)
        assert register is not None
        attendance.save(session, people.tess.person, register, gcp2, {people.bob.id}, (), "", NOW, ZONE)
        assert ledger.of_person(session, people.bob.id)[0].at == NOW


def test_nobody_records_themselves_and_nobody_their_own_team(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    tess = people.tess.person
    with pytest.raises(Refused, match="This is you"):
        save(database, tess, register, gcp2, {tess.id})
    managing = replace(tess, manages=frozenset({people.team_id}))
    with pytest.raises(Refused, match="You manage this person’s team"):
        save(database, managing, register, gcp2, {people.omar.id, people.bob.id})
    with database() as session:
        assert not ledger.of_person(session, people.omar.id), "all of it or nothing"


def test_only_the_trainer_of_the_day_fills_in_its_register(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    with pytest.raises(Refused, match="Only the trainer of this day"):
        save(database, people.ada.person, register, gcp2, {people.bob.id})


def test_taking_someone_off_is_a_further_fact_with_a_reason(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    tess = people.tess.person
    save(database, tess, register, gcp2, {people.bob.id})
    with pytest.raises(Refused, match="Say why"):
        save(database, tess, register, gcp2, set(), frozenset({people.bob.id}))
    later = NOW + timedelta(hours=1)
    assert save(database, tess, register, gcp2, set(), frozenset({people.bob.id}), "Another Bob came", later).taken_back == 1
    with database() as session:
        came, awarded, undone = ledger.of_person(session, people.bob.id)
        assert (undone.kind, undone.data) == (FactKind.UNDONE, {"of": came.id, "reason": "Another Bob came"})
        assert certificates.withdrawal(session, str(awarded.data["code"])) == (later, "Another Bob came")
        assert attendance.recorded(session, register) == {}
    assert save(database, tess, register, gcp2, set(), frozenset({people.bob.id}), "Again", later).taken_back == 0
    assert save(database, tess, register, gcp2, {people.bob.id}, now=later + timedelta(hours=1)).added == 1, "put back as a new fact"
    with database() as session:
        assert len(ledger.of_person(session, people.bob.id)) == 5


def test_the_gate_opens_on_the_register_and_shuts_when_it_is_taken_back(
    database: Database, people: People, register: LiveSession, gcp2: Course, catalogue: Catalogue, course: Course
) -> None:
    tool, tess = catalogue.tools["gcp2"], people.tess.person

    def attended(now: datetime) -> bool:
        with database() as session:
            found = gate.decide(session, tool, people.bob.id, catalogue.courses, now, ZONE)
        return next(step.met for step in found.steps if step.item == gcp2.slug)

    assert not attended(NOW)
    save(database, tess, register, gcp2, {people.bob.id})
    assert attended(NOW)
    save(database, tess, register, gcp2, set(), frozenset({people.bob.id}), "A mistake", NOW + timedelta(minutes=1))
    assert not attended(NOW + timedelta(minutes=1))


def test_someone_who_left_before_the_day_cannot_be_recorded_but_later_leavers_can(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    def leave(day: date) -> None:
        with database() as session, writing(session):
            row = session.get(PersonRow, people.bob.id)
            assert row is not None
            row.left = day

    leave(YESTERDAY - timedelta(days=1))
    with pytest.raises(Refused, match="not here any more"):
        save(database, people.tess.person, register, gcp2, {people.bob.id})
    leave(YESTERDAY)
    assert save(database, people.tess.person, register, gcp2, {people.bob.id}).added == 1


@pytest.mark.parametrize(
    ("day", "minutes", "words"),
    [
        (date(2026, 11, 24), 360, "still to come"), (date(2016, 11, 22), 360, "Check the year"), (date(1, 1, 1), 360, "Check the year"),
        (YESTERDAY, 269, "from 270 to 720"), (YESTERDAY, 721, "from 270 to 720"),
    ],
)
def test_a_register_is_for_a_day_that_has_come_and_a_length_that_can_be(
    database: Database, people: People, gcp2: Course, day: date, minutes: int, words: str
) -> None:
    with database() as session, writing(session), pytest.raises(Refused, match=words):
        attendance.open_register(session, people.tess.person, gcp2, day, "Town Hall", minutes, NOW, ZONE)


def test_a_course_longer_than_a_day_can_be_written_down_on_its_last(database: Database, people: People, gcp2: Course) -> None:
    with database() as session, writing(session):
        attendance.open_register(session, people.tess.person, replace(gcp2, minutes=1080), YESTERDAY, "Town Hall", 720, NOW, ZONE)


def test_a_day_written_down_late_has_a_certificate_that_counts_from_that_day(database: Database, people: People, gcp2: Course) -> None:
    """Whatever came since: else it would say "valid until" a day that only the later course earned."""
    ends = []
    for day in (date(2026, 11, 20), date(2025, 3, 1)):
        with database() as session, writing(session):
            id = attendance.open_register(session, people.tess.person, gcp2, day, "Town Hall", 360, NOW, ZONE)
            register = live.one(session, id)
            assert register is not None
            attendance.save(session, people.tess.person, register, gcp2, {people.bob.id}, (), "", NOW, ZONE)
            newest = ledger.of_person(session, people.bob.id)[-1]
            held = certificates.one(session, str(newest.data["code"]))
            assert held is not None
            ends.append((held.completed, held.until))
    assert ends == [(date(2026, 11, 20), date(2028, 11, 20)), (date(2025, 3, 1), date(2027, 3, 1))]


def test_only_a_live_course_has_a_register(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session), pytest.raises(Refused, match="live course"):
        attendance.open_register(session, people.tess.person, course, YESTERDAY, "Town Hall", 360, NOW, ZONE)


def test_every_recording_and_taking_back_is_written_down_with_who_did_it(
    database: Database, people: People, register: LiveSession, gcp2: Course
) -> None:
    save(database, people.tess.person, register, gcp2, {people.bob.id})
    save(database, people.tess.person, register, gcp2, set(), frozenset({people.bob.id}), "A mistake")
    with database() as session:
        acts = session.execute(select(AuditRow.act, func.count()).where(AuditRow.actor_id == people.tess.id).group_by(AuditRow.act)).all()
    assert dict(acts) == {"recorded attendance": 1, "took back attendance": 1}

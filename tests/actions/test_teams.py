"""The office: every change is written down, nobody can shut out themselves or everyone, and codes are fit to read out."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from elearn.actions import Refused, teams
from elearn.actions.accounts import CODE_LETTERS, plain_code
from elearn.records import ledger, membership, sessions
from elearn.records import people as records
from elearn.records.db import writing
from elearn.records.people import Profile
from tests import builders
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database

ZONE = ZoneInfo("Europe/London")


def profile(database: Database, id: int) -> Profile:
    with database() as session:
        found = records.profile(session, id)
    assert found is not None
    return found


def change(database: Database, people: People, whom: int, **wanted: object) -> list[str]:
    with database() as session, writing(session):
        who = records.profile(session, whom)
        assert who is not None
        return teams.change_person(session, people.ada.id, who, replace(teams.who(who), **wanted), NOW)  # type: ignore[arg-type]  # fields of Who


def test_a_change_is_made_and_written_down_with_what_was_there_before(database: Database, people: People) -> None:
    assert change(database, people, people.bob.id, role="student", job="Student nurse") == ["role", "job"]
    assert (profile(database, people.bob.id).role, profile(database, people.bob.id).job) == ("student", "Student nurse")
    with database() as session:
        (kept,) = session.scalars(select(ledger.AuditRow)).all()
    assert (kept.actor_id, kept.thing, kept.facts) == (
        people.ada.id, f"person:{people.bob.id}", {"role": ["staff", "student"], "job": ["", "Student nurse"]}
    )


def test_nothing_different_is_nothing_written(database: Database, people: People) -> None:
    assert change(database, people, people.bob.id) == []
    with database() as session:
        assert session.scalars(select(ledger.AuditRow)).all() == []


@pytest.mark.parametrize("wanted", [{"suspended": True}, {"left": date(2026, 11, 23)}, {"trainer": True}])
def test_whoever_is_suspended_leaves_or_gains_rights_is_signed_out_everywhere(
    database: Database, people: People, wanted: dict[str, object]
) -> None:
    with database() as session, writing(session):
        secret = builders.sign_in(session, people.bob, NOW)
    change(database, people, people.bob.id, **wanted)
    with database() as session:
        assert sessions.live(session, secret, NOW) is None


@pytest.mark.parametrize("wanted", [{"administrator": False}, {"suspended": True}, {"left": date(2026, 11, 23)}])
def test_nobody_shuts_themselves_out(database: Database, people: People, wanted: dict[str, object]) -> None:
    with pytest.raises(Refused, match="away from yourself"):
        change(database, people, people.ada.id, **wanted)


def test_somebody_always_looks_after_the_site(database: Database, people: People) -> None:
    with database() as session, writing(session):
        ada = records.profile(session, people.ada.id)
        assert ada is not None
        with pytest.raises(Refused, match="Somebody has to look after the site"):
            teams.change_person(session, people.bob.id, ada, replace(teams.who(ada), administrator=False), NOW)


def charge(database: Database, people: People, since: date, last_day: date | None) -> None:
    with database() as session, writing(session):
        teams.give_charge(session, people.ada.id, people.bob.id, people.other_team_id, since, last_day, ZONE, NOW)


def manages(database: Database, people: People, later: timedelta = timedelta()) -> bool:
    with database() as session:
        who = records.person(session, people.bob.id, NOW + later)
    assert who is not None
    return people.other_team_id in who.manages


def test_a_stand_in_manages_from_the_first_day_to_the_end_of_the_last(database: Database, people: People) -> None:
    charge(database, people, date(2026, 11, 23), date(2026, 11, 24))
    assert manages(database, people)
    assert manages(database, people, timedelta(days=1, hours=14, minutes=29))
    assert not manages(database, people, timedelta(days=1, hours=14, minutes=30))


def test_the_same_team_is_not_given_twice_for_the_same_days(database: Database, people: People) -> None:
    charge(database, people, date(2026, 11, 23), None)
    with pytest.raises(Refused, match="already for some of those days"):
        charge(database, people, date(2026, 12, 1), date(2026, 12, 5))


def test_a_charge_that_is_ended_ends_at_once_and_only_once(database: Database, people: People) -> None:
    charge(database, people, date(2026, 11, 1), None)
    for expected in (True, False):
        with database() as session, writing(session):
            (held,) = membership.charges(session, people.bob.id)
            assert teams.end_charge(session, people.ada.id, people.bob.id, held.id, NOW) is expected
    assert not manages(database, people)


def test_the_last_day_is_not_before_the_first(database: Database, people: People) -> None:
    with pytest.raises(Refused, match="last day is before the first"):
        charge(database, people, date(2026, 11, 23), date(2026, 11, 22))


def test_two_agencies_or_two_teams_of_one_agency_never_share_a_name(database: Database, people: People) -> None:
    with database() as session, writing(session):
        agency = teams.add_agency(session, people.ada.id, "Westmere Homes", NOW)
        teams.add_team(session, people.ada.id, agency, "Haven House", NOW)
        with pytest.raises(Refused, match="already an agency"):
            teams.add_agency(session, people.ada.id, "WESTMERE homes", NOW)
        with pytest.raises(Refused, match="already has a team"):
            teams.add_team(session, people.ada.id, agency, "haven house", NOW)
        teams.add_team(session, people.ada.id, people.agency_id, "Haven House", NOW)


def test_a_new_code_takes_the_place_of_the_old_one(database: Database, people: People) -> None:
    with database() as session, writing(session):
        before = records.team(session, people.team_id)
        code = teams.change_code(session, people.ada.id, people.team_id, NOW)
        assert before is not None
        assert records.team_by_code(session, before.code) is None
        found = records.team_by_code(session, code)
        assert found is not None
        assert found.id == people.team_id


@pytest.mark.parametrize("name", ["Oakfield", "Łódź Íris", "فريق", "", "1234", "IOU"])
def test_a_code_can_be_typed_in_the_form_people_join_with(name: str) -> None:
    codes = {teams.new_code(name, set()) for _ in range(50)}
    assert all(plain_code(code) == code and len(code) == CODE_LETTERS for code in codes)
    assert len(codes) > 45

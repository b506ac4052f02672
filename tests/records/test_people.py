"""Who is in which team, who manages it at which moment, and how people are found."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from elearn.records import people as records
from elearn.records.db import writing
from tests import builders
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


@pytest.fixture
def people(database: Database) -> People:
    with database() as session, writing(session):
        return builders.everybody(session, NOW)


def test_a_profile_names_team_and_agency(database: Database, people: People) -> None:
    with database() as session:
        found = records.profile(session, people.bob.id)
        assert found is not None
        assert (found.name, found.team_id, found.agency_id, found.person_id) == (people.bob.name, people.team_id, people.agency_id, people.bob.id)
        assert (found.trainer, found.administrator, found.suspended, found.left) == (False, False, False, None)
        assert found.member.belongs(NOW.date())
        assert records.profile(session, 10**6) is None


def test_an_address_is_one_however_it_is_spelt(database: Database, people: People) -> None:
    with database() as session:
        found = records.profile_by_email(session, f"  {people.bob.email.upper()} ")
        assert found is not None
        assert found.id == people.bob.id
    with pytest.raises(IntegrityError), database() as session, writing(session):
        session.execute(text("UPDATE person SET email = :email WHERE id = :id"), {"email": people.bob.email, "id": people.omar.id})


def test_the_people_of_a_team_come_by_name_without_those_who_left(database: Database, people: People) -> None:
    with database() as session, writing(session):
        builders.person(session, "aaron Zed", people.team_id, NOW)
        gone = builders.person(session, "Gone Away", people.team_id, NOW)
        session.execute(text('UPDATE person SET "left" = :day WHERE id = :id'), {"day": "2026-05-01", "id": gone.id})
    with database() as session:
        names = [one.name for one in records.profiles_in(session, {people.team_id})]
        assert names == ["aaron Zed", people.ada.name, people.alice.name, people.bob.name, people.tess.name]
        assert "Gone Away" in [one.name for one in records.profiles_in(session, {people.team_id}, left=True)]
        assert records.profiles_in(session, set()) == []


def test_managers_are_those_of_this_moment(database: Database, people: People) -> None:
    with database() as session, writing(session):
        builders.manager(session, people.tess, people.team_id, NOW, since=timedelta(days=2), until=NOW)
        builders.manager(session, people.ada, people.team_id, NOW, since=timedelta(days=-1))
    with database() as session:
        assert [one.name for one in records.managers_of(session, people.team_id, NOW)] == [people.alice.name]
        yesterday = [one.name for one in records.managers_of(session, people.team_id, NOW - timedelta(days=1))]
        assert yesterday == [people.alice.name, people.tess.name]
        tomorrow = [one.name for one in records.managers_of(session, people.team_id, NOW + timedelta(days=2))]
        assert tomorrow == [people.ada.name, people.alice.name]


@pytest.mark.parametrize("words", ["bob ad", "BOB", "@westmere.example"])
def test_people_are_found_by_part_of_a_name_or_address(database: Database, people: People, words: str) -> None:
    with database() as session:
        assert people.bob.id in [one.id for one in records.find(session, words)]


@pytest.mark.parametrize("words", ["%", "_", "nobody like that", "' OR 1=1 --"])
def test_signs_that_mean_something_to_the_database_mean_nothing_here(database: Database, people: People, words: str) -> None:
    with database() as session:
        found = records.find(session, words)
        assert len(found) in {0, 6}  # a lone sign is no word, and so asks for everyone
        assert words != "nobody like that" or not found


def test_teams_are_found_by_id_and_by_code(database: Database, people: People) -> None:
    with database() as session:
        team = records.team(session, people.team_id)
        assert team is not None
        assert records.team_by_code(session, team.code) == team
        assert records.team_by_code(session, "NOTACODE") is None
        assert [one.id for one in records.teams(session, {people.team_id, people.far_team_id})] == [people.team_id, people.far_team_id]
        assert len(records.teams(session)) == 3


def test_someone_who_may_not_sign_in_is_nobody_to_permission(database: Database, people: People) -> None:
    with database() as session:
        assert records.person(session, people.alice.id, NOW) == people.alice.person
        assert records.person(session, 10**6, NOW) is None
    with database() as session, writing(session):
        session.execute(text("UPDATE person SET suspended = :at WHERE id = :id"), {"at": "2026-05-26 00:00:00", "id": people.alice.id})
    with database() as session:
        assert records.person(session, people.alice.id, NOW) is None

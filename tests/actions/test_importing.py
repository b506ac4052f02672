"""People from a list join teams whose codes are like all others."""
from __future__ import annotations

from collections.abc import Mapping

from elearn.actions import accounts, importing, teams
from elearn.records import membership
from elearn.records import people as records_people
from elearn.records.db import writing
from elearn.web.forms.account import JoinForm
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database


def row(**more: str) -> Mapping[str, str]:
    return {"name": "Nora New", "email": "nora@new.example", "agency": "New Agency", "team": "Oak", "role": "staff"} | more


def takes(code: str) -> bool:
    """Whether the form for joining takes the code, as it is read out and as it is kept."""
    typed = {"name": "Nell", "email": "nell@new.example", "role": "staff"}
    return all(JoinForm(data={"code": text, **typed}).validate() for text in (code, accounts.shown_code(code)))


def test_every_way_of_making_a_team_gives_a_code_that_joining_takes(database: Database, people: People) -> None:
    with database() as session, writing(session):
        importing.carry_out(session, importing.plan(session, [(2, row()), (3, row(email="b@new.example", team="Ω 7"))], NOW), NOW)
        importing.add_administrator(session, "Ada First", "ada@first.example", NOW)
        teams.add_team(session, people.ada.id, people.agency_id, "Ash and Elm", NOW)
        changed = teams.change_code(session, people.ada.id, people.team_id, NOW)
    with database() as session:
        made = {team.name: team.code for team in records_people.teams(session) if not (team.code.startswith("TEAM") and len(team.code) == 9)}
    assert {"Oak", "Ω 7", "Ash and Elm", importing.OFFICE} <= set(made) and changed in made.values()
    assert {code: (len(code), takes(code)) for code in made.values()} == dict.fromkeys(made.values(), (accounts.CODE_LETTERS, True))
    assert len(set(made.values())) == len(made)


def test_a_list_that_was_imported_is_known_the_next_time(database: Database) -> None:
    with database() as session, writing(session):
        planned = importing.plan(session, [(2, row())], NOW)
        assert importing.carry_out(session, planned, NOW) == 1
    with database() as session:
        again = importing.plan(session, [(2, row(email="NORA@new.example"))], NOW)
        assert again.new == () and len(again.known) == 1 and len(membership.agencies(session)) >= 1

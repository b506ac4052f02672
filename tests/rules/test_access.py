"""Who may do what, written out by hand: the table is right only if it agrees."""
from __future__ import annotations

from dataclasses import dataclass

import pytest

from elearn.rules import access
from elearn.rules.access import NEEDS_A_THING, TABLE, Permission, Person, granted, may

OAKFIELD, ELMS = 7, 8


@dataclass(frozen=True)
class Thing:
    """Anything that is about a person or belongs to a team."""

    person_id: int | None = None
    team_id: int | None = None


AMIRA = Person(1, "Amira Khan", 3, OAKFIELD)
HELEN = Person(2, "Helen Marsh", 3, OAKFIELD, manages=frozenset({OAKFIELD}))
RUTH = Person(3, "Ruth Adeyemi", 3, ELMS, trainer=True)
OSCAR = Person(4, "Oscar Lund", 3, ELMS, administrator=True)
PEOPLE = {"learner": AMIRA, "manager": HELEN, "trainer": RUTH, "administrator": OSCAR}

AMIRAS, HELENS, RUTHS, OSCARS = Thing(1, OAKFIELD), Thing(2, OAKFIELD), Thing(3, ELMS), Thing(4, ELMS)
THINGS = {"amira": AMIRAS, "helen": HELENS, "ruth": RUTHS, "oscar": OSCARS, "oakfield": Thing(team_id=OAKFIELD), "elms": Thing(team_id=ELMS)}

MAY = {
    # permission: {who: about whom or which team}; "-" is about nothing at all
    Permission.SEE_OWN: {"learner": "amira", "manager": "helen", "trainer": "ruth", "administrator": "oscar"},
    Permission.SEE_TEAM: {"manager": "amira helen oakfield", "administrator": "amira helen ruth oscar oakfield elms"},
    Permission.SEE_PERSON: {"manager": "amira", "administrator": "amira helen ruth"},
    Permission.CHANGE_CERTIFICATE: {"administrator": "amira helen ruth"},
    Permission.DECIDE_REQUEST: {"manager": "amira"},
    Permission.RECORD_ATTENDANCE: {"trainer": "- amira helen oscar oakfield elms"},
    Permission.SEE_MY_TEAMS: {"manager": "- amira helen ruth oscar oakfield elms", "administrator": "- amira helen ruth oscar oakfield elms"},
}
EVERYBODY = "- amira helen ruth oscar oakfield elms"
for _permission in (Permission.LEARN, Permission.OPEN_TOOL):
    MAY[_permission] = dict.fromkeys(PEOPLE, EVERYBODY)
for _permission in (Permission.SET_TOOL_ADDRESS, Permission.OFFICE, Permission.TAKE_CERTIFICATES, Permission.READ_MAIL_FOLDER):
    MAY[_permission] = {"administrator": EVERYBODY}


@pytest.mark.parametrize("permission", list(Permission))
def test_the_table_says_what_was_decided_by_hand(permission: Permission) -> None:
    for who, person in PEOPLE.items():
        allowed = {name for name, thing in {"-": None, **THINGS}.items() if may(person, permission, thing)}
        assert allowed == set(MAY[permission].get(who, "").split()), who


def test_nobody_signed_in_may_do_nothing() -> None:
    assert granted(None) == frozenset()
    assert not any(may(None, permission, thing) for permission in Permission for thing in THINGS.values())


def test_every_permission_has_its_rows_and_no_row_is_empty() -> None:
    assert set(TABLE) == set(Permission)
    assert all(rows and all(rows) for rows in TABLE.values())


@pytest.mark.parametrize("rows", [(), ((),)])
def test_no_rows_or_an_empty_row_grants_nothing(monkeypatch: pytest.MonkeyPatch, rows: tuple[tuple[()], ...]) -> None:
    monkeypatch.setattr(access, "TABLE", {Permission.OFFICE: rows})
    assert not may(OSCAR, Permission.OFFICE)
    assert not may(OSCAR, Permission.LEARN), "a permission that is not in the table is nobody's"


def test_a_menu_offers_only_what_needs_no_thing() -> None:
    learner = {Permission.LEARN, Permission.OPEN_TOOL}
    assert granted(AMIRA) == learner
    assert granted(HELEN) == learner | {Permission.SEE_MY_TEAMS}
    assert granted(RUTH) == learner | {Permission.RECORD_ATTENDANCE}
    assert granted(OSCAR) == learner | {
        Permission.SEE_MY_TEAMS, Permission.SET_TOOL_ADDRESS, Permission.OFFICE, Permission.TAKE_CERTIFICATES,
        Permission.READ_MAIL_FOLDER,
    }
    assert not any(granted(person) & NEEDS_A_THING for person in PEOPLE.values())


def test_nobody_decides_about_themselves_or_marks_themselves_present() -> None:
    everything = Person(5, "Robin Hale", 3, OAKFIELD, manages=frozenset({OAKFIELD}), trainer=True, administrator=True)
    own = Thing(5, OAKFIELD)
    for permission in (Permission.DECIDE_REQUEST, Permission.RECORD_ATTENDANCE, Permission.SEE_PERSON, Permission.CHANGE_CERTIFICATE):
        assert not may(everything, permission, own)
        assert may(everything, permission, AMIRAS)


def test_a_thing_that_says_nothing_about_itself_is_nobodys() -> None:
    for person in PEOPLE.values():
        for permission in (Permission.SEE_OWN, Permission.SEE_PERSON, Permission.DECIDE_REQUEST):
            assert not may(person, permission, object())
            assert not may(person, permission, Thing())

"""Who may do what: one table, read by the web guard, by lists, by the pages and by the tests."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class Permission(Enum):
    """Everything a person can be allowed to do."""

    LEARN = "read, take quizzes and earn certificates"
    SEE_OWN = "see what is one's own"
    SEE_TEAM = "see a team"
    SEE_PERSON = "see someone else's learning"
    SEE_MY_TEAMS = "see the list of teams one answers for"
    DECIDE_REQUEST = "answer what someone has asked for"
    RECORD_ATTENDANCE = "record who came to training"
    OPEN_TOOL = "go to a tool, where its gate decides"
    SET_TOOL_ADDRESS = "say where a tool is kept"
    OFFICE = "look after the site"
    TAKE_CERTIFICATES = "take the certificates of a whole agency, which say how well each quiz went"
    CHANGE_CERTIFICATE = "correct someone else's certificate, or take it back"
    READ_MAIL_FOLDER = "read the mail kept on this computer"


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in person, free of any database session. ``manages`` holds the ids of the teams they manage today."""

    id: int
    name: str
    agency_id: int
    team_id: int
    manages: frozenset[int] = field(default_factory=frozenset)
    trainer: bool = False
    administrator: bool = False

    @property
    def privileged(self) -> bool:
        """Whether they can see or change what is others': then sessions are shorter."""
        return bool(self.manages or self.trainer or self.administrator)


Predicate: TypeAlias = Callable[[Person, object], bool]


def signed_in(person: Person, thing: object) -> bool:
    return True


def owns(person: Person, thing: object) -> bool:
    """The thing is about this person, or is this person's."""
    return getattr(thing, "person_id", None) == person.id


def about_someone_else(person: Person, thing: object) -> bool:
    """The thing is about somebody, and not about this person."""
    return getattr(thing, "person_id", None) not in (None, person.id)


def not_about_oneself(person: Person, thing: object) -> bool:
    """As above, but the thing may be about nobody yet: an empty register, say."""
    return not owns(person, thing)


def manages_its_team(person: Person, thing: object) -> bool:
    return getattr(thing, "team_id", None) in person.manages


def manages_a_team(person: Person, thing: object) -> bool:
    return bool(person.manages)


def is_trainer(person: Person, thing: object) -> bool:
    return person.trainer


def is_administrator(person: Person, thing: object) -> bool:
    return person.administrator


TABLE: Mapping[Permission, tuple[tuple[Predicate, ...], ...]] = {
    Permission.LEARN: ((signed_in,),),
    Permission.SEE_OWN: ((owns,),),
    Permission.SEE_TEAM: ((manages_its_team,), (is_administrator,)),
    Permission.SEE_PERSON: ((manages_its_team, about_someone_else), (is_administrator, about_someone_else)),
    Permission.SEE_MY_TEAMS: ((manages_a_team,), (is_administrator,)),
    Permission.DECIDE_REQUEST: ((manages_its_team, about_someone_else),),
    Permission.RECORD_ATTENDANCE: ((is_trainer, not_about_oneself),),
    Permission.OPEN_TOOL: ((signed_in,),),
    Permission.SET_TOOL_ADDRESS: ((is_administrator,),),
    Permission.OFFICE: ((is_administrator,),),
    Permission.TAKE_CERTIFICATES: ((is_administrator,),),
    Permission.CHANGE_CERTIFICATE: ((is_administrator, about_someone_else),),
    Permission.READ_MAIL_FOLDER: ((is_administrator,),),
}
"""A permission is granted if every predicate of any one row holds. No rows, or an empty row, grants nothing."""

NEEDS_A_THING = frozenset({
    Permission.SEE_OWN, Permission.SEE_TEAM, Permission.SEE_PERSON, Permission.DECIDE_REQUEST, Permission.CHANGE_CERTIFICATE,
})
"""These mean something only for one thing: asked about nothing at all, the answer is no."""


def may(person: Person | None, permission: Permission, thing: object = None) -> bool:
    """Whether *person* (None: nobody is signed in) has *permission* over *thing*.

    A thing says whom it is about by ``person_id`` and which team it belongs to by ``team_id``.
    """
    if person is None or (thing is None and permission in NEEDS_A_THING):
        return False
    return any(row and all(holds(person, thing) for holds in row) for row in TABLE.get(permission, ()))


def granted(person: Person | None) -> frozenset[Permission]:
    """What *person* may do without naming a thing: what a menu can offer."""
    return frozenset(permission for permission in Permission if may(person, permission))

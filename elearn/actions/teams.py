"""What administrators do to agencies, teams and people: each change is written down with who made it."""
from __future__ import annotations

import secrets
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy.orm import Session

from elearn.actions import Refused
from elearn.actions.accounts import CODE_LETTERS
from elearn.records import ledger, membership, people, sessions
from elearn.records.people import Profile
from elearn.rules.certificates import ALPHABET

CODE_NAME = 3
"""A code begins with so many letters of the team's name, so that people see whose it is; the rest is chance, in characters that are not
misread."""


@dataclass(frozen=True, slots=True)
class Who:
    """What an administrator may change about someone."""

    name: str
    role: str
    job: str
    team_id: int
    trainer: bool
    administrator: bool
    suspended: bool
    left: date | None


def who(profile: Profile) -> Who:
    """What is written down now."""
    return Who(
        profile.name, profile.role, profile.job, profile.team_id, profile.trainer, profile.administrator, profile.suspended, profile.left
    )


RIGHTS = ("trainer", "administrator", "suspended", "left")
"""What decides who may come in, and what they may do here."""


def changes_rights(profile: Profile, wanted: Who) -> bool:
    """Whether *wanted* gives or takes more than a name or a place: then who asks for it proves once more who they are."""
    before = who(profile)
    return any(getattr(wanted, name) != getattr(before, name) for name in RIGHTS)


def change_person(session: Session, actor_id: int, profile: Profile, wanted: Who, now: datetime) -> list[str]:
    """Make someone's record say *wanted*; returns the names of what changed. Raises Refused.

    Whoever is suspended or leaves is signed out everywhere at once. Nobody can shut themselves out, and somebody always looks after
    the site.
    """
    before = who(profile)
    changes = {name: value for name, value in asdict(wanted).items() if value != getattr(before, name)}
    if not changes:
        return []
    loses = profile.administrator and not profile.suspended and (not wanted.administrator or wanted.suspended or wanted.left is not None)
    if loses and profile.id == actor_id:
        raise Refused("You can’t take this away from yourself. Ask another administrator.")
    if loses and membership.administrators(session) < 2:
        raise Refused("Somebody has to look after the site. Make another administrator first.")
    suspended = (membership.suspended_at(session, profile.id) or now) if wanted.suspended else None
    membership.change(
        session, profile.id, name=wanted.name, role=wanted.role, job=wanted.job, team_id=wanted.team_id, trainer=wanted.trainer,
        administrator=wanted.administrator, suspended=suspended, left=wanted.left,
    )
    if wanted.suspended or wanted.left is not None or {"trainer", "administrator"} & set(changes):
        sessions.end_all(session, profile.id, now)
    facts = {name: [_plain(getattr(before, name)), _plain(value)] for name, value in changes.items()}
    ledger.audit(session, actor_id, "changed person", f"person:{profile.id}", now, **facts)
    return list(changes)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


YEARS = 50
"""Further away than this a day is a slip of the finger."""


def give_charge(
    session: Session, actor_id: int, person_id: int, team_id: int, since: date, last_day: date | None, zone: tzinfo, now: datetime
) -> None:
    """Let someone manage a team from the start of *since* to the end of *last_day*. Raises Refused."""
    if any(abs(day.year - now.year) > YEARS for day in (since, last_day or since)):
        raise Refused(f"Choose days within {YEARS} years from now, or leave the last day empty.")
    if last_day is not None and last_day < since:
        raise Refused("The last day is before the first.")
    if people.team(session, team_id) is None:
        raise Refused("That team is not here any more. Go back and choose another.")
    start, end = _midnight(since, zone), _midnight(last_day + timedelta(days=1), zone) if last_day else None
    for held in membership.charges(session, person_id):
        if held.team_id == team_id and (held.until is None or held.until > start) and (end is None or end > held.since):
            raise Refused(f"{held.team} is theirs already for some of those days. End that first.")
    membership.add_charge(session, team_id, person_id, start, end)
    dates = {"since": since.isoformat(), "last_day": last_day.isoformat() if last_day else None}
    ledger.audit(session, actor_id, "made manager", f"person:{person_id}", now, team=team_id, **dates)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def end_charge(session: Session, actor_id: int, person_id: int, charge_id: int, now: datetime) -> bool:
    """From this moment the person does not manage the team; False when that had ended already."""
    if not membership.end_charge(session, charge_id, person_id, now):
        return False
    ledger.audit(session, actor_id, "ended manager", f"person:{person_id}", now, charge=charge_id)
    return True


def add_agency(session: Session, actor_id: int, name: str, now: datetime) -> int:
    """A new agency; returns its id. Raises Refused when there is one of that name."""
    if any(agency.name.casefold() == name.casefold() for agency in membership.agencies(session)):
        raise Refused(f"There is already an agency called {name}.")
    id = membership.add_agency(session, name)
    ledger.audit(session, actor_id, "added agency", f"agency:{id}", now, name=name)
    return id


def add_team(session: Session, actor_id: int, agency_id: int, name: str, now: datetime) -> int:
    """A new team with its code; returns its id. Raises Refused when the agency has one of that name."""
    if agency_id not in {agency.id for agency in membership.agencies(session)}:
        raise Refused("That agency is not here any more. Go back and choose another.")
    there = people.teams(session)
    if any(team.agency_id == agency_id and team.name.casefold() == name.casefold() for team in there):
        raise Refused(f"This agency already has a team called {name}.")
    id = membership.add_team(session, agency_id, name, new_code(name, {team.code for team in there}))
    ledger.audit(session, actor_id, "added team", f"team:{id}", now, name=name, agency=agency_id)
    return id


def change_code(session: Session, actor_id: int, team_id: int, now: datetime) -> str:
    """A new code for a team, as when the old one got about; who has joined stays. Raises Refused when there is no such team."""
    team = people.team(session, team_id)
    if team is None:
        raise Refused("That team is not here any more.")
    code = new_code(team.name, {other.code for other in people.teams(session)})
    membership.set_code(session, team_id, code)
    ledger.audit(session, actor_id, "changed team code", f"team:{team_id}", now)
    return code


def new_code(name: str, taken: set[str]) -> str:
    """A code nobody has: letters of *name*, then chance."""
    plain = unicodedata.normalize("NFKD", name).upper()
    letters = "".join(char for char in plain if char.isascii() and char in ALPHABET and char.isalpha())[:CODE_NAME]
    while True:
        chance = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS - len(letters)))
        if letters + chance not in taken:
            return letters + chance

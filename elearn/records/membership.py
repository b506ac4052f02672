"""Changes to agencies, teams and who belongs to them, as administrators make them."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from elearn.records.base import changed
from elearn.records.people import AgencyRow, ManagerRow, PersonRow, Profile, TeamRow, profiles


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as pages show it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A team that someone manages, from when until when (None: until further notice)."""

    id: int
    team_id: int
    team: str
    since: datetime
    until: datetime | None


def agencies(session: Session) -> Sequence[Agency]:
    """Every agency, by name."""
    return [Agency(row.id, row.name) for row in session.scalars(select(AgencyRow).order_by(func.lower(AgencyRow.name)))]


def agency(session: Session, id: int) -> Agency | None:
    row = session.get(AgencyRow, id)
    return Agency(row.id, row.name) if row else None


def add_agency(session: Session, name: str) -> int:
    row = AgencyRow(name=name)
    session.add(row)
    session.flush()
    return row.id


def add_team(session: Session, agency_id: int, name: str, code: str) -> int:
    row = TeamRow(agency_id=agency_id, name=name, code=code)
    session.add(row)
    session.flush()
    return row.id


def set_code(session: Session, team_id: int, code: str) -> bool:
    """Give the team another code; the old one stops working. False when there is no such team."""
    return bool(changed(session, update(TeamRow).where(TeamRow.id == team_id).values(code=code)))


def sizes(session: Session) -> Mapping[int, int]:
    """Team to how many people belong to it now."""
    query = select(PersonRow.team_id, func.count()).where(PersonRow.left.is_(None)).group_by(PersonRow.team_id)
    return dict(session.execute(query).all())


def found(session: Session, words: str, first: int, most: int) -> tuple[Sequence[Profile], int]:
    """*most* people from the *first* on whose name or address holds *words*, those who left included, and how many there are."""
    like = f"%{words.strip().replace('%', '').replace('_', '')}%"
    here = or_(PersonRow.name.ilike(like), PersonRow.email.ilike(like))
    count = session.scalar(select(func.count()).select_from(PersonRow).where(here)) or 0
    query = select(PersonRow.id).where(here).order_by(PersonRow.left.is_not(None), func.lower(PersonRow.name), PersonRow.id)
    return sorted(profiles(session, session.scalars(query.offset(first).limit(most))), key=lambda one: one.left is not None), count


def administrators(session: Session) -> int:
    """How many people look after the site now."""
    query = select(func.count()).select_from(PersonRow)
    return session.scalar(query.where(PersonRow.administrator, PersonRow.left.is_(None), PersonRow.suspended.is_(None))) or 0


def change(
    session: Session, person_id: int, *, name: str, role: str, job: str, team_id: int, trainer: bool, administrator: bool,
    suspended: datetime | None, left: date | None,
) -> None:
    """Write down who someone is now. What is true of a moment, such as a certificate, keeps what it said."""
    session.execute(
        update(PersonRow).where(PersonRow.id == person_id).values(
            name=name, role=role, job=job, team_id=team_id, trainer=trainer, administrator=administrator, suspended=suspended, left=left
        )
    )


def charges(session: Session, person_id: int) -> Sequence[Charge]:
    """The teams someone manages, has managed or will manage, newest first."""
    query = select(ManagerRow, TeamRow.name).join(TeamRow, TeamRow.id == ManagerRow.team_id).where(ManagerRow.person_id == person_id)
    rows = session.execute(query.order_by(ManagerRow.since.desc(), ManagerRow.id))
    return [Charge(row.id, row.team_id, team, row.since, row.until) for row, team in rows]


def add_charge(session: Session, team_id: int, person_id: int, since: datetime, until: datetime | None) -> None:
    session.add(ManagerRow(team_id=team_id, person_id=person_id, since=since, until=until))


def end_charge(session: Session, id: int, person_id: int, now: datetime) -> bool:
    """From now on this person does not manage the team; False when that had ended, or never was."""
    here = (ManagerRow.id == id, ManagerRow.person_id == person_id, or_(ManagerRow.until.is_(None), ManagerRow.until > now))
    return bool(changed(session, update(ManagerRow).where(*here).values(until=now)))


def suspended_at(session: Session, person_id: int) -> datetime | None:
    return session.scalar(select(PersonRow.suspended).where(PersonRow.id == person_id))

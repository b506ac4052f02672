"""Agencies, teams and the people in them."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base
from elearn.records.reads import Read
from elearn.rules.access import Person
from elearn.rules.requirements import Member


class AgencyRow(Base):
    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class TeamRow(Base):
    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    name: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    """What people type to join, in its plain form (letters and digits only)."""


class ManagerRow(Base):
    """Who manages a team, from when until when; a stand-in is simply a second row."""

    __tablename__ = "team_manager"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class PersonRow(Base):
    __tablename__ = "person"
    __table_args__ = (Index("ix_person_team_name", "team_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    """Folded to small letters; what the person typed is only ever used to write to them."""
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    role: Mapped[str]
    """volunteer, staff or student: how they work with children, as requirements may depend on it."""
    job: Mapped[str] = mapped_column(default="")
    joined: Mapped[date]
    left: Mapped[date | None]
    trainer: Mapped[bool] = mapped_column(default=False)
    administrator: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None]
    """Argon2id hash, or None for someone who signs in by link only."""
    suspended: Mapped[datetime | None]
    created: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as pages show them."""

    id: int
    name: str
    email: str
    role: str
    job: str
    team_id: int
    team: str
    agency_id: int
    agency: str
    joined: date
    left: date | None
    trainer: bool
    administrator: bool
    suspended: bool

    @property
    def person_id(self) -> int:
        return self.id

    @property
    def member(self) -> Member:
        return Member(self.id, self.agency_id, self.team_id, self.role, self.joined, self.left)


@dataclass(frozen=True, slots=True)
class Team:
    """A team as pages show it."""

    id: int
    name: str
    code: str
    agency_id: int
    agency: str

    @property
    def team_id(self) -> int:
        return self.id


PROFILE = (
    PersonRow.id, PersonRow.name, PersonRow.email, PersonRow.role, PersonRow.job, PersonRow.team_id, TeamRow.name.label("team"),
    AgencyRow.id.label("agency_id"), AgencyRow.name.label("agency"), PersonRow.joined, PersonRow.left, PersonRow.trainer,
    PersonRow.administrator, PersonRow.suspended.is_not(None).label("suspended"),
)
"""What a Profile is made of, in its order, for statements that read it among other things."""

_PROFILE = select(*PROFILE).join(TeamRow, TeamRow.id == PersonRow.team_id).join(AgencyRow, AgencyRow.id == TeamRow.agency_id)
_TEAM = select(TeamRow.id, TeamRow.name, TeamRow.code, AgencyRow.id.label("agency_id"), AgencyRow.name.label("agency")).join(AgencyRow)


def _profile(row: Sequence[Any]) -> Profile:
    return Profile(*row)


def plain_email(text: str) -> str:
    """The form in which two spellings of one address are equal."""
    return text.strip().casefold()


def in_hand(session: Session, person_id: int) -> None:
    """One transaction at a time for this person, from here to its end. SQLite has one writer at a time for everyone already."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update())


_ONE = Read(_PROFILE.where(PersonRow.id == bindparam("person")))


def profile(session: Session, person_id: int) -> Profile | None:
    row = _ONE.one(session, person=person_id)
    return _profile(row) if row else None


def profiles(session: Session, ids: Iterable[int]) -> Sequence[Profile]:
    """These people by name, those who have left included, in one statement."""
    query = _PROFILE.where(PersonRow.id.in_(tuple(ids))).order_by(func.lower(PersonRow.name), PersonRow.id)
    return [_profile(row) for row in session.execute(query)]


_OF_EMAIL = Read(_PROFILE.where(PersonRow.email == bindparam("email")))


def profile_by_email(session: Session, email: str) -> Profile | None:
    row = _OF_EMAIL.one(session, email=plain_email(email))
    return _profile(row) if row else None


def profiles_in(session: Session, team_ids: Iterable[int], left: bool = False) -> Sequence[Profile]:
    """The people of these teams by name, without those who have left unless asked for."""
    query = _PROFILE.where(PersonRow.team_id.in_(tuple(team_ids))).order_by(func.lower(PersonRow.name), PersonRow.id)
    return [_profile(row) for row in session.execute(query if left else query.where(PersonRow.left.is_(None)))]


def find(session: Session, words: str, limit: int = 50) -> Sequence[Profile]:
    """People whose name or address holds *words*; for administrators and trainers."""
    like = f"%{words.strip().replace('%', '').replace('_', '')}%"
    query = _PROFILE.where(or_(PersonRow.name.ilike(like), PersonRow.email.ilike(like)), PersonRow.left.is_(None))
    return [_profile(row) for row in session.execute(query.order_by(func.lower(PersonRow.name), PersonRow.id).limit(limit))]


def teams(session: Session, team_ids: Iterable[int] | None = None) -> Sequence[Team]:
    query = _TEAM if team_ids is None else _TEAM.where(TeamRow.id.in_(tuple(team_ids)))
    return [Team(*row) for row in session.execute(query.order_by(AgencyRow.name, TeamRow.name))]


def team(session: Session, team_id: int) -> Team | None:
    row = session.execute(_TEAM.where(TeamRow.id == team_id)).one_or_none()
    return Team(*row) if row else None


def team_by_code(session: Session, code: str) -> Team | None:
    row = session.execute(_TEAM.where(TeamRow.code == code)).one_or_none()
    return Team(*row) if row else None


def managers_of(session: Session, team_id: int, now: datetime) -> Sequence[Profile]:
    """Who manages the team at this moment, by name."""
    query = (
        _PROFILE.join(ManagerRow, ManagerRow.person_id == PersonRow.id)
        .where(ManagerRow.team_id == team_id, *_in_office(now))
        .order_by(func.lower(PersonRow.name))
    )
    return [_profile(row) for row in session.execute(query)]


def _in_office(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (ManagerRow.since <= now, or_(ManagerRow.until.is_(None), ManagerRow.until > now))


def person(session: Session, person_id: int, now: datetime) -> Person | None:
    """The person as permission sees them, or None when there is no such person or they may not sign in."""
    query = (
        select(PersonRow.id, PersonRow.name, TeamRow.agency_id, PersonRow.team_id, PersonRow.trainer, PersonRow.administrator, ManagerRow.team_id)
        .join(TeamRow, TeamRow.id == PersonRow.team_id)
        .outerjoin(ManagerRow, and_(ManagerRow.person_id == PersonRow.id, *_in_office(now)))
        .where(PersonRow.id == person_id, PersonRow.suspended.is_(None), PersonRow.left.is_(None))
    )
    return _person(session.execute(query).all())


def _person(rows: Sequence[Sequence[object]]) -> Person | None:
    if not rows:
        return None
    id, name, agency, team_id, trainer, administrator, _ = rows[0]
    manages = frozenset(row[6] for row in rows if row[6] is not None)
    return Person(id, name, agency, team_id, manages, trainer, administrator)  # type: ignore[arg-type]  # columns are typed in the query

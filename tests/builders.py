"""Small factories: a site on a folder of its own, and the people tests are about."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from elearn.records import people, schema, sessions
from elearn.records.db import db, engine_options, prepare
from elearn.rules.access import Person
from elearn.settings import ROOT, Settings, make_data, read_keys

_number = count(1)

LONG_AGO = timedelta(days=400)
"""How long everyone has been in their team, unless a test says otherwise."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a test."""

    id: int
    name: str
    email: str
    team_id: int
    agency_id: int
    manages: frozenset[int] = frozenset()
    trainer: bool = False
    administrator: bool = False

    @property
    def person(self) -> Person:
        """As permission sees them."""
        return Person(self.id, self.name, self.agency_id, self.team_id, self.manages, self.trainer, self.administrator)


@dataclass(frozen=True, slots=True)
class People:
    """One of every kind of person. Bob, Alice, Tess and Ada share a team; Charlie is next door; Omar is in another agency."""

    agency_id: int
    team_id: int
    other_team_id: int
    other_agency_id: int
    far_team_id: int
    bob: Who
    """A learner."""
    alice: Who
    """Manages Bob's team."""
    charlie: Who
    """Manages the other team of the agency, and nothing of Bob's."""
    tess: Who
    """A trainer."""
    ada: Who
    """An administrator."""
    omar: Who
    """A learner in another agency."""

    def all(self) -> tuple[Who, ...]:
        return (self.bob, self.alice, self.charlie, self.tess, self.ada, self.omar)


def settings(folder: Path, database: str = "", modules: Path = ROOT / "modules", url: str = "http://localhost") -> Settings:
    """Settings on *folder*, with keys made there; SQLite in it unless *database* is another address."""
    data = folder / "data"
    make_data(data)
    return Settings(data=data, database=database or f"sqlite:///{data / 'elearn.sqlite'}", keys=read_keys(data), url=url, modules=modules)


def make_tables(address: str) -> None:
    """Bring the database at *address* up to date, by the migrations."""
    engine = create_engine(address, **engine_options(address))
    prepare(engine)
    schema.upgrade(engine)
    engine.dispose()


def site(made: Settings) -> Flask:
    """The whole application on a database that has its tables. Cross-site checks are on, errors reach the error pages."""
    from elearn.app import create_app

    make_tables(made.database)
    return create_app(made)


def engine_of(app: Flask) -> Engine:
    """The engine of *app*; no application context stays open behind it."""
    with app.app_context():
        return db.engine


def opener(engine: Engine) -> Callable[[], Session]:
    """What opens sessions as the application does."""
    return sessionmaker(engine, expire_on_commit=False)


def agency(session: Session, name: str = "") -> int:
    row = people.AgencyRow(name=name or f"Agency {next(_number)}")
    session.add(row)
    session.flush()
    return row.id


def team(session: Session, agency_id: int, name: str = "") -> int:
    number = next(_number)
    row = people.TeamRow(agency_id=agency_id, name=name or f"Team {number}", code=f"TEAM{number:05d}")
    session.add(row)
    session.flush()
    return row.id


def person(
    session: Session, name: str, team_id: int, now: datetime, *, role: str = "staff", trainer: bool = False, administrator: bool = False,
    password: str | None = None, joined: timedelta = LONG_AGO,
) -> Who:
    """Someone new, with an address nobody else has. *password* is a hash."""
    email = f"{name.split()[0].casefold()}.{next(_number)}@westmere.example"
    row = people.PersonRow(
        name=name, email=email, team_id=team_id, role=role, joined=(now - joined).date(), trainer=trainer, administrator=administrator,
        password=password, created=now - joined,
    )
    session.add(row)
    session.flush()
    found = session.get(people.TeamRow, team_id)
    assert found is not None
    return Who(row.id, name, email, team_id, found.agency_id, trainer=trainer, administrator=administrator)


def manager(session: Session, who: Who, team_id: int, now: datetime, since: timedelta = LONG_AGO, until: datetime | None = None) -> Who:
    """Put *who* in charge of the team; returns them as they are now."""
    session.add(people.ManagerRow(team_id=team_id, person_id=who.id, since=now - since, until=until))
    session.flush()
    return replace(who, manages=who.manages | {team_id})


def everybody(session: Session, now: datetime) -> People:
    """A fresh agency of two teams, another agency, and one of every kind of person in them."""
    here, elsewhere = agency(session), agency(session)
    red, blue, far = team(session, here), team(session, here), team(session, elsewhere)
    return People(
        agency_id=here, team_id=red, other_team_id=blue, other_agency_id=elsewhere, far_team_id=far,
        bob=person(session, "Bob Adeyemi", red, now),
        alice=manager(session, person(session, "Alice O’Connor", red, now), red, now),
        charlie=manager(session, person(session, "Charlie Ng", blue, now), blue, now),
        tess=person(session, "Tess Rowe", red, now, trainer=True),
        ada=person(session, "Ada Kaur", red, now, administrator=True),
        omar=person(session, "Omar Haddad", far, now),
    )


def sign_in(session: Session, who: Who, now: datetime) -> str:
    """Open a session for *who*; returns the secret their cookie holds."""
    secret = f"secret-of-{who.id}-{next(_number)}"
    sessions.open_session(session, secret, who.id, now, timedelta(hours=2), timedelta(hours=12), "Firefox on Linux")
    return secret

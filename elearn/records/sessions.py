"""Who is signed in where, the links that let people in, and the counting of wrong guesses."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, changed, put
from elearn.records.people import PROFILE, AgencyRow, ManagerRow, PersonRow, Profile, TeamRow
from elearn.records.reads import Read
from elearn.rules.access import Person

DRAFT_LIFE = timedelta(days=7)
"""How long we keep what was sent after a session had ended, and how long after that end we still take it."""

PRIVILEGED_IDLE, PRIVILEGED_LONGEST = timedelta(minutes=30), timedelta(hours=8)
"""How long a session lasts unused, and at all, for those who can see or change what is others', since when they ever could."""

NO_PERSON = 0
"""The id of nobody: to look for them, and find nothing, takes as long as to look for somebody."""


def digest(secret: str) -> str:
    """What is stored of a random secret: reading the database lets nobody in."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SessionRow(Base):
    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started: Mapped[datetime]
    seen: Mapped[datetime]
    ends: Mapped[datetime]
    """However busy, it ends then."""
    idle_minutes: Mapped[int]
    """Ends this long after it was last seen."""
    ended: Mapped[datetime | None]
    fresh: Mapped[datetime]
    """When the person last proved who they are."""
    device: Mapped[str]
    """What the browser calls itself, in a few words, so that people can tell their sessions apart."""


class LinkRow(Base):
    """A link sent by mail, good once."""

    __tablename__ = "link"
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    facts: Mapped[dict[str, Any]]
    made: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class DeviceRow(Base):
    """A browser on which a person has signed in before: wrong guesses elsewhere never lock it out."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("secret", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    last: Mapped[datetime]


class TallyRow(Base):
    """How often something was tried within one part of a window of time."""

    __tablename__ = "tally"
    __table_args__ = (UniqueConstraint("key", "window"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """A digest: no address, name or network stands here in clear."""
    window: Mapped[int]
    count: Mapped[int]
    ends: Mapped[datetime] = mapped_column(index=True)


class DraftRow(Base):
    """What someone sent after their session had ended, kept for them alone until they sign in again."""

    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    path: Mapped[str]
    form: Mapped[dict[str, Any]]
    made: Mapped[datetime]
    used: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Live:
    """A session that holds, with the person it belongs to."""

    id: int
    person: Person
    profile: Profile
    seen: datetime
    fresh: datetime
    idle_minutes: int
    unused: timedelta
    """It ends when nothing is asked for so long."""
    ends: datetime
    """However busy, it ends then."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it in the list."""

    id: int
    device: str
    started: datetime
    seen: datetime


_LIVE = Read(
    select(
        SessionRow.id, SessionRow.seen, SessionRow.fresh, SessionRow.idle_minutes, SessionRow.started, SessionRow.ends, SessionRow.ended,
        ManagerRow.team_id, ManagerRow.since, ManagerRow.until, *PROFILE,
    )
    .join(PersonRow, PersonRow.id == SessionRow.person_id)
    .join(TeamRow, TeamRow.id == PersonRow.team_id)
    .join(AgencyRow, AgencyRow.id == TeamRow.agency_id)
    .outerjoin(ManagerRow, ManagerRow.person_id == PersonRow.id)
    .where(PersonRow.suspended.is_(None), PersonRow.left.is_(None), SessionRow.secret == bindparam("digest"))
)


def live(session: Session, secret: str, now: datetime) -> Live | None:
    """The session a cookie stands for, if it still holds: one statement for session, person, organisation and teams managed."""
    rows = _LIVE.all(session, digest=digest(secret))
    if not rows:
        return None
    id, seen, fresh, idle, started, ends, ended, *_ = rows[0]
    manages = frozenset(row[7] for row in rows if row[7] is not None and row[8] <= now and (row[9] is None or now < row[9]))
    who = Profile(*rows[0][10:])
    person = Person(who.id, who.name, who.agency_id, who.team_id, manages, who.trainer, who.administrator)
    unused = timedelta(minutes=idle)
    if person.privileged:  # perhaps only since they signed in
        unused, ends = min(unused, PRIVILEGED_IDLE), min(ends, started + PRIVILEGED_LONGEST)
    if ended or now >= ends or now >= seen + unused:
        return None
    return Live(id, person, who, seen, fresh, idle, unused, ends)


def owner_of_ended(session: Session, secret: str, now: datetime) -> int | None:
    """Whose session this was, when it ran out within the last week; None when it was ended on purpose or never was."""
    lately = (SessionRow.ended.is_(None), SessionRow.ends > now - DRAFT_LIFE)
    query = select(SessionRow.person_id).where(SessionRow.secret == digest(secret), *lately)
    return session.scalar(query)


def open_session(session: Session, secret: str, person_id: int, now: datetime, idle: timedelta, longest: timedelta, device: str) -> None:
    session.add(
        SessionRow(
            secret=digest(secret), person_id=person_id, started=now, seen=now, fresh=now, ends=now + longest,
            idle_minutes=int(idle.total_seconds() // 60), device=device,
        )
    )


def touch(session: Session, id: int, now: datetime) -> None:
    """Note that the session is in use. An ended one stays ended."""
    session.execute(update(SessionRow).where(SessionRow.id == id, SessionRow.ended.is_(None)).values(seen=now))


def end(session: Session, id: int, person_id: int, now: datetime) -> bool:
    """End one session of this person; False when there is none such to end."""
    change = update(SessionRow).where(SessionRow.id == id, SessionRow.person_id == person_id, SessionRow.ended.is_(None)).values(ended=now)
    return bool(changed(session, change))


def end_all(session: Session, person_id: int, now: datetime, but: int | None = None) -> None:
    change = update(SessionRow).where(SessionRow.person_id == person_id, SessionRow.ended.is_(None), SessionRow.id != (but or 0))
    session.execute(change.values(ended=now))


def listed(session: Session, person_id: int, now: datetime) -> Sequence[Listed]:
    """The person's sessions that hold, last used first."""
    query = select(SessionRow).where(SessionRow.person_id == person_id, SessionRow.ended.is_(None), SessionRow.ends > now)
    rows = session.scalars(query.order_by(SessionRow.seen.desc()))
    return [Listed(r.id, r.device, r.started, r.seen) for r in rows if now < r.seen + timedelta(minutes=r.idle_minutes)]


def make_link(session: Session, secret: str, purpose: str, person_id: int | None, now: datetime, life: timedelta, **facts: Any) -> None:
    """Remember a link. An older unused link of the same purpose for the same person stops working."""
    older = LinkRow.person_id == (NO_PERSON if person_id is None else person_id)
    session.execute(update(LinkRow).where(older, LinkRow.purpose == purpose, LinkRow.used.is_(None)).values(used=now))
    session.add(LinkRow(secret=digest(secret), purpose=purpose, person_id=person_id, facts=facts, made=now, expires=now + life))


def link(session: Session, secret: str, purpose: str, now: datetime) -> LinkRow | None:
    """The link, if it is still good."""
    query = select(LinkRow).where(LinkRow.secret == digest(secret), LinkRow.purpose == purpose, LinkRow.used.is_(None), LinkRow.expires > now)
    return session.scalar(query)


def use_link(session: Session, id: int, now: datetime) -> bool:
    """Claim the link; False if it was used already, perhaps by a second click."""
    change = update(LinkRow).where(LinkRow.id == id, LinkRow.used.is_(None)).values(used=now)
    return bool(changed(session, change))


_DEVICE = Read(select(DeviceRow.id).where(DeviceRow.secret == bindparam("digest"), DeviceRow.person_id == bindparam("person")))


def knows_device(session: Session, secret: str, person_id: int) -> bool:
    return _DEVICE.one(session, digest=digest(secret), person=person_id) is not None


def know_device(session: Session, secret: str, person_id: int, now: datetime) -> None:
    put(session, DeviceRow, {"secret": digest(secret), "person_id": person_id, "last": now}, ("secret", "person_id"), {"last": now})


PARTS = 5
"""A window is counted in so many parts; the last whole window and the part before it are looked at. So no stretch of a window's length
ever holds more than its limit, wherever it begins, and after a window and a part of not trying all is forgotten."""


def _part(now: datetime, window: timedelta) -> int:
    return int(now.timestamp() * PARTS // window.total_seconds())


_TALLY = Read(
    select(func.sum(TallyRow.count)).where(TallyRow.key == bindparam("digest"), TallyRow.window.between(bindparam("first"), bindparam("last")))
)


def tally(session: Session, key: str, now: datetime, window: timedelta) -> int:
    """How often *key* was counted in the window that ends now."""
    part = _part(now, window)
    found = _TALLY.one(session, digest=digest(key), first=part - PARTS, last=part)
    return int(found[0] or 0) if found else 0


def count(session: Session, key: str, now: datetime, window: timedelta) -> int:
    """Count one more try at *key*; returns how many there are now in this window."""
    values = {"key": digest(key), "window": _part(now, window), "count": 1, "ends": now + 2 * window}
    put(session, TallyRow, values, ("key", "window"), {"count": TallyRow.count + 1})
    return tally(session, key, now, window)


def clear_tally(session: Session, key: str) -> None:
    session.execute(delete(TallyRow).where(TallyRow.key == digest(key)))


def keep_draft(session: Session, person_id: int, path: str, form: dict[str, Any], now: datetime) -> None:
    session.add(DraftRow(person_id=person_id, path=path, form=form, made=now))


def take_drafts(session: Session, person_id: int, now: datetime) -> Sequence[tuple[str, dict[str, Any]]]:
    """The person's kept drafts, oldest first; each is handed out once, and none older than a week."""
    query = select(DraftRow).where(DraftRow.person_id == person_id, DraftRow.used.is_(None), DraftRow.made > now - DRAFT_LIFE)
    taken = []
    for row in session.scalars(query.order_by(DraftRow.id).with_for_update()):
        row.used = now
        taken.append((row.path, row.form))
    return taken


def tidy(session: Session, now: datetime) -> None:
    """Forget what is of no more use: old sessions, links, tallies and drafts."""
    session.execute(delete(TallyRow).where(TallyRow.ends < now))
    for_nobody = and_(LinkRow.person_id.is_(None), LinkRow.purpose != "join", LinkRow.expires < now)
    session.execute(delete(LinkRow).where(or_(LinkRow.expires < now - timedelta(days=30), for_nobody)))
    session.execute(delete(DraftRow).where(or_(DraftRow.used.is_not(None), DraftRow.made < now - DRAFT_LIFE)))
    session.execute(delete(SessionRow).where(SessionRow.ends < now - timedelta(days=90)))
    session.execute(delete(DeviceRow).where(DeviceRow.last < now - timedelta(days=365)))



"""Work to do after the commit: written in the same transaction as the act, leased by workers, done once."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, put

LEASE = timedelta(seconds=60)
"""How long a worker has before another may take over its job."""

MOST_TRIES = 8

KEEP = timedelta(days=90)
"""How long a job that is done is remembered: asked for again within that time, by its key, it is not done twice."""


class JobRow(Base):
    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    facts: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    due: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    tries: Mapped[int]
    done: Mapped[datetime | None]
    given_up: Mapped[datetime | None]
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Job:
    """A job this worker holds the lease of."""

    id: int
    name: str
    facts: dict[str, Any]
    tries: int


def post(session: Session, name: str, now: datetime, unique_key: str | None = None, **facts: Any) -> None:
    """Ask for *name* to be done with *facts*; a second request with the same key is the same request."""
    put(session, JobRow, {"name": name, "facts": facts, "unique_key": unique_key, "due": now, "tries": 0}, ("unique_key",))


def lease(session: Session, now: datetime) -> Job | None:
    """Take the oldest job that is due and that nobody holds."""
    free = or_(JobRow.leased_until.is_(None), JobRow.leased_until < now)
    query = select(JobRow).where(JobRow.done.is_(None), JobRow.given_up.is_(None), JobRow.due <= now, free)
    row = session.scalar(query.order_by(JobRow.due, JobRow.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.leased_until, row.tries = now + LEASE, row.tries + 1
    return Job(row.id, row.name, row.facts, row.tries)


def waiting(session: Session, now: datetime) -> bool:
    """Whether there is anything to do, without taking a turn to write."""
    free = or_(JobRow.leased_until.is_(None), JobRow.leased_until < now)
    query = select(JobRow.id).where(JobRow.done.is_(None), JobRow.given_up.is_(None), JobRow.due <= now, free).limit(1)
    return session.scalar(query) is not None


def finish(session: Session, id: int, now: datetime) -> None:
    """The job is done. What it was told is forgotten: a message may have held a link that lets someone in."""
    session.execute(update(JobRow).where(JobRow.id == id).values(done=now, leased_until=None, error=None, facts={}))


def tidy(session: Session, now: datetime) -> None:
    """Forget jobs that were done long ago; those that were given up stay until somebody has seen to them."""
    session.execute(delete(JobRow).where(JobRow.done < now - KEEP))


def put_off(session: Session, job: Job, error: str, now: datetime) -> None:
    """Try again later, ever more slowly; give up after MOST_TRIES and leave the error for people to see."""
    wait = timedelta(seconds=min(10 * 2**job.tries, 3600))
    given_up = now if job.tries >= MOST_TRIES else None
    session.execute(update(JobRow).where(JobRow.id == job.id).values(due=now + wait, leased_until=None, error=error[:500], given_up=given_up))


def stuck(session: Session) -> int:
    """How many jobs were given up."""
    return len(session.scalars(select(JobRow.id).where(JobRow.given_up.is_not(None))).all())

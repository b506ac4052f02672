"""Sessions of live courses, as a trainer's register needs them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base


class LiveRow(Base):
    __tablename__ = "live_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    course: Mapped[str]
    version: Mapped[str]
    day: Mapped[date]
    place: Mapped[str]
    minutes: Mapped[int]
    trainer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    made: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One day of one live course."""

    id: int
    course: str
    version: str
    day: date
    place: str
    minutes: int
    trainer_id: int

    @property
    def person_id(self) -> int:
        """Whose register it is."""
        return self.trainer_id


def _live(row: LiveRow) -> LiveSession:
    return LiveSession(row.id, row.course, row.version, row.day, row.place, row.minutes, row.trainer_id)


def add(session: Session, course: str, version: str, day: date, place: str, minutes: int, trainer_id: int, now: datetime) -> int:
    row = LiveRow(course=course, version=version, day=day, place=place, minutes=minutes, trainer_id=trainer_id, made=now)
    session.add(row)
    session.flush()
    return row.id


def one(session: Session, id: int) -> LiveSession | None:
    row = session.get(LiveRow, id)
    return _live(row) if row else None


def of_trainer(session: Session, trainer_id: int) -> Sequence[LiveSession]:
    """The trainer's sessions, newest first."""
    rows = session.scalars(select(LiveRow).where(LiveRow.trainer_id == trainer_id).order_by(LiveRow.day.desc(), LiveRow.id.desc()))
    return [_live(row) for row in rows]

"""Every version of every module that was ever live, kept so that nobody's learning changes under them, and the order they were live in."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Table, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, only_grows
from elearn.rules.courses import Size


class ReleaseRow(Base):
    __tablename__ = "release"
    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    """The files of the module as JSON, exactly as read."""
    first_live: Mapped[datetime]


class WentLiveRow(Base):
    """One turn: this version took that one's place. The newest row of a module says what is live, for every process alike."""

    __tablename__ = "went_live"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    previous: Mapped[str | None]
    size: Mapped[str | None]
    """The name of the Size of the change; none for what is new, and for going back."""
    back: Mapped[bool]
    """Whether it was put back in the place of a newer version."""
    text: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


for _row in (ReleaseRow, WentLiveRow):
    only_grows(cast(Table, _row.__table__))


@dataclass(frozen=True, slots=True)
class Turn:
    """A version going live. ``size`` is None for the first, and for going ``back``; ``text`` is what the author says of the change."""

    id: int
    slug: str
    version: str
    previous: str | None
    size: Size | None
    back: bool
    text: str
    at: datetime
    by: int | None


def turns(session: Session) -> Sequence[Turn]:
    """Every turn of every module, oldest first: a handful for each."""
    columns = (
        WentLiveRow.id, WentLiveRow.slug, WentLiveRow.version, WentLiveRow.previous, WentLiveRow.size, WentLiveRow.back, WentLiveRow.text,
        WentLiveRow.at, WentLiveRow.by,
    )
    return [
        Turn(id, slug, version, previous, Size[size] if size else None, back, text, at, by)
        for id, slug, version, previous, size, back, text, at, by in session.execute(select(*columns).order_by(WentLiveRow.id))
    ]


def last_turn(session: Session) -> int:
    """The number of the newest turn; 0 before the first."""
    return session.scalar(select(func.max(WentLiveRow.id))) or 0


def turn(
    session: Session, slug: str, version: str, previous: str | None, now: datetime, size: Size | None = None, text: str = "", back: bool = False,
    by: int | None = None,
) -> None:
    """Note that *version* is live from now on, in the place of *previous*."""
    session.add(WentLiveRow(slug=slug, version=version, previous=previous, size=size.name if size else None, back=back, text=text, at=now, by=by))
    session.flush()


def known(session: Session) -> frozenset[tuple[str, str]]:
    """Slug and version of everything kept."""
    return frozenset((slug, version) for slug, version in session.execute(select(ReleaseRow.slug, ReleaseRow.version)))


def keep(session: Session, slug: str, version: str, kind: str, source: str, now: datetime) -> None:
    session.add(ReleaseRow(slug=slug, version=version, kind=kind, source=source, first_live=now))


def source(session: Session, slug: str, version: str) -> tuple[str, str] | None:
    """Kind and files of one version, or None when it was never live here."""
    row = session.execute(select(ReleaseRow.kind, ReleaseRow.source).where(ReleaseRow.slug == slug, ReleaseRow.version == version)).one_or_none()
    return (row.kind, row.source) if row else None

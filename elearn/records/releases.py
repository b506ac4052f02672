"""Every version of every module that was ever live, kept so that nobody's learning changes under them."""
from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, only_grows


class ReleaseRow(Base):
    __tablename__ = "release"
    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    """The files of the module as JSON, exactly as read."""
    first_live: Mapped[datetime]


only_grows(cast(Table, ReleaseRow.__table__))


def known(session: Session) -> frozenset[tuple[str, str]]:
    """Slug and version of everything kept."""
    return frozenset((slug, version) for slug, version in session.execute(select(ReleaseRow.slug, ReleaseRow.version)))


def keep(session: Session, slug: str, version: str, kind: str, source: str, now: datetime) -> None:
    session.add(ReleaseRow(slug=slug, version=version, kind=kind, source=source, first_live=now))


def source(session: Session, slug: str, version: str) -> tuple[str, str] | None:
    """Kind and files of one version, or None when it was never live here."""
    row = session.execute(select(ReleaseRow.kind, ReleaseRow.source).where(ReleaseRow.slug == slug, ReleaseRow.version == version)).one_or_none()
    return (row.kind, row.source) if row else None

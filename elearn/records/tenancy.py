"""What belongs to the partnership itself: its name, its numbers for help, and where its licensed tools are."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base


class PartnershipRow(Base):
    """One row: who runs this site."""

    __tablename__ = "partnership"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    site_name: Mapped[str]
    prefix: Mapped[str]
    """Two or three letters that begin every certificate number."""
    zone: Mapped[str]
    neutral_site: Mapped[str]
    """Where "Leave quickly" goes."""
    signer: Mapped[str]
    signer_role: Mapped[str]
    level_1: Mapped[str]
    level_2: Mapped[str]
    level_3: Mapped[str]
    level_4: Mapped[str]


class ContactRow(Base):
    """A local number for help. Without an agency it is the partnership's, which stands in where an agency has none."""

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    number: Mapped[str]
    note: Mapped[str]
    checked_on: Mapped[date]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made: Mapped[datetime]


class ToolRow(Base):
    """Where a gated tool is, as an administrator who holds the licence set it. The newest row counts."""

    __tablename__ = "tool_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    tool: Mapped[str]
    address: Mapped[str]
    licence_held: Mapped[bool]
    set_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Partnership:
    """Who runs this site. ``level_1`` to ``level_4`` are what its guide calls the levels of support, from the least help to the most."""

    name: str
    site_name: str
    prefix: str
    zone: str
    neutral_site: str
    signer: str = ""
    signer_role: str = ""
    level_1: str = "Level 1"
    level_2: str = "Level 2"
    level_3: str = "Level 3"
    level_4: str = "Level 4"

    @property
    def levels(self) -> tuple[str, str, str, str]:
        """The names of the four levels of support, the first one first."""
        return self.level_1, self.level_2, self.level_3, self.level_4


NEW = Partnership("Example Safeguarding Partnership", "Learning Zone", "EX7", "Europe/London", "https://www.bbc.co.uk/weather")
"""A partnership that has not said who it is yet."""


@dataclass(frozen=True, slots=True)
class LocalContact:
    """A local number with the day someone last checked it."""

    key: str
    agency_id: int | None
    name: str
    number: str
    note: str
    checked_on: date


def partnership(session: Session) -> Partnership:
    row = session.get(PartnershipRow, 1)
    if row is None:
        return NEW
    return Partnership(
        row.name, row.site_name, row.prefix, row.zone, row.neutral_site, row.signer, row.signer_role,
        row.level_1, row.level_2, row.level_3, row.level_4,
    )


def save_partnership(session: Session, facts: Partnership) -> None:
    row = session.get(PartnershipRow, 1) or PartnershipRow(id=1)
    row.name, row.site_name, row.prefix, row.zone = facts.name, facts.site_name, facts.prefix, facts.zone
    row.neutral_site, row.signer, row.signer_role = facts.neutral_site, facts.signer, facts.signer_role
    row.level_1, row.level_2, row.level_3, row.level_4 = facts.levels
    session.add(row)


def contacts(session: Session) -> Sequence[LocalContact]:
    """The newest entry for each key and agency; an emptied number hides the entry."""
    newest: dict[tuple[str, int | None], LocalContact] = {}
    for row in session.scalars(select(ContactRow).order_by(ContactRow.id)):
        newest[row.key, row.agency_id] = LocalContact(row.key, row.agency_id, row.name, row.number, row.note, row.checked_on)
    return [contact for contact in newest.values() if contact.number]


def save_contact(session: Session, contact: LocalContact, by: int | None, now: datetime) -> None:
    session.add(
        ContactRow(
            key=contact.key, agency_id=contact.agency_id, name=contact.name, number=contact.number, note=contact.note,
            checked_on=contact.checked_on, checked_by=by, made=now,
        )
    )


def tool_addresses(session: Session) -> Mapping[str, str]:
    """Tool to address, for tools whose licence an administrator has confirmed."""
    rows = session.scalars(select(ToolRow).order_by(ToolRow.id))
    newest = {row.tool: row for row in rows}
    return {tool: row.address for tool, row in newest.items() if row.licence_held and row.address}


def set_tool_address(session: Session, tool: str, address: str, licence_held: bool, by: int, now: datetime) -> None:
    session.add(ToolRow(tool=tool, address=address, licence_held=licence_held, set_by=by, at=now))

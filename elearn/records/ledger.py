"""The evidence: an append-only list of what happened, and the logs of the gate and of administrators."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, Table, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, only_grows
from elearn.records.reads import Read
from elearn.rules.evidence import Evidence, FactKind


class FactRow(Base):
    """One thing that happened. Nothing here is ever changed: a mistake is undone by a further fact."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_person_item", "person_id", "item"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    item: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    """When it happened."""
    recorded: Mapped[datetime]
    """When it was written down; later than ``at`` for a register filled in afterwards."""
    version: Mapped[str]
    rule: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    data: Mapped[dict[str, Any]]


class GateRow(Base):
    """Every decision about a gated tool, with its reasons."""

    __tablename__ = "gate_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    tool: Mapped[str]
    at: Mapped[datetime]
    opened: Mapped[bool]
    reasons: Mapped[list[Any]]


class AuditRow(Base):
    """What administrators, trainers and managers did to others' records or to the site."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[str]
    thing: Mapped[str]
    facts: Mapped[dict[str, Any]]


for _row in (FactRow, GateRow, AuditRow):
    only_grows(cast(Table, _row.__table__))


def _evidence(row: FactRow) -> Evidence:
    return Evidence(row.id, row.person_id, FactKind(row.kind), row.item, row.at, row.version, row.rule, row.actor_id, row.data)


def append(
    session: Session, person_id: int, kind: FactKind, item: str, at: datetime, recorded: datetime,
    version: str = "", rule: str = "", actor_id: int | None = None, **data: Any,
) -> Evidence:
    """Write one fact at the end of the ledger and return it."""
    row = FactRow(
        person_id=person_id, kind=kind.value, item=item, at=at, recorded=recorded, version=version, rule=rule, actor_id=actor_id, data=data
    )
    session.add(row)
    session.flush()
    return _evidence(row)


def of_person(session: Session, person_id: int) -> Sequence[Evidence]:
    """Everything in the ledger about one person, oldest first."""
    return [_read(row) for row in _OF_PERSON.all(session, person=person_id)]


_FACT = (FactRow.id, FactRow.person_id, FactRow.kind, FactRow.item, FactRow.at, FactRow.version, FactRow.rule, FactRow.actor_id, FactRow.data)
_OF_PERSON = Read(select(*_FACT).where(FactRow.person_id == bindparam("person")).order_by(FactRow.id))
_OF_PEOPLE = select(*_FACT).where(FactRow.person_id.in_(bindparam("people", expanding=True))).order_by(FactRow.id)


def _read(row: Sequence[Any]) -> Evidence:
    """From a row of _FACT."""
    return Evidence(row[0], row[1], FactKind(row[2]), *row[3:])


def of_people(session: Session, person_ids: Sequence[int]) -> Mapping[int, Sequence[Evidence]]:
    """person -> evidence, oldest first, in one statement."""
    found: dict[int, list[Evidence]] = {id: [] for id in person_ids}
    for row in session.execute(_OF_PEOPLE, {"people": list(person_ids)}):
        found[row[1]].append(_read(row))
    return found


def log_gate(session: Session, person_id: int, tool: str, opened: bool, reasons: Sequence[str], now: datetime) -> None:
    session.add(GateRow(person_id=person_id, tool=tool, at=now, opened=opened, reasons=list(reasons)))


def audit(session: Session, actor_id: int | None, act: str, thing: str, now: datetime, **facts: Any) -> None:
    session.add(AuditRow(at=now, actor_id=actor_id, act=act, thing=thing, facts=facts))


def latest(session: Session) -> datetime | None:
    """When the newest fact was recorded."""
    return session.scalar(select(FactRow.recorded).order_by(FactRow.id.desc()).limit(1))

"""What people must hold, by when, and for how long it counts."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, changed
from elearn.rules.requirements import Requirement
from elearn.rules.validity import Validity


class RequirementRow(Base):
    """A rule with its first and last day. To change one, end it and begin another: what held then stays known."""

    __tablename__ = "requirement"
    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    validity: Mapped[dict[str, Any]]
    due_days: Mapped[int | None]
    soon_days: Mapped[int]
    starts: Mapped[date]
    ends: Mapped[date | None]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    role: Mapped[str | None]
    made: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


def validity_to_json(validity: Validity) -> dict[str, Any]:
    return asdict(validity)


def validity_from_json(facts: dict[str, Any]) -> Validity:
    day = facts.get("month_day")
    return Validity(**(facts | {"month_day": tuple(day) if day else None}))


def _requirement(row: RequirementRow) -> Requirement:
    return Requirement(
        id=row.id, item=row.item, validity=validity_from_json(row.validity), due_days=row.due_days, starts=row.starts, ends=row.ends,
        agency_id=row.agency_id, team_id=row.team_id, role=row.role, soon_days=row.soon_days, rule_version=f"requirement-{row.id}",
    )


def all_requirements(session: Session) -> Sequence[Requirement]:
    """Every requirement there ever was, oldest first; the rules pick those that hold on a day."""
    return [_requirement(row) for row in session.scalars(select(RequirementRow).order_by(RequirementRow.id))]


def add(session: Session, requirement: Requirement, made_by: int | None, now: datetime) -> int:
    row = RequirementRow(
        item=requirement.item, validity=validity_to_json(requirement.validity), due_days=requirement.due_days, soon_days=requirement.soon_days,
        starts=requirement.starts, ends=requirement.ends, agency_id=requirement.agency_id, team_id=requirement.team_id,
        role=requirement.role, made=now, made_by=made_by,
    )
    session.add(row)
    session.flush()
    return row.id


def end(session: Session, id: int, last_day: date) -> bool:
    """Let the requirement hold for the last time on *last_day*; False when it has ended already."""
    change = update(RequirementRow).where(RequirementRow.id == id, RequirementRow.ends.is_(None)).values(ends=last_day)
    return bool(changed(session, change))

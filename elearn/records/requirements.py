"""What people must hold, by when, and for how long it counts."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, changed
from elearn.records.reads import Read
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


_ALL = Read(select(
    RequirementRow.id, RequirementRow.item, RequirementRow.validity, RequirementRow.due_days, RequirementRow.starts, RequirementRow.ends,
    RequirementRow.agency_id, RequirementRow.team_id, RequirementRow.role, RequirementRow.soon_days,
).order_by(RequirementRow.id))


def all_requirements(session: Session) -> Sequence[Requirement]:
    """Every requirement there ever was, oldest first; the rules pick those that hold on a day."""
    return [
        Requirement(
            id=id, item=item, validity=validity_from_json(validity), due_days=due, starts=starts, ends=ends, agency_id=agency, team_id=team,
            role=role, soon_days=soon, rule_version=f"requirement-{id}",
        )
        for id, item, validity, due, starts, ends, agency, team, role, soon in _ALL.all(session)
    ]


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

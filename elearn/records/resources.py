"""What a partnership makes of resources and themes: its own objectives and links, and who has read what."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, changed, put
from elearn.records.people import PersonRow
from elearn.rules.resources import Objective

Place = Literal["review", "more"]


class ObjectiveRow(Base):
    """An objective as an administrator set it. The newest row for each strategy and key counts; an empty title takes it away."""

    __tablename__ = "objective"
    id: Mapped[int] = mapped_column(primary_key=True)
    strategy: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    owner: Mapped[str]
    measure: Mapped[str]
    review_on: Mapped[date | None]
    items: Mapped[list[Any]]
    made: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class LocalLinkRow(Base):
    """A page that the partnership adds to a resource or a theme: its own strategy, its own reviews."""

    __tablename__ = "local_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(index=True)
    place: Mapped[str]
    title: Mapped[str]
    address: Mapped[str]
    text: Mapped[str]
    made: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed: Mapped[datetime | None]


class ResourceReadRow(Base):
    """Someone said that they had read a resource; once a day at most."""

    __tablename__ = "resource_read"
    __table_args__ = (UniqueConstraint("person_id", "resource", "day"), Index("ix_resource_read_resource_day", "resource", "day"))
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    resource: Mapped[str]
    version: Mapped[str]
    day: Mapped[date]
    """In the partnership's own time."""
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class LocalLink:
    """A page elsewhere, as the partnership describes it."""

    id: int
    item: str
    place: Place
    title: str
    address: str
    text: str


def objectives(session: Session, strategy: str) -> Mapping[str, Objective]:
    """Key to the objective as the partnership set it, in the order first set; one with an empty title was taken away."""
    rows = session.scalars(select(ObjectiveRow).where(ObjectiveRow.strategy == strategy).order_by(ObjectiveRow.id))
    return {
        row.key: Objective(row.key, row.title, row.text, tuple(row.items), row.owner, row.measure, row.review_on) for row in rows
    }


def save_objective(session: Session, strategy: str, objective: Objective, by: int, now: datetime) -> None:
    session.add(
        ObjectiveRow(
            strategy=strategy, key=objective.id, title=objective.title, text=objective.text, owner=objective.owner,
            measure=objective.measure, review_on=objective.review_on, items=list(objective.items), made=now, made_by=by,
        )
    )


def _link(row: LocalLinkRow) -> LocalLink:
    return LocalLink(row.id, row.item, cast(Place, row.place), row.title, row.address, row.text)


def links(session: Session, item: str) -> Sequence[LocalLink]:
    """What the partnership added to this resource or theme, oldest first."""
    query = select(LocalLinkRow).where(LocalLinkRow.item == item, LocalLinkRow.removed.is_(None)).order_by(LocalLinkRow.id)
    return [_link(row) for row in session.scalars(query)]


def link(session: Session, id: int) -> LocalLink | None:
    """One that is still there."""
    row = session.get(LocalLinkRow, id)
    return _link(row) if row and row.removed is None else None


def add_link(session: Session, item: str, place: Place, title: str, address: str, text: str, by: int, now: datetime) -> int:
    row = LocalLinkRow(item=item, place=place, title=title, address=address, text=text, made=now, made_by=by)
    session.add(row)
    session.flush()
    return row.id


def remove_link(session: Session, id: int, now: datetime) -> bool:
    """False when it was gone already."""
    return bool(changed(session, update(LocalLinkRow).where(LocalLinkRow.id == id, LocalLinkRow.removed.is_(None)).values(removed=now)))


def mark_read(session: Session, person_id: int, resource: str, version: str, day: date, now: datetime) -> bool:
    """Note that it was read; False when that was noted today already."""
    values = {"person_id": person_id, "resource": resource, "version": version, "day": day, "at": now}
    return put(session, ResourceReadRow, values, ("person_id", "resource", "day"))


def read_on(session: Session, person_id: int, resource: str) -> date | None:
    """The last day on which this person said that they had read it."""
    query = select(ResourceReadRow.day).where(ResourceReadRow.person_id == person_id, ResourceReadRow.resource == resource)
    return session.scalar(query.order_by(ResourceReadRow.day.desc()).limit(1))


def readers(session: Session, resources: Collection[str], team_ids: Collection[int], first: date, last: date) -> frozenset[tuple[int, str]]:
    """Person and resource, for those of these teams who read it between *first* and *last*, both included."""
    query = (
        select(ResourceReadRow.person_id, ResourceReadRow.resource)
        .join(PersonRow, PersonRow.id == ResourceReadRow.person_id)
        .where(ResourceReadRow.resource.in_(resources), ResourceReadRow.day.between(first, last), PersonRow.team_id.in_(team_ids))
    )
    return frozenset((person, resource) for person, resource in session.execute(query))

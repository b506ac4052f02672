"""Requests to a manager, with the people who made them."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from elearn.records.learning import Ask, AskRow
from elearn.records.people import PersonRow

_ASK = (
    select(AskRow.id, AskRow.person_id, PersonRow.team_id, PersonRow.name, AskRow.kind, AskRow.item, AskRow.asked)
    .join(PersonRow, PersonRow.id == AskRow.person_id)
    .where(PersonRow.left.is_(None))
)


def waiting(session: Session, team_ids: Iterable[int]) -> Sequence[Ask]:
    """What the people of these teams have asked and nobody has answered, oldest first."""
    query = _ASK.where(AskRow.decided.is_(None), PersonRow.team_id.in_(tuple(team_ids)))
    return [Ask(*row) for row in session.execute(query.order_by(AskRow.asked))]


def one(session: Session, id: int) -> Ask | None:
    """The request, answered or not: whoever presses a second time may be told that it was done."""
    row = session.execute(_ASK.where(AskRow.id == id)).one_or_none()
    return Ask(*row) if row else None

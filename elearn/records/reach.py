"""The evidence about a few items for whole teams, without reading anything else of anyone."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from elearn.records.ledger import FactRow
from elearn.records.people import PersonRow
from elearn.rules.evidence import TAKES_BACK, Evidence, FactKind

_FACT = (FactRow.id, FactRow.person_id, FactRow.kind, FactRow.item, FactRow.at, FactRow.version, FactRow.rule, FactRow.actor_id, FactRow.data)


def evidence(
    session: Session, items: Collection[str], team_ids: Collection[int], between: tuple[datetime, datetime] | None = None
) -> Sequence[Evidence]:
    """The facts about these items and the people of these teams, oldest first.

    *between* leaves out what happened before the first moment, or at the second or after it; what takes something back is never left
    out, because it may come years later.
    """
    query = (
        select(*_FACT)
        .join(PersonRow, PersonRow.id == FactRow.person_id)
        .where(FactRow.item.in_(items), PersonRow.team_id.in_(team_ids))
        .order_by(FactRow.id)
    )
    if between:
        start, end = between
        query = query.where(or_(and_(FactRow.at >= start, FactRow.at < end), FactRow.kind.in_([kind.value for kind in TAKES_BACK])))
    return [Evidence(id, person, FactKind(kind), *rest) for id, person, kind, *rest in session.execute(query)]

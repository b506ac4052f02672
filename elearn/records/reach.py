"""The evidence about a few items for whole teams, without reading anything else of anyone."""
from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from elearn.records.ledger import FactRow
from elearn.records.people import PersonRow
from elearn.rules.evidence import Evidence, FactKind


def evidence(session: Session, items: Collection[str], team_ids: Collection[int]) -> Sequence[Evidence]:
    """Every fact about these items and the people of these teams, oldest first."""
    query = (
        select(FactRow.id, FactRow.person_id, FactRow.kind, FactRow.item, FactRow.at, FactRow.version, FactRow.rule, FactRow.actor_id, FactRow.data)
        .join(PersonRow, PersonRow.id == FactRow.person_id)
        .where(FactRow.item.in_(items), PersonRow.team_id.in_(team_ids))
        .order_by(FactRow.id)
    )
    return [Evidence(id, person, FactKind(kind), *rest) for id, person, kind, *rest in session.execute(query)]

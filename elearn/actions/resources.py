"""What people do with resources: say that they have read one, and, as administrators, make them the partnership's own."""
from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from elearn.actions import Refused
from elearn.records import ledger, resources
from elearn.records.resources import Place
from elearn.rules.resources import Objective, Resource

MOST_OBJECTIVES = 12
MOST_LINKS = 30
"""For one resource or theme: a page of links that nobody can take in helps nobody."""


def objectives(session: Session, strategy: Resource) -> tuple[Objective, ...]:
    """The objectives as the partnership has them: ours until it says otherwise, then its own. One it took away is left out."""
    own = resources.objectives(session, strategy.slug)
    ours = {objective.id: objective for objective in strategy.objectives}
    return tuple(objective for objective in (ours | dict(own)).values() if objective.title)


def save_objective(session: Session, actor_id: int, strategy: Resource, objective: Objective, now: datetime) -> str:
    """Set an objective, or add one that has no id yet; returns its id. Raises Refused when there would be too many."""
    if not objective.id:
        if len(objectives(session, strategy)) >= MOST_OBJECTIVES:
            raise Refused(f"{MOST_OBJECTIVES} objectives are enough. Take one away first.")
        objective = replace(objective, id=f"own-{secrets.token_hex(4)}")
    resources.save_objective(session, strategy.slug, objective, actor_id, now)
    kept = {"title": objective.title, "owner": objective.owner, "items": list(objective.items)}
    ledger.audit(session, actor_id, "saved objective", f"objective:{strategy.slug}/{objective.id}", now, **kept)
    return objective.id


def remove_objective(session: Session, actor_id: int, strategy: Resource, objective: Objective, now: datetime) -> None:
    """Take an objective away. Raises Refused when it is the last."""
    if len(objectives(session, strategy)) < 2:
        raise Refused("A strategy needs at least one objective. Change this one instead.")
    resources.save_objective(session, strategy.slug, Objective(objective.id, ""), actor_id, now)
    ledger.audit(session, actor_id, "removed objective", f"objective:{strategy.slug}/{objective.id}", now, title=objective.title)


def add_link(session: Session, actor_id: int, item: str, place: Place, title: str, address: str, text: str, now: datetime) -> int:
    """Add a page of the partnership's own to a resource or a theme; returns its id. Raises Refused."""
    there = resources.links(session, item)
    if any(link.address == address and link.place == place for link in there):
        raise Refused("This address is on the list already.")
    if len(there) >= MOST_LINKS:
        raise Refused(f"{MOST_LINKS} links are enough. Take one away first.")
    id = resources.add_link(session, item, place, title, address, text, actor_id, now)
    ledger.audit(session, actor_id, "added link", f"link:{item}", now, title=title, address=address)
    return id


def remove_link(session: Session, actor_id: int, id: int, now: datetime) -> bool:
    """Take a link away; False when somebody had already."""
    link = resources.link(session, id)
    if link is None or not resources.remove_link(session, id, now):
        return False
    ledger.audit(session, actor_id, "removed link", f"link:{link.item}", now, title=link.title, address=link.address)
    return True


def read(session: Session, person_id: int, resource: Resource, today: date, now: datetime) -> bool:
    """Note that someone has read it; False when they said so today already."""
    return resources.mark_read(session, person_id, resource.slug, resource.version, today, now)

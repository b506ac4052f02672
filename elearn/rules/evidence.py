"""What happened, one fact at a time. Facts are added and never changed; a mistake is mended by another fact."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class FactKind(StrEnum):
    """What a fact says. The comment names what its ``data`` holds."""

    READ = "read"                  # nothing: a screen or a briefing was read
    PASSED = "passed"              # percent, right, total, attempt
    COMPLETED = "completed"        # minutes, via: "quiz" or "reading"
    ATTENDED = "attended"          # live: the id of its register; trainer_id, minutes, via, perhaps licence_area
    AWARDED = "awarded"            # code: a certificate was made; of: the fact it is for; until: its last day, or null for none
    SUPERSEDED = "superseded"      # of: the fact that awarded the old certificate; by: the new code
    REVOKED = "revoked"            # of: the fact taken back; reason
    UNDONE = "undone"              # of: the fact that was recorded by mistake; reason
    EXEMPTED = "exempted"          # reason, perhaps until: the last exempt day, as 2027-06-01
    EXTENDED = "extended"          # reason, due: the new last day, as 2027-06-01
    TRY_ALLOWED = "try allowed"    # reason: one more try at a quiz
    ACKNOWLEDGED = "acknowledged"  # nothing: what changed in a course they hold was read


TAKES_BACK = frozenset({FactKind.REVOKED, FactKind.UNDONE})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact about one person. ``at`` is when it happened; ``id`` is its place in the ledger.

    ``version`` is the hash of the content and ``rule`` the version of the rule it was judged by; ``actor_id`` is who recorded
    it (None for the system). Raises ValueError when the time names no zone, or when what it takes back is not named.
    """

    id: int
    person_id: int
    kind: FactKind
    item: str
    at: datetime
    version: str = ""
    rule: str = ""
    actor_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError(f"fact {self.id}: its time must say which zone it is in")
        if self.kind in TAKES_BACK and not _is_id(self.data.get("of")):
            raise ValueError(f"fact {self.id}: “{self.kind}” must name the fact it is about")

    def day(self, key: str) -> date | None:
        """The date kept in ``data`` under *key*; None when there is none. Raises ValueError when it is not a date."""
        value = self.data.get(key)
        return None if value is None else date.fromisoformat(value)

    @property
    def reason(self) -> str:
        return str(self.data.get("reason", "")).strip()


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def about(evidence: Iterable[Evidence], person_id: int, item: str, as_of: datetime) -> tuple[Evidence, ...]:
    """Everything known by *as_of* about one person and one item, oldest first. What comes later cannot change it."""
    known = [fact for fact in evidence if fact.person_id == person_id and fact.item == item and fact.at <= as_of]
    return tuple(sorted(known, key=lambda fact: (fact.at, fact.id)))


def taken_back(known: Iterable[Evidence]) -> Mapping[int, Evidence]:
    """The ids of facts that no longer count, each with the fact that took it back."""
    return {fact.data["of"]: fact for fact in known if fact.kind in TAKES_BACK}


def standing_facts(known: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The facts that still count, in the order given."""
    known = tuple(known)
    gone = taken_back(known)
    return tuple(fact for fact in known if fact.id not in gone)


def on_register(fact: Evidence) -> bool:
    """Whether someone else, a trainer, recorded that the person was there. Nobody can vouch for their own attendance."""
    trainer = fact.data.get("trainer_id")
    return (
        fact.kind is FactKind.ATTENDED
        and _is_id(trainer)
        and trainer != fact.person_id
        and fact.actor_id != fact.person_id
    )


def completes(fact: Evidence) -> bool:
    """Whether the fact means the item was done: finished here, or attended on a trainer's register."""
    return fact.kind is FactKind.COMPLETED or on_register(fact)


def completions(known: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The facts by which the item was done and that still count, in the order given."""
    return tuple(fact for fact in standing_facts(known) if completes(fact))

"""What someone must learn, why it is asked of them, and by when."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from elearn.rules.validity import Validity, until


@dataclass(frozen=True, slots=True)
class Member:
    """A person's place in the partnership. ``left`` is the last day they belong to it."""

    person_id: int
    agency_id: int | None
    team_id: int | None
    role: str
    joined: date
    left: date | None = None

    def belongs(self, on: date) -> bool:
        return self.joined <= on and (self.left is None or on <= self.left)


@dataclass(frozen=True, slots=True)
class Requirement:
    """An item that some people must keep in date.

    It is for those who match every one of ``agency_id``, ``team_id`` and ``role`` that is set; for everyone when none is.
    ``due_days`` counts from the day the person joined or the day the requirement started, whichever is later; None means no
    date. ``ends`` is its last day. ``soon_days`` before the due day it shows as due soon. ``parts`` are the requirements it was
    put together from, if it was. Raises ValueError, in words, when it contradicts itself.
    """

    id: int
    item: str
    validity: Validity
    due_days: int | None
    starts: date
    ends: date | None = None
    agency_id: int | None = None
    team_id: int | None = None
    role: str | None = None
    soon_days: int = 30
    rule_version: str = ""
    parts: tuple[Requirement, ...] = ()

    def __post_init__(self) -> None:
        if self.due_days is not None and self.due_days < 0:
            raise ValueError("nobody can be given fewer than 0 days")
        if self.soon_days < 0:
            raise ValueError("“due soon” cannot begin after the due day")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError("it ends before it starts")

    @property
    def for_everyone(self) -> bool:
        return self.agency_id is None and self.team_id is None and self.role is None

    def applies_to(self, member: Member, on: date) -> bool:
        """Whether it is asked of this member on that day."""
        running = self.starts <= on and (self.ends is None or on <= self.ends)
        return running and member.belongs(on) and self._names(member)

    def _names(self, member: Member) -> bool:
        wanted = ((self.agency_id, member.agency_id), (self.team_id, member.team_id), (self.role, member.role))
        return all(want is None or want == has for want, has in wanted)


def due_on(requirement: Requirement, member: Member) -> date | None:
    """The last day to do it for the first time; None when there is no date."""
    if requirement.due_days is None:
        return None
    return max(member.joined, requirement.starts) + timedelta(days=requirement.due_days)


def due_again(requirement: Requirement, member: Member, completions: Sequence[date]) -> date:
    """The last day to do it again, after *completions* (oldest first) that have run out.

    That is the day it ran out, but never before those who had not done it must have done it: who is asked for more from today has as
    long as everybody else. Of several requirements the earliest such day. Raises ValueError when it does not run out.
    """
    days = [
        max(end, due_on(part, member) or end) for part in requirement.parts or (requirement,) if (end := until(part.validity, completions))
    ]
    if not days:
        raise ValueError("what never runs out is never due again")
    return min(days)


def required(requirements: Iterable[Requirement], member: Member, on: date) -> tuple[Requirement, ...]:
    """What this member must keep in date on that day, one for each item, by item.

    When several name one item the strictest of each part holds: the earliest due day and the shortest time it counts. Meeting
    the answer meets them all, and the order they came in does not matter.
    """
    by_item: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        if requirement.applies_to(member, on):
            by_item.setdefault(requirement.item, []).append(requirement)
    return tuple(_strictest(by_item[item], member) for item in sorted(by_item))


def _strictest(same_item: list[Requirement], member: Member) -> Requirement:
    soonest = min(same_item, key=lambda one: (due_on(one, member) or date.max, one.id))
    shortest = min(same_item, key=lambda one: (_shortest_time(one.validity), one.id))
    if soonest is shortest:
        return soonest
    versions = dict.fromkeys(version for version in (soonest.rule_version, shortest.rule_version) if version)
    parts = tuple(sorted(same_item, key=lambda one: one.id))
    return replace(soonest, validity=shortest.validity, rule_version="+".join(versions), parts=parts)


def _shortest_time(validity: Validity) -> tuple[bool, int, int]:
    """For comparing: what may run out first comes first."""
    least = validity.at_least_months if validity.rule == "fixed" else validity.months
    return validity.rule == "never", least, -validity.window_days

"""How far a month of learning reached: how many people read and completed each thing in it."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from elearn.rules.evidence import Evidence, FactKind, completes, standing_facts
from elearn.rules.validity import local_day


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people read one item and how many completed it; whoever completed it counts as a reader too."""

    read: int
    done: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What some people did: each item by itself, and how many of them did anything at all."""

    items: Mapping[str, Reached]
    anything: int


def month_of(first: date) -> tuple[date, date]:
    """The first and the last day of the month of *first*."""
    start = first.replace(day=1)
    return start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def here_in(joined: date, left: date | None, first: date, last: date) -> bool:
    """Whether someone belonged on any day from *first* to *last*."""
    return joined <= last and (left is None or left >= first)


def reach(
    evidence: Iterable[Evidence], read: Iterable[tuple[int, str]], items: Sequence[str], people: Collection[int], first: date, last: date,
    zone: tzinfo,
) -> Reach:
    """What these *people* did from *first* to *last*, both included, for each of *items*.

    *read* are pairs of person and item for what leaves no evidence. Each person counts once for an item, and what was taken back
    since does not count.
    """
    of_person: dict[int, list[Evidence]] = {}
    for fact in evidence:
        of_person.setdefault(fact.person_id, []).append(fact)
    readers: dict[str, set[int]] = {item: set() for item in items}
    finishers: dict[str, set[int]] = {item: set() for item in items}
    for person, item in read:
        if item in readers and person in people:
            readers[item].add(person)
    for person in of_person.keys() & set(people):
        for fact in standing_facts(of_person[person]):
            if fact.item in readers and first <= local_day(fact.at, zone) <= last:
                if completes(fact):
                    finishers[fact.item].add(person)
                if completes(fact) or fact.kind is FactKind.READ:
                    readers[fact.item].add(person)
    counts = {item: Reached(len(readers[item]), len(finishers[item])) for item in items}
    return Reach(counts, len(set().union(*readers.values())))

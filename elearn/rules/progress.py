"""How far someone has come with the reading of a course, and where to go on."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from elearn.rules.courses import Course, Screen, Step, Unit

Seen: TypeAlias = frozenset[str]
"""The steps someone has been through, as "unit/step". Names that the course does not have are ignored."""

CHECK_WORDS = 120
"""A question along the way takes as long as this much reading: 0.6 minutes at 200 words a minute."""


class UnitState(StrEnum):
    """How far one unit is."""

    NOT_STARTED = "not started"
    STARTED = "started"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """One unit. Screens are counted; questions along the way may be skipped, so they are not."""

    id: str
    state: UnitState
    seen: int
    of: int
    minutes_left: int
    next: str | None
    """The step to go on with; None when the unit is done."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole course: how many units are done, of how many, and where to go on."""

    done: int
    total: int
    next: tuple[str, str] | None
    """Unit and step; None when there is nothing left to read."""
    minutes_left: int
    units: tuple[UnitProgress, ...]

    @property
    def complete(self) -> bool:
        """Whether all was read. A course without units has nothing that could be."""
        return bool(self.units) and self.done == self.total

    @property
    def started(self) -> bool:
        return any(unit.state is not UnitState.NOT_STARTED for unit in self.units)

    def unit(self, id: str) -> UnitProgress | None:
        return next((unit for unit in self.units if unit.id == id), None)


@lru_cache(maxsize=2048)
def progress(course: Course, seen: Seen) -> Progress:
    """How far *seen* goes through *course*. Steps may be taken in any order; a course is done when every screen was seen.

    To go on is the first screen not seen or, when questions not seen lead up to it, the first of those.
    """
    units = tuple(unit_progress(unit, seen) for unit in course.units)
    steps = [(unit.id, step) for unit, step in course.steps()]
    return Progress(
        done=sum(unit.state is UnitState.DONE for unit in units),
        total=len(units),
        next=_next(steps, seen),
        minutes_left=sum(unit.minutes_left for unit in units),
        units=units,
    )


@lru_cache(maxsize=2048)
def unit_progress(unit: Unit, seen: Seen) -> UnitProgress:
    """How far *seen* goes through one unit."""
    been = [f"{unit.id}/{step.id}" in seen for step in unit.steps]
    screens = [was for was, step in zip(been, unit.steps, strict=True) if isinstance(step, Screen)]
    done = bool(screens) and all(screens)
    following = _next([(unit.id, step) for step in unit.steps], seen)
    return UnitProgress(
        id=unit.id,
        state=UnitState.DONE if done else UnitState.STARTED if any(been) else UnitState.NOT_STARTED,
        seen=sum(screens),
        of=len(screens),
        minutes_left=0 if done else _minutes_left(unit, been),
        next=following[1] if following else None,
    )


def _minutes_left(unit: Unit, been: Sequence[bool]) -> int:
    """The unit's minutes, shared out over its steps by their length; what is left is rounded up."""
    lengths = [_length(step) for step in unit.steps]
    left = sum(length for length, was in zip(lengths, been, strict=True) if not was)
    return -(-unit.minutes * left // sum(lengths)) if left else 0


def _length(step: Step) -> int:
    """How long a step is, in words."""
    return step.words if isinstance(step, Screen) else CHECK_WORDS


def _next(steps: Sequence[tuple[str, Step]], seen: Seen) -> tuple[str, str] | None:
    found: tuple[str, str] | None = None
    for unit, step in steps:
        if f"{unit}/{step.id}" in seen:
            found = None
            continue
        found = found or (unit, step.id)
        if isinstance(step, Screen):
            return found
    return None

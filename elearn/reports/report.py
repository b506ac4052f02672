"""A report: a title, columns and rows, with the moment it was true and what was left out, whatever file it becomes."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

Value: TypeAlias = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Report:
    """Facts laid out in a table.

    ``as_of`` is the moment it was true, in the zone of the people it is about. ``filters`` says in words what was asked for; empty
    when everything was. Every row has a value for each column; None is an empty cell.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    as_of: datetime
    filters: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.as_of.utcoffset() is None:
            raise ValueError("the moment of a report must say which zone it is in")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row of a report must have a value for every column")

    @property
    def heading(self) -> str:
        """One line that says what this is, when it was true and what was asked for."""
        asked = ", ".join(self.filters) or "everyone"
        return f"{self.title}. As it stood on {self.as_of:%Y-%m-%d at %H:%M} ({self.as_of:%Z}). Shown: {asked}."

"""How far a theme reached, as a report: one row for every team and item."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from elearn.actions.reach import TeamReach
from elearn.reports.report import Report, Value
from elearn.rules.courses import Theme

COLUMNS = ("Theme", "Month", "Agency", "Team", "People in the month", "Item", "Kind", "Read", "Completed")


def reach_report(
    theme: Theme, found: Iterable[TeamReach], items: Sequence[str], describe: Callable[[str], tuple[str, str, bool]], as_of: datetime,
) -> Report:
    """*describe* gives an item's title, its kind in words, and whether it can be completed; *as_of* is in the partnership's zone.

    What cannot be completed has an empty cell, so that nobody takes it for nought.
    """
    rows: list[Sequence[Value]] = []
    for one in found:
        for item in items:
            title, kind, ends = describe(item)
            counts = one.items[item]
            whose = (theme.title, f"{theme.month:%Y-%m}", one.team.agency, one.team.name, one.people)
            rows.append((*whose, title, kind, counts.read, counts.done if ends else None))
    said = ["people who belonged to these teams in the month"]
    return Report(f"Reach of the theme {theme.title}, {theme.month:%B %Y}", COLUMNS, rows, as_of, said)

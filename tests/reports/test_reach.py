"""The table of a theme's reach: a row for each team and item, and an empty cell where nothing can be completed."""
from __future__ import annotations

from datetime import UTC, date, datetime

from elearn.actions.reach import TeamReach
from elearn.records.people import Team
from elearn.reports import csv_file
from elearn.reports.reach import COLUMNS, reach_report
from elearn.rules.courses import Theme
from elearn.rules.reach import Reached

THEME = Theme(
    "2026-05-neglect", "Child neglect", date(2026, 5, 1), "neglect", "Lead", "", ("course", "card"),
    law_as_at=date(2026, 5, 1), review_due=date(2027, 5, 1),
)


def test_it_has_a_row_for_each_team_and_item() -> None:
    team = Team(1, "=Red", "CODE", 1, "Nearholt Council")
    found = [TeamReach(team, 9, {"course": Reached(4, 3), "card": Reached(2, 0)}, 5)]
    report = reach_report(THEME, found, ["course", "card"], lambda slug: (slug.title(), "Kind", slug == "course"), datetime(2026, 6, 1, tzinfo=UTC))
    assert tuple(report.columns) == COLUMNS
    assert [tuple(row) for row in report.rows] == [
        ("Child neglect", "2026-05", "Nearholt Council", "=Red", 9, "Course", "Kind", 4, 3),
        ("Child neglect", "2026-05", "Nearholt Council", "=Red", 9, "Card", "Kind", 2, None),
    ]
    assert "May 2026" in report.heading and "'=Red" in csv_file.write(report).decode()

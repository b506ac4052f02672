"""The export of a team: everyone and everything asked of them, with the reason."""
from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from elearn.actions.overview import Record
from elearn.records.people import Profile
from elearn.reports.team import COLUMNS, team_report
from elearn.rules.standing import Standing, State

NOW = datetime(2026, 6, 23, 22, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def person(name: str, **standings: Standing) -> Record:
    profile = Profile(
        1, name, "a@x.example", "staff", "Social worker", 2, "Oakfield", 3, "Council", date(2024, 1, 1), None, False, False, False
    )
    return Record(profile, standings, (), {})


DONE = Standing("neglect", State.CURRENT, "Done on 26 May 2026.", date(2026, 5, 26), date(2027, 5, 26), date(2027, 5, 26), True, (4,))


def test_each_person_and_item_has_a_row_with_state_reason_and_dates() -> None:
    report = team_report("Oakfield", [person("Amira", neglect=DONE)], ["neglect"], str.title, NOW, LONDON)
    assert dict(zip(COLUMNS, report.rows[0], strict=True)) == {
        "Name": "Amira", "Email": "a@x.example", "Role": "staff", "Job": "Social worker", "Team": "Oakfield", "Agency": "Council",
        "Item": "Neglect", "Required": "yes", "State": "current", "Reason": "Done on 26 May 2026.", "Done": date(2026, 5, 26),
        "Counts until": date(2027, 5, 26), "Due": date(2027, 5, 26), "As of": "2026-06-23 23:30",
    }


def test_what_is_not_asked_of_someone_is_said_and_not_left_out() -> None:
    row = dict(zip(COLUMNS, team_report("x", [person("Amira")], ["neglect"], str, NOW, LONDON).rows[0], strict=True))
    assert (row["State"], row["Required"], row["Done"]) == ("not needed", "no", None)


def test_the_moment_is_told_by_the_clock_of_the_partnership() -> None:
    assert "2026-06-23 at 23:30 (BST)" in team_report("x", [], [], str, NOW, LONDON).heading

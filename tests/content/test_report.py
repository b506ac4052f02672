"""The report on the content: its figures, and that the one in the documents is up to date."""
from __future__ import annotations

from pathlib import Path

from elearn.content.report import COMMAND, write
from tests.content import sample

ROOT = Path(__file__).parents[2]


def test_the_report_in_the_documents_is_up_to_date() -> None:
    kept = (ROOT / "docs" / "content-report.md").read_text("utf-8")
    assert kept == write(ROOT / "modules"), f"The modules have changed. Run: {COMMAND}"


def test_the_figures_of_the_sample_are_those_counted_by_hand(tmp_path: Path) -> None:
    sample.write(tmp_path)
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in write(tmp_path).splitlines() if line[:2] == "| "}
    # Two scenario items; the best answer is the first and the shortest of three; 2 x (2/3 + ...) = 4 against 5.991.
    assert rows["safer7/child-neglect"] == [
        "2", "2", "2", "2", "2 of 2 (100%)", "0 of 2 (0%)", "0 of 2 (0%)", "0 of 2 (0%)", "2/0/0: 4.0 (6.0)",
    ]
    assert {"live/a-day", "tools/a-tool", "resources/a-plan", "themes/2026-05-neglect", "elearning/first-steps"} < set(rows)

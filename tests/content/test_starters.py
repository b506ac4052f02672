"""A new module: the reader takes it, and the check says of every text that it is not written yet."""
from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from elearn.content.library import load
from elearn.content.problems import report
from elearn.content.starters import KINDS, CannotStart, begin
from tests.content.sample import TODAY, write


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_module_is_read_but_not_live_until_it_is_written(tmp_path: Path, kind: str) -> None:
    write(tmp_path)
    slug = "2026-05-new" if kind == "theme" else "new-one"
    made = begin(tmp_path, kind, slug, TODAY)
    library, problems = load(tmp_path, today=TODAY)
    assert slug not in library.sources
    asked = sum(path.read_text("utf-8").count("\n") and path.read_text("utf-8").count("[write:") for path in made)
    assert sum(problem.rule == "unwritten" for problem in problems) >= len(made)
    assert asked > 3
    # Only what is still to be written: nothing is wrong with the files as files.
    assert {problem.rule for problem in problems} <= {"unwritten", "words", "items", "draw", "W1", "W2", "W4", "Q2", "Q9", "O2"}, report(problems)
    assert all(problem.line and problem.mend for problem in problems if problem.rule == "unwritten")


def test_a_name_that_is_taken_or_no_name_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for kind, slug in (("live", "child-neglect"), ("safer7", "Child Neglect"), ("live", "../away"), ("theme", "new")):
        with pytest.raises(CannotStart):
            begin(tmp_path, kind, slug, TODAY)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_name_with_capitals_and_spaces_is_told_what_it_could_be(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="Try county-lines[.]"):
        begin(write(tmp_path), "safer7", "County Lines!", TODAY)
    with pytest.raises(CannotStart, match="single hyphens[.]$"):
        begin(tmp_path, "safer7", "!", TODAY)


@pytest.mark.parametrize("kind", ["safer7", "elearning"])
def test_whoever_serves_the_site_may_read_a_new_module(tmp_path: Path, kind: str) -> None:
    root, before = write(tmp_path), os.umask(0o077)
    try:
        made = begin(root, kind, "new-one", TODAY)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o644}
    assert {path.parent.stat().st_mode & 0o777 for path in made} | {(root / kind / "new-one").stat().st_mode & 0o777} == {0o755}


def test_a_module_begun_on_a_leap_day_is_due_within_a_year(tmp_path: Path) -> None:
    begin(tmp_path, "live", "new-one", date(2028, 2, 29))
    assert "review_due: 2029-02-28" in (tmp_path / "live/new-one/module.yaml").read_text("utf-8")

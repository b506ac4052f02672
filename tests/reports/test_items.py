"""The figures of a course: whose answers count, what is hidden, and in how few statements they are gathered."""
from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from elearn.records import learning, sittings
from elearn.records.db import writing
from elearn.reports import csv_file, items
from elearn.rules.courses import Course, Outcome, Screen, Unit
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question
from elearn.rules.quiz import QuizSpec
from tests import builders
from tests.databases import Database, traced

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def question(kind: str, id: str) -> Question:
    return KINDS[kind].read(id, KINDS[kind].example)


BANK = (question("single-choice", "who"), question("true-false", "sure"), question("matching", "first"), question("numeric", "ring"), question("reflection", "think"))
SCREENS = tuple(Screen(name, name.title(), "<p>Words</p>", 10) for name in ("one", "two", "three"))
COURSE = Course(
    "course", "v1", "elearning", "=Course", "Words", 10, "neglect", (Outcome("o", "do it"),), date(2026, 1, 1), date(2026, 12, 1),
    units=(Unit("u", "Unit", 5, SCREENS),), quiz=QuizSpec(BANK, 4, 80),
)
ALL_RIGHT: Mapping[str, Mapping[str, Sequence[str]]] = {
    "who": {"choice": ["0"]}, "sure": {"choice": ["false"]}, "first": {"pair1": ["0"], "pair2": ["1"]}, "ring": {"number": ["999"]},
}
PAPER = ("who", "sure", "first", "ring", "think")


@pytest.fixture
def team(database: Database) -> int:
    with database() as session, writing(session):
        return builders.team(session, builders.agency(session))


def sit(
    session: Session, team: int, given: Mapping[str, Mapping[str, Sequence[str]]], *, version: str = "v1", number: int = 1, who: int = 0,
    paper: Sequence[str] = PAPER, finished: bool = True,
) -> int:
    """One attempt by someone new (or by *who*), ten minutes long; returns whose it is."""
    who = who or builders.person(session, "Sam", team, NOW).id
    attempt = learning.add_attempt(session, who, "course", version, number, 7, paper, NOW)
    for n, (id, answer) in enumerate(given.items()):
        learning.add_answer(session, attempt, id, 1, f"k{n}", {name: tuple(each) for name, each in answer.items()}, False, NOW)
    if finished:
        learning.close(session, attempt, NOW + timedelta(minutes=10))
    return who


def line(figures: items.Figures, id: str) -> items.Line:
    return next(line for line in figures.lines if line.question.id == id)


def test_marks_and_picks_come_from_the_answers(database: Database, team: int) -> None:
    with database() as session, writing(session):
        sit(session, team, ALL_RIGHT)
        sit(session, team, {**ALL_RIGHT, "who": {"choice": ["2"]}, "first": {"pair1": ["0"], "pair2": ["0"]}})
    with database() as session:
        found = items.gather(session, COURSE)
    assert (line(found, "who").item.facility, line(found, "first").item.facility, line(found, "ring").item.facility) == (.5, .75, 1)
    assert [(option.text, option.right, option.count) for option in line(found, "who").options] == [
        ("Your safeguarding lead", True, 1), ("The child’s parents", False, 0), ("A friend you trust", False, 1),
    ]
    assert {option.text: option.count for option in line(found, "first").options if option.count} == {
        "1. A child is hurt this minute: 999": 2, "2. A child hints at trouble at home: Your lead": 1, "2. A child hints at trouble at home: 999": 1,
    }
    assert (found.test.n, found.minutes, found.begun) == (2, 10, 2)


def test_a_reflection_is_not_among_the_questions_and_counts_for_nothing(database: Database, team: int) -> None:
    with database() as session, writing(session):
        sit(session, team, ALL_RIGHT)
    with database() as session:
        found = items.gather(session, COURSE)
    assert [line.question.id for line in found.lines] == ["who", "sure", "first", "ring"]
    assert found.test.mean == 1


def test_a_question_left_blank_earns_nothing_and_one_that_was_not_drawn_is_not_counted(database: Database, team: int) -> None:
    with database() as session, writing(session):
        sit(session, team, {"who": {"choice": ["0"]}}, paper=("who", "sure"))
    with database() as session:
        found = items.gather(session, COURSE)
    assert (line(found, "who").item.facility, line(found, "sure").item.facility, line(found, "ring").item.n) == (1, 0, 0)
    assert line(found, "ring").item.facility is None


def test_the_last_of_several_answers_counts(database: Database, team: int) -> None:
    with database() as session, writing(session):
        who = builders.person(session, "Sam", team, NOW).id
        attempt = learning.add_attempt(session, who, "course", "v1", 1, 7, PAPER, NOW)
        for revision, choice in enumerate(("2", "1", "0"), 1):
            learning.add_answer(session, attempt, "who", revision, f"k{revision}", {"choice": (choice,)}, False, NOW)
        learning.close(session, attempt, NOW)
    with database() as session:
        assert line(items.gather(session, COURSE), "who").item.picks == {"Your safeguarding lead": 1}


def test_later_tries_open_attempts_and_other_versions_do_not_count(database: Database, team: int) -> None:
    with database() as session, writing(session):
        who = sit(session, team, {})
        sit(session, team, ALL_RIGHT, number=2, who=who)
        sit(session, team, ALL_RIGHT, finished=False)
        sit(session, team, ALL_RIGHT, version="v0")
    with database() as session:
        first, every = items.gather(session, COURSE), items.gather(session, COURSE, first_only=False)
        older = items.gather(session, replace(COURSE, version="v0"))
        counted = sittings.counts(session)
    assert (first.test.n, first.test.mean, first.begun) == (1, 0, 2)
    assert (every.test.n, every.test.mean, every.begun) == (2, .5, 3)
    assert (older.test.n, older.test.mean) == (1, 1)
    assert {version: found.count for version, found in counted["course"].items()} == {"v0": 1, "v1": 1}
    assert all(found.first == found.last and found.first.tzinfo for found in counted["course"].values()) and set(counted) == {"course"}


def test_however_many_sat_it_takes_as_few_statements(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for _ in range(12):
            sit(session, team, ALL_RIGHT)
    with database() as session, traced(session.get_bind().engine) as statements:
        items.gather(session, COURSE)
        items.stops(session, COURSE)
    assert len(statements) == 4


def test_nobody_yet_leaves_every_figure_empty(database: Database) -> None:
    with database() as session:
        found = items.gather(session, COURSE)
        stops = items.stops(session, COURSE)
    assert (found.test.n, found.minutes, found.shown, found.flagged) == (0, None, (), ())
    assert [(title, stop.reached) for title, stop in stops] == [("One", 0), ("Two", 0), ("Three", 0)]


def test_where_people_stop_is_the_first_screen_they_did_not_go_on_from(database: Database, team: int) -> None:
    with database() as session, writing(session):
        rows = []
        for furthest in (1, 1, 2, 3, 3, 3):
            who = builders.person(session, "Sam", team, NOW).id
            rows += [{"person_id": who, "course": "course", "step": f"u/{screen.id}", "version": "v1", "at": NOW} for screen in SCREENS[:furthest]]
        skipped = builders.person(session, "Sam", team, NOW).id
        rows += [{"person_id": skipped, "course": "course", "step": f"u/{step}", "version": "v1", "at": NOW} for step in ("two", "a-check")]
        rows += [{"person_id": skipped, "course": "another", "step": "u/three", "version": "v1", "at": NOW}]
        session.execute(insert(learning.StepRow), rows)
    with database() as session:
        found = items.stops(session, COURSE)
    assert [(stop.reached, stop.went_on) for _, stop in found] == [(7, 7), (7, 5), (5, 3)]


def test_the_table_leaves_out_what_rests_on_too_few_and_keeps_numbers_as_numbers(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for n in range(30):
            sit(session, team, {**ALL_RIGHT, "sure": {"choice": ["true" if n % 3 else "false"]}, "who": {"choice": ["0" if n % 3 else "1"]}}, paper=PAPER[: 2 if n else 3])
    with database() as session:
        report = items.items_report(COURSE, items.gather(session, COURSE), NOW)
    rows = list(csv.reader(StringIO(csv_file.write(report).decode("utf-8-sig"))))
    table = [dict(zip(rows[1], row, strict=True)) for row in rows[2:]]
    assert "first attempts only" in rows[0][0] and table[0]["Course"] == "'=Course"
    assert (table[0]["Answers"], table[0]["Facility"]) == ("30", "0.666667")
    assert float(table[0]["Discrimination"]) < -.9 and "look at the key" in table[0]["To do"]
    assert (table[2]["Answers"], table[2]["Facility"], table[2]["To do"]) == ("1", "", "")


def test_the_table_of_screens_is_empty_below_thirty_people(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for n in range(30):
            who = builders.person(session, "Sam", team, NOW).id
            learning.mark_step(session, who, "course", "u/one", "v1", NOW)
            if n == 28:
                before = items.stops_report(COURSE, items.stops(session, COURSE), NOW)
    with database() as session:
        after = items.stops_report(COURSE, items.stops(session, COURSE), NOW)
    assert before.rows == [] and [row[4:] for row in after.rows] == [(30, 30, 0), (30, 0, 30), (0, 0, 0)]


# ---- On what they read -------------------------------------------------------------------------------------------------

def go(session: Session, who: int, *steps: str, on: str | None = None, version: str = "v1", minutes: int = 0, apart: int = 1) -> None:
    """Goes on from *steps*, so many minutes apart; the first is begun on a device."""
    for n, step in enumerate(steps):
        at = NOW + timedelta(minutes=minutes + n * apart)
        learning.mark_step(session, who, "course", f"u/{step}", version, at, begun_on=on if not n else None)


def test_the_device_one_began_on_counts_wherever_one_read_on(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for n in range(65):
            who = builders.person(session, "Sam", team, NOW).id
            if n < 30:
                go(session, who, "one", "two", "three", on="phone", apart=2)
            elif n < 32:
                go(session, who, "one", on="phone")
            else:
                go(session, who, "one", "two", on="computer" if n < 63 else None)
        go(session, who, "one", on="phone", version="v0")
    with database() as session, traced(session.get_bind().engine) as statements:
        found = items.devices(session, COURSE)
    assert [(group.devices, group.began, group.finished, group.stopped_at, group.stopped, group.minutes) for group in found] == [
        (("phone",), 32, 30, 1, 2, 4), (("computer", "unknown"), 33, 0, 2, 33, None),
    ]
    assert len(statements) == 1


def test_what_was_brought_along_on_joining_says_nothing_about_time(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for _ in range(30):
            go(session, builders.person(session, "Sam", team, NOW).id, "one", "two", "three", on="phone", apart=0)
    with database() as session:
        (group,) = items.devices(session, COURSE)
    assert (group.finished, group.minutes) == (30, None)


def test_of_two_devices_the_first_is_the_one_begun_on(database: Database, team: int) -> None:
    with database() as session, writing(session):
        for _ in range(30):
            who = builders.person(session, "Sam", team, NOW).id
            go(session, who, "two", on="tablet", minutes=5)
            go(session, who, "one", on="phone")
    with database() as session:
        (group,) = items.devices(session, COURSE)
        report = items.devices_report(COURSE, [group], NOW)
    assert (group.devices, group.began, group.stopped_at) == (("phone",), 30, 2)
    assert [row[2:] for row in report.rows] == [("phone", 30, 0, None, "Three", 30)]


def test_a_course_nobody_began_has_no_devices(database: Database) -> None:
    with database() as session:
        assert items.devices(session, COURSE) == items.devices(session, replace(COURSE, units=())) == ()

"""Going through the steps: the last one writes the reading down, once, and joining counts what was read before."""
from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from elearn.actions import Refused, reading
from elearn.records import certificates, learning, ledger
from elearn.records.db import writing
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from tests.actions.conftest import NOW
from tests.builders import People
from tests.databases import Database, traced

ZONE = ZoneInfo("Europe/London")


def steps(course: Course) -> list[str]:
    return [f"{unit.id}/{step.id}" for unit, step in course.steps()]


def read(database: Database, person_id: int, course: Course, *names: str, after: timedelta = timedelta(0)) -> None:
    for name in names:
        with database() as session, writing(session):
            reading.go_on(session, person_id, course, name, NOW + after, ZONE)


def kinds(database: Database, person_id: int) -> list[FactKind]:
    with database() as session:
        return [fact.kind for fact in ledger.of_person(session, person_id)]


def test_the_last_box_writes_the_reading_down_and_no_box_before_it(database: Database, people: People, briefing: Course) -> None:
    *before, last = steps(briefing)
    read(database, people.bob.id, briefing, *before)
    assert kinds(database, people.bob.id) == []
    read(database, people.bob.id, briefing, last)
    with database() as session:
        (fact,) = ledger.of_person(session, people.bob.id)
    assert (fact.kind, fact.item, fact.version, fact.data["minutes"]) == (FactKind.READ, briefing.slug, briefing.version, briefing.minutes)


def test_boxes_may_be_read_in_any_order_and_again(database: Database, people: People, briefing: Course) -> None:
    read(database, people.bob.id, briefing, *reversed(steps(briefing)))
    read(database, people.bob.id, briefing, *steps(briefing), after=timedelta(days=1))
    assert kinds(database, people.bob.id) == [FactKind.READ]


def test_a_briefing_without_a_quiz_is_completed_by_reading(database: Database, people: People, briefing: Course) -> None:
    plain = replace(briefing, quiz=None)
    read(database, people.bob.id, plain, *steps(plain))
    assert kinds(database, people.bob.id) == [FactKind.READ, FactKind.COMPLETED, FactKind.AWARDED]
    with database() as session:
        ((item, held),) = certificates.of_person(session, people.bob.id)
        assert (item, held.result, held.holder_name) == (plain.slug, "Read", people.bob.name)


def test_two_windows_on_the_last_two_boxes_write_the_reading_down_once(database: Database, people: People, briefing: Course) -> None:
    plain = replace(briefing, quiz=None)
    *before, one, other = steps(plain)
    read(database, people.bob.id, plain, *before)
    start = threading.Barrier(8)

    def press(name: str) -> None:
        start.wait()
        read(database, people.bob.id, plain, name)

    threads = [threading.Thread(target=press, args=((one, other)[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(database, people.bob.id) == [FactKind.READ, FactKind.COMPLETED, FactKind.AWARDED]


def test_questions_along_the_way_need_not_be_answered(database: Database, people: People, course: Course) -> None:
    read(database, people.bob.id, course, *(f"{unit.id}/{screen.id}" for unit, screen in course.screens()))
    assert kinds(database, people.bob.id) == [FactKind.READ]
    with database() as session:
        reading.require_read(session, people.bob.id, course)


def test_the_quiz_opens_when_all_is_read(database: Database, people: People, briefing: Course) -> None:
    read(database, people.bob.id, briefing, *steps(briefing)[:-1])
    with database() as session, pytest.raises(Refused, match="read every part"):
        reading.require_read(session, people.bob.id, briefing)


def test_joining_counts_what_this_browser_has_just_read(database: Database, people: People, briefing: Course) -> None:
    with database() as session, writing(session):
        for name in steps(briefing):
            reading.go_on_as_visitor(session, "browser", briefing, name, NOW)
        reading.go_on_as_visitor(session, "somebody else", briefing, steps(briefing)[0], NOW)
    with database() as session, writing(session):
        reading.take_over(session, people.bob.id, "browser", {briefing.slug: briefing}, NOW + timedelta(hours=1), ZONE)
    assert kinds(database, people.bob.id) == [FactKind.READ]
    with database() as session, writing(session):
        reading.take_over(session, people.omar.id, "browser", {briefing.slug: briefing}, NOW + timedelta(hours=2), ZONE)
        assert learning.seen_steps(session, people.omar.id, briefing.slug) == frozenset(), "it counts for one person"


def test_what_has_changed_since_it_was_read_is_not_taken_over(database: Database, people: People, briefing: Course) -> None:
    with database() as session, writing(session):
        reading.go_on_as_visitor(session, "browser", replace(briefing, version="older"), steps(briefing)[0], NOW)
        reading.take_over(session, people.bob.id, "browser", {briefing.slug: briefing}, NOW, ZONE)
        assert learning.seen_steps(session, people.bob.id, briefing.slug) == frozenset()


# ---- On what it was begun ----------------------------------------------------------------------------------------------

def begun_on(database: Database) -> dict[str, str | None]:
    with database() as session:
        return {row.step: row.begun_on for row in session.scalars(select(learning.StepRow))}


def go_on(database: Database, person_id: int, course: Course, device: str, *names: str) -> None:
    for name in names:
        with database() as session, writing(session):
            reading.go_on(session, person_id, course, name, NOW, ZONE, device=device)


def test_the_device_is_kept_with_the_first_step_and_no_other(database: Database, people: People, briefing: Course) -> None:
    first, second, third = steps(briefing)[:3]
    go_on(database, people.bob.id, briefing, "phone", second)
    go_on(database, people.bob.id, briefing, "computer", first, third, second)
    assert begun_on(database) == {second: "phone", first: None, third: None}


def test_in_a_later_version_it_is_begun_anew(database: Database, people: People, briefing: Course) -> None:
    first, second = steps(briefing)[:2]
    go_on(database, people.bob.id, briefing, "phone", first, second)
    go_on(database, people.bob.id, replace(briefing, version="later"), "computer", first)
    assert begun_on(database) == {first: "computer", second: None}


def test_who_joins_afterwards_began_on_the_device_they_join_on(database: Database, people: People, briefing: Course) -> None:
    first, second = steps(briefing)[:2]
    with database() as session, writing(session):
        for name in (first, second):
            reading.go_on_as_visitor(session, "browser", briefing, name, NOW)
        reading.take_over(session, people.bob.id, "browser", {briefing.slug: briefing}, NOW, ZONE, "tablet")
    assert begun_on(database) == {first: "tablet", second: None}


def test_keeping_the_device_costs_no_statement(database: Database, people: People, briefing: Course) -> None:
    said = []
    for who, device in ((people.bob, None), (people.omar, "phone")):
        with database() as session, traced(session.get_bind().engine) as statements, writing(session):
            reading.go_on(session, who.id, briefing, steps(briefing)[0], NOW, ZONE, device=device)
        said.append(len(statements))
    assert said[0] == said[1] > 0

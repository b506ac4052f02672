"""Every page of a signed-in person says how long the session lasts, and a press keeps it: nobody is cut off without a word."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import sessions
from elearn.records.db import writing
from elearn.records.people import Profile
from elearn.records.sessions import PRIVILEGED_IDLE, PRIVILEGED_LONGEST, SessionRow
from elearn.rules.access import Person
from elearn.web.guard import SEEN_EVERY
from elearn.web.staying import left
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

NOW = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BOB = Person(1, "Bob", 1, 1)
PROFILE = Profile(1, "Bob", "bob@example.org", "", "", 1, "Team", 1, "Agency", NOW.date(), None, False, False, False)


@pytest.mark.parametrize(
    ("seen", "ends", "said"),
    [
        (NOW, NOW + 12 * HOUR, "7200 43200"),
        (NOW - MINUTE, NOW + 12 * HOUR, "7140 43200"),
        (NOW - SEEN_EVERY, NOW + 12 * HOUR, "6900 43200"),
        (NOW - SEEN_EVERY - MINUTE, NOW + 12 * HOUR, "7200 43200"),  # noted anew with this page
        (NOW, NOW + HOUR, "3600 3600"),
        (NOW, NOW, "0 0"), (NOW, NOW - MINUTE, "0 0"),
    ],
)
def test_what_is_left_is_counted_from_when_the_session_was_last_noted_and_never_past_its_end(seen: datetime, ends: datetime, said: str) -> None:
    assert left(sessions.Live(1, BOB, PROFILE, seen, NOW, 120, 2 * HOUR, ends), NOW) == said


def told(page: Page) -> tuple[int, int]:
    found = re.fullmatch(r'left;desc="(\d+) (\d+)"', page.response.headers.get("Server-Timing", ""))
    assert found, "nothing says how long the session lasts"
    return int(found[1]), int(found[2])


def test_a_page_says_how_long_its_session_lasts(browse: Browse, people: People) -> None:
    idle, last = told(browse(people.bob).get("/my"))
    assert 7190 <= idle <= 7200 and 43190 <= last <= 43200
    idle, last = told(browse(people.ada).get("/office"))
    assert idle <= PRIVILEGED_IDLE.total_seconds() < idle + 10 and last <= PRIVILEGED_LONGEST.total_seconds() < last + 10


def test_a_visitor_is_told_nothing(browse: Browse) -> None:
    assert "Server-Timing" not in browse(None).get("/").response.headers


def test_what_is_no_page_says_nothing_of_it(browse: Browse, people: People) -> None:
    assert "Server-Timing" not in browse(people.alice).download(f"/team/{people.team_id}.csv").headers


def long_unused(records: Records, who: Who, by: timedelta) -> None:
    with records() as session, writing(session):
        session.execute(update(SessionRow).where(SessionRow.person_id == who.id).values(seen=clock.now() - by))


def seen(records: Records, who: Who) -> datetime:
    with records() as session:
        return session.query(SessionRow).filter_by(person_id=who.id).one().seen


def test_staying_starts_the_time_again_and_tells_a_script_how_long(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get("/my")
    long_unused(records, people.bob, 4 * MINUTE)  # so lately that an ordinary page would not note it
    answer = page.client.post("/account/stay", data={"csrf": page.token}, headers={"Accept": "application/json"})
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    assert int(answer.get_json()["left"].split()[0]) > 7190
    assert clock.now() - seen(records, people.bob) < MINUTE


def test_a_disk_that_takes_nothing_more_stops_nobody_from_reading(
    browse: Browse, people: People, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browse(people.bob).get("/my")
    long_unused(records, people.bob, SEEN_EVERY + MINUTE)

    def refuse(*_: object) -> None:
        raise OperationalError("UPDATE session", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(sessions, "touch", refuse)
    page.get("/my").get("/learn")
    assert clock.now() - seen(records, people.bob) > SEEN_EVERY, "it was not noted, and will be with a later page"


def test_staying_without_scripts_leads_back_to_the_page(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get("/learn?q=neglect")
    long_unused(records, people.bob, 4 * MINUTE)
    fields = page.form("/display").fill({}, "Leave quickly")
    answer = page.client.post("/account/stay", data=dict(fields))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/learn?q=neglect")
    assert clock.now() - seen(records, people.bob) < MINUTE


def test_staying_comes_too_late_for_a_session_that_has_ended(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get("/my")
    long_unused(records, people.bob, 3 * HOUR)
    assert page.client.post("/account/stay", data={"csrf": page.token}, headers={"Accept": "application/json"}).status_code == 401
    assert page.client.post("/account/stay", data={"csrf": page.token}).headers["Location"].startswith("/account/sign-in")
    assert clock.now() - seen(records, people.bob) > 2 * HOUR


def test_staying_never_makes_a_session_longer_than_the_longest(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get("/my")
    with records() as session, writing(session):
        session.execute(update(SessionRow).where(SessionRow.person_id == people.bob.id).values(ends=clock.now() + MINUTE))
    answer = page.client.post("/account/stay", data={"csrf": page.token}, headers={"Accept": "application/json"})
    idle, last = map(int, answer.get_json()["left"].split())
    assert idle == last <= 60

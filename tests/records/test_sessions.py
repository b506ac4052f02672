"""Sessions end when they should, links work once, tallies count, and drafts reach their owner alone."""
from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from elearn.records import sessions
from elearn.records.db import writing
from tests import builders
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def people(database: Database) -> People:
    with database() as session, writing(session):
        return builders.everybody(session, NOW)


def open_for(database: Database, person_id: int, secret: str = "secret", now: datetime = NOW) -> None:
    with database() as session, writing(session):
        sessions.open_session(session, secret, person_id, now, 2 * HOUR, 12 * HOUR, "Firefox")


def live(database: Database, secret: str, now: datetime) -> sessions.Live | None:
    with database() as session:
        return sessions.live(session, secret, now)


def test_a_session_knows_its_person_and_the_teams_they_manage_today(database: Database, people: People) -> None:
    with database() as session, writing(session):
        builders.manager(session, people.alice, people.other_team_id, NOW, since=timedelta(days=9), until=NOW - timedelta(days=1))
        builders.manager(session, people.alice, people.far_team_id, NOW, since=timedelta(days=-1))
    open_for(database, people.alice.id)
    found = live(database, "secret", NOW)
    assert found is not None
    assert found.person == people.alice.person
    assert found.person.manages == {people.team_id}


def test_a_session_says_how_long_it_lasts_for_what_its_person_may_do(database: Database, people: People) -> None:
    for who, unused, longest in ((people.bob, 2 * HOUR, 12 * HOUR), (people.ada, sessions.PRIVILEGED_IDLE, sessions.PRIVILEGED_LONGEST)):
        open_for(database, who.id, who.name)
        found = live(database, who.name, NOW)
        assert found is not None and (found.unused, found.ends) == (unused, NOW + longest)


def test_the_secret_itself_is_nowhere_in_the_database(database: Database, people: People) -> None:
    open_for(database, people.bob.id, "do-not-keep-me")
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM session WHERE secret LIKE '%do-not-keep-me%'")) == 0


@pytest.mark.parametrize(
    ("seen", "asked", "holds"),
    [
        (timedelta(0), 2 * HOUR - timedelta(seconds=1), True), (timedelta(0), 2 * HOUR, False),
        (11 * HOUR, 12 * HOUR - timedelta(seconds=1), True), (11 * HOUR, 12 * HOUR, False),
    ],
)
def test_a_session_ends_when_idle_and_after_the_longest_time_however_busy(
    database: Database, people: People, seen: timedelta, asked: timedelta, holds: bool
) -> None:
    open_for(database, people.bob.id)
    found = live(database, "secret", NOW)
    assert found is not None
    with database() as session, writing(session):
        sessions.touch(session, found.id, NOW + seen)
    assert (live(database, "secret", NOW + asked) is not None) is holds


@pytest.mark.parametrize(
    ("touched", "asked", "holds"),
    [
        (timedelta(0), timedelta(minutes=29), True), (timedelta(0), timedelta(minutes=30), False),
        (8 * HOUR - timedelta(minutes=9), 8 * HOUR - timedelta(minutes=1), True), (8 * HOUR - timedelta(minutes=9), 8 * HOUR, False),
    ],
)
def test_whoever_comes_to_manage_a_team_has_the_shorter_session_from_that_moment(
    database: Database, people: People, touched: timedelta, asked: timedelta, holds: bool
) -> None:
    open_for(database, people.bob.id)
    found = live(database, "secret", NOW)
    assert found is not None
    with database() as session, writing(session):
        builders.manager(session, people.bob, people.other_team_id, NOW)
        sessions.touch(session, found.id, NOW + touched)
    assert (live(database, "secret", NOW + asked) is not None) is holds


@pytest.mark.parametrize("column", ["suspended", "left"])
def test_someone_suspended_or_gone_is_out_at_once(database: Database, people: People, column: str) -> None:
    open_for(database, people.bob.id)
    at = "2026-05-26 00:00:00" if column == "suspended" else "2026-05-26"
    with database() as session, writing(session):
        session.execute(text(f'UPDATE person SET "{column}" = :at WHERE id = :id'), {"at": at, "id": people.bob.id})
    assert live(database, "secret", NOW) is None


def test_an_ended_session_stays_ended_even_if_a_page_was_still_loading(database: Database, people: People) -> None:
    open_for(database, people.bob.id)
    found = live(database, "secret", NOW)
    assert found is not None
    with database() as session, writing(session):
        assert not sessions.end(session, found.id, people.omar.id, NOW), "somebody else’s session"
        assert sessions.end(session, found.id, people.bob.id, NOW)
        assert not sessions.end(session, found.id, people.bob.id, NOW)
        sessions.touch(session, found.id, NOW + HOUR)
    assert live(database, "secret", NOW + HOUR) is None
    with database() as session:
        assert sessions.owner_of_ended(session, "secret", NOW) is None, "ended on purpose: nothing is kept for it"


def test_signing_out_everywhere_can_spare_the_session_in_hand(database: Database, people: People) -> None:
    for secret in ("one", "two", "three"):
        open_for(database, people.bob.id, secret)
    open_for(database, people.omar.id, "omar")
    keep = live(database, "two", NOW)
    assert keep is not None
    with database() as session, writing(session):
        sessions.end_all(session, people.bob.id, NOW, but=keep.id)
        assert [one.id for one in sessions.listed(session, people.bob.id, NOW)] == [keep.id]
    assert live(database, "omar", NOW) is not None
    assert live(database, "one", NOW) is None


def test_what_ran_out_by_itself_still_has_an_owner_for_drafts(database: Database, people: People) -> None:
    open_for(database, people.bob.id)
    with database() as session:
        assert sessions.owner_of_ended(session, "secret", NOW + timedelta(days=7)) == people.bob.id
        assert sessions.owner_of_ended(session, "guessed", NOW) is None
        assert sessions.owner_of_ended(session, "secret", NOW + timedelta(days=8)) is None, "an old cookie someone found"


def test_a_draft_is_handed_to_its_owner_once_and_not_after_a_week(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.keep_draft(session, people.bob.id, "/old", {"a": ["0"]}, NOW - timedelta(days=8))
        sessions.keep_draft(session, people.bob.id, "/quiz/1/2", {"q-a": ["one", "two"]}, NOW)
    with database() as session, writing(session):
        assert sessions.take_drafts(session, people.omar.id, NOW) == []
        assert sessions.take_drafts(session, people.bob.id, NOW) == [("/quiz/1/2", {"q-a": ["one", "two"]})]
    with database() as session, writing(session):
        assert sessions.take_drafts(session, people.bob.id, NOW) == []


def test_a_draft_is_handed_out_once_to_many_who_come_at_the_same_moment(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.keep_draft(session, people.bob.id, "/quiz/1/2", {"q-a": ["one"]}, NOW)
    start, got = threading.Barrier(6), []

    def take() -> None:
        start.wait()
        with database() as session, writing(session):
            got.append(len(sessions.take_drafts(session, people.bob.id, NOW)))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0, 0, 0, 0, 0, 1]


def test_a_link_works_once_for_its_purpose_and_until_it_expires(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.make_link(session, "link", "sign-in", people.bob.id, NOW, HOUR, next="/my")
    with database() as session, writing(session):
        assert sessions.link(session, "link", "reset", NOW) is None
        assert sessions.link(session, "link", "sign-in", NOW + HOUR) is None
        found = sessions.link(session, "link", "sign-in", NOW)
        assert found is not None
        assert found.facts == {"next": "/my"}
        assert sessions.use_link(session, found.id, NOW)
        assert not sessions.use_link(session, found.id, NOW)
    with database() as session:
        assert sessions.link(session, "link", "sign-in", NOW) is None


def test_a_newer_link_puts_the_older_one_out_of_use(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.make_link(session, "old", "reset", people.bob.id, NOW, HOUR)
        sessions.make_link(session, "other", "sign-in", people.bob.id, NOW, HOUR)
        sessions.make_link(session, "new", "reset", people.bob.id, NOW, HOUR)
    with database() as session:
        assert sessions.link(session, "old", "reset", NOW) is None
        assert sessions.link(session, "new", "reset", NOW) is not None
        assert sessions.link(session, "other", "sign-in", NOW) is not None


def test_a_link_clicked_by_many_at_once_lets_one_in(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.make_link(session, "link", "sign-in", people.bob.id, NOW, HOUR)
    with database() as session:
        link = sessions.link(session, "link", "sign-in", NOW)
        assert link is not None
    got: list[bool] = []
    start = threading.Barrier(10)

    def click() -> None:
        start.wait()
        with database() as session, writing(session):
            got.append(sessions.use_link(session, link.id, NOW))

    threads = [threading.Thread(target=click) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 9 + [True]


@pytest.mark.parametrize("first", [timedelta(minutes=minute) for minute in (0, 11, 12, 13, 30, 59)], ids=str)
def test_no_stretch_of_a_window_forgets_a_try_wherever_it_begins(database: Database, first: timedelta) -> None:
    """Otherwise twice as many could be made where one window ends and the next begins."""
    with database() as session, writing(session):
        for _ in range(10):
            sessions.count(session, "sign-in:bob", NOW + first, HOUR)
        for after in (timedelta(0), timedelta(minutes=2), HOUR / 2, HOUR - timedelta(seconds=1)):
            assert sessions.tally(session, "sign-in:bob", NOW + first + after, HOUR) == 10, after
        assert sessions.count(session, "sign-in:bob", NOW + first + HOUR, HOUR) in {1, 11}
        assert sessions.tally(session, "sign-in:bob", NOW + first + HOUR + HOUR / sessions.PARTS, HOUR) == 1


def test_what_still_counts_is_not_tidied_away(database: Database) -> None:
    with database() as session, writing(session):
        sessions.count(session, "sign-in:bob", NOW, HOUR)
        sessions.tidy(session, NOW + HOUR - timedelta(seconds=1))
        assert sessions.tally(session, "sign-in:bob", NOW + HOUR - timedelta(seconds=1), HOUR) == 1


def test_tries_at_the_same_moment_are_all_counted(database: Database) -> None:
    counts: list[int] = []
    start = threading.Barrier(10)

    def guess() -> None:
        start.wait()
        with database() as session, writing(session):
            counts.append(sessions.count(session, "sign-in:bob", NOW, HOUR))

    threads = [threading.Thread(target=guess) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(1, 11))
    with database() as session, writing(session):
        assert sessions.tally(session, "sign-in:bob", NOW, HOUR) == 10
        after = NOW + HOUR + HOUR / sessions.PARTS
        assert sessions.tally(session, "sign-in:bob", after, HOUR) == 0, "all is forgotten a window and a part later"
        sessions.clear_tally(session, "sign-in:bob")
        assert sessions.tally(session, "sign-in:bob", NOW, HOUR) == 0
        assert session.scalar(text("SELECT count(*) FROM tally WHERE key LIKE '%bob%'")) == 0


def test_a_browser_is_known_for_one_person_only(database: Database, people: People) -> None:
    for turn in range(2):
        with database() as session, writing(session):
            sessions.know_device(session, "device", people.bob.id, NOW + turn * HOUR)
    with database() as session:
        assert sessions.knows_device(session, "device", people.bob.id)
        assert not sessions.knows_device(session, "device", people.omar.id)
        assert session.scalar(text("SELECT count(*) FROM device")) == 1


def test_tidying_forgets_what_is_of_no_more_use_and_nothing_else(database: Database, people: People) -> None:
    open_for(database, people.bob.id, "old", NOW - timedelta(days=120))
    open_for(database, people.bob.id, "new")
    with database() as session, writing(session):
        sessions.make_link(session, "stale", "reset", people.omar.id, NOW - timedelta(days=40), HOUR)
        sessions.make_link(session, "good", "reset", people.bob.id, NOW, HOUR)
        sessions.make_link(session, "for nobody", "reset", None, NOW - 2 * HOUR, HOUR)
        sessions.make_link(session, "to join", "join", None, NOW - 2 * HOUR, HOUR)
        sessions.count(session, "a", NOW - timedelta(days=1), HOUR)
        sessions.count(session, "b", NOW, HOUR)
        sessions.keep_draft(session, people.bob.id, "/old", {}, NOW - timedelta(days=8))
        sessions.keep_draft(session, people.bob.id, "/new", {}, NOW)
        sessions.tidy(session, NOW)
    with database() as session:
        left = {name: session.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("session", "link", "tally", "draft")}
    assert left == {"session": 1, "link": 2, "tally": 1, "draft": 1}
    assert live(database, "new", NOW) is not None

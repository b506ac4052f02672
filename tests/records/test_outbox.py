"""Jobs: asked for in the same breath as the act, held by one worker at a time, done once, put off after an error."""
from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn.jobs.worker import Worker, run_due
from elearn.records import outbox
from elearn.records.db import writing
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def post(database: Database, *names: str, key: str | None = None) -> None:
    with database() as session, writing(session):
        for name in names:
            outbox.post(session, name, NOW, unique_key=key, to=name)


def lease(database: Database, now: datetime = NOW) -> outbox.Job | None:
    with database() as session, writing(session):
        return outbox.lease(session, now)


def test_a_job_is_posted_with_the_act_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database() as session, writing(session):
        outbox.post(session, "mail", NOW)
        raise ZeroDivisionError
    assert lease(database) is None


def test_the_same_request_made_twice_is_one_job(database: Database) -> None:
    post(database, "print", key="print:A")
    post(database, "print", key="print:A")
    post(database, "print", key="print:B")
    post(database, "mail", "mail")
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM job")) == 4


def test_a_leased_job_is_nobody_elses_until_the_lease_is_over(database: Database) -> None:
    post(database, "mail")
    first = lease(database)
    assert first is not None
    assert (first.name, first.facts, first.tries) == ("mail", {"to": "mail"}, 1)
    assert lease(database, NOW + outbox.LEASE) is None
    again = lease(database, NOW + outbox.LEASE + timedelta(seconds=1))
    assert again is not None, "a worker that died gives its job back"
    assert (again.id, again.tries) == (first.id, 2)


def test_jobs_are_taken_in_the_order_they_fell_due_and_never_early(database: Database) -> None:
    post(database, "second", "third")
    with database() as session, writing(session):
        outbox.post(session, "first", NOW - timedelta(hours=1))
        outbox.post(session, "tomorrow", NOW + timedelta(days=1))
    taken = [job.name for _ in range(4) if (job := lease(database))]
    assert taken == ["first", "second", "third"]


def test_what_a_finished_job_was_told_is_forgotten(database: Database) -> None:
    post(database, "mail")
    assert run_due(database, {"mail": lambda _, to: None}, lambda: NOW) == 1
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM job WHERE done IS NOT NULL AND CAST(facts AS text) = '{}'")) == 1
        assert not outbox.waiting(session, NOW + timedelta(days=1))


def test_an_error_puts_off_one_job_and_leaves_the_others_alone(database: Database) -> None:
    done: list[str] = []

    def broken(_: Callable[[], Session], to: str) -> None:
        raise OSError("no route to mail server")

    def sound(_: Callable[[], Session], to: str) -> None:
        done.append(to)

    post(database, "broken", "sound")
    assert run_due(database, {"broken": broken, "sound": sound}, lambda: NOW) == 1
    assert done == ["sound"]
    with database() as session:
        assert session.scalar(text("SELECT error FROM job WHERE name = 'broken'")) == "OSError: no route to mail server"
        assert not outbox.waiting(session, NOW + timedelta(seconds=19))
        assert outbox.waiting(session, NOW + timedelta(seconds=21))


def test_a_job_that_never_works_is_given_up_and_seen(database: Database) -> None:
    post(database, "broken")
    now = NOW
    for _ in range(outbox.MOST_TRIES + 3):
        run_due(database, {}, lambda: now)  # noqa: B023  (called at once)
        now += timedelta(hours=2)
    with database() as session:
        assert outbox.stuck(session) == 1
        assert session.scalar(text("SELECT tries FROM job")) == outbox.MOST_TRIES


def test_a_worker_killed_after_the_work_leaves_a_job_that_is_done_again(database: Database) -> None:
    """Work cut off between lease and finish is never lost; that is why jobs must be harmless to do twice."""
    did: list[str] = []

    def killed(_: Callable[[], Session], to: str) -> None:
        did.append(to)
        raise KeyboardInterrupt

    post(database, "mail")
    with pytest.raises(KeyboardInterrupt):
        run_due(database, {"mail": killed}, lambda: NOW)
    later = NOW + outbox.LEASE + timedelta(seconds=1)
    assert run_due(database, {"mail": lambda _, to: did.append(to)}, lambda: NOW) == 0
    assert run_due(database, {"mail": lambda _, to: did.append(to)}, lambda: later) == 1
    assert run_due(database, {"mail": lambda _, to: did.append(to)}, lambda: later) == 0
    assert did == ["mail", "mail"]


def test_four_workers_never_do_one_job_twice(database: Database) -> None:
    names = [f"job{n}" for n in range(40)]
    post(database, *names)
    did: list[str] = []
    start = threading.Barrier(4)
    jobs: dict[str, Any] = {name: lambda _, to: did.append(to) for name in names}

    def work() -> None:
        start.wait()
        run_due(database, jobs, lambda: NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(did) == sorted(names)


def test_the_worker_finishes_what_it_has_in_hand_when_told_to_stop(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elearn.jobs.worker.LOOK_EVERY", 0.001)
    begun, go_on, did = threading.Event(), threading.Event(), []

    def slow(_: Callable[[], Session], to: str) -> None:
        begun.set()
        go_on.wait(5)
        did.append(to)

    with database() as session, writing(session):
        outbox.post(session, "slow", datetime(2020, 1, 1, tzinfo=UTC), to="x")
    worker = Worker(database, {"slow": slow})
    worker.start()
    assert begun.wait(5)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    go_on.set()
    stopper.join()
    assert did == ["x"]
    assert not worker.is_alive()


def test_what_was_done_long_ago_is_forgotten_and_what_waits_or_was_given_up_stays(database: Database) -> None:
    post(database, "old", "young", "waits", "given up")
    with database() as session, writing(session):
        for name, change in (
            ("old", {"done": NOW - outbox.KEEP - timedelta(seconds=1)}), ("young", {"done": NOW - outbox.KEEP}),
            ("given up", {"given_up": NOW - 2 * outbox.KEEP}),
        ):
            session.query(outbox.JobRow).filter_by(name=name).update(dict(change))
        outbox.tidy(session, NOW)
    with database() as session:
        assert {row.name for row in session.query(outbox.JobRow)} == {"young", "waits", "given up"}

"""What waits is done: messages reach the post with the site's own facts, and nothing of them stays behind."""
from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from elearn.actions import Refused, accounts
from elearn.actions.accounts import Came
from elearn.documents.printer import Printer
from elearn.jobs import jobs
from elearn.jobs.worker import Worker, run_due
from elearn.mail.send import NotSent
from elearn.records import outbox, sessions, tenancy
from elearn.records.db import Busy, writing
from elearn.records.outbox import JobRow
from elearn.records.tenancy import LocalContact, Partnership
from tests import builders
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CAME = Came("device", "192.0.2.1")
URL = "https://learn.example"


class Box:
    """Keeps what is sent, or cannot be reached."""

    def __init__(self, works: bool = True) -> None:
        self.works, self.sent = works, list[tuple[str, str, Mapping[str, str]]]()

    def send(self, to: str, template: str, facts: Mapping[str, str]) -> None:
        if not self.works:
            raise NotSent("the mail server answered 451")
        self.sent.append((to, template, facts))


@pytest.fixture
def people(database: Database) -> People:
    with database() as session, writing(session):
        return builders.everybody(session, NOW)


@pytest.fixture
def asked(database: Database, people: People) -> People:
    """Bob has asked for a link."""
    with database() as session, writing(session):
        tenancy.save_partnership(session, Partnership("Westmere", "Learning Zone", "WM7", "Europe/London", "https://example.org"))
        for agency, number in ((None, "01632 960 001"), (people.agency_id, "01632 960 002")):
            tenancy.save_contact(session, LocalContact("childrens-services", agency, "Front door", number, "", NOW.date()), None, NOW)
        accounts.send_sign_in(session, people.bob.email, CAME, NOW)
    return people


def work(database: Database, box: Box, now: datetime = NOW) -> int:
    return run_due(database, jobs(Printer(), box, URL), lambda: now)


def row(session: Session) -> JobRow:
    return session.scalars(select(JobRow)).one()


def test_a_message_is_sent_once_with_a_link_at_our_own_address_and_then_forgotten(database: Database, asked: People) -> None:
    box = Box()
    assert work(database, box) == 1 and work(database, box) == 0
    [(to, template, facts)] = box.sent
    assert (to, template) == (asked.bob.email, "sign-in")
    assert facts["link"].startswith(f"{URL}/account/link/") and facts["life"] == "15 minutes"
    assert (facts["site_name"], facts["partnership"], facts["helpline"]) == ("Learning Zone", "Westmere", "01632 960 001")
    secret = facts["link"].rpartition("/")[2]
    with database() as session:
        assert row(session).facts == {} and row(session).done == NOW
        assert accounts.look(session, secret, NOW) is not None
        everything = json.dumps([list(map(str, found)) for found in session.execute(select(JobRow.__table__))])
    assert secret not in everything and asked.bob.email not in everything


def test_what_was_posted_for_nobody_goes_nowhere_and_the_link_in_it_lets_nobody_in(database: Database, people: People) -> None:
    with database() as session, writing(session):
        accounts.send_sign_in(session, "nobody-here@westmere.example", CAME, NOW)
        secret = row(session).facts["path"].rpartition("/")[2]
    box = Box()
    assert work(database, box) == 1 and box.sent == []
    with database() as session, writing(session):
        assert row(session).done == NOW
        with pytest.raises(Refused):
            accounts.use(session, secret, NOW, UTC)


def test_when_the_mail_server_is_away_the_message_waits_and_neither_log_nor_error_names_anyone(
    database: Database, asked: People, caplog: pytest.LogCaptureFixture
) -> None:
    assert work(database, Box(works=False)) == 0
    with database() as session:
        waits = row(session)
        assert waits.error == "NotSent: the mail server answered 451" and waits.facts and waits.done is None
        secret = waits.facts["path"].rpartition("/")[2]
    assert asked.bob.email not in caplog.text and secret not in caplog.text
    box = Box()
    assert work(database, box) == 0, "not at once"
    assert work(database, box, NOW + timedelta(minutes=1)) == 1 and len(box.sent) == 1


def test_what_is_of_no_more_use_is_tidied_away(database: Database, people: People) -> None:
    with database() as session, writing(session):
        sessions.count(session, "a", NOW - timedelta(days=2), timedelta(hours=1))
        outbox.post(session, "tidy", NOW)
    assert work(database, Box()) == 1
    with database() as session:
        assert session.scalars(select(sessions.TallyRow)).all() == []


@pytest.mark.parametrize("trouble", [Busy(), OperationalError("select", {}, Exception("database is locked")), OSError("too many files")])
def test_the_worker_outlives_a_full_disk_a_long_wait_and_whatever_else_a_look_meets(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("elearn.jobs.worker.LOOK_EVERY", 0.001)
    caplog.set_level(logging.WARNING)
    looks, enough = [0], threading.Event()

    def look() -> None:
        looks[0] += 1
        if looks[0] > 3:
            enough.set()
        raise trouble

    def never() -> Any:
        raise AssertionError("nothing is opened when the look itself did not work")

    worker = Worker(never, {}, (look,))
    worker.start()
    assert enough.wait(5)
    worker.stop()
    assert not worker.is_alive() and "jobs wait" in caplog.text

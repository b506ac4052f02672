"""The door of a gated tool: what it says when it is shut, and that it opens only for the trained."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import attendance, evidence
from elearn.records import live, tenancy
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from tests.builders import People, Who
from tests.page import Page, words

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

LONDON = ZoneInfo("Europe/London")
ADDRESS = "https://tools.westmere.example/gcp2"


def learn(app: Flask, records: Records, who: Who) -> None:
    course = app.extensions["catalogue"].courses["child-abuse-and-neglect"]
    with records() as session, writing(session):
        evidence.complete(session, who.id, course, clock.now(), LONDON, FactKind.COMPLETED, who.id, "Passed", via="quiz")


def attend(app: Flask, records: Records, who: Who, trainer: Who) -> None:
    course, now = app.extensions["catalogue"].courses["graded-care-profile-2"], clock.now()
    with records() as session, writing(session):
        id = attendance.open_register(session, trainer.person, course, (now - timedelta(days=1)).date(), "Town Hall", 360, now, LONDON)
        register = live.one(session, id)
        assert register is not None
        attendance.save(session, trainer.person, register, course, {who.id}, (), "", now, LONDON)


@pytest.fixture
def kept_at(app: Flask, records: Records, people: People) -> Iterator[str]:
    """The organisation has said where the tool is."""
    _set(app, records, people.ada, ADDRESS)
    yield ADDRESS
    _set(app, records, people.ada, "")


def _set(app: Flask, records: Records, who: Who, address: str) -> None:
    with records() as session, writing(session):
        tenancy.set_tool_address(session, "gcp2", address, bool(address), who.id, clock.now())
    app.extensions["tenancy"].forget()


def test_someone_untrained_is_told_which_steps_are_left_and_what_to_do_meanwhile(browse: Browse, people: People) -> None:
    page = browse(people.bob).get("/tools/gcp2", 403)
    page.says(
        "Locked for you, for now", "You’re two steps from the GCP2 tool", "0 of 2 done", "Do “Child abuse and neglect”",
        "Book a place on “Graded Care Profile 2”", "Don’t wait for a tool", "Alice O’Connor", "Not yet reviewed by a safeguarding professional",
    )
    assert page.link("Book a place") == "/learn/graded-care-profile-2"


def test_each_step_that_is_done_is_counted(app: Flask, browse: Browse, people: People, records: Records) -> None:
    learn(app, records, people.bob)
    page = browse(people.bob).get("/tools/gcp2", 403).says("You’re one step from the GCP2 tool", "1 of 2 done")
    page.get(page.link("See the certificate")).says("Child abuse and neglect")


def test_a_manager_is_led_from_each_step_that_is_done_to_the_line_that_says_so(
    app: Flask, browse: Browse, people: People, records: Records
) -> None:
    learn(app, records, people.bob)
    page = browse(people.alice).get(f"/team/people/{people.bob.id}")
    there = page.link("See where it was recorded").partition("#")[2]
    line, = [element for element in page.root.iter() if element.get("id") == there]
    assert "Passed the quiz of “Child abuse and neglect”" in words(line)


def test_the_trained_are_let_through_after_deciding_again(
    app: Flask, browse: Browse, people: People, records: Records, kept_at: str
) -> None:
    learn(app, records, people.bob)
    attend(app, records, people.bob, people.tess)
    page = browse(people.bob).get("/tools/gcp2").says("The GCP2 tool is open for you", "Attended on")
    form = page.form("/tools/gcp2/open")
    response = page.client.post("/tools/gcp2/open", data=dict(form.fill({}, None)))
    assert kept_at in response.get_data(as_text=True) + response.headers.get("Location", "") + response.headers.get("Refresh", "")


def test_the_address_is_never_on_the_page_of_someone_untrained(browse: Browse, people: People, kept_at: str) -> None:
    page = browse(people.bob).get("/tools/gcp2", 403)
    assert kept_at not in page.response.get_data(as_text=True)
    page.forge("/tools/gcp2/open", status=403)
    assert kept_at not in page.response.get_data(as_text=True)


def test_without_an_address_the_page_says_whom_to_ask(app: Flask, browse: Browse, people: People, records: Records) -> None:
    learn(app, records, people.bob)
    attend(app, records, people.bob, people.tess)
    browse(people.bob).get("/tools/gcp2").says("we don’t know where the tool is", "Ask the partnership").never_says("Say where it is kept")


def test_every_look_at_the_door_is_written_down(browse: Browse, people: People, records: Records) -> None:
    browse(people.bob).get("/tools/gcp2", 403)
    with records() as session:
        opened, reasons = session.execute(text("SELECT opened, reasons FROM gate_log WHERE person_id = :id"), {"id": people.bob.id}).one()
    assert not opened
    assert "no trainer has recorded it yet" in reasons


def test_a_tool_that_is_not_there_is_not_found(browse: Browse, people: People) -> None:
    browse(people.bob).get("/tools/nothing", 404)
    browse(None).get("/tools/gcp2").says("Sign in")

"""The front page and themes, help in a worry, how pages look, leaving quickly, and what machines ask for."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions.publishing import Catalogue
from elearn.records import tenancy
from elearn.records.db import Busy, writing
from elearn.records.tenancy import LocalContact
from elearn.rules.courses import Theme
from elearn.web.areas import site
from tests.builders import People
from tests.page import Page

Browse = Callable[..., Page]
Records = Callable[[], Session]

THEME = "2026-05-child-neglect"
MOST_STATEMENTS = 4
"""Partnership, contacts and tools, which are read anew every few seconds; and the session of someone signed in."""


@pytest.fixture
def content(app: Flask) -> Iterator[Catalogue]:
    """The catalogue, put back as it was after the test."""
    catalogue: Catalogue = app.extensions["catalogue"]
    before = catalogue.library
    yield catalogue
    catalogue.library = before


@pytest.fixture
def tenant(app: Flask, records: Records) -> Iterator[Callable[..., None]]:
    """Changes the partnership for one test: ``tenant(neutral_site=...)``."""

    def change(**facts: str) -> None:
        with records() as session, writing(session):
            tenancy.save_partnership(session, replace(tenancy.NEW, **facts))
        app.extensions["tenancy"].forget()

    yield change
    change()


@pytest.fixture
def numbers(app: Flask, records: Records) -> Iterator[Callable[..., None]]:
    """Fills in a local number for one test: ``numbers("childrens-services", "0306 999 0142")``."""
    kept: list[LocalContact] = []

    def fill(key: str, number: str, checked: date | None = None, agency_id: int | None = None, name: str = "") -> None:
        kept.append(LocalContact(key, agency_id, name or f"Westmere {key}", number, "", checked or clock.now().date()))
        _save(kept[-1])

    def _save(contact: LocalContact) -> None:
        with records() as session, writing(session):
            tenancy.save_contact(session, contact, None, clock.now())
        app.extensions["tenancy"].forget()

    yield fill
    for contact in kept:
        _save(replace(contact, number=""))


def _at(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(year, month, day, 12, tzinfo=UTC))


# ---- The theme of the month

def test_the_front_page_leads_to_the_briefing_of_the_theme(browse: Browse) -> None:
    page = browse(None).get("/")
    assert page.h1 == "Child neglect"
    page.says("Everything on child neglect", "Safer7 briefing, 7 minutes", "eLearning, about 60 minutes", "Seven minutes at a time")
    assert len(page.statements) <= MOST_STATEMENTS, page.statements
    assert page.link("Start the 7-minute briefing") == "/7/child-neglect"


def test_the_month_is_named_only_while_it_lasts(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    _at(monkeypatch, 2026, 5, 31)
    browse(None).get("/").says("Theme for May")
    browse(None).get(f"/themes/{THEME}").says("Theme for May")
    _at(monkeypatch, 2026, 6, 1)
    assert "May" not in browse(None).get("/").main
    browse(None).get(f"/themes/{THEME}").says("Theme for May 2026")
    _at(monkeypatch, 2027, 5, 1)
    assert "Theme for May" not in browse(None).get("/").main


def test_a_month_begins_where_the_partnership_is(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 4, 30, 23, 30, tzinfo=UTC))
    browse(None).get("/").says("Theme for May")


def test_a_theme_keeps_its_own_address_with_questions_for_a_team(browse: Browse) -> None:
    page = browse(None).get(f"/themes/{THEME}")
    page.says("Why this theme?", "To talk about in your team", "Which child, or kind of worry, have we got used to?")
    page.says("Everything on child neglect")


def test_a_theme_that_has_not_begun_is_not_there_yet(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    browse(None).get("/themes/none-such", 404)
    _at(monkeypatch, 2026, 4, 30)
    page = browse(None).get(f"/themes/{THEME}", 404)
    assert page.get("/").h1 != "Child neglect"


def test_older_themes_are_one_step_away(browse: Browse, content: Catalogue) -> None:
    first = content.themes[THEME]
    other = Theme(
        "2026-06-babies", "Babies who cry", date(2026, 6, 1), "icon", "Crying is hard.", "<p>Words</p>", ("none-such",),
        law_as_at=date(2026, 5, 1), review_due=date(2027, 5, 1),
    )
    content.library = replace(content.library, themes={first.slug: first, other.slug: other})
    page = browse(None).get("/")
    assert page.h1 == "Babies who cry"
    page.never_says("Everything on").get(f"/themes/{other.slug}").click("Child neglect")
    assert page.path == f"/themes/{THEME}"


def test_a_site_without_a_theme_or_anything_to_learn_still_says_what_it_is(browse: Browse, content: Catalogue) -> None:
    content.library = replace(content.library, themes={})
    browse(None).get("/").says("See everything there is", "Seven minutes at a time", "New here? Join your team")
    content.library = replace(content.library, courses={}, tools={})
    browse(None).get("/").says("Nothing to learn here yet").never_says("See everything there is", "Seven minutes at a time")


def test_a_team_code_is_carried_to_joining(browse: Browse) -> None:
    form = browse(None).get("/").form("/account/join")
    assert (form.method, "code" in form.names) == ("get", True)


def test_someone_signed_in_is_not_asked_to_join(people: People, browse: Browse) -> None:
    page = browse(people.bob).get("/").says("Hello, Bob Adeyemi").never_says("Join your team")
    assert page.link("Go to my learning") == "/my"


# ---- Help

def test_the_danger_panel_stands_even_when_no_number_is_known(browse: Browse, content: Catalogue) -> None:
    page = browse(None).get("/worried")
    page.says("A child in danger now? Call 999", "press 55", "18000", "NSPCC Helpline", "Your organisation has not filled this in yet")
    content.library = replace(content.library, contacts={})
    page.get("/worried").says("A child in danger now? Call 999", "Tell your safeguarding lead")
    page.says("Your organisation has not filled this in yet")
    page.get("/support").says("Call 999", "111")
    page.get("/help").says("ask your manager")
    assert "tel:999" in page.get("/worried").response.get_data(as_text=True)


def test_the_two_ways_to_tell_are_kept_apart(browse: Browse) -> None:
    browse(None).get("/worried").says("Worried about an adult who works with children?", "LADO")


def test_local_numbers_come_first_with_the_day_they_were_checked(browse: Browse, numbers: Callable[..., None]) -> None:
    numbers("safeguarding-lead", "0306 999 0101", name="Sarah Okafor")
    numbers("childrens-services", "0306 999 0142", clock.now().date() - timedelta(days=200))
    page = browse(None).get("/worried")
    page.says("Sarah Okafor 0306 999 0101", "0306 999 0142", "That is more than six months ago")
    assert page.main.index("0306 999 0101") < page.main.index("0808 800 5000")


def test_everyone_sees_the_numbers_of_their_own_agency(people: People, browse: Browse, numbers: Callable[..., None]) -> None:
    numbers("safeguarding-lead", "0306 999 0101", name="The partnership’s lead")
    numbers("safeguarding-lead", "0306 999 0555", agency_id=people.other_agency_id, name="Far away’s lead")
    browse(people.omar).get("/worried").says("0306 999 0555").never_says("0306 999 0101")
    browse(people.bob).get("/worried").says("0306 999 0101").never_says("0306 999 0555")


@pytest.mark.parametrize("path", ["/worried", "/support", "/help", "/accessibility", "/privacy"])
def test_help_is_open_to_everyone_and_never_says_opening_hours(people: People, browse: Browse, path: str) -> None:
    for who in (None, people.bob):
        page = browse(who).get(path).never_says("24 hours", "24/7", "9am", "Monday")
        assert len(page.statements) <= MOST_STATEMENTS, page.statements


def test_someone_to_talk_to(browse: Browse) -> None:
    browse(None).get("/support").says("Samaritans 116 123", "NAPAC", "Childline 0800 1111", "Checked on", "why you stopped")


def test_the_local_panel_can_stand_in_any_reading(app: Flask, numbers: Callable[..., None]) -> None:
    with app.test_request_context("/"):
        empty = app.jinja_env.filters["reading"]('<p>Call.</p><div class="contacts-here"></div>')
    assert "has not filled this in yet" in empty and "0808 800 5000" in empty and "contacts-here" not in empty
    for key in ("safeguarding-lead", "childrens-services", "out-of-hours"):
        numbers(key, "0306 999 0142")
    with app.test_request_context("/"):
        filled = app.jinja_env.filters["reading"]('<div class="contacts-here"></div>')
    assert "0306 999 0142" in filled and "has not filled" not in filled and "0808 800 5000" not in filled


# ---- How pages look

def test_contrast_and_text_size_are_kept_and_lead_back(browse: Browse) -> None:
    page = browse(None).get("/support")
    page.post("/display", press="Contrast")
    assert (page.path, page.root.get("data-theme")) == ("/support", "contrast")
    page.post("/display", press="Text")
    assert (page.root.get("data-theme"), page.root.get("data-text")) == ("contrast", "large")
    page.post("/display", press="Contrast")
    assert page.root.get("data-theme") is None and page.root.get("data-text") == "large"


@pytest.mark.parametrize("elsewhere", [
    "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\nSet-Cookie: a=b",
])
def test_changing_how_pages_look_leads_nowhere_else(browse: Browse, elsewhere: str) -> None:
    page = browse(None).get("/help")
    answer = page.client.post("/display", data={"csrf": page.token, "theme": "dark", "next": elsewhere})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


# ---- Leaving quickly

def test_leaving_ends_the_session_and_goes_to_another_site(people: People, browse: Browse, tenant: Callable[..., None]) -> None:
    tenant(neutral_site="https://weather.example/?a=1&b=2")
    page = browse(people.bob).get("/my")
    answer = page.client.post("/leave", data={"csrf": page.token})
    assert answer.status_code == 200
    assert answer.headers["Refresh"] == "0; url=https://weather.example/?a=1&b=2"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.get_data(as_text=True)
    assert 'href="https://weather.example/?a=1&amp;b=2"' in text
    assert not any(word in text.casefold() for word in ("learning", "safeguard", "child", "stylesheet"))
    page.client.set_cookie("elearn", page.secret or "")
    assert page.client.get("/my").status_code == 303, "the session itself is over, whoever holds its cookie"


def test_a_visitor_can_leave_too(browse: Browse) -> None:
    page = browse(None).get("/worried")
    answer = page.client.post("/leave", data={"csrf": page.token})
    assert (answer.status_code, answer.headers["Refresh"]) == (200, f"0; url={tenancy.NEW.neutral_site}")
    assert page.client.get("/leave").status_code == 405


@pytest.mark.parametrize("fault", [Busy(), OperationalError("UPDATE session", {}, Exception("disk is full"))])
def test_leaving_works_when_nothing_can_be_saved(people: People, browse: Browse, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def fail(*_: Any) -> None:
        raise fault

    page = browse(people.bob).get("/my")
    monkeypatch.setattr("elearn.web.areas.site.sessions.end", fail)
    answer = page.client.post("/leave", data={"csrf": page.token})
    assert answer.status_code == 200 and "Refresh" in answer.headers
    assert any(cookie.startswith("elearn=;") for cookie in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("address", [
    "javascript:alert(1)", "nonsense", "", "https://", "https://[", "https://a b.example", "https://a.example/\u2028x",
])
def test_leaving_never_leads_to_what_is_not_a_page(browse: Browse, tenant: Callable[..., None], address: str) -> None:
    tenant(neutral_site=address)
    page = browse(None).get("/help")
    assert page.client.post("/leave", data={"csrf": page.token}).headers["Refresh"] == f"0; url={tenancy.NEW.neutral_site}"


# ---- For machines

def test_health_says_ok_or_not_and_no_more(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    page = browse(None)
    assert page.download("/healthz").data == b"ok\n"

    def gone() -> None:
        raise OperationalError("SELECT 1", {}, Exception("could not connect to 10.0.0.7"))

    monkeypatch.setattr(site, "db", SimpleNamespace(session=gone))
    assert page.download("/healthz", 503).data == b"not ok\n"


def test_search_engines_are_kept_to_what_is_for_everyone(browse: Browse) -> None:
    lines = browse(None).download("/robots.txt").get_data(as_text=True).splitlines()
    assert lines[-1] == "Disallow: /" and "Allow: /7/" in lines
    assert not any(line.startswith("Allow: /c") for line in lines)


def test_whoever_finds_a_weakness_learns_whom_to_tell(browse: Browse) -> None:
    text = browse(None).download("/.well-known/security.txt").get_data(as_text=True)
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == "http://localhost/help#contact"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=100) < expires - clock.now() < timedelta(days=366)
    browse(None).get("/help").says("Contact the partnership")


def test_the_mark_is_where_browsers_look_for_it(browse: Browse) -> None:
    answer = browse(None).download("/favicon.ico")
    assert answer.mimetype == "image/svg+xml" and answer.data.startswith(b"<svg")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"

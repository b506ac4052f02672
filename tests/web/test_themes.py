"""Months of learning: their pages, the archive, the feed, and who sees how far each reached."""
from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from xml.etree import ElementTree as xml

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.actions.publishing import Catalogue
from elearn.records import resources
from elearn.records.db import writing
from elearn.rules.courses import Theme
from elearn.rules.evidence import FactKind
from elearn.rules.validity import local_day
from elearn.web.areas import themes
from elearn.web.items import GROUPS
from elearn.web.tenant import tenant
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[..., Page]
Records = Callable[[], Session]

THEME = "2026-05-child-neglect"
REACH = f"/themes/{THEME}/reach"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def content(app: Flask) -> Iterator[Catalogue]:
    """The catalogue, put back as it was after the test."""
    catalogue: Catalogue = app.extensions["catalogue"]
    before = catalogue.library
    yield catalogue
    catalogue.library = before


def _at(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(year, month, day, 12, tzinfo=UTC))


def _add(content: Catalogue, *more: Theme) -> None:
    content.library = replace(content.library, themes={**content.themes, **{theme.slug: theme for theme in more}})


def _theme(slug: str, title: str, updated: date | None = None) -> Theme:
    month = date.fromisoformat(f"{slug[:7]}-01")
    return Theme(
        slug, title, month, "icon", "Crying is hard & it ends.", "<p>Words</p>", ("child-neglect",), updated=updated,
        law_as_at=month, review_due=month,
    )


# ---- Pages

def test_everything_of_the_month_is_on_one_page(browse: Browse, content: Catalogue) -> None:
    page = browse(None).get(f"/themes/{THEME}")
    page.says("What reviews teach us", "To talk about in your team", *GROUPS, "We look again by 22 November 2027", "Not yet reviewed by a safeguarding professional")
    for slug in content.themes[THEME].items:
        assert any(link.endswith(f"/{slug}") for link in page.links()), slug


def test_a_reader_is_not_offered_what_is_for_people_who_lead(browse: Browse, people: People) -> None:
    for who in (None, people.bob, people.tess):
        browse(who).get(f"/themes/{THEME}").never_says("For people who lead")
    browse(people.alice).get(f"/themes/{THEME}").says("See how far this theme reached").never_says("Add your own reviews")
    browse(people.ada).get(f"/themes/{THEME}").says("See how far this theme reached", "Add your own reviews and pages")


def test_the_partnership_adds_its_own_reviews_and_pages(browse: Browse, people: People) -> None:
    page = browse(people.ada).get(f"/themes/{THEME}").click("Add your own reviews and pages")
    given = {"title": "A review from here", "address": "https://our.example/review", "text": "We looked at school days", "place": "review"}
    page.post(f"/office/links/{THEME}", given)
    page.post(f"/office/links/{THEME}", {"title": "Our neglect page", "address": "https://our.example/neglect", "text": "", "place": "more"})
    shown = browse(None).get(f"/themes/{THEME}").says("Reviews from our own area", "We looked at school days", "Our neglect page")
    assert shown.link("A review from here") == "https://our.example/review"


def test_links_cannot_be_added_to_a_month_that_has_not_begun(browse: Browse, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    page = browse(people.ada)
    monkeypatch.setattr(themes, "today", lambda: date(2026, 4, 30))
    page.get(f"/office/links/{THEME}", 404)
    page.get(REACH, 404)


def test_the_archive_has_every_month_that_has_begun_by_year(browse: Browse, content: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    _add(content, _theme("2025-11-babies", "Babies who cry"), _theme("2027-01-later", "Not yet begun"))
    _at(monkeypatch, 2026, 12, 31)
    page = browse(None).get("/themes").says("2026", "2025", "Babies who cry", "Child neglect").never_says("Not yet begun", "2027")
    assert page.main.index("2026") < page.main.index("2025")
    assert page.click("Child neglect").path == f"/themes/{THEME}"
    content.library = replace(content.library, themes={})
    browse(None).get("/themes").says("There is no theme yet")


# ---- The feed

def _feed(browse: Browse) -> xml.Element:
    response = browse(None).download("/themes/feed.atom")
    assert response.content_type == "application/atom+xml; charset=utf-8"
    return xml.fromstring(response.data)


def test_the_feed_has_what_rfc_4287_asks_of_a_feed_and_its_entries(browse: Browse, content: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    _add(content, _theme("2025-11-babies", "Babies & crying <3"), _theme("2027-01-later", "Not yet begun"))
    _at(monkeypatch, 2026, 12, 31)
    feed = _feed(browse)
    for one in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            [found] = one.findall(f"{ATOM}{name}")
            assert found.text
        assert datetime.fromisoformat(one.findtext(f"{ATOM}updated") or "").tzinfo is not None
        links = {link.get("rel"): link.get("href", "") for link in one.findall(f"{ATOM}link")}
        assert all(href.startswith("http://localhost/") for href in links.values()), "links are absolute"
        assert "alternate" in links
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}["self"] == "http://localhost/themes/feed.atom"
    assert [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")] == ["Child neglect", "Babies & crying <3"]
    ids = [one.text for one in feed.iter(f"{ATOM}id")]
    assert ids == ["tag:localhost,2026:themes", f"tag:localhost,2026:themes/{THEME}", "tag:localhost,2025:themes/2025-11-babies"]


def test_an_entry_is_new_again_only_on_the_day_its_author_names(browse: Browse, content: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def updated() -> list[str | None]:
        feed = _feed(browse)
        return [feed.findtext(f"{ATOM}updated"), feed.findtext(f"{ATOM}entry/{ATOM}updated")]

    content.library = replace(content.library, themes={"2026-05-x": _theme("2026-05-x", "X", updated=date(2026, 5, 18))})
    _at(monkeypatch, 2026, 5, 17)
    assert updated() == ["2026-05-01T00:00:00Z"] * 2
    _at(monkeypatch, 2026, 5, 18)
    assert updated() == ["2026-05-18T00:00:00Z"] * 2
    content.library = replace(content.library, themes={})
    assert _feed(browse).findall(f"{ATOM}entry") == []


def test_pages_of_themes_name_the_feed(browse: Browse) -> None:
    for path in ("/themes", f"/themes/{THEME}"):
        page = browse(None).get(path)
        [link] = [one for one in page.root.iter("link") if one.get("type") == "application/atom+xml"]
        assert (link.get("rel"), link.get("href")) == ("alternate", "/themes/feed.atom")


# ---- How far it reached

@pytest.fixture
def this_month(content: Catalogue, app: Flask) -> str:
    """The slug of a theme of the month it is now, with a course and a card."""
    with app.test_request_context():
        month = local_day(clock.now(), tenant().zone).replace(day=1)
    slug = f"{month:%Y-%m}-now"
    _add(content, replace(content.themes[THEME], slug=slug, title="Now", month=month, items=("child-abuse-and-neglect", "aces", "gcp2")))
    return slug


def _pass(records: Records, app: Flask, who: Who) -> None:
    with records() as session, writing(session), app.app_context():
        course = app.extensions["catalogue"].courses["child-abuse-and-neglect"]
        evidence.complete(session, who.id, course, clock.now(), tenant().zone, FactKind.COMPLETED, who.id, "Passed", via="quiz")


def test_a_manager_sees_the_reach_in_their_own_teams_only(browse: Browse, app: Flask, people: People, records: Records, this_month: str) -> None:
    for who in (people.bob, people.charlie, people.omar):
        _pass(records, app, who)
    with records() as session, writing(session):
        resources.mark_read(session, people.alice.id, "aces", "v", local_day(clock.now(), UTC), clock.now())
    page = browse(people.alice).get(f"/themes/{this_month}/reach")
    page.says("Your team", "2 of 4 people read or completed something", "Completed: 1 of 4").never_says("Team by team", "the tool")
    browse(people.charlie).get(f"/themes/{this_month}/reach").says("1 of 1 person read or completed something")
    browse(people.bob).get(f"/themes/{this_month}/reach", 403)
    browse(people.alice).get("/themes/none-such/reach", 404)


def _rows(page: Page, path: str) -> list[list[str]]:
    response = page.download(path)
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"]
    return list(csv.reader(StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_table_holds_a_managers_teams_and_everyones_for_an_administrator(
    browse: Browse, app: Flask, people: People, records: Records, this_month: str
) -> None:
    _pass(records, app, people.bob)
    heading, columns, *rows = _rows(browse(people.alice), f"/themes/{this_month}/reach.csv")
    assert "Reach of the theme Now" in heading[0]
    assert columns == ["Theme", "Month", "Agency", "Team", "People in the month", "Item", "Kind", "Read", "Completed"]
    assert [row[4:] for row in rows] == [
        ["4", "Child abuse and neglect, level 1", "eLearning, about 60 minutes", "1", "1"], ["4", "ACEs on one card", "Card", "0", ""],
    ]
    _, _, *everyones = _rows(browse(people.ada), f"/themes/{this_month}/reach.csv")
    assert {row[3] for row in rows} < {row[3] for row in everyones}
    browse(people.bob).download(f"/themes/{this_month}/reach.csv", 403)


def test_many_teams_come_a_page_at_a_time(
    browse: Browse, people: People, this_month: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themes, "TEAMS_A_PAGE", 1)
    first = browse(people.ada).get(f"/themes/{this_month}/reach").says("teams together", "Team by team")
    second = browse(people.ada).get(f"/themes/{this_month}/reach?page=2")
    assert first.main.partition("Team by team")[2] != second.main.partition("Team by team")[2]
    browse(people.ada).get(f"/themes/{this_month}/reach?page=9999")


def test_a_month_before_anyone_belonged_says_so(browse: Browse, people: People, content: Catalogue) -> None:
    _add(content, _theme("2019-01-old", "Long ago"))
    browse(people.alice).get("/themes/2019-01-old/reach").says("there is nothing to count")

"""Cards, strategies, films and posters: what anyone sees, what managers count, and what administrators make their own."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.actions.publishing import Catalogue
from elearn.documents.certificate import words_of
from elearn.documents.printer import DoesNotFit, PrintFailed
from elearn.records import resources, tenancy
from elearn.records.db import writing
from elearn.records.tenancy import LocalContact
from elearn.rules.evidence import FactKind
from elearn.rules.resources import Objective
from elearn.web.areas import resources as area
from elearn.web.tenant import tenant
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[..., Page]
Records = Callable[[], Session]

STRATEGY = "/resources/neglect-strategy"
L1, CURIOUS = "child-abuse-and-neglect", "professional-curiosity"


@pytest.fixture
def content(app: Flask) -> Catalogue:
    catalogue: Catalogue = app.extensions["catalogue"]
    return catalogue


@pytest.fixture
def objective(content: Catalogue, records: Records, people: People) -> Iterator[str]:
    """The id of an objective of the strategy, put back as it was after the test."""
    first = content.resources["neglect-strategy"].objectives[0]
    yield first.id
    with records() as session, writing(session):
        own = resources.objectives(session, "neglect-strategy")
        for key in own:
            resources.save_objective(session, "neglect-strategy", first if key == first.id else Objective(key, ""), people.ada.id, clock.now())


@pytest.fixture
def numbers(app: Flask, records: Records) -> Iterator[Callable[..., None]]:
    """Fills in a local number for one test."""
    kept: list[LocalContact] = []

    def fill(key: str, number: str, agency_id: int | None = None) -> None:
        kept.append(LocalContact(key, agency_id, "Westmere Children’s Services", number, "", clock.now().date()))
        _save(kept[-1])

    def _save(contact: LocalContact) -> None:
        with records() as session, writing(session):
            tenancy.save_contact(session, contact, None, clock.now())
        app.extensions["tenancy"].forget()

    yield fill
    for contact in kept:
        _save(LocalContact(contact.key, contact.agency_id, contact.name, "", "", contact.checked_on))


# ---- For everyone

def test_everything_is_listed_by_kind_and_found_from_the_courses(browse: Browse, content: Catalogue) -> None:
    page = browse(None).get("/learn").click("cards, films and posters")
    page.says("Cards", "Strategy", "Films", "Posters", *(one.title for one in content.resources.values()))


def test_every_resource_opens_and_says_when_it_was_checked_and_by_whom(browse: Browse, content: Catalogue) -> None:
    for slug in content.resources:
        browse(None).get(f"/resources/{slug}").says("22 November 2026", "Not yet reviewed by a safeguarding professional", "Where these facts come from")
    browse(None).get("/resources/none-such", 404)


def test_films_are_plain_links_with_their_subject_in_words(browse: Browse, content: Catalogue) -> None:
    page = browse(None).get("/resources/watch-and-share")
    for film in content.resources["watch-and-share"].videos:
        assert page.link(f"Open it there: {film.title}") == film.url
        page.says(urlsplit(film.url).netloc.removeprefix("www."))
        page.says(film.title, film.maker)
    for tag in ("iframe", "video", "embed", "object", "audio", "img"):
        assert page.root.find(f".//{tag}") is None


def test_a_card_that_leads_to_another_leads_there(browse: Browse) -> None:
    assert browse(None).get("/resources/watch-and-share").click("card on ACEs").path == "/resources/aces"
    assert browse(None).get("/learn/child-protection-conferences").click("card on what changed in the law").path == "/resources/what-changed-in-the-law"


def test_only_who_says_so_has_read_it_and_it_is_noted_once_a_day(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get("/resources/aces")
    with records() as session:
        assert resources.read_on(session, people.bob.id, "aces") is None, "looking is not reading"
    page.post("/resources/aces/read").says("You have used this", "Noted on")
    page.never_says("I have read it")
    with records() as session:
        assert resources.read_on(session, people.bob.id, "aces") is not None
    assert not [form for form in browse(None).get("/resources/aces").forms if form.action.endswith("/read")]


# ---- On paper

def test_a_poster_has_the_numbers_of_whoever_prints_it(browse: Browse, people: People, numbers: Callable[..., None]) -> None:
    empty = words_of(browse(None).download("/resources/poster-worried.pdf").data)
    assert "Your safeguarding lead" in empty and "0808 800 5000" in empty and "Call 999" in empty
    numbers("childrens-services", "01632 960 111")
    numbers("childrens-services", "01632 960 222", people.agency_id)
    visitor = words_of(browse(None).download("/resources/poster-worried.pdf").data)
    member = words_of(browse(people.bob).download("/resources/poster-worried.pdf").data)
    plain = words_of(browse(people.bob).download("/resources/poster-worried/plain.pdf").data)
    assert "01632 960 111" in visitor and "01632 960 222" not in visitor
    assert "01632 960 222" in member and "01632 960 222" in plain


def test_cards_and_strategies_print_on_one_page_and_films_do_not(browse: Browse, content: Catalogue) -> None:
    for slug, resource in content.resources.items():
        if resource.kind == "videos":
            browse(None).get(f"/resources/{slug}.pdf", 404)
            continue
        response = browse(None).download(f"/resources/{slug}.pdf")
        assert response.mimetype == "application/pdf"
        assert words_of(response.data), "words_of refuses more than one page"
        assert f'filename="{slug}.pdf"' in response.headers["Content-Disposition"]
    browse(None).get("/resources/aces/plain.pdf", 404)


@pytest.mark.parametrize(("error", "status", "said"), [(DoesNotFit("long"), 404, "does not fit on one page"), (PrintFailed("gone"), 503, "The PDF is not ready")])
def test_a_pdf_that_cannot_be_made_says_what_to_do_instead(
    browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch, error: PrintFailed, status: int, said: str
) -> None:
    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(area, "_kept", fail)
    page = browse(None).get("/resources/aces.pdf", status)
    page.says(said)
    assert page.click("Go to the page").path == "/resources/aces"


def test_a_pdf_is_made_once_for_the_same_words(browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions.pop("resource-prints", None)
    first = browse(None).download("/resources/aces.pdf").data
    monkeypatch.setitem(app.extensions, "printer", None)
    assert browse(None).download("/resources/aces.pdf").data == first


# ---- For managers

def _pass(records: Records, app: Flask, who: Who, slug: str) -> None:
    with records() as session, writing(session), app.app_context():
        course = app.extensions["catalogue"].courses[slug]
        evidence.complete(session, who.id, course, clock.now(), tenant().zone, FactKind.COMPLETED, who.id, "Passed", via="quiz")


def test_a_manager_sees_what_share_of_their_own_people_is_in_date(browse: Browse, app: Flask, people: People, records: Records) -> None:
    _pass(records, app, people.bob, L1)
    _pass(records, app, people.omar, L1)
    page = browse(people.alice).get(STRATEGY).click("See how many of your people are in date")
    page.says("in your team are in date", "1 of 4 (25%)", "0 of 4 (0%)")
    browse(people.bob).get(f"{STRATEGY}/coverage", 403)
    browse(people.charlie).get(f"{STRATEGY}/coverage").says("0 of 1 (0%)").never_says("1 of 1")
    browse(people.alice).get("/resources/aces/coverage", 404)
    browse(people.bob).get(STRATEGY).never_says("See how many of your people")


# ---- For administrators

def test_an_administrator_changes_an_objective_and_everyone_sees_it(browse: Browse, people: People, objective: str) -> None:
    page = browse(people.ada).get(STRATEGY).click("Change this: Everyone plays a part")
    page.post(f"/office/strategies/neglect-strategy/{objective}", {"title": "  "}, status=422).says("Enter what you want, in a few words")
    words = {
        "title": "All of us <b>play</b> a part", "text": "From the door to the top.", "owner": "Head of early help", "measure": "We ask children",
        "review_on": "2020-02-01", "items": [L1, CURIOUS],
    }
    page.post(f"/office/strategies/neglect-strategy/{objective}", words).says("Saved", "All of us <b>play</b> a part")
    shown = browse(None).get(STRATEGY)
    shown.says("All of us <b>play</b> a part", "Head of early help", "We ask children", "1 February 2020", "Time to look again", "Professional curiosity")
    shown.never_says("Everyone plays a part", "Change this")
    assert "Led by: Head of early help." in words_of(browse(None).download("/resources/neglect-strategy.pdf").data)


def test_an_objective_is_added_and_taken_away(browse: Browse, people: People, objective: str) -> None:
    page = browse(people.ada).get(STRATEGY).click("Add an objective")
    page.post("/office/strategies/neglect-strategy/new", {"title": "Warm homes", "items": [L1]}).says("Warm homes")
    edit = page.click("Change this: Warm homes")
    edit.post(f"{edit.path}/remove").says("Taken away").never_says("Warm homes")
    edit.get(edit.path.partition("#")[0]).never_says("Warm homes")


def test_what_was_not_offered_is_refused(browse: Browse, people: People, objective: str) -> None:
    page = browse(people.ada).get(f"/office/strategies/neglect-strategy/{objective}")
    page.forge(f"/office/strategies/neglect-strategy/{objective}", {"title": "X", "items": ["no-such-course"]}, 422)
    page.get("/office/strategies/neglect-strategy/no-such-objective", 404)
    page.get("/office/strategies/aces/new", 404)
    page.get(STRATEGY).forge("/office/strategies/neglect-strategy/new/remove", {}, 404)


def test_an_administrator_adds_pages_of_their_own(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get("/resources/aces").click("Add pages of your own")
    page.post("/office/links/aces", {"title": "Ours", "address": "javascript:alert(1)"}, status=422).says("Enter an address that begins with https://")
    given = {"title": "Our own card <i>", "address": "https://our.example/aces", "text": "In our words", "place": "more"}
    page.post("/office/links/aces", given).says("Added", "Our own card <i>")
    page.post("/office/links/aces", given, status=422).says("This address is on the list already")
    shown = browse(None).get("/resources/aces").says("Our own card <i>", "In our words")
    assert shown.link("Our own card <i>") == "https://our.example/aces"
    with records() as session:
        [link] = [one for one in resources.links(session, "aces") if one.address == "https://our.example/aces"]
    page.get("/office/links/aces").post(f"/office/links/aces/{link.id}/remove").says("Taken away").never_says("Our own card")
    page.forge(f"/office/links/aces/{link.id}/remove", {}, 200)
    browse(None).get("/resources/aces").never_says("Our own card")


def test_a_link_of_one_page_is_not_taken_away_through_another(browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        id = resources.add_link(session, "aces", "more", "Stays", "https://our.example/stays", "", people.ada.id, datetime(2026, 1, 1, tzinfo=UTC))
    browse(people.ada).get("/office/links/poster-worried").forge(f"/office/links/poster-worried/{id}/remove", {}, 200)
    with records() as session, writing(session):
        assert resources.link(session, id) is not None
        resources.remove_link(session, id, clock.now())


def test_a_review_day_that_has_not_come_asks_for_nothing(browse: Browse, people: People, records: Records, objective: str) -> None:
    later = date(clock.now().year + 1, 1, 1)
    with records() as session, writing(session):
        resources.save_objective(session, "neglect-strategy", Objective(objective, "Later", review_on=later), people.ada.id, clock.now())
    browse(None).get(STRATEGY).says("Later").never_says("Time to look again")

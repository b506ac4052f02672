"""Each module that ships, walked by a learner on a phone whose browser runs no scripts: every screen, every question, every way on.

The modules are those in the library, so a new one is walked by itself.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest
from flask import request, request_finished

from elearn import clock
from elearn.records import learning
from elearn.records.db import writing
from elearn.rules.courses import Check, Course
from elearn.settings import ROOT
from elearn.web.areas.learn import paper_of
from tests import builders
from tests.browser.conftest import new_context, sign_in
from tests.browser.site import Site
from tests.browser.walking import answer_check, go_through, heading, turn

if TYPE_CHECKING:
    from flask import Response
    from playwright.sync_api import Browser, Page

NAME: Final = "Rowan Achebe-Ellis"
SURNAME: Final = "Achebe-Ellis"


def shipped(kind: str) -> list[str]:
    """Slugs of the modules in one folder. To read them all just for their names would slow every run of any test."""
    return sorted(path.name for path in (ROOT / "modules" / kind).iterdir() if path.is_dir() and not path.name.startswith("."))


PAGES: Final = [
    f"/{area}/{slug}" for area, kind in (("learn", "live"), ("tools", "tools"), ("resources", "resources"), ("themes", "themes"))
    for slug in shipped(kind)
]

SHUT: Final = 403
"""What the door of a tool answers to someone who has not trained yet."""

_LOOK: Final = """() => ({
  path: location.pathname, heading: document.querySelector('h1').innerText,
  over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""

_LINKS: Final = """() => ({
  ids: [...document.querySelectorAll('[id]')].map(e => e.id),
  links: [...document.querySelectorAll('a[href]')].map(e => e.getAttribute('href')),
})"""


@dataclass(slots=True)
class Walk:
    """One learner with one phone, who goes through one module after another, and a stranger who checks what they get."""

    site: Site
    page: Page
    stranger: Page
    person: int
    opened: Counter[str]
    """Paths that were asked of the server, with how often."""
    wrong: list[str] = field(default_factory=list)
    """What stood on the console, and what was refused or not found."""
    path: str = ""
    heading: str = ""
    answered: dict[str, bool] = field(default_factory=dict)
    """Addresses that pages link to, and whether they answered: each is asked once, however many pages lead there."""

    def course(self, slug: str) -> Course:
        return self.site.catalogue.courses[slug]

    def look(self) -> None:
        """What must be true of whatever page is open; notes its path and heading."""
        found = self.page.evaluate(_LOOK)
        self.path, self.heading = found["path"], found["heading"]
        assert found["over"] <= 0, f"{self.path} is {found['over']} pixels too wide"
        assert not self.wrong, f"{self.path}: {self.wrong}"

    def open(self, path: str) -> int:
        """Open *path*, look at it, and return what it answered."""
        self.wrong.clear()
        response = self.page.goto(path)
        assert response is not None
        self.look()
        return response.status

    def turn(self, selector: str) -> None:
        turn(self.page, selector)
        self.look()

    def asked(self, sender: object, response: Response, **more: object) -> None:
        """What the server has answered."""
        if request.method == "GET":
            self.opened[request.path] += 1
        if response.status_code >= 400 and not request.path.startswith("/tools/"):
            self.wrong.append(f"{response.status_code} {request.path}")

    def said(self, text: str) -> None:
        if f"status of {SHUT}" not in text:
            self.wrong.append(text)


@pytest.fixture(scope="module")
def walk(chromium: Browser, site: Site) -> Iterator[Walk]:
    """Signed in once; what the phone has fetched of styles and fonts, it keeps from module to module."""
    with site.records() as session, writing(session):
        site.people["rowan"] = builders.person(session, NAME, int(site.things["team"]), clock.now()).id
    phone, other = (new_context(chromium, site, who, script=False) for who in (sign_in(site, "rowan"), ""))
    made = Walk(site, phone.new_page(), other.new_page(), site.people["rowan"], Counter())
    made.page.on("console", lambda message: made.said(message.text))
    made.page.on("pageerror", lambda error: made.said(str(error)))
    with request_finished.connected_to(made.asked, site.app):
        yield made
    phone.close()
    other.close()


# ---- What is walked


def learner_opens(walk: Walk, course: Course) -> None:
    """From the front page, by the list of everything there is."""
    walk.open("/")
    walk.turn("a[href='/learn']")
    walk.turn(f"main a[href='/{'7' if course.kind == 'safer7' else 'learn'}/{course.slug}']")
    assert walk.heading == course.title


@pytest.mark.parametrize("slug", shipped("safer7"))
def test_a_briefing_is_read_box_by_box_answered_and_certified(walk: Walk, slug: str) -> None:
    course, before = walk.course(slug), walk.opened.copy()
    learner_opens(walk, course)
    walk.turn(".poster .actions a.button")
    for number, (_, box) in enumerate(course.screens(), 1):
        assert (walk.path, walk.heading) == (f"/7/{slug}/{number}", box.title)
        walk.turn("form.turn button.next")
    assert "7 of 7 minutes read" in walk.page.locator("main").inner_text()
    opened = walk.opened - before
    assert [opened[f"/7/{slug}/{number}"] for number in range(1, 8)] == [1] * 7, "every box once"
    walk.turn(f"form[action='/quiz/{slug}/start'] button")
    pass_quiz(walk, course)
    show_certificate(walk, course)


@pytest.mark.parametrize("slug", shipped("elearning"))
def test_a_course_is_read_screen_by_screen_answered_and_certified(walk: Walk, slug: str) -> None:
    course, before, start = walk.course(slug), walk.opened.copy(), f"form[action='/quiz/{slug}/start'] button"
    learner_opens(walk, course)
    assert not walk.page.locator(start).count(), "first one reads"
    for done, unit in enumerate(course.units, 1):
        walk.turn(f"#unit-{unit.id} a")
        for step in unit.steps:
            assert walk.path == f"/learn/{slug}/{unit.id}/{step.id}"
            if isinstance(step, Check):
                answer_check(walk.page, paper_of(step, slug, walk.person), step.question)
                walk.look()
                walk.turn(".feedback a.button")
            else:
                assert walk.heading == step.title
                walk.turn("form.turn button.next")
        assert walk.path == f"/learn/{slug}", "the last step of a lesson leads back to the list of lessons"
        assert walk.page.locator(f"#s-{unit.id}").inner_text().strip() == "Done"
        assert f"{done} of {len(course.units)}\nlessons done" in walk.page.locator("main aside").inner_text()
    opened = walk.opened - before
    assert {opened[f"/learn/{slug}/{unit.id}/{screen.id}"] for unit, screen in course.screens()} == {1}, "every screen once"
    walk.turn(start)
    pass_quiz(walk, course)
    show_certificate(walk, course)


def pass_quiz(walk: Walk, course: Course) -> None:
    """Answer every question that was drawn, by the key in the library."""
    assert course.quiz is not None
    go_through(walk.page, walk.site, walk.look)
    with walk.site.records() as session:
        attempt = learning.attempts(session, walk.person, course.slug)[-1]
        given = learning.answers(session, attempt.id)
    assert given.keys() == set(attempt.paper) and len(attempt.paper) == course.quiz.draw
    assert "You passed" in walk.heading
    assert f"{course.quiz.draw} of {course.quiz.draw}" in walk.page.locator("main").inner_text()


def show_certificate(walk: Walk, course: Course) -> None:
    """It names the learner and the course, and a stranger who has the link and the surname can check both."""
    page, stranger = walk.page, walk.stranger
    walk.turn("main a.button[href^='/certificates/']")
    words = page.locator("article.certificate").inner_text()
    assert NAME in words and course.title in words
    stranger.goto(page.get_by_label("Link to share").input_value())
    main = stranger.locator("main")
    assert heading(stranger) == "This certificate is real and in date"
    assert course.title in main.inner_text() and NAME not in main.inner_text(), "the name stands there for those who know it already"
    stranger.get_by_label("Surname").fill(SURNAME)
    turn(stranger, "form[method=post] .actions button")
    assert NAME in main.inner_text()


# ---- What is looked at


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_and_every_link_and_pdf_of_it_answers(walk: Walk, path: str) -> None:
    assert walk.open(path) in ({200, SHUT} if path.startswith("/tools/") else {200})
    found = walk.page.evaluate(_LINKS)
    broken = [link for link in dict.fromkeys(found["links"]) if not answers(walk, link, found["ids"])]
    assert not broken


def answers(walk: Walk, link: str, ids: list[str]) -> bool:
    """Whether *link* leads somewhere, or, when it leads away from us, whether it is one that may stand on a page."""
    address, _, part = link.partition("#")
    if not address.startswith("/"):
        return part in ids if link.startswith("#") else link.startswith(("https://", "mailto:", "tel:"))
    if link not in walk.answered:
        response = walk.page.context.request.get(address)
        sound = response.body().startswith(b"%PDF-") if address.endswith(".pdf") else not part or f'id="{part}"' in response.text()
        walk.answered[link] = sound and (response.status == 200 or response.status == SHUT and address.startswith("/tools/"))
    return walk.answered[link]

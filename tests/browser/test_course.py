"""The level 1 course on a phone without scripts: every screen and check, the quiz on two devices, the certificate, and its check by a stranger."""
from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Final

from elearn import clock
from elearn.records import learning
from elearn.records.db import writing
from elearn.rules.courses import Check
from elearn.rules.questions.base import Question
from elearn.rules.quiz import Paper
from elearn.web.areas.learn import paper_of
from tests import builders
from tests.answering import fields, right
from tests.browser.site import LEVEL1, Site
from tests.browser.walking import answer, fill, go_through, heading, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

STOPS_AT: Final = 8
"""The question at which the phone is put away."""


def read_course(page: Page, site: Site, person: int) -> None:
    """All of it by the button at the end of each screen, answering every question along the way."""
    course = site.catalogue.courses[LEVEL1]
    for unit, step in course.steps():
        here = f"/learn/{LEVEL1}/{unit.id}/{step.id}"
        if not page.url.endswith(here):
            page.goto(here)
        if isinstance(step, Check):
            answer_check(page, paper_of(step, LEVEL1, person), step.question)
        else:
            press(page.locator("main form.turn button.next"))
        assert not page.locator(".error-summary").count(), f"{unit.id}/{step.id}"


def answer_check(page: Page, paper: Paper, question: Question) -> None:
    wanted = fields(paper, question, right(question))
    for _ in question.inputs(Random(0)):  # a story is answered part by part
        if not page.locator("form.question").count():
            break
        fill(page, wanted)
        press(page.locator("form.question button.next"))
    if question.kind != "reflection":
        assert "Yes, that’s right" in page.locator("main").inner_text()


def test_from_the_first_screen_to_a_certificate_that_anyone_can_check(enter: Window, site: Site) -> None:
    with site.records() as session, writing(session):
        who = builders.person(session, "Rowan Achebe", int(site.things["team"]), clock.now())
        site.people["rowan"] = who.id
    phone = enter("rowan", script=False)
    phone.goto(f"/learn/{LEVEL1}")
    assert phone.get_by_role("button", name="Start the quiz").count() == 0, "first one reads"
    read_course(phone, site, who.id)
    with site.records() as session:
        seen = learning.seen_steps(session, who.id, LEVEL1)
    assert seen >= {f"{unit.id}/{step.id}" for unit, step in site.catalogue.courses[LEVEL1].steps()}

    phone.goto(f"/learn/{LEVEL1}")
    press(phone.get_by_role("button", name="Start the quiz"))
    for _ in range(1, STOPS_AT):
        answer(phone, site)

    computer = enter("rowan", width=1280, script=False)
    computer.goto("/my")
    press(computer.locator(f"main a[href$='/{STOPS_AT}']").first)
    assert f"question {STOPS_AT} of 20" in computer.locator(".where").inner_text()
    go_through(computer, site)
    assert "You passed" in heading(computer)
    assert "20 of 20" in computer.locator("main").inner_text()

    press(computer.get_by_role("link", name="See your certificate"))
    code = computer.url.rpartition("/")[2]
    pdf = computer.context.request.get(computer.get_by_role("link", name="Download PDF").get_attribute("href") or "")
    assert pdf.body().startswith(b"%PDF-")
    stranger = computer.context.browser
    assert stranger is not None
    other = stranger.new_page(base_url=site.url, java_script_enabled=False)
    other.goto(f"/c/{code}")
    assert "Rowan Achebe" not in other.locator("main").inner_text(), "the name stands there for those who know it already"
    assert "in date" in other.locator("main").inner_text()
    other.close()

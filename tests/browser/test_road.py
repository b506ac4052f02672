"""The whole road in a real browser on a phone: from reading as a stranger to a certificate, without scripts; and every way out."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from elearn import clock
from elearn.actions import quizzes
from elearn.records import learning, sessions
from elearn.records.db import writing
from elearn.rules.quiz import Paper
from tests.answering import fields, right
from tests.browser.site import NEGLECT, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

QUIZ: Final = re.compile(r"/quiz/(\d+)/(\d+)$")
MOST_PRESSES: Final = 40


# ---- what a person does


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def read_briefing(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Courses").first.click()
    page.goto(f"/7/{NEGLECT}")
    page.get_by_role("link", name="Start").first.click()
    while not page.url.endswith("/done"):
        page.locator("form.turn button.next").click()


def join(page: Page, site: Site, name: str, email: str) -> None:
    """From the end of a briefing, by the link that comes by mail."""
    page.get_by_role("link", name="Join and save it").click()
    page.get_by_label("Team code").fill(site.things["code"].lower())
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.locator("input[name=role]").first.check()
    page.get_by_role("button", name="Join", exact=True).click()
    assert heading(page) == "Look in your email"
    open_link(page, site, email)
    page.get_by_role("button", name="Join and go on").click()


def open_link(page: Page, site: Site, email: str) -> None:
    found = re.search(rf"{site.url}\S+", site.last_mail(email))
    assert found, "no link in the message"
    page.goto(found[0])


def paper(site: Site, attempt: int) -> Paper:
    with site.records() as session:
        found = learning.attempt(session, attempt)
        assert found is not None
        return quizzes.paper_of(site.catalogue.courses[found.course], found)


def answer(page: Page, site: Site) -> None:
    """Answer the question on the page rightly, with all its parts."""
    where = QUIZ.search(page.url)
    assert where, page.url
    drawn = paper(site, int(where[1]))
    question = drawn.questions[int(where[2]) - 1]
    wanted = fields(drawn, question, right(question))
    for _ in range(MOST_PRESSES):
        if not page.locator("form[data-answer]").count():
            return
        for name, values in wanted.items():
            _fill(page, name, values)
        page.locator("form[data-answer] button.next").click()
        if page.url.rpartition("/")[2].partition("?")[0] != where[2]:
            return
    raise AssertionError(f"{page.url} asks again and again")


def _fill(page: Page, name: str, values: tuple[str, ...]) -> None:
    inputs = page.locator(f"[name='{name}']")
    if not inputs.count():  # a part that comes later
        return
    kind = inputs.first.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase()")
    if kind == "hidden":
        _order(page, name, values)
    elif kind == "select":
        inputs.select_option(values[0])
    elif kind in {"radio", "checkbox"}:
        for value in values:
            page.locator(f"[name='{name}'][value='{value}']").check()
    else:
        inputs.fill(values[0])


def _order(page: Page, name: str, values: tuple[str, ...]) -> None:
    """Press Move up until every line is where it belongs."""
    for place, value in enumerate(values):
        for _ in range(MOST_PRESSES):
            now = page.locator(f"[name='{name}']").evaluate_all("found => found.map(e => e.value)")
            if now[place] == value:
                break
            page.locator(f"button[value='{value}:up']").click()


def go_through(page: Page, site: Site) -> None:
    """Answer everything from the question on the page on, and look at the result."""
    for _ in range(MOST_PRESSES):
        if page.url.endswith("/result"):
            return
        if page.locator("form[data-answer]").count():
            answer(page, site)
        else:
            page.locator("main .button:not(.plain)").last.click()
    raise AssertionError(f"no result after {MOST_PRESSES} presses: {page.url}")


@pytest.fixture
def enter(site: Site, window: Window) -> Callable[..., Page]:
    """A window in which someone is signed in by a session that no other test uses, so that it may end."""

    def open_window(who: str, **how: object) -> Page:
        key = f"{who}-on-the-road-{len(site.secrets)}"
        site.secrets[key] = f"secret-of-{key}-in-a-browser"
        with site.records() as session, writing(session):
            sessions.open_session(
                session, site.secrets[key], site.people[who], clock.now(), timedelta(hours=2), timedelta(hours=12), "Firefox on Linux"
            )
        return window(key, **how)

    return open_window


# ---- the road


def test_a_stranger_reads_joins_answers_and_holds_a_certificate_on_two_devices_without_scripts(window: Window, site: Site) -> None:
    phone = window(script=False)
    read_briefing(phone)
    join(phone, site, "Noor Halloran", "noor.halloran@oakfield.example")

    phone.goto(f"/7/{NEGLECT}/done")
    assert "Reading saved to your learning" in phone.locator("main").inner_text(), "what was read before joining counts"
    phone.get_by_role("button", name="Check what I know").click()
    answer(phone, site)
    assert heading(phone)
    assert "Yes, that’s right" in phone.locator("main").inner_text()
    second = phone.get_by_role("link", name="Question 2").get_attribute("href")

    other = window(script=False)
    other.goto("/account/sign-in")
    other.get_by_label("Email address").fill("noor.halloran@oakfield.example")
    other.get_by_role("button", name="Email me a link").click()
    open_link(other, site, "noor.halloran@oakfield.example")
    other.get_by_role("button", name="Sign in").click()
    assert other.url.endswith("/my")
    other.locator(f"main a[href='{second}']").first.click()
    go_through(other, site)
    assert "You passed" in heading(other)

    other.get_by_role("link", name="See your certificate").click()
    assert "Noor Halloran" in other.locator("main").inner_text()
    pdf = other.context.request.get(other.get_by_role("link", name="Download PDF").get_attribute("href") or "")
    assert pdf.status == 200
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")

    phone.goto("/certificates")
    assert phone.locator("main a[href^='/certificates/']").count(), "it is there on the first device too"


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_contrast_and_text_size_stay_from_page_to_page(window: Window, script: bool) -> None:
    page = window(script=script)
    page.goto("/help")
    root = page.locator("html")
    for button, name, value in (("Contrast", "data-theme", "contrast"), ("Change Text size", "data-text", "large")):
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_function(f"document.documentElement.getAttribute('{name}') === '{value}'") if script else page.wait_for_load_state()
    assert page.url.endswith("/help"), "one stays on the page"
    page.goto("/learn")
    assert root.get_attribute("data-theme") == "contrast"
    assert root.get_attribute("data-text") == "large"
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Contrast", exact=True).click()
    page.goto("/worried")
    assert root.get_attribute("data-theme") is None, "pressed again, it is as before"
    assert root.get_attribute("data-text") == "large", "and the other choice is kept"


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_leave_quickly_leaves_at_once_and_ends_the_session(enter: Callable[..., Page], script: bool) -> None:
    page = enter("viv", script=script)
    away: list[tuple[str, str]] = []

    def stop(route: object) -> None:
        away.append((route.request.url, route.request.headers.get("referer", "")))  # type: ignore[attr-defined]  # Playwright's route
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Weather</title>")  # type: ignore[attr-defined]

    page.context.route(re.compile(r"^https://"), stop)
    before = page.context.cookies()
    page.goto("/my")
    assert heading(page) != "Sign in"
    with page.expect_response(re.compile("/leave$")) as answered:
        page.get_by_role("button", name="Leave quickly").click()
    assert "refresh" in answered.value.headers
    page.wait_for_url(re.compile(r"^https://"))
    assert away
    assert away[0][1] == "", "the other site is not told where from"
    assert page.title() == "Weather"
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "elearn"], "the browser has forgotten"
    page.context.add_cookies(before)
    page.goto("/my")
    assert heading(page) == "Sign in", "and a copy of the cookie is worth nothing"


def test_after_signing_out_back_shows_nothing_of_the_person(enter: Callable[..., Page]) -> None:
    page = enter("viv")
    page.goto("/account/")
    assert "Viv Price" in page.locator("main").inner_text()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/$"))
    page.go_back()
    assert heading(page) == "Sign in"
    assert "Viv Price" not in page.content()

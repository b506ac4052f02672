"""The whole road in a real browser on a phone: from reading as a stranger to a certificate, without scripts; and every way out."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.site import NEGLECT, Site
from tests.browser.walking import answer, go_through, heading, join, open_link, press, read_briefing

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]


def test_a_stranger_reads_joins_answers_and_holds_a_certificate_on_two_devices_without_scripts(window: Window, site: Site) -> None:
    phone = window(script=False)
    read_briefing(phone)
    join(phone, site, "Noor Halloran", "noor.halloran@oakfield.example")

    phone.goto(f"/7/{NEGLECT}/done")
    assert "Reading saved to your learning" in phone.locator("main").inner_text(), "what was read before joining counts"
    press(phone.get_by_role("button", name="Check what I know"))
    answer(phone, site)
    assert heading(phone)
    assert "Yes, that’s right" in phone.locator("main").inner_text()
    second = phone.get_by_role("link", name="Question 2").get_attribute("href")

    other = window(script=False)
    other.goto("/account/sign-in")
    other.get_by_label("Email address").fill("noor.halloran@oakfield.example")
    press(other.get_by_role("button", name="Email me a link"))
    open_link(other, site, "noor.halloran@oakfield.example")
    press(other.get_by_role("button", name="Sign in"))
    assert other.url.endswith("/my")
    press(other.locator(f"main a[href='{second}']").first)
    go_through(other, site)
    assert "You passed" in heading(other)

    press(other.get_by_role("link", name="See your certificate"))
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
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Weather</title>")  # type: ignore[attr-defined]  # Playwright hands over a Route

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

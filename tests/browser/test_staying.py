"""The warning before a session ends, in a real browser whose clock is turned on: said in time, heard, and gone once one stays."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from elearn import clock
from elearn.records.db import writing
from elearn.records.sessions import SessionRow
from tests.browser.site import LEVEL1, Site
from tests.browser.test_pages import faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

SOON = "You will be signed out in 2 minutes"
LEARNER = 2 * 60 * 60 * 1000
"""Milliseconds that a session of a learner lasts unused."""


CLOCK = """(() => {
  const now = Date.now.bind(Date), soon = window.setTimeout.bind(window), not = window.clearTimeout.bind(window), timers = new Map();
  let ahead = 0, last = 1e9;
  Date.now = () => now() + ahead;
  window.setTimeout = (then, wait) => wait > 5000 ? (timers.set(++last, [Date.now() + wait, then]), last) : soon(then, wait);
  window.clearTimeout = id => timers.delete(id) || not(id);
  window.turnOn = by => {
    ahead += by;
    for (const [id, [at, then]] of [...timers]) if (at <= Date.now() && timers.delete(id)) then();
  };
})()"""
"""A clock for the page that is turned on by hand. Playwright’s own also takes away what the page knows of its headers."""


def opened(enter: Window, path: str = "/account/", width: int = 375, who: str = "amira") -> Page:
    """A page whose clock a test turns on; the server’s own clock goes on as ever."""
    page = enter(who, width=width)
    page.add_init_script(CLOCK)
    page.goto(path)
    return page


def turn_on(page: Page, by: int) -> None:
    page.evaluate("by => turnOn(by)", by)


def test_the_warning_comes_two_minutes_before_the_end_and_not_before(enter: Window) -> None:
    page = opened(enter)
    turn_on(page, LEARNER - 130_000)
    assert page.locator(".staying").inner_text() == ""
    turn_on(page, 12_000)
    assert SOON in page.locator("[role=status].staying").inner_text()
    assert page.get_by_role("button", name="Stay signed in").is_visible()
    assert page.evaluate("document.activeElement === document.body"), "nothing takes people from what they are doing"


@pytest.mark.parametrize("width", [375, 1280])
def test_the_warning_can_be_read_and_hides_nothing_that_has_the_focus(enter: Window, width: int) -> None:
    page = opened(enter, f"/learn/{LEVEL1}", width)
    page.mouse.wheel(0, 900)
    turn_on(page, LEARNER - 60_000)
    box = page.locator(".staying").bounding_box()
    assert box is not None and box["y"] >= 0 and box["height"] < 200, "it is at the top of the window, however far one has gone"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults(page) == []


def test_staying_leaves_what_is_typed_alone_and_gives_the_focus_back(enter: Window) -> None:
    from playwright.sync_api import expect

    page = opened(enter)
    page.get_by_label("Name on your certificates").fill("Half a na")
    turn_on(page, LEARNER - 60_000)
    page.get_by_role("button", name="Stay signed in").focus()
    with page.expect_response("**/account/stay") as staying:
        page.keyboard.press("Enter")
    assert staying.value.status == 200
    expect(page.locator(".staying")).to_contain_text("You are still signed in")
    assert page.evaluate("document.activeElement.name") == "name"
    assert page.get_by_label("Name on your certificates").input_value() == "Half a na"
    turn_on(page, 11_000)
    assert page.locator(".staying").inner_text() == ""
    turn_on(page, LEARNER - 140_000)
    assert page.locator(".staying").inner_text() == "", "the time began anew"
    turn_on(page, 60_000)
    assert SOON in page.locator(".staying").inner_text()


def test_an_end_that_nothing_can_put_off_is_told_without_a_button(enter: Window, site: Site) -> None:
    page = opened(enter, who="kwame")
    with site.records() as session, writing(session):
        session.query(SessionRow).filter_by(person_id=site.people["kwame"], ended=None).update({"ends": clock.now() + timedelta(minutes=5)})
    page.reload()
    turn_on(page, 4 * 60_000)
    said = page.locator(".staying").inner_text()
    assert SOON in said and "signed in for a long time" in said
    assert page.get_by_role("button", name="Stay signed in").count() == 0
    with site.records() as session, writing(session):
        session.query(SessionRow).filter_by(person_id=site.people["kwame"], ended=None).update({"ends": clock.now() + timedelta(hours=12)})


def test_when_it_is_over_the_page_says_so_and_leads_to_where_one_was(enter: Window, site: Site) -> None:
    page = opened(enter)
    turn_on(page, LEARNER + 1000)
    assert "You are signed out now" in page.locator(".staying").inner_text()
    assert page.get_by_role("link", name="Sign in again").get_attribute("href") == f"{site.url}/account/"


def test_another_window_of_the_same_browser_keeps_this_one_in(enter: Window) -> None:
    from playwright.sync_api import expect

    page = opened(enter)
    turn_on(page, LEARNER - 60_000)
    assert SOON in page.locator(".staying").inner_text()
    other = page.context.new_page()
    other.add_init_script(CLOCK.replace("ahead = 0", f"ahead = {LEARNER - 60_000}"))
    other.goto("/help")
    expect(page.locator(".staying")).to_have_text("")


def test_when_the_press_does_not_get_through_it_can_be_pressed_again(enter: Window) -> None:
    from playwright.sync_api import expect

    page = opened(enter)
    turn_on(page, LEARNER - 60_000)
    page.context.set_offline(True)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator(".staying")).to_contain_text("did not get through")
    page.context.set_offline(False)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator(".staying")).to_contain_text("You are still signed in")


def test_a_visitor_and_a_browser_without_scripts_see_nothing_of_it(window: Window, enter: Window) -> None:
    page = window()
    page.goto("/")
    assert page.locator(".staying").count() == 0
    quiet = enter("amira", script=False)
    quiet.goto("/account/")
    assert quiet.locator(".staying").count() == 0

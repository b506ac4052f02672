"""What a person does in a browser: reads, joins, opens the link from the mail, answers, and goes on to the result."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Final

from elearn.actions import quizzes
from elearn.records import learning
from elearn.rules.questions.base import Question
from elearn.rules.quiz import Paper
from tests.answering import fields, right
from tests.browser.conftest import PATIENCE
from tests.browser.site import NEGLECT, Site

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

QUIZ: Final = re.compile(r"/quiz/(\d+)/(\d+)(\?|$)")
MOST_PRESSES: Final = 40
ONWARD: Final = "main .feedback .button, main form.turn button.next"
"""What leads on from feedback, and from the list of all answers."""


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def press(button: Locator) -> None:
    """Press what leads to another page, and wait until that page is there: a click by itself returns before the answer has come."""
    with button.page.expect_navigation():
        button.click()


def press_twice(button: Locator, to: str) -> None:
    """Press it as people do who double-click everything, and wait until one is at the address that ends with the pattern *to*. The first of
    the two requests is given up for the second, which a wait for a navigation would take for a fault."""
    from playwright.sync_api import expect

    page = button.page
    button.dblclick(no_wait_after=True)
    expect(page).to_have_url(re.compile(to), timeout=PATIENCE)
    page.wait_for_load_state()


def turn(page: Page, selector: str) -> None:
    """The same by the first of *selector*, for a walk over hundreds of pages: a real mouse first waits for the page to be painted, and
    what it may press by hand is asked of every kind of page once (test_pages)."""
    with page.expect_navigation():
        page.evaluate("selector => document.querySelector(selector).click()", selector)


def there(page: Page, selector: str) -> bool:
    """Whether the page has such an element now. A locator would first bring a library of its own into every page it is asked about."""
    return bool(page.evaluate("selector => document.querySelector(selector) !== null", selector))


def read_briefing(page: Page) -> None:
    page.goto("/")
    press(page.get_by_role("link", name="Courses").first)
    page.goto(f"/7/{NEGLECT}")
    press(page.get_by_role("link", name="Start").first)
    while not page.url.endswith("/done"):
        press(page.locator("form.turn button.next"))


def join(page: Page, site: Site, name: str, email: str) -> None:
    """From the end of a briefing, by the link that comes by mail."""
    press(page.get_by_role("link", name="Join and save it"))
    page.get_by_label("Team code").fill(site.things["code"].lower())
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.locator("input[name=role]").first.check()
    press(page.get_by_role("button", name="Join", exact=True))
    assert heading(page) == "Look in your email"
    open_link(page, site, email)
    press(page.get_by_role("button", name="Join and go on"))


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
        if not there(page, "form[data-answer]"):
            return
        fill(page, wanted)
        turn(page, "form[data-answer] button.next")
        if page.url.rpartition("/")[2].partition("?")[0] != where[2]:
            return
    raise AssertionError(f"{page.url} asks again and again")


def fill(page: Page, wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Put these values into the form, in whatever way its inputs take them; leaves out parts that come later."""
    for name, values in wanted.items():
        _fill(page, name, values)


def _fill(page: Page, name: str, values: tuple[str, ...]) -> None:
    inputs = page.locator(f"[name='{name}']")
    kinds = inputs.evaluate_all("found => found.map(e => e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase())")
    if not kinds:  # a part that comes later
        return
    kind = kinds[0]
    if kind == "hidden":
        _order(page, name, values)
    elif kind == "select":
        inputs.select_option(values[0])
    elif kind in {"radio", "checkbox"}:
        for value in values:
            page.locator(f"[name='{name}'][value='{value}']").check(force=True)  # does not wait for two frames first; fails if it stays empty
    else:
        inputs.fill(values[0])


def _order(page: Page, name: str, values: tuple[str, ...]) -> None:
    """Press Move up until every line is where it belongs."""
    from playwright.sync_api import expect

    for place, value in enumerate(values):
        for _ in range(MOST_PRESSES):
            now = page.locator(f"[name='{name}']").evaluate_all("found => found.map(e => e.value)")
            if now[place] == value:
                break
            page.locator(f"button[value='{value}:up']").click()
            expect(page.locator(f"[name='{name}']").nth(now.index(value) - 1)).to_have_value(value)


def answer_check(page: Page, paper: Paper, question: Question) -> None:
    """Answer the question along the way that is on the page rightly, and see what it says to that."""
    wanted = fields(paper, question, right(question))
    for _ in question.inputs(Random(0)):  # a story is answered part by part
        if not there(page, "form.question"):
            break
        fill(page, wanted)
        turn(page, "form.question button.next")
    if question.kind != "reflection":
        assert "Yes, that’s right" in page.evaluate("document.querySelector('main').innerText")


def go_through(page: Page, site: Site, look: Callable[[], None] = lambda: None) -> None:
    """Answer everything from the question on the page on, to the result; *look* at each page on the way."""
    for _ in range(MOST_PRESSES):
        if page.url.endswith("/result"):
            return
        if there(page, "form[data-answer]"):
            answer(page, site)
        else:
            turn(page, ONWARD)
        look()
    raise AssertionError(f"no result after {MOST_PRESSES} presses: {page.url}")

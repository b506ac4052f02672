"""What happens to answers when people go back, use two windows, press twice, or are away too long: nothing is lost, nothing counts twice."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from elearn import clock
from elearn.records import certificates, learning
from elearn.records.db import writing
from elearn.records.learning import AnswerRow
from elearn.records.sessions import SessionRow
from elearn.rules.questions.base import Answer
from tests import builders
from tests.answering import fields, right, wrong
from tests.browser.site import LEVEL1, Site, one_of_each, sit
from tests.browser.walking import answer, fill, heading, open_link, paper, press, press_twice

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

_number = count(1)


@pytest.fixture
def sitting(site: Site) -> tuple[str, int]:
    """Someone new, by the name that opens a window for them, with a fresh attempt at one question of every kind."""
    course, now, key = site.catalogue.courses[LEVEL1], clock.now(), f"sid-{next(_number)}"
    with site.records() as session, writing(session):
        who = builders.person(session, "Sid Marlow", int(site.things["team"]), now)
        site.people[key] = who.id
        site.things[f"mail-{key}"] = who.email
        return key, sit(session, who.id, course, 1, one_of_each(course), {}, now)


def stored(site: Site, attempt: int, place: int = 1) -> Sequence[Answer]:
    """Every answer kept for the question at this place, oldest first."""
    question = paper(site, attempt).questions[place - 1].id
    with site.records() as session:
        rows = session.query(AnswerRow).filter_by(attempt_id=attempt, question=question).order_by(AnswerRow.revision)
        return [{name: tuple(values) for name, values in row.given.items()} for row in rows]


def choose(page: Page, site: Site, attempt: int, how: Callable[..., Answer], place: int = 1) -> Answer:
    """Fill in an answer, without sending it."""
    drawn = paper(site, attempt)
    given = how(drawn.questions[place - 1])
    fill(page, fields(drawn, drawn.questions[place - 1], given))
    return given


def send(page: Page) -> None:
    press(page.locator("form[data-answer] button.next"))


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_of_two_windows_the_one_that_is_sent_last_counts_and_says_so(enter: Window, site: Site, sitting: tuple[str, int], script: bool) -> None:
    who, attempt = sitting
    one = enter(who, script=script)
    two = one.context.new_page()
    for page in (one, two):
        page.goto(f"/quiz/{attempt}/1")
    first = choose(one, site, attempt, wrong)
    send(one)
    last = choose(two, site, attempt, right)
    send(two)
    assert "You had answered this in another window too" in two.locator("main").inner_text()
    assert stored(site, attempt) == [first, last]


def test_pressing_twice_saves_once(enter: Window, site: Site, sitting: tuple[str, int]) -> None:
    who, attempt = sitting
    page = enter(who, script=False)
    page.goto(f"/quiz/{attempt}/1")
    given = choose(page, site, attempt, right)
    press_twice(page.locator("form[data-answer] button.next"), rf"/quiz/{attempt}/2\b")
    assert stored(site, attempt) == [given]


def test_back_shows_what_was_saved_and_it_can_be_changed(enter: Window, site: Site, sitting: tuple[str, int]) -> None:
    who, attempt = sitting
    page = enter(who, script=False)
    page.goto(f"/quiz/{attempt}/1")
    first = choose(page, site, attempt, wrong)
    send(page)
    page.go_back()
    assert page.locator("form[data-answer] input:checked").count() == 1, "the answer that was saved is still chosen"
    last = choose(page, site, attempt, right)
    send(page)
    assert page.url.partition("?")[0].endswith(f"/quiz/{attempt}/2")
    assert stored(site, attempt) == [first, last]
    page.go_back()
    page.go_forward()
    assert page.url.partition("?")[0].endswith(f"/quiz/{attempt}/2")
    assert stored(site, attempt) == [first, last], "going to and fro sends nothing"


@pytest.mark.parametrize("script", [False, True], ids=["without scripts", "with scripts"])
def test_an_answer_sent_after_the_session_ended_is_saved_once_when_its_owner_is_back(
    enter: Window, site: Site, sitting: tuple[str, int], script: bool
) -> None:
    who, attempt = sitting
    page = enter(who, script=script)
    page.goto(f"/quiz/{attempt}/1")
    given = choose(page, site, attempt, right)
    with site.records() as session, writing(session):
        session.query(SessionRow).filter_by(person_id=site.people[who]).update({"seen": clock.now() - timedelta(hours=3)})
    send(page)
    assert heading(page) == "Sign in"
    assert "kept" in page.locator("main").inner_text().casefold(), "and it says that nothing is lost"
    assert stored(site, attempt) == []

    email = site.things[f"mail-{who}"]
    page.get_by_label("Email address").fill(email)
    press(page.get_by_role("button", name="Email me a link"))
    assert heading(page) == "Look in your email"
    open_link(page, site, email)
    press(page.get_by_role("button", name="Sign in"))
    assert page.url.partition("?")[0].endswith(f"/quiz/{attempt}/1"), "and one is where one was"
    assert page.locator("form[data-answer] input:checked").count() == 1
    assert stored(site, attempt) == [given]
    page.reload()
    page.goto(f"/quiz/{attempt}/2")
    assert stored(site, attempt) == [given]


def test_every_kind_of_question_is_answered_without_scripts_and_finished_once(enter: Window, site: Site, sitting: tuple[str, int]) -> None:
    who, attempt = sitting
    page = enter(who, script=False)
    page.goto(f"/quiz/{attempt}/1")
    for place in range(1, len(paper(site, attempt).questions) + 1):
        assert page.url.partition("?")[0].endswith(f"/quiz/{attempt}/{place}")
        answer(page, site)
    assert heading(page) == "Check your answers"
    press_twice(page.get_by_role("button", name="Finish and see my result"), f"/quiz/{attempt}/result$")
    assert "You passed" in heading(page)
    with site.records() as session:
        assert len(certificates.of_person(session, site.people[who])) == 1
        found = learning.attempt(session, attempt)
    assert found is not None
    assert (found.right, found.total) == (9, 9)
    page.go_back()
    page.goto(f"/quiz/{attempt}/1")
    assert page.url.endswith("/result"), "what is finished is not asked again"

"""Pages that are drawn once for everybody at the same place: each reader still gets their own name, token, progress and day."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import learning
from elearn.records.db import writing
from elearn.records.people import PersonRow
from elearn.web import pages
from tests import builders
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, NEGLECT, course_of, screens

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture
def kim(people: People, records: Records) -> Who:
    """A second learner in Bob's team."""
    with records() as session, writing(session):
        return builders.person(session, "Kim Rowe", people.team_id, clock.now())


@pytest.fixture
def drawings(app: Flask) -> Iterator[list[str]]:
    """The templates that are drawn whole from now on."""
    drawn: list[str] = []
    frame: pages.Frame = app.extensions["frame"]
    frame._drawn.clear()
    draw = frame._draw

    def noted(template: str, *rest: Any) -> str:
        drawn.append(template)
        return draw(template, *rest)

    with patch.object(frame, "_draw", noted):
        yield drawn


def html(page: Page) -> str:
    return page.response.get_data(as_text=True)


def test_two_people_at_one_place_share_the_drawing_and_nothing_else(browse: Browse, people: People, kim: Who, records: Records, drawings: list[str]) -> None:
    with records() as session, writing(session):
        session.get_one(PersonRow, people.bob.id).name = "Bo <b>& “Bob”"
    bob, other = browse(people.bob).get(f"/learn/{LEVEL1}"), browse(kim).get(f"/learn/{LEVEL1}")
    assert drawings.count("learn/course.html") == 1
    assert "Bo &lt;b&gt;&amp; “Bob”" in html(bob)
    assert kim.name in html(other)
    assert "Bo &lt;" not in html(other)
    assert kim.name not in html(bob)
    tokens = [set(TOKEN.findall(html(page))) for page in (bob, other)]
    assert all(len(each) == 1 for each in tokens), "every form of a page holds the same token"
    assert tokens[0] != tokens[1]
    blank = [TOKEN.sub("", html(page)).replace("Bo &lt;b&gt;&amp; “Bob”", "").replace(kim.name, "") for page in (bob, other)]
    assert blank[0] == blank[1]
    frame: pages.Frame = bob.app.extensions["frame"]
    assert not any(mark in html(page) for page in (bob, other) for mark in (frame._name, frame._token))


def test_the_token_of_a_shared_page_is_taken(browse: Browse, people: People, kim: Who, app: Flask) -> None:
    unit, step, _ = screens(course_of(app, LEVEL1))[0]
    browse(kim).get(f"/learn/{LEVEL1}/{unit}/{step}")
    page = browse(people.bob).get(f"/learn/{LEVEL1}/{unit}/{step}")
    page.post(page.path, press="Next")
    assert page.path != f"/learn/{LEVEL1}/{unit}/{step}"


def test_someone_else_s_progress_is_never_shown(browse: Browse, people: People, kim: Who, records: Records, app: Flask, drawings: list[str]) -> None:
    course = course_of(app, NEGLECT)
    with records() as session, writing(session):
        learning.mark_step(session, people.bob.id, NEGLECT, f"{course.units[0].id}/what", course.version, clock.now())
    assert "(read)" in html(browse(people.bob).get(f"/7/{NEGLECT}"))
    assert "(read)" not in html(browse(kim).get(f"/7/{NEGLECT}"))
    assert "(read)" not in html(browse(None).get(f"/7/{NEGLECT}"))
    assert drawings.count("briefings/start.html") == 3


def test_a_visitor_and_someone_signed_in_do_not_share(browse: Browse, people: People) -> None:
    assert people.bob.name in html(browse(people.bob).get(f"/7/{NEGLECT}/1"))
    assert "Sign in" in browse(None).get(f"/7/{NEGLECT}/1").text


def test_a_manager_s_menu_is_their_own(browse: Browse, people: People) -> None:
    assert "My team" not in html(browse(people.bob).get(f"/learn/{LEVEL1}"))
    assert "My team" in html(browse(people.alice).get(f"/learn/{LEVEL1}"))


def test_tomorrow_it_is_drawn_anew(browse: Browse, people: People, drawings: list[str]) -> None:
    page = browse(None)
    page.get(f"/learn/{LEVEL1}").get(f"/learn/{LEVEL1}")
    assert drawings == ["learn/course.html"]
    tomorrow = clock.now() + timedelta(days=1)
    with patch("elearn.clock.now", lambda: tomorrow):
        page.get(f"/learn/{LEVEL1}")
    assert drawings == ["learn/course.html"] * 2


def test_how_a_reader_likes_their_pages_is_their_own(browse: Browse, people: People) -> None:
    bob = browse(people.bob)
    bob.client.set_cookie("elearn-display", "dark.large")
    assert 'data-theme="dark"' in html(bob.get(f"/learn/{LEVEL1}"))
    assert 'data-theme="dark"' not in html(browse(people.alice).get(f"/learn/{LEVEL1}"))


def test_there_is_an_end_to_what_is_kept(browse: Browse, app: Flask, drawings: list[str]) -> None:
    frame: pages.Frame = app.extensions["frame"]
    page = browse(None)
    with patch("elearn.web.pages.MOST_DRAWN", 3):
        for number in range(1, 8):
            page.get(f"/7/{NEGLECT}/{number}")
            assert len(frame._drawn) <= 3


def test_a_fact_that_cannot_be_compared_is_refused(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(TypeError):
        pages.render_shared("learn/course.html", course=["a list"])  # type: ignore[arg-type]  # what the test is about

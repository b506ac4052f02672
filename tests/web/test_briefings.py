"""Safer7 briefings: open to everyone, read box by box or on one page, and counted when someone is signed in."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn.records import learning, ledger
from elearn.rules.evidence import FactKind
from elearn.web.areas.briefings import _facts
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import NEGLECT, course_of, read_briefing

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


def test_a_visitor_reads_all_seven_boxes_without_an_account(browse: Browse, app: Flask) -> None:
    course = course_of(app, NEGLECT)
    page = browse(None).get(f"/7/{NEGLECT}")
    assert page.h1 == course.title
    for number, (_, box) in enumerate(course.screens(), 1):
        page.get(f"/7/{NEGLECT}/{number}") if number == 1 else None
        assert page.h1 == box.title
        page.post(f"/7/{NEGLECT}/{number}")
    assert page.path == f"/7/{NEGLECT}/done"


def test_a_visitor_who_comes_back_goes_on_where_they_stopped(browse: Browse) -> None:
    page = browse(None).get(f"/7/{NEGLECT}/1")
    page.post(f"/7/{NEGLECT}/1").post(f"/7/{NEGLECT}/2")
    assert f"/7/{NEGLECT}/3" in page.get(f"/7/{NEGLECT}").links()
    page.get(f"/7/{NEGLECT}/3")
    assert page.text.count("(read)") == 2


def test_what_one_visitor_read_another_has_not(browse: Browse) -> None:
    read_briefing(browse(None))
    assert "(read)" not in browse(None).get(f"/7/{NEGLECT}/1").text


def test_signed_in_the_reading_is_written_down_once(browse: Browse, people: People, records: Records) -> None:
    page = read_briefing(browse(people.bob))
    read_briefing(page)
    with records() as session:
        assert [fact.kind for fact in ledger.of_person(session, people.bob.id)] == [FactKind.READ]
    page.get(f"/7/{NEGLECT}/done")


@pytest.mark.parametrize("path", ["/7/no-such", f"/7/{NEGLECT}/0", f"/7/{NEGLECT}/8", f"/7/{NEGLECT}/x", "/7/child-abuse-and-neglect"])
def test_what_is_not_there_is_said_to_be_not_there(browse: Browse, path: str) -> None:
    assert browse(None).get(path, 404).status == 404


def test_a_course_page_of_a_briefing_leads_to_the_briefing(browse: Browse) -> None:
    assert browse(None).get(f"/learn/{NEGLECT}").path == f"/7/{NEGLECT}"


def test_one_page_has_every_box_for_the_printer(browse: Browse, app: Flask) -> None:
    page = browse(None).get(f"/7/{NEGLECT}/print")
    page.says(*(box.title for _, box in course_of(app, NEGLECT).screens()), "Not yet reviewed by a safeguarding professional")


def test_the_pdf_is_a_pdf_and_is_made_once(browse: Browse, app: Flask) -> None:
    page = browse(None)
    first = page.download(f"/7/{NEGLECT}.pdf")
    assert first.mimetype == "application/pdf"
    assert first.data.startswith(b"%PDF-")
    assert page.download(f"/7/{NEGLECT}.pdf").data == first.data


def test_on_paper_too_the_levels_of_support_carry_the_partnerships_names(app: Flask) -> None:
    course = course_of(app, NEGLECT)
    unit, box = next(course.screens())
    told = replace(box, body='<p>Ask for help.</p><div class="levels-here"></div>')
    with app.test_request_context(f"/7/{NEGLECT}.pdf"):
        facts = _facts(replace(course, units=(replace(unit, steps=(told, *unit.steps[1:])),)))
    assert facts.boxes[0].html.startswith("<p>Ask for help.</p>")
    assert "Level 4" in facts.boxes[0].html
    assert "levels-here" not in facts.boxes[0].html


def test_a_reflection_is_kept_as_it_was_written_and_shown_to_its_writer_alone(browse: Browse, people: People, records: Records) -> None:
    page = read_briefing(browse(people.bob))
    words = "I’ll ask more.\nمرحبا <b>not bold</b> & \"quoted\""
    page.post(f"/7/{NEGLECT}/reflection", {"reflection": words})
    with records() as session:
        assert learning.reflection(session, people.bob.id, NEGLECT) == (words, False)
    assert "I’ll ask more." in page.get(f"/7/{NEGLECT}/done").response.get_data(as_text=True)
    assert b"<b>not bold" not in page.response.data
    assert "ask more" not in read_briefing(browse(people.omar)).response.get_data(as_text=True)


def test_pressing_next_without_the_pages_token_changes_nothing(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob).get(f"/7/{NEGLECT}/1")
    page.send(f"/7/{NEGLECT}/1", [("csrf", "guessed")], 400)
    page.send(f"/7/{NEGLECT}/1", [], 400)
    with records() as session:
        assert learning.seen_steps(session, people.bob.id, NEGLECT) == frozenset()

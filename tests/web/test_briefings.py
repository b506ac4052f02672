"""Safer7 briefings: open to everyone, read box by box or on one page, and counted when someone is signed in."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.documents.certificate import words_of
from elearn.documents.printer import DoesNotFit, PrintFailed
from elearn.records import learning, ledger, tenancy
from elearn.records.db import writing
from elearn.records.tenancy import LocalContact
from elearn.rules.evidence import FactKind
from elearn.web.areas import briefings as area
from elearn.web.areas.briefings import on_paper
from elearn.web.care import FIRST
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import NEGLECT, course_of, read_briefing

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@pytest.fixture
def numbers(app: Flask, records: Records) -> Iterator[Callable[..., None]]:
    """Fills in local numbers for one test."""
    kept: list[LocalContact] = []

    def save(contact: LocalContact) -> None:
        with records() as session, writing(session):
            tenancy.save_contact(session, contact, None, clock.now())
        app.extensions["tenancy"].forget()

    def fill(key: str, name: str, number: str, agency_id: int | None = None) -> None:
        kept.append(LocalContact(key, agency_id, name, number, "", clock.now().date()))
        save(kept[-1])

    yield fill
    for contact in kept:
        save(replace(contact, number=""))


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


def _paper(page: Page) -> str:
    return " ".join(words_of(page.download(f"/7/{NEGLECT}.pdf").data).split())


def test_on_paper_are_the_numbers_of_whoever_prints_it_danger_first(browse: Browse, people: People, numbers: Callable[..., None]) -> None:
    numbers("childrens-services", "Westmere Children’s Services", "01632 960 111")
    numbers("childrens-services", "Oakfield’s own line", "01632 960 222", people.agency_id)
    for read in (_paper, lambda page: page.get(f"/7/{NEGLECT}/print").text):
        visitor, member = read(browse(None)), read(browse(people.bob))
        assert "01632 960 111 Westmere Children’s Services" in visitor and "01632 960 222" not in visitor
        assert "01632 960 222 Oakfield’s own line" in member and "01632 960 111" not in member
        assert member.index("A child in danger now? Call 999") < member.index("01632 960 222")


def test_a_number_that_is_missing_leaves_no_gap_and_a_national_line_stands_in(browse: Browse, numbers: Callable[..., None]) -> None:
    page = browse(None)
    for words in (_paper(page), page.get(f"/7/{NEGLECT}/print").text):
        assert "0808 800 5000 NSPCC Helpline (checked" in words
        assert "Your safeguarding lead" not in words and "out of hours" not in words
    for key in FIRST:
        numbers(key, f"The {key}", "01632 960 333")
    for words in (_paper(page), page.get(f"/7/{NEGLECT}/print").text):
        assert words.count("01632 960 333") == 3
        assert "NSPCC Helpline" not in words


@pytest.mark.parametrize(("error", "status", "said"), [(DoesNotFit("long"), 404, "does not fit on one page"), (PrintFailed("gone"), 503, "The PDF is not ready")])
def test_a_pdf_that_cannot_be_made_leads_to_the_page_that_prints(
    browse: Browse, monkeypatch: pytest.MonkeyPatch, error: PrintFailed, status: int, said: str
) -> None:
    def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(area, "printed", fail)
    page = browse(None).get(f"/7/{NEGLECT}.pdf", status)
    page.says(said)
    assert page.click("Go to the page").path == f"/7/{NEGLECT}/print"


def test_on_paper_too_the_levels_of_support_carry_the_partnerships_names(app: Flask) -> None:
    course = course_of(app, NEGLECT)
    unit, box = next(course.screens())
    told = replace(box, body='<p>Ask for help.</p><div class="levels-here"></div>')
    with app.test_request_context(f"/7/{NEGLECT}.pdf"):
        facts = on_paper(replace(course, units=(replace(unit, steps=(told, *unit.steps[1:])),)))
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

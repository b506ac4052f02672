"""The one-page briefing: always one page, never too small to read."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from elearn.content.library import load
from elearn.documents.briefing import Box, BriefingFacts, Number, briefing
from elearn.documents.certificate import words_of
from elearn.documents.printer import DoesNotFit, Printer

READING = (
    "<p class=lead>Neglect is when a child’s basic needs go unmet.</p><ul class=ticks><li><svg><use href='#i-check'/></svg><span>Often hungry</span></li>"
    "<li><strong>Ask:</strong> what is a day like?</li></ul><div class=note><div><h2>Ask yourself</h2><p>Is the child put first?</p></div></div>"
)


LIBRARY, _ = load(Path(__file__).parents[2] / "modules")
SHIPPED = sorted(slug for slug, course in LIBRARY.courses.items() if course.kind == "safer7")


CHECKED = date(2026, 11, 3)
LONG = "at the Westmere and Oakfield Partnership for Children and Families, in the evening, at night, at weekends and on holidays"
LOCAL = (
    Number("Sam Lee, safeguarding lead", "0306 999 0101", CHECKED), Number("Westmere Children’s Services", "0306 999 0142", CHECKED),
    Number("Westmere Children’s Services, out of hours", "0306 999 0143", date(2026, 2, 9)),
)
LONGEST = tuple(Number(f"{who} {LONG}"[:120], "+44 (0)306 999 0142", CHECKED) for who in ("The lead", "The team", "The duty team"))


def facts(reading: str = READING) -> BriefingFacts:
    boxes = tuple(Box(number, f"Minute {number}", reading) for number in range(1, 8))
    return BriefingFacts("Child neglect", boxes, "https://learn.westmere.example/7/child-neglect", "Westmere Partnership", date(2026, 5, 1), date(2027, 5, 1), "Helen Marsh")


def test_it_has_seven_boxes_in_order_and_says_when_it_was_checked(printer: Printer) -> None:
    pdf = briefing(printer, facts())
    text = words_of(pdf)
    places = [text.index(f"Minute {number}") for number in range(1, 8)]
    assert places == sorted(places)
    assert "Law as at May 2026. Reviewed by Helen Marsh. Look for a newer copy after May 2027." in text
    assert "Ask yourself: Is the child put first?" in text
    [code] = zxingcpp.read_barcodes(pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil())
    assert code.text == "https://learn.westmere.example/7/child-neglect"


def test_more_words_are_set_smaller(printer: Printer) -> None:
    def width(pdf: bytes) -> float:
        page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
        at = page.search("Often hungry").get_next()
        assert at is not None
        first, last = (page.get_charbox(at[0] + place) for place in (0, at[1] - 1))
        return float(last[2] - first[0])

    assert width(briefing(printer, facts(READING + "<p>" + "More words here. " * 18 + "</p>"))) < width(briefing(printer, facts()))


def test_too_many_words_are_refused_rather_than_cut_off(printer: Printer) -> None:
    with pytest.raises(DoesNotFit):
        briefing(printer, facts(READING * 5))


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_briefing_that_we_ship_fits_on_its_page(printer: Printer, slug: str) -> None:
    course = LIBRARY.courses[slug]
    boxes = tuple(Box(number, screen.title, screen.body) for number, (_, screen) in enumerate(course.screens(), 1))
    said = BriefingFacts(course.title, boxes, f"https://learning.westmere-safeguarding-partnership.example/7/{slug}", "Westmere Partnership", date(2026, 5, 1), date(2027, 5, 1), danger="999")
    for numbers in ((), LOCAL, LONGEST):
        assert len(pypdfium2.PdfDocument(briefing(printer, replace(said, numbers=numbers)))) == 1


def test_it_says_whom_to_call_danger_first_and_when_each_number_was_checked(printer: Printer) -> None:
    text = " ".join(words_of(briefing(printer, replace(facts(), danger="999", numbers=LOCAL))).replace("\u00a0", " ").split())
    places = [text.index(words) for words in ("A child in danger now? Call 999", "0306 999 0101 Sam Lee", "0306 999 0142", "0306 999 0143", "Make it count")]
    assert places == sorted(places)
    assert "Westmere Children’s Services (checked 3 November 2026)" in text
    assert "Westmere Children’s Services, out of hours (checked 9 February 2026)" in text


def test_whoever_has_no_number_is_not_on_the_page(printer: Printer) -> None:
    text = words_of(briefing(printer, replace(facts(), danger="999", numbers=(Number("Your safeguarding lead", "", None), *LOCAL[1:]))))
    assert "Your safeguarding lead" not in text
    assert "0306 999 0142" in text
    bare = words_of(briefing(printer, facts()))
    assert "Call" not in bare and "checked" not in bare


def test_long_names_are_set_smaller_and_leave_the_boxes_and_the_code_as_they_are(printer: Printer) -> None:
    assert not replace(facts(), numbers=LOCAL).crowded
    assert replace(facts(), numbers=LONGEST).crowded
    page = pypdfium2.PdfDocument(briefing(printer, replace(facts(), danger="999", numbers=LONGEST)))[0]
    text = page.get_textpage()
    assert text.get_text_bounded().count("+44 (0)306 999 0142") == 3
    [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert code.text == facts().url


@pytest.mark.parametrize("reading", [READING + "<p>" + "More words here. " * more + "</p>" for more in range(0, 24, 4)])
def test_numbers_with_the_longest_names_fit_whatever_the_size_of_the_boxes(printer: Printer, reading: str) -> None:
    for numbers in (LOCAL, LONGEST):
        assert "Scan to open this" in words_of(briefing(printer, replace(facts(reading), danger="999", numbers=numbers)))

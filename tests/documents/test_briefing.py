"""The one-page briefing: always one page, never too small to read."""
from __future__ import annotations

from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from elearn.content.library import load
from elearn.documents.briefing import Box, BriefingFacts, briefing
from elearn.documents.certificate import words_of
from elearn.documents.printer import DoesNotFit, Printer

READING = (
    "<p class=lead>Neglect is when a child’s basic needs go unmet.</p><ul class=ticks><li><svg><use href='#i-check'/></svg><span>Often hungry</span></li>"
    "<li><strong>Ask:</strong> what is a day like?</li></ul><div class=note><div><h2>Ask yourself</h2><p>Is the child put first?</p></div></div>"
)


LIBRARY, _ = load(Path(__file__).parents[2] / "modules")
SHIPPED = sorted(slug for slug, course in LIBRARY.courses.items() if course.kind == "safer7")


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
    pdf = briefing(printer, BriefingFacts(course.title, boxes, f"https://learn.westmere.example/7/{slug}", "Westmere Partnership", date(2026, 5, 1), date(2027, 5, 1)))
    assert len(pypdfium2.PdfDocument(pdf)) == 1

"""A poster: one page, whatever numbers an organisation has, and a line to write on where one is missing."""
from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from markupsafe import Markup

from elearn.documents.certificate import words_of
from elearn.documents.poster import Line, PosterFacts, poster
from elearn.documents.printer import DoesNotFit, Printer

ART = Markup('<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120" viewBox="0 0 120 120"><title>A dot</title><circle cx="60" cy="60" r="9"/></svg>')


def facts() -> PosterFacts:
    return PosterFacts(
        "Small signs add up.", "It is small things, seen often.", ("Often hungry", "Not brought to the dentist"), "Tell someone today.", ART,
        "petrol", "999", (Line("Your safeguarding lead", ""), Line("Children’s services", "01632 960101")),
        "https://learn.westmere.example/worried", "Westmere Partnership", "Learning Zone", date(2026, 5, 1), date(2027, 5, 1),
    )


def test_it_says_its_words_its_numbers_and_when_it_was_made(printer: Printer) -> None:
    pdf = poster(printer, facts())
    text = words_of(pdf)
    for words in ("Small signs add up.", "Often hungry", "Children’s services", "01632 960101", "Call 999", "Made in May 2026", "Westmere Partnership"):
        assert words in text
    assert "Not yet reviewed by a safeguarding professional." in text
    assert "Reviewed by Dr Sow." in words_of(poster(printer, replace(facts(), reviewed_by="Dr Sow")))
    page = pypdfium2.PdfDocument(pdf)[0]
    width, height = page.get_size()
    assert height > width
    [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert code.text == "https://learn.westmere.example/worried"


def test_what_a_partnership_adds_is_words_and_never_part_of_the_page(printer: Printer) -> None:
    spoiled = replace(facts(), issuer="<b>Westmere</b> & {{ 7*7 }}", lines=(Line("<script>", "<i>1</i>"),))
    text = words_of(poster(printer, spoiled))
    assert "<b>Westmere</b> & {{ 7*7 }}" in text and "<script>" in text


def test_many_long_names_are_set_smaller_and_too_many_are_refused(printer: Printer) -> None:
    long = tuple(Line("Children’s services, in the evening and at night", f"01632 96010{n}") for n in range(5))
    assert "01632 960104" in words_of(poster(printer, replace(facts(), lines=long)))
    with pytest.raises(DoesNotFit):
        poster(printer, replace(facts(), lines=long * 4))


def test_to_save_ink_it_is_printed_on_white(printer: Printer) -> None:
    def corner(plain: bool) -> tuple[int, ...]:
        image = pypdfium2.PdfDocument(poster(printer, replace(facts(), plain=plain)))[0].render(scale=1).to_pil().convert("RGB")
        return tuple(image.getpixel((5, 5)))

    assert corner(True) == (255, 255, 255)
    assert corner(False) == (0x0B, 0x4A, 0x56)

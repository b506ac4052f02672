"""What a certificate says, for every name, and that nothing in it can be made to lie."""
from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from elearn.documents.certificate import NameNotPrinted, certificate, printable, words_of
from elearn.documents.printer import Printer
from tests.documents.conftest import FACTS, NAMES

LONG = "Maria da Conceição Esperança dos Santos Oliveira-Fernandes e Albuquerque Nascimento-Cavalcanti Figueiredo Vasconcellos J"


def fonts(pdf: bytes) -> dict[str, bool]:
    """Name of each font used on the page, and whether it is embedded."""
    found = {}
    page = pypdfium2.PdfDocument(pdf)[0]
    for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        font = pdfium.FPDFTextObj_GetFont(thing.raw)
        room = ctypes.create_string_buffer(200)
        pdfium.FPDFFont_GetBaseFontName(font, room, 200)
        found[room.value.decode()] = bool(pdfium.FPDFFont_GetIsEmbedded(font))
    return found


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_in_any_script_is_printed_with_our_own_embedded_fonts(printer: Printer, name: str) -> None:
    pdf = certificate(printer, replace(FACTS, holder_name=name))  # reads the name back, or raises
    used = fonts(pdf)
    assert used
    assert all(used.values())
    assert all("Printed-" in font for font in used), used
    assert len(pdf) < 120_000


def test_it_says_what_a_certificate_must_say(printer: Printer) -> None:
    text = " ".join(words_of(certificate(printer, FACTS)).split())
    for words in (
        "Amira Khan", "Child Abuse and Neglect, level 1", "Edition 1.0. Says what the law was on 1 September 2026.", "26 May 2026", "26 May 2028",
        "1 hour 30 minutes", "Passed, 9 of 10", "keep well while doing this work", "Westmere Safeguarding People Partnership", "Learning Zone",
        "WM7-4KQX-92PD", "learn.westmere.example/c", "Dr Nadia Sow", "does not show competence to practise", "not a background check",
    ):
        assert words in text


def test_what_never_ends_says_so(printer: Printer) -> None:
    text = words_of(certificate(printer, replace(FACTS, until=None, level=None, signer=None, signer_role=None, minutes=7)))
    assert "No end date" in text
    assert "level" not in text
    assert "7 minutes" in text


def test_the_square_opens_the_page_that_checks_it(printer: Printer) -> None:
    for plain in (False, True):
        page = pypdfium2.PdfDocument(certificate(printer, replace(FACTS, plain=plain)))[0]
        codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        assert [code.text for code in codes] == [FACTS.verify_url]


def test_it_is_one_a4_page_on_its_side_with_a_title_and_an_author(printer: Printer) -> None:
    document = pypdfium2.PdfDocument(certificate(printer, FACTS))
    assert [round(side) for side in document[0].get_size()] == [842, 595]
    about = document.get_metadata_dict()
    assert about["Title"] == "Certificate: Child Abuse and Neglect, level 1 – Amira Khan"
    assert about["Author"] == "Westmere Safeguarding People Partnership"


def test_the_ink_saving_page_says_the_same_with_much_less_ink(printer: Printer) -> None:
    full, plain = certificate(printer, FACTS), certificate(printer, replace(FACTS, plain=True))
    assert words_of(full) == words_of(plain)
    ink = [sum(255 - grey for grey in pypdfium2.PdfDocument(pdf)[0].render(scale=.5).to_pil().convert("L").tobytes()) for pdf in (full, plain)]
    assert ink[1] < ink[0] / 5


@pytest.mark.parametrize("name", [LONG, "W" * 120, "王" * 120, "श्री" * 30, "م" * 120], ids=["words", "no-space", "chinese", "devanagari", "arabic"])
def test_a_name_of_120_letters_fits_with_eight_outcomes(printer: Printer, name: str) -> None:
    assert len(name) == 120
    crowded = replace(FACTS, holder_name=name, course="Neglect, emotional harm and what gets in the way of noticing them", outcomes=FACTS.outcomes + FACTS.outcomes[:2])
    assert certificate(printer, crowded)


@pytest.mark.parametrize("name", ["", " \u202e ", "n" * 121])
def test_no_certificate_without_a_name_or_with_an_endless_one(printer: Printer, name: str) -> None:
    with pytest.raises(NameNotPrinted):
        certificate(printer, replace(FACTS, holder_name=name))


@pytest.mark.parametrize("name", [
    "<link rel=attachment href=file:///etc/passwd>", "{{7*7}} {% raw %}", "<img src=x onerror=alert(1)>", "&lt;b&gt; </h1>", "<style>@import 'http://x.example/'",
])
def test_a_hostile_name_is_printed_letter_for_letter_and_fetches_nothing(printer: Printer, name: str) -> None:
    pdf = certificate(printer, replace(FACTS, holder_name=name))
    document = pypdfium2.PdfDocument(pdf)
    assert document.count_attachments() == 0
    # WeasyPrint may break the line anywhere in such a name.
    assert "".join(name.split()) in "".join(words_of(pdf).split())


def test_a_name_cannot_turn_the_page_round_or_blot_it_out() -> None:
    assert printable("Amira\u202e nahK\u2066") == "Amira nahK"
    assert printable("A\u200bmi\x00ra\n Khan") == "Amira Khan"
    assert printable("Zoe\u0308") == "Zo\u00eb"
    assert len(printable("a" + "\u0316" * 400)) == 5
    assert printable("می\u200cخواهم") == "می\u200cخواهم"


def test_a_letter_that_no_shipped_font_has_is_never_an_empty_box(printer: Printer) -> None:
    """Vithkuqi, added to Unicode in 2021: printed if this machine has a font for it, refused if not."""
    facts = replace(FACTS, holder_name="Arta 𐕰𐕱")
    try:
        used = fonts(certificate(printer, facts))
    except NameNotPrinted as refused:
        assert "𐕰𐕱" in str(refused)
    else:
        assert any("Printed-" not in font for font in used)


def test_a_page_with_another_name_on_it_is_not_given_out(printer: Printer) -> None:
    forged = certificate(printer, replace(FACTS, holder_name="Oukasz Nowak"))

    class Forger(Printer):
        def render(self, template: str, facts: Mapping[str, object], steps: Sequence[int] = (0,)) -> bytes:
            return forged

    for name in ("Łukasz Nowak", "فاطمة"):
        with pytest.raises(NameNotPrinted):
            certificate(Forger(), replace(FACTS, holder_name=name))

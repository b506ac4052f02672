"""The certificate: what it says, printed on one A4 page, and read back before anyone is given it."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

import pypdfium2

from elearn.documents.printer import LettersMissing, Printer, PrintFailed
from elearn.documents.qr import qr_path

LONGEST_NAME = 120
MOST_OUTCOMES = 8
MOST_MARKS = 4
"""Accents on one letter: Vietnamese needs two, pointed Hebrew three; a hundred are a trick to blot out the page."""

KIND = "Certificate of learning"
HAS = "has completed"
"""The words above and below the name."""

STATEMENT = "This shows awareness of the subject. It does not show competence to practise, and it is not a background check."


class NameNotPrinted(PrintFailed):
    """The holder's name cannot be printed, or did not come out of the finished page as it went in."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything a certificate says. It never says a date of birth, an employer or a number of attempts."""

    holder_name: str
    course: str
    edition: str
    law_as_at: date
    completed: date
    minutes: int
    result: str
    """In words: “Passed, 9 of 10”."""
    outcomes: tuple[str, ...]
    """Each follows “has shown how to”. Eight at most are printed."""
    issuer: str
    site_name: str
    code: str
    """Grouped for reading aloud: “WM7-4KQX-92PD”."""
    verify_url: str
    level: int | str | None = None
    until: date | None = None
    signer: str | None = None
    signer_role: str | None = None
    statement: str = STATEMENT
    plain: bool = False
    """Outlines instead of filled shapes, to save ink."""


def certificate(printer: Printer, facts: CertificateFacts) -> bytes:
    """One A4 landscape page, PDF/UA-1.

    Raises NameNotPrinted if the name is empty, longer than 120 letters, holds a letter that no font has, or is not found in the text of the finished
    page; PrintFailed if the press gave nothing.
    """
    name = printable(facts.holder_name)
    if not 0 < len(name) <= LONGEST_NAME:
        raise NameNotPrinted(f"a name of {len(name)} letters")
    try:
        pdf = printer.render("certificate.html", _said(name, facts), steps=range(_first_step(name), 8))
    except LettersMissing as missing:
        raise NameNotPrinted(str(missing)) from missing
    if not _names(name, words_of(pdf)):
        raise NameNotPrinted("the name on the page is not the name that was given")
    return pdf


def printable(name: str) -> str:
    """`name` as it is printed: composed (NFC), without controls, direction marks or private letters, and with at most four accents on a letter.

    The joiners that Persian and Indian spellings need (U+200C, U+200D) stay.
    """
    kept, marks = [], 0
    for letter in unicodedata.normalize("NFC", name):
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if letter.isspace():
            kept.append(" ")
        elif letter in "\u200c\u200d" or (kind[0] != "C" and marks <= MOST_MARKS):
            kept.append(letter)
    return " ".join("".join(kept).split())


def words_of(pdf: bytes) -> str:
    """The text layer of the only page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        if len(document) != 1:
            raise PrintFailed(f"{len(document)} pages instead of one")
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


def _said(name: str, facts: CertificateFacts) -> dict[str, object]:
    return {
        "kind": KIND, "has": HAS, "name": name, "rightwards": _rightwards(name), "course": facts.course,
        "level": facts.level, "edition": facts.edition,
        "law_as_at": _day(facts.law_as_at), "completed": _day(facts.completed), "until": _day(facts.until) if facts.until else "No end date",
        "learning_time": _time(facts.minutes), "result": facts.result, "outcomes": facts.outcomes[:MOST_OUTCOMES], "issuer": facts.issuer,
        "site_name": facts.site_name, "code": facts.code, "verify_qr": qr_path(facts.verify_url),
        "verify_shown": facts.verify_url.partition("://")[2].rpartition("/")[0] or facts.verify_url, "signer": facts.signer,
        "signer_role": facts.signer_role or "", "statement": facts.statement, "plain": facts.plain,
    }


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _time(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((hours, "hour"), (rest, "minute")) if count]
    return " ".join(parts) or "0 minutes"


def _first_step(name: str) -> int:
    """The largest size of type worth trying: one line if it can be, two for a long name. Chinese letters are twice as wide as Latin ones."""
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name if not unicodedata.combining(letter))
    return next((step for step, most in enumerate((21, 26, 32, 76, 90)) if width <= most), 5)


def _rightwards(name: str) -> bool:
    """Whether the name reads from right to left: its first letter with a direction decides (Unicode bidi rules P2, P3)."""
    return next((way != "L" for way in map(unicodedata.bidirectional, name) if way in ("L", "R", "AL")), False)


def _names(name: str, text: str) -> bool:
    """Whether the page's text holds the name.

    A name written from right to left is compared by its letters, whatever their order and points: programs that read PDFs put these in order each in
    its own way. It is looked for only between the words printed before and after it.
    """
    if not any(way in ("R", "AL") for way in map(unicodedata.bidirectional, name)):
        return _bare(name) in _bare(text)
    return _letters(name) == _letters(text.partition(KIND)[2].partition(HAS)[0])


def _bare(text: str) -> str:
    """`text` without what a line break or a way of encoding may change."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", text)
        if not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Cn", "Pd")
    )


def _letters(text: str) -> list[str]:
    return sorted(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())

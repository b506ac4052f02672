"""A Safer7 briefing on one A4 page: seven boxes clockwise round a centre."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

from markupsafe import Markup

from elearn.documents.printer import Printer
from elearn.documents.qr import qr_path
from elearn.rules.validity import in_words

SIZES = range(7)
"""Steps of type in static/css/briefing.css, from 10.4pt down to 8pt."""

A_LINE = 44
"""Small letters that are sure to fit beside each other in the list of whom to call. Others are counted as half as wide again."""

MOST_LINES = 6
"""Lines that the list has room for in type of 9pt."""


@dataclass(frozen=True, slots=True)
class Box:
    """One of the seven minutes."""

    number: int
    title: str
    html: str
    """The reading of this minute: HTML already made safe."""


@dataclass(frozen=True, slots=True)
class Number:
    """Whom to call, on what number, and the day someone last checked it."""

    name: str
    number: str
    checked: date | None

    @property
    def dated(self) -> str:
        """The day in words, kept together on one line: on paper nobody else can say how old a number is."""
        return f"(checked {in_words(self.checked)})".replace(" ", "\u00a0") if self.checked else ""


@dataclass(frozen=True, slots=True)
class BriefingFacts:
    """What the page says."""

    title: str
    boxes: tuple[Box, ...]
    url: str
    """Where the briefing is on the site; becomes the QR code."""
    issuer: str
    checked: date
    again: date
    """When it will be read again: after that, people should look for a newer copy."""
    reviewed_by: str = ""
    invitation: str = "Scan to open this on a phone. Sign in, and it goes on your learning record."
    danger: str = ""
    """The number to call when a child is in danger now."""
    numbers: tuple[Number, ...] = ()
    """Whom else to call, first things first."""

    @property
    def call(self) -> tuple[Number, ...]:
        """Whom to call as the page says it: without a number, a name on paper would only look like a promise."""
        return tuple(line for line in self.numbers if line.number)

    @property
    def crowded(self) -> bool:
        """Whether names are so long that the list needs type of 8pt. The seven boxes keep theirs."""
        return sum(ceil(_width(f"{line.number} {line.name} {line.dated}") / A_LINE) for line in self.call) > MOST_LINES


def briefing(printer: Printer, facts: BriefingFacts) -> bytes:
    """One A4 landscape page, PDF/UA-1, in the largest type that fits.

    Raises DoesNotFit if the words would need type under 8pt, PrintFailed if the press gave nothing.
    """
    return printer.render("briefing.html", {
        "title": facts.title, "author": facts.issuer, "footer": facts.issuer, "reviewed": _reviewed(facts), "invitation": facts.invitation,
        "boxes": [{"number": box.number, "title": box.title, "html": Markup(box.html)} for box in facts.boxes],  # noqa: S704  (safe by contract)
        "qr_path": qr_path(facts.url), "shown_url": facts.url.partition("://")[2] or facts.url,
        "danger": facts.danger, "numbers": [(line.name, line.number, line.dated) for line in facts.call], "crowded": facts.crowded,
    }, steps=SIZES)


def _width(words: str) -> float:
    return sum(1.5 if letter.isalpha() and not letter.islower() else 1 for letter in words)


def _reviewed(facts: BriefingFacts) -> str:
    by = f"Reviewed by {facts.reviewed_by}." if facts.reviewed_by else "Not yet reviewed by a safeguarding professional."
    return f"Law as at {facts.checked:%B %Y}. {by} Look for a newer copy after {facts.again:%B %Y}."

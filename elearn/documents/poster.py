"""A notice for a wall: one drawing, a few words, and whom to tell, on one A4 page."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from elearn.documents.printer import Printer
from elearn.documents.qr import qr_path

SIZES = range(5)
"""Steps of type in static/css/poster.css: a poster is read from a step away, so it never gets small."""


@dataclass(frozen=True, slots=True)
class Line:
    """Someone to tell. Without a number there is a line to write it on."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class PosterFacts:
    """What the poster says. ``art`` is a drawing of our own, safe as it is; ``ground`` is the colour it stands on (classes ``on-...``)."""

    headline: str
    lead: str
    points: tuple[str, ...]
    close: str
    art: Markup
    ground: str
    danger: str
    """The number to call when a child is in danger now."""
    lines: tuple[Line, ...]
    url: str
    """Where help in a worry is on the site; becomes the QR code."""
    issuer: str
    site_name: str
    checked: date
    again: date
    reviewed_by: str = ""
    plain: bool = False
    """White paper and outlines, to save ink."""


def poster(printer: Printer, facts: PosterFacts) -> bytes:
    """One A4 page, PDF/UA-1, in the largest type that fits.

    Raises DoesNotFit if the words are too many, PrintFailed if the press gave nothing.
    """
    by = f"Reviewed by {facts.reviewed_by}." if facts.reviewed_by else "Not yet reviewed by a safeguarding professional."
    return printer.render("poster.html", {
        "headline": facts.headline, "lead": facts.lead, "points": facts.points, "close": facts.close, "art": facts.art,
        "ground": facts.ground, "plain": facts.plain, "danger": facts.danger, "lines": [(line.name, line.number) for line in facts.lines],
        "qr_path": qr_path(facts.url), "shown_url": facts.url.partition("://")[2] or facts.url, "issuer": facts.issuer,
        "site_name": facts.site_name, "dated": f"Made in {facts.checked:%B %Y}. {by} Look for a newer one after {facts.again:%B %Y}.",
    }, steps=SIZES)

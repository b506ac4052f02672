"""A Safer7 briefing on one A4 page: seven boxes clockwise round a centre."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from elearn.documents.printer import Printer
from elearn.documents.qr import qr_path

SIZES = range(7)
"""Steps of type in static/css/briefing.css, from 10.4pt down to 8pt."""


@dataclass(frozen=True, slots=True)
class Box:
    """One of the seven minutes."""

    number: int
    title: str
    html: str
    """The reading of this minute: HTML already made safe."""


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


def briefing(printer: Printer, facts: BriefingFacts) -> bytes:
    """One A4 landscape page, PDF/UA-1, in the largest type that fits.

    Raises DoesNotFit if the words would need type under 8pt, PrintFailed if the press gave nothing.
    """
    return printer.render("briefing.html", {
        "title": facts.title, "author": facts.issuer, "footer": facts.issuer, "reviewed": _reviewed(facts), "invitation": facts.invitation,
        "boxes": [{"number": box.number, "title": box.title, "html": Markup(box.html)} for box in facts.boxes],  # noqa: S704  (safe by contract)
        "qr_path": qr_path(facts.url), "shown_url": facts.url.partition("://")[2] or facts.url,
    }, steps=SIZES)


def _reviewed(facts: BriefingFacts) -> str:
    by = f"Reviewed by {facts.reviewed_by}." if facts.reviewed_by else "Not yet reviewed by a safeguarding professional."
    return f"Law as at {facts.checked:%B %Y}. {by} Look for a newer copy after {facts.again:%B %Y}."

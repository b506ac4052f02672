"""A Safer7 briefing on one A4 page: seven boxes clockwise round a centre."""
from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from elearn.documents.printer import Printer
from elearn.documents.qr import qr_path

SIZES = range(7)
"""Steps of type in static/css/briefing.css, from 10.4pt down to 8pt."""


@dataclass(frozen=True, slots=True)
class BriefingBox:
    """One of the seven minutes."""

    number: int
    title: str
    html: Markup
    """Paragraphs and lists, already made safe."""


@dataclass(frozen=True, slots=True)
class BriefingFacts:
    """What the page says. `reviewed` is a line such as “Checked May 2026. Look for a newer copy after May 2027.”"""

    title: str
    boxes: tuple[BriefingBox, ...]
    url: str
    """Where the briefing is on the site; becomes the QR code."""
    footer: str
    reviewed: str
    invitation: str = "Scan to add this to your learning record. Managers: sign in the whole team in one go."


def briefing(printer: Printer, facts: BriefingFacts) -> bytes:
    """One A4 landscape page, PDF/UA-1, in the largest type that fits.

    Raises DoesNotFit if the words would need type under 8pt, PrintFailed if the press gave nothing.
    """
    return printer.render("briefing.html", {
        "title": facts.title, "author": facts.footer, "boxes": [{"number": box.number, "title": box.title, "html": box.html} for box in facts.boxes],
        "qr_path": qr_path(facts.url), "shown_url": facts.url.partition("://")[2] or facts.url, "footer": facts.footer, "reviewed": facts.reviewed,
        "invitation": facts.invitation,
    }, steps=SIZES)

"""A card on one A4 page: what it says, its objectives if it is a strategy, and when it was checked."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from elearn.documents.printer import Printer
from elearn.documents.qr import qr_path

SIZES = range(6)
"""Steps of type in static/css/card.css, from 12pt down to 9.5pt."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One objective of a strategy, in words ready to print."""

    title: str
    text: str
    learning: Sequence[str]
    agreed: str = ""
    """Who owns it, how it is measured and when it is looked at again."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card says. ``html`` has been made safe."""

    title: str
    summary: str
    html: str
    url: str
    issuer: str
    checked: date
    again: date
    reviewed_by: str = ""
    goals: tuple[Goal, ...] = ()


def card(printer: Printer, facts: CardFacts) -> bytes:
    """One A4 page, PDF/UA-1, in the largest type that fits.

    Raises DoesNotFit if the words would need type under 9.5pt, PrintFailed if the press gave nothing.
    """
    by = f"Reviewed by {facts.reviewed_by}." if facts.reviewed_by else "Not yet reviewed by a safeguarding professional."
    return printer.render("card.html", {
        "title": facts.title, "summary": facts.summary, "issuer": facts.issuer, "shown_url": facts.url.partition("://")[2] or facts.url,
        "html": Markup(facts.html),  # noqa: S704  (safe by contract)
        "goals": [{"title": one.title, "text": one.text, "learning": ", ".join(one.learning), "agreed": one.agreed} for one in facts.goals],
        "qr_path": qr_path(facts.url), "dated": f"Law as at {facts.checked:%B %Y}. {by} Look for a newer one after {facts.again:%B %Y}.",
    }, steps=SIZES)

"""A card: one page of A4, with its objectives when it is a strategy, and never too small to read."""
from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from elearn.documents.card import CardFacts, Goal, card
from elearn.documents.certificate import words_of
from elearn.documents.printer import DoesNotFit, Printer

READING = "<p class=lead>What it is.</p><h2>What helps</h2><ul><li>One adult</li><li><strong>A place</strong> to belong</li></ul>"
FACTS = CardFacts(
    "ACEs on one card", "What we can say.", READING, "https://learn.westmere.example/resources/aces", "Westmere Partnership",
    date(2026, 11, 22), date(2027, 11, 22),
)


def test_it_says_what_it_is_and_when_it_was_checked(printer: Printer) -> None:
    text = words_of(card(printer, FACTS))
    assert "What helps" in text and "One adult" in text
    assert "Law as at November 2026. Not yet reviewed by a safeguarding professional. Look for a newer one after November 2027." in " ".join(text.split())
    assert "Reviewed by Helen Marsh." in words_of(card(printer, replace(FACTS, reviewed_by="Helen Marsh")))


def test_a_strategy_prints_its_objectives_as_the_partnership_has_them(printer: Printer) -> None:
    goals = (Goal("Everyone plays a part", "From the front desk up.", ["Child neglect", "Level 1"], "Owner: Ada <Kaur>."), Goal("One more", "", []))
    text = words_of(card(printer, replace(FACTS, goals=goals)))
    assert "Learning: Child neglect, Level 1" in text and "Owner: Ada <Kaur>." in text and "One more" in text


def test_too_many_words_are_refused_rather_than_cut_off(printer: Printer) -> None:
    longer = READING + "<p>" + "More words are here. " * 60 + "</p>"
    assert "More words are here." in words_of(card(printer, replace(FACTS, html=longer)))
    with pytest.raises(DoesNotFit):
        card(printer, replace(FACTS, html=longer * 4))

"""Our questions made from the answers, weights and feedback that GIFT and Moodle XML have in common."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from elearn.content.exchange.bank import Reading, Source

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,13}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?")
_NEAR = Decimal("0.5")
"""Weights are written with few digits: 33.3 is a third."""

FILL = "Fill the gap."
FILL_ALL = "Fill the gaps."


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of a file: its words, its weight in percent, and the feedback to it."""

    text: str
    weight: Decimal
    feedback: str = ""

    @property
    def right(self) -> bool:
        return self.weight > 0


def number(text: str) -> Decimal | None:
    """A number written with digits; None for anything else, such as a formula, infinity or "not a number"."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def plainly(value: Decimal) -> int | float:
    """As YAML writes it."""
    return int(value) if value == value.to_integral_value() else float(value)


def base(kind: str, prompt: str, note: str) -> dict[str, Any]:
    return {"kind": kind, "prompt": prompt} | ({"note": note} if note else {})


def choice(reading: Reading, name: str, prompt: str, note: str, given: Sequence[Given], single: bool, ordered: bool = False) -> Source:
    """A choice of one or of several. In ours a right pick earns a point; of several, a wrong one takes a point away."""
    right = [each for each in given if (each.weight >= 100 if single else each.right)]
    if single and len(right) == 1:
        for each in given:
            if each.weight not in (0, 100):
                reading.lose(name, f"“{each.text}” earned {_percent(each.weight)}; here it earns nothing")
        kind = "single-choice"
    else:
        if single:
            reading.lose(name, f"it had {len(right)} right answers to choose one from; here people choose all that are right")
        elif right and not _even(given, len(right)):
            reading.lose(name, "its weights became a point for each right pick, less one for each wrong pick")
        kind = "multiple-choice"
    found = base(kind, prompt, note) | {"choices": options(given, right)}
    return found | ({"ordered": True} if ordered else {})


def options(given: Sequence[Given], right: Sequence[Given]) -> list[Source]:
    return [
        {"text": each.text} | ({"right": True} if each in right else {}) | ({"note": each.feedback} if each.feedback else {}) for each in given
    ]


def gap_options(reading: Reading, name: str, given: Sequence[Given]) -> Source:
    """A gap to pick for; exactly one is right."""
    best = next((each for each in given if each.weight >= 100), None)
    for each in given:
        if each is not best and each.weight > 0:
            reading.lose(name, f"“{each.text}” earned {_percent(each.weight)} in a gap; here one answer is right")
    return {"options": options(given, [best] if best else [])}


def accepted(reading: Reading, name: str, given: Sequence[Given]) -> tuple[list[str], str, str]:
    """The words to accept, and the notes for right and for any other answer."""
    accept: list[str] = []
    notes: list[str] = []
    again = ""
    for each in given:
        if each.text == "*" and each.weight < 100:
            again = each.feedback
            continue
        if each.weight < 100:
            gone = ", and its feedback is gone" if each.feedback else ""
            reading.lose(name, f"“{each.text}” earned {_percent(each.weight)}, so it is not accepted here{gone}")
            continue
        if re.search(r"(?<!\\)\*", each.text):
            reading.lose(name, f"the * in “{each.text}” stood for anything; here it stands for itself")
        words = each.text.replace("\\*", "*")
        if words.casefold() not in (known.casefold() for known in accept):
            accept.append(words)
        notes.append(each.feedback)
    if len(set(filter(None, notes))) > 1:
        reading.lose(name, "its right answers had feedback of their own; the first is kept for all")
    return accept, next(filter(None, notes), ""), again


def short(reading: Reading, name: str, prompt: str, note: str, given: Sequence[Given]) -> Source:
    accept, right, again = accepted(reading, name, given)
    return base("short-text", prompt, note) | {"accept": accept} | _notes(right=right, again=again)


def gap_accept(reading: Reading, name: str, given: Sequence[Given]) -> Source:
    """A gap to type in. It has one note, shown after any answer."""
    accept, right, again = accepted(reading, name, given)
    if again and right and again != right:
        reading.lose(name, "a gap has one note for every answer; the one for wrong answers was left out")
    kept = right or again
    return {"accept": accept} | ({"note": kept} if kept else {})


def numeric(
    reading: Reading, name: str, prompt: str, note: str, given: Sequence[tuple[Decimal, Decimal, Given]], again: str, unit: str = ""
) -> Source:
    """*given* has answer, tolerance and the rest of each; the first that earns everything is kept."""
    best = next((each for each in given if each[2].weight >= 100), None)
    for each in given:
        if each is not best:
            reading.lose(name, f"the answer {each[0]} ({_percent(each[2].weight)}) was left out: here one number is right")
    if best is None:
        return base("numeric", prompt, note)
    answer, tolerance, rest = best
    found = base("numeric", prompt, note) | {"answer": plainly(answer)}
    found |= ({"tolerance": plainly(tolerance)} if tolerance else {}) | ({"unit": unit} if unit else {})
    return found | _notes(right=rest.feedback, again=again)


def matching(prompt: str, note: str, pairs: Sequence[tuple[str, str]]) -> Source:
    """A pair without an item is one more partner that fits nowhere."""
    partners = {partner.casefold() for item, partner in pairs if item}
    extra = [partner for item, partner in pairs if not item and partner.casefold() not in partners]
    found = base("matching", prompt, note) | {"pairs": [{"item": item, "partner": partner} for item, partner in pairs if item]}
    return found | ({"extra": extra} if extra else {})


def true_false(prompt: str, note: str, answer: bool, true: str, false: str) -> Source:
    return base("true-false", prompt, note) | {"answer": answer} | _notes(true=true, false=false)


def gap_fill(prompt: str, note: str, text: str, gaps: Mapping[str, Source]) -> Source:
    return base("gap-fill", prompt, note) | {"text": text, "gaps": dict(gaps)}


def _notes(**found: str) -> dict[str, Any]:
    kept = {name: words for name, words in found.items() if words}
    return {"notes": kept} if kept else {}


def _even(given: Sequence[Given], right: int) -> bool:
    """Whether the weights say what our marking does."""
    each = Decimal(100) / right
    return all(abs(one.weight - (each if one.right else -each)) <= _NEAR for one in given)


def _percent(weight: Decimal) -> str:
    return f"{weight.normalize():f}%"

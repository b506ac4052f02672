"""Type a number."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, Note, Number, Question, Unreadable
from elearn.rules.questions.reading import optional, right_or_again, shared
from elearn.rules.questions.typed import typed

_MOST = 10**12
_WRITTEN = re.compile(r"[+-]?(?:\d{1,3}(?:[, ]\d{3}){1,4}|\d{1,13})?(?:\.\d{0,6})?", re.ASCII)


def parsed(given: str, unit: str = "") -> Decimal | None:
    """The number a person wrote, or None. "1,000", " 12 ", a true minus sign and "12 weeks" (with that unit) are understood.

    Only plain digits count: no exponent, infinity or "not a number", and nothing longer than 13 digits before the
    point, so that no input can cost more than a line of text.
    """
    number = unicodedata.normalize("NFKC", given[:60]).replace("\u2212", "-").casefold().strip()
    for word in (unit.casefold(), unit.casefold().removesuffix("s")):
        if word:
            number = number.removeprefix(word).removesuffix(word).strip()
    if not _WRITTEN.fullmatch(number) or not re.search("[0-9]", number):
        return None
    return Decimal(number.replace(",", "").replace(" ", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric(Question):
    """One point for a number no further than *tolerance* from the answer."""

    kind: ClassVar[str] = "numeric"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "numeric",
        "prompt": "Which number do you ring when a child is in danger now?",
        "answer": 999,
        "notes": {"right": "Yes. 999 is for danger that is happening now.", "again": "In danger now, ring 999. It is free from any phone."},
    }

    answer: Decimal
    tolerance: Decimal = Decimal(0)
    unit: str = ""
    right: str
    again: str

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "answer", "tolerance", "unit", "notes", hint="Type the number in digits.")
        right, again = right_or_again(source)
        return cls(
            id=id,
            **common,
            answer=_number(source, "answer"),
            tolerance=_tolerance(source),
            unit=optional(source, "unit") if source.get("unit") else "",
            right=right,
            again=again,
        )

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return (Number("number", self.prompt, self.unit),)

    def mark(self, answer: Answer) -> Mark:
        given = typed(answer, "number")
        number = parsed(given, self.unit)
        right = number is not None and abs(number - self.answer) <= self.tolerance
        kind, text = ("right", self.right) if right else ("again" if given else "plain", self.again)
        return Mark(
            earned=int(right),
            available=1,
            notes=(Note("number", "", kind, text, bool(given)),),
            answer={"number": (f"{self.answer:f}",)},
            given=bool(given),
        )

    def said(self, answer: Answer) -> str:
        given = typed(answer, "number")
        return f"{given} {self.unit}" if self.unit and parsed(given) is not None else given


def _number(source: Mapping[str, Any], key: str) -> Decimal:
    value = source.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"“{key}” should be a number in digits, without quotes.", key)
    if not abs(value) <= _MOST:  # said this way round, so that "not a number" is refused too
        raise Unreadable(f"“{key}” is too large to type. Use a number below a million million.", key)
    number = Decimal(str(value))
    if number != round(number, 6):
        raise Unreadable(f"“{key}” has more than six decimal places. Round it.", key)
    return number


def _tolerance(source: Mapping[str, Any]) -> Decimal:
    tolerance = _number(source, "tolerance") if "tolerance" in source else Decimal(0)
    if tolerance < 0:
        raise Unreadable("“tolerance” should be 0 or more: how far from the answer is still right.", "tolerance")
    return tolerance

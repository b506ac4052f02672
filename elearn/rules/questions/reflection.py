"""Write a thought for oneself; nobody marks it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, Question, Text, Unreadable
from elearn.rules.questions.reading import shared
from elearn.rules.questions.typed import typed

_LINES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection(Question):
    """Worth no points, and never counted."""

    kind: ClassVar[str] = "reflection"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "reflection",
        "prompt": "Think of one child you know. What might you notice next time?",
        "hint": "Only you can see what you write here. Please leave names out.",
    }

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, hint="Only you can see what you write here. It is not marked.")
        if common["critical"]:
            raise Unreadable("A reflection is not marked, so it cannot be critical. Take “critical” away.", "critical")
        return cls(id=id, **common)

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return (Text("words", self.prompt, lines=_LINES, hint=self.hint),)

    def mark(self, answer: Answer) -> Mark:
        return Mark(earned=0, available=0, given=bool(self.said(answer)))

    def said(self, answer: Answer) -> str:
        return typed(answer, "words", _LINES)

"""Type a word or a few."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, Note, Question, Text
from elearn.rules.questions.reading import right_or_again, shared
from elearn.rules.questions.typed import accepted, folded, typed


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortText(Question):
    """One point for any of the accepted words; case, spaces, accents and punctuation do not matter."""

    kind: ClassVar[str] = "short-text"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "short-text",
        "prompt": "What do we call it when you keep asking, kindly, until things make sense?",
        "accept": ["professional curiosity", "curiosity"],
        "notes": {
            "right": "Yes. Professional curiosity means asking once more instead of guessing.",
            "again": "It is called professional curiosity: asking once more instead of guessing.",
        },
    }

    accept: tuple[str, ...]
    """The first is the best answer."""
    right: str
    again: str

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "accept", "notes", hint="Type a word or two. Capital letters do not matter.")
        right, again = right_or_again(source)
        return cls(id=id, **common, accept=accepted(source), right=right, again=again)

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return (Text("words", self.prompt),)

    def mark(self, answer: Answer) -> Mark:
        given = typed(answer, "words")
        right = folded(given) in {folded(each) for each in self.accept}
        kind, text = ("right", self.right) if right else ("again" if given else "plain", self.again)
        return Mark(
            earned=int(right),
            available=1,
            notes=(Note("words", "", kind, text, bool(given)),),
            answer={"words": self.accept[:1]},
            given=bool(given),
        )

    def said(self, answer: Answer) -> str:
        return typed(answer, "words")

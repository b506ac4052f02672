"""Pick the one best answer."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, OneOf, Question
from elearn.rules.questions.choices import Option, as_choices, chosen, explain, read_one_right, right_one, shuffled
from elearn.rules.questions.reading import flag, shared


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleChoice(Question):
    """One point for the right option."""

    kind: ClassVar[str] = "single-choice"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "single-choice",
        "prompt": "A child says something that worries you. Who do you tell first?",
        "choices": [
            {"text": "Your safeguarding lead", "right": True, "note": "Yes. Your lead knows what to do next and likes being asked."},
            {"text": "The child’s parents", "note": "It is kind to think of them, but it could put the child at more risk."},
            {"text": "A friend you trust", "note": "A worry about a child is private, so only people who can help should know."},
        ],
    }

    options: tuple[Option, ...]
    ordered: bool = False
    """Keep the author's order, for choices like times or amounts."""

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "choices", "ordered", hint="Choose one answer.")
        return cls(id=id, **common, options=read_one_right(source, "choices"), ordered=flag(source, "ordered"))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        choices = as_choices(self.options)
        return (OneOf("choice", self.prompt, choices if self.ordered else shuffled(choices, random)),)

    def mark(self, answer: Answer) -> Mark:
        picked = chosen(answer, "choice", self.options)
        return Mark(
            earned=int(picked is not None and picked.right),
            available=1,
            notes=explain("choice", self.options, (picked.id,) if picked else ()),
            answer={"choice": (right_one(self.options).id,)},
            given=picked is not None,
        )

    def said(self, answer: Answer) -> str:
        picked = chosen(answer, "choice", self.options)
        return picked.text if picked else ""

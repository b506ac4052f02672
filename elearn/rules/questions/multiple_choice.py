"""Pick every right answer and no wrong one."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, AnyOf, Input, Mark, Question, Unreadable
from elearn.rules.questions.choices import Option, as_choices, explain, read_options, shuffled
from elearn.rules.questions.reading import flag, shared


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice(Question):
    """A point for each right pick, less one for each wrong pick, and never below none: ticking all is no way to pass."""

    kind: ClassVar[str] = "multiple-choice"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "multiple-choice",
        "prompt": "Which of these could be signs of neglect?",
        "choices": [
            {"text": "A nappy rash that is never treated", "right": True, "note": "Yes. Care that is needed and does not come is neglect."},
            {"text": "Three missed hospital visits", "right": True, "note": "Yes. Children are brought to visits, so ask why."},
            {"text": "A teenager who wants more privacy", "note": "Wanting to be alone at times is a usual part of growing up."},
        ],
    }

    options: tuple[Option, ...]
    ordered: bool = False

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "choices", "ordered", hint="Choose all that apply.")
        options = read_options(source, "choices")
        if not any(option.right for option in options):
            raise Unreadable("At least one of “choices” must say “right: true”; here none do.", "choices")
        return cls(id=id, **common, options=options, ordered=flag(source, "ordered"))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        choices = as_choices(self.options)
        return (AnyOf("choices", self.prompt, choices if self.ordered else shuffled(choices, random)),)

    def mark(self, answer: Answer) -> Mark:
        picked = self._picked(answer)
        right = sum(option.right for option in picked)
        return Mark(
            earned=max(0, right - (len(picked) - right)),
            available=sum(option.right for option in self.options),
            notes=explain("choices", self.options, [option.id for option in picked]),
            answer={"choices": tuple(option.id for option in self.options if option.right)},
            given=bool(picked),
        )

    def said(self, answer: Answer) -> str:
        return "; ".join(option.text for option in self._picked(answer))

    def _picked(self, answer: Answer) -> tuple[Option, ...]:
        given = answer.get("choices", ())
        if len(given) > len(set(given)) or not {option.id for option in self.options}.issuperset(given):
            return ()
        return tuple(option for option in self.options if option.id in given)

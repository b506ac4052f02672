"""Put steps in their right order."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Choice, Input, Mark, Note, Order, Question
from elearn.rules.questions.choices import shuffled
from elearn.rules.questions.reading import lines, shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering(Question):
    """A point for each step in its right place. With two steps there is little to order, so three are needed."""

    kind: ClassVar[str] = "ordering"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "ordering",
        "prompt": "A child has just told you something worrying. Put these in order.",
        "steps": ["Listen, and let them use their own words", "Say that telling you was right", "Tell your safeguarding lead today"],
        "note": "Listening comes first, so that the child can say what they need to.",
    }

    steps: tuple[Choice, ...]
    """In the right order."""

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "steps", hint="Move each step up or down until the order is right.")
        return cls(id=id, **common, steps=tuple(Choice(str(n), step) for n, step in enumerate(lines(source, "steps", least=3))))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return (Order("order", self.prompt, shuffled(self.steps, random)),)

    def mark(self, answer: Answer) -> Mark:
        given = self._given(answer)
        right = tuple(step.id for step in self.steps)
        return Mark(
            earned=sum(place == step for place, step in zip(given, right, strict=False)),
            available=len(right),
            notes=tuple(self._note(place, step, given) for place, step in enumerate(right)),
            answer={"order": right},
            given=bool(given),
        )

    def said(self, answer: Answer) -> str:
        texts = {step.id: step.text for step in self.steps}
        return "; ".join(f"{n}. {texts[step]}" for n, step in enumerate(self._given(answer), 1))

    def complete(self, answer: Answer) -> bool:
        return bool(self._given(answer))

    def _given(self, answer: Answer) -> tuple[str, ...]:
        """The order given, first to last; empty unless it holds every step once."""
        given = tuple(answer.get("order", ()))
        return given if sorted(given) == sorted(step.id for step in self.steps) else ()

    def _note(self, place: int, step: str, given: tuple[str, ...]) -> Note:
        if not given:
            return Note("order", step, "plain", f"This is step {place + 1}.", False)
        if given[place] == step:
            return Note("order", step, "right", f"Yes, this is step {place + 1}.", True)
        return Note("order", step, "again", f"This fits better as step {place + 1}. You put it as step {given.index(step) + 1}.", True)

"""Live through a short story in stages, with a choice to make in each."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, OneOf, Question
from elearn.rules.questions.base import Stage as Shown
from elearn.rules.questions.choices import Option, as_choices, chosen, explain, read_one_right, right_one, shuffled
from elearn.rules.questions.reading import mapping, only, paragraphs, rows, shared, text


@dataclass(frozen=True, slots=True)
class Stage:
    """One part: what happens, what is asked, and what can be done."""

    story: str
    prompt: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Question):
    """A point for each stage, and half a point for a near choice. The story goes on whatever is chosen; each choice says what it led to."""

    kind: ClassVar[str] = "scenario"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "scenario",
        "prompt": "Home visit",
        "stages": [
            {
                "story": "You visit a family. The living room is tidy. You have never been shown upstairs.",
                "prompt": "What do you ask first?",
                "choices": [
                    {
                        "text": "Ask what bedtime is like",
                        "right": True,
                        "note": "Yes. An open question about a usual day is easy to answer.",
                        "then": "Mum says, “They are all fine.” The older girl looks at the stairs.",
                    },
                    {
                        "text": "Ask nothing about the children",
                        "note": "It feels polite, but then nobody learns how the children live.",
                        "then": "You talk about the weather. The older girl looks at the stairs.",
                    },
                ],
            },
            {
                "prompt": "What do you do now?",
                "choices": [
                    {"text": "Ask kindly to see where they sleep", "right": True, "note": "Yes. Saying why you ask makes it easier."},
                    {"text": "Thank her and move on", "note": "You stay on good terms, but you still do not know."},
                ],
            },
        ],
    }

    parts: tuple[Stage, ...]

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "stages", hint="Choose one answer for each part.")
        common["scenario"] = True
        return cls(id=id, **common, parts=tuple(_read_stage(row, n) for n, row in enumerate(rows(source, "stages", least=2))))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return tuple(OneOf(name, part.prompt, shuffled(as_choices(part.options), random), part.story) for name, part in self._named())

    def mark(self, answer: Answer) -> Mark:
        picked = [(name, part, chosen(answer, name, part.options)) for name, part in self._named()]
        whole = 2 if any(option.near for part in self.parts for option in part.options) else 1
        return Mark(
            earned=sum((whole if option.right else int(option.near)) for _, _, option in picked if option),
            available=whole * len(self.parts),
            notes=tuple(note for name, part, option in picked for note in explain(name, part.options, (option.id,) if option else ())),
            answer={name: (right_one(part.options).id,) for name, part in self._named()},
            given=any(option for _, _, option in picked),
            whole=whole,
        )

    def said(self, answer: Answer) -> str:
        picked = [(n, chosen(answer, name, part.options)) for n, (name, part) in enumerate(self._named(), 1)]
        return "; ".join(f"{n}. {option.text}" for n, option in picked if option)

    def stages(self, answer: Answer) -> tuple[Shown, ...]:
        shown: list[Shown] = []
        before = ""
        for n, (name, part) in enumerate(self._named(), 1):
            option = chosen(answer, name, part.options)
            shown.append(Shown(name, n, len(self.parts), before, option.then if option else ""))
            if option is None:
                break
            before = option.then
        return tuple(shown)

    def _named(self) -> tuple[tuple[str, Stage], ...]:
        return tuple((f"stage{n}", part) for n, part in enumerate(self.parts, 1))


def _read_stage(row: object, n: int) -> Stage:
    where = ("stages", n)
    found = mapping(row, *where)
    only(found, ("story", "prompt", "choices"), *where)
    return Stage(paragraphs(found, "story", *where), text(found, "prompt", *where), read_one_right(found, "choices", *where, then=True))

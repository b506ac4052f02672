"""Live through a short story in stages, with a choice to make in each."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, OneOf, Question, Scene, Unreadable, Way
from elearn.rules.questions.base import Stage as Shown
from elearn.rules.questions.choices import Option, as_choices, chosen, explain, read_one_right, right_one, shuffled
from elearn.rules.questions.reading import mapping, only, optional, paragraphs, rows, shared, text

END = "end"
"""What a choice says that ends the story."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part: what happens, what is asked, and what can be done. ``name`` is that of its input; ``id`` is the author's own, if there is one."""

    name: str
    id: str
    story: str
    prompt: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Question):
    """A story that goes on whatever is chosen; each choice says what it led to, and may lead to a part of its own.

    There is a point for each part on the best way (the way of the right choices), and half a point for a near choice there. A part beside it
    earns nothing: it shows what follows, and lets people put it right. So what can be earned never depends on the way taken; a way that ends
    early misses the points of the parts it never came to; and what was chosen in a part that another choice has led away from counts no more.
    """

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
        return cls(id=id, **common, parts=_linked([_read_stage(row, n) for n, row in enumerate(rows(source, "stages", least=2))]))

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return tuple(OneOf(part.name, part.prompt, shuffled(as_choices(part.options), random), part.story) for part in self.parts)

    def mark(self, answer: Answer) -> Mark:
        road = {part.name: option for part, option in self._road(answer)}
        best = self._best
        whole = 2 if any(option.near for part in self.parts for option in part.options) else 1
        return Mark(
            earned=sum(whole if option.right else int(option.near) for name, option in road.items() if option and name in best),
            available=whole * len(best),
            notes=tuple(
                note for part in self.parts for note in explain(part.name, part.options, _ids(road.get(part.name)))
            ),
            answer={part.name: (right_one(part.options).id,) for part in self.parts},
            given=any(road.values()),
            whole=whole,
        )

    def said(self, answer: Answer) -> str:
        return "; ".join(f"{n}. {option.text}" for n, (_, option) in enumerate(self._road(answer), 1) if option)

    def stages(self, answer: Answer) -> tuple[Shown, ...]:
        shown: list[Shown] = []
        before = ""
        for n, (part, option) in enumerate(self._road(answer), 1):
            last = all(each.leads is None for each in part.options)
            shown.append(Shown(part.name, n, self._length, before, option.then if option else "", last))
            before = option.then if option else ""
        return tuple(shown)

    def complete(self, answer: Answer) -> bool:
        """Whether the story has come to an end: on the way of these choices every part has one."""
        return self._road(answer)[-1][1] is not None

    def kept(self, answer: Answer) -> Answer:
        return {part.name: (option.id,) for part, option in self._road(answer) if option}

    def scenes(self, answer: Answer) -> tuple[Scene, ...]:
        road = {part.name: (n, option) for n, (part, option) in enumerate(self._road(answer), 1) if option}
        return tuple(
            Scene(
                number, met, part.name in self._best, part.story, part.prompt,
                tuple(Way(each.text, each.right, each.near, each == picked, each.then, _number(each.leads)) for each in part.options),
            )
            for number, part in enumerate(self.parts, 1)
            for met, picked in (road.get(part.name, (0, None)),)
        )

    def _road(self, answer: Answer) -> list[tuple[Stage, Option | None]]:
        """The parts that these choices lead through, each with its choice: to the end of the story, or to the first part without one."""
        road: list[tuple[Stage, Option | None]] = []
        here: int | None = 0
        while here is not None:
            part = self.parts[here]
            option = chosen(answer, part.name, part.options)
            road.append((part, option))
            here = option.leads if option else None
        return road

    @property
    def _best(self) -> frozenset[str]:
        """The parts that the best choices lead through: those that count."""
        return frozenset(part.name for part, _ in self._road({part.name: (right_one(part.options).id,) for part in self.parts}))

    @property
    def _length(self) -> int:
        """How many parts there are on every way, or 0 when that depends on the choices."""
        left: dict[int | None, frozenset[int]] = {None: frozenset({0})}
        for n in reversed(range(len(self.parts))):
            left[n] = frozenset(1 + rest for option in self.parts[n].options for rest in left[option.leads])
        return min(left[0]) if len(left[0]) == 1 else 0


def _ids(option: Option | None) -> tuple[str, ...]:
    return (option.id,) if option else ()


def _number(place: int | None) -> int:
    return 0 if place is None else place + 1


def _read_stage(row: object, n: int) -> Stage:
    where = ("stages", n)
    found = mapping(row, *where)
    only(found, ("id", "story", "prompt", "choices"), *where)
    options = read_one_right(found, "choices", *where, then=True)
    return Stage(f"stage{n + 1}", optional(found, "id", *where), paragraphs(found, "story", *where), text(found, "prompt", *where), options)


def _linked(parts: Sequence[Stage]) -> tuple[Stage, ...]:
    """The parts with each choice leading to a later part, or to the end. Raises Unreadable for one that leads astray, and for a lost part."""
    places: dict[str, int] = {}
    for n, part in enumerate(parts):
        if part.id == END:
            raise Unreadable(f"“{END}” is what “to” says where the story ends. Give this part another id.", "stages", n, "id")
        if part.id in places:
            raise Unreadable(f"“{part.id}” is the id of another part too. Change one.", "stages", n, "id")
        if part.id:
            places[part.id] = n
    linked = tuple(
        replace(part, options=tuple(replace(option, leads=_leads(option.to, places, len(parts), n, m)) for m, option in enumerate(part.options)))
        for n, part in enumerate(parts)
    )
    met = {0} | {option.leads for part in linked for option in part.options}
    if lost := [n for n in range(len(parts)) if n not in met]:
        raise Unreadable("No choice leads to this part. Name it in the “to” of one, or take it away.", "stages", lost[0])
    return linked


def _leads(to: str, places: Mapping[str, int], count: int, n: int, m: int) -> int | None:
    """The place of the part that a choice of part *n* leads to; None where the story ends."""
    if to == END or (not to and n + 1 == count):
        return None
    if to and to not in places:
        raise Unreadable(f"There is no part with the id “{to}”. Write “{END}”, or the id of a part further down.", "stages", n, "choices", m, "to")
    if to and places[to] <= n:
        raise Unreadable("A story only goes on: “to” names a part further down.", "stages", n, "choices", m, "to")
    return places[to] if to else n + 1

"""What every kind of question can do, and the few ways a person can answer one."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any, ClassVar, Self, TypeAlias

Answer: TypeAlias = Mapping[str, tuple[str, ...]]
"""Input name to the values the person gave; an input left blank is absent. Values are the question's own ids."""

MOST_TEXT = 2_000
"""Longest typed answer kept, in characters (a reflection)."""

MOST_LINE = 200
"""Longest one-line answer kept, in characters."""


class Unreadable(ValueError):
    """The source of a question is wrong.

    ``where`` is the path of keys to the fault, for file and line. A missing key is named too, so the last part
    of the path may not be in the file: the nearest part that is there gives the line.
    """

    def __init__(self, text: str, *where: str | int) -> None:
        super().__init__(text)
        self.where = where


@dataclass(frozen=True, slots=True)
class Choice:
    """One option a person can pick."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Pick exactly one choice: radio buttons."""

    name: str
    legend: str
    choices: tuple[Choice, ...]
    story: str = ""
    """Plain paragraphs shown before the legend (a stage of a scenario)."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Pick any number of choices: checkboxes."""

    name: str
    legend: str
    choices: tuple[Choice, ...]
    story: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """Pick one choice from a short list beside or inside a text: a select.

    ``before`` and ``after`` are the words of a running text on either side of a gap, spaces included: drawn one
    after another, the inputs of a gap fill give back its whole text. Both are empty outside a text.
    """

    name: str
    legend: str
    choices: tuple[Choice, ...]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Put every choice in order; the answer holds all ids, first to last. ``choices`` is the order first shown."""

    name: str
    legend: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """Type a number."""

    name: str
    legend: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Type some words; ``lines`` > 1 asks for a text area. ``before`` and ``after`` as in Pick."""

    name: str
    legend: str
    lines: int = 1
    hint: str = ""
    before: str = ""
    after: str = ""


Input: TypeAlias = OneOf | AnyOf | Pick | Order | Number | Text


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a question that is shown part by part, as one person has come to it."""

    input: str
    """Name of the one input of this part."""
    number: int
    """Counted from 1."""
    of: int
    """How many there are; 0 when that depends on what is chosen."""
    before: str = ""
    """What the choice made in the part before led to, shown above the story; empty in the first part."""
    after: str = ""
    """What the choice made in this part led to; empty until there is one. After the last part it ends the story."""
    last: bool = False
    """Whatever is chosen here, nothing comes after it."""


@dataclass(frozen=True, slots=True)
class Way:
    """One choice on the map of a story: its words, what follows from it, and where it leads."""

    text: str
    right: bool
    near: bool
    chosen: bool
    then: str
    leads: int
    """Number of the scene it leads to; 0 where the story ends."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One part on the map of a story, whether this person came to it or not."""

    number: int
    """Counted from 1, in the order of the source: a way only ever leads to a higher one."""
    met: int
    """The how manieth part it was on this person's way; 0 when they did not come to it."""
    counts: bool
    """Whether it is on the best way, and so earns something."""
    story: str
    prompt: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What to say about one option or part: ``kind`` is right, again (look again) or plain."""

    input: str
    choice: str
    kind: str
    text: str
    given: bool
    near: bool = False
    """Close to the best: ``kind`` is again or plain, and yet it earns something."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer earned, and what to tell the person about it.

    ``notes`` explain every option, the chosen one and the others; ``answer`` is the best answer in the
    question's own ids; ``given`` is false when nothing was answered.
    """

    earned: int
    available: int
    notes: tuple[Note, ...] = ()
    answer: Answer = field(default_factory=dict)
    given: bool = True
    whole: int = 1
    """Points for one part that is right: 2 where a part may be half right."""

    @property
    def parts(self) -> str:
        """How many parts were right, as people read it: “2 of 3”, or “1½ of 2”."""
        right, half = divmod(self.earned, self.whole)
        return f"{right or '' if half else right}{'½' if half else ''} of {self.available // self.whole}"

    @property
    def full(self) -> bool:
        return self.earned == self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(ABC):
    """One question of one kind. Subclasses are immutable and know nothing of HTML or storage."""

    kind: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]
    """A source that reads: the author's guide prints it and the tests try it."""

    id: str
    prompt: str
    hint: str = ""
    note: str = ""
    """Why the best answer is best, shown after any answer."""
    outcome: str = ""
    facts: tuple[str, ...] = ()
    screen: str = ""
    """Where to read about it again: ``unit/step`` (in a Safer7, the step alone)."""
    critical: bool = False
    """Must be right for the quiz to be passed."""
    scenario: bool = False

    @classmethod
    @abstractmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        """Build the question from its source.

        Raises Unreadable, whose text says what is wrong and how to mend it.
        """

    @abstractmethod
    def inputs(self, random: Random) -> tuple[Input, ...]:
        """The inputs to show; *random* decides any shuffling, and nothing else."""

    @abstractmethod
    def mark(self, answer: Answer) -> Mark:
        """Mark an answer; a blank or foreign answer earns nothing and never raises."""

    @abstractmethod
    def said(self, answer: Answer) -> str:
        """The answer in words, for "check your answers"; empty when there is none."""

    def stages(self, answer: Answer) -> tuple[Stage, ...]:
        """The parts this person may see, up to the first without an answer; empty when all is shown at once.

        The last one is where to go on; every earlier one may be opened again to change an answer.
        """
        return ()

    def scenes(self, answer: Answer) -> tuple[Scene, ...]:
        """Everything that could have happened, with what this person chose; empty where nothing follows from a choice. It gives the key away."""
        return ()

    def kept(self, answer: Answer) -> Answer:
        """The answer without what belongs to it no more: parts that another choice has led away from."""
        return answer

    def complete(self, answer: Answer) -> bool:
        """Whether every input has a value."""
        return all(answer.get(name) for name in _names(self))


@lru_cache(maxsize=4096)
def _names(question: Question) -> tuple[str, ...]:
    """The names of its inputs, which no shuffling changes."""
    return tuple(input.name for input in question.inputs(Random(0)))

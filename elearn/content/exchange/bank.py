"""A bank of questions on its way in or out: what could be kept, what is lost, and why a file is refused."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from elearn.content.exchange.plain import Plain
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question, Unreadable
from elearn.rules.questions.reading import LEAST_NOTE

MOST_BYTES = 5_000_000
"""Largest file looked at; a thousand questions without pictures are a tenth of that."""

MOST_QUESTIONS = 1_000
MOST_TEXT = 20_000
"""Longest single text in a file, in characters, tags included."""

MOST_FAULTS = 100
"""Faults told at once."""

Source: TypeAlias = Mapping[str, Any]
"""A question as it stands in the YAML of a module."""

_STAND_IN = " ".join(["words"] * LEAST_NOTE)


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a file says that could not be kept. ``name`` is the question's; empty for the file as a whole."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must be mended before anything is taken from a file."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class Unusable(Exception):
    """The file is refused, and nothing was taken from it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Bank:
    """What a file holds, in our own words: id to question, in the order of the file."""

    items: Mapping[str, Source]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A bank in the words of another system."""

    text: str
    count: int
    """Questions in it."""
    losses: tuple[Loss, ...]


@dataclass(slots=True)
class Reading:
    """Gathers what is read from a file, so that every fault is reported at once."""

    items: dict[str, Source] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def lose(self, name: str, text: str) -> None:
        loss = Loss(name, text)
        if loss not in self.losses:
            self.losses.append(loss)

    def fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(line, text))
        if len(self.faults) >= MOST_FAULTS:
            raise Unusable(*self.faults, Fault(0, f"These are the first {MOST_FAULTS}; the rest of the file was not looked at."))

    def words(self, name: str, found: Plain) -> str:
        """The words of a text; what its form loses is noted."""
        for lost in found.lost:
            self.lose(name, lost)
        return found.words

    def add(self, line: int, name: str, source: Source, id: str = "", tags: Sequence[str] = ()) -> None:
        """Take a question. One that our rules could not read is a fault; notes and outcomes may still be missing."""
        source = {**source, **self._tagged(name, tags)}
        try:
            KINDS[source["kind"]].read("x", _complete(source))
        except Unreadable as error:
            self.fault(line, f"{name}: {error}")
            return
        if len(self.items) >= MOST_QUESTIONS:
            raise Unusable(Fault(line, f"The file has more than {MOST_QUESTIONS} questions. Split it."))
        self.items[self._id(id or name or source["prompt"])] = source

    def done(self) -> Bank:
        """The whole bank. Raises Unusable when anything was wrong, or when there is nothing to take."""
        if self.faults:
            raise Unusable(*self.faults)
        if not self.items:
            left = " ".join(str(loss) for loss in self.losses[:5])
            raise Unusable(Fault(0, f"There is no question in the file that could be taken. {left}".strip()))
        return Bank(self.items, tuple(self.losses))

    def _id(self, words: str) -> str:
        stem = slug(words) or "question"
        found, n = stem, 2
        while found in self.items:
            found, n = f"{stem}-{n}", n + 1
        return found

    def _tagged(self, name: str, tags: Sequence[str]) -> dict[str, Any]:
        """Our own keys, which travel as tags; any other tag is lost."""
        kept: dict[str, Any] = {}
        other = []
        for tag in tags:
            key, colon, value = tag.partition(":")
            if tag in ("critical", "scenario"):
                kept[tag] = True
            elif key == "fact" and value:
                kept.setdefault("facts", []).append(value)
            elif key in ("outcome", "screen") and value:
                kept[key] = value
            elif tag:
                other.append(f"“{tag[:40]}”")
        if other:
            self.lose(name, f"its tags {', '.join(other[:10])} were left out")
        return kept


def tags_of(question: Question) -> tuple[str, ...]:
    """What our own keys are called as tags, so that they come back."""
    facts = tuple(f"fact:{fact}" for fact in question.facts)
    marks = tuple(name for name, on in (("critical", question.critical), ("scenario", question.scenario)) if on)
    places = tuple(f"{key}:{value}" for key, value in (("outcome", question.outcome), ("screen", question.screen)) if value)
    return (*places, *facts, *marks)


def own_hint(question: Question) -> bool:
    """Whether the author wrote how to answer; most leave the usual words."""
    kind = type(question)
    usual = kind.read("x", {key: value for key, value in kind.example.items() if key != "hint"}).hint
    return question.hint != usual


def slug(words: str) -> str:
    """Small letters, numbers and single hyphens: an id, or the name of a file."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:48].strip("-")


def _complete(source: Source) -> Source:
    """*source* with stand-ins for the notes that a person still has to write, to see whether all else is sound."""

    def full(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "note": _STAND_IN}

    found = dict(source)
    if source["kind"] in ("single-choice", "multiple-choice"):
        found["choices"] = [full(row) for row in source["choices"]]
    if source["kind"] == "matching":
        found["pairs"] = [full(row) for row in source["pairs"]]
    if source["kind"] == "gap-fill":
        found["gaps"] = {
            name: {"options": [full(row) for row in gap["options"]]} if "options" in gap else full(gap) for name, gap in source["gaps"].items()
        }
    if source["kind"] == "true-false":
        found["notes"] = {"true": _STAND_IN, "false": _STAND_IN}
    if source["kind"] in ("numeric", "short-text"):
        found["notes"] = {"right": _STAND_IN, "again": _STAND_IN}
    return found

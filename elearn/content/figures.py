"""The figures of a bank of questions: where its best answers stand, how long they are, how many of its items are scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from elearn.content.reader import Draft, Item

_CRITICAL = {1: 3.841, 2: 5.991, 3: 7.815, 4: 9.488, 5: 11.070}
"""Values of chi-square at p = 0.05 by degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4)."""


@dataclass(frozen=True, slots=True)
class Option:
    text: str
    right: bool
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """One set of options with the words that ask for them."""

    item: Item
    line: int
    prompt: str
    options: tuple[Option, ...]
    story: str = ""

    @property
    def right(self) -> list[int]:
        return [position for position, option in enumerate(self.options) if option.right]

    @property
    def key(self) -> Option:
        """The best answer, where there is exactly one."""
        return self.options[self.right[0]]

    @property
    def others(self) -> list[Option]:
        return [option for option in self.options if not option.right]

    @property
    def key_is_longest(self) -> bool:
        return all(len(self.key.text) > len(option.text) for option in self.others)


@dataclass(frozen=True, slots=True)
class Places:
    """How often the best answer stands in each place, among questions with the same number of options."""

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def value(self) -> float:
        """Pearson's chi-square against equal places."""
        expected = self.total / len(self.counts)
        return sum((count - expected) ** 2 / expected for count in self.counts)

    @property
    def critical(self) -> float:
        """What chance alone stays below nineteen times in twenty."""
        return _CRITICAL.get(len(self.counts) - 1, 12.0)

    @property
    def uneven(self) -> bool:
        return self.value > self.critical


def bank_of(draft: Draft) -> list[Item]:
    """The items that count: a reflection is never marked."""
    return [item for item in draft.items if item.question.kind != "reflection"]


def groups_of(items: Iterable[Item]) -> Iterator[Group]:
    """The sets of options of single choice, multiple choice and scenario."""
    for item in items:
        if item.question.kind in ("single-choice", "multiple-choice"):
            yield _group(item, item.written, ())
        elif item.question.kind == "scenario":
            for position, stage in enumerate(item.written["stages"]):
                yield _group(item, stage, ("stages", position))


def with_one_key(items: Iterable[Item]) -> list[Group]:
    """Those with exactly one best answer and something beside it."""
    return [group for group in groups_of(items) if len(group.right) == 1 and group.others]


def _group(item: Item, holder: Any, at: tuple[str | int, ...]) -> Group:
    options = tuple(
        Option(str(row["text"]).strip(), bool(row.get("right")), item.line(*at, "choices", position))
        for position, row in enumerate(holder["choices"])
    )
    prompt = str(holder.get("prompt") or item.written.get("prompt", ""))
    return Group(item, item.line(*at), prompt, options, str(holder.get("story", "")))


def chi_square(items: Iterable[Item]) -> list[Places]:
    """The places of the best answers, for each number of options, fewest options first."""
    counted: dict[int, Counter[int]] = {}
    for group in with_one_key(items):
        counted.setdefault(len(group.options), Counter())[group.right[0]] += 1
    return [Places(tuple(counts[place] for place in range(options))) for options, counts in sorted(counted.items())]


def scenarios(items: Iterable[Item]) -> int:
    """How many of them put a case."""
    return sum(item.question.scenario or item.question.kind == "scenario" for item in items)

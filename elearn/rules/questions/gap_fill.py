"""Fill the gaps in a text, by picking from a list or by typing."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Input, Mark, Note, Pick, Question, Text, Unreadable
from elearn.rules.questions.choices import Option, as_choices, chosen, explain, read_one_right, right_one, shuffled
from elearn.rules.questions.reading import mapping, note, only, shared, text
from elearn.rules.questions.typed import accepted, folded, typed

_GAP = re.compile(r"\[\[([^\[\]]*)\]\]")


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: *options* to pick from, or the words to *accept*, of which the first is the best."""

    name: str
    """Its place, not the author's word for it, which could give the answer away."""
    before: str
    """The words of the text between the gap before and this one."""
    options: tuple[Option, ...] = ()
    accept: tuple[str, ...] = ()
    note: str = ""

    def given(self, answer: Answer) -> str:
        """What stands in the gap, in words; empty when nothing does."""
        if not self.options:
            return typed(answer, self.name)
        picked = chosen(answer, self.name, self.options)
        return picked.text if picked else ""

    def right(self, answer: Answer) -> bool:
        if not self.options:
            return folded(self.given(answer)) in {folded(each) for each in self.accept}
        picked = chosen(answer, self.name, self.options)
        return picked is not None and picked.right

    def notes(self, answer: Answer) -> tuple[Note, ...]:
        if self.options:
            picked = chosen(answer, self.name, self.options)
            return explain(self.name, self.options, (picked.id,) if picked else ())
        given = bool(self.given(answer))
        return (Note(self.name, "", "right" if self.right(answer) else "again" if given else "plain", self.note, given),)

    def best(self) -> tuple[str, ...]:
        return (right_one(self.options).id,) if self.options else self.accept[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFill(Question):
    """A point for each gap."""

    kind: ClassVar[str] = "gap-fill"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "gap-fill",
        "prompt": "Fill the gaps.",
        "text": "Tell your [[who]] the [[when]] day.",
        "gaps": {
            "who": {
                "options": [
                    {"text": "safeguarding lead", "right": True, "note": "Yes. Your lead is the person who knows what to do next."},
                    {"text": "best friend", "note": "A worry about a child is private, so tell those who can help."},
                ]
            },
            "when": {"accept": ["same", "very same"], "note": "Do it the same day, while you still know the exact words."},
        },
    }

    gaps: tuple[Gap, ...]
    end: str
    """The words of the text after the last gap."""

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "text", "gaps", hint="Fill each gap.")
        pieces = _GAP.split(text(source, "text"))
        names = [name.strip() for name in pieces[1::2]]
        rows = mapping(source.get("gaps"), "gaps")
        _same_names(names, rows)
        gaps = tuple(_read_gap(rows[name], f"gap{n}", pieces[2 * n - 2], name) for n, name in enumerate(names, 1))
        return cls(id=id, **common, gaps=gaps, end=pieces[-1])

    def inputs(self, random: Random) -> tuple[Input, ...]:
        return tuple(self._input(n, gap, random) for n, gap in enumerate(self.gaps, 1))

    def mark(self, answer: Answer) -> Mark:
        return Mark(
            earned=sum(gap.right(answer) for gap in self.gaps),
            available=len(self.gaps),
            notes=tuple(note for gap in self.gaps for note in gap.notes(answer)),
            answer={gap.name: gap.best() for gap in self.gaps},
            given=any(gap.given(answer) for gap in self.gaps),
        )

    def said(self, answer: Answer) -> str:
        if not any(gap.given(answer) for gap in self.gaps):
            return ""
        return "".join(f"{gap.before}{gap.given(answer) or '…'}" for gap in self.gaps) + self.end

    def _input(self, n: int, gap: Gap, random: Random) -> Input:
        lead = " ".join(gap.before.split()[-5:])
        legend = f"Gap {n} of {len(self.gaps)}" + (f", after “{lead}”" if lead else "")
        after = self.end if n == len(self.gaps) else ""
        if gap.options:
            return Pick(gap.name, legend, shuffled(as_choices(gap.options), random), before=gap.before, after=after)
        return Text(gap.name, legend, before=gap.before, after=after)


def _same_names(names: Sequence[str], rows: Mapping[Any, Any]) -> None:
    if not names:
        raise Unreadable("“text” has no gap. Write one as [[name]], and its answer under “gaps”.", "text")
    for n, name in enumerate(names):
        if name in names[:n]:
            raise Unreadable(f"The gap [[{name}]] is there twice. Give the second one a name of its own.", "text")
        if name not in rows:
            raise Unreadable(f"The gap [[{name}]] has no answer. Add “{name}:” under “gaps”.", "gaps", name)
    only(rows, names, "gaps")


def _read_gap(row: object, name: str, before: str, key: str) -> Gap:
    where = ("gaps", key)
    found = mapping(row, *where)
    if "options" in found:
        only(found, ("options",), *where)
        return Gap(name, before, options=read_one_right(found, "options", *where))
    only(found, ("accept", "note"), *where)
    return Gap(name, before, accept=accepted(found, *where), note=note(found, "note", *where))

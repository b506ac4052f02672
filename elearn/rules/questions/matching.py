"""Match each item to its partner."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from elearn.rules.questions.base import Answer, Choice, Input, Mark, Note, Pick, Question, Unreadable
from elearn.rules.questions.choices import shuffled
from elearn.rules.questions.reading import different, lines, mapping, note, only, rows, shared, text


@dataclass(frozen=True, slots=True)
class Pair:
    """An item, the id of the partner that fits, and why."""

    item: str
    partner: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching(Question):
    """A point for each right pair. Items keep the author's order; the partners are the same list beside each."""

    kind: ClassVar[str] = "matching"
    example: ClassVar[Mapping[str, Any]] = {
        "kind": "matching",
        "prompt": "Who do you tell first?",
        "pairs": [
            {"item": "A child is hurt this minute", "partner": "999", "note": "In danger now, 999 comes before all else you do."},
            {"item": "A child hints at trouble at home", "partner": "Your lead", "note": "Your lead can add it to what others have seen."},
        ],
        "extra": ["A neighbour"],
    }

    pairs: tuple[Pair, ...]
    partners: tuple[Choice, ...]

    @classmethod
    def read(cls, id: str, source: Mapping[str, Any]) -> Self:
        common = shared(source, "pairs", "extra", hint="Choose one for each.")
        found = [_read_pair(row, n) for n, row in enumerate(rows(source, "pairs", least=2))]
        different([item for item, _, _ in found], "pairs", under="item")
        extra = lines(source, "extra") if "extra" in source else ()
        texts = tuple(dict.fromkeys(partner for _, partner, _ in found))
        for n, each in enumerate(extra):
            if each in texts:
                raise Unreadable(f"“{each}” is a partner already, so it is not extra. Take it away here.", "extra", n)
        partners = tuple(Choice(str(n), each) for n, each in enumerate((*texts, *extra)))
        if len(partners) < 2:
            raise Unreadable("Every item has the same partner. Give them different ones, or add an extra.", "pairs")
        ids = {partner.text: partner.id for partner in partners}
        return cls(id=id, **common, pairs=tuple(Pair(item, ids[partner], why) for item, partner, why in found), partners=partners)

    def inputs(self, random: Random) -> tuple[Input, ...]:
        choices = shuffled(self.partners, random)
        return tuple(Pick(name, pair.item, choices) for name, pair in self._named())

    def mark(self, answer: Answer) -> Mark:
        given = {name: self._given(answer, name) for name, _ in self._named()}
        return Mark(
            earned=sum(given[name] == pair.partner for name, pair in self._named()),
            available=len(self.pairs),
            notes=tuple(note for name, pair in self._named() for note in self._notes(name, pair, given[name])),
            answer={name: (pair.partner,) for name, pair in self._named()},
            given=any(given.values()),
        )

    def said(self, answer: Answer) -> str:
        given = ((pair.item, self._given(answer, name)) for name, pair in self._named())
        return "; ".join(f"{item}: {self._text(partner)}" for item, partner in given if partner)

    def _named(self) -> tuple[tuple[str, Pair], ...]:
        return tuple((f"pair{n}", pair) for n, pair in enumerate(self.pairs, 1))

    def _given(self, answer: Answer, name: str) -> str:
        """The id of the partner picked, or an empty string."""
        given = tuple(answer.get(name, ()))
        return next((partner.id for partner in self.partners if given == (partner.id,)), "")

    def _text(self, partner: str) -> str:
        return next(each.text for each in self.partners if each.id == partner)

    def _notes(self, name: str, pair: Pair, given: str) -> tuple[Note, ...]:
        """Why the right partner fits and, for another pick, where that one belongs."""
        why = Note(name, pair.partner, "right", pair.note, given == pair.partner)
        if given in ("", pair.partner):
            return (why,)
        fits = " and ".join(f"“{other.item}”" for other in self.pairs if other.partner == given)
        belongs = f"“{self._text(given)}” goes with {fits}." if fits else f"“{self._text(given)}” does not go with any of these."
        return (Note(name, given, "again", belongs, True), why)


def _read_pair(row: object, n: int) -> tuple[str, str, str]:
    found = mapping(row, "pairs", n)
    only(found, ("item", "partner", "note"), "pairs", n)
    return text(found, "item", "pairs", n), text(found, "partner", "pairs", n), note(found, "note", "pairs", n)

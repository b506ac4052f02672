"""Options a person can pick, each with a note that explains it: shared by the kinds that have them."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from elearn.rules.questions.base import Answer, Choice, Note, Unreadable
from elearn.rules.questions.reading import different, flag, mapping, note, only, optional, paragraphs, rows, text


@dataclass(frozen=True, slots=True)
class Option:
    """One option as the author wrote it; the id is its place in the source."""

    id: str
    text: str
    note: str
    right: bool = False
    then: str = ""
    """What happens when it is chosen (a stage of a scenario)."""
    near: bool = False
    """Not the best, but close to it: it earns half (a stage of a scenario)."""
    to: str = ""
    """The part it leads to, as the author names it (a stage of a scenario)."""
    leads: int | None = None
    """The place of that part, from 0; None where the story ends."""


def read_options(source: object, key: str, *where: str | int, then: bool = False) -> tuple[Option, ...]:
    """The options under *key*, at least two; *then* allows each to say what happens and where it leads, and to be near."""
    found = mapping(source, *where)
    options = tuple(_option(row, then, *where, key, n) for n, row in enumerate(rows(found, key, *where, least=2)))
    different([option.text for option in options], *where, key, under="text")
    return options


def read_one_right(source: object, key: str, *where: str | int, then: bool = False) -> tuple[Option, ...]:
    """The options under *key*, of which exactly one is right."""
    options = read_options(source, key, *where, then=then)
    right = sum(option.right for option in options)
    if right != 1:
        raise Unreadable(f"Exactly one of “{key}” must say “right: true”; here {right or 'none'} do.", *where, key)
    return options


def as_choices(options: Sequence[Option]) -> tuple[Choice, ...]:
    return tuple(Choice(option.id, option.text) for option in options)


def shuffled(choices: Sequence[Choice], random: Random) -> tuple[Choice, ...]:
    return tuple(random.sample(choices, len(choices)))


def chosen(answer: Answer, input: str, options: Sequence[Option]) -> Option | None:
    """The one option picked for *input*; None for a blank, a foreign or a double answer."""
    given = answer.get(input, ())
    return next((option for option in options if (option.id,) == tuple(given)), None)


def right_one(options: Sequence[Option]) -> Option:
    """The first right option; reading made sure that there is one."""
    return next(option for option in options if option.right)


def explain(input: str, options: Sequence[Option], given: Collection[str]) -> tuple[Note, ...]:
    """A note for every option, chosen or not."""
    return tuple(
        Note(input, option.id, "right" if option.right else "again" if option.id in given else "plain", option.note, option.id in given, option.near)
        for option in options
    )


def _option(row: object, then: bool, *where: str | int) -> Option:
    found = mapping(row, *where)
    only(found, ("text", "note", "right", "near", "then", "to") if then else ("text", "note", "right"), *where)
    if flag(found, "right", *where) and flag(found, "near", *where):
        raise Unreadable("The best option cannot be near as well. Keep “right: true”, and take “near” away.", *where, "near")
    return Option(
        id=str(where[-1]),
        text=text(found, "text", *where),
        note=note(found, "note", *where),
        right=flag(found, "right", *where),
        then=paragraphs(found, "then", *where),
        near=flag(found, "near", *where),
        to=optional(found, "to", *where),
    )

"""Reads the source of a question key by key, and says in words how to mend what is wrong."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypedDict

from elearn.rules.questions.base import Unreadable

LEAST_NOTE = 8
"""Fewest words in the note of an option: fewer than this cannot say why, kindly."""

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACE = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?")
_SHARED = ("kind", "prompt", "hint", "note", "outcome", "facts", "screen", "critical", "scenario")


class Shared(TypedDict):
    """What every kind of question takes, ready for its constructor."""

    prompt: str
    hint: str
    note: str
    outcome: str
    facts: tuple[str, ...]
    screen: str
    critical: bool
    scenario: bool


def shared(source: object, *own: str, hint: str = "") -> Shared:
    """The keys that every kind takes. *own* are the kind's other keys; any further key is an error.

    *hint* is used when the author gives none: it says how to answer this kind.
    """
    found = mapping(source)
    only(found, (*_SHARED, *own))
    screen = optional(found, "screen")
    if screen and not _PLACE.fullmatch(screen):
        raise Unreadable(f"“{screen}” does not name a screen. Write unit/screen, or the box of a Safer7 alone.", "screen")
    return Shared(
        prompt=text(found, "prompt"),
        hint=optional(found, "hint") or hint,
        note=optional(found, "note"),
        outcome=optional(found, "outcome"),
        facts=lines(found, "facts") if "facts" in found else (),
        screen=screen,
        critical=flag(found, "critical"),
        scenario=flag(found, "scenario"),
    )


def mapping(value: object, *where: str | int) -> Mapping[Any, Any]:
    """*value* as keys and values."""
    if not isinstance(value, Mapping):
        raise Unreadable(f"{_name(where)} should be keys with values, like “prompt: What do you do?”.", *where)
    return value


def only(source: Mapping[Any, Any], known: Iterable[str], *where: str | int) -> None:
    """Raise Unreadable for the first key of *source* that is not *known*: mostly a slip of the pen."""
    known = tuple(known)
    for key in source:
        if key not in known:
            near = get_close_matches(str(key)[:40], known, 1)
            mend = f"Did you mean “{near[0]}”?" if near else f"It may have: {', '.join(known)}."
            raise Unreadable(f"“{key}” is not a key here. {mend}", *where, key if isinstance(key, str | int) else str(key))


def text(source: Mapping[Any, Any], key: str, *where: str | int) -> str:
    """The words under *key*, on one line; there must be some."""
    if source.get(key) is None:
        raise Unreadable(f"“{key}” is missing. Add a line “{key}:” with the words.", *where, key)
    return words(source[key], *where, key)


def optional(source: Mapping[Any, Any], key: str, *where: str | int) -> str:
    """The words under *key*, or an empty string when the key is not there."""
    return text(source, key, *where) if key in source else ""


def words(value: object, *where: str | int) -> str:
    """*value* as words on one line: not empty, and nothing in them that cannot be seen."""
    return " ".join(_plain(value, where).split())


def paragraphs(source: Mapping[Any, Any], key: str, *where: str | int) -> str:
    """The words under *key* with one empty line between paragraphs; empty when the key is not there."""
    if key not in source:
        return ""
    parts = re.split(r"\n\s*\n", _plain(source[key], (*where, key)).strip())
    return "\n\n".join(" ".join(part.split()) for part in parts)


def rows(source: Mapping[Any, Any], key: str, *where: str | int, least: int = 0) -> Sequence[object]:
    """The list under *key*, of at least *least*."""
    value = source.get(key)
    if not isinstance(value, list | tuple):
        raise Unreadable(f"“{key}” should be a list. Start a line with a hyphen for each one.", *where, key)
    if len(value) < least:
        raise Unreadable(f"“{key}” needs at least {least}, and has {len(value)}. Add more.", *where, key)
    return value


def lines(source: Mapping[Any, Any], key: str, *where: str | int, least: int = 0) -> tuple[str, ...]:
    """The list of words under *key*, each different from the others."""
    found = tuple(words(value, *where, key, n) for n, value in enumerate(rows(source, key, *where, least=least)))
    different(found, *where, key)
    return found


def different(found: Sequence[str], *where: str | int, under: str = "") -> None:
    """Raise Unreadable when two of *found* read the same; *under* is the key they stand under in each row."""
    folded = [each.casefold() for each in found]
    for n, each in enumerate(folded):
        if each in folded[:n]:
            raise Unreadable(f"“{found[n]}” is there twice. Change one, or take it away.", *where, n, *([under] if under else []))


def flag(source: Mapping[Any, Any], key: str, *where: str | int) -> bool:
    """Whether *key* is true; false when it is not there."""
    value = source.get(key, False)
    if not isinstance(value, bool):
        raise Unreadable(f"“{key}” should be true or false, without quotes.", *where, key)
    return value


def note(source: Mapping[Any, Any], key: str, *where: str | int) -> str:
    """The note that explains an option, long enough to say why."""
    found = text(source, key, *where)
    if len(found.split()) < LEAST_NOTE:
        raise Unreadable(f"The note “{found}” is short. Say why, kindly, in at least {LEAST_NOTE} words.", *where, key)
    return found


def right_or_again(source: Mapping[Any, Any]) -> tuple[str, str]:
    """What to say after a right answer and after any other, from ``notes: {right, again}``."""
    if "notes" not in source:
        raise Unreadable("“notes” is missing. Add “notes:” with “right:” and “again:” under it.", "notes")
    found = mapping(source["notes"], "notes")
    only(found, ("right", "again"), "notes")
    return text(found, "right", "notes"), text(found, "again", "notes")


def _plain(value: object, where: tuple[str | int, ...]) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise Unreadable(f"{_name(where)} should be words. If they hold a colon, put them in quotes.", *where)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{_name(where)} is read as a number, a date or true/false. Put it in quotes to make it words.", *where)
    if not value or not value.strip():
        raise Unreadable(f"{_name(where)} is empty. Write the words.", *where)
    if hidden := _HIDDEN.search(value):
        raise Unreadable(f"{_name(where)} has a character that cannot be seen (U+{ord(hidden[0]):04X}). Take it out.", *where)
    return value


def _name(where: tuple[str | int, ...]) -> str:
    if not where:
        return "The question"
    last = where[-1]
    if isinstance(last, str):
        return f"“{last}”"
    return f"Number {last + 1} of “{where[-2]}”" if len(where) > 1 else f"Number {last + 1}"

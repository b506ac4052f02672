"""Who may open a gated tool, decided afresh each time and explained step by step.

A gate is a tree of conditions. It opens only when the whole tree holds on that day, on the facts known at that moment.
Whatever goes wrong while deciding, the gate stays shut.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any as Json
from typing import TypeAlias

from elearn.rules.evidence import Evidence, FactKind, about, completions, on_register, standing_facts
from elearn.rules.requirements import Member
from elearn.rules.validity import Validity, in_words, local_day, until

DEEPEST = 12
"""How many conditions may stand inside one another: more than a person could read."""


# ---- The tree ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Current:
    """The item is done and still in date."""

    item: str

    def __post_init__(self) -> None:
        _check_word(self.item, "an item")


@dataclass(frozen=True, slots=True)
class Attended:
    """A trainer, someone else, recorded that the person was there, and it is still in date. Nothing else will do."""

    item: str

    def __post_init__(self) -> None:
        _check_word(self.item, "an item")


@dataclass(frozen=True, slots=True)
class Level:
    """The item is done, in date, and at this level or above."""

    item: str
    at_least: int

    def __post_init__(self) -> None:
        _check_word(self.item, "an item")
        _check_number(self.at_least, "a level")


@dataclass(frozen=True, slots=True)
class Role:
    """The person works with children in this way: volunteer, staff, student..."""

    role: str

    def __post_init__(self) -> None:
        _check_word(self.role, "a role")


@dataclass(frozen=True, slots=True)
class Agency:
    """The person belongs to this agency."""

    id: int

    def __post_init__(self) -> None:
        _check_number(self.id, "an agency")


@dataclass(frozen=True, slots=True)
class From:
    """Not before this day."""

    day: date


@dataclass(frozen=True, slots=True)
class Until:
    """Not after this day."""

    day: date


Leaf: TypeAlias = Current | Attended | Level | Role | Agency | From | Until


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds."""

    of: tuple[Tree, ...]

    def __post_init__(self) -> None:
        _check_some(self.of, "all")


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these holds."""

    of: tuple[Tree, ...]

    def __post_init__(self) -> None:
        _check_some(self.of, "any")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least *n* of these hold."""

    n: int
    of: tuple[Tree, ...]

    def __post_init__(self) -> None:
        _check_some(self.of, "at_least")
        _check_number(self.n, "at_least")
        if self.n > len(self.of):
            raise ValueError(f"at_least asks for {self.n} of {len(self.of)} conditions: it could never open")


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    of: Tree


Tree: TypeAlias = All | Any | AtLeast | Not | Leaf


def _check_some(of: tuple[Tree, ...], name: str) -> None:
    if not of:
        raise ValueError(f"“{name}” needs at least one condition: an empty one would open for everybody or nobody")


def _check_number(value: int, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{what} needs a whole number, 1 or more")


def _check_word(value: str, what: str) -> None:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError(f"{what} needs a name of letters, digits, spaces and hyphens")


_WORD = re.compile(r"[^\W_](?:[\w .&'’-]{0,98}[\w.])?")


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Every condition that stands alone, in reading order."""
    match tree:
        case All(of) | Any(of) | AtLeast(_, of):
            for part in of:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield tree


# ---- Deciding ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class GateFacts:
    """All that a gate may look at. An item it names must be in ``validity_of``; without that the gate stays shut."""

    evidence: Iterable[Evidence]
    member: Member
    validity_of: Mapping[str, Validity]
    titles: Mapping[str, str] = field(default_factory=dict)
    level_of: Mapping[str, int] = field(default_factory=dict)
    """The level an item is taught at; a fact may carry its own as data["level"]."""
    agencies: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One condition, met or not, in words that anyone may be shown: the person, their manager and the help desk.

    ``next`` says what to do about it and is empty when nothing is needed. ``choice`` is set when this is one of several ways.
    ``evidence`` holds the ids of the facts it rests on; ``until`` is the last day it holds.
    """

    met: bool
    leaf: Leaf | None
    text: str
    next: str = ""
    item: str | None = None
    evidence: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Open or shut, and why. ``fault`` names what went wrong when the gate could not be decided; it is for the log."""

    open: bool
    steps: tuple[Step, ...]
    fault: str = ""

    @property
    def missing(self) -> tuple[Step, ...]:
        """The steps that keep it shut."""
        return () if self.open else tuple(step for step in self.steps if not step.met)


COULD_NOT_TELL = Step(
    met=False, leaf=None,
    text="We could not check the training records just now, so this stays shut.",
    next="Try again in a few minutes. If it is still shut then, ask the partnership.",
)


def evaluate(tree: Tree, facts: GateFacts, as_of: datetime, zone: tzinfo) -> Decision:
    """Decide on the facts known at *as_of*, by the calendar in *zone*. Never raises: any fault at all leaves the gate shut."""
    try:
        return _decide(tree, _View(facts, as_of, local_day(as_of, zone), zone))
    except Exception as fault:
        return Decision(False, (COULD_NOT_TELL,), f"{type(fault).__name__}: {fault}")


@dataclass(frozen=True, slots=True)
class _View:
    """The facts as they stand at one moment."""

    facts: GateFacts
    as_of: datetime
    today: date
    zone: tzinfo

    def known(self, item: str) -> tuple[Evidence, ...]:
        return about(self.facts.evidence, self.facts.member.person_id, item, self.as_of)

    def title(self, item: str) -> str:
        return self.facts.titles.get(item, item)


def _decide(tree: Tree, view: _View) -> Decision:
    met, steps = _walk(tree, view, wanted=True)
    if view.facts.member.belongs(view.today):
        return Decision(met is True, steps)
    return Decision(False, (_not_a_member(view), *steps))


def _not_a_member(view: _View) -> Step:
    member = view.facts.member
    if member.left is not None and member.left < view.today:
        text = f"The place in this partnership ended on {in_words(member.left)}."
    else:
        text = f"The place in this partnership begins on {in_words(member.joined)}."
    return Step(False, None, text, "Ask your manager if this is a mistake.", since=member.joined, until=member.left)


def _walk(tree: Tree, view: _View, wanted: bool) -> tuple[bool, tuple[Step, ...]]:
    """Whether the tree is as *wanted*, and every leaf's step. "Not all of these" is "one of these is not so", and so on."""
    match tree:
        case Not(part):
            return _walk(part, view, not wanted)
        case All(of):
            return _count(of, len(of) if wanted else 1, view, wanted)
        case Any(of):
            return _count(of, 1 if wanted else len(of), view, wanted)
        case AtLeast(n, of):
            return _count(of, n if wanted else len(of) - n + 1, view, wanted)
        case _:
            step = _step(tree, view)
            if not wanted:
                step = _turned(step)
            return step.met, (step,)


def _count(of: Sequence[Tree], enough: int, view: _View, wanted: bool) -> tuple[bool, tuple[Step, ...]]:
    parts = [_walk(part, view, wanted) for part in of]
    met = sum(1 for part_met, _ in parts if part_met) >= enough
    steps = tuple(step for _, part_steps in parts for step in part_steps)
    if enough < len(of):
        words = "Any one of these is enough." if enough == 1 else f"At least {enough} of these {len(of)} are needed."
        steps = tuple(replace(step, choice=step.choice or words, next="" if met else step.next) for step in steps)
    return met, steps


def _turned(step: Step) -> Step:
    """The step when its leaf must not hold."""
    advice = "" if not step.met else "Ask the partnership if this seems wrong."
    return replace(step, met=not step.met, next=advice, text=f"This opens only when the next line is not so. {step.text}")


def _step(leaf: Leaf, view: _View) -> Step:
    match leaf:
        case Current(item):
            return _current(leaf, item, view)
        case Attended(item):
            return _attended(leaf, item, view)
        case Level(item, at_least):
            return _level(leaf, item, at_least, view)
        case Role(role):
            return _role(leaf, role, view)
        case Agency(id):
            return _agency(leaf, id, view)
        case From(day):
            return _from(leaf, day, view)
        case Until(day):
            return _until(leaf, day, view)
    raise TypeError(f"a gate cannot read {leaf!r}")


def _current(leaf: Leaf, item: str, view: _View) -> Step:
    title = view.title(item)
    return _in_date(
        leaf, item, completions(view.known(item)), view, done="done",
        never=f"{title}: not done yet.", first=f"Do “{title}”.", again=f"Do “{title}” again.",
    )


def _attended(leaf: Leaf, item: str, view: _View) -> Step:
    title = view.title(item)
    known = standing_facts(view.known(item))
    never = f"{title}: no trainer has recorded it yet."
    first = f"Book a place on “{title}”. The trainer records who came."
    if any(fact.kind is FactKind.ATTENDED for fact in known):
        never = f"{title}: the record does not count, because another person, a trainer, has to make it."
        first = "Ask the trainer who was there to record it."
    elif any(fact.kind is FactKind.COMPLETED for fact in known):
        never = f"{title}: learning on screen does not count here. A trainer has to record it, and none has yet."
    return _in_date(
        leaf, item, tuple(fact for fact in known if on_register(fact)), view, done="attended",
        never=never, first=first, again=f"Book a place on “{title}” again. The trainer records who came.",
    )


def _level(leaf: Leaf, item: str, at_least: int, view: _View) -> Step:
    title = view.title(item)
    taught = view.facts.level_of.get(item, 0)
    done = tuple(fact for fact in completions(view.known(item)) if _number(fact.data.get("level", taught)) >= at_least)
    return _in_date(
        leaf, item, done, view, done=f"done at level {at_least} or above", never=f"{title}: not done at level {at_least} or above yet.",
        first=f"Do “{title}” at level {at_least} or above.", again=f"Do “{title}” at level {at_least} or above again.",
    )


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a level is a whole number, not {value!r}")
    return value


def _in_date(
    leaf: Leaf, item: str, done_by: Sequence[Evidence], view: _View, *, done: str, never: str, first: str, again: str,
) -> Step:
    """A step that holds from the day it was last done to the end of the last day it counts."""
    validity = view.facts.validity_of[item]
    title = view.title(item)
    if not done_by:
        return Step(False, leaf, never, first, item)
    days = [local_day(fact.at, view.zone) for fact in done_by]
    end = until(validity, days)
    rests_on = tuple(fact.id for fact in done_by)
    if end is None:
        return Step(True, leaf, f"{title}: {done} on {in_words(days[-1])}. It has no end date.", "", item, rests_on, days[-1])
    if view.today <= end:
        text = f"{title}: {done} on {in_words(days[-1])}. It counts until {in_words(end)}."
        return Step(True, leaf, text, "", item, rests_on, days[-1], end)
    text = f"{title}: {done} on {in_words(days[-1])}. It ran out on {in_words(end)}."
    return Step(False, leaf, text, again, item, rests_on, days[-1], end)


def _role(leaf: Leaf, role: str, view: _View) -> Step:
    has = view.facts.member.role
    if has == role:
        return Step(True, leaf, f"For this role: {role}.")
    return Step(False, leaf, f"For one role only: {role}. The role recorded is: {has or 'none'}.", "Ask your manager if the role is wrong.")


def _agency(leaf: Leaf, id: int, view: _View) -> Step:
    name = view.facts.agencies.get(id, "one agency")
    if view.facts.member.agency_id == id:
        return Step(True, leaf, f"For people at {name}.")
    return Step(False, leaf, f"For people at {name} only.", "Ask your manager if the agency is wrong.")


def _from(leaf: Leaf, day: date, view: _View) -> Step:
    if view.today >= day:
        return Step(True, leaf, f"Open since {in_words(day)}.", since=day)
    return Step(False, leaf, f"Opens on {in_words(day)}.", f"Come back on {in_words(day)}.", since=day)


def _until(leaf: Leaf, day: date, view: _View) -> Step:
    if view.today <= day:
        return Step(True, leaf, f"Open until {in_words(day)}.", until=day)
    return Step(False, leaf, f"It closed at the end of {in_words(day)}.", "Ask the partnership what to use now.", until=day)


# ---- As JSON -----------------------------------------------------------------------------------------------------------

def to_json(tree: Tree) -> dict[str, Json]:
    """The tree as an object with one key, the name of the condition: ``{"all": [{"current": "child-neglect"}]}``."""
    match tree:
        case All(of):
            return {"all": [to_json(part) for part in of]}
        case Any(of):
            return {"any": [to_json(part) for part in of]}
        case AtLeast(n, of):
            return {"at_least": {"n": n, "of": [to_json(part) for part in of]}}
        case Not(part):
            return {"not": to_json(part)}
        case Level(item, at_least):
            return {"level": {"item": item, "at_least": at_least}}
        case From(day):
            return {"from": day.isoformat()}
        case Until(day):
            return {"until": day.isoformat()}
        case Current(word) | Attended(word) | Role(word):
            return {_NAMES[type(tree)]: word}
        case Agency(id):
            return {"agency": id}
    raise TypeError(f"a gate cannot hold {tree!r}")


_NAMES: Mapping[type, str] = {Current: "current", Attended: "attended", Role: "role"}
_KNOWN = "all, any, not, at_least, current, attended, level, role, agency, from or until"


def from_json(source: object, depth: int = 0) -> Tree:
    """The tree of a JSON object. Raises ValueError, whose text says what is wrong."""
    if depth > DEEPEST:
        raise ValueError(f"conditions stand more than {DEEPEST} deep inside one another: make it simpler")
    if not isinstance(source, Mapping) or len(source) != 1:
        raise ValueError(f"a condition is one name with its value, such as {{current: child-neglect}}; this is not: {_short(source)}")
    [(name, value)] = source.items()
    match name:
        case "all":
            return All(_parts(value, name, depth))
        case "any":
            return Any(_parts(value, name, depth))
        case "not":
            return Not(from_json(value, depth + 1))
        case "at_least":
            held = _keys(value, name, "n", "of")
            return AtLeast(held["n"], _parts(held["of"], name, depth))
        case "level":
            held = _keys(value, name, "item", "at_least")
            return Level(held["item"], held["at_least"])
        case "current":
            return Current(value)
        case "attended":
            return Attended(value)
        case "role":
            return Role(value)
        case "agency":
            return Agency(value)
        case "from":
            return From(_day(value))
        case "until":
            return Until(_day(value))
    raise ValueError(f"“{_short(name)}” is not a condition: use {_KNOWN}")


def _parts(value: object, name: str, depth: int) -> tuple[Tree, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(from_json(part, depth + 1) for part in value)
    raise ValueError(f"“{name}” needs a list of conditions")


def _keys(value: object, name: str, *keys: str) -> Mapping[str, Json]:
    if not isinstance(value, Mapping) or set(value) != set(keys):
        raise ValueError(f"“{name}” needs {' and '.join(keys)}, and nothing else")
    return value


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"a day is written like 2026-05-26; this is not: {_short(value)}")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


# ---- As one line of text -----------------------------------------------------------------------------------------------

def to_text(tree: Tree) -> str:
    """The tree on one line: ``all(current(child-neglect), attended(graded-care-profile-2))``."""
    match tree:
        case All(of):
            return f"all({_listed(of)})"
        case Any(of):
            return f"any({_listed(of)})"
        case AtLeast(n, of):
            return f"at_least({n}, {_listed(of)})"
        case Not(part):
            return f"not({to_text(part)})"
        case Level(item, at_least):
            return f"level({item}, {at_least})"
        case _:
            [(name, value)] = to_json(tree).items()
            return f"{name}({value})"


def _listed(of: Iterable[Tree]) -> str:
    return ", ".join(to_text(part) for part in of)


def parse_text(text: str) -> Tree:
    """The tree of one line of text. Raises ValueError, whose text says what is wrong and where."""
    source, end = _call(text, _space(text, 0), 0)
    end = _space(text, end)
    if end != len(text):
        raise ValueError(f"there is more after the end: {_short(text[end:])}")
    return from_json(source)


_CALL = re.compile(r"([a-z_]+)\s*\(")
_PLAIN = re.compile(r"[^(),]*")
_NUMBER = re.compile(r"[0-9]{1,18}")


def _call(text: str, at: int, depth: int) -> tuple[dict[str, Json], int]:
    """One condition with what stands inside it, as JSON would hold it, and where it ends."""
    if depth > DEEPEST:
        raise ValueError(f"conditions stand more than {DEEPEST} deep inside one another: make it simpler")
    found = _CALL.match(text, at)
    if not found:
        raise ValueError(f"a condition such as current(child-neglect) should stand at character {at + 1}: {_short(text[at:])}")
    name, inside, at = found[1], [], found.end()
    while True:
        at = _space(text, at)
        value: Json
        if _CALL.match(text, at):
            value, at = _call(text, at, depth + 1)
        else:
            plain = _PLAIN.match(text, at)
            value, at = (plain[0].strip(), plain.end()) if plain else ("", at)
        inside.append(value)
        at = _space(text, at)
        if at >= len(text):
            raise ValueError(f"“{name}(” is never closed with “)”")
        if text[at] == ")":
            return {name: _inside(name, inside)}, at + 1
        if text[at] != ",":
            raise ValueError(f"a comma or “)” should stand at character {at + 1}: {_short(text[at:])}")
        at += 1


def _inside(name: str, values: list[Json]) -> Json:
    match name, values:
        case ("all" | "any"), _:
            return values if values != [""] else []
        case "at_least", [n, *of]:
            return {"n": _whole(n), "of": of}
        case "level", [item, at_least]:
            return {"item": item, "at_least": _whole(at_least)}
        case "agency", [id]:
            return _whole(id)
        case _, [value]:
            return value
    raise ValueError(f"“{name}” cannot hold {len(values)} values")


def _whole(value: object) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise ValueError(f"a whole number is needed, not {_short(value)}")


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at

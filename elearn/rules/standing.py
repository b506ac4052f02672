"""Where one person stands with one item at one moment, and why, in words.

A standing is worked out from the facts, the rules and the moment, every time. No job has to run before it is right, and
facts that came later never change what it was.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from elearn.rules.evidence import (
    Evidence,
    FactKind,
    about,
    completes,
    completions,
    standing_facts,
    taken_back,
)
from elearn.rules.requirements import Member, Requirement, due_again, due_on
from elearn.rules.validity import MONTHS, Validity, in_words, local_day, until, window_opens


class State(StrEnum):
    """The eight ways to stand. Someone who never did an item is never shown as up to date, due day or not."""

    NOT_STARTED = "not started"
    IN_PROGRESS = "in progress"
    DUE_SOON = "due soon"       # never done, and the due day is near
    OVERDUE = "overdue"         # never done, and the due day has gone
    CURRENT = "current"         # done, and it counts
    EXPIRING = "expiring"       # done, and it counts, but the time to do it again has come
    EXPIRED = "expired"         # done, but it ran out
    EXEMPT = "exempt"           # a manager agreed that it is not needed for now


IN_DATE = frozenset({State.CURRENT, State.EXPIRING, State.EXEMPT})
LATE = frozenset({State.OVERDUE, State.EXPIRED})

WORST_FIRST = (
    State.OVERDUE, State.EXPIRED, State.DUE_SOON, State.EXPIRING, State.IN_PROGRESS, State.NOT_STARTED, State.CURRENT, State.EXEMPT,
)

SHOWN: Mapping[State, tuple[str, str]] = {
    State.NOT_STARTED: ("todo", "Not yet"),
    State.IN_PROGRESS: ("doing", "Started"),
    State.DUE_SOON: ("due", "Due soon"),
    State.OVERDUE: ("late", "Overdue"),
    State.CURRENT: ("done", "Done"),
    State.EXPIRING: ("due", "Ends soon"),
    State.EXPIRED: ("expired", "Ran out"),
    State.EXEMPT: ("todo", "Exempt"),
}
"""For each state, the kind of status to show (its icon has the same name) and its label. Only training has a tick."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's standing with one item.

    ``reason`` is whole sentences that the person, their manager and the help desk may all be shown. ``until`` is the last day it
    counts, or the last exempt day. ``due`` is the last day to do it, or to do it again. ``evidence`` holds the ids of the facts
    it rests on.
    """

    item: str
    state: State
    reason: str
    done_on: date | None
    until: date | None
    due: date | None
    required: bool
    evidence: tuple[int, ...]

    @property
    def in_date(self) -> bool:
        """Whether nothing has to be done to be in order today."""
        return self.state in IN_DATE


def standing(
    evidence: Iterable[Evidence], item: str, requirement: Requirement | None, member: Member, as_of: datetime, zone: tzinfo,
    validity: Validity, in_progress: bool = False,
) -> Standing:
    """Where *member* stands with *item* at *as_of*, by the calendar in *zone*.

    The requirement's validity holds; *validity* is the item's own, for when nothing is required. *in_progress* says that the
    person has begun and not finished. Raises ValueError when *as_of* names no zone.
    """
    today = local_day(as_of, zone)
    known = about(evidence, member.person_id, item, as_of)
    return _Case(known, item, requirement, member, today, zone, requirement.validity if requirement else validity, in_progress).decide()


@dataclass(frozen=True, slots=True)
class _Case:
    """All that a standing may depend on."""

    known: tuple[Evidence, ...]
    item: str
    requirement: Requirement | None
    member: Member
    today: date
    zone: tzinfo
    validity: Validity
    in_progress: bool

    def decide(self) -> Standing:
        """Training in date comes first; then an exemption; then training that ran out; then what was never done."""
        done = completions(self.known)
        if done and (held := self._in_date(done)):
            return held
        if exemption := self._exemption():
            return self._exempt(exemption)
        return self._ran_out(done) if done else self._never_done()

    def _days(self, done: Sequence[Evidence]) -> list[date]:
        return [local_day(fact.at, self.zone) for fact in done]

    def _in_date(self, done: Sequence[Evidence]) -> Standing | None:
        days = self._days(done)
        end, opens = until(self.validity, days), window_opens(self.validity, days)
        said = f"Done on {in_words(days[-1])}."
        if end is None or opens is None:
            return self._made(State.CURRENT, f"{said} It has no end date.{self._printed(done[-1], end)}", done, days[-1])
        if end < self.today:
            return None
        said += f" It counts until {in_words(end)}."
        if self.today < opens:
            return self._made(State.CURRENT, f"{said}{self._printed(done[-1], end)}", done, days[-1], end, end)
        said += " Do it again by then to stay in date."
        return self._made(State.EXPIRING, f"{said}{self._printed(done[-1], end)}", done, days[-1], end, end)

    def _printed(self, done: Evidence, end: date | None) -> str:
        """What the certificate for *done* says, when that is not *end*: its words stay, though another rule may hold by now."""
        awards = [fact for fact in standing_facts(self.known) if fact.kind is FactKind.AWARDED and fact.data.get("of") == done.id]
        newest = max(awards, key=lambda fact: fact.id, default=None)
        if newest is None or "until" not in newest.data or newest.day("until") == end:
            return ""
        day = newest.day("until")
        says = f"says {in_words(day)}" if day else "has no end date"
        return f" The certificate {says}, which was right when it was made."

    def _ran_out(self, done: Sequence[Evidence]) -> Standing:
        days = self._days(done)
        end = until(self.validity, days)
        assert end is not None
        granted, grants = self._later_due(due_again(self.requirement, self.member, days) if self.requirement else end)
        said = f"It ran out on {in_words(end)}."
        if self.requirement and granted >= self.today:
            said += f" Do it again by {in_words(granted)} to be in date."
        else:
            said += " Do it again to be in date."
        said += self._printed(done[-1], end)
        return self._made(State.EXPIRED, self._explained(said), (*done, *grants), days[-1], end, granted)

    def _never_done(self) -> Standing:
        due = due_on(self.requirement, self.member) if self.requirement else None
        begun = "Started, and not finished yet." if self.in_progress else "Not started yet."
        state = State.IN_PROGRESS if self.in_progress else State.NOT_STARTED
        if self.requirement is None:
            return self._made(state, self._explained(f"{begun} It is not required."), ())
        if due is None:
            return self._made(state, self._explained(f"{begun} It is required, with no date to do it by."), ())
        due, grants = self._later_due(due)
        days = (due - self.today).days
        if days < 0:
            said = f"It was due on {in_words(due)}, {ago(-days)}."
            return self._made(State.OVERDUE, self._explained(said), grants, due=due)
        if days <= self.requirement.soon_days:
            state = State.DUE_SOON
        said = f"Due by {in_words(due)}, {ahead(days)}."
        if self.in_progress:
            said = f"{begun} {said}"
        return self._made(state, self._explained(said), grants, due=due)

    def _exemption(self) -> Evidence | None:
        """The newest decision that it is not needed, if it still holds today."""
        newest = self._newest(FactKind.EXEMPTED)
        last = newest.day("until") if newest else None
        return newest if last is None or self.today <= last else None

    def _newest(self, kind: FactKind) -> Evidence | None:
        """The last decision of its kind to be written down. The ledger's own order decides: a clock may have been set back."""
        return max((fact for fact in standing_facts(self.known) if fact.kind is kind), key=lambda fact: fact.id, default=None)

    def _exempt(self, exemption: Evidence) -> Standing:
        last = exemption.day("until")
        said = "Not needed" if last is None else f"Not needed until {in_words(last)}"
        said += f": exempt, because {_clause(exemption.reason)}." if exemption.reason else ": exempt."
        days = self._days(completions(self.known))
        return self._made(State.EXEMPT, said, (exemption,), days[-1] if days else None, last)

    def _later_due(self, due: date) -> tuple[date, tuple[Evidence, ...]]:
        """The due day with any more time that was given, and the facts that gave it. It never makes the day earlier.

        The newest extension holds. After an exemption the due day is not before its end, so nobody is late for a time when they
        were told it was not needed.
        """
        gave: tuple[Evidence, ...] = ()
        for kind, key in ((FactKind.EXEMPTED, "until"), (FactKind.EXTENDED, "due")):
            newest = self._newest(kind)
            day = newest.day(key) if newest else None
            if newest and day and day > due:
                due, gave = day, (newest,)
        return due, gave

    def _explained(self, said: str) -> str:
        """*said*, after a word about the newest completion that was taken back, as people will ask where it went."""
        gone = taken_back(self.known)
        lost = [fact for fact in self.known if completes(fact) and fact.id in gone]
        if not lost:
            return said
        by = gone[lost[-1].id]
        was, back = (in_words(local_day(fact.at, self.zone)) for fact in (lost[-1], by))
        because = f", because {_clause(by.reason)}" if by.reason else ""
        return f"What was recorded for {was} was taken back on {back}{because}. {said}"

    def _made(
        self, state: State, reason: str, facts: Sequence[Evidence], done_on: date | None = None, until: date | None = None,
        due: date | None = None,
    ) -> Standing:
        required = self.requirement is not None
        return Standing(self.item, state, reason, done_on, until, due if required else None, required, tuple(fact.id for fact in facts))


def _clause(reason: str) -> str:
    """A reason that someone typed, to stand inside our sentence."""
    return reason.rstrip(" .")


def ago(days: int) -> str:
    """How long ago: "yesterday", "3 days ago"."""
    return "yesterday" if days == 1 else f"{days} days ago"


def ahead(days: int) -> str:
    """How far ahead: "today", "tomorrow", "in 5 days"."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


# ---- In few words ------------------------------------------------------------------------------------------------------

def cell(held: Standing, today: date) -> str:
    """The standing in two or three words for a table: "Due 31 May", "Late 3 days", "Ends 4 Jul", "Done 2 Feb"."""
    match held.state:
        case State.DUE_SOON if held.due:
            return f"Due {short(held.due, today)}"
        case State.OVERDUE if held.due:
            return f"Late {_days((today - held.due).days)}"
        case State.CURRENT if held.done_on:
            return f"Done {short(held.done_on, today)}"
        case State.EXPIRING if held.until:
            return f"Ends {short(held.until, today)}"
        case State.EXPIRED if held.until:
            return f"Ran out {short(held.until, today)}"
        case State.NOT_STARTED if not held.required:
            return "Not needed"
        case _:
            return SHOWN[held.state][1]


def short(day: date, today: date) -> str:
    """A date in few letters: 4 Jul, with the year only when it is a year or more away and could be mistaken."""
    text = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return text if abs(day - today) < timedelta(days=365) else f"{text} {day.year}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


# ---- Several together --------------------------------------------------------------------------------------------------

def worst(standings: Iterable[Standing]) -> State | None:
    """The state of what most needs doing among required items; None when nothing is required, which is not "up to date"."""
    states = [held.state for held in standings if held.required]
    return min(states, key=WORST_FIRST.index, default=None)


def overall(standings: Iterable[Standing], today: date) -> tuple[str, str]:
    """One person's standing with everything required, as a kind of status and its words: ("late", "2 overdue")."""
    required = [held for held in standings if held.required]
    state = worst(required)
    if state is None:
        return "todo", "Nothing needed"
    if state in LATE:
        return "late", f"{sum(held.state in LATE for held in required)} overdue"
    if state is State.DUE_SOON:
        return "due", f"Due {ahead(min((held.due - today).days for held in required if held.state is state and held.due))}"
    if state is State.EXPIRING:
        return "due", f"Ends {ahead(min((held.until - today).days for held in required if held.state is state and held.until))}"
    if state in IN_DATE:
        return "done", "Up to date"
    return SHOWN[state]


@dataclass(frozen=True, slots=True)
class Figures:
    """A team in numbers: how many people are in order, and how many have something due soon, late or ending.

    One person may have something late and something ending, and then counts in both. ``nothing_needed`` counts those of whom
    nothing is required: they are not "up to date".
    """

    people: int
    up_to_date: int
    due_soon: int
    late: int
    ending: int
    nothing_needed: int


def figures(people: Iterable[Sequence[Standing]]) -> Figures:
    """The figures of a team, from each person's standings."""
    found = [{held.state for held in standings if held.required} for standings in people]
    return Figures(
        people=len(found),
        up_to_date=sum(bool(states) and states <= IN_DATE for states in found),
        due_soon=sum(State.DUE_SOON in states for states in found),
        late=sum(bool(states & LATE) for states in found),
        ending=sum(State.EXPIRING in states for states in found),
        nothing_needed=sum(not states for states in found),
    )

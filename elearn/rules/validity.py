"""How long learning counts: calendar dates only, so no clock change or server setting can move the end.

A day here is a day on the calendar of the people it is about. The last day counts in full, to 23:59:59 local time.
"""
from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

Rule = Literal["never", "rolling", "anniversary", "fixed"]

MONTHS = ("January", "February", "March", "April", "May", "June", "July",
          "August", "September", "October", "November", "December")
SHORTEST_MONTH = 28


def in_words(day: date) -> str:
    """A date as people write it, whatever the server's language: 26 May 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def local_day(at: datetime, zone: tzinfo) -> date:
    """The date on the wall calendar in *zone* at that moment. Raises ValueError for a time that names no zone."""
    if at.utcoffset() is None:
        raise ValueError("a time must say which zone it is in")
    return at.astimezone(zone).date()


def add_months(day: date, months: int) -> date:
    """The same day *months* later (or earlier), or the last day of that month if it is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= SHORTEST_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Validity:
    """How long one item counts once it is done. Raises ValueError, in words, for a rule that contradicts itself.

    * ``never``: it never runs out.
    * ``rolling``: *months* after the day it was last done. Doing it early brings the end forward; doing it late puts it back.
    * ``anniversary``: *months* after it was first done, then every *months* from that same day. Doing it again inside the
      window (the last *window_days*) adds a whole period, so nobody loses days by being early. Doing it before the window
      changes nothing. Doing it late starts a new anniversary. This is the "expiry date" method of Totara's certifications.
    * ``fixed``: until the first *month_day* (month, day) that is at least *at_least_months* after it was done. *months* is
      how long it usually lasts. This is Totara's "fixed date" method.
    """

    rule: Rule
    months: int = 0
    window_days: int = 0
    month_day: tuple[int, int] | None = None
    at_least_months: int = 0

    def __post_init__(self) -> None:
        if self.rule == "never":
            if self.months or self.window_days or self.month_day or self.at_least_months:
                raise ValueError("what never runs out has no months, no window and no day")
            return
        if self.rule not in ("rolling", "anniversary", "fixed"):
            raise ValueError(f"“{self.rule}” is not a rule: use never, rolling, anniversary or fixed")
        if self.months < 1:
            raise ValueError("say how many months it lasts: at least 1")
        if self.window_days < 0:
            raise ValueError("a window cannot have fewer than 0 days")
        if self.window_days >= self.months * SHORTEST_MONTH:
            raise ValueError(f"a window of {self.window_days} days is as long as the {self.months} months it lasts: make it shorter")
        if self.rule == "fixed":
            self._check_fixed()
        elif self.month_day or self.at_least_months:
            raise ValueError(f"a day of the year and a shortest time belong to the rule “fixed”, not “{self.rule}”")

    def _check_fixed(self) -> None:
        if self.month_day is None:
            raise ValueError("say which day of the year it ends on")
        month, day = self.month_day
        if (month, day) == (2, 29):
            raise ValueError("29 February comes only in leap years: choose 28 February or 1 March")
        try:
            date(2023, month, day)
        except ValueError:
            raise ValueError(f"there is no day {day} in month {month}") from None
        if self.at_least_months > self.months:
            raise ValueError(f"it cannot last at least {self.at_least_months} months when it lasts {self.months}")
        if self.window_days > self.at_least_months * SHORTEST_MONTH:
            raise ValueError(f"a window of {self.window_days} days is longer than the {self.at_least_months} months it lasts at least")


NEVER = Validity("never")


def until(validity: Validity, completions: Sequence[date]) -> date | None:
    """The last day it counts, after being done on each of *completions* (oldest first); None when it never runs out.

    Raises ValueError when it was never done: what was not done has no last day, and must not look endless.
    """
    if not completions:
        raise ValueError("it was never done, so there is no last day")
    if validity.rule == "never":
        return None
    if validity.rule == "rolling":
        return add_months(completions[-1], validity.months)
    if validity.rule == "anniversary":
        return _anniversary(validity, completions)
    return _fixed(validity, completions[-1])


def window_opens(validity: Validity, completions: Sequence[date]) -> date | None:
    """The first day on which doing it again adds to its time; None when it never runs out."""
    end = until(validity, completions)
    return None if end is None else end - timedelta(days=validity.window_days)


def _anniversary(validity: Validity, completions: Sequence[date]) -> date:
    """Count whole periods from one anchor day, so that 29 February comes back in every leap year.

    Adding a period to the last end instead would slip to 28 February after one ordinary year and stay there.
    """
    anchor, periods = completions[0], 1
    end = add_months(anchor, validity.months)
    for done in completions[1:]:
        if done > end:
            anchor, periods = done, 1
        elif done >= end - timedelta(days=validity.window_days):
            periods += 1
        else:
            continue
        end = add_months(anchor, periods * validity.months)
    return end


def _fixed(validity: Validity, done: date) -> date:
    """The first fixed day at least *at_least_months* after *done*.

    Totara starts from any fixed day *b* with a period of a year, and with M for the shortest time: while b - M >= done, take
    a year off; while b + 1 year < done + M, add a year; the end is b + 1 year. The first loop leaves a *b* less than M after
    *done*, the second stops as soon as b + 1 year is at least M after it. So the end is the first fixed day that is at least M
    after *done*, wherever *b* began. (Only when *done* is a 29th to 31st can "M before b" and "M after done" differ by a
    clamped day at the end of a month. There Totara's answer hangs on where *b* began; ours does not.)
    """
    assert validity.month_day is not None
    earliest = add_months(done, validity.at_least_months)
    month, day = validity.month_day
    end = date(earliest.year, month, day)
    return end if end >= earliest else date(earliest.year + 1, month, day)

"""How long learning counts: every day, every length, every rule, against a second reckoning that shares no code with it."""
from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.rules.validity import NEVER, Validity, add_months, in_words, local_day, until, window_opens

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2024, 1, 1), date(2060, 12, 31)
AUTUMN = Validity("fixed", months=12, window_days=60, month_day=(12, 1), at_least_months=6)


class Wall:
    """A paper calendar: every day written down once, month after month, and read off by counting leaves."""

    def __init__(self) -> None:
        self.months: list[list[date]] = []
        self.place: dict[date, tuple[int, int]] = {}
        day = date(2023, 1, 1)
        while day.year < 2073:
            if day.day == 1:
                self.months.append([])
            self.place[day] = (len(self.months) - 1, len(self.months[-1]))
            self.months[-1].append(day)
            day += timedelta(days=1)

    def later(self, day: date, months: int) -> date:
        leaf, line = self.place[day]
        there = self.months[leaf + months]
        return there[line] if line < len(there) else there[-1]

    @property
    def christmases(self) -> list[date]:
        return [month[24] for month in self.months[11::12]]


@pytest.fixture(scope="module")
def wall() -> Wall:
    return Wall()


def every_day() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


def test_every_day_from_2024_to_2060_and_every_length_to_60_months_ends_on_the_right_day(wall: Wall) -> None:
    days = list(every_day())
    assert len(days) == 13_515
    christmases = wall.christmases
    for months in range(1, 61):
        rolling, anniversary = Validity("rolling", months), Validity("anniversary", months)
        fixed = Validity("fixed", months, month_day=(12, 25), at_least_months=months)
        later = [wall.later(day, months) for day in days]
        assert [until(rolling, (day,)) for day in days] == later
        assert [until(anniversary, (day,)) for day in days] == later
        assert [until(fixed, (day,)) for day in days] == [christmases[bisect_left(christmases, day)] for day in later]
        assert later == sorted(later), "doing it later never makes it end earlier"
    assert all(until(NEVER, (day,)) is None for day in days)


def test_every_renewal_on_the_last_day_comes_back_to_the_first_anniversary(wall: Wall) -> None:
    for months in (1, 6, 11, 12, 13, 24, 36, 60):
        rule = Validity("anniversary", months)
        for day in every_day():
            ends = wall.later(day, months)
            assert until(rule, (day, ends)) == wall.later(day, 2 * months)


@given(st.lists(st.dates(FIRST, LAST), min_size=1, max_size=6), st.integers(1, 60), st.integers(0, 27), st.booleans())
def test_an_anniversary_follows_the_rule_as_told(days: list[date], months: int, window: int, last_day_too: bool) -> None:
    """Told again in plain steps, with the end kept as a number of periods from the day it was first done."""
    days.sort()
    if last_day_too:
        days = sorted({*days, add_months(days[0], months)})
    first, periods = days[0], 1
    for day in days[1:]:
        end = add_months(first, months * periods)
        too_early, too_late = (end - day).days > window, day > end
        if too_late:
            first, periods = day, 1
        elif not too_early:
            periods += 1
    assert until(Validity("anniversary", months, window), days) == add_months(first, months * periods)


rules = st.one_of(
    st.builds(Validity, st.just("rolling"), st.integers(1, 60), st.integers(0, 27)),
    st.builds(Validity, st.just("anniversary"), st.integers(1, 60), st.integers(0, 27)),
    st.builds(
        lambda months, less, month, day: Validity("fixed", months, 0, (month, day), max(0, months - less)),
        st.integers(1, 60), st.integers(0, 59), st.integers(1, 12), st.integers(1, 28),
    ),
)


@given(rules, st.lists(st.dates(FIRST, LAST), min_size=1, max_size=5), st.dates(FIRST, LAST))
def test_doing_it_once_more_or_a_day_later_never_makes_it_end_earlier(rule: Validity, days: list[date], more: date) -> None:
    days.sort()
    ends = until(rule, days)
    again = until(rule, [*days, max(more, days[-1])])
    a_day_later = until(rule, [*days[:-1], days[-1] + timedelta(days=1)])
    assert ends and again and a_day_later
    assert again >= ends
    assert a_day_later >= ends


def test_the_29th_of_february_comes_back_in_every_leap_year() -> None:
    rule = Validity("anniversary", months=12, window_days=60)
    done: list[date] = [date(2024, 2, 29)]
    ends: list[date] = []
    while len(ends) < 8:
        end = until(rule, done)
        assert end
        ends.append(end)
        done.append(end - timedelta(days=10))
    assert ends == [date(year, 2, 29 if year % 4 == 0 else 28) for year in range(2025, 2033)]


def test_the_31st_comes_back_after_short_months() -> None:
    rule = Validity("anniversary", months=1, window_days=7)
    assert until(rule, [date(2026, 1, 31)]) == date(2026, 2, 28)
    assert until(rule, [date(2026, 1, 31), date(2026, 2, 25)]) == date(2026, 3, 31)


@pytest.mark.parametrize(("done", "ends"), [
    (date(2025, 8, 14), date(2026, 12, 1)),   # new in August: about 16 months
    (date(2026, 11, 10), date(2027, 12, 1)),  # renewed in the window: about 13 months
    (date(2028, 4, 20), date(2028, 12, 1)),   # renewed late: about 8 months
])
def test_the_three_worked_dates_of_totaras_help_come_out_unchanged(done: date, ends: date) -> None:
    assert until(AUTUMN, [done]) == ends


@given(st.dates(date(2024, 1, 1), date(2050, 12, 28)), st.integers(0, 12), st.integers(1, 12), st.integers(1, 28), st.integers(-5, 5))
def test_a_fixed_day_is_where_totaras_two_loops_stop_wherever_they_begin(
    done: date, least: int, month: int, day: int, years_off: int,
) -> None:
    done = done.replace(day=min(done.day, 28))
    base = date(done.year + years_off, month, day)
    while add_months(base, -least) >= done:
        base = add_months(base, -12)
    while add_months(base, 12) < add_months(done, least):
        base = add_months(base, 12)
    assert until(Validity("fixed", 12, 0, (month, day), least), [done]) == add_months(base, 12)


def test_an_anniversary_keeps_its_day_when_renewed_in_the_window_and_moves_it_when_late() -> None:
    rule = Validity("anniversary", months=12, window_days=30)
    first = date(2025, 6, 10)
    assert window_opens(rule, [first]) == date(2026, 5, 11)
    assert until(rule, [first, date(2026, 5, 10)]) == date(2026, 6, 10), "the day before the window changes nothing"
    assert until(rule, [first, date(2026, 5, 11)]) == date(2027, 6, 10), "the first day of the window adds a year"
    assert until(rule, [first, date(2026, 6, 10)]) == date(2027, 6, 10), "and so does the last"
    assert until(rule, [first, date(2026, 6, 11)]) == date(2027, 6, 11), "a day late starts a new anniversary"


def test_rolling_counts_from_the_last_time_whether_early_or_late() -> None:
    rule = Validity("rolling", months=12, window_days=30)
    assert until(rule, [date(2025, 6, 10), date(2025, 9, 1)]) == date(2026, 9, 1)
    assert until(rule, [date(2025, 6, 10), date(2027, 1, 5)]) == date(2028, 1, 5)
    assert window_opens(rule, [date(2025, 6, 10)]) == date(2026, 5, 11)


def test_what_never_runs_out_has_no_end_and_no_window() -> None:
    assert until(NEVER, [date(2020, 1, 1)]) is None
    assert window_opens(NEVER, [date(2020, 1, 1)]) is None


def test_what_was_never_done_must_not_look_endless() -> None:
    for rule in (NEVER, AUTUMN):
        with pytest.raises(ValueError, match="never done"):
            until(rule, [])


@pytest.mark.parametrize(("parts", "words"), [
    ({"rule": "yearly", "months": 12}, "is not a rule"),
    ({"rule": "never", "months": 12}, "no months"),
    ({"rule": "rolling"}, "how many months"),
    ({"rule": "rolling", "months": -3}, "how many months"),
    ({"rule": "rolling", "months": 1, "window_days": 28}, "make it shorter"),
    ({"rule": "rolling", "months": 12, "window_days": -1}, "fewer than 0"),
    ({"rule": "rolling", "months": 12, "month_day": (12, 1)}, "belong to the rule"),
    ({"rule": "anniversary", "months": 12, "at_least_months": 6}, "belong to the rule"),
    ({"rule": "fixed", "months": 12}, "which day"),
    ({"rule": "fixed", "months": 12, "month_day": (2, 29), "at_least_months": 6}, "leap years"),
    ({"rule": "fixed", "months": 12, "month_day": (4, 31), "at_least_months": 6}, "no day 31 in month 4"),
    ({"rule": "fixed", "months": 12, "month_day": (4, 1), "at_least_months": 13}, "at least 13 months"),
    ({"rule": "fixed", "months": 12, "month_day": (4, 1), "at_least_months": 1, "window_days": 29}, "lasts at least"),
])
def test_a_rule_that_contradicts_itself_is_refused_in_words(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Validity(**parts)


CLOCKS_CHANGE = (date(2026, 3, 29), date(2026, 10, 25))


@pytest.mark.parametrize("change", CLOCKS_CHANGE)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_day_ends_at_midnight_in_london_around_both_clock_changes(change: date, days: int) -> None:
    day = change + timedelta(days=days)
    last = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LONDON).astimezone(UTC)
    assert local_day(last, LONDON) == day
    assert local_day(last + timedelta(seconds=1), LONDON) == day + timedelta(days=1)


def test_a_summer_evening_in_utc_is_already_tomorrow_in_london() -> None:
    assert local_day(datetime(2026, 7, 4, 23, 30, tzinfo=UTC), LONDON) == date(2026, 7, 5)
    assert local_day(datetime(2026, 1, 4, 23, 30, tzinfo=UTC), LONDON) == date(2026, 1, 4)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="which zone"):
        local_day(datetime(2026, 7, 4, 12, 0), LONDON)


SERVERS = (
    "UTC", "Europe/London", "America/New_York", "America/St_Johns", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Casablanca", "Antarctica/Troll",
)


def test_where_the_server_stands_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hour for a year, and every rule, on servers set to 12 time zones."""
    hours = [datetime(2027, 12, 31, tzinfo=UTC) + timedelta(hours=n, minutes=n % 60) for n in range(24 * 366)]
    assert len(set(SERVERS)) == 12
    answers = set()
    before = os.environ.get("TZ")
    try:
        for server in SERVERS:
            monkeypatch.setenv("TZ", server)
            time.tzset()
            days = [local_day(hour, LONDON) for hour in hours]
            ends = [until(rule, days[n:n + 1]) for n in range(0, len(days), 50) for rule in (AUTUMN, Validity("rolling", 7))]
            answers.add((tuple(days), tuple(ends)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert os.environ.get("TZ") == before
    assert len(answers) == 1


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 600), st.integers(0, 600))
def test_adding_months_keeps_the_order_of_days(day: date, months: int, more: int) -> None:
    assert add_months(day, months) <= add_months(day, months + more)
    assert add_months(day, months) <= add_months(day + timedelta(days=1), months)
    assert add_months(day.replace(day=1), -months) <= day


def test_a_date_in_words_does_not_depend_on_the_servers_language() -> None:
    assert in_words(date(2026, 5, 6)) == "6 May 2026"

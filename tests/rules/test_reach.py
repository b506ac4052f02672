"""How far a month reached: each person once, only what was done in the month, and nothing that was taken back."""
from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.reach import Reached, here_in, month_of, reach

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)
_ids = iter(range(1, 1000))


def fact(person: int, kind: FactKind, item: str = "neglect", at: datetime = datetime(2026, 5, 12, 9, tzinfo=UTC), **data: Any) -> Evidence:
    return Evidence(next(_ids), person, kind, item, at, actor_id=person if kind is not FactKind.ATTENDED else 99, data=data)


def count(*facts: Evidence, read: tuple[tuple[int, str], ...] = (), people: frozenset[int] = frozenset({1, 2, 3})) -> Reached:
    return reach(facts, read, ["neglect"], people, FIRST, LAST, LONDON).items["neglect"]


def test_whoever_completes_counts_as_a_reader_and_only_once() -> None:
    done = fact(1, FactKind.COMPLETED)
    assert count(fact(1, FactKind.READ), done, fact(1, FactKind.COMPLETED), fact(2, FactKind.READ)) == Reached(2, 1)


def test_the_register_of_a_trainer_counts_and_ones_own_word_does_not() -> None:
    assert count(fact(1, FactKind.ATTENDED, trainer_id=99)) == Reached(1, 1)
    own = Evidence(next(_ids), 1, FactKind.ATTENDED, "neglect", datetime(2026, 5, 12, 9, tzinfo=UTC), actor_id=1, data={"trainer_id": 1})
    assert count(own) == Reached(0, 0)


def test_what_was_taken_back_since_does_not_count() -> None:
    done = fact(1, FactKind.ATTENDED, trainer_id=99)
    undone = fact(1, FactKind.UNDONE, at=datetime(2026, 7, 1, tzinfo=UTC), of=done.id, reason="another Sam")
    assert count(done, undone) == Reached(0, 0)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (datetime(2026, 4, 30, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 4, 30, 23, 0, tzinfo=UTC), True),  # midnight in London, where clocks are an hour ahead
        (datetime(2026, 5, 31, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 5, 31, 23, 0, tzinfo=UTC), False),
    ],
)
def test_a_month_begins_and_ends_where_the_partnership_is(at: datetime, counts: bool) -> None:
    assert count(fact(1, FactKind.COMPLETED, at=at)) == Reached(int(counts), int(counts))


def test_other_people_and_other_items_are_left_out() -> None:
    assert count(fact(9, FactKind.COMPLETED), fact(1, FactKind.COMPLETED, "other"), read=((9, "neglect"), (1, "other"))) == Reached(0, 0)


def test_reading_without_evidence_counts_and_joins_what_else_was_done() -> None:
    found = reach([fact(1, FactKind.READ), fact(2, FactKind.COMPLETED, "other")], [(1, "neglect"), (3, "neglect")], ["neglect", "other"], {1, 2, 3, 4}, FIRST, LAST, LONDON)
    assert found.items == {"neglect": Reached(2, 0), "other": Reached(1, 1)}
    assert found.anything == 3


def test_nothing_to_count_is_nought() -> None:
    found = reach([], [], [], {1}, FIRST, LAST, LONDON)
    assert (dict(found.items), found.anything) == ({}, 0)


@pytest.mark.parametrize(("day", "last"), [(date(2026, 2, 1), date(2026, 2, 28)), (date(2028, 2, 9), date(2028, 2, 29)), (date(2026, 12, 31), date(2026, 12, 31))])
def test_a_month_has_its_own_last_day(day: date, last: date) -> None:
    assert month_of(day) == (day.replace(day=1), last)


def test_people_count_who_belonged_on_any_day_of_it() -> None:
    assert here_in(date(2026, 5, 31), None, FIRST, LAST)
    assert here_in(date(2020, 1, 1), date(2026, 5, 1), FIRST, LAST)
    assert not here_in(date(2026, 6, 1), None, FIRST, LAST)
    assert not here_in(date(2020, 1, 1), date(2026, 4, 30), FIRST, LAST)

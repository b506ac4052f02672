"""What someone must learn and by when."""
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from elearn.rules.requirements import Member, Requirement, due_again, due_on, required
from elearn.rules.validity import NEVER, Validity

YEARLY, TWO_YEARS = Validity("rolling", 12), Validity("rolling", 24)
AMIRA = Member(1, agency_id=3, team_id=7, role="volunteer", joined=date(2026, 1, 10))
TODAY = date(2026, 5, 26)


def requirement(
    id: int = 1, item: str = "icon", validity: Validity = YEARLY, due_days: int | None = 90, starts: date = date(2025, 9, 1),
    ends: date | None = None, agency_id: int | None = None, team_id: int | None = None, role: str | None = None, rule_version: str = "",
) -> Requirement:
    return Requirement(id, item, validity, due_days, starts, ends, agency_id, team_id, role, rule_version=rule_version)


def test_with_nobody_named_it_is_for_everyone() -> None:
    assert requirement().for_everyone
    assert requirement().applies_to(AMIRA, TODAY)
    assert not requirement(role="staff").for_everyone


@pytest.mark.parametrize(("names", "applies"), [
    ({"agency_id": 3}, True),
    ({"agency_id": 4}, False),
    ({"team_id": 7}, True),
    ({"team_id": 8}, False),
    ({"role": "volunteer"}, True),
    ({"role": "staff"}, False),
    ({"agency_id": 3, "role": "volunteer"}, True),
    ({"agency_id": 3, "role": "staff"}, False),
    ({"agency_id": 4, "team_id": 7, "role": "volunteer"}, False),
])
def test_it_is_for_those_who_match_all_that_is_named(names: dict[str, Any], applies: bool) -> None:
    assert requirement(**names).applies_to(AMIRA, TODAY) is applies


def test_it_is_asked_from_its_first_day_to_its_last() -> None:
    asked = requirement(starts=date(2026, 2, 1), ends=date(2026, 6, 30))
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [asked.applies_to(AMIRA, day) for day in days] == [False, True, True, False]


def test_nothing_is_asked_before_someone_joins_or_after_they_leave() -> None:
    leaver = Member(1, 3, 7, "volunteer", date(2026, 1, 10), date(2026, 5, 26))
    days = [date(2026, 1, 9), date(2026, 1, 10), date(2026, 5, 26), date(2026, 5, 27)]
    assert [requirement().applies_to(leaver, day) for day in days] == [False, True, True, False]


def test_days_are_counted_from_joining_or_from_the_start_whichever_is_later() -> None:
    assert due_on(requirement(due_days=90), AMIRA) == date(2026, 4, 10)
    assert due_on(requirement(due_days=30, starts=date(2026, 5, 1)), AMIRA) == date(2026, 5, 31)
    assert due_on(requirement(due_days=0), AMIRA) == AMIRA.joined
    assert due_on(requirement(due_days=None), AMIRA) is None


def test_the_strictest_of_several_holds_whatever_order_they_come_in() -> None:
    three = (
        requirement(1, validity=NEVER, due_days=10, rule_version="a"),
        requirement(2, validity=YEARLY, due_days=None, role="volunteer", rule_version="b"),
        requirement(3, validity=TWO_YEARS, due_days=30, team_id=7, rule_version="c"),
    )
    for order in permutations(three):
        [held] = required(order, AMIRA, TODAY)
        assert (held.id, held.validity, held.rule_version) == (1, YEARLY, "a+b")
        assert due_on(held, AMIRA) == AMIRA.joined + timedelta(days=10)
        assert [part.id for part in held.parts] == [1, 2, 3]


def test_who_is_asked_for_more_from_today_has_as_long_as_those_who_never_did_it() -> None:
    long_ago, lately = [date(2024, 1, 1)], [date(2025, 5, 1)]
    stricter = requirement(2, validity=YEARLY, due_days=28, starts=TODAY)
    for done, longer, day in (
        (lately, TWO_YEARS, date(2026, 6, 23)),      # in date until today
        (lately, NEVER, date(2026, 6, 23)),
        (long_ago, TWO_YEARS, date(2026, 4, 10)),    # late before the stricter one came
    ):
        for order in permutations((requirement(1, validity=longer), stricter)):
            [held] = required(order, AMIRA, TODAY)
            assert due_again(held, AMIRA, done) == day
    assert due_again(stricter, AMIRA, lately) == date(2026, 6, 23)
    assert due_again(replace(stricter, due_days=None), AMIRA, lately) == date(2026, 5, 1), "with no date to do it by, the day it ran out"
    with pytest.raises(ValueError, match="never runs out"):
        due_again(requirement(validity=NEVER), AMIRA, lately)


def test_of_two_that_are_alike_the_first_made_holds() -> None:
    for order in permutations((requirement(2), requirement(1))):
        assert [held.id for held in required(order, AMIRA, TODAY)] == [1]


def test_a_fixed_day_is_compared_by_the_shortest_time_it_gives() -> None:
    fixed = Validity("fixed", 12, 0, (12, 1), 6)
    [held] = required([requirement(1), requirement(2, validity=fixed)], AMIRA, TODAY)
    assert held.validity == fixed


def test_items_come_in_order_and_others_requirements_are_left_out() -> None:
    asked = [requirement(1, "neglect"), requirement(2, "icon"), requirement(3, "gcp2", role="staff")]
    assert [held.item for held in required(asked, AMIRA, TODAY)] == ["icon", "neglect"]


@pytest.mark.parametrize(("parts", "words"), [
    ({"due_days": -1}, "fewer than 0 days"),
    ({"ends": date(2025, 8, 31)}, "ends before it starts"),
])
def test_a_requirement_that_contradicts_itself_is_refused_in_words(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        requirement(**parts)


def test_due_soon_cannot_begin_after_the_due_day() -> None:
    with pytest.raises(ValueError, match="after the due day"):
        Requirement(1, "icon", YEARLY, 30, TODAY, soon_days=-1)

"""The figures of questions and quizzes, against values worked out by hand and against published ones."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.rules import statistics
from elearn.rules.statistics import Item, Sitting

# Five people, three questions, everyone the same paper. T is the total, R1 to R3 the rest without that question.
#
#          q1  q2  q3 |  T | R1  R2  R3
#   Ann     1   1   1 |  3 |  2   2   2
#   Ben     1   1   0 |  2 |  1   1   2
#   Cy      1   0   0 |  1 |  0   1   1
#   Dee     0   0   0 |  0 |  0   0   0
#   Eve     1   0   1 |  2 |  1   2   1
FIVE = [(1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0), (1, 0, 1)]

# Papers of two drawn from a, b and c: not everyone saw each.
DRAWN = [{"a": 1, "b": 1}, {"a": 1, "b": 0}, {"a": 0, "c": 0}, {"b": 0, "c": 0}, {"a": 1, "c": 1}, {"b": 1, "c": 0}]

# Bock & Lieberman, Fitting a response model for n dichotomously scored items, Psychometrika 35 (1970): 1,000 people and two sections of
# the Law School Admission Test of five questions each. How many gave each pattern, from 00000 to 11111.
LSAT6 = (3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298)
LSAT7 = (12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28, 7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7, 35, 18, 136, 32, 308)


def papers(rows: Sequence[Sequence[float]]) -> list[Sitting]:
    return [Sitting({f"q{n}": float(mark) for n, mark in enumerate(row, 1)}) for row in rows]


def drawn(rows: Sequence[Mapping[str, float]]) -> list[Sitting]:
    return [Sitting(dict(row)) for row in rows]


def patterns(counts: Sequence[int]) -> list[Sitting]:
    rows = [[pattern >> (4 - place) & 1 for place in range(5)] for pattern, count in enumerate(counts) for _ in range(count)]
    return papers(rows)


def exactly(value: float) -> object:
    """To six digits."""
    return pytest.approx(value, rel=0, abs=5e-7)


# ---- By hand -----------------------------------------------------------------------------------------------------------

def test_an_easy_question_by_hand() -> None:
    # q1: mean 4/5 = .8; variance (5 * .8 * .2)/4 = .2. R1 = 2 1 0 0 1: mean .8, squares 1.44 .04 .64 .64 .04 = 2.8, variance .7.
    # Covariance (2 + 1 + 0 + 0 + 1 - 5 * .8 * .8)/4 = (4 - 3.2)/4 = .2. Discrimination .2/sqrt(.2 * .7) = .2/.3741657 = .5345225.
    # Sorted: 0 1 1 1 1 with 0 0 1 1 2 gives the sum 4 as well, so the efficiency is 1.
    found = statistics.items(papers(FIVE))["q1"]
    assert (found.n, found.facility, found.deviation) == (5, exactly(.8), exactly(.4472136))
    assert (found.discrimination, found.efficiency) == (exactly(.5345225), exactly(1))


@pytest.mark.parametrize("question", ["q2", "q3"])
def test_a_harder_question_by_hand(question: str) -> None:
    # q2: mean .4; variance (5 * .4 * .6)/4 = .3. R2 = 2 1 1 0 2: mean 1.2, squares .64 .04 .04 1.44 .64 = 2.8, variance .7.
    # Covariance (2 + 1 - 5 * .4 * 1.2)/4 = .6/4 = .15. Discrimination .15/sqrt(.21) = .15/.4582576 = .3273268.
    # Sorted: 0 0 0 1 1 with 0 1 1 2 2 gives (4 - 2.4)/4 = .4, so the efficiency is .15/.4 = .375.
    # q3: 1 0 0 0 1 with R3 = 2 2 1 0 1 gives the same sums.
    found = statistics.items(papers(FIVE))[question]
    assert (found.facility, found.deviation) == (exactly(.4), exactly(.5477226))
    assert (found.discrimination, found.efficiency) == (exactly(.3273268), exactly(.375))


def test_the_whole_quiz_by_hand() -> None:
    # T = 3 2 1 0 2: mean 1.6, squares 1.96 .16 .36 2.56 .16 = 5.2, variance 1.3. Of three: mean .5333333, deviation sqrt(1.3)/3 = .3800585.
    # Alpha 3/2 * (1 - (.2 + .3 + .3)/1.3) = 1.5 * .5/1.3 = .5769231. Error ratio sqrt(1 - .5769231) = .6504436.
    # Standard error .6504436 * .3800585 = .2472066.
    found = statistics.test(papers(FIVE))
    assert (found.n, found.mean, found.deviation) == (5, exactly(.5333333), exactly(.3800585))
    assert (found.alpha, found.error_ratio, found.error) == (exactly(.5769231), exactly(.6504436), exactly(.2472066))


def test_the_interval_of_a_facility_by_hand() -> None:
    # p = .8, n = 5, z² = 3.8414588. Centre (.8 + .3841459)/(1 + .7682918) = .6696552.
    # Half 1.9599640/1.7682918 * sqrt(.16/5 + 3.8414588/100) = 1.1083940 * sqrt(.0704146) = 1.1083940 * .2653575 = .2941207.
    low, high = statistics.items(papers(FIVE))["q1"].interval or (0, 0)
    assert (low, high) == (pytest.approx(.3755345, abs=1e-6), pytest.approx(.9637759, abs=1e-6))


def test_a_random_draw_by_hand() -> None:
    # a was given to four: 1 1 0 1, mean .75, variance (4 * .75 * .25)/3 = .25. The rest of their papers: 1 0 0 1, mean .5, variance 1/3.
    # Covariance (1 + 0 + 0 + 1 - 4 * .75 * .5)/3 = .5/3 = 1/6. Discrimination (1/6)/sqrt(.25/3) = .1666667/.2886751 = .5773503.
    found = statistics.items(drawn(DRAWN))["a"]
    assert (found.n, found.facility, found.discrimination) == (4, exactly(.75), exactly(.5773503))


def test_alpha_of_a_random_draw_by_hand() -> None:
    # Variances: a .25, b (1 0 0 1) 1/3, c (0 0 1 0) .25, four people each: mean 5/18.
    # Covariances, two people each: ab (1,1)(1,0) 0; ac (0,0)(1,1) .5; bc (0,0)(1,0) 0: mean 1/6.
    # Alpha 2 * (1/6) / (5/18 + 1 * 1/6) = (6/18)/(8/18) = .75.
    assert statistics.alpha(drawn(DRAWN)) == exactly(.75)


@pytest.mark.parametrize(("counts", "published"), [(LSAT6, .2949972), (LSAT7, .4534087)])
def test_alpha_agrees_with_what_is_published(counts: Sequence[int], published: float) -> None:
    assert sum(counts) == 1000
    assert statistics.alpha(patterns(counts)) == pytest.approx(published, abs=5e-8)


def test_part_marks_count_as_what_they_are() -> None:
    # Marks .5 1 0: mean .5, squares 0 .25 .25, variance .25. Rest 1 1 0: mean 2/3, variance 1/3.
    # Covariance (.5 + 1 + 0 - 3 * .5 * 2/3)/2 = .25. Discrimination .25/sqrt(.25/3) = .8660254.
    found = statistics.items(papers([(.5, 1), (1, 1), (0, 0)]))["q1"]
    assert (found.facility, found.discrimination) == (exactly(.5), exactly(.8660254))


def test_picks_are_counted_by_option() -> None:
    sittings = [Sitting({"q": 1.0}, {"q": ["yes"]}), Sitting({"q": 0.0}, {"q": ["no"]}), Sitting({"q": 0.0}, {"q": ["no"]}), Sitting({"q": 0.0})]
    assert statistics.items(sittings)["q"].picks == {"yes": 1, "no": 2}


# ---- Too little to say -------------------------------------------------------------------------------------------------

def test_nobody_gives_no_figures() -> None:
    assert statistics.items([]) == {}
    found = statistics.test([])
    assert (found.n, found.mean, found.deviation, found.alpha, found.error_ratio, found.error) == (0, None, None, None, None, None)
    assert statistics.item("q", []).interval is None


def test_one_person_gives_a_facility_and_nothing_that_compares() -> None:
    found = statistics.items(papers([(1, 0)]))["q1"]
    assert (found.n, found.facility, found.deviation, found.discrimination, found.efficiency) == (1, 1, None, None, None)
    assert statistics.test(papers([(1, 0)])).alpha is None


def test_when_everyone_is_the_same_nothing_can_tell_them_apart() -> None:
    found = statistics.items(papers([(1, 0)] * 40))["q1"]
    assert (found.facility, found.deviation, found.discrimination, found.efficiency) == (1, 0, None, None)
    assert statistics.alpha(papers([(1, 0)] * 40)) is None


def test_thirds_that_are_all_equal_have_no_spread_in_spite_of_rounding() -> None:
    found = statistics.items(papers([(1 / 3, 1 / 3, .1)] * 31))["q1"]
    assert (found.discrimination, found.efficiency) == (None, None)


def test_a_paper_of_one_question_has_no_rest_and_no_alpha() -> None:
    assert statistics.items(papers([(1,), (0,), (1,)]))["q1"].discrimination is None
    assert statistics.alpha(papers([(1,), (0,), (1,)])) is None


def test_questions_that_contradict_each_other_have_an_alpha_below_nought() -> None:
    # Variances 1/3 each; the total is always 1 but once 2: 1 1 1 2, variance .25. Alpha 2 * (1 - (2/3)/.25) is far below nought.
    rows = [(1, 0), (0, 1), (1, 0), (1, 1)]
    assert statistics.alpha(papers(rows)) == exactly(2 * (1 - (.25 + 1 / 3) / .25))


# ---- For all papers ----------------------------------------------------------------------------------------------------

MARK = st.sampled_from([0.0, .25, 1 / 3, .5, 1.0])
PAPERS = st.lists(st.dictionaries(st.sampled_from("abcdef"), MARK, min_size=1), max_size=25)


def figures(item: Item) -> tuple[object, ...]:
    return item.n, item.facility, item.deviation, item.discrimination, item.efficiency, item.interval


@given(PAPERS, st.randoms(use_true_random=False))
def test_the_order_of_people_and_questions_changes_nothing(rows: list[dict[str, float]], random: Random) -> None:
    mixed = [dict(sorted(row.items(), reverse=True)) for row in rows]
    random.shuffle(mixed)
    before, after = statistics.items(drawn(rows)), statistics.items(drawn(mixed))
    assert {id: figures(item) for id, item in before.items()} == {id: figures(item) for id, item in after.items()}
    assert statistics.test(drawn(rows)) == statistics.test(drawn(mixed))


@given(PAPERS)
def test_every_figure_keeps_within_its_bounds(rows: list[dict[str, float]]) -> None:
    for item in statistics.items(drawn(rows)).values():
        low, high = item.interval or (0, 1)
        assert item.facility is not None and 0 <= low <= item.facility + 1e-9 and item.facility <= high + 1e-9 <= 1 + 1e-9
        assert item.discrimination is None or -1 - 1e-9 <= item.discrimination <= 1
        assert item.efficiency is None or item.efficiency <= 1
    found = statistics.test(drawn(rows))
    assert found.alpha is None or found.alpha <= 1
    assert found.error_ratio is None or found.error_ratio >= 0


@given(st.lists(st.lists(MARK, min_size=4, max_size=4), min_size=2, max_size=25))
def test_with_the_same_paper_for_all_alpha_is_as_moodle_writes_it(rows: list[list[float]]) -> None:
    found = statistics.alpha(papers(rows))
    total = statistics.variance([sum(row) for row in rows]) or 0
    parts = sum(statistics.variance(list(column)) or 0 for column in zip(*rows, strict=True))
    if total > 1e-9:
        assert found == pytest.approx(4 / 3 * (1 - parts / total), abs=1e-9)


@given(st.lists(st.lists(MARK, min_size=3, max_size=3), min_size=3, max_size=25))
def test_discrimination_is_the_correlation_with_the_rest(rows: list[list[float]]) -> None:
    found = statistics.items(papers(rows))["q1"].discrimination
    mine, rest = [row[0] for row in rows], [row[1] + row[2] for row in rows]
    spread = (statistics.variance(mine) or 0) * (statistics.variance(rest) or 0)
    if found is not None:
        assert found == pytest.approx((statistics.covariance(mine, rest) or 0) / sqrt(spread), abs=1e-9)


# ---- What to do --------------------------------------------------------------------------------------------------------

FINE = Item(100, .7, (.6, .78), .46, .4, .6, {"right": 70, "wrong": 20, "other": 10})


def ids(item: Item, right: tuple[str, ...] = ("right",), wrong: tuple[str, ...] = ("wrong", "other")) -> list[str]:
    return [flag.id for flag in statistics.flags(item, right, wrong)]


def test_a_good_question_asks_for_nothing() -> None:
    assert ids(FINE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"discrimination": -.01}, ["negative"]), ({"discrimination": 0.0}, ["weak"]), ({"discrimination": .1999}, ["weak"]), ({"discrimination": .2}, []),
        ({"discrimination": None}, []), ({"facility": .9501}, ["easy"]), ({"facility": .95}, []), ({"facility": .3499}, ["hard"]), ({"facility": .35}, []),
        ({"picks": {"right": 70, "wrong": 26, "other": 4}}, ["idle"]), ({"picks": {"right": 70, "wrong": 25, "other": 5}}, []),
        ({"picks": {"right": 40, "wrong": 50, "other": 10}}, ["rival"]), ({"picks": {"right": 45, "wrong": 45, "other": 10}}, []),
        ({"n": 29, "discrimination": -.5, "facility": .1}, []), ({"n": 30, "discrimination": -.5, "facility": .1}, ["negative", "hard"]),
    ],
)
def test_each_flag_begins_exactly_at_its_threshold(change: dict[str, Any], expected: list[str]) -> None:
    assert ids(replace(FINE, **change)) == expected


def test_what_may_mark_people_wrongly_is_urgent_and_comes_first() -> None:
    bad = replace(FINE, discrimination=-.2, facility=.2, picks={"right": 20, "wrong": 78, "other": 2})
    found = statistics.flags(bad, ("right",), ("wrong", "other"))
    assert [(flag.id, flag.urgent) for flag in found] == [("negative", True), ("rival", True), ("hard", False), ("idle", False)]


def test_every_flag_names_what_to_do() -> None:
    bad = replace(FINE, discrimination=-.2, picks={"right": 20, "wrong": 78, "other": 2})
    words = {flag.id: flag.text for flag in statistics.flags(bad, ("right",), ("wrong", "other"))}
    assert "look at the key" in words["negative"] and "“wrong”" in words["rival"] and "“other”" in words["idle"]


def test_a_question_without_options_has_no_flags_about_options() -> None:
    assert ids(replace(FINE, picks={}), (), ()) == []


def test_figures_are_hidden_below_thirty() -> None:
    assert not replace(FINE, n=29).shown and replace(FINE, n=30).shown
    assert not statistics.test(papers([(1, 0)] * 29)).shown and statistics.test(papers([(1, 0)] * 30)).shown


# ---- Where people stop -------------------------------------------------------------------------------------------------

def test_those_who_went_further_came_past_every_step_before() -> None:
    # Ten went on from a only, five from b as the furthest, eighty-five from c.
    found = statistics.stops(("a", "b", "c"), {0: 10, 1: 5, 2: 85})
    assert [(stop.reached, stop.went_on, stop.stopped) for stop in found] == [(100, 100, 0), (100, 90, 10), (90, 85, 5)]
    assert found[1].part == exactly(.1)


def test_a_course_nobody_began_stops_nobody() -> None:
    assert [(stop.reached, stop.stopped, stop.part) for stop in statistics.stops(("a", "b"), {})] == [(0, 0, 0), (0, 0, 0)]


@given(st.dictionaries(st.integers(0, 7), st.integers(0, 1000)))
def test_everyone_who_came_either_stopped_or_went_on_to_the_next(furthest: dict[int, int]) -> None:
    found = statistics.stops([str(n) for n in range(8)], furthest)
    assert all(here.went_on == following.reached for here, following in zip(found, found[1:], strict=False))
    assert sum(stop.stopped for stop in found) + found[-1].went_on == sum(furthest.values())


# ---- On what they read -------------------------------------------------------------------------------------------------

def readings(device: str, *furthest: int, of: int = 3) -> list[statistics.Reading]:
    """People who began on *device*, by the last screen they went on from."""
    return [statistics.Reading(device, place, place == of - 1, 6.0 if place == of - 1 else None) for place in furthest]


def test_each_device_with_enough_people_stands_by_itself() -> None:
    found = statistics.groups([*readings("phone", *[2] * 20, *[0] * 15, 1), *readings("computer", *[2] * 40)], 3)
    assert [(group.devices, group.began, group.finished, group.part) for group in found] == [
        (("computer",), 40, 40, 1), (("phone",), 36, 20, exactly(20 / 36)),
    ]
    assert [(group.stopped_at, group.stopped) for group in found] == [(None, 0), (1, 15)], "they did not go on from the screen after"
    assert [group.minutes for group in found] == [6, None], "twenty are too few for a median"


def test_rare_devices_are_put_together_and_too_few_are_hidden_among_others() -> None:
    together = statistics.groups([*readings("phone", *[2] * 60), *readings("tablet", *[2] * 20), *readings("unknown", *[2] * 10)], 3)
    assert [(group.devices, group.began) for group in together] == [(("phone",), 60), (("tablet", "unknown"), 30)]
    hidden = statistics.groups([*readings("phone", *[2] * 60), *readings("computer", *[2] * 40), *readings("tablet", 0)], 3)
    assert [(group.devices, group.began) for group in hidden] == [(("phone",), 60), (("computer", "tablet"), 41)]


def test_below_thirty_in_all_nothing_is_said() -> None:
    assert statistics.groups(readings("phone", *[2] * 29), 3) == ()
    assert statistics.groups((), 3) == ()


def test_who_went_away_and_came_back_does_not_count_for_the_minutes() -> None:
    slow = [statistics.Reading("phone", 2, True, minutes) for minutes in (*[181.0] * 10, *[180.0] * 5, *[4.0] * 15, *[8.0] * 10)]
    assert statistics.groups(slow, 3)[0].minutes == 6


@given(st.dictionaries(st.sampled_from(["phone", "tablet", "computer", "unknown"]), st.integers(1, 80)))
def test_nobody_can_be_made_out_from_what_is_left_out(counts: dict[str, int]) -> None:
    found = statistics.groups([reading for device, count in counts.items() for reading in readings(device, *[2] * count)], 3)
    assert all(group.began >= 30 for group in found)
    assert sum(group.began for group in found) == (sum(counts.values()) if sum(counts.values()) >= 30 else 0)

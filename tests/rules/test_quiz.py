"""Drawing, hiding, marking and trying again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from elearn.rules.questions import KINDS
from elearn.rules.questions.base import MOST_LINE, AnyOf, OneOf, Order, Pick, Question, Text
from elearn.rules.quiz import Foreign, MayStart, Paper, QuizSpec, Try, draw, mark, may_start, redraw

NOTE = "This says why, kindly, in eight words or more."
LONDON = ZoneInfo("Europe/London")
CHI_2, CHI_3 = 13.82, 16.27
"""A chi-square above these comes by chance once in a thousand, at two and at three degrees of freedom."""


def question(id: str, outcome: str = "", critical: bool = False) -> Question:
    rows = [{"text": f"Option {n}", "note": NOTE, "right": n == 0} for n in range(4)]
    source: dict[str, Any] = {"prompt": f"What about {id}?", "choices": rows, "critical": critical}
    return KINDS["single-choice"].read(id, source | ({"outcome": outcome} if outcome else {}))


def kind(name: str, **changes: Any) -> Question:
    return KINDS[name].read(name, {**KINDS[name].example, **changes})


def bank(outcomes: int = 3, each: int = 4, critical: int = 1) -> tuple[Question, ...]:
    return tuple(question(f"{o}-{n}", f"o{o}", n < critical) for o in range(outcomes) for n in range(each))


EVERY_KIND = tuple(kind(name) for name in KINDS)


def paper(*questions: Question, seed: int = 5) -> Paper:
    return Paper(questions, seed)


# What can be drawn


def test_a_spec_that_can_be_drawn_is_accepted() -> None:
    spec = QuizSpec(bank(), 6, 80, each_outcome=2, critical=3, attempts=4, wait_after=2, wait=timedelta(hours=12))
    assert spec.mode == "check"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"draw": 13}, "The quiz draws 13, and the bank has 12. Write more questions, or draw from 1 to 12."),
        ({"draw": 0}, "The quiz draws 0,"),
        ({"questions": ()}, "The quiz draws 6, and the bank has 0."),
        ({"questions": (*bank(), question("0-0"))}, "The question “0-0” is in the bank twice."),
        ({"mode": "exam"}, "The mode “exam” is not known. Use learn or check."),
        ({"pass_percent": 0}, "The pass mark is 0%. Use 1 to 100."),
        ({"pass_percent": 101}, "The pass mark is 101%."),
        ({"attempts": 0}, "There must be at least 1 try."),
        ({"wait": timedelta(hours=-1)}, "The wait cannot be below 0."),
        ({"wait_after": -1}, "The wait cannot be below 0."),
        ({"critical": -1}, "The least number to draw cannot be below 0."),
        ({"each_outcome": 3}, "3 from each of 3 outcomes makes 9, and the quiz draws 6."),
        ({"each_outcome": 5, "draw": 12}, "The outcome “o0” has 4 marked and the draw needs 5 from each."),
        ({"one_of": (("0-0", "nothing"),)}, "The draw names the question “nothing”, and the bank has none that is marked."),
        ({"one_of": ((),)}, "A group of the draw is empty. Name at least one question in it."),
        ({"one_of": tuple((f"0-{n}",) for n in range(4)), "each_outcome": 2}, "One of each group beside the rest may need 8, and the quiz draws 6."),
        ({"critical": 4}, "The draw needs 4 critical questions, and the bank has 3."),
        ({"questions": (*bank(), kind("reflection")), "draw": 1}, "A draw could hold only reflections, which are not marked."),
    ],
)
def test_a_spec_that_cannot_be_drawn_says_why(changes: dict[str, Any], words: str) -> None:
    whole: dict[str, Any] = {"questions": bank(), "draw": 6, "pass_percent": 80, **changes}
    with pytest.raises(ValueError, match="^" + re.escape(words)):
        QuizSpec(**whole)


def test_outcomes_and_critical_questions_must_fit_together() -> None:
    questions = (*(question(f"a{n}", "a", True) for n in range(4)), *(question(f"b{n}", "b") for n in range(4)))
    QuizSpec(questions, 6, 80, each_outcome=2, critical=4)
    with pytest.raises(ValueError, match="together need 6, and the quiz draws 5"):
        QuizSpec(questions, 5, 80, each_outcome=2, critical=4)


def test_every_paper_has_one_of_each_group_and_still_repeats_the_fewest() -> None:
    groups = (("0-0", "1-0", "1-1"), ("2-3",), ("0-2", "0-3"))
    spec = QuizSpec(bank(), 7, 80, each_outcome=2, critical=1, one_of=groups)
    drawn = Counter[str]()
    for seed in range(200):
        ids = {each.id for each in draw(spec, seed).questions}
        assert all(ids & set(group) for group in groups) and len(ids) == 7
        drawn.update(ids)
    assert drawn["2-3"] == 200 and min(drawn[id] for id in groups[0] + groups[2]) > 40, "chance decides which of a group"
    again = {each.id for each in draw(spec, 1, ["0-0", "1-0", "0-2"]).questions}
    assert {"1-1", "0-3"} <= again, "what was seen is not asked again where another of its group will do"


def test_a_question_that_is_not_marked_cannot_be_critical() -> None:
    with pytest.raises(ValueError, match="“reflection” is not marked, so it cannot be critical"):
        QuizSpec((replace(kind("reflection"), critical=True), question("a")), 2, 80)


# Drawing


@st.composite
def specs(draw_from: st.DrawFn) -> QuizSpec:
    """Small specs of every shape that can be drawn."""
    shapes = draw_from(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.booleans()), min_size=1, max_size=8))
    questions = tuple(question(f"q{n}", outcome, critical) for n, (outcome, critical) in enumerate(shapes))
    size = draw_from(st.integers(1, len(questions)))
    ids = st.sampled_from([each.id for each in questions])
    groups = tuple(map(tuple, draw_from(st.lists(st.lists(ids, min_size=1, max_size=3, unique=True), max_size=3))))
    for each, critical in ((2, 3), (2, 1), (1, 2), (1, 1), (0, 2), (1, 0), (0, 1)):
        try:
            return QuizSpec(questions, size, 80, each_outcome=each, critical=critical, one_of=groups)
        except ValueError:
            continue
    return QuizSpec(questions, size, 80)


def enough(spec: QuizSpec, questions: tuple[Question, ...]) -> bool:
    counts, ids = Counter(each.outcome for each in questions), {each.id for each in questions}
    return all(ids & set(group) for group in spec.one_of) and all(counts[each.outcome] >= spec.each_outcome for each in spec.questions if each.outcome) and (
        sum(each.critical for each in questions) >= spec.critical
    )


@settings(max_examples=150, deadline=None)
@forall(specs(), st.integers(0, 2**63), st.lists(st.sampled_from([f"q{n}" for n in range(8)]), max_size=12))
def test_a_draw_has_enough_of_each_and_repeats_as_few_as_the_bank_allows(spec: QuizSpec, seed: int, seen: list[str]) -> None:
    drawn = draw(spec, seed, seen).questions
    times = Counter(seen)
    assert len({each.id for each in drawn}) == len(drawn) == spec.draw
    assert enough(spec, drawn)
    fewest = min(sum(times[each.id] for each in some) for some in combinations(spec.questions, spec.draw) if enough(spec, some))
    assert sum(times[each.id] for each in drawn) == fewest


@settings(max_examples=60, deadline=None)
@forall(specs(), st.integers(0, 2**63))
def test_the_same_seed_draws_the_same_paper_and_it_can_be_drawn_again_as_stored(spec: QuizSpec, seed: int) -> None:
    first = draw(spec, seed, ["q1"])
    assert first == draw(spec, seed, ("q1",))
    assert redraw(spec, [each.id for each in first.questions], seed) == first


def test_two_papers_of_half_the_bank_share_nothing() -> None:
    spec = QuizSpec(bank(), 6, 80, each_outcome=2)
    first = [each.id for each in draw(spec, 1).questions]
    second = [each.id for each in draw(spec, 2, first).questions]
    assert not set(first) & set(second)
    third = draw(spec, 3, [*first, *second, *first]).questions
    assert {each.id for each in third} == set(second)


def test_a_bank_of_a_hundred_is_drawn_from_evenly() -> None:
    spec = QuizSpec(bank(10, 10, 2), 20, 80, each_outcome=1, critical=4)
    times = Counter(each.id for seed in range(200) for each in draw(spec, seed).questions)
    plain = [times[each.id] for each in spec.questions if not each.critical]
    assert len(plain) == 80
    assert min(plain) > 15
    assert max(plain) < 75


def test_the_place_of_a_question_in_the_paper_is_chance() -> None:
    spec = QuizSpec(bank(3, 1), 3, 80, each_outcome=1)
    places = Counter([each.id for each in draw(spec, seed).questions].index("0-0") for seed in range(1000))
    assert chi_square(places, 3) < CHI_2


def test_a_stored_paper_whose_question_is_gone_is_an_error() -> None:
    with pytest.raises(ValueError, match="that the bank has not: nowhere"):
        redraw(QuizSpec(bank(), 6, 80), ["0-0", "nowhere"], 1)


# Hiding the key


def chi_square(counts: Counter[int], cells: int) -> float:
    expected = counts.total() / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


def test_neither_the_place_nor_the_token_of_a_choice_betrays_the_key() -> None:
    """Over 1,000 papers the right choice stands in each place, and its token sorts in each place, equally often."""
    asked = question("q")
    places, ranks, joint = Counter[int](), Counter[int](), Counter[int]()
    random = Random(2026)
    for _ in range(1000):
        one = Paper((asked,), random.getrandbits(63))
        (shown,) = one.inputs(asked)
        assert isinstance(shown, OneOf)
        tokens = [choice.id for choice in shown.choices]
        right = one.show(asked, {"choice": ("0",)})["choice"][0]
        places[tokens.index(right)] += 1
        ranks[sorted(tokens).index(right)] += 1
        joint[int(right[-1], 16) % 4] += 1
    assert [chi_square(each, 4) < CHI_3 for each in (places, ranks, joint)] == [True] * 3


def test_the_order_of_steps_first_shown_is_chance() -> None:
    asked = kind("ordering")
    random = Random(99)
    places = Counter[int]()
    for _ in range(1000):
        one = Paper((asked,), random.getrandbits(63))
        first = one.show(asked, {"order": ("0",)})["order"][0]
        (shown,) = one.inputs(asked)
        assert isinstance(shown, Order)
        places[[choice.id for choice in shown.choices].index(first)] += 1
    assert chi_square(places, 3) < CHI_2


@pytest.mark.parametrize("asked", EVERY_KIND, ids=list(KINDS))
def test_tokens_are_new_for_every_paper_question_and_input(asked: Question) -> None:
    def tokens(one: Paper, each: Question) -> list[str]:
        return [choice.id for input in one.inputs(each) if isinstance(input, OneOf | AnyOf | Pick | Order) for choice in input.choices]

    other = replace(asked, id="other")
    found = [*tokens(paper(asked, seed=1), asked), *tokens(paper(asked, seed=2), asked), *tokens(paper(other, seed=1), other)]
    assert len(set(found)) == len(found)
    assert {len(token) for token in found} <= {8}
    assert tokens(paper(asked, seed=1), asked) == tokens(paper(asked, seed=1), asked)


@pytest.mark.parametrize("asked", EVERY_KIND, ids=list(KINDS))
def test_an_answer_goes_out_and_comes_back_the_same(asked: Question) -> None:
    one = paper(asked)
    best = {"words": ("A thought.",)} if asked.kind == "reflection" else asked.mark({}).answer
    assert one.read(asked, one.show(asked, best)) == best
    assert one.show(asked, {"choice": ("99",), "elsewhere": ("0",)}) == {}


@pytest.mark.parametrize("asked", EVERY_KIND, ids=list(KINDS))
def test_a_revealed_mark_speaks_in_the_tokens_shown(asked: Question) -> None:
    one = paper(asked)
    plain = asked.mark({})
    shown = one.reveal(asked, plain)
    known = {
        (input.name, choice.id) for input in one.inputs(asked) if not isinstance(input, Text) for choice in getattr(input, "choices", ())
    }
    assert all(not note.choice or (note.input, note.choice) in known for note in shown.notes)
    assert [bool(note.choice) for note in shown.notes] == [bool(note.choice) for note in plain.notes]
    assert one.read(asked, shown.answer) == plain.answer
    assert (shown.earned, shown.available, shown.given) == (plain.earned, plain.available, plain.given)


def test_what_is_not_of_this_paper_is_foreign() -> None:
    single, several, order, words = question("q"), kind("multiple-choice"), kind("ordering"), kind("short-text")
    one = paper(single, several, order, words)
    (token,) = one.show(single, {"choice": ("0",)})["choice"]
    (second,) = one.show(single, {"choice": ("1",)})["choice"]
    (other,) = paper(single, seed=6).show(single, {"choice": ("0",)})["choice"]
    picks = one.show(several, {"choices": ("0", "1")})["choices"]
    steps = one.show(order, {"order": ("0", "1", "2")})["order"]
    cases: list[tuple[Question, dict[str, tuple[str, ...]]]] = [
        (single, {"choice": ("0",)}),
        (single, {"choice": ("-1",)}),
        (single, {"choice": (other,)}),
        (single, {"choice": (token.upper() + " ",)}),
        (single, {"choice": (token, second)}),
        (single, {"choice": (token, token)}),
        (single, {"choice": (token,), "elsewhere": ("",)}),
        (single, {"choice": ("\ud800",)}),
        (several, {"choices": (picks[0], picks[0])}),
        (several, {"choices": (*picks, token)}),
        (several, {"choices": picks[:1] * 10_000}),
        (several, {"choices": ("",)}),
        (order, {"order": steps[:2]}),
        (order, {"order": (steps[0], steps[0], steps[1])}),
        (words, {"words": ("a", "b")}),
        (question("not drawn"), {}),
    ]
    for asked, sent in cases:
        with pytest.raises(Foreign):
            one.read(asked, sent)


def test_an_empty_value_is_no_answer() -> None:
    one = paper(*EVERY_KIND)
    for asked in EVERY_KIND:
        assert one.read(asked, {}) == {}
        assert one.read(asked, {input.name: [] for input in one.inputs(asked)}) == {}
    assert one.read(EVERY_KIND[3], {"pair1": [""], "pair2": [""]}) == {}
    assert one.read(kind("short-text"), {"words": ["  "]}) == {}


def test_typed_words_are_made_safe_and_bounded() -> None:
    asked = kind("short-text")
    read = paper(asked).read(asked, {"words": ["\0 a\ud800b \n c " + "d" * 1_000_000]})["words"][0]
    assert read.startswith("ab c dd")
    assert len(read) == MOST_LINE


@settings(max_examples=80, deadline=None)
@forall(st.data())
def test_anything_sent_is_read_or_foreign(data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(EVERY_KIND))
    one = paper(*EVERY_KIND)
    inputs = one.inputs(asked)
    tokens = [choice.id for input in inputs for choice in getattr(input, "choices", ())]
    value = st.one_of(st.sampled_from([*tokens, "", "1e400", "\0"]), st.text(alphabet=st.characters(), max_size=8))
    names = st.sampled_from([*(input.name for input in inputs), "elsewhere"])
    sent = data.draw(st.dictionaries(names, st.lists(value, max_size=4), max_size=3))
    try:
        answer = one.read(asked, sent)
    except Foreign:
        return
    assert one.read(asked, one.show(asked, answer)) == answer
    assert asked.mark(answer).earned <= asked.mark(answer).available
    asked.said(answer).encode()


def test_a_question_is_found_in_its_paper_by_id() -> None:
    one = paper(question("a"), question("b"))
    found = one.question("b")
    assert found is not None
    assert found.id == "b"
    assert one.question("c") is None


# Marking


def ten(right: int, spec: QuizSpec) -> tuple[Paper, dict[str, dict[str, tuple[str, ...]]]]:
    one = redraw(spec, [each.id for each in spec.questions], 1)
    return one, {each.id: {"choice": ("0" if n < right else "1",)} for n, each in enumerate(one.questions)}


@pytest.mark.parametrize(("right", "percent", "passed"), [(0, 0, False), (7, 70, False), (8, 80, True), (10, 100, True)])
def test_the_pass_mark_is_reached_or_not_yet(right: int, percent: int, passed: bool) -> None:
    spec = QuizSpec(tuple(question(f"q{n}") for n in range(10)), 10, 80)
    result = mark(*ten(right, spec), spec)
    assert (result.percent, result.passed, result.right, result.total) == (percent, passed, right, 10)
    assert len(result.again) == 10 - right


def test_a_percentage_is_rounded_down() -> None:
    spec = QuizSpec(tuple(question(f"q{n}") for n in range(3)), 3, 67)
    result = mark(*ten(2, spec), spec)
    assert (result.percent, result.passed) == (66, False)


def test_a_missed_critical_question_is_not_yet_a_pass() -> None:
    spec = QuizSpec(tuple(question(f"q{n}", critical=n == 9) for n in range(10)), 10, 80)
    result = mark(*ten(9, spec), spec)
    assert (result.percent, result.missed_critical, result.passed) == (90, ("q9",), False)


def test_every_question_weighs_the_same_and_a_part_counts_as_a_part() -> None:
    order, plain = kind("ordering"), question("q")
    spec = QuizSpec((order, plain), 2, 60)
    result = mark(redraw(spec, ["ordering", "q"], 1), {"ordering": {"order": ("0", "2", "1")}, "q": {"choice": ("0",)}}, spec)
    assert (result.earned, result.available, result.percent) == (Fraction(4, 3), 2, 66)
    assert (result.right, result.again, result.passed) == (1, ("ordering",), True)


def test_a_reflection_is_never_counted() -> None:
    spec = QuizSpec((kind("reflection"), question("q", "spot")), 2, 80)
    one = redraw(spec, ["reflection", "q"], 1)
    for written in ({}, {"words": ("Much.",)}):
        result = mark(one, {"reflection": written, "q": {"choice": ("0",)}}, spec)
        assert (result.percent, result.total, result.again, list(result.marks)) == (100, 1, (), ["reflection", "q"])


def test_a_paper_with_nothing_to_mark_is_never_passed() -> None:
    spec = QuizSpec((kind("reflection"), question("q")), 2, 1)
    result = mark(redraw(spec, ["reflection"], 1), {}, spec)
    assert (result.percent, result.passed) == (0, False)


def test_results_are_told_by_outcome() -> None:
    spec = QuizSpec(bank(2, 2), 4, 80)
    one = redraw(spec, ["1-0", "0-0", "1-1", "0-1"], 1)
    result = mark(
        one, {"1-0": {"choice": ("0",)}, "1-1": {"choice": ("0",)}, "0-1": {"choice": ("3",)}, "elsewhere": {"choice": ("0",)}}, spec
    )
    assert list(result.by_outcome.items()) == [("o1", (2, 2)), ("o0", (0, 2))]
    assert result.again == ("0-0", "0-1")
    assert not result.marks["0-0"].given


# Trying again


NOW = datetime(2026, 5, 26, 19, 13, 20, tzinfo=UTC)  # 8:13pm in London


def tried(*hours_ago: float | None, passed: bool = False) -> list[Try]:
    return [Try(None if hours is None else NOW - timedelta(hours=hours), passed) for hours in hours_ago]


def start(tries: list[Try], extra: int = 0, now: datetime = NOW, **changes: Any) -> MayStart:
    defaults: dict[str, Any] = {"attempts": 4, "wait_after": 2, "wait": timedelta(hours=12)}
    return may_start(QuizSpec((question("q"),), 1, 80, **(defaults | changes)), tries, extra, now, LONDON)


def test_the_first_tries_start_at_once() -> None:
    assert start([]) == MayStart(True, "You have 4 tries left.")
    assert start(tried(0.1)).allowed
    assert start(tried(30, 20, 13)) == MayStart(True, "You have 1 try left. If you need another after that, you can ask.")
    assert start(tried(3, 2, 1), attempts=None, wait=timedelta(0)) == MayStart(True, "You can try as often as you like.")


def test_from_the_second_try_on_there_is_a_wait() -> None:
    soon = start(tried(5, 1))
    assert not soon.allowed
    assert not soon.ask
    assert soon.reason == "You can try again after 7:14am tomorrow, so there is time to read the parts below again."
    assert soon.at == datetime(2026, 5, 27, 6, 14, tzinfo=UTC)
    assert not start(tried(5, 1), now=soon.at - timedelta(microseconds=1)).allowed
    assert start(tried(5, 1), now=soon.at).allowed


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (2, "9:14pm today"),
        (4, "11:14pm today"),
        (5, "12:14am tomorrow"),
        (24, "7:14pm tomorrow"),
        (96, "7:14pm on Saturday 30 May 2026"),
        (88.75, "11:59am on Saturday 30 May 2026"),
        (89, "12:14pm on Saturday 30 May 2026"),
    ],
)
def test_the_time_is_said_as_people_say_it(wait: float, words: str) -> None:
    said = start(tried(5, 1), wait=timedelta(hours=wait)).reason
    assert said == f"You can try again after {words}, so there is time to read the parts below again."


def test_the_wait_is_real_hours_over_a_change_of_the_clocks() -> None:
    end = datetime(2026, 10, 24, 20, 0, tzinfo=LONDON)
    result = start([Try(end, False), Try(end, False)], now=end)
    assert result.at is not None
    assert result.at - end.astimezone(UTC) == timedelta(hours=12)
    assert "after 7:00am tomorrow" in result.reason


def test_when_all_tries_are_used_one_may_ask_and_is_not_stranded() -> None:
    used = tried(50, 40, 30, 20)
    result = start(used)
    assert (result.allowed, result.ask, result.at) == (False, True, None)
    assert result.reason == "You have used all 4 tries. That is all right: ask to try again, and your manager can say yes."
    assert start(used[:1], attempts=1).reason.startswith("You have used your one try.")
    assert start(used, extra=1) == MayStart(True, "You have 1 try left. If you need another after that, you can ask.")
    assert start([*used, *tried(13)], extra=1).ask


def test_a_try_left_unfinished_is_used() -> None:
    assert start(tried(None, None, None, None)).ask
    assert start(tried(None, None), wait=timedelta(hours=12)).allowed
    assert not start(tried(None, 1)).allowed


def test_thirty_restarts_do_not_get_thirty_draws() -> None:
    tries: list[Try] = []
    starts = 0
    for _ in range(30):
        if start(tries, wait=timedelta(0)).allowed:
            starts += 1
            tries.append(Try(None, False))
    assert starts == 4


def test_tries_up_to_the_last_pass_do_not_count_for_a_renewal() -> None:
    before = [*tried(9000, 8900, 8800), *tried(8700, passed=True)]
    assert start(before).reason == "You have 4 tries left."
    assert start([*before, *tried(1)]).reason == "You have 3 tries left."


@pytest.mark.parametrize("after", [0, 1])
def test_a_wait_from_the_first_try_on_never_comes_before_it(after: int) -> None:
    assert start([], wait_after=after).allowed
    assert not start(tried(1), wait_after=after).allowed


def test_a_clock_set_back_leads_to_a_wait_and_never_to_an_error() -> None:
    assert not start(tried(-5, -5)).allowed


def test_no_words_speak_of_failing() -> None:
    said = " ".join(start(tries).reason for tries in ([], tried(1), tried(1, 1), tried(9, 9, 9, 9)))
    assert not {"fail", "failed", "attempt", "wrong", "please"} & set(said.casefold().split())

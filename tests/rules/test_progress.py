"""How far the reading has come, whatever the order it is read in."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from elearn.rules.courses import Check, Course, Screen, Step, Unit
from elearn.rules.progress import UnitState, progress
from elearn.rules.questions import KINDS


def screen(id: str, words: int = 100) -> Screen:
    return Screen(id, f"About {id}", "<p>Words.</p>", words)


def check(id: str) -> Check:
    return Check(id, f"Try {id}", KINDS["reflection"].read(id, KINDS["reflection"].example))


def course(*units: tuple[int, tuple[Step, ...]]) -> Course:
    return Course(
        slug="c", version="1", kind="elearning", title="C", summary="", minutes=20, cover="level1", outcomes=(),
        law_as_at=date(2026, 5, 1), review_due=date(2027, 5, 1),
        units=tuple(Unit(f"u{n}", f"Unit {n}", minutes, steps) for n, (minutes, steps) in enumerate(units, 1)),
    )  # fmt: skip


TWO = course(
    (10, (screen("a"), check("b"), screen("c"))),
    (6, (screen("d", 200), check("e"))),
)
SCREENS = ("u1/a", "u1/c", "u2/d")


def seen(*steps: str) -> frozenset[str]:
    return frozenset(steps)


def test_nothing_read_starts_at_the_first_step() -> None:
    result = progress(TWO, seen())
    assert (result.done, result.total, result.next, result.minutes_left) == (0, 2, ("u1", "a"), 16)
    assert not result.started
    assert not result.complete
    assert [unit.state for unit in result.units] == [UnitState.NOT_STARTED] * 2


def test_every_screen_seen_in_any_order_is_complete() -> None:
    for order in permutations(SCREENS):
        for some in range(3):
            assert not progress(TWO, seen(*order[:some])).complete
        result = progress(TWO, seen(*order))
        assert result.complete
        assert (result.done, result.next, result.minutes_left) == (2, None, 0)


def test_questions_along_the_way_may_be_skipped_and_are_not_enough() -> None:
    assert not progress(TWO, seen("u1/b", "u2/e")).complete
    skipped = progress(TWO, seen("u1/a", "u1/c")).unit("u1")
    assert skipped is not None
    assert (skipped.state, skipped.seen, skipped.of, skipped.minutes_left, skipped.next) == (UnitState.DONE, 2, 2, 0, None)


def test_going_on_leads_to_the_question_before_the_next_screen_but_not_to_one_skipped() -> None:
    assert progress(TWO, seen("u1/a")).next == ("u1", "b")
    assert progress(TWO, seen("u1/a", "u1/b")).next == ("u1", "c")
    assert progress(TWO, seen("u1/c")).next == ("u1", "a")
    assert progress(TWO, seen("u1/a", "u1/c")).next == ("u2", "d")
    later = course((4, (screen("a"), check("b"))), (4, (screen("c"),)))
    assert progress(later, seen("u1/a")).next == ("u1", "b")
    assert progress(later, seen("u2/c")).next == ("u1", "a")


def test_what_is_left_is_the_units_minutes_by_the_length_of_its_steps() -> None:
    """Unit 1: half a minute, 0.6 and half a minute make 1.6, over 10 minutes."""
    left = [progress(TWO, seen(*steps)).units[0].minutes_left for steps in ((), ("u1/a",), ("u1/a", "u1/b"), ("u1/b",))]
    assert left == [10, 7, 4, 7]
    assert progress(TWO, seen("u1/a")).minutes_left == 7 + 6


def test_a_safer7_tells_its_page() -> None:
    boxes = course((7, tuple(screen(box, 70) for box in ("what", "why", "see", "barriers", "helps", "do", "talk"))))
    result = progress(boxes, seen("u1/what", "u1/why"))
    unit = result.units[0]
    assert (unit.state, unit.seen, unit.of, unit.next, result.minutes_left) == (UnitState.STARTED, 2, 7, "see", 5)


def test_steps_the_course_does_not_have_are_ignored() -> None:
    assert progress(TWO, seen("u1/z", "u9/a", "a", "", "u2/a")) == progress(TWO, seen())


def test_a_course_without_reading_is_never_complete_by_reading() -> None:
    live = progress(course(), seen("u1/a"))
    assert (live.complete, live.total, live.next, live.minutes_left) == (False, 0, None, 0)
    assert not progress(course((5, (check("a"),))), seen()).complete


def test_screens_without_words_need_no_time() -> None:
    assert progress(course((5, (screen("a", 0),))), seen()).minutes_left == 0


@settings(deadline=None)
@forall(
    st.frozensets(st.sampled_from(["u1/a", "u1/b", "u1/c", "u2/d", "u2/e", "u3/x"])),
    st.sampled_from(["u1/a", "u1/b", "u1/c", "u2/d", "u2/e"]),
)
def test_one_more_step_never_takes_anything_back(so_far: frozenset[str], more: str) -> None:
    before, after = progress(TWO, so_far), progress(TWO, so_far | {more})
    assert after.done >= before.done
    assert after.minutes_left <= before.minutes_left
    assert 0 <= after.minutes_left <= 16
    assert after.complete == (so_far | {more} >= set(SCREENS))
    assert (after.next is None) == after.complete
    if after.next:
        assert "/".join(after.next) not in so_far | {more}

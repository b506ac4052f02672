"""Facts: what counts as done, what is taken back, and what was known when."""
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.rules.evidence import Evidence, FactKind, about, completes, completions, on_register, standing_facts, taken_back

NOON = datetime(2026, 5, 26, 12, 0, tzinfo=UTC)
AMIRA, TRAINER = 1, 9


def fact(id: int, kind: FactKind = FactKind.COMPLETED, days: int = 0, person: int = AMIRA, actor: int | None = None, **data: object) -> Evidence:
    return Evidence(id, person, kind, "icon", NOON + timedelta(days=days), actor_id=actor, data=data)


def test_only_what_was_known_by_then_about_this_person_and_item_oldest_first() -> None:
    other_item = Evidence(5, AMIRA, FactKind.COMPLETED, "neglect", NOON)
    facts = [fact(4, days=1), fact(3), fact(2), fact(1, days=-1), other_item, fact(6, person=2)]
    assert [known.id for known in about(facts, AMIRA, "icon", NOON)] == [1, 2, 3]


def test_a_fact_at_that_very_moment_is_known_and_one_a_moment_later_is_not() -> None:
    assert about([fact(1)], AMIRA, "icon", NOON)
    assert not about([fact(1)], AMIRA, "icon", NOON - timedelta(microseconds=1))


@pytest.mark.parametrize("kind", [FactKind.REVOKED, FactKind.UNDONE])
def test_a_fact_taken_back_no_longer_counts(kind: FactKind) -> None:
    facts = [fact(1), fact(2, days=1), fact(3, kind, days=2, of=1, reason="wrong person")]
    assert [done.id for done in completions(facts)] == [2]
    assert taken_back(facts)[1].reason == "wrong person"


def test_taking_back_a_certificate_does_not_undo_the_learning() -> None:
    facts = [fact(1), fact(2, FactKind.AWARDED, code="X"), fact(3, FactKind.REVOKED, of=2, reason="misspelled")]
    assert [done.id for done in completions(facts)] == [1]
    assert [still.id for still in standing_facts(facts)] == [1, 3]


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind not in (FactKind.COMPLETED, FactKind.ATTENDED)])
def test_nothing_but_finishing_or_attending_counts_as_done(kind: FactKind) -> None:
    assert not completes(fact(1, kind, trainer_id=TRAINER, of=7))


@pytest.mark.parametrize(("trainer", "actor", "counts"), [
    (TRAINER, TRAINER, True),
    (TRAINER, 5, True),           # an assistant filled in the trainer's register
    (TRAINER, None, True),        # brought over from an older register
    (AMIRA, TRAINER, False),      # named as their own trainer
    (AMIRA, AMIRA, False),
    (TRAINER, AMIRA, False),      # named a trainer, but wrote it down themselves
    (None, TRAINER, False),
    ("9", TRAINER, False),
    (True, TRAINER, False),
])
def test_attendance_counts_only_when_someone_else_a_trainer_recorded_it(trainer: object, actor: int | None, counts: bool) -> None:
    attended = fact(1, FactKind.ATTENDED, actor=actor, trainer_id=trainer)
    assert on_register(attended) is counts
    assert completes(attended) is counts


def test_attendance_that_names_no_trainer_does_not_count() -> None:
    assert not completes(fact(1, FactKind.ATTENDED, actor=TRAINER))


def test_finishing_on_screen_is_never_attendance() -> None:
    assert not on_register(fact(1, trainer_id=TRAINER, actor=TRAINER))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="which zone"):
        Evidence(1, AMIRA, FactKind.READ, "icon", datetime(2026, 5, 26))


@pytest.mark.parametrize("of", [None, "1", True, 1.0])
def test_what_takes_back_must_name_a_fact(of: object) -> None:
    with pytest.raises(ValueError, match="must name the fact"):
        fact(1, FactKind.REVOKED, of=of)


def test_a_date_in_a_fact_is_read_as_a_date() -> None:
    exempted = fact(1, FactKind.EXEMPTED, until="2027-06-01", reason=" on leave ")
    assert exempted.day("until") == date(2027, 6, 1)
    assert exempted.day("due") is None
    assert exempted.reason == "on leave"
    with pytest.raises(ValueError, match="Invalid isoformat"):
        fact(1, FactKind.EXEMPTED, until="next June").day("until")


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(-5, 5)), unique_by=lambda pair: pair[0]), st.randoms())
def test_the_order_facts_are_read_in_does_not_matter(pairs: list[tuple[int, int]], random: Random) -> None:
    facts = [fact(id, days=days) for id, days in pairs]
    shuffled = facts.copy()
    random.shuffle(shuffled)
    assert about(facts, AMIRA, "icon", NOON) == about(shuffled, AMIRA, "icon", NOON)

"""Reading, attempts, answers and requests: each once, whoever comes at the same moment."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from elearn.records import asks, learning
from elearn.records.db import writing
from tests import builders
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)
LARGEST_SEED = 2**62 - 1


@pytest.fixture
def people(database: Database) -> People:
    with database() as session, writing(session):
        return builders.everybody(session, NOW)


def test_a_step_is_kept_once_with_its_last_answer(database: Database, people: People) -> None:
    for turn, answer in enumerate(({"a": ["1"]}, {"a": ["2"]}, None)):
        with database() as session, writing(session):
            learning.mark_step(session, people.bob.id, "course", "u/s", "v1", NOW + timedelta(minutes=turn), answer)
    with database() as session:
        assert learning.seen_steps(session, people.bob.id, "course") == {"u/s"}
        assert learning.step_answer(session, people.bob.id, "course", "u/s") == {"a": ["2"]}
        assert learning.step_answer(session, people.bob.id, "course", "u/s", "v1") == {"a": ["2"]}
        assert learning.step_answer(session, people.bob.id, "course", "u/s", "v2") is None
        assert learning.last_step(session, people.bob.id) == ("course", "u/s", NOW + timedelta(minutes=2))
        assert learning.seen_steps(session, people.omar.id, "course") == frozenset()


def test_what_many_people_have_begun_comes_in_one_mapping_and_the_steps_of_one_in_another(database: Database, people: People) -> None:
    with database() as session, writing(session):
        learning.mark_step(session, people.bob.id, "one", "u/a", "v", NOW)
        learning.mark_step(session, people.bob.id, "one", "u/b", "v", NOW)
        learning.mark_step(session, people.alice.id, "two", "u/a", "v", NOW)
        learning.mark_step(session, people.omar.id, "two", "u/a", "v", NOW)
    with database() as session:
        found = learning.begun(session, [people.bob.id, people.alice.id])
        steps = learning.all_steps(session, people.bob.id)
    assert found == {people.bob.id: {"one"}, people.alice.id: {"two"}}
    assert steps == {"one": frozenset({"u/a", "u/b"})}


def test_what_a_visitor_read_is_handed_over_once_and_only_for_a_day(database: Database) -> None:
    with database() as session, writing(session):
        learning.mark_visitor_step(session, "device", "seven", "u/1", "v", NOW - timedelta(hours=25))
        learning.mark_visitor_step(session, "device", "seven", "u/2", "v", NOW)
        learning.mark_visitor_step(session, "device", "seven", "u/2", "v", NOW + timedelta(minutes=1))
        learning.mark_visitor_step(session, "another", "seven", "u/3", "v", NOW)
    with database() as session, writing(session):
        taken = learning.take_visitor_steps(session, "device", NOW + timedelta(minutes=2))
        assert taken == [("seven", "u/2", "v", NOW + timedelta(minutes=1))]
        assert learning.take_visitor_steps(session, "device", NOW + timedelta(minutes=2)) == []
        assert learning.visitor_steps(session, "another", "seven") == {"u/3"}
        learning.forget_visitors(session, NOW + timedelta(days=2))
        assert learning.visitor_steps(session, "another", "seven") == frozenset()


def test_an_attempt_comes_back_as_it_was_drawn_with_the_largest_seed(database: Database, people: People) -> None:
    with database() as session, writing(session):
        id = learning.add_attempt(session, people.bob.id, "course", "v1", 1, LARGEST_SEED, ["q2", "q1"], NOW)
    with database() as session:
        found = learning.attempt(session, id)
        assert found is not None
        assert (found.seed, found.paper, found.version, found.started, found.finished) == (LARGEST_SEED, ("q2", "q1"), "v1", NOW, None)
        assert learning.open_attempts(session, people.bob.id) == [found]
        assert learning.attempt(session, id + 1000) is None


def test_a_person_has_one_open_attempt_at_a_course(database: Database, people: People) -> None:
    with database() as session, writing(session):
        first = learning.add_attempt(session, people.bob.id, "course", "v1", 1, 1, ["q"], NOW)
        learning.add_attempt(session, people.bob.id, "another", "v1", 1, 1, ["q"], NOW)
        learning.add_attempt(session, people.omar.id, "course", "v1", 1, 1, ["q"], NOW)
    with pytest.raises(IntegrityError), database() as session, writing(session):
        learning.add_attempt(session, people.bob.id, "course", "v1", 2, 1, ["q"], NOW)
    with database() as session, writing(session):
        assert learning.close(session, first, NOW)
        assert not learning.close(session, first, NOW + timedelta(minutes=1)), "closed once only"
        learning.add_attempt(session, people.bob.id, "course", "v1", 2, 1, ["q"], NOW)
    with database() as session:
        assert [(a.number, a.finished) for a in learning.attempts(session, people.bob.id, "course")] == [(1, NOW), (2, None)]
        assert sorted(learning.questions_met(session, people.bob.id, "course")) == ["q", "q"]


def test_a_changed_answer_is_a_further_row_and_the_last_one_counts(database: Database, people: People) -> None:
    with database() as session, writing(session):
        id = learning.add_attempt(session, people.bob.id, "course", "v1", 1, 1, ["q"], NOW)
        learning.add_answer(session, id, "q", 1, "key-one", {"a": ("1",)}, False, NOW)
        later = learning.add_answer(session, id, "q", 2, "key-two", {"a": ("2", "3")}, False, NOW + timedelta(minutes=1))
    with database() as session:
        assert learning.answers(session, id) == {"q": later}
        assert later.answer == {"a": ("2", "3")}
        first, latest = learning.answers_before(session, id, "q", "key-one")
        assert first is not None and latest == later
        assert learning.answers_before(session, id, "q", "key-two") == (later, later)
        assert learning.answers_before(session, id, "q", "key-new") == (None, later)
        assert learning.answers_before(session, id, "other", "key-one") == (first, None)
        assert learning.answers_before(session, id, "other", "key-new") == (None, None)
        assert (first.answer, first.revision, first.receipt) == ({"a": ("1",)}, 1, f"A{first.id:05d}")


@pytest.mark.parametrize(("revision", "key"), [(2, "key-one"), (1, "key-two")])
def test_a_page_is_answered_once_and_a_revision_is_taken_once(database: Database, people: People, revision: int, key: str) -> None:
    with database() as session, writing(session):
        id = learning.add_attempt(session, people.bob.id, "course", "v1", 1, 1, ["q"], NOW)
        learning.add_answer(session, id, "q", 1, "key-one", {}, False, NOW)
    with pytest.raises(IntegrityError), database() as session, writing(session):
        learning.add_answer(session, id, "q", revision, key, {}, False, NOW)


def test_a_reflection_is_kept_and_may_be_written_anew(database: Database, people: People) -> None:
    for said in ("First", "Naïve ‘second’ thought 🙂"):
        with database() as session, writing(session):
            learning.save_reflection(session, people.bob.id, "seven", said, shared=said == "First", now=NOW)
    with database() as session:
        assert learning.reflection(session, people.bob.id, "seven") == ("Naïve ‘second’ thought 🙂", False)
        assert learning.reflection(session, people.omar.id, "seven") is None


def test_asking_twice_is_asking_once_and_is_decided_once(database: Database, people: People) -> None:
    with database() as session, writing(session):
        assert learning.ask(session, people.bob.id, "try-again", "course", NOW)
        assert not learning.ask(session, people.bob.id, "try-again", "course", NOW)
        assert learning.ask(session, people.omar.id, "try-again", "course", NOW)
    with database() as session, writing(session):
        (waiting,) = asks.waiting(session, {people.team_id})
        assert (waiting.name, waiting.item, waiting.team_id) == (people.bob.name, "course", people.team_id)
        assert asks.one(session, waiting.id) == waiting
        assert learning.decide(session, waiting.id, True, people.alice.id, NOW)
        assert not learning.decide(session, waiting.id, False, people.alice.id, NOW)
        assert asks.waiting(session, {people.team_id}) == []
        assert learning.ask(session, people.bob.id, "try-again", "course", NOW), "it can be asked again later"


def test_nobody_waits_for_someone_who_has_left(database: Database, people: People) -> None:
    with database() as session, writing(session):
        learning.ask(session, people.bob.id, "try-again", "course", NOW)
        session.execute(text("UPDATE person SET \"left\" = :day WHERE id = :id"), {"day": NOW.date().isoformat(), "id": people.bob.id})
    with database() as session:
        assert asks.waiting(session, {people.team_id, people.other_team_id}) == []

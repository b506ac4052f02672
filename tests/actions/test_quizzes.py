"""Sitting a quiz: one open attempt, every answer kept, one completion and one certificate, whatever happens at the same moment."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from elearn.actions import Refused, printing, quizzes
from elearn.actions import certificates as issuing
from elearn.documents.printer import Printer
from elearn.records import certificates, learning, ledger
from elearn.records.db import writing
from elearn.records.learning import Attempt
from elearn.rules.courses import Course
from elearn.rules.evidence import FactKind
from elearn.rules.questions.base import Answer, Question
from elearn.rules.quiz import draw
from tests.actions.conftest import NOW
from tests.answering import right, wrong
from tests.builders import People
from tests.databases import Database

ZONE = ZoneInfo("Europe/London")
Result = TypeVar("Result")


def together(many: int, act: Callable[[int], Result]) -> list[Result]:
    """*act* in many threads that start at the same moment; an error in one fails the test."""
    start, got, errors = threading.Barrier(many), [], []

    def run(number: int) -> None:
        start.wait()
        try:
            got.append(act(number))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[:3]
    return got


def start(database: Database, person_id: int, course: Course, after: timedelta = timedelta(0)) -> Attempt:
    with database() as session, writing(session):
        id = quizzes.start(session, person_id, course, NOW + after, ZONE)
    with database() as session:
        found = learning.attempt(session, id)
        assert found is not None
        return found


def say(
    database: Database, course: Course, attempt: Attempt, question: Question, given: Answer, key: str, seen: int = 0,
    after: timedelta = timedelta(0), check: bool = False,
) -> quizzes.Saved:
    with database() as session, writing(session):
        return quizzes.answer(session, course, attempt, question, given, key, seen, check, NOW + after)


def answer_all(
    database: Database, course: Course, attempt: Attempt, how: Callable[[Question], Answer], after: timedelta = timedelta(0)
) -> None:
    with database() as session, writing(session):
        for number, question in enumerate(quizzes.paper_of(course, attempt).questions):
            quizzes.answer(session, course, attempt, question, how(question), f"page-{number:04d}", 0, False, NOW + after)


def finish(database: Database, course: Course, attempt: Attempt, after: timedelta = timedelta(0)) -> quizzes.Finished:
    with database() as session, writing(session):
        return quizzes.finish(session, course, attempt, NOW + after, ZONE)


def kinds(database: Database, person_id: int) -> list[FactKind]:
    with database() as session:
        return [fact.kind for fact in ledger.of_person(session, person_id)]


# ---- one after another


def test_a_paper_is_drawn_once_and_stays_the_same(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    assert course.quiz is not None
    assert len(attempt.paper) == course.quiz.draw == 20
    assert start(database, people.bob.id, course, timedelta(days=3)) == attempt
    assert [question.id for question in quizzes.paper_of(course, attempt).questions] == list(attempt.paper)


def test_a_second_try_repeats_as_little_as_the_bank_allows(database: Database, people: People, course: Course) -> None:
    first = start(database, people.bob.id, course)
    finish(database, course, first)
    second = start(database, people.bob.id, course, timedelta(hours=1))
    assert second.number == 2
    assert not set(first.paper) & set(second.paper)


def test_every_paper_of_level_1_asks_of_each_thing_that_must_be_right(course: Course) -> None:
    """Danger now, secrecy, leading questions, the same day, the lead who is named, a baby, a volunteer, a refusal: none is left to chance."""
    spec = course.quiz
    assert spec is not None and len(spec.one_of) == 8
    bank = {question.id: question for question in spec.questions}
    assert all(bank[id].critical for group in spec.one_of for id in group) and min(map(len, spec.one_of)) >= 2
    for seed in range(300):
        drawn = {question.id for question in draw(spec, seed).questions}
        assert all(drawn & set(group) for group in spec.one_of)


def test_all_right_is_passed_with_evidence_and_a_certificate(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, right)
    done = finish(database, course, attempt)
    assert done.result.passed
    assert done.certificate is not None
    assert kinds(database, people.bob.id) == [FactKind.PASSED, FactKind.COMPLETED, FactKind.AWARDED]
    with database() as session:
        held = certificates.one(session, done.certificate)
        assert held is not None
        assert (held.holder_name, held.course, held.version) == (people.bob.name, course.title, course.version)
        assert held.result.startswith("Passed, ")
        closed = learning.attempt(session, attempt.id)
        assert closed is not None
        assert (closed.finished, closed.passed, closed.percent) == (NOW, True, 100)
        assert session.scalar(text("SELECT unique_key FROM job WHERE name = 'print'")) == f"print:{done.certificate}"


def test_an_attempt_leads_to_its_own_certificate_and_to_the_one_that_took_its_place(
    database: Database, people: People, course: Course
) -> None:
    year, codes, attempts = timedelta(days=370), [], []
    for turn in range(2):
        attempts.append(start(database, people.bob.id, course, turn * year))
        answer_all(database, course, attempts[-1], right, turn * year)
        codes.append(finish(database, course, attempts[-1], turn * year).certificate)

    def found() -> list[str | None]:
        with database() as session:
            return [quizzes.certificate_of(session, attempt) for attempt in attempts]

    assert None not in codes and found() == codes
    assert codes[1] is not None
    with database() as session, writing(session):
        again = issuing.reissue(session, codes[1], "Robert Adeyemi", people.ada.id, NOW + 2 * year, ZONE)
    assert found() == [codes[0], again]


def test_not_passed_leaves_no_evidence_and_no_certificate(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, wrong)
    done = finish(database, course, attempt)
    assert (done.result.passed, done.certificate) == (False, None)
    assert kinds(database, people.bob.id) == []


def test_finishing_again_gives_the_same_result_and_the_same_certificate(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, right)
    first = finish(database, course, attempt)
    again = finish(database, course, attempt, timedelta(minutes=1))
    assert again.certificate == first.certificate
    assert again.result.percent == first.result.percent
    assert kinds(database, people.bob.id).count(FactKind.COMPLETED) == 1


def test_the_same_page_sent_again_gets_the_first_receipt(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    first = say(database, course, attempt, question, right(question), "the-page")
    again = say(database, course, attempt, question, wrong(question), "the-page", after=timedelta(days=80))
    assert (again.repeated, again.given) == (True, first.given)
    assert again.given.receipt == first.given.receipt


def test_a_page_that_said_nothing_new_is_still_that_page_when_it_comes_again(database: Database, people: People, course: Course) -> None:
    """Else a reply that was lost, sent again later, would undo what was answered meanwhile."""
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    say(database, course, attempt, question, wrong(question), "window-one")
    same = say(database, course, attempt, question, wrong(question), "window-two", seen=0)
    assert (same.repeated, same.elsewhere) == (False, False), "it is told of nothing, as nothing was changed"
    newest = say(database, course, attempt, question, right(question), "window-one-again", seen=same.given.revision)
    late = say(database, course, attempt, question, wrong(question), "window-two", after=timedelta(minutes=1))
    assert (late.repeated, late.given) == (True, same.given)
    with database() as session:
        assert learning.answers(session, attempt.id)[question.id] == newest.given


def test_a_later_answer_wins_and_a_page_that_was_overtaken_is_told(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    first = say(database, course, attempt, question, wrong(question), "window-one")
    second = say(database, course, attempt, question, right(question), "window-two", seen=0)
    third = say(database, course, attempt, question, wrong(question), "window-2bis", seen=second.given.revision)
    assert (first.elsewhere, second.elsewhere, third.elsewhere) == (False, True, False)
    with database() as session:
        assert learning.answers(session, attempt.id)[question.id] == third.given
        assert session.scalar(text("SELECT count(*) FROM answer")) == 3, "what was answered before is kept"


def test_an_answer_that_was_explained_stands(database: Database, people: People, briefing: Course) -> None:
    attempt = start(database, people.bob.id, briefing)
    question = quizzes.paper_of(briefing, attempt).questions[0]
    first = say(database, briefing, attempt, question, wrong(question), "window-one", check=True)
    again = say(database, briefing, attempt, question, right(question), "window-two", check=True)
    assert again.given == first.given
    assert again.given.answer == wrong(question)


def test_nothing_is_answered_after_the_end(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    before = say(database, course, attempt, question, right(question), "the-page")
    finish(database, course, attempt)
    with pytest.raises(Refused, match="finished this quiz already"):
        say(database, course, attempt, question, wrong(question), "a-later-page")
    again = say(database, course, attempt, question, wrong(question), "the-page")
    assert again.given == before.given, "a reply that was lost may still be asked for"


def test_after_two_tries_one_waits_and_after_four_one_asks(database: Database, people: People, course: Course) -> None:
    for number in range(4):
        day = timedelta(days=number)
        attempt = start(database, people.bob.id, course, day)
        finish(database, course, attempt, day)
        if number == 1:
            with pytest.raises(Refused, match="You can try again after"):
                start(database, people.bob.id, course, day + timedelta(hours=11, minutes=59))
    with pytest.raises(Refused, match="ask to try again"):
        start(database, people.bob.id, course, timedelta(days=30))

    with database() as session, writing(session):
        assert quizzes.ask_again(session, people.bob.id, course, NOW)
        assert not quizzes.ask_again(session, people.bob.id, course, NOW)
        ask = learning.open_ask(session, people.bob.id, "try-again", course.slug)
        assert ask is not None
        assert quizzes.allow_again(session, ask.id, people.bob.id, course.slug, people.alice.id, True, NOW + timedelta(days=31))
        assert not quizzes.allow_again(session, ask.id, people.bob.id, course.slug, people.alice.id, True, NOW + timedelta(days=31))
    assert kinds(database, people.bob.id) == [FactKind.TRY_ALLOWED]
    assert start(database, people.bob.id, course, timedelta(days=32)).number == 5


def test_a_manager_who_says_no_adds_no_try(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session):
        quizzes.ask_again(session, people.bob.id, course, NOW)
        ask = learning.open_ask(session, people.bob.id, "try-again", course.slug)
        assert ask is not None
        assert quizzes.allow_again(session, ask.id, people.bob.id, course.slug, people.alice.id, False, NOW)
    assert kinds(database, people.bob.id) == []


def test_a_clock_set_back_during_an_attempt_loses_nothing(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    back = -timedelta(hours=25)
    answer_all(database, course, attempt, right, back)
    question = quizzes.paper_of(course, attempt).questions[0]
    say(database, course, attempt, question, wrong(question), "earlier-by-the-clock", seen=1, after=2 * back)
    with database() as session:
        assert learning.answers(session, attempt.id)[question.id].answer == wrong(question), "their order decides, not their times"
    say(database, course, attempt, question, right(question), "back-again", seen=2, after=back)
    assert finish(database, course, attempt, 2 * back).certificate is not None


def test_a_course_without_a_quiz_says_so(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session), pytest.raises(Refused, match="no quiz"):
        quizzes.start(session, people.bob.id, replace(course, quiz=None), NOW, ZONE)


# ---- at the same moment


def test_twenty_starts_make_one_attempt(database: Database, people: People, course: Course) -> None:
    got = together(20, lambda _: start(database, people.bob.id, course).id)
    assert len(set(got)) == 1
    with database() as session:
        assert len(learning.attempts(session, people.bob.id, course.slug)) == 1


def test_fifty_times_the_same_answer_is_one_answer_and_one_receipt(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    got = together(50, lambda _: say(database, course, attempt, question, right(question), "the-page"))
    assert len({saved.given.receipt for saved in got}) == 1
    assert len({saved.given.at for saved in got}) == 1
    assert [saved.repeated for saved in got].count(False) == 1
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM answer")) == 1


def test_different_answers_at_the_same_moment_are_all_kept_and_one_counts(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    question = quizzes.paper_of(course, attempt).questions[0]
    together(12, lambda n: say(database, course, attempt, question, (right, wrong)[n % 2](question), f"page-{n:04d}"))
    with database() as session:
        revisions = list(session.scalars(text("SELECT revision FROM answer ORDER BY id")))
    assert revisions == list(range(1, len(revisions) + 1))


def test_fifty_finishes_make_one_completion_and_one_certificate(database: Database, people: People, course: Course) -> None:
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, right)
    got = together(50, lambda _: finish(database, course, attempt))
    assert len({done.certificate for done in got}) == 1
    assert None not in {done.certificate for done in got}
    assert kinds(database, people.bob.id) == [FactKind.PASSED, FactKind.COMPLETED, FactKind.AWARDED]
    with database() as session:
        assert len(certificates.of_person(session, people.bob.id)) == 1


def test_an_answer_racing_the_end_is_either_counted_or_refused(database: Database, people: People, course: Course) -> None:
    """What the result page shows is marked anew from the answers: it must be what was recorded."""
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, right)
    question = quizzes.paper_of(course, attempt).questions[0]

    def act(number: int) -> None:
        if number == 0:
            finish(database, course, attempt)
            return
        try:
            say(database, course, attempt, question, (right, wrong)[number % 2](question), f"late-{number:04d}", seen=1)
        except Refused:
            return

    together(8, act)
    with database() as session:
        closed = learning.attempt(session, attempt.id)
        assert closed is not None
        shown = quizzes.result_of(course, closed, learning.answers(session, attempt.id))
        assert (shown.right, shown.percent, shown.passed) == (closed.right, closed.percent, closed.passed)


def test_asking_twenty_times_at_once_is_one_request(database: Database, people: People, course: Course) -> None:
    def ask(_: int) -> bool:
        with database() as session, writing(session):
            return quizzes.ask_again(session, people.bob.id, course, NOW)

    assert together(20, ask).count(True) == 1


def test_two_managers_saying_yes_at_once_add_one_try(database: Database, people: People, course: Course) -> None:
    with database() as session, writing(session):
        quizzes.ask_again(session, people.bob.id, course, NOW)
        found = learning.open_ask(session, people.bob.id, "try-again", course.slug)
        assert found is not None
        ask_id = found.id

    def allow(_: int) -> bool:
        with database() as session, writing(session):
            return quizzes.allow_again(session, ask_id, people.bob.id, course.slug, people.alice.id, True, NOW)

    assert together(8, allow).count(True) == 1
    assert kinds(database, people.bob.id) == [FactKind.TRY_ALLOWED]


def test_of_two_first_prints_one_is_the_certificate(
    database: Database, people: People, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(database, people.bob.id, course)
    answer_all(database, course, attempt, right)
    code = finish(database, course, attempt).certificate
    assert code is not None
    meet = threading.Barrier(2)

    def pressed(*_: object) -> bytes:
        meet.wait()
        return f"%PDF by {threading.get_ident()}".encode()

    monkeypatch.setattr(printing, "certificate", pressed)

    def ask_for(_: int) -> bytes | None:
        with database() as session:
            return printing.pdf(session, Printer.__new__(Printer), code, False, "https://learn.example", NOW)

    first, second = together(2, ask_for)
    assert first == second
    assert first is not None
    assert ask_for(0) == first, "and whoever asks later gets the same bytes"
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM print")) == 1

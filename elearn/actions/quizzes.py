"""Starting a quiz, answering it question by question, and finishing it."""
from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from elearn.actions import Refused, evidence
from elearn.records import learning, ledger, people
from elearn.records.learning import Attempt, Given
from elearn.rules import quiz
from elearn.rules.courses import Course
from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.questions.base import Answer, Question
from elearn.rules.quiz import Paper, QuizSpec


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an answer that was sent."""

    given: Given
    repeated: bool
    """This very page had been sent before; the first receipt stands."""
    elsewhere: bool
    """Another page had answered since this one was opened; the later answer, this one, counts."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished attempt, and the certificate it earned if it was passed."""

    result: quiz.Result
    certificate: str | None


def spec_of(course: Course) -> QuizSpec:
    if course.quiz is None:
        raise Refused("There is no quiz here.")
    return course.quiz


def may_start(session: Session, person_id: int, course: Course, now: datetime, zone: tzinfo) -> quiz.MayStart:
    """Whether another try may begin, with the reason in words."""
    return weigh(course, learning.attempts(session, person_id, course.slug), ledger.of_person(session, person_id), now, zone)


def weigh(course: Course, found: Sequence[Attempt], known: Iterable[Evidence], now: datetime, zone: tzinfo) -> quiz.MayStart:
    """The same, for someone whose attempts at the course and evidence are at hand."""
    passes = [attempt.finished for attempt in found if attempt.passed and attempt.finished]
    allowed = [
        fact for fact in known if fact.kind is FactKind.TRY_ALLOWED and fact.item == course.slug and (not passes or fact.at > max(passes))
    ]
    return quiz.may_start(spec_of(course), learning.tries(found), len(allowed), now, zone)


def start(session: Session, person_id: int, course: Course, now: datetime, zone: tzinfo) -> int:
    """Begin an attempt, or go on with the one that is open; returns its id.

    However often and from however many windows it is asked for, there is one open attempt. Raises Refused.
    """
    people.in_hand(session, person_id)
    found = learning.attempts(session, person_id, course.slug)
    for attempt in found:
        if attempt.finished is None:
            return attempt.id
    verdict = may_start(session, person_id, course, now, zone)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    seed = secrets.randbits(62)
    paper = quiz.draw(spec_of(course), seed, learning.questions_met(session, person_id, course.slug))
    ids = [question.id for question in paper.questions]
    return learning.add_attempt(session, person_id, course.slug, course.version, len(found) + 1, seed, ids, now)


def paper_of(course: Course, attempt: Attempt) -> Paper:
    """The paper as it was drawn."""
    return quiz.redraw(spec_of(course), attempt.paper, attempt.seed)


def answer(
    session: Session, course: Course, attempt: Attempt, question: Question, given: Answer, key: str, seen: int, check: bool, now: datetime
) -> Saved:
    """Save one answer. *key* names the page it came from, *seen* the revision that page showed (0 for none).

    In learn mode (*check*) a complete answer is checked and stands. Raises Refused when the attempt is finished
    or the answer already stands.
    """
    fresh = learning.attempt_in_hand(session, attempt.id)
    assert fresh is not None
    before, latest = learning.answers_before(session, attempt.id, question.id, key)
    if before:
        return Saved(before, repeated=True, elsewhere=False)
    if fresh.finished is not None:
        raise Refused("You have finished this quiz already. Your result is below.")
    if latest and latest.checked:
        return Saved(latest, repeated=True, elsewhere=False)
    elsewhere = latest is not None and latest.revision != seen and latest.answer != given
    revision = latest.revision + 1 if latest else 1
    kept = learning.add_answer(session, attempt.id, question.id, revision, key, given, check, now)
    return Saved(kept, repeated=False, elsewhere=elsewhere)


def missing(paper: Paper, given: Mapping[str, Given]) -> Sequence[int]:
    """Numbers (from 1) of the questions that are not fully answered yet."""
    return [n for n, q in enumerate(paper.questions, 1) if not q.complete(given[q.id].answer if q.id in given else {})]


def result_of(course: Course, attempt: Attempt, given: Mapping[str, Given]) -> quiz.Result:
    return quiz.mark(paper_of(course, attempt), {id: one.answer for id, one in given.items()}, spec_of(course))


def finish(session: Session, course: Course, attempt: Attempt, now: datetime, zone: tzinfo) -> Finished:
    """Mark the attempt, write the evidence and issue the certificate: all of it, or none.

    A second click finds it finished and gets the same answer.
    """
    claimed = learning.close(session, attempt.id, max(now, attempt.started))  # a clock put back makes no try that ends before it began
    given = learning.answers(session, attempt.id)
    result = result_of(course, attempt, given)
    if not claimed:
        first = learning.attempt_in_hand(session, attempt.id)
        return Finished(result, certificate_of(session, first) if first else None)
    learning.score(session, attempt.id, result.passed, result.right, result.total, result.percent)
    if not result.passed:
        return Finished(result, None)
    ledger.append(
        session, attempt.person_id, FactKind.PASSED, course.slug, now, now, version=course.version, actor_id=attempt.person_id,
        attempt=attempt.id, percent=result.percent, right=result.right, total=result.total,
    )
    words = f"Passed, {result.right} of {result.total}"
    code = evidence.complete(session, attempt.person_id, course, now, zone, FactKind.COMPLETED, attempt.person_id, words, via="quiz")
    return Finished(result, code)


def certificate_of(session: Session, attempt: Attempt) -> str | None:
    """The code of the certificate this attempt earned; of a certificate that was made again, the newest."""
    passed, completed, code = None, None, None
    for fact in ledger.of_person(session, attempt.person_id):
        if fact.kind is FactKind.PASSED and fact.data.get("attempt") == attempt.id:
            passed = fact.id
        elif fact.kind is FactKind.COMPLETED and fact.item == attempt.course and passed and not completed:
            completed = fact.id  # written with the pass, all or none
        elif fact.kind is FactKind.AWARDED and completed and fact.data.get("of") == completed:
            code = str(fact.data["code"])
    return code


def ask_again(session: Session, person_id: int, course: Course, now: datetime) -> bool:
    """Ask a manager for one more try; False when that is asked already."""
    return learning.ask(session, person_id, "try-again", course.slug, now)


def allow_again(session: Session, ask_id: int, person_id: int, item: str, manager_id: int, agreed: bool, now: datetime) -> bool:
    """A manager's answer to ask_again; False when somebody has answered before."""
    if not learning.decide(session, ask_id, agreed, manager_id, now):
        return False
    if agreed:
        ledger.append(session, person_id, FactKind.TRY_ALLOWED, item, now, now, actor_id=manager_id, ask=ask_id)
    return True

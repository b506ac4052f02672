"""One person and one quiz, in any order of steps there is: what the records hold is what was said, and no rule of them breaks."""
from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from elearn.actions import Refused, checking, quizzes
from elearn.actions.publishing import Catalogue, keep_releases
from elearn.records import learning, sessions
from elearn.records.db import writing
from elearn.rules import quiz
from elearn.rules.courses import Course
from elearn.rules.questions.base import Answer
from tests import briefing, builders, databases
from tests.actions.conftest import outside
from tests.answering import right, wrong
from tests.builders import People
from tests.databases import Database

NOW = datetime(2027, 3, 27, 9, 30, tzinfo=UTC)
"""The day before the clocks go forward."""

ZONE, SLUG = ZoneInfo("Europe/London"), briefing.SLUG
TRIES, WAIT_AFTER, WAIT = 3, 2, timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class World:
    """What every run begins with: a database with people and both releases in it, copied for each, and the courses as they were."""

    file: Path
    people: People
    releases: tuple[Course, Course]

    def course(self, slug: str, version: str) -> Course | None:
        return next((course for course in self.releases if (course.slug, course.version) == (slug, version)), None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    modules = briefing.alone(folder, f"attempts: {TRIES}\nwait: {{after: {WAIT_AFTER}, hours: 12}}\n")
    made = databases.sqlite(folder)
    found: list[Course] = []
    with made() as session, writing(session):
        people = builders.everybody(session, NOW)
        for title in ("", "Child neglect today"):
            if title:
                briefing.rewrite(modules, "module.yaml", r"^title:.*$", f"title: {title}")
            catalogue = Catalogue(modules, briefing.READ_ON, outside())
            keep_releases(session, catalogue.library, NOW)
            found.append(catalogue.courses[SLUG])
    with made() as session:
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    made.close()
    assert found[0].version != found[1].version
    return World(folder / "elearn.sqlite", people, (found[0], found[1]))


@dataclass
class Sat:
    """An attempt as it should be."""

    id: int
    number: int
    version: str
    paper: tuple[str, ...]
    said: dict[str, list[tuple[Answer, bool]]] = field(default_factory=dict)
    """Question to its answers in order, and whether each was explained."""
    finished: datetime | None = None
    passed: bool = False
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it was opened: it can be sent now, later, twice, or never."""

    attempt: int
    question: int
    seen: int
    key: str


class AttemptMachine(RuleBasedStateMachine):
    """Bob sits the quiz; the model is what he did, and the database has to agree after every step."""

    world: World
    sheets = Bundle("sheets")
    sent = Bundle("sent")

    # ---- the world

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="elearn-attempt-"))
        shutil.copy(self.world.file, self.folder / "elearn.sqlite")
        url = f"sqlite:///{self.folder / 'elearn.sqlite'}"
        self.database = Database("sqlite", url, databases.connect(url))
        self.latest = NOW
        self.bob, self.now, self.live = self.world.people.bob.id, NOW, self.world.releases[0]
        self.sat: list[Sat] = []
        self.receipts: dict[tuple[int, str], learning.Given] = {}
        self.drafts: list[Sheet] = []
        self.extra, self.keys = 0, 0
        self.ledger: list[tuple[object, ...]] = []

    def teardown(self) -> None:
        try:
            self.nothing_that_cannot_be()
        finally:
            self.database.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def nothing_that_cannot_be(self) -> None:
        with self.database() as session:
            assert checking.check(session, self.now, self.world.course).breaches == ()

    def at(self, attempt: int) -> tuple[Sat, learning.Attempt, Course]:
        """The attempt as it should be, as it is, and the content it was drawn from."""
        model = next(each for each in self.sat if each.id == attempt)
        with self.database() as session:
            stored = learning.attempt(session, attempt)
        course = self.world.course(SLUG, model.version)
        assert stored is not None and course is not None
        return model, stored, course

    @property
    def open(self) -> Sat | None:
        return next((each for each in self.sat if each.finished is None), None)

    # ---- starting

    def may_start(self) -> bool:
        """The rule as people are told it."""
        passes = [n for n, each in enumerate(self.sat) if each.passed]
        used = self.sat[passes[-1] + 1 :] if passes else self.sat
        if len(used) >= TRIES + self.extra:
            return False
        ends = [each.finished for each in used if each.finished]
        return len(used) < WAIT_AFTER or self.now >= max(ends) + WAIT

    @rule()
    def start(self) -> None:
        with self.database() as session:
            try:
                with writing(session):
                    id = quizzes.start(session, self.bob, self.live, self.now, ZONE)
            except Refused:
                assert self.open is None and not self.may_start()
                return
        if self.open:
            assert id == self.open.id, "there is one open attempt, however often it is asked for"
            return
        assert self.may_start()
        with self.database() as session:
            stored = learning.attempt(session, id)
        assert stored is not None
        assert (stored.number, stored.version) == (len(self.sat) + 1, self.live.version)
        self.sat.append(Sat(id, stored.number, stored.version, stored.paper))

    @rule(agreed=st.booleans())
    def ask_and_be_answered(self, agreed: bool) -> None:
        with self.database() as session, writing(session):
            assert quizzes.ask_again(session, self.bob, self.live, self.now)
            ask = learning.open_ask(session, self.bob, "try-again", SLUG)
            assert ask is not None
            assert quizzes.allow_again(session, ask.id, self.bob, SLUG, self.world.people.alice.id, agreed, self.now)
        self.extra += agreed

    # ---- answering

    @rule(target=sheets, attempt=st.integers(0, 9), question=st.integers(0, 4))
    def open_page(self, attempt: int, question: int) -> object:
        if not self.sat:
            return multiple()
        model = self.sat[-1 - attempt % len(self.sat)] if attempt > 6 else self.sat[-1]
        self.keys += 1
        return Sheet(model.id, question, len(model.said.get(model.paper[question], ())), f"page-{self.keys:04d}")

    @rule(target=sent, sheet=consumes(sheets), best=st.booleans(), check=st.integers(0, 9))
    def send(self, sheet: Sheet, best: bool, check: int) -> Sheet:
        """From whichever page, however old; now and then in learn mode, where it is explained and stands."""
        self.say(sheet, best, check == 0)
        return sheet

    @rule(sheet=sent, best=st.booleans())
    def send_again(self, sheet: Sheet, best: bool) -> None:
        self.say(sheet, best, False)

    @rule(sheet=sheets, best=st.booleans())
    def send_and_lose_the_power(self, sheet: Sheet, best: bool) -> None:
        """Before it is committed: nobody was told that it was saved, and it is not."""
        _, stored, course = self.at(sheet.attempt)
        question = quizzes.paper_of(course, stored).questions[sheet.question]
        given = (right if best else wrong)(question)
        with self.database() as session, pytest.raises((Refused, ZeroDivisionError)), writing(session):
            quizzes.answer(session, course, stored, question, given, sheet.key, sheet.seen, False, self.now)
            raise ZeroDivisionError

    def say(self, sheet: Sheet, best: bool, check: bool) -> None:
        model, stored, course = self.at(sheet.attempt)
        question = quizzes.paper_of(course, stored).questions[sheet.question]
        given, before = (right if best else wrong)(question), model.said.get(question.id, [])
        first = self.receipts.get((model.id, sheet.key))
        with self.database() as session:
            try:
                with writing(session):
                    saved = quizzes.answer(session, course, stored, question, given, sheet.key, sheet.seen, check, self.now)
            except Refused:
                assert model.finished and first is None, "only what comes after the end is refused"
                return
        if first:
            assert saved.repeated and saved.given == first, "the same page gets the first receipt"
            return
        assert not model.finished
        if before and before[-1][1]:
            assert saved.repeated and (saved.given.answer, saved.given.revision) == (before[-1][0], len(before)), "it stands"
            return
        assert not saved.repeated
        overtaken = bool(before) and len(before) != sheet.seen and before[-1][0] != given
        assert saved.elsewhere == overtaken, "a page that was overtaken is told, unless it says the same"
        assert (saved.given.answer, saved.given.revision, saved.given.at) == (given, len(before) + 1, self.now)
        model.said.setdefault(question.id, []).append((given, check))
        self.receipts[model.id, sheet.key] = saved.given

    # ---- a session that ends on the way

    @rule(sheet=consumes(sheets), best=st.booleans())
    def send_after_the_session_ended(self, sheet: Sheet, best: bool) -> None:
        form = {"attempt": sheet.attempt, "question": sheet.question, "seen": sheet.seen, "key": sheet.key, "best": best}
        with self.database() as session, writing(session):
            sessions.keep_draft(session, self.bob, f"/quiz/{sheet.attempt}/{sheet.question + 1}", form, self.now)
        self.drafts.append(sheet)

    @precondition(lambda self: self.drafts)
    @rule(target=sent)
    def come_back(self) -> object:
        """Somebody else at the same computer gets nothing; their owner gets each once, and it counts as if it had been sent then."""
        with self.database() as session, writing(session):
            assert sessions.take_drafts(session, self.world.people.charlie.id, self.now) == []
            taken = [form for _, form in sessions.take_drafts(session, self.bob, self.now)]
        with self.database() as session, writing(session):
            assert sessions.take_drafts(session, self.bob, self.now) == []
        keys = [form["key"] for form in taken]
        assert keys == [sheet.key for sheet in self.drafts if sheet.key in keys], "in the order in which they were sent"
        back = [Sheet(form["attempt"], form["question"], form["seen"], form["key"]) for form in taken]
        for sheet, form in zip(back, taken, strict=True):
            self.say(sheet, form["best"], False)
        self.drafts = []
        return multiple(*back)

    # ---- finishing

    @precondition(lambda self: self.open)
    @rule()
    def answer_all_that_is_left(self) -> None:
        assert self.open
        for number in range(len(self.open.paper)):
            self.keys += 1
            self.say(Sheet(self.open.id, number, len(self.open.said.get(self.open.paper[number], ())), f"page-{self.keys:04d}"), True, False)

    @precondition(lambda self: self.open is None and self.may_start())
    @rule()
    def sit_and_pass(self) -> None:
        self.start()
        self.answer_all_that_is_left()
        self.finish(0)

    @precondition(lambda self: self.sat)
    @rule(which=st.integers(0, 9))
    def finish(self, which: int) -> None:
        model, stored, course = self.at(self.sat[-1 - which % len(self.sat)].id if which > 6 else self.sat[-1].id)
        with self.database() as session, writing(session):
            done = quizzes.finish(session, course, stored, self.now, ZONE)
        assert done.result == self.marked(model, course), "the mark is that of the last answers"
        assert bool(done.certificate) == done.result.passed
        if model.finished:
            assert done.certificate == model.certificate, "a second click gets the same certificate"
            return
        assert done.certificate is None or done.certificate not in {each.certificate for each in self.sat}
        model.finished, model.passed, model.certificate = max(self.now, stored.started), done.result.passed, done.certificate
        if model.passed:
            self.extra = 0

    def marked(self, model: Sat, course: Course) -> quiz.Result:
        assert course.quiz is not None
        bank = {question.id: question for question in course.quiz.questions}
        paper = quiz.Paper(tuple(bank[id] for id in model.paper), 0)
        return quiz.mark(paper, {id: said[-1][0] for id, said in model.said.items()}, course.quiz)

    # ---- time and content

    @rule(by=st.sampled_from([1, 20 * 60, 3600, 11 * 3600, 12 * 3600, 86400]))
    def time_passes(self, by: int) -> None:
        self.now += timedelta(seconds=by)
        self.latest = max(self.latest, self.now)

    @rule(by=st.sampled_from([1, 3600, 12 * 3600]))
    def the_clock_is_put_back(self, by: int) -> None:
        """By never more than a day in all, beyond which the server would not start."""
        self.now = max(self.now - timedelta(seconds=by), self.latest - timedelta(days=1))

    @rule()
    def other_content_goes_live(self) -> None:
        self.live = next(each for each in self.world.releases if each is not self.live)

    # ---- what holds after every step

    @invariant()
    def the_records_are_what_was_done(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database() as session:
            attempts = learning.attempts(session, self.bob, SLUG)
            answers = session.execute(text("SELECT attempt_id, question, revision FROM answer ORDER BY attempt_id, question, id")).all()
            last = {each.id: learning.answers(session, each.id) for each in attempts}
            facts = [tuple(row) for row in session.execute(text("SELECT * FROM fact ORDER BY id"))]
            held = list(session.scalars(text("SELECT code FROM certificate")))
        assert [(a.id, a.number, a.version, a.paper, a.finished) for a in attempts] == [
            (m.id, m.number, m.version, m.paper, m.finished) for m in self.sat
        ]
        assert sum(each.finished is None for each in attempts) <= 1, "never two that are open"
        assert [tuple(row) for row in answers] == [
            (m.id, question, revision) for m in self.sat for question, said in sorted(m.said.items()) for revision in range(1, len(said) + 1)
        ], "no answer is lost or doubled, and their numbers have no gap"
        for model, stored in zip(self.sat, attempts, strict=True):
            assert {id: (given.answer, given.checked) for id, given in last[model.id].items()} == {id: said[-1] for id, said in model.said.items()}
            course = self.world.course(SLUG, model.version)
            assert course is not None
            result = self.marked(model, course) if model.finished else None
            figures = (result.passed, result.right, result.total, result.percent) if result else (None, None, None, None)
            assert (stored.passed, stored.right, stored.total, stored.percent) == figures, "the mark can be worked out again"
        assert facts[: len(self.ledger)] == self.ledger, "the ledger only grows"
        self.ledger = facts
        assert sorted(held) == sorted(each.certificate for each in self.sat if each.certificate), "one certificate for each pass"


STEPS = settings(
    max_examples=30, stateful_step_count=30, deadline=None, derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_whatever_is_done_in_whatever_order_the_records_agree(world: World) -> None:
    machine = type("OfThisWorld", (AttemptMachine,), {"world": world})
    run_state_machine_as_test(machine, settings=STEPS)

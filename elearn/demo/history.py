"""Two years of learning: every act in the order of time, done by the same code that does it for real people."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from elearn.actions import attendance, certificates, gate, quizzes, reading, resources
from elearn.content.markdown import Outside
from elearn.content.reader import read_course
from elearn.content.source import Source
from elearn.demo.people import GCP2, L1, Plan, Way
from elearn.records import learning, ledger, live, people
from elearn.records.certificates import of_person
from elearn.records.learning import AnswerRow, StepRow
from elearn.records.people import PersonRow
from elearn.rules import quiz
from elearn.rules.courses import Course, Tool
from elearn.rules.evidence import FactKind
from elearn.rules.questions.base import Answer, Question
from elearn.rules.requirements import Member, Requirement, due_on, required
from elearn.rules.resources import Resource
from elearn.rules.validity import local_day, until

YEARS = 2
DAYS = 365 * YEARS

PAPERS = 12
"""How many papers of each edition people get between them: drawing one takes longer than sitting it here."""

NEWS = {
    "information-sharing": (
        "In England, an Act of April",
        "An Act of April 2026 makes sharing a duty for some bodies in England. We haven’t confirmed when it starts, so ask your safeguarding "
        "lead what counts for you. What you learned still holds: a worry is enough to share.",
    ),
}
"""Briefings that told people something new with their latest edition: how that paragraph begins, and what its author said of it."""

Given = dict[str, list[str]]


def editions(source: Source, course: Course, since: date, outside: Outside) -> list[tuple[Course, Source]]:
    """Earlier editions of a course, oldest first, so that what people did long ago rests on what was live then."""
    found = []
    for number, day in enumerate((since - timedelta(days=30), since + timedelta(days=335))):
        if day + timedelta(days=30) < course.law_as_at:
            text = source.text("module.yaml")
            for key, value in (("edition", f'"0.{number + 8}"'), ("law_as_at", day), ("review_due", day + timedelta(days=365))):
                text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, flags=re.MULTILINE)
            files = dict(source.files) | {"module.yaml": text.encode()}
            if course.slug in NEWS:
                files["boxes.md"] = re.sub(rf"^{NEWS[course.slug][0]}.*\n\n", "", source.text("boxes.md"), flags=re.MULTILINE).encode()
            older = Source(files)
            found.append((read_course(older, course.kind, course.slug, outside), older))
    return found


@dataclass(slots=True)
class Someone:
    """A person of the demo, as the history needs them."""

    id: int
    plan: Plan
    member: Member
    team_manager: int


@dataclass(slots=True)
class History:
    """Plans acts as (when, what), then does them all in the order of time."""

    session: Session
    courses: Mapping[str, Sequence[Course]]
    """Every edition of each course, oldest first."""
    zone: ZoneInfo
    now: datetime
    random: Random
    acts: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _drawn: dict[str, Sequence[tuple[int, Sequence[Question]]]] = field(default_factory=dict)
    _right: dict[tuple[str, str], Given] = field(default_factory=dict)
    _slips: dict[tuple[str, str], Given] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def edition(self, item: str, day: date) -> Course:
        """The edition that was live on *day*."""
        found = [course for course in self.courses[item] if course.law_as_at <= day]
        return found[-1] if found else self.courses[item][0]

    def at(self, day: date, hour: int, minute: int, act: Callable[[datetime], None]) -> None:
        """Plan *act* for that time, if it is past."""
        when = datetime.combine(day, time(hour, minute, self.random.randrange(60)), self.zone).astimezone(UTC)
        if when < self.now - timedelta(hours=1):
            self.acts.append((when, len(self.acts), act))

    def play(self) -> None:
        for when, _, act in sorted(self.acts, key=lambda planned: planned[:2]):
            act(when)
        self.acts.clear()

    # ---- What one person does ------------------------------------------------------------------------------------------

    def live_through(self, who: Someone, rules: Sequence[Requirement]) -> None:
        """Plan all that this person does about everything asked of them, and what they do unasked."""
        on = min(self.today, who.member.left or self.today)
        asked = {rule.item: rule for rule in required(rules, who.member, on)}
        for item, rule in asked.items():
            if item != GCP2:
                self._go_about(who, rule, who.plan.way_with(item), on)
        for item, way in who.plan.but:
            if item not in asked and way is Way.PROMPT:
                self._learn(who, item, max(who.member.joined, on - timedelta(days=10)), first=True)
        if who.member.left:
            self.at(who.member.left, 22, 0, lambda now: self._leave(who))

    def _leave(self, who: Someone) -> None:
        row = self.session.get(PersonRow, who.id)
        assert row is not None
        row.left = who.member.left
        self.session.flush()

    def _go_about(self, who: Someone, rule: Requirement, way: Way, last: date) -> None:
        begun = max(who.member.joined, rule.starts)
        due = due_on(rule, who.member) or begun + timedelta(days=60)
        match way:
            case Way.NEVER:
                return
            case Way.STARTED:
                self._begin(who, rule.item, max(begun, last - timedelta(days=self.random.randint(2, 20))))
                return
            case Way.STUCK:
                self._get_stuck(who, rule.item, last)
                return
            case Way.LATE:
                day = due + timedelta(days=self.random.randint(2, 60))
            case _:
                day = begun + timedelta(days=self.random.randint(1, max((due - begun).days - 1, 1)))
        done: list[date] = []
        while day < last:
            self._learn(who, rule.item, day, first=not done)
            done.append(day)
            end = until(rule.validity, done)
            if end is None or way is Way.LAPSING:
                return
            late = way is Way.LATE
            day = end + timedelta(days=self.random.randint(1, 45) if late else -self.random.randint(1, rule.validity.window_days or 1))
        if not done and self.random.random() < 0.4:
            self._begin(who, rule.item, last - timedelta(days=1))

    def _learn(self, who: Someone, item: str, day: date, first: bool) -> None:
        course = self.edition(item, day)
        hour, minute = self.random.randint(7, 18), self.random.randrange(60)
        if first:
            self.at(day, hour, minute, lambda now: self._read(who, course, now))
        if course.level and first and self.random.random() < 0.25:
            self.at(day, hour + 1, minute, lambda now: self._sit(who, course, now, passes=False))
        self.at(day, hour + 2, minute, lambda now: self._sit(who, course, now, passes=True))

    def _begin(self, who: Someone, item: str, day: date) -> None:
        course = self.edition(item, day)
        steps = list(course.steps())
        far = self.random.randint(1, max(len(steps) * 2 // 3, 1))
        if item == L1:
            far = sum(len(unit.steps) for unit in course.units[:3]) + 1
        self.at(day, self.random.randint(8, 19), 10, lambda now: self._steps(who, course, now, far))

    def _get_stuck(self, who: Someone, item: str, last: date) -> None:
        """Every try used up, the last a few days ago, and a manager asked for one more."""
        course = self.edition(item, last - timedelta(days=20))
        tries = course.quiz.attempts if course.quiz and course.quiz.attempts else 3
        self.at(last - timedelta(days=21), 10, 5, lambda now: self._read(who, course, now))
        for number in range(tries):
            self.at(last - timedelta(days=20 - 4 * number), 13, 20, lambda now: self._sit(who, course, now, passes=False))
        self.at(last - timedelta(days=2), 9, 45, lambda now: self._ask(who, item, now))

    def _ask(self, who: Someone, item: str, now: datetime) -> None:
        quizzes.ask_again(self.session, who.id, self.edition(item, self.today), now)

    def _steps(self, who: Someone, course: Course, now: datetime, count: int) -> None:
        self.session.execute(insert(StepRow), [
            {
                "person_id": who.id, "course": course.slug, "step": f"{unit.id}/{step.id}", "version": course.version,
                "at": now - timedelta(minutes=count - n), "answer": None,
            }
            for n, (unit, step) in enumerate(course.steps()) if n < count
        ])

    def _read(self, who: Someone, course: Course, now: datetime) -> None:
        """Everything but the last screen in one go; the last as people do it, which writes down that all is read."""
        steps = list(course.steps())
        self._steps(who, course, now, len(steps) - 1)
        unit, step = steps[-1]
        reading.go_on(self.session, who.id, course, f"{unit.id}/{step.id}", now, self.zone)

    def _sit(self, who: Someone, course: Course, now: datetime, passes: bool) -> None:
        spec = quizzes.spec_of(course)
        seed, questions = self.random.choice(self._papers(course))
        number = len(learning.attempts(self.session, who.id, course.slug)) + 1
        begun = now - timedelta(minutes=max(course.minutes // 4, 3))
        ids = [question.id for question in questions]
        attempt_id = learning.add_attempt(self.session, who.id, course.slug, course.version, number, seed, ids, begun)
        unsure = [id for id in ids if self._slips[course.version, id]]
        slips = set(self.random.sample(unsure, min(len(unsure), self._how_many(spec, len(ids), passes))))
        pace = (now - begun) / (len(ids) + 1)
        self.session.execute(insert(AnswerRow), [
            {
                "attempt_id": attempt_id, "question": id, "revision": 1, "key": f"demo-{n}", "at": begun + pace * (n + 1),
                "checked": spec.mode == "learn", "given": (self._slips if id in slips else self._right)[course.version, id],
            }
            for n, id in enumerate(ids)
        ])
        attempt = learning.attempt(self.session, attempt_id)
        assert attempt is not None
        quizzes.finish(self.session, course, attempt, now, self.zone)

    def _papers(self, course: Course) -> Sequence[tuple[int, Sequence[Question]]]:
        """A few papers of this course, with what people answer when they know it and when they don't."""
        if course.version not in self._drawn:
            spec = quizzes.spec_of(course)
            seeds = [self.random.getrandbits(30) for _ in range(PAPERS)]
            self._drawn[course.version] = [(seed, quiz.draw(spec, seed).questions) for seed in seeds]
            for question in spec.questions:
                right = _given(question, question.mark({}).answer)
                self._right[course.version, question.id], self._slips[course.version, question.id] = right, _slip(question)
        return self._drawn[course.version]

    def _how_many(self, spec: quiz.QuizSpec, questions: int, passes: bool) -> int:
        """How many answers are not right: enough for the result wanted."""
        allowed = questions * (100 - spec.pass_percent) // 100
        return self.random.randint(0, allowed // 2) if passes else min(questions, allowed + self.random.randint(2, 4))

    # ---- What others do about someone --------------------------------------------------------------------------------

    def training_day(self, trainer: Someone, item: str, day: date, place: str, came: Sequence[Someone]) -> None:
        """A day of a live course, with the register filled in that afternoon."""
        self.at(day, 16, 15, lambda now: self._register(trainer, item, day, place, came, now))

    def _register(self, trainer: Someone, item: str, day: date, place: str, came: Sequence[Someone], now: datetime) -> None:
        course, person = self.edition(item, day), people.person(self.session, trainer.id, now)
        assert person is not None
        id = attendance.open_register(self.session, person, course, day, place, course.minutes, now, self.zone)
        register = live.one(self.session, id)
        assert register is not None
        attendance.save(self.session, person, register, course, [who.id for who in came], (), "", now, self.zone)

    def exempt(self, who: Someone, item: str, day: date, reason: str, last: date) -> None:
        self._decided(who, FactKind.EXEMPTED, item, day, reason=reason, until=last.isoformat())

    def extend(self, who: Someone, item: str, day: date, reason: str, due: date) -> None:
        self._decided(who, FactKind.EXTENDED, item, day, reason=reason, due=due.isoformat())

    def _decided(self, who: Someone, kind: FactKind, item: str, day: date, **data: str) -> None:
        def act(now: datetime) -> None:
            ledger.append(self.session, who.id, kind, item, now, now, actor_id=who.team_manager, **data)
            ledger.audit(self.session, who.team_manager, kind.value, f"person:{who.id}", now, item=item, **data)

        self.at(day, 15, 30, act)

    def allowed_again(self, who: Someone, item: str, day: date) -> None:
        """Tries used up, one more asked for and allowed, and passed with it."""
        course = self.edition(item, day)
        tries = course.quiz.attempts if course.quiz and course.quiz.attempts else 3
        self.at(day, 9, 0, lambda now: self._read(who, course, now))
        for number in range(tries):
            self.at(day + timedelta(days=2 * number), 12, 0, lambda now: self._sit(who, course, now, passes=False))
        asked = day + timedelta(days=2 * tries)
        self.at(asked, 9, 0, lambda now: self._ask(who, item, now))
        self.at(asked, 14, 0, lambda now: self._decide(who, item, True, now))
        self.at(asked + timedelta(days=1), 10, 0, lambda now: self._sit(who, course, now, passes=True))

    def _decide(self, who: Someone, item: str, agreed: bool, now: datetime) -> None:
        ask = learning.open_ask(self.session, who.id, "try-again", item)
        assert ask is not None
        quizzes.allow_again(self.session, ask.id, who.id, item, who.team_manager, agreed, now)

    def take_back(self, who: Someone, item: str, day: date, by: int, reason: str) -> None:
        """The newest certificate of *item*, and the completion it rests on, taken back."""
        self.at(day, 11, 40, lambda now: certificates.withdraw(self.session, self._newest(who, item), reason, by, now))

    def change_name(self, who: Someone, item: str, day: date, name: str, by: int) -> None:
        """A new name, and the newest certificate made again with it."""

        def act(now: datetime) -> None:
            row = self.session.get(PersonRow, who.id)
            assert row is not None
            ledger.audit(self.session, by, "changed person", f"person:{who.id}", now, name=[row.name, name])
            row.name = name
            self.session.flush()
            certificates.reissue(self.session, self._newest(who, item), name, by, now, self.zone)

        self.at(day, 11, 20, act)

    def _newest(self, who: Someone, item: str) -> str:
        """The number of the newest certificate of *item*."""
        return next(certificate.code for slug, certificate in of_person(self.session, who.id) if slug == item)

    def join_in(self, who: Someone, item: str, day: date) -> None:
        """Learn something that nobody asked for."""
        self._learn(who, item, day, first=True)

    def pass_round(self, who: Someone, resource: Resource, day: date) -> None:
        """Read a card, a poster or what films say, and press the button that says so."""

        def act(now: datetime) -> None:
            resources.read(self.session, who.id, resource, local_day(now, self.zone), now)

        self.at(day, 12, 45, act)

    def knock(self, who: Someone, tool: Tool, day: date) -> None:
        """Go to a tool, and be let in or told what is missing."""

        def act(now: datetime) -> None:
            live_then = {slug: self.edition(slug, day) for slug in self.courses}
            gate.note(self.session, tool, who.id, gate.decide(self.session, tool, who.id, live_then, now, self.zone), now)

        self.at(day, 10, 30, act)


def _given(question: Question, answer: Answer) -> Given:
    return {name: list(values) for name, values in question.kept(answer).items()}


def _slip(question: Question) -> Given:
    """An answer that people give by mistake; nothing for a question that everyone must get right, or that has no choices."""
    if question.critical:
        return {}
    best = question.mark({}).answer
    for wanted in question.inputs(Random(0)):
        others = [choice.id for choice in getattr(wanted, "choices", ()) if choice.id not in best.get(wanted.name, ())]
        if others:
            return _given(question, {**best, wanted.name: (others[0],)})
    return {}

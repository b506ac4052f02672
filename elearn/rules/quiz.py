"""Draws a paper from a bank of questions, hides its key, marks it, and says whether another try may start."""
from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Literal

from elearn.rules.questions.base import Answer, AnyOf, Choice, Input, Mark, Number, OneOf, Order, Pick, Question, Text
from elearn.rules.questions.typed import clean


class Foreign(ValueError):
    """What was sent is not of this paper: an input, a choice or a number of values that it does not have."""


@dataclass(frozen=True, slots=True)
class QuizSpec:
    """What a quiz is made of and what it takes to pass. Raises ValueError, in words, when no paper can be drawn so."""

    questions: tuple[Question, ...]
    draw: int
    """How many questions a paper has."""
    pass_percent: int
    mode: Literal["learn", "check"] = "check"
    each_outcome: int = 0
    """At least this many from every outcome that has questions."""
    critical: int = 0
    """At least this many that must be right."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """The ids of groups of questions: every paper has at least one of each group."""
    attempts: int | None = None
    """Tries before one has to ask; None for no limit."""
    wait_after: int = 0
    """From this many tries without a pass on, wait before the next."""
    wait: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        bank = len(self.questions)
        marked = [question for question in self.questions if _marked(question)]
        unmarked = [question.id for question in self.questions if question.critical and not _marked(question)]
        twice = [id for id, n in Counter(question.id for question in self.questions).items() if n > 1]
        for wrong, text in (
            (bool(twice), f"The question “{(twice or [''])[0]}” is in the bank twice. Give one another id."),
            (bool(unmarked), f"The question “{(unmarked or [''])[0]}” is not marked, so it cannot be critical."),
            (self.mode not in ("learn", "check"), f"The mode “{self.mode}” is not known. Use learn or check."),
            (not 1 <= self.draw <= bank, f"The quiz draws {self.draw}, and the bank has {bank}. Write more questions, or draw from 1 to {bank}."),
            (self.draw <= bank - len(marked), "A draw could hold only reflections, which are not marked. Draw more, or take some away."),
            (not 1 <= self.pass_percent <= 100, f"The pass mark is {self.pass_percent}%. Use 1 to 100."),
            (self.each_outcome < 0 or self.critical < 0, "The least number to draw cannot be below 0."),
            (self.attempts is not None and self.attempts < 1, "There must be at least 1 try. Leave “attempts” out for no limit."),
            (self.wait_after < 0 or self.wait < timedelta(0), "The wait cannot be below 0."),
        ):
            if wrong:
                raise ValueError(text)
        self._check_least(marked)

    def _check_least(self, marked: Sequence[Question]) -> None:
        """Raise ValueError unless the bank has enough of each outcome and of the critical ones, and the draw has room."""
        outcomes = Counter(question.outcome for question in marked if question.outcome)
        for outcome, has in outcomes.items():
            if has < self.each_outcome:
                raise ValueError(
                    f"The outcome “{outcome}” has {has} marked and the draw needs {self.each_outcome} from each. "
                    "Write more for it, or draw fewer from each."
                )
        critical = Counter(question.outcome for question in marked if question.critical)
        if critical.total() < self.critical:
            raise ValueError(f"The draw needs {self.critical} critical questions, and the bank has {critical.total()}.")
        least = self.each_outcome * len(outcomes)
        if least > self.draw:
            raise ValueError(
                f"{self.each_outcome} from each of {len(outcomes)} outcomes makes {least}, and the quiz draws {self.draw}. "
                "Draw more, or fewer from each."
            )
        inside = sum(min(critical[outcome], self.each_outcome) for outcome in outcomes)
        least += max(0, self.critical - inside)
        if least > self.draw:
            raise ValueError(
                f"The outcomes and {self.critical} critical questions together need {least}, and the quiz draws {self.draw}. "
                "Draw more, or make other questions critical."
            )
        self._check_groups({question.id: question for question in marked}, outcomes)

    def _check_groups(self, marked: Mapping[str, Question], outcomes: Iterable[str]) -> None:
        """Raise ValueError unless one of each group fits beside what the outcomes and the critical ones need, whichever is drawn of each."""
        for id in dict.fromkeys(id for group in self.one_of for id in group):
            if id not in marked:
                raise ValueError(f"The draw names the question “{id}”, and the bank has none that is marked.")
        if not all(self.one_of):
            raise ValueError("A group of the draw is empty. Name at least one question in it.")
        most = Counter(outcome for group in self.one_of for outcome in {marked[id].outcome for id in group})
        surely = sum(all(marked[id].critical for id in group) for group in self.one_of)
        least = sum(max(self.each_outcome, most[outcome]) for outcome in outcomes) + most[""] + max(0, self.critical - surely)
        if self.one_of and least > self.draw:
            raise ValueError(f"One of each group beside the rest may need {least}, and the quiz draws {self.draw}. Draw more, or name fewer groups.")


@dataclass(frozen=True, slots=True)
class Paper:
    """The questions one person sees in one attempt, in the order they see them.

    Choices leave the server as tokens made from the seed, in an order made from the seed, so that neither betrays
    the key. The seed must be secret and hard to guess: draw 62 bits or more from a secure source for each attempt.
    """

    questions: tuple[Question, ...]
    seed: int

    def question(self, id: str) -> Question | None:
        return next((question for question in self.questions if question.id == id), None)

    def inputs(self, question: Question) -> tuple[Input, ...]:
        """The inputs as this person sees them: shuffled, the choices carrying tokens."""
        return tuple(self._veiled(question, input) for input in self._own(question))

    def read(self, question: Question, given: Mapping[str, Sequence[str]]) -> Answer:
        """The answer in the question's own ids, from what a form sent.

        An empty value is no answer. Typed words are made safe to keep and cut to the longest kept. Raises Foreign
        for a question, input, token or number of values that is not of this paper.
        """
        if question not in self.questions:
            raise Foreign("This question is not in the paper.")
        inputs = {input.name: input for input in self._own(question)}
        if not given.keys() <= inputs.keys():
            raise Foreign("This question has no such input.")
        answer = {name: self._read(question, inputs[name], tuple(values)) for name, values in given.items()}
        return {name: values for name, values in answer.items() if values}

    def show(self, question: Question, answer: Answer) -> dict[str, tuple[str, ...]]:
        """The answer in tokens, to fill a form again; what is not of this paper is left out."""
        shown: dict[str, tuple[str, ...]] = {}
        for input in self._own(question):
            values = tuple(answer.get(input.name, ()))
            if not isinstance(input, Number | Text):
                tokens = self._tokens(question, input.name, input.choices)
                values = tuple(tokens[value] for value in values if value in tokens)
            if values:
                shown[input.name] = values
        return shown

    def reveal(self, question: Question, mark: Mark) -> Mark:
        """The mark with tokens in its notes and its best answer, to stand beside ``inputs``, once the key may be seen."""
        picked = [input for input in self._own(question) if not isinstance(input, Number | Text)]
        tokens = {input.name: self._tokens(question, input.name, input.choices) for input in picked}
        notes = tuple(replace(note, choice=tokens.get(note.input, {}).get(note.choice, "")) for note in mark.notes)
        return replace(mark, notes=notes, answer=self.show(question, mark.answer))

    def _own(self, question: Question) -> tuple[Input, ...]:
        return question.inputs(Random(f"inputs:{self.seed}:{question.id}"))

    def _veiled(self, question: Question, input: Input) -> Input:
        if isinstance(input, Number | Text):
            return input
        tokens = self._tokens(question, input.name, input.choices)
        return replace(input, choices=tuple(Choice(tokens[choice.id], choice.text) for choice in input.choices))

    def _tokens(self, question: Question, input: str, choices: Sequence[Choice]) -> dict[str, str]:
        """Own id to token. On the rare clash of two tokens all are made anew, so that each stays one choice's own."""
        turn = 0
        while True:
            tokens = {choice.id: self._token(question.id, input, choice.id, str(turn)) for choice in choices}
            if len(set(tokens.values())) == len(tokens):
                return tokens
            turn += 1

    def _token(self, *parts: str) -> str:
        named = "\0".join(parts).encode("utf-8", "surrogatepass")
        return blake2b(named, digest_size=4, key=str(self.seed).encode()[:64]).hexdigest()

    def _read(self, question: Question, input: Input, values: tuple[str, ...]) -> tuple[str, ...]:
        if isinstance(input, Number | Text):
            if len(values) > 1:
                raise Foreign("This input takes one value.")
            kept = clean(values[0], input.lines if isinstance(input, Text) else 1) if values else ""
            return (kept,) if kept else ()
        if isinstance(input, OneOf | Pick) and values == ("",):
            return ()
        own = {token: id for id, token in self._tokens(question, input.name, input.choices).items()}
        _check_number(input, values)
        if len(set(values)) < len(values) or not own.keys() >= set(values):
            raise Foreign("This choice is not in the paper.")
        return tuple(own[value] for value in values)


@dataclass(frozen=True, slots=True)
class Result:
    """A marked paper. Every marked question is worth the same; reflections are left out of all figures."""

    marks: Mapping[str, Mark]
    """By question id, in the order of the paper, reflections included."""
    pass_percent: int
    earned: Fraction
    """Questions' worth: half the pairs of a matching question earn a half."""
    available: int
    right: int
    """How many questions are wholly right."""
    missed_critical: tuple[str, ...]
    """Ids of the critical questions that are not wholly right."""
    by_outcome: Mapping[str, tuple[int, int]]
    """Outcome id to how many questions are wholly right, and how many were asked."""
    again: tuple[str, ...]
    """Ids of the questions to look at again, in the order of the paper."""

    @property
    def total(self) -> int:
        """How many questions were marked."""
        return self.available

    @property
    def percent(self) -> int:
        """Rounded down, so that 79.9 is not 80."""
        return int(100 * self.earned // self.available) if self.available else 0

    @property
    def passed(self) -> bool:
        return bool(self.available) and self.percent >= self.pass_percent and not self.missed_critical


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that was started. ``finished`` is None for one that is open, or was left with no known end."""

    finished: datetime | None
    passed: bool


@dataclass(frozen=True, slots=True)
class MayStart:
    """Whether another try may start now, and what to tell the person either way."""

    allowed: bool
    reason: str
    at: datetime | None = None
    """When one may start, if it is only a matter of waiting."""
    ask: bool = False
    """Whether the person may ask for another try."""


_SURELY = 1 << 128
"""Taken from the weight of a question, it outweighs any number of repeats: a set of least weight holds the question if it can."""


def draw(spec: QuizSpec, seed: int, seen: Collection[str] = ()) -> Paper:
    """The paper for *seed*: the same *spec*, *seed* and *seen* always give the same paper.

    Of all papers with one of each group, enough from each outcome and enough critical questions, one that repeats the fewest. *seen*
    names the questions of earlier papers, once for each time, so that those seen less often come first.
    """
    random = Random(f"draw:{seed}")
    times = Counter(seen)
    # A repeat weighs more than all the chance in a paper together; chance decides between papers with equal repeats.
    weight = {question.id: (times[question.id] << 64) + random.getrandbits(48) for question in spec.questions}
    for group in spec.one_of:
        if all(weight[id] >= 0 for id in group):  # none of them is in the paper already, for another group
            weight[min(group, key=weight.__getitem__)] -= _SURELY
    chosen = _lightest(spec, weight)
    return Paper(tuple(random.sample(chosen, len(chosen))), seed)


def redraw(spec: QuizSpec, ids: Sequence[str], seed: int) -> Paper:
    """The paper as it was stored. Raises ValueError when the bank lacks one of its questions."""
    bank = {question.id: question for question in spec.questions}
    if missing := [id for id in ids if id not in bank]:
        raise ValueError(f"The paper has questions that the bank has not: {', '.join(missing)}.")
    return Paper(tuple(bank[id] for id in ids), seed)


def mark(paper: Paper, answers: Mapping[str, Answer], spec: QuizSpec) -> Result:
    """Mark every question of *paper*; one without an answer earns nothing."""
    marks = {question.id: question.mark(answers.get(question.id, {})) for question in paper.questions}
    counted = [(question, marks[question.id]) for question in paper.questions if marks[question.id].available]
    outcomes = dict.fromkeys(question.outcome for question, _ in counted if question.outcome)
    return Result(
        marks=marks,
        pass_percent=spec.pass_percent,
        earned=sum((Fraction(mark.earned, mark.available) for _, mark in counted), Fraction(0)),
        available=len(counted),
        right=sum(mark.full for _, mark in counted),
        missed_critical=tuple(question.id for question, mark in counted if question.critical and not mark.full),
        by_outcome={outcome: _tally(mark for question, mark in counted if question.outcome == outcome) for outcome in outcomes},
        again=tuple(question.id for question, mark in counted if not mark.full),
    )


def may_start(spec: QuizSpec, tries: Sequence[Try], allowed_extra: int, now: datetime, zone: tzinfo) -> MayStart:
    """Whether another try may start at *now*, with the words to say so in the person's *zone*.

    *tries* are all that were started, oldest first; those up to the last pass do not count, so that a renewal
    starts afresh. A try that was left unfinished counts as used: otherwise one could start again until the draw is
    easy. *allowed_extra* is how many tries a manager has added since the last pass. Datetimes must be aware.
    """
    passes = [n for n, each in enumerate(tries) if each.passed]
    used = list(tries)[passes[-1] + 1 :] if passes else list(tries)
    limit = None if spec.attempts is None else spec.attempts + max(0, allowed_extra)
    if limit is not None and len(used) >= limit:
        spent = "You have used your one try." if limit == 1 else f"You have used all {limit} tries."
        return MayStart(False, f"{spent} That is all right: ask to try again, and your manager can say yes.", ask=True)
    ends = [each.finished for each in used if each.finished is not None]
    if ends and len(used) >= max(1, spec.wait_after) and spec.wait:
        at = _whole_minute(max(ends).astimezone(UTC) + spec.wait)
        if now < at:
            reason = f"You can try again after {_when(at, now, zone)}, so there is time to read the parts below again."
            return MayStart(False, reason, at=at)
    return MayStart(True, _left(limit, len(used)))


def _marked(question: Question) -> bool:
    return question.mark({}).available > 0


def _check_number(input: OneOf | AnyOf | Pick | Order, values: tuple[str, ...]) -> None:
    """Raise Foreign for more values than the input takes; an order holds all or none."""
    most = 1 if isinstance(input, OneOf | Pick) else len(input.choices)
    if len(values) > most or (isinstance(input, Order) and len(values) not in (0, most)):
        raise Foreign("This is not the number of values that the input takes.")


def _tally(marks: Iterable[Mark]) -> tuple[int, int]:
    found = list(marks)
    return sum(mark.full for mark in found), len(found)


def _lightest(spec: QuizSpec, weight: Mapping[str, int]) -> list[Question]:
    """The set of ``spec.draw`` questions of least weight that meets both minimums.

    The best set is built outcome by outcome: for each number of questions and of critical ones among them (counted
    up to the minimum), the lightest set so far. Choosing greedily would not do: the critical minimum cuts across
    the outcomes, so an early pick can force a needless repeat later.
    """
    groups: dict[str, list[Question]] = {}
    for question in spec.questions:
        groups.setdefault(question.outcome if _marked(question) else "", []).append(question)
    best: dict[tuple[int, int], tuple[int, tuple[Question, ...]]] = {(0, 0): (0, ())}
    for outcome, group in groups.items():
        least = spec.each_outcome if outcome else 0
        parts = _parts(group, weight, least, spec.draw)
        after: dict[tuple[int, int], tuple[int, tuple[Question, ...]]] = {}
        for (size, critical), (cost, chosen) in best.items():
            for more, of_them, extra, questions in parts:
                key = (size + more, min(spec.critical, critical + of_them))
                if key[0] <= spec.draw and (key not in after or cost + extra < after[key][0]):
                    after[key] = (cost + extra, chosen + questions)
        best = after
    return list(best[spec.draw, spec.critical][1])


def _parts(group: Sequence[Question], weight: Mapping[str, int], least: int, most: int) -> list[tuple[int, int, int, tuple[Question, ...]]]:
    """Each way worth taking from one outcome: how many, how many of them critical, their weight, and which."""
    ordered = sorted(group, key=lambda question: weight[question.id])
    critical = [question for question in ordered if question.critical]
    others = [question for question in ordered if not question.critical]
    costs = [list(accumulate((weight[question.id] for question in each), initial=0)) for each in (critical, others)]
    return [
        (a + b, a, costs[0][a] + costs[1][b], (*critical[:a], *others[:b]))
        for a in range(len(critical) + 1)
        for b in range(len(others) + 1)
        if least <= a + b <= most
    ]


def _left(limit: int | None, used: int) -> str:
    if limit is None:
        return "You can try as often as you like."
    if limit - used == 1:
        return "You have 1 try left. If you need another after that, you can ask."
    return f"You have {limit - used} tries left."


def _whole_minute(at: datetime) -> datetime:
    """*at*, or the next whole minute, so that the time in words is never too early."""
    return at if not at.second and not at.microsecond else at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _when(at: datetime, now: datetime, zone: tzinfo) -> str:
    """*at* in words: "8:14pm tomorrow"."""
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    time = f"{there.hour % 12 or 12}:{there:%M}{'am' if there.hour < 12 else 'pm'}"
    days = (there.date() - today).days
    if days in (0, 1):
        return f"{time} {'tomorrow' if days else 'today'}"
    return f"{time} on {there:%A} {there.day} {there:%B %Y}"

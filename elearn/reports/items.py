"""How the questions of a course behave and where people stop in it, gathered from everybody's attempts."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from statistics import median

from sqlalchemy.orm import Session

from elearn.records import sittings
from elearn.records.sittings import Read, Sat
from elearn.reports.report import Report, Value
from elearn.rules import statistics
from elearn.rules.courses import Course
from elearn.rules.questions.base import Answer, AnyOf, Mark, Number, OneOf, Order, Question, Text
from elearn.rules.statistics import Flag, Group, Item, Reading, Sitting, Stop, Test

COLUMNS = (
    "Course", "Version", "Question", "Kind", "Outcome", "Words", "Answers", "Facility", "Facility from", "Facility to", "Standard deviation",
    "Discrimination", "Efficiency", "To do",
)
DEVICE_COLUMNS = ("Course", "Version", "Device", "Began", "Read it all", "Minutes, median", "Most stopped at", "Stopped there")
STOP_COLUMNS = ("Course", "Version", "Place", "Screen", "Came here", "Went on", "Stopped here")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that could be picked, and how many did."""

    text: str
    right: bool
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the quiz. ``number`` is its place in the bank, from 1; ``options`` is empty where people type or sort."""

    number: int
    question: Question
    item: Item
    options: tuple[Option, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about the quiz of one version of a course."""

    version: str
    first_only: bool
    begun: int
    test: Test
    minutes: int | None
    """Median, from beginning an attempt to finishing it."""
    lines: tuple[Line, ...]

    @property
    def flagged(self) -> tuple[Line, ...]:
        """What asks for an action, with what may mark people wrongly first."""
        asked = [line for line in self.lines if line.flags]
        return tuple(sorted(asked, key=lambda line: (not any(flag.urgent for flag in line.flags), line.number)))

    @property
    def shown(self) -> tuple[Line, ...]:
        """The questions with enough answers to say something."""
        return tuple(line for line in self.lines if line.item.shown)

    @property
    def waiting(self) -> tuple[Line, ...]:
        """The others."""
        return tuple(line for line in self.lines if not line.item.shown)


def gather(session: Session, course: Course, first_only: bool = True) -> Figures:
    """The figures of the quiz of *course*, of exactly this version of it, in three statements."""
    found = sittings.sat(session, course.slug, course.version, first_only)
    bank = course.quiz.questions if course.quiz else ()
    marked = [question for question in bank if question.mark({}).available]
    taken = _sittings(marked, found)
    items = statistics.items(taken)
    empty = statistics.item("", ())
    lines = tuple(_line(number, question, items.get(question.id, empty)) for number, question in enumerate(marked, 1))
    took = [(one.finished - one.started).total_seconds() / 60 for one in found]
    begun = sittings.begun(session, course.slug, course.version, first_only)
    return Figures(course.version, first_only, begun, statistics.test(taken), round(median(took)) if took else None, lines)


def stops(session: Session, course: Course) -> tuple[tuple[str, Stop], ...]:
    """The title of every screen of *course* with how many stopped there, in one statement; questions along the way may be skipped."""
    titles = {f"{unit.id}/{screen.id}": screen.title for unit, screen in course.screens()}
    found = statistics.stops(tuple(titles), sittings.furthest(session, course.slug, course.version, tuple(titles)))
    return tuple((titles[stop.step], stop) for stop in found)


def devices(session: Session, course: Course) -> tuple[Group, ...]:
    """How *course* is read on each kind of device, in one statement; nothing while too few people have begun it."""
    screens = [f"{unit.id}/{screen.id}" for unit, screen in course.screens()]
    found = sittings.read(session, course.slug, course.version, screens)
    return statistics.groups([_reading(one, len(screens)) for one in found], len(screens))


def _reading(read: Read, screens: int) -> Reading:
    finished = read.steps == screens
    minutes = (read.last - read.first).total_seconds() / 60 if finished and not read.brought else None
    return Reading(read.begun_on or "unknown", read.furthest, finished, minutes)


def devices_report(course: Course, found: Sequence[Group], as_of: datetime) -> Report:
    """One row for each kind of device that enough people used."""
    screens = [screen.title for _, screen in course.screens()]
    rows = [
        (
            course.title, course.version, " or ".join(group.devices), group.began, group.finished, group.minutes,
            screens[group.stopped_at] if group.stopped_at is not None else "", group.stopped,
        )
        for group in found
    ]
    return Report(f"On what people read {course.title}", DEVICE_COLUMNS, rows, as_of, [f"nothing below {statistics.LEAST} people"])


def items_report(course: Course, figures: Figures, as_of: datetime) -> Report:
    """One row for each question; figures that rest on too few answers are left empty. *as_of* is in the partnership's zone."""
    said = ["first attempts only" if figures.first_only else "all finished attempts", f"no figures below {statistics.LEAST} answers"]
    rows = [_row(course, line) for line in figures.lines]
    return Report(f"How the questions of {course.title} do", COLUMNS, rows, as_of, said)


def stops_report(course: Course, found: Sequence[tuple[str, Stop]], as_of: datetime) -> Report:
    """One row for each screen; none while too few people have read to say anything."""
    shown = found if found and found[0][1].reached >= statistics.LEAST else ()
    rows = [
        (course.title, course.version, number, title, stop.reached, stop.went_on, stop.stopped)
        for number, (title, stop) in enumerate(shown, 1)
    ]
    return Report(f"Where people stop in {course.title}", STOP_COLUMNS, rows, as_of, [f"nothing below {statistics.LEAST} people"])


def _row(course: Course, line: Line) -> Sequence[Value]:
    question, item = line.question, line.item
    figures: tuple[float | None, ...] = (None,) * 6
    if item.shown:
        low, high = item.interval or (None, None)
        figures = (item.facility, low, high, item.deviation, item.discrimination, item.efficiency)
    rounded = tuple(None if figure is None else round(figure, 6) for figure in figures)
    todo = " ".join(flag.text for flag in line.flags)
    return (course.title, course.version, question.id, question.kind, question.outcome, question.prompt, item.n, *rounded, todo)


# ---- From answers to marks and picks -----------------------------------------------------------------------------------

def _sittings(questions: Sequence[Question], found: Sequence[Sat]) -> list[Sitting]:
    """Every attempt marked. The same answer is marked once, however many gave it."""
    readers = {question.id: _Reader(question) for question in questions}
    taken = []
    for one in found:
        read = {id: readers[id].read(one.answers.get(id, {})) for id in one.paper if id in readers}
        taken.append(Sitting({id: mark for id, (mark, _) in read.items()}, {id: picks for id, (_, picks) in read.items() if picks}))
    return taken


class _Reader:
    """Turns answers to one question into a mark and the options picked."""

    def __init__(self, question: Question) -> None:
        self._question, self._labels = question, _labels(question)
        self._known: dict[tuple[tuple[str, tuple[str, ...]], ...], tuple[float, tuple[str, ...]]] = {}

    def read(self, answer: Answer) -> tuple[float, tuple[str, ...]]:
        key = tuple(sorted(answer.items()))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _part(self._question.mark(answer)), self._picks(answer)
        return found

    def _picks(self, answer: Answer) -> tuple[str, ...]:
        return tuple(label for (name, choice), label in self._labels.items() if choice in answer.get(name, ()))


def _part(mark: Mark) -> float:
    return mark.earned / mark.available


def _labels(question: Question) -> Mapping[tuple[str, str], str]:
    """Input and choice to words; with several inputs the words say which."""
    inputs = question.inputs(Random(0))
    found: dict[tuple[str, str], str] = {}
    for number, input in enumerate(inputs, 1):
        if isinstance(input, Order | Number | Text):
            continue
        for choice in sorted(input.choices, key=lambda choice: choice.id):
            found[input.name, choice.id] = choice.text if len(inputs) == 1 else f"{number}. {input.legend}: {choice.text}"
    return found


def _line(number: int, question: Question, item: Item) -> Line:
    best, labels = question.mark({}).answer, _labels(question)
    options = tuple(Option(text, choice in best.get(name, ()), item.picks.get(text, 0)) for (name, choice), text in labels.items())
    one_list = [isinstance(input, OneOf | AnyOf) for input in question.inputs(Random(0))] == [True]
    right = [option.text for option in options if option.right] if one_list else []
    wrong = [option.text for option in options if not option.right] if one_list else []
    return Line(number, question, item, options, statistics.flags(item, right, wrong))

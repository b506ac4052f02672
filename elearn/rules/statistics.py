"""How the questions of a quiz behave: how hard each is, whether it tells people apart, and how far a score can be trusted.

The definitions are those of Moodle's quiz statistics (docs.moodle.org/dev/Quiz_statistics_calculations, and "Quiz report statistics" in
the user guide), written as fractions of 1 instead of percentages. Where a quiz draws at random not everyone saw each question; what
that changes is said at each figure.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from statistics import median

LEAST = 30
"""Answers below which nothing is shown: chance would speak louder than the question, and single people could be made out."""

TOO_EASY, TOO_HARD = .95, .35
"""Facility above or below which a question tells little (Moodle's user guide names both ends of the scale so)."""

WEAK = .20
"""Discrimination below which a question hardly tells people apart (Ebel & Frisbie, Essentials of Educational Measurement, 1991)."""

IDLE = .05
"""A wrong option picked by fewer than this does no work (Haladyna & Downing, How many options is enough, 1993)."""

_CERTAIN = 1.959963984540054
"""The normal deviate that leaves 5% outside: for intervals that hold the truth 95 times in 100."""

_NOTHING = 1e-12
"""A variance below this is the rounding of equal numbers."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One finished attempt. ``marks`` is question to mark, 0 to 1; ``picks`` is question to the options picked, where it has any.

    A question without an answer has the mark 0 and no picks.
    """

    marks: Mapping[str, float]
    picks: Mapping[str, Collection[str]] = field(default_factory=dict)
    total: float = field(init=False)
    """What the whole paper earned."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", fsum(self.marks.values()))


@dataclass(frozen=True, slots=True)
class Item:
    """How one question behaved. None stands where a figure has no meaning: too few answers, or everyone the same."""

    n: int
    """People who were given it."""
    facility: float | None
    """Mean mark, 0 to 1."""
    interval: tuple[float, float] | None
    """Where the facility lies, 95 times in 100."""
    deviation: float | None
    """Standard deviation of the mark (of a sample, n - 1)."""
    discrimination: float | None
    """Correlation of the mark with the rest of the paper, -1 to 1."""
    efficiency: float | None
    """Discrimination as a part of the most it could have been with these marks, at most 1."""
    picks: Mapping[str, int]
    """Option to how many picked it; an option nobody picked is not there."""

    @property
    def shown(self) -> bool:
        """Whether enough people have answered."""
        return self.n >= LEAST


@dataclass(frozen=True, slots=True)
class Test:
    """How the quiz as a whole behaved. Scores are fractions of the paper, 0 to 1."""

    n: int
    mean: float | None
    deviation: float | None
    alpha: float | None
    """Cronbach's alpha: how far the questions of a paper agree; at most 1, and below 0 when they contradict each other."""
    error_ratio: float | None
    """The part of the spread of scores that is chance."""
    error: float | None
    """Standard error: how far a score may be from what the person would earn on average."""

    @property
    def shown(self) -> bool:
        return self.n >= LEAST


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a question that asks for an action. ``urgent``: it may mark people wrongly."""

    id: str
    text: str
    urgent: bool = False


# ---- Figures of one question -------------------------------------------------------------------------------------------

def items(sittings: Iterable[Sitting]) -> dict[str, Item]:
    """Every question that was given, by its id."""
    seen: dict[str, list[Sitting]] = defaultdict(list)
    for sitting in sittings:
        for question in sitting.marks:
            seen[question].append(sitting)
    return {question: item(question, found) for question, found in seen.items()}


def item(question: str, sittings: Sequence[Sitting]) -> Item:
    """The figures of one question from the papers it was in.

    The rest of the paper is everything else on that person's own paper, so that a random draw needs no filling in.
    """
    marks = [sitting.marks[question] for sitting in sittings]
    rest = [sitting.total - sitting.marks[question] for sitting in sittings]
    picks = Counter(pick for sitting in sittings for pick in sitting.picks.get(question, ()))
    shared = covariance(marks, rest)
    return Item(
        n=len(marks),
        facility=mean(marks),
        interval=wilson(marks),
        deviation=deviation(marks),
        discrimination=_ratio(shared, _root(variance(marks), variance(rest))),
        efficiency=_ratio(shared, covariance(sorted(marks), sorted(rest))),
        picks=dict(picks),
    )


def wilson(marks: Sequence[float]) -> tuple[float, float] | None:
    """The 95% interval of a mean of marks between 0 and 1 (Wilson, Probable inference, 1927).

    With p the mean and z = 1.96: centre (p + z²/2n) / (1 + z²/n), and half as wide as z/(1 + z²/n) * sqrt(p(1-p)/n + z²/4n²).
    Exact for marks of 0 and 1; with marks in between it is a little too wide, never too narrow.
    """
    p, n = mean(marks), len(marks)
    if p is None:
        return None
    square = _CERTAIN * _CERTAIN
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = _CERTAIN / (1 + square / n) * sqrt(max(0.0, p * (1 - p)) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


# ---- Figures of the whole quiz -----------------------------------------------------------------------------------------

def test(sittings: Sequence[Sitting]) -> Test:
    """The figures of the quiz.

    Error ratio = sqrt(1 - alpha), standard error = error ratio * standard deviation (Moodle: 100 sqrt(1 - CIC/100) and ER * SD / 100;
    Lord & Novick, Statistical Theories of Mental Test Scores, 1968, 3.8).
    """
    scores = [sitting.total / len(sitting.marks) for sitting in sittings if sitting.marks]
    spread, agreement = deviation(scores), alpha(sittings)
    ratio = sqrt(max(0.0, 1 - agreement)) if agreement is not None else None
    return Test(len(scores), mean(scores), spread, agreement, ratio, ratio * spread if ratio is not None and spread is not None else None)


def alpha(sittings: Sequence[Sitting]) -> float | None:
    """Cronbach's alpha (Coefficient alpha and the internal structure of tests, 1951): k c / (v + (k - 1) c).

    k is how many questions a paper has, v their mean variance, c the mean covariance of two of them. When everyone had the same
    questions this is k/(k-1) * (1 - sum of the variances / variance of the total), which is how Moodle writes it. When papers were
    drawn at random, v and c are taken over the people who had the question, or both, and each weighs as much as papers it was in:
    it is the alpha of the paper one can expect. With few papers such a figure could pass 1, and is then 1. None for fewer than two
    questions, or without any spread.
    """
    papers = [sitting for sitting in sittings if sitting.marks]
    given: dict[str, list[float]] = defaultdict(list)
    pairs: dict[tuple[str, str], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for paper in papers:
        marks = sorted(paper.marks.items())
        for place, (one, mark) in enumerate(marks):
            given[one].append(mark)
            for other, another in marks[place + 1 :]:
                left, right = pairs[one, other]
                left.append(mark)
                right.append(another)
    length = mean([len(paper.marks) for paper in papers])
    spread = _weighed((len(marks), variance(marks)) for marks in given.values())
    shared = _weighed((len(left), covariance(left, right)) for left, right in pairs.values())
    if length is None or spread is None or shared is None or length < 2:
        return None
    total = spread + (length - 1) * shared
    return min(1.0, length * shared / total) if total > _NOTHING else None


def _weighed(found: Iterable[tuple[int, float | None]]) -> float | None:
    """The mean of what has a value, each as heavy as the people it rests on."""
    known = [(n, value) for n, value in found if value is not None]
    weight = sum(n for n, _ in known)
    return fsum(n * value for n, value in known) / weight if weight else None


# ---- What to do about it -----------------------------------------------------------------------------------------------

def flags(found: Item, right: Collection[str] = (), wrong: Collection[str] = ()) -> tuple[Flag, ...]:
    """What asks for an action, the most urgent first; nothing below n = 30.

    *right* and *wrong* are the options a person could pick, as they stand in ``picks``; none for a question without options.
    """
    if not found.shown or found.facility is None:
        return ()
    return tuple(flag for flag in (_agreement(found), _rival(found, right, wrong), _level(found), _idle(found, wrong)) if flag)


def _agreement(found: Item) -> Flag | None:
    if found.discrimination is None:
        return None
    if found.discrimination < 0:
        return Flag("negative", "Negative discrimination: look at the key. People who do well on the rest tend to miss this one.", urgent=True)
    if found.discrimination < WEAK:
        return Flag("weak", "Hardly tells people apart: read it again for a trick, a clue, or words that can be read two ways.")
    return None


def _rival(found: Item, right: Collection[str], wrong: Collection[str]) -> Flag | None:
    best = max((found.picks.get(option, 0) for option in right), default=0)
    rivals = [option for option in wrong if found.picks.get(option, 0) > best]
    if not rivals or not right:
        return None
    worst = max(rivals, key=lambda option: (found.picks[option], option))
    return Flag("rival", f"More people pick {_quoted(worst)} than the right answer: check the key, then teach this point again.", urgent=True)


def _level(found: Item) -> Flag | None:
    assert found.facility is not None
    if found.facility > TOO_EASY:
        return Flag("easy", "Too easy: make a wrong option more tempting, or keep it because everyone must know this.")
    if found.facility < TOO_HARD:
        return Flag("hard", "Too hard: check the key and the wording, then look at the screen that teaches it.")
    return None


def _idle(found: Item, wrong: Collection[str]) -> Flag | None:
    idle = [option for option in wrong if found.picks.get(option, 0) < IDLE * found.n]
    if not idle or len(wrong) < 2:  # the one other option of a true-or-false question cannot be changed or taken away
        return None
    named = " or ".join(map(_quoted, idle))
    return Flag("idle", f"Hardly anyone picks {named}: write a wrong answer that people really believe, or take it away.")


def _quoted(option: str) -> str:
    """The words of an option in quotation marks, unless they bring their own."""
    return option if option.startswith("“") and option.endswith("”") else f"“{option}”"


# ---- Where people stop -------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Stop:
    """One step of a course, and how many came to it, went on from it, and have not (yet)."""

    step: str
    reached: int
    went_on: int

    @property
    def stopped(self) -> int:
        return self.reached - self.went_on

    @property
    def part(self) -> float:
        """The part of those who came here that stopped here, 0 to 1."""
        return self.stopped / self.reached if self.reached else 0.0


def stops(steps: Sequence[str], furthest: Mapping[int, int]) -> tuple[Stop, ...]:
    """Where people stop. *furthest* is the place in *steps*, from 0, of the last step gone on from, to how many got just so far.

    Opening a course is not written down, going on is: whoever is counted at all has gone on from some step, so all of them reached
    the first.
    """
    went_on = [sum(count for place, count in furthest.items() if place >= here) for here in range(len(steps))]
    reached = [sum(furthest.values()), *went_on[:-1]]
    return tuple(Stop(step, came, went) for step, came, went in zip(steps, reached, went_on, strict=True))


# ---- On what they read ---------------------------------------------------------------------------------------------------

SITTING = 180
"""Minutes between the first and the last screen beyond which someone is taken to have gone away and come back."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far one person got. ``device`` is one of rules.devices.DEVICES; ``furthest`` is the place of a screen, from 0.

    ``minutes`` lie between going on from the first screen and from the last; None when they cannot be told.
    """

    device: str
    furthest: int
    finished: bool
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """How those read who began on one kind of device, or on one of several that are too rare to show by themselves."""

    devices: tuple[str, ...]
    began: int
    finished: int
    stopped_at: int | None
    """The place of the screen where most of those who stopped did so; None when all read to the end."""
    stopped: int
    """How many stopped there."""
    minutes: int | None
    """Median of those who read it all in one sitting; None for fewer than LEAST of them."""

    @property
    def part(self) -> float:
        """The part of them that read to the end, 0 to 1."""
        return self.finished / self.began


def groups(readings: Sequence[Reading], screens: int) -> tuple[Group, ...]:
    """By device, the most used first. Those below LEAST are put together; when they are too few even so, the smallest of the others joins
    them, since what is left out could be worked out from the total. Nothing when there are fewer than LEAST in all."""
    by_device: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_device[reading.device].append(reading)
    ranked = sorted(by_device, key=lambda device: (-len(by_device[device]), device))
    shown = [device for device in ranked if len(by_device[device]) >= LEAST]
    rest = ranked[len(shown) :]
    while shown and 0 < sum(len(by_device[device]) for device in rest) < LEAST:
        rest.insert(0, shown.pop())
    parts = [(device,) for device in shown] + ([tuple(rest)] if rest else [])
    made = [_group(part, [reading for device in part for reading in by_device[device]], screens) for part in parts]
    return tuple(group for group in made if group.began >= LEAST)


def _group(devices: tuple[str, ...], readings: Sequence[Reading], screens: int) -> Group:
    stopped = Counter(min(reading.furthest + 1, screens - 1) for reading in readings if not reading.finished)
    place, count = min(stopped.items(), key=lambda one: (-one[1], one[0]), default=(None, 0))
    took = [reading.minutes for reading in readings if reading.finished and reading.minutes is not None and reading.minutes <= SITTING]
    minutes = round(median(took)) if len(took) >= LEAST else None
    return Group(devices, len(readings), sum(reading.finished for reading in readings), place, count, minutes)


# ---- Sums --------------------------------------------------------------------------------------------------------------

def mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def variance(values: Sequence[float]) -> float | None:
    """Of a sample: divided by n - 1. None for fewer than two."""
    return covariance(values, values)


def deviation(values: Sequence[float]) -> float | None:
    """Standard deviation of a sample; None for fewer than two."""
    found = variance(values)
    return sqrt(found) if found is not None else None


def covariance(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Of a sample: sum of (x - mean x)(y - mean y), divided by n - 1. None for fewer than two."""
    if len(left) < 2:
        return None
    x, y = fsum(left) / len(left), fsum(right) / len(right)
    return fsum((a - x) * (b - y) for a, b in zip(left, right, strict=True)) / (len(left) - 1)


def _root(left: float | None, right: float | None) -> float | None:
    return sqrt(left * right) if left is not None and right is not None else None


def _ratio(part: float | None, whole: float | None) -> float | None:
    """*part* of *whole*, at most 1 either way where rounding would say more; None where there is nothing to divide by."""
    if part is None or whole is None or whole < _NOTHING:
        return None
    return min(1.0, part / whole)

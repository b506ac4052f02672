"""What there is to learn. Content builds these; nothing changes them afterwards."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Literal

from elearn.rules.gates import Tree
from elearn.rules.questions.base import Question
from elearn.rules.quiz import QuizSpec
from elearn.rules.validity import NEVER, Validity

Kind = Literal["safer7", "elearning", "live"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim a module makes, and where it comes from.

    ``tag`` is V (read in the source), K (general knowledge) or S (stated by the partnership).
    """

    id: str
    claim: str
    source: str
    tag: Literal["V", "K", "S"]
    checked_on: date
    expires: date
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something the learner will be able to do; the text completes "You will be able to ..."."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One short page of reading. ``body`` is sanitised HTML; ``words`` counts what is read."""

    id: str
    title: str
    body: str
    words: int
    outcomes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A question along the way: it explains every option, is never marked against anyone, and may be skipped."""

    id: str
    title: str
    question: Question


Step = Screen | Check


@dataclass(frozen=True, slots=True)
class Unit:
    """A lesson: steps in their natural order. A Safer7 has one unit, of seven screens."""

    id: str
    title: str
    minutes: int
    steps: tuple[Step, ...]
    note: str = ""
    """A calm line about hard content, shown before the unit; empty when there is none."""

    def __hash__(self) -> int:
        return hash((self.id, self.title))

    def step(self, id: str) -> Step | None:
        return next((step for step in self.steps if step.id == id), None)


class Size(IntEnum):
    """How much a change of content matters."""

    TYPO = 1
    """The words, not what they say."""
    MINOR = 2
    """Better said, or more of it; whoever has learned it knows what they need."""
    MATERIAL = 3
    """People should do something differently now: whoever holds the course is asked to look."""

    @property
    def words(self) -> str:
        return {Size.TYPO: "a typo", Size.MINOR: "minor", Size.MATERIAL: "material"}[self]


@dataclass(frozen=True, slots=True)
class Change:
    """What an author says of one edition of a course."""

    edition: str
    size: Size
    text: str
    """What people should know or do differently, in plain words; must stand when the change is material."""


@dataclass(frozen=True, slots=True)
class Course:
    """One version of one thing to learn."""

    slug: str
    version: str
    kind: Kind
    title: str
    summary: str
    minutes: int
    cover: str
    outcomes: tuple[Outcome, ...]
    law_as_at: date
    review_due: date
    level: int | None = None
    audience: str = ""
    length: str = ""
    """How long a live course is, in words ("One day")."""
    about: str = ""
    """What a live course is like (HTML)."""
    prepare: str = ""
    """What to do, bring or think of before a live course (HTML)."""
    content_note: str = ""
    reviewed_by: str = ""
    reviewed_on: date | None = None
    owner: str = ""
    """Who keeps it up to date, for other authors; learners never see it."""
    edition: str = "1"
    """What people call this version; ``version`` is the hash of its files."""
    units: tuple[Unit, ...] = ()
    quiz: QuizSpec | None = None
    facts: tuple[Fact, ...] = ()
    validity: Validity = NEVER
    """How long it counts unless an organisation's requirement says otherwise."""
    where_next: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Courses it is wise to have done first; advice, never a lock."""
    glossary: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    """What authors say of its editions."""

    def __hash__(self) -> int:
        """By name and version, which two courses of different content never share: to go through all of it would take long."""
        return hash((self.slug, self.version))

    def unit(self, id: str) -> Unit | None:
        return next((unit for unit in self.units if unit.id == id), None)

    def steps(self) -> Iterator[tuple[Unit, Step]]:
        """Every step with its unit, in order."""
        return ((unit, step) for unit in self.units for step in unit.steps)

    def screens(self) -> Iterator[tuple[Unit, Screen]]:
        return ((unit, step) for unit, step in self.steps() if isinstance(step, Screen))


@dataclass(frozen=True, slots=True)
class Tool:
    """Something only trained people may open. The organisation sets where it is; nothing licensed is shipped."""

    slug: str
    title: str
    summary: str
    cover: str
    requires: Tree
    meanwhile: str
    """What to do until the tool opens (HTML)."""
    about: str
    """What the tool is, in our own words (HTML)."""
    licence: str = ""
    law_as_at: date = field(kw_only=True)
    review_due: date = field(kw_only=True)
    reviewed_by: str = ""
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What looking back at many cases has taught, in our own words, and where it was read."""

    title: str
    text: str
    source: str
    tag: Literal["V", "K", "S"]
    checked_on: date
    expires: date
    url: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """A month of learning on one subject."""

    slug: str
    title: str
    month: date
    cover: str
    lead: str
    body: str
    items: tuple[str, ...]
    """Slugs of courses, tools and resources, in the order shown."""
    questions: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    updated: date | None = None
    """The day of the last change worth telling people about; None when there was none since the month began."""
    law_as_at: date = field(kw_only=True)
    review_due: date = field(kw_only=True)
    reviewed_by: str = ""
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A number or address for help. Local ones belong to the organisation and start empty."""

    id: str
    name: str
    number: str
    purpose: Literal["danger", "child", "support", "local"]
    note: str = ""
    checked_on: date | None = None

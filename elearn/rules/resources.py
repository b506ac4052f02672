"""Short things to read, print or pass on: cards, strategies, films with their points in words, and posters."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from elearn.rules.courses import Fact

ResourceKind = Literal["card", "strategy", "videos", "poster"]


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing a strategy wants, with the learning that serves it.

    ``owner``, ``measure`` and ``review_on`` belong to the partnership and are empty until it says.
    """

    id: str
    title: str
    text: str = ""
    items: tuple[str, ...] = ()
    """Slugs of courses."""
    owner: str = ""
    measure: str = ""
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A film or page on somebody else's site, with its points in our own words for those who do not see, hear or open it."""

    id: str
    title: str
    maker: str
    url: str
    words: str
    """The points in words (HTML)."""
    checked_on: date


@dataclass(frozen=True, slots=True)
class Poster:
    """The words of a notice for a wall. Whom to ring is not among them: each organisation's own numbers are printed below."""

    headline: str
    lead: str
    points: tuple[str, ...]
    close: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One version of one resource. Which of ``objectives``, ``videos`` and ``poster`` it has depends on its kind."""

    slug: str
    version: str
    kind: ResourceKind
    title: str
    summary: str
    cover: str
    minutes: int
    law_as_at: date
    review_due: date
    body: str = ""
    """Sanitised HTML; a poster may have none."""
    edition: str = "1"
    reviewed_by: str = ""
    reviewed_on: date | None = None
    objectives: tuple[Objective, ...] = ()
    videos: tuple[Video, ...] = ()
    poster: Poster | None = None
    where_next: tuple[str, ...] = ()
    """Slugs of courses, tools and other resources."""
    facts: tuple[Fact, ...] = ()

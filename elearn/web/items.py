"""Anything there is to learn, read or use, as a row in a list; and the words it is found by."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import url_for

from elearn import clock
from elearn.rules.courses import Course, Theme, Tool
from elearn.rules.resources import Resource
from elearn.rules.validity import local_day
from elearn.web.catalogue import catalogue
from elearn.web.tenant import tenant

RESOURCES = {"card": ("file", "Card"), "strategy": ("flag", "Strategy card"), "videos": ("play", "Films"), "poster": ("print", "Poster, one page")}
"""The icon and the words of each kind of resource."""

GROUPS = ("Briefings", "eLearning", "Live courses", "Cards, films and posters", "Tools")
THEMES = "Themes, month by month"

_TAGS = re.compile("<[^>]*>")


@dataclass(frozen=True, slots=True)
class Item:
    """Something to learn, read or use, as a row in a list."""

    slug: str
    title: str
    summary: str
    cover: str
    address: str
    meta: tuple[tuple[str, str], ...]
    group: str

    @property
    def briefing(self) -> bool:
        return self.group == "Briefings"


def today() -> date:
    return local_day(clock.now(), tenant().zone)


def address(course: Course) -> str:
    """Where a course begins."""
    if course.kind == "safer7":
        return url_for("briefings.start", slug=course.slug)
    return url_for("learn.course", slug=course.slug)


def item(slug: str) -> Item | None:
    """The course, tool or resource of this name; None when it is not live."""
    if course := catalogue().courses.get(slug):
        group = {"safer7": "Briefings", "elearning": "eLearning", "live": "Live courses"}[course.kind]
        return Item(slug, _title(course), course.summary, course.cover, address(course), _meta(course), group)
    if resource := catalogue().resources.get(slug):
        return resource_item(resource)
    tool = catalogue().tools.get(slug)
    return _tool(tool) if tool else None


def resource_item(resource: Resource) -> Item:
    where = url_for("resources.show", slug=resource.slug)
    return Item(resource.slug, resource.title, resource.summary, resource.cover, where, (RESOURCES[resource.kind],), "Cards, films and posters")


def _tool(tool: Tool) -> Item:
    where = url_for("tools.show", slug=tool.slug)
    return Item(tool.slug, f"{tool.title}: the tool", tool.summary, tool.cover, where, (("lock", "Opens after training"),), "Tools")


def _theme(theme: Theme) -> Item:
    where = url_for("themes.show", slug=theme.slug)
    return Item(theme.slug, theme.title, theme.lead, theme.cover, where, (("calendar", f"Theme for {theme.month:%B %Y}"),), THEMES)


def _title(course: Course) -> str:
    return f"{course.title}, level {course.level}" if course.level else course.title


def _meta(course: Course) -> tuple[tuple[str, str], ...]:
    long = f"{course.minutes} minutes"
    if course.minutes >= 120:
        hours = round(course.minutes / 60)
        long = "1 day" if hours >= 6 else f"{hours} hours"
    match course.kind:
        case "safer7":
            return (("clock", f"Safer7 briefing, {long}"),)
        case "live":
            return (("people", f"Live course, {(course.length or long).lower()}"),)
        case _:
            return (("screen", f"eLearning, about {long}"), *((("certificate", "Certificate"),) if course.quiz else ()))


# ---- Finding them by words ---------------------------------------------------------------------------------------------

def begun_themes() -> list[Theme]:
    """Every theme that has begun, newest first."""
    return sorted((theme for theme in catalogue().themes.values() if theme.month <= today()), key=lambda theme: theme.month, reverse=True)


def matches(course: Course, words: str) -> bool:
    """Whether every one of these *words* stands in what a course says of itself."""
    return _all_in(words, course.title, course.summary, course.audience, *(outcome.text for outcome in course.outcomes))


def besides(words: str, most: int) -> dict[str, list[Item]]:
    """What there is besides courses, by group: resources of at most *most* minutes, tools, and themes that have begun.

    Tools and themes take as long as they take, so that they are there only while there is time for anything.
    """
    resources = sorted(catalogue().resources.values(), key=lambda one: (list(RESOURCES).index(one.kind), one.title))
    found = {GROUPS[3]: [resource_item(one) for one in resources if one.minutes <= most and _all_in(words, *_told_by(one))]}
    if most >= ANY_TIME:
        found[THEMES] = [_theme(one) for one in begun_themes() if _all_in(words, one.title, one.lead, one.body)]
        found[GROUPS[4]] = [_tool(one) for one in catalogue().tools.values() if _all_in(words, one.slug, one.title, one.summary)]
    return found


ANY_TIME = 10_000
"""Minutes: more than anything takes."""


def _told_by(resource: Resource) -> Iterator[str]:
    yield from (resource.title, resource.summary, RESOURCES[resource.kind][1], resource.body)
    yield from (objective.title for objective in resource.objectives)
    for film in resource.videos:
        yield from (film.title, film.maker)
    if resource.poster:
        yield from (resource.poster.headline, resource.poster.lead, *resource.poster.points)


def _all_in(words: str, *texts: str) -> bool:
    wanted = words.casefold().split()
    if not wanted:
        return True
    text = _TAGS.sub(" ", " ".join(texts)).casefold()
    return all(word in text for word in wanted)

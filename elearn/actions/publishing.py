"""What is live: the newest sound version of every module, and every older one that somebody's learning rests on."""
from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from elearn.content import library as content
from elearn.content.library import Library
from elearn.content.markdown import Outside
from elearn.content.problems import Problem
from elearn.content.reader import read_course
from elearn.content.source import Source
from elearn.records import releases
from elearn.rules.courses import Contact, Course, Kind, Theme, Tool
from elearn.rules.resources import Resource


class Catalogue:
    """The content as learners meet it. Reading again makes a new snapshot; a broken module never replaces a live one."""

    def __init__(self, root: Path, today: date, outside: Outside) -> None:
        self._root, self._outside = root, outside
        self._lock = threading.Lock()
        self._older: Callable[[str, str, str], Course] = lru_cache(maxsize=256)(self._read)
        self._fingerprint = _fingerprint(root)
        self.problems: tuple[Problem, ...] = ()
        self.library, self.problems = self._load(today)

    def refresh(self, today: date) -> bool:
        """Read the files again if any has changed; True if something new is live."""
        now = _fingerprint(self._root)
        if now == self._fingerprint:
            return False
        with self._lock:
            fresh, self.problems = self._load(today)
            self.library, self._fingerprint = _keep_live(self.library, fresh, self._root), now
        return True

    @property
    def courses(self) -> Mapping[str, Course]:
        return self.library.courses

    @property
    def tools(self) -> Mapping[str, Tool]:
        return self.library.tools

    @property
    def themes(self) -> Mapping[str, Theme]:
        return self.library.themes

    @property
    def resources(self) -> Mapping[str, Resource]:
        return self.library.resources

    @property
    def contacts(self) -> Mapping[str, Contact]:
        return self.library.contacts

    def theme(self, today: date) -> Theme | None:
        """The newest theme that has begun."""
        begun = [theme for theme in self.themes.values() if theme.month <= today]
        return max(begun, key=lambda theme: theme.month, default=None)

    def title(self, slug: str) -> str:
        thing = self.courses.get(slug) or self.tools.get(slug) or self.resources.get(slug)
        return thing.title if thing else slug.replace("-", " ").capitalize()

    def course(self, session: Session, slug: str, version: str) -> Course | None:
        """The course exactly as it was in *version*, from the store of releases when it is no longer live."""
        live = self.courses.get(slug)
        if live and live.version == version:
            return live
        found = releases.source(session, slug, version)
        return self._older(slug, *found) if found else None

    def _read(self, slug: str, kind: str, source: str) -> Course:
        return read_course(Source.from_json(source), cast(Kind, kind), slug, self._outside)

    def _load(self, today: date) -> tuple[Library, tuple[Problem, ...]]:
        return content.load(self._root, today=today, outside=self._outside)


def keep_releases(session: Session, library: Library, now: datetime) -> int:
    """Store every version that has become live and is not stored yet; returns how many."""
    known = releases.known(session)
    new = [course for course in library.courses.values() if (course.slug, course.version) not in known]
    for course in new:
        releases.keep(session, course.slug, course.version, course.kind, library.sources[course.slug].to_json(), now)
    return len(new)


def unkept(session: Session, library: Library) -> bool:
    """Whether anything live is not stored yet."""
    known = releases.known(session)
    return any((course.slug, course.version) not in known for course in library.courses.values())


def _keep_live(before: Library, fresh: Library, root: Path) -> Library:
    """The fresh library, with whatever is broken now, but whose folder is still there, as it was."""

    def there(slug: str, folder: str) -> bool:
        return slug not in fresh.sources and (root / folder / slug).is_dir()

    kept = replace(
        before,
        courses={slug: course for slug, course in before.courses.items() if there(slug, course.kind)},
        tools={slug: tool for slug, tool in before.tools.items() if there(slug, "tools")},
        themes={slug: theme for slug, theme in before.themes.items() if there(slug, "themes")},
        resources={slug: resource for slug, resource in before.resources.items() if there(slug, "resources")},
    )
    slugs = {*kept.courses, *kept.tools, *kept.themes, *kept.resources}
    return replace(
        fresh,
        courses={**kept.courses, **fresh.courses},
        tools={**kept.tools, **fresh.tools},
        themes={**kept.themes, **fresh.themes},
        resources={**kept.resources, **fresh.resources},
        sources={**{slug: before.sources[slug] for slug in slugs}, **fresh.sources},
        contacts=dict(fresh.contacts) or dict(before.contacts),
    )


def _fingerprint(root: Path) -> tuple[int, int]:
    """Changes whenever a file under *root* is added, removed or saved."""
    stamps = [path.stat().st_mtime_ns for path in root.rglob("*") if not path.name.startswith(".")]
    return len(stamps), max(stamps, default=0)

"""What is live: the newest sound version of every module, unless it waits or was taken back, and every older one that learning rests on."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy.orm import Session

from elearn.actions import Refused
from elearn.content import library as content
from elearn.content.library import Library
from elearn.content.markdown import Outside
from elearn.content.problems import Problem
from elearn.content.reader import NotReadable, read_course, read_resource, read_theme, read_tool
from elearn.content.source import Source
from elearn.records import ledger, releases
from elearn.records.releases import Turn
from elearn.rules import changes
from elearn.rules.changes import Material, Verdict
from elearn.rules.courses import Contact, Course, Kind, Size, Theme, Tool
from elearn.rules.resources import Resource

log = logging.getLogger(__name__)

BESIDES: Mapping[str, Callable[[Source, str, Outside], Any]] = MappingProxyType(
    {"tools": read_tool, "themes": read_theme, "resources": read_resource}
)
"""What there is besides courses, by the folder and the name in the library, with what reads it again from the store."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the version of a course in the files: ``live`` is what people meet, ``new`` what the files hold.

    ``verdict`` compares the two when they differ. When the version in the files ``goes`` live now, a turn has to be noted.
    """

    live: Course
    new: Course
    goes: bool = False
    previous: str | None = None
    verdict: Verdict | None = None
    was: Course | None = None
    """What has been live until now, where a verdict was given."""

    @property
    def held(self) -> bool:
        """Whether it is for somebody to do something about: publish it, or mend what the author says of it."""
        return self.verdict is not None and not self.goes


class Catalogue:
    """The content as learners meet it. Reading again makes a new snapshot; a broken module never replaces a live one.

    ``library`` is what is live, ``waiting`` what is in the files but must not go live by itself, and ``material`` the changes that
    people who hold a course are asked to look at, each by slug.
    """

    def __init__(self, root: Path, today: date, outside: Outside) -> None:
        self._root, self._outside = root, outside
        self._lock = threading.Lock()
        self._older: Callable[[str, str, str], Any] = lru_cache(maxsize=256)(self._read)
        self._fingerprint = _fingerprint(root)
        self.waiting: Mapping[str, Decision] = {}
        self.material: Mapping[str, tuple[Material, ...]] = {}
        self._turn, self._settled = 0, False
        self._files, self._found = self._load(today)
        self.library, self.problems = self._files, self._found

    def refresh(self, today: date) -> bool:
        """Read the files again if any has changed; True if so. What is sound is served from the next ``settle`` on."""
        now = _fingerprint(self._root)
        if now == self._fingerprint:
            return False
        with self._lock:
            fresh, self._found = self._load(today)
            self._files, self._fingerprint, self._settled = _keep_live(self._files, fresh, self._root), now, False
        return True

    def unsettled(self, session: Session) -> bool:
        """Whether files were read, or another process has published or put back something, since ``settle`` came to its end."""
        return not self._settled or releases.last_turn(session) != self._turn

    def ready(self, session: Session) -> bool:
        """Whether anything in the files goes live by itself and is not noted yet."""
        decided, turns = self._decide(session)
        return any(one.goes for one in decided) or bool(self._new_besides(turns))

    def go_live(self, session: Session, now: datetime) -> None:
        """Store and note whatever goes live by itself. Call inside ``writing``; another process may have been first, and then nothing is to do."""
        decided, turns = self._decide(session)
        for one in decided:
            if one.goes:
                self._go_live(session, one, now)
        for kind, slug, previous in self._new_besides(turns):
            self._keep(session, slug, self._files.sources[slug].version, kind, now)
            releases.turn(session, slug, self._files.sources[slug].version, previous, now)

    def settle(self, session: Session) -> None:
        """Serve what is live: what is in the files, but for what waits and what was taken back. Call it after ``go_live``."""
        decided, turns = self._decide(session)
        held = [one for one in decided if one.held]
        stored = self._stored(session, turns)
        with self._lock:
            self.library = replace(
                self._files, courses={**stored.courses, **{one.new.slug: one.live for one in decided}},
                **{name: {**getattr(stored, name), **getattr(self._files, name)} for name in ("sources", *BESIDES)},
            )
            self.waiting = {one.new.slug: one for one in held}
            self.material, self._turn = material(turns), turns[-1].id if turns else 0
            self._settled = True
            self.problems = tuple(sorted([*self._found, *(_refusal(one) for one in held if one.verdict and one.verdict.refused)]))

    def changed(self, session: Session) -> list[Decision]:
        """Every course whose files differ from what is live: held, or about to go live by itself. Writes nothing."""
        return [one for one in self._decide(session)[0] if one.verdict is not None or (one.goes and one.previous is None)]

    def publish(self, session: Session, slug: str, by: int | None, now: datetime) -> Decision:
        """Have the version that waits go live. Raises Refused when none does, or its note does not say what it has to. Call inside ``writing``."""
        decided, _ = self._decide(session)
        one = next((one for one in decided if one.new.slug == slug and one.held), None)
        if one is None or one.verdict is None:
            raise Refused("Nothing of this module waits to be published.")
        if one.verdict.refused:
            raise Refused(_refusal(one).mend)
        self._go_live(session, one, now, by)
        return one

    def put_back(self, session: Session, slug: str, version: str | None, by: int | None, now: datetime) -> str:
        """Have an earlier version live again, the one before when none is named; returns it. Raises Refused. Call inside ``writing``."""
        turns = [turn for turn in releases.turns(session) if turn.slug == slug]
        if not turns or slug not in self._files.courses:
            raise Refused("There is no such course.")
        live = turns[-1]
        to = version or live.previous
        if to is None or to == live.version:
            raise Refused("There is no version before this one." if to is None else "This version is live already.")
        if to not in {turn.version for turn in turns}:
            raise Refused("This version was never live here. bin/elearn content history names those that were.")
        releases.turn(session, slug, to, live.version, now, back=True, by=by)
        ledger.audit(session, by, "put back a version", f"course:{slug}", now, version=to, previous=live.version)
        return to

    def _decide(self, session: Session) -> tuple[list[Decision], Sequence[Turn]]:
        turns = releases.turns(session)
        newest, taken = {turn.slug: turn for turn in turns}, _taken_back(turns)
        return [
            self._decision(session, course, newest.get(slug), taken.get(slug, frozenset())) for slug, course in self._files.courses.items()
        ], turns

    def _decision(self, session: Session, course: Course, last: Turn | None, taken: frozenset[str]) -> Decision:
        if last is None:
            return Decision(course, course, goes=True)
        if last.version == course.version:
            return Decision(course, course)
        live = self.course(session, course.slug, last.version)
        if live is None:  # its release is lost, so there is nothing to hold the new one against
            return Decision(course, course, goes=True, previous=last.version)
        if course.version in taken:  # the files still hold what somebody took back
            return Decision(live, course)
        verdict = changes.judge(live, course)
        if verdict.refused or verdict.waits:
            return Decision(live, course, previous=live.version, verdict=verdict, was=live)
        return Decision(course, course, goes=True, previous=live.version, verdict=verdict, was=live)

    def _go_live(self, session: Session, one: Decision, now: datetime, by: int | None = None) -> None:
        course, verdict = one.new, one.verdict
        self._keep(session, course.slug, course.version, course.kind, now)
        releases.turn(
            session, course.slug, course.version, one.previous, now, verdict.size if verdict else None, verdict.text if verdict else "", by=by
        )
        if by is not None:
            ledger.audit(session, by, "published a version", f"course:{course.slug}", now, version=course.version, previous=one.previous)

    def _keep(self, session: Session, slug: str, version: str, kind: str, now: datetime) -> None:
        if (slug, version) not in releases.known(session):
            releases.keep(session, slug, version, kind, self._files.sources[slug].to_json(), now)

    def _new_besides(self, turns: Sequence[Turn]) -> list[tuple[str, str, str | None]]:
        """Kind, slug and version live before of every tool, theme and resource whose files are not noted as live yet. None of them ever waits."""
        live = {turn.slug: turn.version for turn in turns}
        return [
            (kind, slug, live.get(slug))
            for kind in BESIDES for slug in getattr(self._files, kind) if live.get(slug) != self._files.sources[slug].version
        ]

    def _stored(self, session: Session, turns: Sequence[Turn]) -> Library:
        """Whatever cannot be read from its files, but whose folder is still there, as it was when it was last live.

        While the site runs, ``refresh`` has kept it; when it starts with a broken module, only the store has it.
        """
        found: dict[str, dict[str, Any]] = {kind: {} for kind in ("courses", "sources", *BESIDES)}
        for turn in {turn.slug: turn for turn in turns}.values():
            release = None if turn.slug in self._files.sources else releases.source(session, turn.slug, turn.version)
            if release is None or not (self._root / release[0] / turn.slug).is_dir():
                continue
            try:
                found[release[0] if release[0] in BESIDES else "courses"][turn.slug] = self._older(turn.slug, *release)
            except NotReadable:
                log.warning("the stored version of a module can no longer be read", extra={"said": {"module": turn.slug, "version": turn.version}})
            else:
                found["sources"][turn.slug] = Source.from_json(release[1])
        return Library(**found, contacts={})

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
        return cast(Course, self._older(slug, *found)) if found else None

    def _read(self, slug: str, kind: str, source: str) -> Any:
        """The course, tool, theme or resource that was stored. Raises NotReadable."""
        if kind in BESIDES:
            return BESIDES[kind](Source.from_json(source), slug, self._outside)
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


def _taken_back(turns: Iterable[Turn]) -> Mapping[str, frozenset[str]]:
    """Slug to every version that an earlier one was put back for, since a version last went live by its files.

    All of them and not the last alone: whoever goes back twice must not find the newest version live again.
    """
    found: dict[str, frozenset[str]] = {}
    for turn in turns:
        found[turn.slug] = found.get(turn.slug, frozenset()) | {turn.previous} if turn.back and turn.previous else frozenset()
    return found


def material(turns: Iterable[Turn]) -> Mapping[str, tuple[Material, ...]]:
    """Slug to its material changes, oldest first, each with every version that was live before it.

    A change that was taken back asks nobody to look any more.
    """
    found: dict[str, tuple[Material, ...]] = {}
    before: dict[str, frozenset[str]] = {}
    for turn in turns:
        earlier = before.get(turn.slug, frozenset())
        if turn.back:
            since = {change.version for change in found.get(turn.slug, ()) if turn.version in change.before}
            found[turn.slug] = tuple(change for change in found.get(turn.slug, ()) if change.version not in since)
        elif turn.size is Size.MATERIAL and turn.previous:
            change = Material(turn.slug, turn.version, turn.previous, turn.at, turn.text, earlier - {turn.version})
            found[turn.slug] = (*found.get(turn.slug, ()), change)
        before[turn.slug] = earlier | {turn.version}
    return {slug: each for slug, each in found.items() if each}


def _refusal(one: Decision) -> Problem:
    """Why the version in the files is held back, as the check of the content would say it."""
    assert one.verdict is not None
    why = f" ({'; '.join(one.verdict.reasons[:3])})" if one.verdict.reasons else ""
    return Problem(
        f"{one.new.kind}/{one.new.slug}/module.yaml", 0, "C1", one.verdict.refused + why,
        f"Give the module an edition of its own (the live one is {one.live.edition}), and add a note for it under changes: "
        f"with size: {one.verdict.size.name.lower()}" + (" and what people should do differently." if one.verdict.size is Size.MATERIAL else "."),
    )


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

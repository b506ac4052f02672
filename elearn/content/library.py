"""Everything there is to learn, read once into memory and never changed; reading again makes a new Library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from elearn.content import limits, lint, reader, wording
from elearn.content.markdown import PLAIN, SLUG, Outside
from elearn.content.problems import Problem, Problems
from elearn.content.reader import AnyDraft, Draft, ResourceDraft, ThemeDraft, ToolDraft
from elearn.content.source import Source, read_file, read_folder
from elearn.rules import gates
from elearn.rules.courses import Contact, Course, Fact, Review, Theme, Tool
from elearn.rules.resources import Resource

FOLDERS = ("safer7", "elearning", "live", "tools", "resources", "themes")
"""The folders of modules, in the order read; a name used twice belongs to the first."""

CONTACT_DAYS = 183
"""A number for help is checked every six months."""
FILM_DAYS = 366
"""A page on somebody else’s site is looked at every year."""


@dataclass(frozen=True, slots=True)
class Library:
    """An immutable snapshot of the content. ``sources`` has the files of every course, tool, theme and resource in it."""

    courses: Mapping[str, Course] = field(default_factory=dict)
    tools: Mapping[str, Tool] = field(default_factory=dict)
    themes: Mapping[str, Theme] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("courses", "tools", "themes", "resources", "contacts", "sources"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def title(self, slug: str) -> str | None:
        """What people call a module; None when there is none of that name."""
        found = self.courses.get(slug) or self.tools.get(slug) or self.themes.get(slug) or self.resources.get(slug)
        return found.title if found else None


@dataclass(slots=True)
class _Shelf:
    """What has been read so far, by slug, with the problems of each."""

    drafts: dict[str, AnyDraft] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    problems: dict[str, Problems] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    @property
    def courses(self) -> set[str]:
        return {slug for slug, folder in self.folders.items() if folder in ("safer7", "elearning", "live")}

    @property
    def anything(self) -> set[str]:
        """What a theme may gather."""
        return self.courses | {slug for slug, folder in self.folders.items() if folder in ("tools", "resources")}


def load(root: Path, *, today: date | None = None, outside: Outside = PLAIN) -> tuple[Library, tuple[Problem, ...]]:
    """The library under *root*, and everything that is wrong with it; never raises for what a file says.

    A module with an error is left out, so that the caller keeps the version that is live; one with warnings is in.
    *today* decides what has expired (None: nothing has).
    """
    shelf, general = _Shelf(), Problems()
    for folder in FOLDERS:
        for path in sorted(root.glob(f"{folder}/*")):
            _take(path, folder, shelf, general, outside)
    thresholds = limits.read(root, general)
    for slug, draft in shelf.drafts.items():
        _cross(draft, shelf, shelf.problems[slug])
        if isinstance(draft, Draft):
            shelf.problems[slug].found.extend(lint.lint(draft, thresholds))
        else:
            shelf.problems[slug].found.extend(lint.lint_prose(draft.readings, getattr(draft, "glossary", ()), thresholds))
        if isinstance(draft, ResourceDraft) and not draft.resource.facts:
            shelf.problems[slug].warn(
                draft.document.file, 0, "S1", "nothing says where its claims come from", "Write sources.yaml, with a fact for each claim."
            )
        if today:
            _dates(draft, today, shelf.problems[slug])
    contacts = _contacts(root, today, general)
    sound = {slug: draft for slug, draft in shelf.drafts.items() if not any(problem.blocks for problem in shelf.problems[slug].found)}
    library = Library(
        courses={slug: draft.course for slug, draft in sound.items() if isinstance(draft, Draft)},
        tools={slug: draft.tool for slug, draft in sound.items() if isinstance(draft, ToolDraft)},
        themes={slug: draft.theme for slug, draft in sound.items() if isinstance(draft, ThemeDraft)},
        resources={slug: draft.resource for slug, draft in sound.items() if isinstance(draft, ResourceDraft)},
        contacts={contact.id: contact for contact in contacts},
        sources={slug: shelf.sources[slug] for slug in sound},
    )
    return library, tuple(sorted([*general.found, *(problem for each in shelf.problems.values() for problem in each.found)]))


def _take(path: Path, folder: str, shelf: _Shelf, general: Problems, outside: Outside) -> None:
    name = f"{folder}/{path.name}"
    if path.name.startswith("."):
        return
    if path.is_symlink() or not path.is_dir():
        general.error(name, 0, "file", "this is not a folder of a module", "Remove it.")
    elif not SLUG.fullmatch(path.name):
        general.error(name, 0, "slug", "the name is not small letters, numbers and hyphens", "Rename the folder.")
    elif path.name in shelf.folders:
        general.error(
            name, 0, "slug", f"there is also {shelf.folders[path.name]}/{path.name}", "No two modules may share a name: rename one."
        )
    else:
        source, found = read_folder(path, name)
        problems = Problems(list(found))
        _unwritten(source, name, problems)
        shelf.folders[path.name], shelf.sources[path.name], shelf.problems[path.name] = folder, source, problems
        if draft := reader.drafter(folder)(source, path.name, problems, outside):
            shelf.drafts[path.name] = draft


def _unwritten(source: Source, name: str, problems: Problems) -> None:
    """What a new module still asks for must not be read as if it were its words."""
    for path in source.files:
        for line, text in enumerate(source.text(path).split("\n"), 1):
            if found := wording.UNWRITTEN.search(text):
                problems.error(f"{name}/{path}", line, "unwritten", f"this is not written yet: {found[0]}", "Write it, and take the brackets away.")


def _contacts(root: Path, today: date | None, problems: Problems) -> tuple[Contact, ...]:
    file = "contacts.yaml"
    if not (root / file).exists():
        problems.error(file, 0, "file", "the file is missing", "Write the national help lines as the guide shows.")
        return ()
    source, found = read_file(root / file, file)
    problems.found.extend(found)
    contacts = reader.read_contacts(source, problems) if source.files else ()
    for contact in contacts:
        if today and contact.checked_on and (today - contact.checked_on).days > CONTACT_DAYS:
            problems.warn(
                file, 0, "contact", f"{contact.id} was last checked on {contact.checked_on}", "Check the number, and set the day."
            )
    return contacts


def _cross(draft: AnyDraft, shelf: _Shelf, problems: Problems) -> None:
    """Whether everything that one module says about others is so."""
    document, anything = draft.document, shelf.anything

    def named(slugs: Iterable[str], known: set[str], key: str, what: str) -> None:
        for position, slug in enumerate(slugs):
            if slug not in known:
                problems.error(
                    document.file, document.line((key, position)), key, f"there is no {what} {slug!r}", "Correct the name, or remove it."
                )

    if isinstance(draft, Draft):
        named(draft.course.where_next, anything - {draft.course.slug}, "where_next", "other module")
        named(draft.course.before, shelf.courses - {draft.course.slug}, "before", "other course")
    elif isinstance(draft, ThemeDraft):
        named(draft.theme.items, anything, "items", "course, tool or resource")
    elif isinstance(draft, ResourceDraft):
        named(draft.resource.where_next, anything - {draft.resource.slug}, "where_next", "other module")
        for objective in draft.resource.objectives:
            for position, slug in enumerate(objective.items):
                if slug not in shelf.courses:
                    line = document.line(("objectives", objective.id, "items", position))
                    problems.error(document.file, line, "items", f"there is no course {slug!r}", "Correct the name, or remove it.")
    else:
        items = [item for leaf in gates.leaves(draft.tool.requires) if (item := getattr(leaf, "item", None))]
        named(items, shelf.courses, "requires", "course")
    for reading in draft.readings:
        for link in reading.text.links:
            if link.module and link.module not in shelf.folders:
                problems.error(
                    reading.file, link.line, "link", f"there is no module {link.module!r}", "Correct the name, or remove the link."
                )


def _thing(draft: AnyDraft) -> Course | Tool | Theme | Resource:
    match draft:
        case Draft():
            return draft.course
        case ToolDraft():
            return draft.tool
        case ThemeDraft():
            return draft.theme
        case ResourceDraft():
            return draft.resource


def _dates(draft: AnyDraft, today: date, problems: Problems) -> None:
    """What has run out, or has not come yet."""
    document = draft.document
    thing = _thing(draft)
    if thing.review_due < today:
        line = document.line(("review_due",))
        problems.warn(document.file, line, "review", f"the review was due on {thing.review_due}", "Have it reviewed, and set the next date.")
    if thing.law_as_at > today:
        line = document.line(("law_as_at",))
        problems.error(document.file, line, "review", "law_as_at is in the future", "Write the day the law was last checked.")
    if isinstance(draft, Draft | ResourceDraft):
        for fact in (draft.course if isinstance(draft, Draft) else draft.resource).facts:
            _claim(fact, fact.id, *draft.fact_places[fact.id], today, problems)
    if isinstance(draft, ResourceDraft):
        for film in draft.resource.videos:
            if (today - film.checked_on).days > FILM_DAYS:
                line = document.line(("videos", film.id, "checked_on"))
                problems.warn(document.file, line, "film", f"{film.id} was last looked at on {film.checked_on}", "Open it, and set the day.")
    elif isinstance(draft, ThemeDraft):
        for position, review in enumerate(draft.theme.reviews):
            _claim(review, review.title, document.file, document.line(("reviews", position)), today, problems)


def _claim(claim: Fact | Review, name: str, file: str, line: int, today: date, problems: Problems) -> None:
    if claim.expires < today:
        problems.error(file, line, "expired", f"{name} expired on {claim.expires}", "Check the claim again, and set new dates.")
    if claim.checked_on > today:
        problems.error(file, line, "fact", f"{name} was checked on a day to come", "Write the day it was checked.")

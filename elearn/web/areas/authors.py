"""/office/writing : what the check of the modules found, beside the screen or question it is about."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.content import readability
from elearn.content.curly import curly
from elearn.content.figures import groups_of
from elearn.content.library import FOLDERS
from elearn.content.lint import minutes_needed, visible
from elearn.content.markdown import SLUG
from elearn.content.problems import Problem
from elearn.content.reader import AnyDraft, Draft, Item, Reading, ResourceDraft
from elearn.content.report import draft_of
from elearn.rules.access import Permission
from elearn.web import cookies
from elearn.web.catalogue import catalogue, publish
from elearn.web.guard import needs
from elearn.web.outside import outside
from elearn.web.pages import render

bp = Blueprint("authors", __name__, url_prefix="/office/writing")


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    right: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A screen (``html``), or a question with its words and ``answers``, as it stands in the files now."""

    id: str
    title: str
    file: str
    line: int
    html: str = ""
    words: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    count: int = 0
    grade: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """What was found about one screen or question, worst first; without a preview it is about the module as a whole."""

    preview: Preview | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module's folder, with what the check says of it. ``title`` is its slug while nothing of it is live."""

    folder: str
    slug: str
    title: str
    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)


@bp.get("")
@needs(Permission.OFFICE)
def listing() -> str:
    """Every module with how much there is to mend, those that cannot be live first."""
    modules = sorted(_modules(), key=lambda module: (-module.blocking, -len(module.problems), module.title))
    own = [_typeset(problem) for problem in catalogue().problems if problem.file.count("/") < 2]
    return render("authors/listing.html", modules=modules, own=own, said=request.args.get("said") == "read")


@bp.post("/read-again", endpoint="read_again")
@needs(Permission.OFFICE)
def again() -> Response:
    """Read the files now instead of in a few seconds; what is sound goes live."""
    if catalogue().refresh(clock.now().date()):
        publish()
    slug = request.form.get("module", "")
    if any(module.slug == slug for module in _modules()):
        return redirect(url_for(".module", slug=slug, said="read"), 303)
    return redirect(url_for(".listing", said="read"), 303)


@bp.get("/<slug>")
@needs(Permission.OFFICE)
def module(slug: str) -> str:
    """One module: what to mend beside what it is about, and any other screen or question one asks to see."""
    found = next((module for module in _modules() if module.slug == slug), None)
    if found is None:
        abort(404)
    draft = draft_of(_root(), found.folder, slug, outside(_root()))
    previews = _previews(draft) if draft else []
    seen = next((preview for preview in previews if preview.id == request.args.get("see")), None)
    return render(
        "authors/module.html", module=found, draft=draft, places=_places(found.problems, previews), previews=previews, seen=seen,
        needed=minutes_needed(draft) if isinstance(draft, Draft) else None, said=request.args.get("said") == "read",
    )


def _root() -> Path:
    return cookies.settings().modules


def _modules() -> list[Module]:
    problems: dict[str, list[Problem]] = {}
    for problem in catalogue().problems:
        problems.setdefault("/".join(problem.file.split("/")[:2]), []).append(_typeset(problem))
    return [
        Module(folder, path.name, catalogue().library.title(path.name) or path.name, tuple(problems.get(f"{folder}/{path.name}", ())))
        for folder in FOLDERS
        for path in _root().glob(f"{folder}/*")
        if SLUG.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]


def _typeset(problem: Problem) -> Problem:
    return replace(problem, text=curly(problem.text), mend=curly(problem.mend))


def _places(problems: Sequence[Problem], previews: Sequence[Preview]) -> list[Place]:
    """The problems, gathered by the last screen or question that begins at or above their line."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        above = [preview for preview in previews if preview.file == problem.file and preview.line <= problem.line]
        found.setdefault(max(above, key=lambda preview: preview.line).id if above else "", []).append(problem)
    by_id = {preview.id: preview for preview in previews}
    places = [Place(by_id.get(id), tuple(sorted(each, key=lambda problem: (problem.severity, problem.line)))) for id, each in found.items()]
    return sorted(places, key=lambda place: not any(problem.severity == "error" for problem in place.problems))


def _previews(draft: AnyDraft) -> list[Preview]:
    if not isinstance(draft, Draft):
        explained = draft.glossary if isinstance(draft, ResourceDraft) else ()
        return [_screen(reading, f"text {number}", f"Text {number}", explained) for number, reading in enumerate(draft.readings, 1)]
    titles = {f"{unit.id}/{screen.id}": screen.title for unit, screen in draft.course.screens()}
    screens = [
        _screen(reading, reading.screen or f"text {number}", titles.get(reading.screen, f"Text {number}"), draft.course.glossary)
        for number, reading in enumerate(draft.readings, 1)
    ]
    return [*screens, *(_question(item) for item in (*draft.checks, *draft.items))]


def _screen(reading: Reading, id: str, title: str, explained: Iterable[str]) -> Preview:
    grade = readability.measure("\n".join(passage.text for passage in reading.text.passages), explained).grade
    return Preview(id, title, reading.file, reading.line, html=reading.text.html, count=reading.text.words, grade=grade)


def _question(item: Item) -> Preview:
    id = f"{item.unit}/{item.id}" if item.unit else f"question {item.id}"
    groups = list(groups_of([item]))
    if not groups:
        return Preview(id, item.id, item.file, item.line(), words=tuple(map(curly, visible(item.written))))
    words = tuple(curly(text) for group in groups for text in (group.story, group.prompt) if text)
    answers = tuple(Answer(curly(option.text), option.right) for group in groups for option in group.options)
    return Preview(id, item.id, item.file, item.line(), words=words, answers=answers)

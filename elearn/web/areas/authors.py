"""/office/writing : what the check of the modules found, beside the screen or question it is about."""
from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from elearn import clock
from elearn.actions.effect import Effect, effect
from elearn.actions.publishing import Decision
from elearn.content import readability
from elearn.content.curly import curly
from elearn.content.figures import groups_of
from elearn.content.library import FOLDERS
from elearn.content.limits import LIMITS
from elearn.content.lint import minutes_needed, visible
from elearn.content.markdown import SLUG
from elearn.content.problems import Problem
from elearn.content.reader import BOX_WORDS, AnyDraft, Draft, Item, Reading, ResourceDraft
from elearn.content.report import draft_of
from elearn.documents.printer import DoesNotFit, PrintFailed
from elearn.records import figures, releases
from elearn.records.db import db, writing
from elearn.rules.access import Permission
from elearn.rules.changes import Difference, compare
from elearn.rules.questions.base import Question
from elearn.rules.quiz import Paper
from elearn.web import answers, cookies
from elearn.web.areas.briefings import on_paper, printed
from elearn.web.catalogue import catalogue
from elearn.web.catalogue import publish as settle
from elearn.web.guard import needs, person
from elearn.web.outside import outside
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("authors", __name__, url_prefix="/office/writing")

log = logging.getLogger(__name__)

PLACES = 8
"""Screens and questions with something to mend that stand on one page: a preview of a hundred would be heavy, and nobody mends them at once."""

YOUNGEST, OLDEST, WIDE = 5, 18, 300
"""The ends of the scale of reading ages in years, and its width in its own units."""

SOUND = (
    ("Sentences are short, and easy to read", frozenset({"R1", "R2", "R3", "R4"})),
    ("The words are plain", frozenset({"R5", "R6"})),
    ("It fits its minutes", frozenset({"W2", "W4"})),
    ("Links say where they go", frozenset({"L1"})),
    ("Every outcome is taught and asked about", frozenset({"O1", "O2", "O3"})),
    ("No question gives its answer away", frozenset({"Q2", "Q4", "Q6", "Q7", "Q8", "Q19"})),
    ("Every answer says why, kindly", frozenset({"Q9"})),
    ("No best answer waits, hides or confronts", frozenset({"Q18"})),
)
"""What an author is glad to hear, and the rules that found nothing when it is so."""


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
    question: Question | None = None

    @property
    def age(self) -> int:
        return reading_age(self.grade)


@dataclass(frozen=True, slots=True)
class Place:
    """What was found about one screen or question, worst first; without a preview it is about the module as a whole."""

    preview: Preview | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module's folder, with what the check says of it. ``title`` is made of its slug while nothing of it is ``live``."""

    folder: str
    slug: str
    title: str
    problems: tuple[Problem, ...]
    live: bool

    @property
    def blocking(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Held:
    """A version that is not live yet: what differs from the one that is, and what that means for people."""

    decision: Decision
    parts: tuple[Difference, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Bar:
    """The words of one box of a briefing, drawn: ``top`` and ``height`` in the chart's own units."""

    number: int
    words: int
    top: float
    height: float
    fits: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured of a course as it stands in the files."""

    needed: float
    """Minutes."""
    bars: tuple[Bar, ...]
    """One for each box; empty for what is no briefing."""
    age: int
    hardest: Preview | None
    """The screen that is hardest to read, where there is any."""
    sound: tuple[str, ...]

    @property
    def words(self) -> int:
        return sum(bar.words for bar in self.bars)

    def x(self, age: float) -> float:
        """Where a reading age stands on its scale."""
        return round((min(max(age, YOUNGEST), OLDEST) - YOUNGEST) / (OLDEST - YOUNGEST) * WIDE, 1)


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
    catalogue().refresh(clock.now().date())
    if catalogue().unsettled(db.session()):
        settle()
    slug = request.form.get("module", "")
    if any(module.slug == slug for module in _modules()):
        return redirect(url_for(".module", slug=slug, said="read"), 303)
    return redirect(url_for(".listing", said="read"), 303)


@bp.get("/<slug>")
@needs(Permission.OFFICE)
def module(slug: str) -> str:
    """One module: what to mend beside what it is about, so many places at a time, and the way to every screen and question."""
    found = _module(slug)
    draft = draft_of(_root(), found.folder, slug, outside(_root()))
    previews = _previews(draft) if draft else []
    places = _places(found.problems, previews)
    pages = max(1, -(-len(places) // PLACES))
    page = max(1, min(request.args.get("page", 1, type=int), pages))
    return render(
        "authors/module.html", module=found, draft=draft, places=places[(page - 1) * PLACES : page * PLACES], previews=previews, page=page,
        pages=pages, address=lambda number: url_for(".module", slug=slug, page=number), aim=_aim(),
        measures=_measures(draft, previews, found.problems) if isinstance(draft, Draft) and draft.course.kind != "live" else None,
        said=request.args.get("said", ""), turns=_turns(slug), waiting=_waiting(slug), readers=_readers(slug),
        fits=_fits(draft) if isinstance(draft, Draft) and draft.course.kind == "safer7" and "a4" in request.args else "",
    )


@bp.post("/<slug>/publish")
@needs(Permission.OFFICE)
def publish(slug: str) -> Response:
    """Have a material change go live, by somebody who has seen what it means for people: the version they looked at, and no other."""
    found, session = _module(slug), db.session()
    waiting = catalogue().waiting.get(slug)
    if waiting is None or waiting.new.version != request.form.get("version"):  # published meanwhile, or the files have changed again
        return redirect(url_for(".module", slug=found.slug, said="other"), 303)
    with writing(session):
        catalogue().publish(session, slug, person().id, clock.now())
    settle()
    return redirect(url_for(".module", slug=found.slug, said="published"), 303)


@bp.get("/<slug>/see")
@needs(Permission.OFFICE)
def see(slug: str) -> str:
    """One screen or question (the first, when none is named) as learners will meet it, from the files as they are now; a question before
    or after it is answered."""
    found = _module(slug)
    draft = draft_of(_root(), found.folder, slug, outside(_root()))
    previews = _previews(draft) if draft else []
    here = next((n for n, preview in enumerate(previews) if preview.id == request.args.get("part", preview.id)), None)
    if here is None:
        abort(404)
    shown, answered = previews[here], "answered" in request.args
    facts: dict[str, Any] = {"module": found, "shown": shown, "here": here, "previews": previews, "answered": answered}
    if shown.question is None:
        return render("authors/see.html", **facts)
    question, paper = shown.question, Paper((shown.question,), 1)
    best = question.mark({})
    given = question.kept(best.answer) if answered else {}
    return render(
        "authors/see.html", **facts, question=question, fields=answers.fields(paper, question, given), stages=question.stages(given),
        marking=paper.reveal(question, question.mark(given)), marked=best.available > 0,
    )


def _waiting(slug: str) -> Held | None:
    decision = catalogue().waiting.get(slug)
    if decision is None:
        return None
    return Held(decision, compare(decision.live, decision.new), effect(db.session(), decision.live, clock.now(), tenant().zone))


def _readers(slug: str) -> tuple[int, int] | None:
    """How many people read a part, and all, of the version that is live; None where nothing is live."""
    live = catalogue().courses.get(slug)
    return figures.readers(db.session(), slug, live.version) if live else None


def _fits(draft: Draft) -> str:
    """Whether the briefing, as it stands in the files, fits on one A4 page. To find out it is printed, so only when somebody asks."""
    try:
        printed(on_paper(draft.course))
    except DoesNotFit:
        return "long"
    except PrintFailed as error:
        log.error("%s not printed: %s: %s", draft.course.slug, type(error).__name__, error)
        return "unknown"
    return "fits"


def _turns(slug: str) -> list[releases.Turn]:
    """Every version that was live, the newest first."""
    return [turn for turn in reversed(releases.turns(db.session())) if turn.slug == slug]


def _module(slug: str) -> Module:
    return next((module for module in _modules() if module.slug == slug), None) or abort(404)


def _root() -> Path:
    return cookies.settings().modules


def _modules() -> list[Module]:
    problems: dict[str, list[Problem]] = {}
    for problem in catalogue().problems:
        problems.setdefault("/".join(problem.file.split("/")[:2]), []).append(_typeset(problem))
    return [
        Module(
            folder, path.name, catalogue().library.title(path.name) or _words(path.name), tuple(problems.get(f"{folder}/{path.name}", ())),
            path.name in catalogue().library.sources,
        )
        for folder in FOLDERS
        for path in _root().glob(f"{folder}/*")
        if SLUG.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]


def _words(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


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
        return Preview(id, item.id, item.file, item.line(), words=tuple(map(curly, visible(item.written))), question=item.question)
    words = tuple(curly(text) for group in groups for text in (group.story, group.prompt) if text)
    answers = tuple(Answer(curly(option.text), option.right) for group in groups for option in group.options)
    return Preview(id, item.id, item.file, item.line(), words=words, answers=answers, question=item.question)


# ---- What can be measured ----------------------------------------------------------------------------------------------

def reading_age(grade: float) -> int:
    """The age at which most people can read what has this school grade."""
    return max(YOUNGEST, round(grade + 5))


def _aim() -> tuple[int, int]:
    """The reading age a module aims for, and the one no screen may go above."""
    return reading_age(LIMITS["grade target"]), reading_age(LIMITS["grade most"])


def _measures(draft: Draft, previews: Sequence[Preview], problems: Sequence[Problem]) -> Measures:
    screens = [preview for preview in previews if preview.html]
    text = "\n".join(passage.text for reading in draft.readings for passage in reading.text.passages)
    grade = readability.measure(text, draft.course.glossary).grade
    hurt = {problem.rule for problem in problems}
    return Measures(
        minutes_needed(draft), tuple(_bars(draft)) if draft.course.kind == "safer7" else (), reading_age(grade),
        max(screens, key=lambda preview: preview.grade, default=None), tuple(words for words, rules in SOUND if not rules & hurt),
    )


def _bars(draft: Draft) -> Iterator[Bar]:
    """Heights so that the most words a box may have stand at the line."""
    least, most = BOX_WORDS
    for number, (_, box) in enumerate(draft.course.screens(), 1):
        height = round(min(box.words / most, 1.35) * 110, 1)
        yield Bar(number, box.words, round(164 - height, 1), height, least <= box.words <= most)

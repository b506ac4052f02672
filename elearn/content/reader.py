"""Reads the files of one module into the object the rules know, and notes everything that is wrong with them.

What needs only the module itself is checked here; what needs other modules or today's date is in library.py, and what is a
matter of good writing in lint.py. So a release stored years ago reads the same for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from typing import Any, Literal, TypeVar, cast

from pydantic import BaseModel

from elearn.content import markdown, schema, yaml_lines
from elearn.content.curly import curly
from elearn.content.markdown import SLUG, Fence, Link, Outside, Page, Passage, Rendered, count_words
from elearn.content.problems import Problem, Problems
from elearn.content.source import Source
from elearn.content.yaml_lines import Document
from elearn.rules import gates
from elearn.rules.courses import Change, Check, Contact, Course, Fact, Kind, Outcome, Review, Screen, Size, Step, Theme, Tool, Unit
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question, Unreadable
from elearn.rules.quiz import QuizSpec
from elearn.rules.resources import Objective, Poster, Resource, Video
from elearn.rules.validity import NEVER, Validity

BOXES = ("what", "why", "see", "barriers", "helps", "do", "talk")
"""The seven boxes of a Safer7, in order."""

BOX_WORDS = (40, 95)
BRIEFING_WORDS = (420, 560)
"""Fewest and most words: a briefing prints on one page, and is read in seven minutes with its questions."""

ONE_UNIT = "boxes"
"""The id of the only unit of a Safer7."""

_TYPED = frozenset({"accept", "answer"})
"""Keys of a question that hold what people type; quotation marks in them stay as they are."""

_READ: Mapping[str, tuple[str, ...]] = {
    "safer7": ("module.yaml", "boxes.md", "quiz.yaml", "items/*.yaml", "sources.yaml", "sources/*.yaml"),
    "elearning": ("module.yaml", "units/*.md", "quiz.yaml", "items/*.yaml", "sources.yaml", "sources/*.yaml"),
    "live": ("module.yaml", "sources.yaml", "sources/*.yaml"),
    "tools": ("tool.yaml",),
    "resources": ("resource.yaml", "sources.yaml"),
    "themes": ("theme.yaml",),
}

Model = TypeVar("Model", bound=BaseModel)


class NotReadable(ValueError):
    """A stored module cannot be read; ``problems`` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Item:
    """A question with what its author wrote, for the linter; ``unit`` is set for a check along the way."""

    id: str
    file: str
    document: Document
    at: yaml_lines.Path
    written: Mapping[str, Any]
    question: Question
    unit: str = ""

    def line(self, *keys: str | int) -> int:
        return self.document.line((*self.at, *keys))


@dataclass(frozen=True, slots=True)
class Reading:
    """A piece of text with its place, for the linter. ``screen`` is "unit/step", empty outside units."""

    file: str
    line: int
    text: Rendered
    screen: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A course as read, with everything the checks need to name files and lines."""

    folder: str
    course: Course
    document: Document
    items: tuple[Item, ...] = ()
    checks: tuple[Item, ...] = ()
    readings: tuple[Reading, ...] = ()
    fact_places: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return self.document.file

    def line(self, *keys: str | int) -> int:
        """The line in module.yaml."""
        return self.document.line(keys)

    def links(self) -> Iterable[tuple[str, Link]]:
        return ((reading.file, link) for reading in self.readings for link in reading.text.links)


@dataclass(frozen=True, slots=True)
class ToolDraft:
    tool: Tool
    document: Document
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class ThemeDraft:
    theme: Theme
    document: Document
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class ResourceDraft:
    """A resource as read; ``glossary`` is for the linter, which lets explained words be hard."""

    resource: Resource
    document: Document
    readings: tuple[Reading, ...]
    fact_places: Mapping[str, tuple[str, int]]
    glossary: Mapping[str, str]


AnyDraft = Draft | ToolDraft | ThemeDraft | ResourceDraft


def read_course(source: Source, kind: Kind, slug: str, outside: Outside | None = None) -> Course:
    """The course in a stored release. Raises NotReadable; dates that have passed since do not matter."""
    problems = Problems()
    draft = draft_course(source, kind, slug, problems, outside or Outside())
    if draft is None or problems.broken:
        raise NotReadable(tuple(problems.found))
    return draft.course


def read_tool(source: Source, slug: str, outside: Outside | None = None) -> Tool:
    """The tool in a stored release. Raises NotReadable."""
    problems = Problems()
    draft = draft_tool(source, slug, problems, outside or Outside())
    if draft is None or problems.broken:
        raise NotReadable(tuple(problems.found))
    return draft.tool


def read_theme(source: Source, slug: str, outside: Outside | None = None) -> Theme:
    """The theme in a stored release. Raises NotReadable."""
    problems = Problems()
    draft = draft_theme(source, slug, problems, outside or Outside())
    if draft is None or problems.broken:
        raise NotReadable(tuple(problems.found))
    return draft.theme


def read_resource(source: Source, slug: str, outside: Outside | None = None) -> Resource:
    """The resource in its stored files. Raises NotReadable."""
    problems = Problems()
    draft = draft_resource(source, slug, problems, outside or Outside())
    if draft is None or problems.broken:
        raise NotReadable(tuple(problems.found))
    return draft.resource


def draft_course(source: Source, kind: Kind, slug: str, problems: Problems, outside: Outside) -> Draft | None:
    """A course with its places, or None when there is too little to make one; problems may also stand beside a Draft."""
    reader = _Reader(source, kind, f"{kind}/{slug}", problems, outside)
    reader.unread()
    document = reader.yaml("module.yaml")
    model = schema.LiveFile if kind == "live" else schema.ModuleFile
    told = schema.fit(model, document, problems)
    facts = reader.facts()
    units = reader.boxes(told.title if told else "", told.minutes if told else 1) if kind == "safer7" else reader.units()
    quiz = None if kind == "live" else reader.quiz()
    if document is None or told is None:
        return None
    validity = reader.validity(told.validity, document)
    reader.plain(document, *((("changes", n, "text"), part.text) for n, part in enumerate(told.changes)))
    course = Course(
        slug=slug,
        version=source.version,
        kind=kind,
        title=told.title,
        summary=told.summary,
        minutes=told.minutes,
        cover=told.cover,
        outcomes=tuple(Outcome(id, text) for id, text in told.outcomes.items()),
        law_as_at=told.law_as_at,
        review_due=told.review_due,
        level=told.level,
        audience=told.audience,
        length=getattr(told, "length", ""),
        about=reader.optional(document, "about", getattr(told, "about", "")),
        prepare=reader.optional(document, "prepare", getattr(told, "prepare", "")),
        content_note=told.content_note,
        reviewed_by=told.reviewed_by,
        reviewed_on=told.reviewed_on,
        owner=told.owner,
        edition=told.edition,
        units=units,
        quiz=quiz,
        facts=facts,
        validity=validity,
        where_next=told.where_next,
        before=told.before,
        glossary=told.glossary,
        changes=tuple(Change(part.edition, Size[part.size.upper()], part.text) for part in told.changes),
    )
    draft = Draft(reader.folder, course, document, tuple(reader.items), tuple(reader.checks), tuple(reader.readings), reader.fact_places)
    _check_course(draft, problems)
    return draft


def draft_tool(source: Source, slug: str, problems: Problems, outside: Outside) -> ToolDraft | None:
    reader = _Reader(source, "tools", f"tools/{slug}", problems, outside)
    reader.unread()
    document = reader.yaml("tool.yaml")
    told = schema.fit(schema.ToolFile, document, problems)
    if document is None or told is None:
        return None
    try:
        requires = gates.from_json(told.requires)
    except ValueError as error:
        problems.error(document.file, document.line(("requires",)), "requires", str(error), "See “tool.yaml” in the guide.")
        return None
    tool = Tool(
        slug=slug,
        title=told.title,
        summary=told.summary,
        cover=told.cover,
        requires=requires,
        meanwhile=reader.prose(document, "meanwhile", told.meanwhile),
        about=reader.prose(document, "about", told.about),
        licence=reader.optional(document, "licence", told.licence),
        law_as_at=told.law_as_at,
        review_due=told.review_due,
        reviewed_by=told.reviewed_by,
        reviewed_on=told.reviewed_on,
    )
    _review_within_a_year(told, document, problems)
    reader.plain(document, (("summary",), tool.summary))
    return ToolDraft(tool, document, tuple(reader.readings))


def draft_theme(source: Source, slug: str, problems: Problems, outside: Outside) -> ThemeDraft | None:
    reader = _Reader(source, "themes", f"themes/{slug}", problems, outside)
    reader.unread()
    document = reader.yaml("theme.yaml")
    told = schema.fit(schema.ThemeFile, document, problems)
    if document is None or told is None:
        return None
    if not slug.startswith(f"{told.month}-"):
        problems.error(
            document.file, document.line(("month",)), "month", f"the folder does not begin with {told.month}-", "Rename one of them."
        )
    theme = Theme(
        slug=slug,
        title=told.title,
        month=date.fromisoformat(f"{told.month}-01"),
        cover=told.cover,
        lead=told.lead,
        body=reader.prose(document, "body", told.body),
        items=told.items,
        questions=told.questions,
        reviews=tuple(
            Review(part.title, part.text, part.source, part.tag, part.checked_on, part.expires, part.url) for part in told.reviews
        ),
        updated=told.updated,
        law_as_at=told.law_as_at,
        review_due=told.review_due,
        reviewed_by=told.reviewed_by,
        reviewed_on=told.reviewed_on,
    )
    _review_within_a_year(told, document, problems)
    for position, review in enumerate(theme.reviews):
        _not_too_long(review, document, ("reviews", position, "expires"), review.title, problems)
    reader.plain(
        document, (("lead",), theme.lead), *((("questions", n), question) for n, question in enumerate(theme.questions)),
        *((("reviews", n, key), text) for n, review in enumerate(theme.reviews) for key, text in (("title", review.title), ("text", review.text))),
    )
    return ThemeDraft(theme, document, tuple(reader.readings))


def draft_resource(source: Source, slug: str, problems: Problems, outside: Outside) -> ResourceDraft | None:
    reader = _Reader(source, "resources", f"resources/{slug}", problems, outside)
    reader.unread()
    document = reader.yaml("resource.yaml")
    told = schema.fit(schema.ResourceFile, document, problems)
    facts = reader.facts()
    if document is None or told is None:
        return None
    _review_within_a_year(told, document, problems)
    resource = Resource(
        slug=slug,
        version=source.version,
        kind=told.kind,
        title=told.title,
        summary=told.summary,
        cover=told.cover,
        minutes=told.minutes,
        law_as_at=told.law_as_at,
        review_due=told.review_due,
        body=reader.optional(document, "body", told.body),
        edition=told.edition,
        reviewed_by=told.reviewed_by,
        reviewed_on=told.reviewed_on,
        objectives=tuple(Objective(id, part.title, part.text, part.items) for id, part in told.objectives.items()),
        videos=tuple(
            Video(id, part.title, part.maker, part.url, reader.prose(document, ("videos", id, "words"), part.words), part.checked_on)
            for id, part in told.videos.items()
        ),
        poster=Poster(told.poster.headline, told.poster.lead, told.poster.points, told.poster.close) if told.poster else None,
        where_next=told.where_next,
        facts=facts,
    )
    reader.plain(document, *_plain_words(resource))
    return ResourceDraft(resource, document, tuple(reader.readings), reader.fact_places, told.glossary)


def _plain_words(resource: Resource) -> Iterator[tuple[yaml_lines.Path, str]]:
    """What a resource says besides its Markdown, with where it stands in its file."""
    yield ("summary",), resource.summary
    for one in resource.objectives:
        yield ("objectives", one.id, "title"), one.title
        yield ("objectives", one.id, "text"), one.text
    for film in resource.videos:
        yield ("videos", film.id, "title"), film.title
    if notice := resource.poster:
        yield from ((("poster", name), getattr(notice, name)) for name in ("headline", "lead", "close"))
        yield from ((("poster", "points", n), point) for n, point in enumerate(notice.points))


def read_contacts(source: Source, problems: Problems) -> tuple[Contact, ...]:
    """The national numbers of contacts.yaml, in the order written."""
    reader = _Reader(source, "contacts", "", problems, Outside())
    document = reader.yaml("contacts.yaml")
    told = schema.fit(schema.ContactsFile, document, problems)
    if told is None:
        return ()
    return tuple(Contact(id, part.name, part.number, part.purpose, part.note, part.checked_on) for id, part in told.contacts.items())


class _Reader:
    """Reads the files of one folder; gathers problems, and places for later checks."""

    def __init__(self, source: Source, kind: str, folder: str, problems: Problems, outside: Outside) -> None:
        self.source, self.kind, self.folder, self.problems, self.outside = source, kind, folder, problems, outside
        self.items: list[Item] = []
        self.checks: list[Item] = []
        self.readings: list[Reading] = []
        self.fact_places: dict[str, tuple[str, int]] = {}

    def name(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path

    def unread(self) -> None:
        """Note files that nothing reads: mostly a misspelt name, whose content would be missing without a word."""
        for path in self.source.files:
            folder, _, last = path.rpartition("/")
            pattern = f"{folder}/*{last[last.rfind('.') :]}" if folder else path
            if pattern not in _READ[self.kind]:
                self.problems.error(
                    self.name(path), 0, "file", "nothing reads this file", f"A module here has: {', '.join(_READ[self.kind])}."
                )

    def yaml(self, path: str, needed: bool = True) -> Document | None:
        if path not in self.source.files:
            if needed:
                self.problems.error(self.name(path), 0, "file", "the file is missing", "Write it as the guide shows.")
            return None
        return yaml_lines.read(self.source.text(path), self.name(path), self.problems)

    def _all(self, model: type[Model], single: str, folder: str) -> list[tuple[Document, Model]]:
        """The single file, if there, then those of the folder, as *model*."""
        paths = [path for path in (single,) if path in self.source.files] + list(self.source.under(folder, ".yaml"))
        documents = [document for path in paths if (document := self.yaml(path))]
        return [(document, told) for document in documents if (told := schema.fit(model, document, self.problems))]

    def facts(self) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for document, told in self._all(schema.SourcesFile, "sources.yaml", "sources"):
            for id, part in told.facts.items():
                line = document.line(("facts", id))
                if id in self.fact_places:
                    self.problems.error(document.file, line, "fact", f"the fact {id!r} is also in {self.fact_places[id][0]}", "Rename one.")
                self.fact_places[id] = (document.file, line)
                _not_too_long(part, document, ("facts", id, "expires"), id, self.problems)
                facts.append(Fact(id, part.claim, part.source, part.tag, part.checked_on, part.expires, part.url))
        return tuple(facts)

    def validity(self, part: schema.ValidityPart | None, document: Document) -> Validity:
        if part is None or part.rule == "never":
            return NEVER
        month_day = (int(part.day[:2]), int(part.day[3:])) if part.day else None
        try:
            return Validity(part.rule, part.months, part.window_days, month_day, part.at_least_months)
        except ValueError as error:
            self.problems.error(document.file, document.line(("validity",)), "validity", str(error), "See “validity” in the guide.")
            return NEVER

    def prose(self, document: Document, key: str | yaml_lines.Path, text: str) -> str:
        """A Markdown value of a YAML file. Its lines count from the line after the key, where a block text begins."""
        line = document.line((key,) if isinstance(key, str) else key)
        rendered = markdown.render(text, document.file, self.problems, self.outside, line + 1)
        self.readings.append(Reading(document.file, line, rendered))
        return rendered.html

    def plain(self, document: Document, *parts: tuple[yaml_lines.Path, str]) -> None:
        """Plain texts of a YAML file, for the linter: people read them as they read the rest. Together they are one text."""
        passages = tuple(Passage(document.line(path), text) for path, text in parts if text)
        if passages:
            html = "".join(f"<p>{escape(passage.text, quote=False)}</p>" for passage in passages)
            words = sum(count_words(passage.text) for passage in passages)
            self.readings.append(Reading(document.file, passages[0].line, Rendered(html, words, passages)))

    def optional(self, document: Document, key: str, text: str) -> str:
        """The same for a value that may be left out."""
        return self.prose(document, key, text) if text else ""

    def boxes(self, title: str, minutes: int) -> tuple[Unit, ...]:
        """The one unit of a Safer7, of exactly seven boxes."""
        path = "boxes.md"
        if path not in self.source.files:
            self.problems.error(self.name(path), 0, "file", "the file is missing", "Write the seven boxes as the guide shows.")
            return ()
        file = self.name(path)
        parts = markdown.pages(self.source.text(path), file, self.problems, self.outside)
        steps = self._steps(parts, file, ONE_UNIT, with_checks=False)
        ids = tuple(step.id for step in steps)
        if ids != BOXES:
            self.problems.error(
                file, 1, "boxes", f"the boxes are {', '.join(ids) or 'missing'}", f"Write these seven, in this order: {', '.join(BOXES)}."
            )
        self._budget(file, [step for step in steps if isinstance(step, Screen)])
        return (Unit(ONE_UNIT, title, minutes, steps),)

    def _budget(self, file: str, boxes: list[Screen]) -> None:
        for box, reading in zip(boxes, self.readings[-len(boxes) :], strict=False):
            _within(box.words, BOX_WORDS, f"the box {box.id!r}", file, reading.line, self.problems)
        if boxes:
            _within(sum(box.words for box in boxes), BRIEFING_WORDS, "the briefing", file, 1, self.problems)

    def units(self) -> tuple[Unit, ...]:
        paths = self.source.under("units", ".md")
        if self.kind == "elearning" and not paths:
            self.problems.error(self.name("units"), 0, "file", "there are no units", "Write units/01-name.md as the guide shows.")
        units = [unit for path in paths if (unit := self._unit(path))]
        for id, count in Counter(unit.id for unit in units).items():
            if count > 1:
                self.problems.error(self.name("units"), 0, "unit", f"two units are called {id!r}", "Rename one.")
        return tuple(units)

    def _unit(self, path: str) -> Unit | None:
        file, text = self.name(path), self.source.text(path)
        stem = path.removeprefix("units/").removesuffix(".md")
        number, _, id = stem.partition("-")
        if not (number.isascii() and number.isdigit() and SLUG.fullmatch(id)):
            self.problems.error(file, 0, "unit", "the name is not a number, a hyphen and an id", "Call it 01-your-part.md, for example.")
            return None
        head, body, first = _front(text)
        if head is None:
            self.problems.error(
                file, 1, "unit", "the unit's own facts are missing", "Begin with ---, title:, minutes: and --- on lines of their own."
            )
            return None
        document = yaml_lines.read(head, file, self.problems, first_line=2)
        front = schema.fit(schema.UnitFront, document, self.problems)
        parts = markdown.pages(body, file, self.problems, self.outside, first)
        steps = self._steps(parts, file, id, with_checks=True)
        if not any(isinstance(step, Screen) for step in steps):
            self.problems.error(file, first, "unit", "the unit has no screen", "Start one: # Title {#id}")
        return Unit(id, front.title, front.minutes, steps, front.note) if front else None

    def _steps(self, parts: list[Page | Fence], file: str, unit: str, with_checks: bool) -> tuple[Step, ...]:
        steps: list[Step] = []
        for part in parts:
            if isinstance(part, Page):
                step: Step | None = self._screen(part, file, unit)
            elif with_checks:
                step = self._check(part, file, unit)
            else:
                self.problems.error(file, part.line, "check", "a Safer7 has no checks along the way", "Put the question into quiz.yaml.")
                step = None
            if step and any(step.id == other.id for other in steps):
                self.problems.error(file, part.line, "screen", f"two steps of this unit are called {step.id!r}", "Rename one.")
            if step:
                steps.append(step)
        return tuple(steps)

    def _screen(self, page: Page, file: str, unit: str) -> Screen:
        values = dict(page.values)
        id = values.pop("id", "")
        if not SLUG.fullmatch(id):
            wrong = f"the id {id!r} is not small letters, numbers and hyphens" if id else "the screen has no id"
            self.problems.error(file, page.line, "screen", wrong, "Write # Title {#short-name}; the id stays when the title changes.")
        outcomes, facts = _list(values.pop("outcomes", "")), _list(values.pop("facts", ""))
        if values:
            self.problems.error(
                file, page.line, "screen", f"a heading does not know {', '.join(values)}", "It knows #id, outcomes= and facts=."
            )
        if not page.title:
            self.problems.error(file, page.line, "screen", "the screen has no title", "Write one before the braces.")
        self.readings.append(Reading(file, page.line, page.body, f"{unit}/{id}"))
        return Screen(id or f"line-{page.line}", page.title, page.body.html, page.body.words, outcomes, facts)

    def _check(self, fence: Fence, file: str, unit: str) -> Check | None:
        document = yaml_lines.read(fence.text, file, self.problems, fence.line + 1)
        if document is None:
            return None
        head = schema.fit(schema.CheckHead, document, self.problems)
        if head is None:
            return None
        written = {key: value for key, value in document.data.items() if key not in ("id", "title")}
        item = self._item(head.id, document, (), written, unit)
        if item is None:
            return None
        self.checks.append(item)
        return Check(head.id, head.title, item.question)

    def quiz(self) -> QuizSpec | None:
        document = self.yaml("quiz.yaml", needed=False)
        told = schema.fit(schema.QuizFile, document, self.problems)
        if document and told:
            self._items(document, told.items)
        for path in self.source.under("items", ".yaml"):
            more = self.yaml(path)
            rows = schema.fit(schema.ItemsFile, more, self.problems)
            if more and rows:
                self._items(more, rows.items)
        if self.items and "quiz.yaml" not in self.source.files:
            self.problems.error(self.name("quiz.yaml"), 0, "file", "there are items but no quiz.yaml", "Write it as the guide shows.")
        return self._spec(document, told) if document and told else None

    def _spec(self, document: Document, told: schema.QuizFile) -> QuizSpec | None:
        try:
            return QuizSpec(
                questions=tuple(item.question for item in self.items),
                draw=told.draw.total,
                pass_percent=told.pass_percent,
                mode=told.mode,
                each_outcome=told.draw.each_outcome,
                critical=told.draw.critical,
                one_of=tuple(tuple(group) for group in told.draw.one_of),
                attempts=told.attempts,
                wait_after=told.wait.after if told.wait else 0,
                wait=timedelta(hours=told.wait.hours) if told.wait else timedelta(0),
            )
        except ValueError as error:
            self.problems.error(document.file, document.line(("draw",)), "draw", str(error))
            return None

    def _items(self, document: Document, rows: Mapping[str, Mapping[str, Any]]) -> None:
        for id, row in rows.items():
            at = ("items", id)
            if earlier := next((item for item in self.items if item.id == id), None):
                self.problems.error(document.file, document.line(at), "item", f"the item {id!r} is also in {earlier.file}", "Rename one.")
            elif item := self._item(id, document, at, row):
                self.items.append(item)

    def _item(self, id: str, document: Document, at: yaml_lines.Path, written: Mapping[str, Any], unit: str = "") -> Item | None:
        kind = KINDS.get(str(written.get("kind", "")))
        if kind is None:
            said = f"there is no kind of question {written['kind']!r}" if "kind" in written else "the question has no kind"
            self.problems.error(document.file, document.line((*at, "kind")), "question", said, f"Use one of: {', '.join(KINDS)}.")
            return None
        try:
            question = kind.read(id, _typeset(written))
        except Unreadable as error:
            self.problems.error(document.file, document.line((*at, *error.where)), "question", f"{id}: {error}")
            return None
        return Item(id, document.file, document, at, written, question, unit)


def _typeset(value: Any) -> Any:
    """*value* with curly quotation marks in all its visible text."""
    if isinstance(value, str):
        return curly(value)
    if isinstance(value, list):
        return [_typeset(each) for each in value]
    if isinstance(value, dict):
        return {key: each if key in _TYPED else _typeset(each) for key, each in value.items()}
    return value


def _front(text: str) -> tuple[str | None, str, int]:
    """What stands between the lines of ---, the rest, and the line where the rest begins."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, text, 1
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        return None, text, 1
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _within(words: int, budget: tuple[int, int], what: str, file: str, line: int, problems: Problems) -> None:
    least, most = budget
    if not least <= words <= most:
        problems.error(file, line, "words", f"{what} has {words} words", f"Write {least} to {most}.")


def _months_after(day: date, months: int) -> date:
    """The same day of the month so many months on, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _review_within_a_year(told: schema.ToolFile | schema.ThemeFile | schema.ResourceFile, document: Document, problems: Problems) -> None:
    if told.review_due > _months_after(told.law_as_at, 12):
        _late_review(document.file, document.line(("review_due",)), problems)


def _late_review(file: str, line: int, problems: Problems) -> None:
    problems.error(file, line, "review", "the review is due more than 12 months after law_as_at", "Choose an earlier day.")


def _not_too_long(part: schema.FactPart | Review, document: Document, at: yaml_lines.Path, name: str, problems: Problems) -> None:
    """What was read a year ago has to be read again."""
    if part.expires > _months_after(part.checked_on, 12):
        problems.error(document.file, document.line(at), "fact", f"{name} expires more than 12 months after it was checked", "Choose an earlier day.")


def _check_course(draft: Draft, problems: Problems) -> None:
    course = draft.course
    if course.review_due > _months_after(course.law_as_at, 12):
        _late_review(draft.file, draft.line("review_due"), problems)
    outcomes, facts = {outcome.id for outcome in course.outcomes}, {fact.id for fact in course.facts}
    sources = f"{course.kind}/{course.slug}/sources"
    if any(problem.severity == "error" and problem.file.startswith(sources) for problem in problems.found):
        facts |= _named_facts(draft)  # one mistake there would otherwise be told again at every place that names a fact
    screens = {f"{unit.id}/{step.id}" for unit, step in course.steps()}
    places = {reading.screen: reading for reading in draft.readings}
    for unit, screen in course.screens():
        if (reading := places.get(f"{unit.id}/{screen.id}")) is None:
            continue
        _known(screen.outcomes, outcomes, "outcome", reading.file, reading.line, problems)
        _known(screen.facts, facts, "fact", reading.file, reading.line, problems)
    for item in (*draft.items, *draft.checks):
        question = item.question
        _known((question.outcome,) if question.outcome else (), outcomes, "outcome", item.file, item.line("outcome"), problems)
        _known(question.facts, facts, "fact", item.file, item.line("facts"), problems)
        place = question.screen if course.kind != "safer7" or "/" in question.screen else f"{ONE_UNIT}/{question.screen}"
        _known((place,) if question.screen else (), screens, "screen", item.file, item.line("screen"), problems)


def _named_facts(draft: Draft) -> set[str]:
    screens = (fact for _, screen in draft.course.screens() for fact in screen.facts)
    return {*screens, *(fact for item in (*draft.items, *draft.checks) for fact in item.question.facts)}


def _known(named: Iterable[str], known: Iterable[str], what: str, file: str, line: int, problems: Problems) -> None:
    for each in named:
        if each not in known:
            problems.error(file, line, what, f"there is no {what} {each!r} in this module", f"Correct the name, or write the {what}.")


Drafter = Callable[[Source, str, Problems, Outside], AnyDraft | None]


def drafter(folder: str) -> Drafter:
    """How the modules of one folder under modules/ are read."""
    if folder == "tools":
        return draft_tool
    if folder == "themes":
        return draft_theme
    if folder == "resources":
        return draft_resource
    kind = cast(Literal["safer7", "elearning", "live"], folder)
    return lambda source, slug, problems, outside: draft_course(source, kind, slug, problems, outside)

"""What each YAML file of a module may say, and plain words for whatever it says wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.types import Strict

from elearn.content.blocks import ART
from elearn.content.curly import curly
from elearn.content.problems import Problems
from elearn.content.yaml_lines import Document, Path


def _drawing(name: str) -> str:
    if name not in ART:
        raise ValueError(f"there is no drawing {name!r}; there are: {', '.join(sorted(ART))}")
    return name


def _address(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/@]+\.[^\s/@]+(/\S*)?", url):
        raise ValueError("write the whole address, from https:// on, or leave it out")
    return url


def _number(number: str) -> str:
    if not number:
        return number
    digits = number.replace(" ", "")
    short = re.fullmatch(r"[1-9][0-9]{2,5}", digits)
    long = re.fullmatch(r"0[0-9]{9,10}", digits) or digits == "08001111"
    if not (short or long) or not re.fullmatch(r"[0-9]+( [0-9]+)*", number):
        raise ValueError("write a United Kingdom number, digits and single spaces: 999 or 0808 800 5000")
    return number


Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000), AfterValidator(curly)]
"""Visible text that must not be empty."""

Maybe = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(curly)]
"""Visible text that may be left out."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
"""Small letters, numbers and hyphens: it stands in addresses and in the record for ever."""

Whole = Annotated[int, Strict()]
Day = Annotated[date, Strict()]
Drawing = Annotated[str, AfterValidator(_drawing)]
Address = Annotated[str, AfterValidator(_address)]


class Written(BaseModel):
    """A mapping in a file: no keys but those named, numbers allowed where text is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


class ValidityPart(Written):
    """``validity:`` of a module; ``day`` is month and day, for the rule fixed."""

    rule: Literal["never", "rolling", "anniversary", "fixed"]
    months: Whole = Field(0, ge=0, le=120)
    window_days: Whole = Field(0, ge=0, le=366)
    day: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$")] | None = None
    at_least_months: Whole = Field(0, ge=0, le=120)


class ChangePart(Written):
    """One of ``changes:``: what the author says of an edition."""

    edition: Words
    size: Literal["typo", "minor", "material"]
    text: Maybe = ""

    @model_validator(mode="after")
    def _material_says_what(self) -> Self:
        if self.size == "material" and not self.text:
            raise ValueError("a material change needs its text: say what people should do differently now")
        return self


class ModuleFile(Written):
    """module.yaml of a Safer7, an e-learning or a live course."""

    title: Words
    summary: Words
    cover: Drawing
    minutes: Whole = Field(ge=1, le=3_000)
    law_as_at: Day
    review_due: Day
    outcomes: dict[Id, Words] = Field(min_length=1, max_length=30)
    level: Whole | None = Field(None, ge=1, le=5)
    audience: Maybe = ""
    content_note: Maybe = ""
    edition: Words = "1"
    changes: tuple[ChangePart, ...] = ()
    reviewed_by: Maybe = ""
    reviewed_on: Day | None = None
    owner: Maybe = ""
    validity: ValidityPart | None = None
    where_next: tuple[Id, ...] = ()
    before: tuple[Id, ...] = ()
    glossary: dict[Words, Words] = Field(default_factory=dict)


class LiveFile(ModuleFile):
    """module.yaml of a live course, which may say its length in words, what it is like and what to do before it."""

    length: Maybe = ""
    about: Maybe = ""
    prepare: Maybe = ""


class UnitFront(Written):
    """The facts between the lines of --- at the top of a unit."""

    title: Words
    minutes: Whole = Field(ge=1, le=120)
    note: Maybe = ""


class DrawPart(Written):
    """How a paper is drawn from the bank."""

    total: Whole = Field(ge=1, le=100)
    each_outcome: Whole = Field(0, ge=0, le=20)
    critical: Whole = Field(0, ge=0, le=50)
    one_of: list[list[Words]] = Field(default_factory=list, max_length=50)


class WaitPart(Written):
    """How long to wait from which unsuccessful try on."""

    after: Whole = Field(ge=1, le=20)
    hours: Whole = Field(ge=1, le=24 * 14)


class QuizFile(Written):
    """quiz.yaml; each item is read by its kind of question."""

    draw: DrawPart
    pass_percent: Whole = Field(ge=1, le=100)
    mode: Literal["learn", "check"] = "check"
    attempts: Whole | None = Field(None, ge=1, le=50)
    wait: WaitPart | None = None
    items: dict[Id, dict[str, Any]] = Field(default_factory=dict)


class ItemsFile(Written):
    """A file of the items folder."""

    items: dict[Id, dict[str, Any]]


class CheckHead(Written):
    """What a check along the way has besides its question."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    id: Id
    title: Words


class FactPart(Written):
    """One claim and where it comes from."""

    claim: Words
    source: Words
    tag: Literal["V", "K", "S"]
    checked_on: Day
    expires: Day
    url: Address = ""


class SourcesFile(Written):
    """sources.yaml, or a file of the sources folder."""

    facts: dict[Id, FactPart]


class ToolFile(Written):
    """tool.yaml; ``requires`` is read by the rules of gates."""

    title: Words
    summary: Words
    cover: Drawing
    requires: Any
    about: Words
    meanwhile: Words
    licence: Maybe = ""
    law_as_at: Day
    review_due: Day
    reviewed_by: Maybe = ""
    reviewed_on: Day | None = None


class ReviewPart(Written):
    """What many reviews taught, and where that was read."""

    title: Words
    text: Words
    source: Words
    tag: Literal["V", "K", "S"]
    checked_on: Day
    expires: Day
    url: Address = ""


class ThemeFile(Written):
    """theme.yaml."""

    title: Words
    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    cover: Drawing
    lead: Words
    items: tuple[Id, ...] = Field(min_length=1)
    questions: tuple[Words, ...] = ()
    reviews: tuple[ReviewPart, ...] = ()
    updated: Day | None = None
    body: Words
    law_as_at: Day
    review_due: Day
    reviewed_by: Maybe = ""
    reviewed_on: Day | None = None


class ObjectivePart(Written):
    """One thing a strategy wants; who owns it and how it is measured is set on the site."""

    title: Words
    text: Maybe = ""
    items: tuple[Id, ...] = ()


class VideoPart(Written):
    """A film or page elsewhere, with its points in words."""

    title: Words
    maker: Words
    url: Annotated[str, StringConstraints(pattern=r"^https://"), AfterValidator(_address)]
    words: Words
    checked_on: Day


class PosterPart(Written):
    """The words of a poster. Short, as people pass it on their way."""

    headline: Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(curly)]
    lead: Annotated[str, StringConstraints(min_length=1, max_length=160), AfterValidator(curly)]
    points: tuple[Annotated[str, StringConstraints(min_length=1, max_length=90), AfterValidator(curly)], ...] = Field(min_length=2, max_length=6)
    close: Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(curly)]


_NEEDS = {"card": "a body", "strategy": "objectives", "videos": "videos", "poster": "the words of its poster"}


class ResourceFile(Written):
    """resource.yaml."""

    kind: Literal["card", "strategy", "videos", "poster"]
    title: Words
    summary: Words
    cover: Drawing
    minutes: Whole = Field(ge=1, le=60)
    law_as_at: Day
    review_due: Day
    edition: Words = "1"
    reviewed_by: Maybe = ""
    reviewed_on: Day | None = None
    body: Maybe = ""
    objectives: dict[Id, ObjectivePart] = Field(default_factory=dict, max_length=12)
    videos: dict[Id, VideoPart] = Field(default_factory=dict, max_length=20)
    poster: PosterPart | None = None
    where_next: tuple[Id, ...] = ()
    glossary: dict[Words, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_what_its_kind_shows(self) -> ResourceFile:
        parts = {"card": bool(self.body), "strategy": bool(self.objectives), "videos": bool(self.videos), "poster": self.poster is not None}
        if not parts[self.kind]:
            raise ValueError(f"a resource of the kind {self.kind} needs {_NEEDS[self.kind]}")
        if any(there for kind, there in parts.items() if kind not in ("card", self.kind)):
            raise ValueError(f"a resource of the kind {self.kind} has parts that belong to another kind")
        return self


class ContactPart(Written):
    """One number for help; a local one starts empty and is filled in on the site."""

    name: Words
    number: Annotated[str, AfterValidator(_number)] = ""
    purpose: Literal["danger", "child", "support", "local"]
    note: Maybe = ""
    source: Maybe = ""
    url: Address = ""
    tag: Literal["V", "K", "S"] | None = None
    checked_on: Day | None = None

    @model_validator(mode="after")
    def _complete(self) -> ContactPart:
        if self.purpose != "local" and not self.number:
            raise ValueError("a national line needs its number")
        if self.number and not (self.source and self.tag and self.checked_on):
            raise ValueError("a number needs its source, tag and checked_on")
        return self


class ContactsFile(Written):
    """contacts.yaml."""

    contacts: dict[Id, ContactPart]


Model = TypeVar("Model", bound=BaseModel)


def fit(model: type[Model], document: Document | None, problems: Problems) -> Model | None:
    """The document as *model*, or None after noting everything that is wrong with it (or when there is no document)."""
    if document is None:
        return None
    value = document.data
    if not isinstance(value, dict):
        problems.error(document.file, 1, "schema", "the file holds no keys", "Write key: value lines as the guide shows.")
        return None
    try:
        return model.model_validate(value)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            text, mend = _words(error, model)
            path: Path = tuple(part for part in error["loc"] if part != "[key]")
            problems.error(document.file, document.line(path), "schema", text, mend)
        return None


def _words(error: Any, model: type[BaseModel]) -> tuple[str, str]:
    """A pydantic error in the words of the guide: what is wrong, and how to mend it."""
    place = [str(part) for part in error["loc"] if part != "[key]"]
    name = place[-1] if place else "the file"
    where = ".".join(place) or "the file"
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"{where} is missing", "Add it."
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, sorted(_names(model)), 1)
        return f"there is no key {name!r} here", f"Did you mean {near[0]!r}?" if near else "Remove it, or check the guide for its name."
    if kind == "value_error":
        return f"{where}: {context['error']}", ""
    if kind == "literal_error":
        return f"{where} is {error['input']!r}", f"Use {context['expected']}."
    if kind == "string_pattern_mismatch":
        return f"{where}: {error['input']!r} is not written as it should be", _PATTERNS.get(context["pattern"], "")
    text, mend = _SIMPLE.get(kind, (error["msg"][:1].lower() + error["msg"][1:], ""))
    return f"{where}: {text.format(**context)}", mend


_PATTERNS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "Use small letters, numbers and single hyphens.",
    r"^[0-9]{2}-[0-9]{2}$": 'Write month and day: "12-01".',
    r"^20[0-9]{2}-(0[1-9]|1[0-2])$": "Write year and month: 2026-05.",
    r"^https://": "Write the whole address, from https:// on.",
}

_SIMPLE = {
    "string_type": ("this should be text", "Put it in quotation marks."),
    "string_too_short": ("this is empty", "Write something, or leave the key out if it may be left out."),
    "string_too_long": ("this is longer than {max_length} characters", "Shorten it."),
    "int_type": ("this should be a whole number", "Write it without quotation marks."),
    "date_type": ("this should be a date", "Write it as 2026-11-22, without quotation marks."),
    "bool_type": ("this should be true or false", ""),
    "dict_type": ("this should be a mapping", "Write key: value lines below it."),
    "model_type": ("this should be a mapping", "Write key: value lines below it."),
    "model_attributes_type": ("this should be a mapping", "Write key: value lines below it."),
    "tuple_type": ("this should be a list", "Write [one, two], or lines that begin with a hyphen."),
    "too_short": ("this needs at least {min_length}", "Add what is missing."),
    "too_long": ("this may have at most {max_length}", "Remove some."),
    "greater_than_equal": ("this must be {ge} or more", "Change the number."),
    "less_than_equal": ("this must be {le} or less", "Change the number."),
}


def _names(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a model and of the mappings inside it."""
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _names(part)

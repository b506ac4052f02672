"""Walks through the site as a browser would: every link and every form of every page, within bounds."""
from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

MOST_QUERIES = 6
"""How many different queries of one path are followed."""

TYPED = frozenset({"text", "search", "email", "password", "tel", "url", "number", "date", "textarea"})
"""Kinds of input that people type into."""


@dataclass(slots=True)
class Input:
    """One input: its name, kind and what stands in it. For a radio, checkbox or option, whether it is chosen."""

    name: str
    kind: str
    value: str
    chosen: bool = True


@dataclass(slots=True)
class Form:
    """A form as it stands on a page."""

    page: str
    action: str
    method: str
    inputs: list[Input] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def typed(self) -> frozenset[str]:
        """The names of what people type."""
        return frozenset(input.name for input in self.inputs if input.kind in TYPED)

    @property
    def shape(self) -> tuple[str, str, tuple[str, ...]]:
        """Forms of one shape are one form to us."""
        return self.method, self.action, tuple(sorted({input.name for input in self.inputs}))

    def filled(self, fill: Callable[[Input], str], button: int = 0) -> list[tuple[str, str]]:
        """What a browser would send, with *fill* for what is typed and the first choice where none is made."""
        sent = []
        groups = {input.name for input in self.inputs if input.kind == "radio" and input.chosen}
        for input in self.inputs:
            if input.kind in TYPED:
                sent.append((input.name, fill(input)))
            elif input.kind == "radio" and input.name not in groups:
                groups.add(input.name)
                sent.append((input.name, input.value))
            elif input.chosen:
                sent.append((input.name, input.value))
        return sent + [pair for pair in self.buttons[button : button + 1] if pair[0]]


class Reader(HTMLParser):
    """Reads the links and forms of one page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self.links, self.forms = page, list[str](), list[Form]()
        self._form: Form | None = None
        self._select = ""
        self._textarea: Input | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in {"a", "link", "area"} and "href" in given:
            self.links.append(urljoin(self.page, given["href"]))
        elif tag in {"img", "script", "source"} and "src" in given:
            self.links.append(urljoin(self.page, given["src"]))
        elif tag == "form":
            action = urljoin(self.page, given.get("action") or self.page).partition("#")[0]
            self._form = Form(self.page, action, (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._in_form(self._form, tag, given)

    def _in_form(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name:
            if "readonly" in given or "disabled" in given:
                kind = "fixed"
            ticks = kind in {"radio", "checkbox"}
            form.inputs.append(Input(name, kind, given.get("value", "on" if ticks else ""), not ticks or "checked" in given))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            first = not any(input.name == self._select for input in form.inputs)
            form.inputs.append(Input(self._select, "option", given.get("value", ""), first or "selected" in given))
            if "selected" in given:
                for before in form.inputs[:-1]:
                    before.chosen = before.chosen and before.name != self._select
        elif tag == "textarea" and name:
            self._textarea = Input(name, "textarea", "")
            form.inputs.append(self._textarea)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea is not None:
            self._textarea.value = self._textarea.value.removeprefix("\n")  # HTML drops a line end straight after the tag
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.value += data


def read(response: TestResponse, page: str) -> Reader:
    """The links and forms of what was answered; none for what is not a page."""
    reader = Reader(page)
    if response.mimetype == "text/html":
        reader.feed(response.get_data(as_text=True))
    return reader


@dataclass(slots=True)
class Walk:
    """What one walk found: path -> answer, and every form, once for each shape."""

    answers: dict[str, TestResponse] = field(default_factory=dict)
    forms: dict[tuple[str, str, tuple[str, ...]], Form] = field(default_factory=dict)


def crawl(client: FlaskClient, starts: Iterable[str] = ("/",), most: int = 600, after: Callable[[str], object] = lambda path: None) -> Walk:
    """Follow every link on our own site from *starts* on, each address once, at most *most* of them; *after* is told of each."""
    walk, queue, queries = Walk(), deque(starts), Counter[str]()
    known = set(queue)
    while queue and len(walk.answers) < most:
        path = queue.popleft()
        answer = walk.answers[path] = client.get(path, buffered=True)  # else what is streamed would be made only when it is looked at
        after(path)
        found = read(answer, path)
        for form in found.forms:
            walk.forms.setdefault(form.shape, form)
        for link in [*found.links, *([urljoin(path, answer.headers["Location"])] if "Location" in answer.headers else [])]:
            parts = urlsplit(link)
            onward = parts.path + (f"?{parts.query}" if parts.query else "")
            ours = parts.scheme in {"", "http"} and parts.netloc in {"", "localhost"} and onward.startswith("/")
            if not ours or onward in known:
                continue
            if parts.query and (queries.update([parts.path]) or queries[parts.path] > MOST_QUERIES):
                continue
            known.add(onward)
            queue.append(onward)
    return walk

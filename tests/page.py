"""A browser without scripts: it follows links, fills in the forms it finds, and holds every page to the house rules."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped]  # no types are published
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests import databases

Fields: TypeAlias = Mapping[str, "str | Iterable[str] | None"]
"""Input name to value, or values; None leaves the input out."""

SPACES = re.compile(r"\s+")
OUTCOME = re.compile("^(Error|Right|Not quite|Kept|Passed|Not yet): ")
"""What became of an answer stands first in a title, so that it is heard first."""

STRAIGHT = re.compile(r"\w'\w|\"")
UNSEEN = frozenset({"script", "style", "template", "head", "svg", "option"})
TYPED = frozenset({"textarea", "bdi", "code", "kbd", "pre"})
"""What stands in these may have been typed by people, in whatever quotes they use."""

MOST_REDIRECTS = 5

SHARED = ("partnership", "contact", "tool_address", "went_live")
"""Read once every few seconds for all pages (web/tenant.py, web/catalogue.py), so whichever page comes first then is not counted for it."""


def words(element: Element, unseen: frozenset[str] = UNSEEN) -> str:
    """The words of an element as they are read, with single spaces."""
    return SPACES.sub(" ", "".join(_text(element, unseen))).strip()


def _text(element: Element, unseen: frozenset[str]) -> Iterator[str]:
    if element.tag in unseen:
        return
    yield element.text or ""
    for child in element:
        yield from _text(child, unseen)
        yield child.tail or ""
    if element.tag in {"p", "li", "div", "h1", "h2", "h3", "dt", "dd", "td", "th", "label", "legend", "button", "br"}:
        yield " "


def _has(element: Element, name: str) -> bool:
    return element.get(name) is not None


@dataclass(slots=True)
class Form:
    """A form as it stands on a page: where it goes, what is in it, and its buttons."""

    action: str
    method: str
    values: list[tuple[str, str]]
    names: frozenset[str]
    """Every name that may be sent."""
    choices: dict[str, list[str]]
    """Name of radios, checkboxes or a select -> the values on offer."""
    buttons: list[tuple[str, str, str]]
    """Words, name and value of each button."""

    def button(self, press: str) -> tuple[str, str, str] | None:
        """The first button whose words hold *press*, or whose value is *press*."""
        return next((b for b in self.buttons if press in b[0] or press == b[2]), None)

    def fill(self, given: Fields, press: str | None) -> list[tuple[str, str]]:
        """What the browser would send. Fails when the form has no such input, choice or button."""
        sent = list(self.values)
        for name, value in given.items():
            new = [] if value is None else [value] if isinstance(value, str) else list(value)
            assert name in self.names, f"the form for {self.action} has no {name!r}, only {sorted(self.names)}"
            for one in new:
                assert name not in self.choices or one in self.choices[name], f"{name} offers {self.choices[name]}, not {one!r}"
            sent = [pair for pair in sent if pair[0] != name] + [(name, one) for one in new]
        pressed = self.buttons[0] if press is None and self.buttons else self.button(press or "")
        assert pressed or press is None, f"the form for {self.action} has no button {press!r}, only {[b[0] for b in self.buttons]}"
        return sent + ([(pressed[1], pressed[2])] if pressed and pressed[1] else [])


def forms(root: Element, base: str) -> list[Form]:
    """Every form of a page, in order."""
    return [_form(element, base) for element in root.iter("form")]


def _form(element: Element, base: str) -> Form:
    form = Form(urljoin(base, element.get("action") or base), (element.get("method") or "get").lower(), [], frozenset(), {}, [])
    names: set[str] = set()
    for found in element.iter():
        name, type = found.get("name", ""), found.get("type", "")
        if found.tag == "button" or (found.tag == "input" and type == "submit"):
            form.buttons.append((words(found) or found.get("value", ""), name, found.get("value", "")))
        elif not name or _has(found, "disabled") or found.tag not in {"input", "select", "textarea"}:
            continue
        elif type in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(found.get("value", "on"))
            if _has(found, "checked"):
                form.values.append((name, found.get("value", "on")))
        elif found.tag == "select":
            options = list(found.iter("option"))
            form.choices[name] = [option.get("value", words(option, frozenset())) for option in options]
            chosen = [option for option in options if _has(option, "selected")] or options[:1]
            form.values += [(name, option.get("value", words(option, frozenset()))) for option in chosen]
        elif found.tag == "textarea":
            form.values.append((name, (found.text or "").removeprefix("\n")))
        else:
            form.values.append((name, found.get("value", "")))
        if name:
            names.add(name)
    form.names = frozenset(names)
    return form


@dataclass
class Page:
    """One browser, with its own cookies, and the page it shows. ``browse`` in tests/conftest.py makes them."""

    app: Flask
    engine: Engine
    secret: str | None = None
    path: str = "/"
    status: int = 0
    statements: list[str] = field(default_factory=list)
    """The SQL of the last request, without BEGIN and the settings of the connection."""

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.root = Element("html")
        self.response: TestResponse
        if self.secret:
            self.client.set_cookie("elearn", self.secret)

    # ---- going somewhere

    def get(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        """Go to *path*, along any redirects, and look at the page closely."""
        self._ask(lambda: self.client.get(path, **kwargs), path)
        return self._arrive(status)

    def click(self, words_of_link: str, status: int = 200) -> Page:
        """Follow the first link with these words."""
        return self.get(self.link(words_of_link), status)

    def post(self, path: str, given: Fields | None = None, press: str | None = None, status: int = 200) -> Page:
        """Fill in and send the form on this page that goes to *path*; *press* is the button's words or value, else the first one."""
        form = self.form(path, press)
        assert form.method == "post", f"the form for {path} is sent by {form.method}"
        return self.send(path, form.fill(given or {}, press), status)

    def send(self, path: str, pairs: Iterable[tuple[str, str]], status: int = 200) -> Page:
        """Send *pairs* as they are, as someone with a tool would; the token is only there if it is among them."""
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        self._ask(lambda: self.client.post(path, data=data), path)
        return self._arrive(status)

    def forge(self, path: str, given: Fields | None = None, status: int = 400) -> Page:
        """Send a form that is on no page, with this browser's token."""
        pairs = [(name, one) for name, value in (given or {}).items() for one in ([value] if isinstance(value, str) else value or [])]
        return self.send(path, [("csrf", self.token), *pairs], status)

    def download(self, path: str, status: int = 200) -> TestResponse:
        """Fetch something that is not a page."""
        self._ask(lambda: self.client.get(path), path)
        assert self.response.status_code == status, f"{path} answered {self.response.status}"
        hold_headers(self.response, path)
        return self.response

    # ---- looking

    @property
    def title(self) -> str:
        return words(next(self.root.iter("title")), frozenset())

    @property
    def h1(self) -> str:
        return words(next(self.root.iter("h1")))

    @property
    def text(self) -> str:
        """The words of the page from top to bottom."""
        return words(self.root)

    @property
    def main(self) -> str:
        """The words of its main part."""
        return words(next(self.root.iter("main")))

    @property
    def token(self) -> str:
        """The token that the forms of this page carry."""
        return next(value for form in self.forms for name, value in form.values if name == "csrf")

    @property
    def forms(self) -> list[Form]:
        return forms(self.root, self.path)

    def form(self, path: str, press: str | None = None) -> Form:
        """The form that goes to *path*, with the button *press* if that is said."""
        found = [form for form in self.forms if form.action == path and (press is None or form.button(press))]
        there = [(form.action, [button[0] for button in form.buttons]) for form in self.forms]
        assert found, f"{self.path} has no form for {path} with {press!r}, only {there}"
        return found[0]

    def link(self, words_of_link: str) -> str:
        """Where the first link with these words leads."""
        for element in self.root.iter("a"):
            if words_of_link in words(element) and element.get("href"):
                return urljoin(self.path, element.get("href", ""))
        raise AssertionError(f"{self.path} has no link “{words_of_link}”")

    def links(self) -> list[str]:
        """Where every link leads, in order."""
        return [urljoin(self.path, element.get("href", "")) for element in self.root.iter("a") if element.get("href")]

    def says(self, *sayings: str) -> Page:
        """Every one of these stands on the page."""
        for saying in sayings:
            assert saying in self.text, f"“{saying}” does not stand on {self.path}: {self.main[:1500]}"
        return self

    def never_says(self, *sayings: str) -> Page:
        """None of these stands on the page."""
        for saying in sayings:
            assert saying not in self.text, f"“{saying}” stands on {self.path}"
        return self

    # ---- how it works

    def _ask(self, ask: Callable[[], TestResponse], path: str) -> None:
        with databases.traced(self.engine) as statements:
            self.response = ask()
        self.statements = [each for each in statements if not any(f"FROM {table}" in each for table in SHARED)]
        self.path = path.partition("#")[0]

    def _arrive(self, status: int) -> Page:
        for _ in range(MOST_REDIRECTS):
            self.status = self.response.status_code
            hold_headers(self.response, self.path)
            if self.status not in {301, 302, 303, 307, 308}:
                break
            onward = urljoin(f"http://localhost{self.path}", self.response.headers["Location"])
            assert urlsplit(onward).netloc == "localhost", f"{self.path} leads away, to {onward}"
            target = onward.removeprefix("http://localhost")
            self._ask(lambda target=target: self.client.get(target), target)  # type: ignore[misc]  # bound now, called at once
        assert self.status == status, f"{self.path} answered {self.response.status}, not {status}: {self._excerpt()}"
        self.root = hold(self.response.get_data(as_text=True), self.path, failed=self.status >= 400 and self.status != 422)
        return self

    def _excerpt(self) -> str:
        return SPACES.sub(" ", re.sub(r"<[^>]*>", " ", self.response.get_data(as_text=True).partition("<main")[2]))[:800]


# ---- the house rules


def hold_headers(response: TestResponse, path: str) -> None:
    """What every answer must carry, whatever it is."""
    policy = response.headers.get("Content-Security-Policy", "")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy, f"{path}: {policy}"
    assert response.headers.get("X-Content-Type-Options") == "nosniff", path
    assert response.headers.get("Cache-Control"), path
    for cookie in response.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie, f"{path}: {cookie}"


def hold(source: str, path: str, failed: bool = False) -> Element:
    """Read a page, and fail unless it keeps every rule; returns its tree. The title of a page that *failed* may name the fault."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        root: Element = parser.parse(source)
    except html5lib.html5parser.ParseError as error:
        place = parser.errors[-1] if parser.errors else ((0, 0), "", {})
        line = source.splitlines()[place[0][0] - 1] if place[0][0] else ""
        raise AssertionError(f"{path}: not valid HTML: {error} at {place[0]}: {line.strip()[:200]}") from None
    for rule in (_ids, _headings, *(() if failed else (_title,)), _labels, _inline, _forms, _pictures, _quotes, _buttons):
        rule(root, path)
    return root


def _ids(root: Element, path: str) -> None:
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    twice = {id for id in ids if ids.count(id) > 1}
    assert not twice, f"{path}: the same id twice: {twice}"
    for element in root.iter():
        for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
            gone = set((element.get(name) or "").split()) - set(ids)
            assert not gone, f"{path}: {name} names {gone}, which is not on the page"
        if element.tag == "a" and (element.get("href") or "").startswith("#") and element.get("href") != "#":
            assert (element.get("href") or "")[1:] in ids, f"{path}: a link to {element.get('href')}, which is not on the page"


def _headings(root: Element, path: str) -> None:
    assert root.get("lang") == "en-GB", f"{path}: no language"
    headings = list(root.iter("h1"))
    assert len(headings) == 1, f"{path}: {len(headings)} main headings: {[words(h) for h in headings]}"
    levels = [int(element.tag[1]) for element in root.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    for before, after in pairwise(levels):
        assert after <= before + 1, f"{path}: a heading of level {after} straight after one of level {before}"


def _title(root: Element, path: str) -> None:
    heading, title = words(next(root.iter("h1"))), OUTCOME.sub("", words(next(root.iter("title")), frozenset()))
    first = title.split(" – ")[0]
    assert heading and first, f"{path}: an empty heading or title"
    seen = set(re.findall(r"\w+", words(root).casefold()))
    apart = set(re.findall(r"\w+", first.casefold())) - seen
    assert heading in title or first in heading or not apart, f"{path}: the title “{title}” is not what the page says: “{heading}”"


def _labels(root: Element, path: str) -> None:
    labelled = {label.get("for") for label in root.iter("label") if words(label)}
    wrapped = {id(found) for label in root.iter("label") if words(label) for found in label.iter()}
    for element in root.iter():
        if element.tag not in {"input", "select", "textarea"} or element.get("type") in {"hidden", "submit"} or _has(element, "hidden"):
            continue
        named = element.get("id") in labelled or id(element) in wrapped or element.get("aria-label") or element.get("aria-labelledby")
        assert named, f"{path}: nothing names the input {element.get('name')!r}"


def _inline(root: Element, path: str) -> None:
    for element in root.iter():
        assert not _has(element, "style"), f"{path}: a style on <{element.tag}>"
        handlers = [name for name in element.keys() if isinstance(name, str) and name.startswith("on")]  # noqa: SIM118  (an Element is no mapping)
        assert not handlers, f"{path}: a handler on <{element.tag}>: {handlers}"
        assert element.tag != "style", f"{path}: an inline sheet"
        assert element.tag != "script" or (element.get("src") and not (element.text or "").strip()), f"{path}: an inline script"
        for name in ("src", "href", "action", "formaction"):
            address = (element.get(name) or "").strip().casefold()
            assert not address.startswith(("javascript:", "data:")), f"{path}: {name}={address[:40]}"
            if name == "src" or element.tag == "link":
                assert not urlsplit(address).netloc, f"{path}: {address} comes from somebody else"


def _forms(root: Element, path: str) -> None:
    for form in root.iter("form"):
        assert _has(form, "action"), f"{path}: a form without an address"
        names = [found.get("name") for found in form.iter() if found.get("name")]
        if (form.get("method") or "get").lower() == "post":
            assert names.count("csrf") == 1, f"{path}: the form for {form.get('action')} has no token"
        else:
            assert "csrf" not in names, f"{path}: a token that would end up in an address"


def _pictures(root: Element, path: str) -> None:
    hidden = {id(child) for element in root.iter() if element.get("aria-hidden") == "true" for child in element.iter()}
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag == "img":
            assert _has(element, "alt"), f"{path}: a picture without alt"
        if tag == "svg" and id(element) not in hidden:
            assert element.get("role") == "img" and element.get("aria-label"), f"{path}: a drawing that is neither hidden nor named"


def _quotes(root: Element, path: str) -> None:
    text = words(root, UNSEEN | TYPED)
    found = STRAIGHT.search(text)
    assert not found, f"{path}: a straight quote in “{text[max(0, found.start() - 40) : found.end() + 40]}”"


def _buttons(root: Element, path: str) -> None:
    for element in root.iter():
        if element.tag in {"button", "a"} and (element.tag == "button" or _has(element, "href")):
            assert words(element) or element.get("aria-label"), f"{path}: a {element.tag} without words"

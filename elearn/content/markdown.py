"""Makes safe HTML of an author's Markdown: no raw HTML, few kinds of link, our own blocks, and a second wall after it.

The first wall is the parser, which passes no HTML through; anything that looks like HTML, a script link, a picture or code
is reported with its line. The second is an allow-list over what comes out (OWASP ASVS 1.3.1). Drawings are put in after it
by us, never by the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from elearn.content import blocks
from elearn.content.blocks import BadBlock
from elearn.content.curly import curly
from elearn.content.problems import Problems

_TAGS = {
    "p",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "a",
    "strong",
    "em",
    "blockquote",
    "hr",
    "br",
    "div",
    "span",
    "details",
    "summary",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "span": {"data-icon", "data-art"}, "th": {"scope"}}
_CLASSES = {
    "p": {"lead", "over"},
    "ul": {"ticks"},
    "div": {"story", "pictured", "stack", "tight", "sees", "note", "care", "contacts-here", "levels-here"}
    | {f"on-{name}" for name in blocks.GROUNDS},
    "details": {"more"},
    "table": {"table"},
}
_SCHEMES = {"https", "mailto", "tel"}
SHORT_NUMBERS = frozenset({"999", "111", "101", "18000"})
"""National short numbers that text may hold; every other number is a contact and is set on the site."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HTML = re.compile(r"<[A-Za-z/!?]")
_ICON = re.compile(r'<span data-icon="([a-z0-9]+)"></span>')
_ART = re.compile(r'<span data-art="([a-z0-9]+)"></span>')
_FOLDED = re.compile(r'<details class="more">.*?</details>', re.DOTALL)
_HEADING = re.compile(r"(?P<title>.*?)\s*\{(?P<values>[^{}]*)\}\s*")
_WORD = re.compile(r"[^\W_][\w’'-]*")


def count_words(text: str) -> int:
    """The words of a plain text; "don’t", "level-1" and "999" are one word each."""
    return len(_WORD.findall(text))


@dataclass(frozen=True, slots=True)
class Outside:
    """What content needs from the layers above: *draw* gives the SVG of a named drawing, *address* the path of a module.

    Both are trusted: what they return reaches the page as it is.
    """

    draw: Callable[[str], str] = lambda name: ""
    address: Callable[[str], str] = lambda slug: f"/learn/{slug}"


PLAIN = Outside()
"""No drawings, and every module under /learn: enough to check content."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph or list item as plain text, for the linter."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link as written, for the linter; ``module`` is the slug when it leads to another module."""

    line: int
    text: str
    href: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Clean HTML and what is in it. ``words`` leaves out what is folded away in a ``more`` block."""

    html: str
    words: int
    passages: tuple[Passage, ...] = ()
    links: tuple[Link, ...] = ()
    blocks: tuple[tuple[int, str], ...] = ()
    """Line and name of each block."""


@dataclass(frozen=True, slots=True)
class Page:
    """A level-1 heading with the values in its braces, and the text up to the next."""

    line: int
    title: str
    values: dict[str, str]
    body: Rendered


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced ``check`` block: YAML text whose first line is ``line`` + 1."""

    line: int
    text: str


def render(text: str, file: str, problems: Problems, outside: Outside, first_line: int = 1) -> Rendered:
    """One piece of Markdown without level-1 headings, such as a tool's description."""
    return _Reading(file, problems, outside, first_line).piece(_PARSER.parse(text))


def pages(text: str, file: str, problems: Problems, outside: Outside, first_line: int = 1) -> list[Page | Fence]:
    """The screens and checks of a unit, in order; *first_line* is the line of *file* where *text* begins."""
    reading = _Reading(file, problems, outside, first_line)
    tokens = _PARSER.parse(text)
    found: list[Page | Fence] = []
    for start, end in _parts(tokens):
        token = tokens[start]
        if _is_check(token):
            found.append(Fence(reading.line(token), token.content))
        elif _is_title(token):
            found.append(reading.page(tokens[start + 1], tokens[start + 3 : end]))
        else:
            where = "after a check" if found else "before the first heading"
            reading.error(token, "screen", f"this text stands {where} and belongs to no screen", "Start a screen above it: # Title {#id}")
    return found


def _is_title(token: Token) -> bool:
    return token.type == "heading_open" and token.tag == "h1" and token.level == 0


def _is_check(token: Token) -> bool:
    return token.type == "fence" and token.info.strip() == "check" and token.level == 0


def _parts(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends: a title with its text, a check alone, or text that belongs to neither."""
    starts = [i for i, token in enumerate(tokens) if i == 0 or _is_title(token) or _is_check(token) or _is_check(tokens[i - 1])]
    return pairwise([*starts, len(tokens)])


class _Reading:
    """One reading of one file: turns tokens into HTML and notes problems with their lines."""

    def __init__(self, file: str, problems: Problems, outside: Outside, first_line: int) -> None:
        self.file, self.problems, self.outside, self.first_line = file, problems, outside, first_line
        self.passages: list[Passage] = []
        self.links: list[Link] = []
        self.blocks: list[tuple[int, str]] = []

    def line(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + self.first_line

    def error(self, token: Token, rule: str, text: str, mend: str) -> None:
        self.problems.error(self.file, self.line(token), rule, text, mend)

    def page(self, title: Token, body: Sequence[Token]) -> Page:
        match = _HEADING.fullmatch(title.content)
        values: dict[str, str] = {}
        if match:
            try:
                values = blocks.attributes(match["values"])
            except BadBlock as bad:
                self.error(title, "heading", str(bad), bad.mend)
        words = match["title"] if match else title.content
        return Page(self.line(title), curly(words), values, self.piece(body, lead=True))

    def piece(self, tokens: Sequence[Token], lead: bool = False) -> Rendered:
        self.passages, self.links, self.blocks = [], [], []
        if lead and tokens and tokens[0].type == "paragraph_open":
            tokens[0].attrSet("class", "lead")
        self._look(tokens)
        html = self._dress(clean(self._html(tokens)))
        words = count_words(unescape(re.sub(r"<[^>]*>", " ", _FOLDED.sub(" ", html))))
        return Rendered(html, words, tuple(self.passages), tuple(self.links), tuple(self.blocks))

    def _dress(self, html: str) -> str:
        html = _ICON.sub(lambda match: _icon(match[1]), html)
        return _ART.sub(lambda match: self.outside.draw(match[1]), html)

    def _html(self, tokens: Sequence[Token]) -> str:
        parts: list[str] = []
        start = i = 0
        while i < len(tokens):
            if tokens[i].type == "block_open":
                end = next(j for j in range(i, len(tokens)) if tokens[j].type == "block_close" and tokens[j].level == tokens[i].level)
                parts += [self._plain(tokens[start:i]), self._block(tokens[i], tokens[i + 1 : end])]
                start = i = end + 1
            else:
                i += 1
        return "".join([*parts, self._plain(tokens[start:])])

    def _plain(self, tokens: Sequence[Token]) -> str:
        return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))

    def _block(self, opening: Token, inside: Sequence[Token]) -> str:
        name = opening.meta["name"]
        if fault := opening.meta["fault"]:
            self.error(opening, "block", *fault)
            return ""
        self.blocks.append((self.line(opening), name))
        try:
            return blocks.draw(name, opening.meta["values"], inside, self._html)
        except BadBlock as bad:
            self.error(opening, "block", str(bad), bad.mend)
            return ""

    def _look(self, tokens: Sequence[Token]) -> None:
        """Note what must not be there, and gather text and links."""
        section = cards = False
        inside = 0
        for i, token in enumerate(tokens):
            if token.type in ("block_open", "block_close"):
                inside += token.nesting
                cards = token.type == "block_open" and token.meta["name"] == "cards"
            elif token.type == "heading_open":
                self._heading(token, section or cards or inside > 0)
                section = section or token.tag == "h2"
            elif token.type == "fence":
                self.error(
                    token, "code", "a fenced block does not belong here", "Only a block named check may be fenced, outside other blocks."
                )
            elif token.type == "inline":
                self._inline(token, heading=tokens[i - 1].type == "heading_open")

    def _heading(self, token: Token, has_parent: bool) -> None:
        if token.tag == "h1":
            self.error(token, "heading", "a level-1 heading starts a screen and cannot stand here", "Use ## here.")
        elif token.tag not in ("h2", "h3"):
            self.error(token, "heading", "the heading is too deep", "A screen is one idea: use ## or ###.")
        elif token.tag == "h3" and not has_parent:
            self.error(token, "heading", "the heading leaves out a level", "Use ## for the first heading inside a screen.")

    def _inline(self, token: Token, heading: bool) -> None:
        children = token.children or []
        said, link_text, link = "", "", ""
        for child in children:
            if child.type == "image":
                self.error(token, "picture", "pictures cannot be put into the text", "Use art= on a story block.")
            elif child.type == "link_open":
                link, link_text = str(child.attrGet("href") or ""), ""
                child.attrSet("href", self._link(token, link))
            elif child.type == "link_close":
                module = link.removeprefix("module:") if link.startswith("module:") else ""
                self.links.append(Link(self._line_of(token, link), link_text, link, module))
                link = ""
            elif child.type in ("softbreak", "hardbreak"):
                said += " "
            elif child.type in ("text", "text_special", "code_inline"):
                if child.type == "text" and _HTML.search(child.content):
                    self.error(token, "html", "HTML is not allowed in the text", "Use Markdown and our blocks.")
                said += child.content
                link_text += child.content if link else ""
        if not heading and said.strip():
            self.passages.append(Passage(self.line(token), said.strip()))

    def _link(self, token: Token, href: str) -> str:
        """The address to print: that of a module, the link itself, or nothing when it is refused."""
        if href.startswith("module:") and SLUG.fullmatch(href.removeprefix("module:")):
            return self.outside.address(href.removeprefix("module:"))
        if _good_link(href):
            return href
        mend = "Use https://, mailto:, tel:, /path, #part, or module:slug for another module."
        self.problems.error(self.file, self._line_of(token, href), "link", f"the link {href[:60]!r} is not allowed", mend)
        return "#"

    def _line_of(self, token: Token, href: str) -> int:
        before, found, _ = token.content.partition(href)
        return self.line(token) + (before.count("\n") if found else 0)


def _good_link(href: str) -> bool:
    if "\\" in href or "%5c" in href.lower() or re.search(r"[\s\x00-\x1f]", href):
        return False
    if href.startswith("#") or (href.startswith("/") and not href.startswith("//")):
        return True
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and "@" not in parts.netloc
    if parts.scheme == "mailto":
        return bool(re.fullmatch(r"[^\s@<>?&]+@[^\s@<>?&]+", parts.path)) and not parts.query
    return parts.scheme == "tel" and parts.path in SHORT_NUMBERS


def clean(html: str) -> str:
    """The second wall: only the tags, attributes, classes and schemes that our own rendering uses."""
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, url_schemes=_SCHEMES, link_rel=None)


def _icon(name: str) -> str:
    return (
        '<svg class="icon" width="20" height="20" fill="none" stroke="currentColor" aria-hidden="true" focusable="false">'
        f'<use href="#i-{name}"/></svg>'
    )


def _block_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Recognise ``::: name values`` up to the line ``:::``; blocks do not nest, and a new screen ends a forgotten one."""
    opening = _text(state, start_line)
    if not opening.startswith(":::"):
        return False
    if silent:
        return True
    name, _, values = opening[3:].strip().partition(" ")
    last, closed, fault = start_line + 1, False, None
    while name and last < end_line and not closed:
        text = _text(state, last)
        if text == ":::":
            closed = True
        elif text.startswith((":::", "# ")):
            break
        else:
            last += 1
    if not name:
        fault = ("this ::: closes nothing", "Remove it, or name a block: ::: note")
    elif not closed:
        fault = (f"the {name} block is not closed", "Blocks do not stand in one another; close it with ::: on a line of its own.")
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    token = state.push("block_open", "", 1)
    token.map, token.meta = [start_line, last], {"name": name, "values": values, "fault": fault}
    state.md.block.tokenize(state, start_line + 1, last)
    state.push("block_close", "", -1)
    state.parentType, state.lineMax, state.line = parent, line_max, last + closed
    return True


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _nothing(*_: Any) -> str:
    return ""


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "quotes": "“”‘’"}).enable(["smartquotes", "table"])
    # An underline under a paragraph and four spaces before one are accidents in prose, never wanted.
    parser.disable(["lheading", "code", "html_block", "html_inline"])
    parser.block.ruler.before("fence", "block", _block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    # Every link becomes a token, so that a bad one can be named with its line instead of silently staying text.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # the parser's documented way to set the rule
    parser.add_render_rule("table_open", lambda self, tokens, i, options, env: '<table class="table">')
    parser.add_render_rule("th_open", lambda self, tokens, i, options, env: '<th scope="col">')
    parser.add_render_rule("td_open", lambda self, tokens, i, options, env: "<td>")
    parser.add_render_rule("fence", _nothing)
    parser.add_render_rule("image", _nothing)
    parser.add_render_rule("code_inline", lambda self, tokens, i, options, env: f"<em>{_escape(tokens[i].content)}</em>")
    return parser


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_PARSER = _parser()

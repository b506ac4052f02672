"""The blocks a screen may hold between ``:::`` lines: what each accepts, and the HTML it draws.

To add one, write a function and a line in BLOCKS, and add the classes it emits to the allow-list in markdown.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from markdown_it.token import Token

from elearn.content.curly import curly

ICONS = frozenset(
    {
        "arrow",
        "back",
        "up",
        "down",
        "check",
        "close",
        "plus",
        "phone",
        "contrast",
        "text",
        "lock",
        "unlock",
        "clock",
        "calendar",
        "person",
        "people",
        "certificate",
        "download",
        "print",
        "mail",
        "bell",
        "search",
        "warn",
        "info",
        "book",
        "play",
        "file",
        "pin",
        "screen",
        "edit",
        "eye",
        "cup",
        "chat",
        "link",
        "flag",
        "home",
        "heart",
        "bowl",
        "shelter",
        "chart",
        "offline",
        "out",
        "qr",
        "blank",
        "look",
        "done",
        "doing",
        "todo",
        "due",
        "late",
        "locked",
        "booked",
        "waiting",
        "expired",
        "again",
    }
)
"""Icons that exist; the web layer keeps their drawings."""

ART = frozenset(
    {
        "neglect",
        "affluent",
        "icon",
        "curious",
        "sharing",
        "disguised",
        "level1",
        "gcp2",
        "adolescent",
        "aces",
        "support",
        "conference",
        "trauma",
        "listening",
        "done",
        "quiet",
        "poster",
        "lost",
        "clear",
        "broken",
    }
)
"""Covers and story drawings that exist."""

GROUNDS = frozenset(
    {
        "petrol",
        "plum",
        "poppy",
        "night",
        "sky",
        "sage",
        "blush",
    }
)

_ATTRIBUTE = re.compile(r'\s*(?:#(?P<id>[^\s{}"]+)|(?P<key>[a-z_]+)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"“”{}]+)))(?=\s|$)')


class BadBlock(ValueError):
    """The block cannot be drawn; the text says why, ``mend`` how to put it right."""

    def __init__(self, text: str, mend: str, line: int = 0) -> None:
        super().__init__(text)
        self.mend = mend
        self.line = line


@dataclass(frozen=True, slots=True)
class Block:
    """One block as written: its values, the tokens inside, and a way to make HTML of some of them."""

    name: str
    values: Mapping[str, str]
    tokens: Sequence[Token]
    html: Callable[[Sequence[Token]], str]

    def value(self, key: str, allowed: frozenset[str] | None = None) -> str:
        """A value or an empty text. Raises BadBlock when it is not one of those allowed."""
        value = self.values.get(key, "")
        if value and allowed is not None and value not in allowed:
            raise BadBlock(f"there is no {key} {value!r}", f"Use one of: {', '.join(sorted(allowed))}.")
        return value

    def needed(self, key: str, allowed: frozenset[str] | None = None) -> str:
        if not self.values.get(key):
            raise BadBlock(f"the {self.name} block needs {key}=", f"Write ::: {self.name} {key}=... ")
        return self.value(key, allowed)

    def inside(self) -> str:
        if not self.tokens:
            raise BadBlock(f"the {self.name} block is empty", "Write something before the closing :::")
        return self.html(self.tokens)


def attributes(text: str) -> dict[str, str]:
    """``#name key=value key="more words"`` as a mapping, ``#name`` under "id". Raises BadBlock."""
    found: dict[str, str] = {}
    at, text = 0, text.strip()
    while at < len(text):
        match = _ATTRIBUTE.match(text, at)
        if not match:
            raise BadBlock(
                f"{text[at:].strip()[:40]!r} is not understood here", 'Write key=value, or key="more words" with straight quotation marks.'
            )
        key = "id" if match["id"] else match["key"]
        if key in found:
            raise BadBlock(f"{key} is given twice", "Remove one.")
        found[key] = match["id"] or match["quoted"] or match["bare"] or ""
        at = match.end()
    return found


def icon(name: str) -> str:
    """A place for an icon; markdown.py turns it into the drawing after the HTML has been cleaned."""
    return f'<span data-icon="{name}"></span>'


def _title(text: str) -> str:
    return f"<h2>{escape(curly(text), quote=False)}</h2>" if text else ""


def _story(block: Block) -> str:
    ground, art = block.needed("ground", GROUNDS), block.value("art", ART)
    label = block.value("label")
    over = f'<p class="over">{escape(curly(label), quote=False)}</p>' if label else ""
    picture = f'<span data-art="{art}"></span>' if art else ""
    return (
        f'<div class="story on-{ground}{" pictured" if art else ""}"><div class="stack tight">{over}{block.inside()}</div>{picture}</div>'
    )


def _cards(block: Block) -> str:
    cards: list[str] = []
    for heading, body in _by_heading(block):
        name, colon, title = heading.partition(":")
        if not colon or name.strip() not in ICONS:
            raise BadBlock(f"the card {heading!r} has no icon that we know", f"Write ### icon: Title. Icons: {', '.join(sorted(ICONS))}.")
        cards.append(f"<div><h2>{icon(name.strip())}{escape(curly(title.strip()), quote=False)}</h2>{block.html(body)}</div>")
    return f'<div class="sees">{"".join(cards)}</div>'


def _by_heading(block: Block) -> list[tuple[str, Sequence[Token]]]:
    tokens = block.tokens
    starts = [i for i, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h3"]
    if not starts or starts[0] != 0:
        raise BadBlock("cards begin with a heading each", "Start every card with a line such as ### bowl: Food and body")
    ends = [*starts[1:], len(tokens)]
    return [(tokens[start + 1].content, tokens[start + 3 : end]) for start, end in zip(starts, ends, strict=True)]


def _ticks(block: Block) -> str:
    tokens = block.tokens
    if not tokens or tokens[0].type != "bullet_list_open" or tokens[-1].type != "bullet_list_close":
        raise BadBlock("ticks hold one list and nothing else", "Start every line with a hyphen and a space.")
    level, items, start = tokens[0].level + 1, [], 0
    for i, token in enumerate(tokens):
        if token.level == level and token.type == "list_item_open":
            start = i + 1
        elif token.level == level and token.type == "list_item_close":
            inner = tokens[start:i]
            plain = all(each.hidden or each.type == "inline" for each in inner)
            tag = "span" if plain else "div"
            items.append(f"<li>{icon('check')}<{tag}>{block.html(inner).strip()}</{tag}></li>")
        elif token.level < level and 0 < i < len(tokens) - 1:
            raise BadBlock("ticks hold one list and nothing else", "Put the rest outside the block.")
    return f'<ul class="ticks">{"".join(items)}</ul>'


def _note(block: Block) -> str:
    name = block.value("icon", ICONS) or "eye"
    return f'<div class="note">{icon(name)}<div>{_title(block.value("title"))}{block.inside()}</div></div>'


def _care(block: Block) -> str:
    inside, link = block.inside().rstrip(), '<a href="/support">Find someone to talk to</a>'
    inside = f"{inside.removesuffix('</p>')} {link}</p>" if inside.endswith("</p>") else f"{inside}<p>{link}</p>"
    return f'<div class="note care">{icon("cup")}<div>{_title(block.value("title") or "Need a minute?")}{inside}</div></div>'


def _more(block: Block) -> str:
    title = escape(curly(block.needed("title")), quote=False)
    return f'<details class="more"><summary>{title}</summary>{block.inside()}</details>'


def _contacts(block: Block) -> str:
    if block.tokens:
        raise BadBlock("the contacts block holds nothing", "Close it on the next line: the organisation's own numbers are filled in.")
    return '<div class="contacts-here"></div>'


def _levels(block: Block) -> str:
    if block.tokens:
        raise BadBlock("the levels block holds nothing", "Close it on the next line: the organisation's own names for the levels are filled in.")
    return '<div class="levels-here"></div>'


@dataclass(frozen=True, slots=True)
class Shape:
    """What a block accepts and how it is drawn."""

    draw: Callable[[Block], str]
    keys: frozenset[str] = frozenset()


BLOCKS: Mapping[str, Shape] = {
    "story": Shape(_story, frozenset({"ground", "art", "label"})),
    "cards": Shape(_cards),
    "ticks": Shape(_ticks),
    "note": Shape(_note, frozenset({"icon", "title"})),
    "care": Shape(_care, frozenset({"title"})),
    "more": Shape(_more, frozenset({"title"})),
    "contacts": Shape(_contacts),
    "levels": Shape(_levels),
}


def draw(name: str, values: str, tokens: Sequence[Token], html: Callable[[Sequence[Token]], str]) -> str:
    """The HTML of one block. Raises BadBlock."""
    shape = BLOCKS.get(name)
    if shape is None:
        raise BadBlock(f"there is no block {name!r}", f"Use one of: {', '.join(BLOCKS)}.")
    given = attributes(values)
    if unknown := set(given) - shape.keys:
        known = f"It knows {', '.join(sorted(shape.keys))}." if shape.keys else "It takes no values."
        raise BadBlock(f"the {name} block does not know {', '.join(sorted(unknown))}", known)
    return shape.draw(Block(name, given, tokens, html))

"""Makes plain words of what other systems keep as HTML or Markdown, and says what that loses; nothing of it is ever run or shown as it is."""
from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import nh3
from markdown_it import MarkdownIt

_LOST = tuple(
    (re.compile(pattern, re.IGNORECASE), words) for pattern, words in (
        (r"<(?:img|picture|audio|video|source|iframe|object|embed|svg|canvas|math)\b", "a picture, sound, film or other embedded thing was left out"),
        (r"<(?:script|style|link|meta|form|input|button)\b|\son[a-z]+\s?=|javascript:", "a script, a style or a form was taken out"),
        (r"<a\b", "a link became plain words, without its address"),
        (r"<(?:b|strong|i|em|u|s|mark|font|sub|sup|code|pre|h[1-6])\b", "bold, slanted or other set words became plain"),
        (r"<(?:ul|ol|dl|table)\b", "a list or table became one line of words"),
    )
)

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_MARKUP = re.compile(r"<[A-Za-z/!?]|&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});")
_BLOCKS = {"p", "br", "div", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "dt", "dd", "hr", "ul", "ol", "table"}
_TAG = re.compile(r"<[^>]*>")
_LEAF = re.compile(r"</?(?:p|div|li|br|tr|h[1-6]|blockquote|pre)>")
_MARKDOWN = MarkdownIt("commonmark")


@dataclass(frozen=True, slots=True)
class Plain:
    """Words on one line, and in words what was lost on the way."""

    words: str
    lost: tuple[str, ...] = ()


def read(text: str, form: str) -> Plain:
    """*text* in one of Moodle's four forms: html, moodle (words that may hold HTML), markdown or plain."""
    if form == "markdown":
        return from_html(_MARKDOWN.render(text))
    if form == "html" or (form == "moodle" and _MARKUP.search(text)):
        return from_html(text)
    return _one_line(text)


def from_html(text: str) -> Plain:
    """The words of some HTML; a paragraph ends with a space."""
    lost = _losses(text)
    words = _one_line(unescape(_TAG.sub(" ", _bare(text))))
    return Plain(words.words, lost + words.lost)


def paragraphs(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of each paragraph of some HTML, and what was lost."""
    lost = _losses(text)
    parts = [_one_line(unescape(_TAG.sub(" ", part))) for part in _LEAF.split(_bare(text))]
    return tuple(part.words for part in parts if part.words), lost + tuple(each for part in parts for each in part.lost)


def _bare(text: str) -> str:
    """Only the tags that stand for a new line, without attributes; what is in a script or style is gone, every < of a text is escaped."""
    return nh3.clean(text, tags=_BLOCKS, attributes={}, link_rel=None, strip_comments=True)


def _losses(text: str) -> tuple[str, ...]:
    return tuple(words for pattern, words in _LOST if pattern.search(text))


def _one_line(text: str) -> Plain:
    clean = _HIDDEN.sub("", text)
    return Plain(" ".join(clean.split()), ("a character that nobody can see was taken out",) if clean != text else ())

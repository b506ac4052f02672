"""One walk through the site for each kind of person: every answer they got, what it changed, and what the log said meanwhile."""
from __future__ import annotations

import html
import io
import logging
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pypdfium2
from werkzeug.test import TestResponse

from tests.web.crawler import Walk, crawl
from tests.web.town import PERSONAS, Town

BEGIN = (
    "/my", *(f"/quiz/{{attempt}}/{number}" for number in range(1, 21)), "/quiz/{attempt}/review", "/quiz/{finished}/result",
    "/certificates/all.zip", "/themes/2026-05-child-neglect",
)
"""Where people who are signed in begin besides the front page: what they only reach on the way through a quiz, or at another time."""

TAGS = re.compile(r"<[^>]*>")


@dataclass(slots=True)
class Walks:
    """``found`` is persona -> walk; ``changes`` names each look after which something stored was different, with the tables."""

    found: dict[str, Walk] = field(default_factory=dict)
    changes: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    tables: Mapping[str, str] = field(default_factory=dict)
    """The digests of all tables before."""
    after: Mapping[str, str] = field(default_factory=dict)
    _texts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def answers(self, persona: str) -> Iterator[tuple[str, TestResponse]]:
        return iter(self.found[persona].answers.items())

    def texts(self, persona: str) -> list[tuple[str, str]]:
        """Path and everything a person of this kind can read there, headers included, whatever it is packed in; in small letters."""
        if persona not in self._texts:
            answers = self.answers(persona)
            self._texts[persona] = [(path, f"{answer.headers}\n{readable(answer)}".casefold()) for path, answer in answers]
        return self._texts[persona]


def readable(answer: TestResponse) -> str:
    """The text in an answer: a page as it is and as it reads, the words of a PDF, and whatever is in an archive."""
    kind, data = answer.mimetype, answer.data
    if kind == "application/pdf":
        return _pdf(data)
    if kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(f"{name}\n{_pdf(archive.read(name))}" for name in archive.namelist())
    text = data.decode("utf-8", "replace")
    return f"{text}\n{html.unescape(text)}\n{html.unescape(TAGS.sub('', text))}" if kind == "text/html" else text


def _pdf(data: bytes) -> str:
    """What a PDF says and what it says of itself."""
    with pypdfium2.PdfDocument(data) as document:
        words = "\n".join(page.get_textpage().get_text_bounded() for page in document)
        return f"{words}\n{document.get_metadata_dict()}"


class _Log(logging.Handler):
    """Keeps every line with all that is attached to it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


def walk(town: Town) -> Walks:
    """Walk through the site as everyone, from the front page and from what is one's own."""
    walks, root = Walks(tables=town.dump()), logging.getLogger()
    handler, level = _Log(walks.log), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        for persona in PERSONAS:
            walks.found[persona] = _walk(town, persona, walks)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    walks.after = town.dump()
    return walks


def _walk(town: Town, persona: str, walks: Walks) -> Walk:
    stored = dict(town.dump())

    def look(path: str) -> None:
        if town.changed():
            now = town.dump()
            walks.changes.append((persona, path, frozenset(table for table in now if now[table] != stored.get(table))))
            stored.update(now)

    return crawl(town.client(persona), ["/", *(town.address(path, persona) for path in BEGIN if persona != "visitor")], after=look)

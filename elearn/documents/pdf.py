"""The press: a process of its own that turns one of our templates and plain facts into a PDF/UA-1 file.

Started by documents/printer.py as ``python -m elearn.documents.pdf TEMPLATES STATIC``. Nothing else may import this module: WeasyPrint takes over a
second and 60 MB to load, is not safe in threads, and reads whatever address a page names unless it is stopped.

It sends a frame ``{"ready": true}`` once it can print. One exchange: a frame (four bytes of length, big-endian, then JSON) with
``template``, ``facts`` and ``steps`` comes in; a
frame of JSON goes out with ``ok`` or ``error``, followed, if ok, by a frame of PDF. In facts, ``{"markup": "<p>..."}`` is HTML already made
safe; every other text is escaped.
"""
from __future__ import annotations

import json
import logging
import os
import resource
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pydyf
import weasyprint.draw
import weasyprint.pdf
from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from weasyprint import CSS, HTML
from weasyprint.formatting_structure import boxes
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

SHEETS = {
    "certificate.html": ("fonts/pdf/faces.css", "css/certificate.css"),
    "briefing.html": ("fonts/pdf/faces.css", "css/briefing.css"),
    "card.html": ("fonts/pdf/faces.css", "css/card.css"),
    "poster.html": ("fonts/pdf/faces.css", "css/poster.css"),
}
"""What may be printed, and the style sheets of each, by their names in static/."""

BASE = "https://static.invalid/"
"""Relative names in templates and style sheets resolve against this; .invalid is promised never to exist (RFC 2606)."""

KINDS = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
MOST_MEMORY = 1 << 30
MOST_SECONDS = 10
MOST_WRITTEN = 64 << 20
LARGEST_FRAME = 64 << 20


class OwnFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Gives out files of ours in static/ and stops the press at any other address: file:, http:, data:, or a way out of the folder."""

    def __init__(self, static: Path) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._static = static.resolve()
        self.refused = ""
        """The last address refused: inside an SVG, WeasyPrint swallows even its fatal error and leaves a gap."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        path = (self._static / url.removeprefix(BASE).partition("#")[0]).resolve()
        if not url.startswith(BASE) or not path.is_relative_to(self._static) or path.suffix not in KINDS or not path.is_file():
            self.refused = url[:200]
            raise FatalURLFetchingError(f"a document asked for {self.refused!r}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": KINDS[path.suffix]})


class MissingLetters(logging.Handler):
    """Hears WeasyPrint say that it drew an empty box, which it does in its log and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.letters: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef") and isinstance(record.args, tuple):
            self.letters.append(str(record.args[0]))


def say_the_words(draw: Callable[..., None], stream: Any, textbox: Any, *rest: Any) -> None:
    """Draw a line of text together with the words it stands for.

    WeasyPrint gives each glyph one meaning in a document. Where combining marks let one glyph serve several letters (Devanagari,
    Bengali, Yoruba), copying and reading aloud then yield other words. ActualText puts that right (ISO 32000-1, 14.9.4). Not for text from
    right to left:
    readers put the letters of that in order themselves and, given ActualText, turn it the wrong way round.
    """
    marked = any(unicodedata.category(letter)[0] == "M" for letter in textbox.text)
    if not marked or any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in textbox.text):
        draw(stream, textbox, *rest)
        return
    stream.begin_marked_content("Span", pydyf.Dictionary({"ActualText": pydyf.String(textbox.text)}))
    draw(stream, textbox, *rest)
    stream.end_marked_content()


def spell_each_glyph(build: Callable[..., Any], pdf: Any, fonts: Mapping[Any, Any], *rest: Any) -> Any:
    """Build the fonts of a document with a meaning for each glyph.

    Of several glyphs that make one letter WeasyPrint gives the first none, which PDF/UA does not allow (ISO 14289-1, 7.21.7). A glyph that
    stands for one letter by itself gets that letter, any other a space of no width.
    """
    for font in fonts.values():
        if "" in font.to_unicode.values():
            with TTFont(BytesIO(font.file_content), fontNumber=font.index) as full:
                letters = {full.getGlyphID(name): chr(code) for code, name in full.getBestCmap().items()}
            for glyph, meaning in font.to_unicode.items():
                font.to_unicode[glyph] = letters.get(glyph) or meaning or "\u200b"
    return build(pdf, fonts, *rest)


class Press:
    """Renders templates; keeps fonts and style sheets between renders, which makes the next one four times faster."""

    def __init__(self, templates: Path, static: Path) -> None:
        self._static = static
        self._fetcher = OwnFiles(static)
        self._templates = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined)
        self._templates.globals.update(drawn=self._drawn, qr=_qr)
        self._heard = MissingLetters()
        logging.getLogger("weasyprint").addHandler(self._heard)
        self._own_fonts = FontConfiguration()
        self._any_fonts: FontConfiguration | None = None
        self._sheet = cache(self._read_sheet)
        self._letters = cache(self._read_letters)

    def warm(self) -> None:
        """Read every style sheet and font now."""
        for name in {name for names in SHEETS.values() for name in names}:
            self._sheet(name, self._own_fonts)

    def print(self, template: str, facts: Mapping[str, object], steps: Sequence[int]) -> dict[str, Any] | bytes:
        """The PDF, or what was wrong: ``does-not-fit`` or ``letters``.

        Fonts we ship come first. For a letter in none of them the fonts of this machine are tried; where they have none either, nothing is printed.
        """
        self._fetcher.refused = ""
        found = self._with_fonts(self._own_fonts, template, facts, steps)
        if isinstance(found, dict) and found["error"] == "letters":
            self._any_fonts = self._any_fonts or _fonts_of_this_machine()
            found = self._with_fonts(self._any_fonts, template, facts, steps)
        if self._fetcher.refused:
            raise FatalURLFetchingError(f"a document asked for {self._fetcher.refused!r}")
        return found

    def _with_fonts(self, fonts: FontConfiguration, template: str, facts: Mapping[str, object], steps: Sequence[int]) -> dict[str, Any] | bytes:
        sheets = [self._sheet(name, fonts) for name in SHEETS[template]]
        page = self._templates.get_template(template)
        for step in steps:
            html = HTML(string=page.render({**facts, "step": step}), base_url=BASE, url_fetcher=self._fetcher)
            document = html.render(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1")
            if len(document.pages) == 1 and not any(_overflows(box) for box in _fitted(document.pages[0]._page_box)):
                self._heard.letters.clear()
                pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
                return {"error": "letters", "words": "".join(sorted(set(self._heard.letters)))} if self._heard.letters else pdf
        return {"error": "does-not-fit", "words": f"{template} does not fit on one page"}

    def _read_sheet(self, name: str, fonts: FontConfiguration) -> CSS:
        return CSS(url=BASE + name, url_fetcher=self._fetcher, font_config=fonts)

    def _read_letters(self, file: str) -> frozenset[int]:
        with TTFont(self._static / "fonts" / "pdf" / f"{file}.woff2") as font:
            return frozenset(font.getBestCmap())

    def _drawn(self, text: str, *files: str) -> bool:
        """Whether these fonts hold every letter of `text`, so that one name is not set in two designs."""
        return all(any(ord(letter) in self._letters(file) for file in files) for letter in text)


def _qr(path: str, title: str) -> Markup:
    """A QR code from the path of its dark squares (documents/qr.py), with a name for those who do not see it."""
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" shape-rendering="crispEdges"><title>{title}</title>'
        '<path fill="#fff" d="{ground}"/><path fill="#14262b" d="{path}"/></svg>'
    ).format(title=title, path=path.partition("|")[2], **_frame(int(path.partition("|")[0])))


def _frame(size: int) -> dict[str, str]:
    return {"box": f"-2 -2 {size + 4} {size + 4}", "ground": f"M-2-2h{size + 4}v{size + 4}H-2z"}


def _fitted(page: boxes.PageBox) -> Iterator[boxes.Box]:
    """The boxes whose element is marked data-fits: they have a height of their own that their content must keep to."""
    for box in page.descendants():
        element = box.element
        block = isinstance(box, (boxes.BlockBox, boxes.GridContainerBox))
        if block and element is not None and box.element_tag == element.tag and element.get("data-fits") is not None:
            yield box


def _overflows(box: boxes.Box) -> bool:
    floor = box.content_box_y() + box.height + 0.5
    wall = box.content_box_x() + box.width + 0.5
    return any(
        inner.position_y + inner.height > floor or (isinstance(inner, boxes.TextBox) and inner.position_x + inner.width > wall)
        for inner in box.descendants() if isinstance(inner, (boxes.LineBox, boxes.TextBox, boxes.ReplacedBox))
    )


def _fonts_of_this_machine() -> FontConfiguration:
    """Our fonts and whatever else is installed here."""
    ours = os.environ.pop("FONTCONFIG_FILE")
    try:
        return FontConfiguration()
    finally:
        os.environ["FONTCONFIG_FILE"] = ours


def _plain(value: dict[str, Any]) -> object:
    return Markup(value["markup"]) if value.keys() == {"markup"} else value  # noqa: S704  (safe by contract)


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None when the other side has gone."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    body = stream.read(length) if length <= LARGEST_FRAME else b""
    return body if len(body) == length else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    stream.write(len(body).to_bytes(4, "big") + body)


def _allow_seconds(seconds: int) -> None:
    """Let this process use so much processor time from now; the system ends it after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, resource.RLIM_INFINITY))


def serve(press: Press, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while (frame := read_frame(requests)) is not None:
        _allow_seconds(MOST_SECONDS)
        try:
            asked = json.loads(frame, object_hook=_plain)
            result = press.print(asked["template"], asked["facts"], asked["steps"])
        except FatalURLFetchingError as refused:
            result = {"error": "refused", "words": str(refused)}
        except MemoryError:
            result = {"error": "failed", "words": "out of memory"}
        except Exception as problem:
            result = {"error": "failed", "words": f"{type(problem).__name__}: {problem}"[:500]}
        write_frame(replies, json.dumps(result if isinstance(result, dict) else {"ok": True}).encode())
        if isinstance(result, bytes):
            write_frame(replies, result)
        replies.flush()


def main(templates: str, static: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not be taken for a reply
    weasyprint.draw.draw_text = partial(say_the_words, weasyprint.draw.draw_text)
    weasyprint.pdf.build_fonts_dictionary = partial(spell_each_glyph, weasyprint.pdf.build_fonts_dictionary)
    press = Press(Path(templates), Path(static))
    press.warm()
    write_frame(replies, json.dumps({"ready": True}).encode())
    replies.flush()
    serve(press, sys.stdin.buffer, replies)


if __name__ == "__main__":
    main(*sys.argv[1:])

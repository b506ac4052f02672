"""Static files as they are sent: bundled, named by the hash of what is in them, and compressed once.

Compression and secrets (the BREACH attack): a page holds the CSRF token, and some pages repeat what was sent to them. To measure a
compressed page an attacker must make the victim's browser ask for it many times. Session cookies are SameSite=Lax, so only whole-page
visits carry them; and a visit that another site started, from a browser that has cookies of ours, is answered uncompressed (``packings``).
In the pages that are asked for most, name and token stand outside of what is compressed (web/drawn.py). The token alone opens nothing
either: where a request came from is checked beside it.
"""
from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no types
from flask import Flask, Response, abort, current_app, request
from werkzeug.http import parse_accept_header

from elearn.settings import ROOT
from elearn.web import display
from elearn.web.guard import public

TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}

SCREEN = ("css/tokens.css", "css/base.css", "css/components.css")
"""One sheet for the screen, in this order."""

SCRIPTS = ("js/display.js", "js/staying.js")
"""One script, so that it costs a first visit one request."""

FONTS = (
    "fonts/atkinson-next-var.woff2", "fonts/atkinson-next-ext-var.woff2", "fonts/young-serif-400.woff2", "fonts/young-serif-ext-400.woff2",
)

FOREVER = "public, max-age=31536000, immutable"
SMALL = 860
"""Bytes under which compressing a page is not worth the work."""

TEXT = frozenset({"text/html", "text/css", "text/plain", "text/csv", "text/javascript", "application/json", "image/svg+xml"})

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FONT = re.compile(r'url\("\.\./(?:fonts|documents)/([\w.-]+)"\)')


@dataclass(frozen=True)
class Asset:
    """One file, ready to send."""

    name: str
    hashed: str
    type: str
    etag: str
    body: bytes

    @cached_property
    def forms(self) -> Mapping[str, bytes]:
        """Its bytes by content encoding ("" for as they are). Made when first asked for: they take longer than the rest of the start."""
        if self.name.endswith(".woff2"):
            return {"": self.body}
        return {"": self.body, "br": brotli.compress(self.body, quality=11), "gzip": gzip.compress(self.body, 9, mtime=0)}

    def best(self, accepted: Iterable[str]) -> str:
        """The smallest form that the browser understands."""
        known = (encoding for encoding in self.forms if not encoding or encoding in accepted)
        return min(known, key=lambda encoding: len(self.forms[encoding]))


class Assets:
    """Every static file, by the name templates use and by the name it is sent under. Built once; never changes."""

    def __init__(self, folder: Path) -> None:
        """Read *folder*. Raises FileNotFoundError when a file is missing and ValueError when a sheet names a font that is not there."""
        self._named: dict[str, Asset] = {}
        self._sent: dict[str, Asset] = {}
        for font in FONTS:
            self._add(Path(font).name, (folder / font).read_bytes())
        sheet = "\n".join((folder / part).read_text("utf-8") for part in SCREEN)
        self._add("screen.css", self._css(sheet))
        self._add("lean.css", self._css(_FACE.sub("", sheet)))
        self._add("print.css", self._css((folder / "css/print.css").read_text("utf-8")))
        self._add("ring-numbered.svg", (folder / "documents/ring-numbered.svg").read_bytes())
        faces = "".join(_FACE.findall(sheet))
        self._add("briefing.css", self._css(faces + (folder / "css/briefing.css").read_text("utf-8")))
        self._add("display.js", b"\n".join(_script((folder / part).read_text("utf-8")) for part in SCRIPTS))
        self._add("mark.svg", (folder / "mark.svg").read_bytes())

    def _css(self, sheet: str) -> bytes:
        """Without comments and idle space, its fonts under the names they are sent by."""

        def font(match: re.Match[str]) -> str:
            if match[1] not in self._named:
                raise ValueError(f"a style sheet names {match[1]}, which is not among the files that are sent")
            return f'url("{self._named[match[1]].hashed}")'

        sheet = _FONT.sub(font, _COMMENT.sub("", sheet))
        sheet = re.sub(r"\s+", " ", sheet)
        return re.sub(r" ?([{};,]) ?", r"\1", sheet).replace(";}", "}").strip().encode()

    def _add(self, name: str, body: bytes) -> None:
        suffix = Path(name).suffix
        etag = blake2b(body, digest_size=6).hexdigest()
        asset = Asset(name, f"{name.removesuffix(suffix)}.{etag}{suffix}", TYPES[suffix], etag, body)
        self._named[name] = self._sent[asset.hashed] = asset

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._named.values())

    def named(self, name: str) -> Asset:
        """By the name templates use. Raises KeyError."""
        return self._named[name]

    def sent(self, hashed: str) -> Asset | None:
        """By the name it is sent under."""
        return self._sent.get(hashed)


def _script(text: str) -> bytes:
    """Without whole-line comments and indentation."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


def _accepted() -> frozenset[str]:
    """The encodings the browser understands, of those we speak."""
    return _understood(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)
def _understood(header: str) -> frozenset[str]:
    offered = parse_accept_header(header)
    return frozenset(name for name in ("br", "gzip") if offered.quality(name) > 0)


@public("the look of every page")
def send(name: str) -> Response:
    """One file, for a year: another content would have another name."""
    assets: Assets = current_app.extensions["assets"]
    asset = assets.sent(name) or abort(404)
    encoding = asset.best(_accepted())
    response = Response(asset.forms[encoding], content_type=asset.type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Cache-Control"] = FOREVER
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{asset.etag}-{encoding}" if encoding else asset.etag)
    response.make_conditional(request)
    return response


def compress(response: Response) -> Response:
    """Send pages smaller to browsers that can read them so: brotli at level 1, else gzip at level 5.

    Level 1 takes a third of the time of 4 and sends a tenth more, which is some 200 bytes of a page.
    """
    if response.direct_passthrough or response.is_streamed or response.status_code in {204, 206, 304}:
        return response
    if "Content-Encoding" in response.headers or response.mimetype not in TEXT or (response.content_length or 0) <= SMALL:
        return response
    response.vary.add("Accept-Encoding")
    accepted = packings()
    if "br" in accepted:
        response.set_data(brotli.compress(response.get_data(), mode=brotli.MODE_TEXT, quality=1))
        response.headers["Content-Encoding"] = "br"
    elif "gzip" in accepted:
        response.set_data(gzip.compress(response.get_data(), 5))
        response.headers["Content-Encoding"] = "gzip"
    return response


def packings() -> frozenset[str]:
    """The ways in which a page may be compressed for this browser, of those we speak: br, gzip."""
    return frozenset() if _started_elsewhere() else _accepted()


def _started_elsewhere() -> bool:
    """Whether another site led this browser here while it has cookies of ours that mean something."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"} and bool(request.cookies.keys() - {display.COOKIE})


def register(app: Flask, folder: Path = ROOT / "static") -> None:
    assets = app.extensions["assets"] = Assets(folder)
    app.add_url_rule("/static/<name>", "assets.send", send)
    addresses = {asset.name: f"/static/{asset.hashed}" for asset in assets}

    def asset(name: str) -> str:
        """Where a static file is, under whatever path the site itself is served; its folder may be left out."""
        return f"{request.script_root}{addresses[name.rpartition('/')[2]]}"

    app.jinja_env.globals["asset"] = asset
    app.after_request(compress)

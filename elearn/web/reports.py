"""What browsers report of our content security policy, as one plain line of the log: what was stopped, and on which kind of page."""
from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

log = logging.getLogger(__name__)

MOST_BYTES = 16_384
"""A report is a few hundred bytes; browsers put a handful of them into one request."""

MOST_READ = 10
"""Reports of one request that are looked at."""

LINES, WINDOW = 30, timedelta(minutes=1)
"""Lines written in a while, whoever sends them: a stranger must not fill the disk, and the first few say all there is to say."""

TYPES = frozenset({"application/csp-report", "application/reports+json", "application/json"})

EXTENSIONS = ("chrome-extension", "moz-extension", "safari-extension", "safari-web-extension", "ms-browser-extension")
"""What people have added to their own browser is stopped too, and is none of our business."""

_WORD = frozenset("abcdefghijklmnopqrstuvwxyz-")
_LONGEST = 80


@dataclass(slots=True)
class Throttle:
    """Lets so many through in a while, for all senders together; counts the rest. Kept in memory: it guards the log, and nothing hangs on it."""

    most: int = LINES
    window: timedelta = WINDOW
    _passed: deque[datetime] = field(default_factory=deque)
    _dropped: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passes(self, now: datetime) -> int | None:
        """How many were dropped since the last that passed; None when this one is dropped too."""
        with self._lock:
            while self._passed and self._passed[0] <= now - self.window:
                self._passed.popleft()
            if len(self._passed) >= self.most:
                self._dropped += 1
                return None
            self._passed.append(now)
            dropped, self._dropped = self._dropped, 0
            return dropped


def note(kind: str, body: bytes, addresses: MapAdapter, throttle: Throttle, now: datetime) -> None:
    """Write down what is in the body of a report; what is no report is passed over in silence."""
    if kind not in TYPES or len(body) > MOST_BYTES:
        return
    for said in list(_reports(body))[:MOST_READ]:
        line = _line(said, addresses)
        if line is None:
            continue
        dropped = throttle.passes(now)
        if dropped is None:
            return
        log.warning("policy broken", extra={"said": {**line, "dropped": dropped}})


def _reports(body: bytes) -> Iterator[Mapping[str, Any]]:
    """Each report of a body, in the older form (one object, report-uri) or the newer (a list, the Reporting API)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return
    for one in found if isinstance(found, list) else [found]:
        said = (one.get("csp-report") or one.get("body")) if isinstance(one, dict) else None
        if isinstance(said, dict) and (one.get("type") or "csp-violation") == "csp-violation":
            yield said


def _line(said: Mapping[str, Any], addresses: MapAdapter) -> dict[str, object] | None:
    """What may be written down of a report: never an address that a person was at, what was on the page, or a query."""
    directive = _text(said, "effectiveDirective", "effective-directive", "violated-directive").partition(" ")[0]
    blocked, source = _text(said, "blockedURL", "blocked-uri"), _text(said, "sourceFile", "source-file")
    if not directive or set(directive) - _WORD or any(each.partition(":")[0] in EXTENSIONS for each in (blocked, source)):
        return None
    return {
        "directive": directive[:_LONGEST], "blocked": _origin(blocked), "route": _route(_text(said, "documentURL", "document-uri"), addresses),
        "source": _own_file(source), "line": _number(said, "lineNumber", "line-number"),
    }


def _text(said: Mapping[str, Any], *names: str) -> str:
    found = next((said[name] for name in names if isinstance(said.get(name), str)), "")
    return str(found)[:2000]


def _number(said: Mapping[str, Any], *names: str) -> int | None:
    found = next((said[name] for name in names if type(said.get(name)) is int), None)
    return found if found is None or 0 <= found < 10_000_000 else None


def _origin(address: str) -> str:
    """Where something was to come from: "inline" and the like, a scheme, or the scheme and host; never a path or a query."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "unreadable"
    if not parts.scheme:
        return address if address and not set(address) - _WORD and len(address) < 30 else "unreadable"
    if not host.replace("-", "").replace(".", "").replace(":", "").isalnum() or not host.isascii():
        host = ""
    return f"{parts.scheme[:20]}://{host[:_LONGEST]}" if host else parts.scheme[:20]


def _route(address: str, addresses: MapAdapter) -> str | None:
    """The kind of page, as the log of requests names it: the address itself may hold a name or a secret."""
    try:
        rule, _ = addresses.match(urlsplit(address).path, method="GET", return_rule=True)
    except (HTTPException, ValueError):
        return None
    return str(rule.rule)


def _own_file(address: str) -> str | None:
    """The name of a static file of ours, which says where to look."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return None
    name = path.rpartition("/")[2]
    fine = "/static/" in path and len(name) <= _LONGEST and name.isascii() and name.replace(".", "").replace("-", "").isalnum()
    return name if fine else None

"""One line for every request: what was asked for and how it went, but never who asked by name, the address itself or what was sent."""
from __future__ import annotations

import logging
import random
import time

from flask import Flask, Request, Response, g
from flask.globals import request_ctx

log = logging.getLogger("elearn.requests")

QUIET = frozenset({"/healthz"})
"""Asked every few seconds by whatever watches the site."""


def register(app: Flask) -> None:
    """Give every request a number and a line in the log. Register this first, so that it sees what every other part made of the answer."""

    numbers = random.Random()  # to find a line by, no secret; asking the system for a number costs as much as a statement

    def begin() -> None:
        g.request_id, g.began = f"{numbers.getrandbits(48):012x}", time.perf_counter()

    def end(response: Response) -> Response:
        asked = request_ctx.request
        if asked.path not in QUIET:
            log.info("request", extra={"said": _line(asked, response.status_code)})
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request_funcs.setdefault(None, []).insert(0, end)  # the first is called last


def _line(asked: Request, status: int) -> dict[str, object]:
    known = g.get  # each look at g itself is a look for the request
    signed_in, began = getattr(known("_login_user"), "person", None), known("began")  # only when the guard has looked: a log line asks no database
    return {
        "request": known("request_id"),
        "method": asked.method,
        "route": asked.url_rule.rule if asked.url_rule else None,
        "status": status,
        "ms": round((time.perf_counter() - began) * 1000, 1) if began else None,
        "actor": signed_in.id if signed_in else None,
    }

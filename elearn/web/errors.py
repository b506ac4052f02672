"""What cannot be done, said to the person in words, with the way on."""
from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from elearn.actions import Refused
from elearn.records.db import Busy
from elearn.web.addresses import own_path
from elearn.web.kept import unsaid
from elearn.web.pages import render

log = logging.getLogger(__name__)

_SAID = {
    400: ("We could not read that", "Something in what was sent did not fit this page. Go back, reload the page and try again."),
    405: ("That is not how this page works", "Go back to the page you came from and use the button there."),
    413: ("That is too much to send", "Make it shorter, then send it again. Go back and your words should still be there."),
    415: ("We could not read that", "Go back, reload the page and try again."),
    429: ("That was a lot at once", "Wait a few minutes, then try again."),
}
_CSRF = (
    "We could not be sure that came from you",
    "This can happen when you sign in or out in another window. Go back, reload the page and send it again. Nothing was changed.",
)


def _refused(error: Refused) -> tuple[str, int]:
    return render("errors/refused.html", title="Not just now", reason=str(error)), 409


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.get_response()
    code = error.code or 500
    if code == 404:
        return render("errors/not_found.html"), 404
    if code == 403:
        return render("errors/forbidden.html"), 403
    if code >= 500:
        return _broken(error)
    title, reason = _CSRF if error.description == "csrf" else _SAID.get(code, _SAID[400])
    return render("errors/refused.html", title=title, reason=reason), code


def _not_saved(error: Exception) -> tuple[str, int, dict[str, str]]:
    log.warning("not saved: %s", error.__class__.__name__)
    form = [(name, value) for name, values in request.form.lists() for value in values if not unsaid(name)]
    return render("errors/not_saved.html", path=own_path(f"{request.script_root}{request.path}", "/"), form=form), 503, {"Retry-After": "5"}


def _broken(error: Exception) -> tuple[str, int]:
    number = secrets.token_hex(3).upper()
    log.error("broken %s at %s", number, request.url_rule, exc_info=error)
    try:
        return render("errors/broken.html", number=number), 500
    except Exception:  # the page itself may need what is broken
        log.exception("broken page for %s", number)
        return f"<!doctype html><html lang=en><title>Something broke</title><h1>Something broke, and it’s our fault</h1><p>Quote {number}.", 500


def _database(error: OperationalError) -> Any:
    """A full or read-only disk, or a database that is gone, saves nothing; anything else is our fault."""
    words = str(error.orig).lower()
    if any(sign in words for sign in ("full", "readonly", "read-only", "locked", "busy", "i/o", "connection", "timeout", "unable to open")):
        return _not_saved(error)
    return _broken(error)


def register(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Busy, _not_saved)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _broken)

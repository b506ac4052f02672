"""Nothing is served unless its view says who may see it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from inspect import signature
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import AnonymousUserMixin, LoginManager, UserMixin
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from elearn import clock
from elearn.records import sessions
from elearn.records.db import Busy, db, writing
from elearn.records.people import Profile
from elearn.rules.access import Permission, Person, may
from elearn.web import cookies, csrf

View = TypeVar("View", bound=Callable[..., Any])

SEEN_EVERY = timedelta(minutes=5)
"""How often we note that a session is in use."""

LAST_ID = 2**31 - 1
"""The highest id that every database can hold (PostgreSQL's integer)."""

NEXT = "next"


@dataclass(frozen=True)
class Guard:
    """Who may come through one view."""

    permission: Permission | None
    load: Callable[..., Any] | None = None
    into: str = ""
    keeps: bool = False
    reason: str = ""
    token: bool = True
    """Whether a form must bring our token; without it, only where the request came from is looked at."""

    @cached_property
    def takes(self) -> frozenset[str]:
        """The parts of the address that ``load`` takes."""
        return frozenset(signature(self.load).parameters) if self.load else frozenset()


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login holds: the session that holds, and the person."""

    def __init__(self, live: sessions.Live) -> None:
        self.id, self.live, self.person = str(live.person.id), live, live.person


class Visitor(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Someone who has not signed in."""

    person: Person | None = None
    live: sessions.Live | None = None


class ComeBack(HTTPException):
    """The session is over: sign in, and go on where you were."""

    code = 303

    def __init__(self, kept: bool = False) -> None:
        where: dict[str, Any] = {NEXT: _here(), "kept": "1" if kept else None}
        super().__init__(response=redirect(url_for("account.sign_in", **where), 303))


def needs(permission: Permission, load: Callable[..., Any] | None = None, into: str = "", keeps: bool = False) -> Callable[[View], View]:
    """Only for people with *permission*.

    *load* turns the address into the thing they act on (or None), passed to the view as *into*; a thing that is
    not there and one that is not theirs get the same answer. With *keeps*, what is sent after the session has ended
    is kept for its owner until they sign in again.
    """

    def mark(view: View) -> View:
        view.guard = Guard(permission, load, into, keeps)  # type: ignore[attr-defined]  # read by guard_of
        return view

    return mark


def public(reason: str, token: bool = True) -> Callable[[View], View]:
    """For anyone at all, because of *reason*. Without *token* a form works even from a page that was opened before signing in or out."""

    def mark(view: View) -> View:
        view.guard = Guard(None, reason=reason, token=token)  # type: ignore[attr-defined]  # read by guard_of
        return view

    return mark


def person() -> Person:
    """The signed-in person; only inside views guarded by a permission."""
    found = visitor()
    assert found is not None
    return found


def profile() -> Profile:
    """The signed-in person with their team and organisation, read with the session; only inside views guarded by a permission."""
    found = _who().live
    assert found is not None
    return found.profile


def visitor() -> Person | None:
    """The signed-in person, or None; for public views."""
    return _who().person


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    found: Guard | None = getattr(app.view_functions[endpoint], "guard", None)
    return found


def protect(app: Flask) -> None:
    """Refuse to start if any view has no guard; check the guard before every view."""
    app.view_functions.pop("static", None)
    bare = [endpoint for endpoint in app.view_functions if guard_of(app, endpoint) is None]
    if bare:
        raise RuntimeError(f"views without @needs or @public: {', '.join(sorted(bare))}")
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]  # without init_app, which would look after every page for a cookie we never set
    manager.anonymous_user = Visitor
    manager.request_loader(_load)
    manager.session_protection = None  # sessions live in the database, bound to an unguessable secret
    app.before_request(_check)
    app.after_request(cookies.set_device)


def _who() -> SignedIn | Visitor:
    """Who asks, looked up once for each request and left where Flask-Login's ``current_user`` looks first."""
    found: SignedIn | Visitor | None = g.get("_login_user")
    if found is None:
        found = g._login_user = _load() or Visitor()
    return found


def _load(_: object = None) -> SignedIn | None:
    secret = cookies.session_secret()
    live = sessions.live(db.session(), secret, clock.now()) if secret else None
    if live is None:
        return None
    if clock.now() > live.seen + SEEN_EVERY:
        _touch(live.id, clock.now())
    return SignedIn(live)


def _touch(id: int, now: datetime) -> None:
    try:
        with writing(db.session()) as session:
            sessions.touch(session, id, now)
    except (Busy, OperationalError):
        return  # it can be noted with the next page; a full or read-only disk stops nobody from reading


def _here() -> str:
    """Where to come back to: the page itself, or the page a form stood on, where that has the same address."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    return request.path if current_app.url_map.bind("").test(request.path, "GET") else url_for("learn.mine")


def _check() -> Any:
    if request.endpoint is None:
        return None
    guard = guard_of(current_app, request.endpoint)
    assert guard is not None
    if _too_much():
        abort(413)
    if _beyond():
        abort(404)
    if not (csrf.allowed() if guard.token else csrf.came_from_us(request)):
        abort(400, "csrf")
    if guard.permission is None:
        return None
    who = visitor()
    if who is None:
        return _come_back(guard)
    given: dict[str, Any] = request.view_args or {}
    thing = guard.load(**{name: value for name, value in given.items() if name in guard.takes}) if guard.load else None
    if guard.load and thing is None:
        abort(404)
    if not may(who, guard.permission, thing):
        abort(404 if guard.load else 403)
    if guard.load:
        request.view_args = {name: value for name, value in given.items() if name not in guard.takes} | {guard.into: thing}
    return None


def _too_much() -> bool:
    """More fields than any form has: Werkzeug counts them in multipart bodies only."""
    most = current_app.config["MAX_FORM_PARTS"]
    return request.method in csrf.UNSAFE and most is not None and sum(len(values) for _, values in request.form.lists()) > most


def _beyond() -> bool:
    """Whether the address names a number that no row can have, which the database would stumble over."""
    return any(isinstance(value, int) and value > LAST_ID for value in (request.view_args or {}).values())


def _come_back(guard: Guard) -> Any:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    raise ComeBack(kept=guard.keeps and request.method == "POST" and _keep())


def _keep() -> bool:
    """Keep what was sent, for the owner of the session that has run out; nobody else ever sees it."""
    secret = cookies.session_secret()
    owner = sessions.owner_of_ended(db.session(), secret, clock.now()) if secret else None
    if owner is None:
        return False
    form = {name: values for name, values in request.form.lists() if name != csrf.FIELD}
    with writing(db.session()) as session:
        sessions.keep_draft(session, owner, request.path, form, clock.now())
    g.kept = True
    return True

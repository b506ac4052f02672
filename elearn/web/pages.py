"""Draws a page: the view's own facts, what every page shows besides, and the icons it turns out to use.

This is the hot path of the site, so what never changes is made once: addresses, drawings, the menu of each kind of person.
"""
from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from flask import Flask, Request, Response, current_app, g
from flask.globals import request_ctx
from flask_login import current_user
from jinja2 import Environment
from markupsafe import Markup, escape
from sqlalchemy.exc import SQLAlchemyError

from elearn import clock
from elearn.rules.access import Permission, Person, granted
from elearn.rules.validity import local_day
from elearn.web import art, assets, csrf, display, icons
from elearn.web.addresses import own_path
from elearn.web.drawn import Drawn
from elearn.web.tenant import Tenant, tenant

MOST_LINKS = 5
MOST_DRAWN = 500
"""Shared pages that are kept: some 15 kB each."""

_READER = "reader"
_PACKED = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


@dataclass(frozen=True, slots=True)
class Place:
    """A link in the menu: its words, where it leads, who is offered it (None: anyone), and which areas or endpoints belong to it."""

    words: str
    endpoint: str
    permission: Permission | None = None
    areas: tuple[str, ...] = ()
    values: tuple[tuple[str, Any], ...] = ()


MENU = (
    Place("My learning", "learn.mine", Permission.LEARN, ("learn", "quizzes", "briefings", "certificates")),
    Place("Briefings", "site.home", None, ("site.home", "briefings")),
    Place("Courses", "learn.listing", None, ("learn.listing",)),
    Place("My team", "team.mine", Permission.SEE_MY_TEAMS, ("team",)),
    Place("Registers", "live.mine", Permission.RECORD_ATTENDANCE, ("live",)),
    Place("Office", "office.home", Permission.OFFICE, ("office", "awards")),
    Place("GCP2 tool", "tools.show", None, ("tools",), (("slug", "gcp2"),)),
)
"""In the order shown. Whoever may go to more than five places is offered the first five; the rest are a page away."""

AT = {
    "home": "site.home", "worried": "site.worried", "support": "site.support", "leave": "site.leave", "display": "site.display",
    "help": "site.help", "accessibility": "site.accessibility", "privacy": "site.privacy", "mine": "learn.mine", "listing": "learn.listing",
    "account": "account.home", "sign_in": "account.sign_in", "sign_out": "account.sign_out",
}
"""What layouts call the places they lead to, as ``at.<name>``."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What someone may do, by name, and where their menu leads."""

    names: frozenset[str]
    places: tuple[Place, ...]


@lru_cache(maxsize=2048)
def _rights(person: Person | None) -> Rights:
    permissions = granted(person)
    places = [place for place in MENU if place.permission is None or place.permission in permissions]
    if person:
        places = [place for place in places if place.endpoint != "site.home"]
    return Rights(frozenset(permission.name for permission in permissions), tuple(places[:MOST_LINKS]))


@dataclass(frozen=True, slots=True)
class Site:
    """Who runs the site, as layouts show it. ``numbers`` are the local contacts for this person's organisation."""

    name: str = "Safeguarding partnership"
    site_name: str = "Learning Zone"
    helpline: str | None = None
    neutral_site: str = ""
    numbers: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Shell:
    """The parts of a page that stay the same from one page to the next, drawn."""

    site: Site
    at: Mapping[str, str]
    head: Markup
    lean_head: Markup
    helpline: Markup
    brand: Markup
    foot: Markup
    short_foot: Markup


@dataclass(frozen=True, slots=True)
class Anyone:
    """Whoever is signed in, in a page that is drawn for all of them: nothing about them can get into it but the name, put in afterwards."""

    name: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a page is being drawn for: the person and the token of their forms, or what stands for both."""

    person: Person | Anyone | None
    token: str


class Frame:
    """What every page shows besides its own facts. One for each app; it remembers what does not change from page to page."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._tenant: Tenant | None = None
        self._shells: dict[tuple[str, int | None, bool], Shell] = {}
        self._menus: dict[tuple[Any, ...], Markup] = {}
        self._plain = Site()
        self._drawn: dict[tuple[Any, ...], Drawn] = {}
        self._name, self._token = f"name-{secrets.token_hex(8)}", f"token-{secrets.token_hex(8)}"
        """Stand for what differs in a page that is drawn for many; nobody can guess them and type them in."""

    def shared(self, template: str, facts: dict[str, Any]) -> Response:
        """The page as it is kept for everybody to whom the same facts apply, with this reader's own name and token put in."""
        asked = request_ctx.request
        person, shell = self._who(template, asked.root_path)
        key = (
            template, shell, _rights(person), person is None, display.of(asked), asked.endpoint, _here(asked),
            local_day(clock.now(), tenant().zone), *facts.items(),
        )
        page = self._drawn.get(key)
        if page is None:
            if len(self._drawn) >= MOST_DRAWN:
                self._drawn.clear()
            drawn = self._draw(template, facts, Reader(Anyone(self._name) if person else None, self._token), person, shell)
            page = self._drawn[key] = Drawn(drawn, (self._name, self._token))
        fill = {self._name: escape(person.name).encode() if person else b"", self._token: csrf.token().encode()}
        if "gzip" in assets.packings():
            return Response(page.gzip(fill), mimetype="text/html", headers=_PACKED)
        return Response(page.plain(fill), mimetype="text/html")

    def own(self, template: str, facts: dict[str, Any]) -> str:
        """The page as it is for this reader only; a part of a shared page is for whoever that is drawn for."""
        person, shell = self._who(template, request_ctx.request.root_path)
        return self._draw(template, facts, g.get(_READER) or Reader(person, csrf.token()), person, shell)

    def _draw(self, template: str, facts: dict[str, Any], reader: Reader, person: Person | None, shell: Shell) -> str:
        outer = g.get(_READER)
        setattr(g, _READER, reader)
        try:
            frame = self._facts(reader, _rights(person), shell)
            return icons.sprite(self._app.jinja_env.get_template(template).render({**frame, **facts}))
        finally:
            setattr(g, _READER, outer)

    def _facts(self, reader: Reader, rights: Rights, shell: Shell) -> dict[str, Any]:
        asked = request_ctx.request
        return {
            "person": reader.person,
            "can": rights.names,
            "site": shell.site,
            "display": display.of(asked),
            "menu": partial(self.menu, rights, shell.at, asked.endpoint or "", asked.blueprint or ""),
            "at": shell.at,
            "shell": shell,
            "token": reader.token,
            "return_to": _here(asked),
        }

    def _who(self, template: str, root: str) -> tuple[Person | None, Shell]:
        """The person and the site; a page that says what went wrong must not need what went wrong."""
        try:
            person: Person | None = getattr(current_user, "person", None)
            found = tenant()
        except (SQLAlchemyError, LookupError):
            if not template.startswith("errors/"):
                raise
            return None, self._make(root, self._plain, True)
        if found is not self._tenant:
            self._shells, self._tenant = {}, found
        agency = person.agency_id if person else None
        key = (root, agency, person is None)
        shell = self._shells.get(key)
        if shell is None:
            site = Site(found.name, found.site_name, found.helpline, found.neutral_site, tuple(found.numbers(agency)))
            shell = self._shells[key] = self._make(root, site, person is None)
            self._plain = Site(site.name, site.site_name, site.helpline, site.neutral_site)
        return person, shell

    def _make(self, root: str, site: Site, guest: bool) -> Shell:
        drawn: Any = self._app.jinja_env.get_template("layouts/_shell.html").module
        at = {place: self._app.url_for(endpoint) for place, endpoint in AT.items() if endpoint in self._app.view_functions}
        return Shell(
            site, at, drawn.head(False), drawn.head(True), drawn.helpline(site, at), drawn.brand(site, at, guest),
            drawn.foot(site, at, guest, True), drawn.foot(site, at, guest, False),
        )

    def menu(self, rights: Rights, at: Mapping[str, str], endpoint: str, blueprint: str, here: str | None = None) -> Markup:
        """The menu links. *here* names the current one; without it, the address decides."""
        if here is None:
            exact = [place.words for place in rights.places if endpoint == place.endpoint or endpoint in place.areas]
            close = [place.words for place in rights.places if blueprint in place.areas]
            here = next(iter(exact or close), "")
        key = (rights.places, at.get("home"), here, endpoint)
        known = self._menus.get(key)
        if known is None:
            drawn: Any = self._app.jinja_env.get_template("layouts/_shell.html").module
            links = [
                (place.words, self._app.url_for(place.endpoint, **dict(place.values)), place.words == here, place.endpoint == endpoint)
                for place in rights.places
                if place.endpoint in self._app.view_functions
            ]
            known = self._menus[key] = drawn.links(links)
        return known


def render(template: str, **facts: Any) -> str:
    """The page. *facts* are the view's own; what else a template may use is listed in docs/components.md."""
    frame: Frame = current_app.extensions["frame"]
    return frame.own(template, facts)


def render_shared(template: str, **facts: Hashable) -> Response:
    """The page, drawn once for everybody to whom the same *facts* apply, on the same day: people at the same place in a course see the same.

    It shows nothing that is not in *facts*: of the person there is only the name. Raises TypeError for a fact that cannot be compared.
    """
    frame: Frame = current_app.extensions["frame"]
    return frame.shared(template, facts)


def _here(asked: Request) -> str:
    """Where the buttons of the frame lead back to."""
    return own_path(asked.full_path.rstrip("?") if asked.method == "GET" else asked.path, "/")


def _token() -> str:
    reader: Reader | None = g.get(_READER)
    return reader.token if reader else csrf.token()


class Components:
    """The macros of templates/components, one a file, as ``ui.<name>``."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        if name.startswith("_"):
            raise AttributeError(name)
        macro: Callable[..., Markup] = getattr(self._env.get_template(f"components/{name}.html").module, name)
        if not self._env.auto_reload:
            setattr(self, name, macro)
        return macro


def pairs(errors: Mapping[str, str] | Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Errors as pairs of the input's id and words, however they came."""
    return list(errors.items()) if isinstance(errors, Mapping) else list(errors)


def register(app: Flask) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(art.GLOBALS)
    env.globals.update(icon=icons.icon, csrf_token=_token, csrf_field=csrf.FIELD, ui=Components(env))
    env.filters["pairs"] = pairs
    app.extensions["frame"] = Frame(app)

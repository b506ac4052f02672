"""Draws a page: the view's own facts, what every page shows besides, and the icons it turns out to use.

This is the hot path of the site, so what never changes is made once: addresses, drawings, the menu of each kind of person.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request
from flask import url_for as flask_url_for
from flask_login import current_user  # type: ignore[import-untyped]  # Flask-Login has no types
from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from elearn.rules.access import Permission, Person, granted
from elearn.web import art, csrf, display, icons
from elearn.web.tenant import Tenant, tenant

MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A link in the menu: its words, where it leads, who is offered it (None: anyone), and which addresses belong to it."""

    words: str
    endpoint: str
    permission: Permission | None = None
    areas: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    guests: bool = True


MENU = (
    Place("My learning", "learn.mine", Permission.LEARN, ("learn", "quizzes", "briefings", "certificates")),
    Place("Briefings", "site.home", None, ("site.home", "briefings")),
    Place("Courses", "learn.listing", None, ("learn.listing",)),
    Place("My team", "team.mine", Permission.SEE_MY_TEAMS, ("team",)),
    Place("Registers", "live.mine", Permission.RECORD_ATTENDANCE, ("live",)),
    Place("Office", "office.home", Permission.OFFICE, ("office",)),
    Place("GCP2 tool", "tools.show", None, ("tools",), (("slug", "gcp2"),)),
)
"""In the order shown. Whoever may go to more than five places is offered the first five; the rest are a page away."""


@dataclass(frozen=True, slots=True)
class Link:
    """A menu link, ready to draw."""

    words: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Who runs the site, as layouts show it. ``numbers`` are the local contacts for this person's organisation."""

    name: str = "Safeguarding partnership"
    site_name: str = "Learning Zone"
    helpline: str | None = None
    neutral_site: str = ""
    numbers: tuple[Any, ...] = ()


@lru_cache(maxsize=64)
def _permitted(names: frozenset[Permission], guest: bool) -> tuple[Place, ...]:
    places = [place for place in MENU if place.permission is None or place.permission in names]
    if not guest:
        places = [place for place in places if place.endpoint != "site.home"]
    return tuple(places[:MOST_LINKS])


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's; remembers the answers, since the same few addresses stand on every page."""
    if endpoint.startswith("."):
        endpoint = f"{request.blueprint}{endpoint}"
    if any(name.startswith("_") for name in values):
        return flask_url_for(endpoint, **values)
    known: dict[Any, str] = current_app.extensions["addresses"]
    key = (request.script_root, endpoint, *values.items())
    try:
        found = known.get(key)
    except TypeError:  # a list among the values
        return flask_url_for(endpoint, **values)
    if found is None:
        found = flask_url_for(endpoint, **values)
        if len(known) > 5000:
            known.clear()
        known[key] = found
    return found


def _menu(person: Person | None) -> list[Link]:
    places = _permitted(granted(person), person is None)
    endpoint, blueprint = request.endpoint or "", request.blueprint or ""
    exact = {place.words for place in places if endpoint in {place.endpoint, *place.areas}}
    views = current_app.view_functions
    return [
        Link(place.words, url_for(place.endpoint, **dict(place.values)), place.words in exact if exact else blueprint in place.areas)
        for place in places
        if place.endpoint in views
    ]


def _who() -> Person | None:
    found: Person | None = getattr(current_user, "person", None)
    return found


def _site(person: Person | None) -> Site:
    found: Tenant = tenant()
    return Site(found.name, found.site_name, found.helpline, found.neutral_site, tuple(found.numbers(person.agency_id if person else None)))


def _frame(template: str) -> tuple[Person | None, Site]:
    """The person and the site; a page that says what went wrong must not need what went wrong."""
    try:
        person = _who()
        site = _site(person)
    except (SQLAlchemyError, LookupError):
        if not template.startswith("errors/"):
            raise
        return None, current_app.extensions.get("last_site", Site())
    current_app.extensions["last_site"] = site
    return person, site


def render(template: str, **facts: Any) -> str:
    """The page. *facts* are the view's own; what else a template may use is listed in docs/components.md."""
    person, site = _frame(template)
    page = current_app.jinja_env.get_template(template)
    common = {
        "person": person,
        "can": {permission.name for permission in granted(person)},
        "site": site,
        "display": display.of(request),
        "menu": _menu(person),
        "token": csrf.token(),
        "return_to": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }
    return icons.sprite(page.render({**common, **facts}))


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
    env.globals.update(icon=icons.icon, url_for=url_for, csrf_token=csrf.token, csrf_field=csrf.FIELD, ui=Components(env))
    env.filters["pairs"] = pairs
    app.extensions["addresses"] = {}

"""A small site for tests that shows every component in every state, with nothing behind it.

To look at it: ``python -m tests.web.gallery 8123``.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from flask import Flask, redirect, request
from flask_login import AnonymousUserMixin, LoginManager  # type: ignore[import-untyped]  # Flask-Login has no types
from jinja2 import ChoiceLoader, FileSystemLoader

from elearn.rules.access import Person
from elearn.rules.courses import Contact
from elearn.settings import ROOT, Keys
from elearn.web import assets, display, headers, icons, pages

ENDPOINTS = (
    "site.home", "site.display", "site.leave", "site.worried", "site.support", "site.help", "site.accessibility", "site.privacy", "learn.mine",
    "learn.listing", "team.mine", "live.mine", "office.home", "account.sign_in", "account.join", "account.home", "account.sign_out",
)

LEARNER = Person(1, "Amira Khan", 1, 1)
MANAGER = Person(2, "سارة Helen Marsh", 1, 1, manages=frozenset({1}), trainer=True, administrator=True)
PEOPLE = {"learner": LEARNER, "manager": MANAGER}

COLOURS = (
    "paper", "surface", "ink", "ink-soft", "line", "edge", "brand", "brand-deep", "brand-tint", "accent", "done", "doing", "due", "late",
    "petrol", "plum", "poppy", "night", "sky", "sage", "blush", "cream",
)


@dataclass(frozen=True)
class FakeTenant:
    """A partnership without a database."""

    name: str = "Westmere Safeguarding People Partnership"
    site_name: str = "Learning Zone"
    helpline: str | None = "0306 999 0142"
    neutral_site: str = "https://example.org/"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))

    def numbers(self, agency_id: int | None) -> tuple[Contact, ...]:
        if agency_id is None:
            return ()
        return (
            Contact("safeguarding-lead", "Your safeguarding lead, Joan Pickering", "0306 999 0150", "local"),
            Contact("out-of-hours", "Out of hours", "0306 999 0151", "local"),
            Contact("not-given", "Not given yet", "", "local"),
        )


def site(person: Person | None = LEARNER, https: bool = False) -> Flask:
    """A site seen by *person*: / holds the components, /focus the focus layout, /errors/<name> the pages that say no."""
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=None)
    app.extensions["settings"] = SimpleNamespace(https=https, url="http://localhost", keys=Keys(b"c" * 32, b"l" * 32, b"d" * 32))

    class Visitor(AnonymousUserMixin):  # type: ignore[misc]  # Flask-Login has no types
        def __init__(self) -> None:
            self.person = person

    manager = LoginManager(app)
    manager.anonymous_user = Visitor
    manager.request_loader(lambda request: None)
    for endpoint in ENDPOINTS:
        app.add_url_rule(f"/{endpoint.replace('.', '/')}", endpoint, lambda: "")
    app.add_url_rule("/tools/<slug>", "tools.show", lambda slug: "")
    headers.register(app, https)
    assets.register(app)
    pages.register(app)
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent)])

    @app.get("/")
    def gallery() -> str:
        return show("gallery.html", icon_names=list(icons.ICONS), day=date(2026, 6, 18), colours=COLOURS)

    @app.get("/focus")
    def focus() -> str:
        return show("focused.html")

    @app.get("/errors/<name>")
    def error(name: str) -> str:
        facts = {"title": "Not just now", "reason": "You can try again tomorrow.", "number": "7F3K21", "path": "/focus"}
        return show(f"errors/{name}.html", form=[("note", "one\ntwo")], **facts)

    @app.get("/bare")
    def bare() -> str:
        return "<!doctype html><title>x</title>" + "words " * 400

    @app.post("/change")
    def change() -> Any:
        return display.keep(redirect(display.back(request.form), 303), display.change(request.form), https)  # type: ignore[arg-type]  # a form is a mapping

    return app


def show(template: str, **facts: Any) -> str:
    """Render with the fake partnership in place of the one in the database."""
    with patch.object(pages, "tenant", FakeTenant):
        return pages.render(template, **facts)

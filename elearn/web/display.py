"""How a reader has asked for pages to look: contrast, text size, less data. Kept in one cookie, for people with and without an account."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Request, Response
from markupsafe import Markup

from elearn.web.addresses import own_path

COOKIE = "elearn-display"
LIFE = 365 * 24 * 60 * 60
"""Seconds the choice is kept."""

THEMES = ("", "light", "dark", "contrast")
"""Nothing: the device decides between light and dark."""

TEXTS = ("", "large", "larger")


@dataclass(frozen=True, slots=True)
class Display:
    """What the layout needs. ``lean``: the browser says that data is dear, so no fonts are sent."""

    theme: str = ""
    text: str = ""
    lean: bool = False

    @property
    def value(self) -> str:
        """As it stands in the cookie."""
        return f"{self.theme}.{self.text}"

    @property
    def attributes(self) -> Markup:
        """For the opening tag of the page."""
        return _ATTRIBUTES[self.theme, self.text]

    @property
    def other_theme(self) -> str:
        """What the button "Contrast" asks for: contrast, or back to what the device says."""
        return "" if self.theme == "contrast" else "contrast"

    @property
    def next_text(self) -> str:
        """What the button "Text" asks for: the next size, then the first again."""
        return TEXTS[(TEXTS.index(self.text) + 1) % len(TEXTS)]


_ATTRIBUTES = {
    (theme, text): (Markup(' data-theme="{}"').format(theme) if theme else Markup()) + (Markup(' data-text="{}"').format(text) if text else Markup())
    for theme in THEMES
    for text in TEXTS
}


def parse(value: str, lean: bool = False) -> Display:
    """The choice a cookie holds; anything unknown in it counts as nothing chosen."""
    theme, _, text = value.partition(".")
    return Display(theme if theme in THEMES else "", text if text in TEXTS else "", lean)


def of(request: Request) -> Display:
    return parse(request.cookies.get(COOKIE, ""), request.headers.get("Save-Data", "").lower() == "on")


def change(form: Mapping[str, str]) -> str:
    """The cookie value after one of the buttons was pressed.

    ``was`` is what the page showed, so that changing one thing keeps the other; ``theme`` or ``text`` is what the button asks for.
    """
    was = parse(form.get("was", ""))
    return parse(f"{form.get('theme', was.theme)}.{form.get('text', was.text)}").value


def back(form: Mapping[str, str]) -> str:
    """The page to return to: a path on this site, or the front page for anything else."""
    return own_path(form.get("next", ""), "/")


def keep(response: Response, value: str, secure: bool) -> Response:
    """Set the cookie on a response. Scripts need not read it."""
    response.set_cookie(COOKIE, value, max_age=LIFE, path="/", secure=secure, httponly=True, samesite="Lax")
    return response

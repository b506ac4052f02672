"""How dates, times, amounts and authored text look on a page."""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask
from markupsafe import Markup

from elearn import clock
from elearn.rules.standing import SHOWN, Standing, cell
from elearn.rules.validity import in_words, local_day
from elearn.web.pages import render
from elearn.web.tenant import tenant

CONTACTS_HERE = '<div class="contacts-here"></div>'
"""Where an author wants the organisation's own numbers (content/blocks.py writes it)."""
LEVELS_HERE = '<div class="levels-here"></div>'
"""Where an author wants the partnership's own names for the four levels of support."""

_TAG = re.compile(r"<[^>]*>")


def day(value: date | None) -> str:
    """26 May 2026"""
    return in_words(value) if value else ""


def clock_time(value: datetime) -> str:
    """8:14pm, in the partnership's own time"""
    local = value.astimezone(tenant().zone)
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def moment(value: datetime) -> str:
    """26 May 2026, 8:14pm"""
    return f"{in_words(value.astimezone(tenant().zone).date())}, {clock_time(value)}"


def local_date(value: datetime) -> str:
    """26 May 2026, from a moment"""
    return in_words(value.astimezone(tenant().zone).date())


def minutes(value: int) -> str:
    """7 minutes; 1 hour 30 minutes"""
    hours, rest = divmod(value, 60)
    words = [f"{n} {name}{'' if n == 1 else 's'}" for n, name in ((hours, "hour"), (rest, "minute")) if n]
    return " ".join(words) or "0 minutes"


def reading(body: str) -> Markup:
    """Authored text, which was made safe when it was read, with the organisation's numbers and levels where the author wants them."""
    if CONTACTS_HERE in body:
        body = body.replace(CONTACTS_HERE, render("care/contacts.html"))
    return Markup(with_levels(body))  # noqa: S704  (content/markdown.py has sanitised it)


def with_levels(body: str) -> str:
    """Authored text with the partnership's names for the levels of support where the author wants them: on paper they stand there too."""
    if LEVELS_HERE not in body:
        return body
    return body.replace(LEVELS_HERE, render("care/levels.html", levels=tenant().levels))


def used_in(glossary: Mapping[str, str], body: str) -> dict[str, str]:
    """The words of a glossary that stand in this text, with their meanings"""
    text = _TAG.sub(" ", body)
    return {word: told for word, told in glossary.items() if re.search(rf"\b{re.escape(word)}s?\b", text, re.IGNORECASE)}


def shown(standing: Standing) -> tuple[str, str]:
    """The kind of status and the short words for where someone stands"""
    return SHOWN[standing.state][0], cell(standing, local_day(clock.now(), tenant().zone))


def kilobytes(value: int) -> str:
    """34 kB"""
    return f"{max(1, round(value / 1000))} kB"


def register(app: Flask) -> None:
    for name, function in {
        "day": day, "clock_time": clock_time, "moment": moment, "local_date": local_date, "minutes": minutes, "reading": reading,
        "kilobytes": kilobytes, "shown": shown, "used_in": used_in,
    }.items():
        app.jinja_env.filters[name] = function

"""/ : the front page and its themes, help in a worry, how pages look, leaving quickly, and the plain words about the site."""
from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from elearn import clock
from elearn.records import sessions
from elearn.records.db import Busy, db, writing
from elearn.records.tenancy import NEW
from elearn.rules.courses import Course, Theme, Tool
from elearn.rules.validity import local_day
from elearn.web import art, away, care, cookies, reports
from elearn.web import display as looks
from elearn.web.areas.learn import address
from elearn.web.assets import Assets
from elearn.web.catalogue import catalogue
from elearn.web.guard import public
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("site", __name__)
bp.add_app_template_global(care.local, "local_lines")
bp.add_app_template_global(care.national, "national_lines")

log = logging.getLogger(__name__)
throttle = reports.Throttle()

IN_GALLERY = 6
A_DAY = 24 * 60 * 60

_ON = "the front page is for everyone"
_HELP = "help is for everyone"
_PLAIN = "what we promise can be read by everyone"


# ---- The theme of the month --------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Item:
    """Something on a theme, as a row in its list."""

    title: str
    summary: str
    cover: str
    address: str
    meta: tuple[tuple[str, str], ...]
    briefing: bool


def _today() -> date:
    return local_day(clock.now(), tenant().zone)


def _item(slug: str) -> Item | None:
    """The course or tool of this name; None when it is not live."""
    if course := catalogue().courses.get(slug):
        return Item(_title(course), course.summary, course.cover, address(course), _meta(course), course.kind == "safer7")
    tool = catalogue().tools.get(slug)
    return _tool(tool) if tool else None


def _tool(tool: Tool) -> Item:
    where = url_for("tools.show", slug=tool.slug)
    return Item(f"{tool.title}: the tool", tool.summary, tool.cover, where, (("lock", "Opens after training"),), False)


def _title(course: Course) -> str:
    return f"{course.title}, level {course.level}" if course.level else course.title


def _meta(course: Course) -> tuple[tuple[str, str], ...]:
    long = f"{course.minutes} minutes"
    if course.minutes >= 120:
        hours = round(course.minutes / 60)
        long = "1 day" if hours >= 6 else f"{hours} hours"
    match course.kind:
        case "safer7":
            return (("clock", f"Safer7 briefing, {long}"),)
        case "live":
            return (("people", f"Live course, {long}"),)
        case _:
            return (("screen", f"eLearning, about {long}"), *((("certificate", "Certificate"),) if course.quiz else ()))


def _theme_page(theme: Theme | None, archived: bool) -> str:
    """The front page for *theme*; *archived* is its own address, with its words and its questions for a team."""
    today = _today()
    items = [item for slug in theme.items if (item := _item(slug))] if theme else []
    first = next((item for item in items if item.briefing), items[0] if items else None)
    briefings = [course for course in catalogue().courses.values() if course.kind == "safer7"]
    fresh = sorted(briefings, key=lambda course: (theme is not None and course.slug in theme.items, course.title))
    begun = sorted((t for t in catalogue().themes.values() if t.month <= today and t is not theme), key=lambda t: t.month, reverse=True)
    return render(
        "site/theme.html" if archived else "site/home.html", theme=theme, items=items, first=first, when=_when(theme, today, archived),
        ground=art.ground(theme.cover) if theme else "", gallery=[_item(course.slug) for course in fresh[:IN_GALLERY]],
        briefings=len(briefings), earlier=begun, anything=bool(catalogue().courses),
    )


def _when(theme: Theme | None, today: date, archived: bool) -> str:
    """The words above the theme's name: a month only where it is true."""
    if theme is None:
        return ""
    if (theme.month.year, theme.month.month) == (today.year, today.month):
        return f"Theme for {theme.month:%B}"
    return f"Theme for {theme.month:%B %Y}" if archived else "Theme"


@bp.get("/")
@public(_ON)
def home() -> str:
    return _theme_page(catalogue().theme(_today()), archived=False)


@bp.get("/themes/<slug>")
@public(_ON)
def theme(slug: str) -> str:
    """A theme under its own address, where it stays after its month. One that has not begun is not there yet."""
    found = catalogue().themes.get(slug)
    if found is None or found.month > _today():
        abort(404)
    return _theme_page(found, archived=True)


# ---- Help --------------------------------------------------------------------------------------------------------------

@bp.get("/worried")
@public(_HELP)
def worried() -> str:
    return render(
        "site/worried.html", danger=care.national("danger"), lead=care.local(), child=care.national("child"), adult=care.local(care.ADULT)
    )


@bp.get("/support")
@public(_HELP)
def support() -> str:
    return render("site/support.html", lines=care.national("support"), child=care.national("child"))


@bp.get("/help")
@public(_HELP)
def help() -> str:
    return render("site/help.html", contact=care.local(care.PARTNERSHIP))


@bp.get("/accessibility")
@public(_PLAIN)
def accessibility() -> str:
    return render("site/accessibility.html", contact=care.local(care.PARTNERSHIP))


@bp.get("/privacy")
@public(_PLAIN)
def privacy() -> str:
    return render("site/privacy.html", contact=care.local(care.PARTNERSHIP))


# ---- How pages look ----------------------------------------------------------------------------------------------------

@bp.post("/display")
@public("contrast and text size are for everyone")
def display() -> Response:
    """Keep the choice and go back to the page it was made on."""
    response = make_response(redirect(looks.back(request.form), 303))
    return looks.keep(response, looks.change(request.form), cookies.settings().https)


# ---- Leaving quickly ---------------------------------------------------------------------------------------------------

@bp.post("/leave")
@public("anyone must be able to get away from this site at once", token=False)
def leave() -> Response:
    """End the session and go to a page about something else, with nothing to say where from."""
    _end_session()
    return cookies.forget(away.page(_away()))


def _end_session() -> None:
    """Whatever happens here, the person gets away: the browser forgets its cookie in any case."""
    try:
        if live := current_user.live:
            with writing(db.session()) as session:
                sessions.end(session, live.id, live.person.id, clock.now())
    except (Busy, SQLAlchemyError) as error:
        log.warning("left without ending the session: %s", error.__class__.__name__)


def _away() -> str:
    """Where to go: the page the partnership chose, or the one we come with where that cannot be read or is no address of a page."""
    try:
        site = tenant().neutral_site
        parts = urlsplit(site)
    except (SQLAlchemyError, ValueError):
        return NEW.neutral_site
    return site if parts.scheme in {"http", "https"} and parts.hostname and site.isprintable() and " " not in site else NEW.neutral_site


# ---- For machines ------------------------------------------------------------------------------------------------------

def _plain(words: str, status: int = 200) -> Response:
    return Response(words, status, mimetype="text/plain")


@bp.get("/healthz")
@public("whoever watches over the site must be able to ask; it says nothing but ok or not")
def healthz() -> Response:
    try:
        db.session().execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        log.error("not healthy: %s", error.__class__.__name__)
        return _plain("not ok\n", 503)
    return _plain("ok\n")


@bp.get("/robots.txt")
@public("search engines ask before they read")
def robots() -> Response:
    """Only what is written for everyone may be indexed: never a certificate, never a person's own pages."""
    open_to_all = ("/$", "/7/", "/learn", "/themes/", "/worried", "/support", "/accessibility", "/privacy", "/static/")
    return _plain("".join(["User-agent: *\n", *(f"Allow: {path}\n" for path in open_to_all), "Disallow: /\n"]))


@bp.get("/.well-known/security.txt")
@public("whoever finds a weakness must find out whom to tell")
def security() -> Response:
    """RFC 9116: where to report a weakness, and until when this file can be believed."""
    here = cookies.settings().url
    until = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    return _plain(
        f"Contact: {here}{url_for('.help')}#contact\nExpires: {until:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
        f"Canonical: {here}{url_for('.security')}\n"
    )


@bp.post("/policy-report")
@public("browsers report what our policy stopped by themselves, and know nothing of tokens", token=False)
def policy_report() -> tuple[str, int]:
    """Take what the headers ask browsers to send (CSP 3, "report-uri" and "report-to"). Nobody waits for an answer, so there is none."""
    request.max_content_length = reports.MOST_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return "", 204
    reports.note(request.mimetype, body, current_app.url_map.bind(""), throttle, clock.now())
    return "", 204


@bp.get("/favicon.ico")
@public("the look of every page")
def favicon() -> Response:
    """The mark, for browsers that ask here without looking at the page."""
    assets: Assets = current_app.extensions["assets"]
    response = Response(assets.named("mark.svg").forms[""], mimetype="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    return response


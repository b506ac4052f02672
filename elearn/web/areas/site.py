"""/ : the front page, help in a worry, how pages look, leaving quickly, and the plain words about the site."""
from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from elearn import clock
from elearn.records import sessions
from elearn.records.db import Busy, db, writing
from elearn.records.tenancy import NEW
from elearn.web import away, care, cookies, reports
from elearn.web import display as looks
from elearn.web.areas import themes
from elearn.web.assets import Assets
from elearn.web.catalogue import catalogue
from elearn.web.guard import public
from elearn.web.items import today
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("site", __name__)
bp.add_app_template_global(care.local, "local_lines")
bp.add_app_template_global(care.national, "national_lines")

log = logging.getLogger(__name__)
throttle = reports.Throttle()

A_DAY = 24 * 60 * 60

_ON = "the front page is for everyone"
_HELP = "help is for everyone"
_PLAIN = "what we promise can be read by everyone"


# ---- The theme of the month --------------------------------------------------------------------------------------------

@bp.get("/")
@public(_ON)
def home() -> str:
    return themes.front(catalogue().theme(today()))


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
    open_to_all = ("/$", "/7/", "/learn", "/resources", "/themes", "/worried", "/support", "/accessibility", "/privacy", "/static/")
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


"""/themes : a month of learning on one subject, the months before it, a feed of them, and how far each reached."""
from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit
from xml.etree import ElementTree as xml

from flask import Blueprint, Response, abort, request, url_for

from elearn import clock
from elearn.actions import reach
from elearn.records import people, resources
from elearn.records.db import db
from elearn.records.people import Team
from elearn.reports import csv_file
from elearn.reports.reach import reach_report
from elearn.rules.access import Permission, may
from elearn.rules.courses import Theme
from elearn.web import art, cookies
from elearn.web.catalogue import catalogue
from elearn.web.guard import needs, person, public
from elearn.web.items import GROUPS, Item, begun_themes, item, today
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("themes", __name__, url_prefix="/themes")

ON_FRONT = 6
"""So many things of a theme stand on the front page; all of them on its own."""

IN_GALLERY = 6

TEAMS_A_PAGE = 10

IN_FEED = 24
"""Two years of months."""

ATOM = "http://www.w3.org/2005/Atom"

_ON = "what a month is about can be read by everyone"


def begun(slug: str) -> Theme | None:
    """The theme of this name, once its month has begun."""
    found = catalogue().themes.get(slug)
    return found if found and found.month <= today() else None


# ---- Pages -------------------------------------------------------------------------------------------------------------

def front(theme: Theme | None) -> str:
    """The front page of the site, for *theme*."""
    items = _items(theme)
    briefings = [course for course in catalogue().courses.values() if course.kind == "safer7"]
    fresh = sorted(briefings, key=lambda course: (theme is not None and course.slug in theme.items, course.title))
    return render(
        "site/home.html", theme=theme, items=items[:ON_FRONT], more=len(items) > ON_FRONT, first=_first(items), when=_when(theme, False),
        ground=art.ground(theme.cover) if theme else "", gallery=[item(course.slug) for course in fresh[:IN_GALLERY]],
        briefings=len(briefings), anything=bool(catalogue().courses),
    )


def _items(theme: Theme | None) -> list[Item]:
    return [found for slug in theme.items if (found := item(slug))] if theme else []


def _first(items: Sequence[Item]) -> Item | None:
    """What to begin with: a briefing, if there is one."""
    return next((item for item in items if item.briefing), items[0] if items else None)


def _when(theme: Theme | None, archived: bool) -> str:
    """The words above the theme's name: a month only where it is true."""
    if theme is None:
        return ""
    if (theme.month.year, theme.month.month) == (today().year, today().month):
        return f"Theme for {theme.month:%B}"
    return f"Theme for {theme.month:%B %Y}" if archived else "Theme"


@bp.get("")
@public(_ON)
def archive() -> str:
    """Every month so far, by year."""
    years: dict[int, list[Theme]] = {}
    for theme in begun_themes():
        years.setdefault(theme.month.year, []).append(theme)
    return render("themes/archive.html", years=years)


@bp.get("/<slug>")
@public(_ON)
def show(slug: str) -> str:
    """A theme under its own address, where it stays after its month. One that has not begun is not there yet."""
    theme = begun(slug) or abort(404)
    items = _items(theme)
    groups = [(group, [one for one in items if one.group == group]) for group in GROUPS]
    links = resources.links(db.session(), theme.slug)
    return render(
        "themes/show.html", theme=theme, items=items, groups=[group for group in groups if group[1]], first=_first(items),
        when=_when(theme, True), ground=art.ground(theme.cover), own_reviews=[link for link in links if link.place == "review"],
        own_links=[link for link in links if link.place == "more"], others=[other for other in begun_themes() if other is not theme][:3],
    )


# ---- The feed ----------------------------------------------------------------------------------------------------------

@bp.get("/feed.atom")
@public(_ON)
def feed() -> Response:
    """The months as an Atom feed (RFC 4287). Ids are tag URIs (RFC 4151): they stay when an address changes."""
    site, where = cookies.settings().url, tenant()
    shown = begun_themes()[:IN_FEED]
    xml.register_namespace("", ATOM)
    root = xml.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en-GB"})
    _put(root, "id", _tag(site, "themes", 2026))
    _put(root, "title", f"{where.site_name}: themes")
    _put(root, "subtitle", "One subject each month about keeping children safe")
    _put(root, "updated", max(map(_updated, shown), default="2026-01-01T00:00:00Z"))
    _put(root, "link", rel="self", type="application/atom+xml", href=f"{site}{url_for('.feed')}")
    _put(root, "link", rel="alternate", type="text/html", href=f"{site}{url_for('.archive')}")
    _put(_put(root, "author"), "name", where.name)
    for theme in shown:
        entry = _put(root, "entry")
        _put(entry, "id", _tag(site, f"themes/{theme.slug}", theme.month.year))
        _put(entry, "title", theme.title)
        _put(entry, "published", f"{theme.month.isoformat()}T00:00:00Z")
        _put(entry, "updated", _updated(theme))
        _put(entry, "link", rel="alternate", type="text/html", href=f"{site}{url_for('.show', slug=theme.slug)}")
        _put(entry, "summary", theme.lead)
    body = b'<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(root, encoding="utf-8")
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _put(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    element = xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _tag(site: str, path: str, year: int) -> str:
    """An id that no other site has, and that does not change when pages move."""
    return f"tag:{urlsplit(site).hostname},{year}:{path}"


def _updated(theme: Theme) -> str:
    day = max(theme.month, theme.updated) if theme.updated and theme.updated <= today() else theme.month
    return f"{day.isoformat()}T00:00:00Z"


# ---- How far it reached ------------------------------------------------------------------------------------------------

def teams_in_sight() -> list[Team]:
    """The teams this person may see, by agency and name."""
    me = person()
    return [team for team in people.teams(db.session(), None if me.administrator else me.manages) if may(me, Permission.SEE_TEAM, team)]


def _countable(theme: Theme) -> list[str]:
    """What leaves a trace when it is read or done: a tool is used, not read."""
    return [slug for slug in theme.items if slug in catalogue().courses or slug in catalogue().resources]


def _described(slug: str) -> tuple[str, str, bool]:
    """Title, kind in words, and whether it can be completed."""
    found = item(slug)
    assert found is not None
    return found.title, found.meta[0][1], slug in catalogue().courses


@bp.get("/<slug>/reach")
@needs(Permission.SEE_MY_TEAMS)
def reached(slug: str) -> str:
    """How many people of each of one's teams read and completed each thing in the month of the theme."""
    theme = begun(slug) or abort(404)
    items, teams = _countable(theme), teams_in_sight()
    found = reach.of_theme(db.session(), theme, items, teams, tenant().zone)
    pages = max(1, -(-len(found) // TEAMS_A_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    headcount, together = reach.together(found, items)
    return render(
        "themes/reach.html", theme=theme, described={slug: _described(slug) for slug in items}, items=items, teams=len(found),
        headcount=headcount, together=together.items, anything=together.anything, page=page, pages=pages,
        found=found[(page - 1) * TEAMS_A_PAGE : page * TEAMS_A_PAGE],
        address=lambda number: url_for(".reached", slug=theme.slug, page=number) + "#teams",
    )


@bp.get("/<slug>/reach.csv")
@needs(Permission.SEE_MY_TEAMS)
def export(slug: str) -> Response:
    """The same for every team, as a table."""
    theme, now = begun(slug) or abort(404), clock.now().astimezone(tenant().zone)
    items = _countable(theme)
    found = reach.of_theme(db.session(), theme, items, teams_in_sight(), tenant().zone)
    response = Response(csv_file.write(reach_report(theme, found, items, _described, now)), mimetype="text/csv")
    name = csv_file.file_name("reach", theme.title, f"{theme.month:%Y-%m}")
    response.headers["Content-Disposition"] = csv_file.disposition(name)
    return response

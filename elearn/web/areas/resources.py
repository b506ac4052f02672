"""/resources : cards, strategies, films with their points in words, and posters; and what a partnership makes of them."""
from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for

from elearn import clock
from elearn.actions import Refused, reach
from elearn.actions import resources as doing
from elearn.documents.card import CardFacts, Goal, card
from elearn.documents.poster import Line, PosterFacts, poster
from elearn.documents.printer import DoesNotFit, Printer, PrintFailed
from elearn.records import resources
from elearn.records.db import db, writing
from elearn.rules.access import Permission
from elearn.rules.courses import Theme
from elearn.rules.resources import Objective, Resource
from elearn.rules.validity import in_words
from elearn.web import art, care, cookies
from elearn.web.areas.themes import begun, teams_in_sight
from elearn.web.catalogue import catalogue
from elearn.web.filters import with_levels
from elearn.web.forms.problems import problems
from elearn.web.forms.resources import LinkForm, ObjectiveForm
from elearn.web.guard import needs, person, public, visitor
from elearn.web.items import item, resource_item, today
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("resources", __name__)

log = logging.getLogger(__name__)

MOST_PRINTS = 64
"""PDFs kept in memory: each is made once for the same words and numbers."""

ON_POSTER = ("nspcc", "childline")
"""The national lines that stand on a poster below the local ones."""

KINDS = (("card", "Cards", "One page on one subject, to read or print."), ("strategy", "Strategy", "What we want for children here."),
         ("videos", "Films", "On other sites, with their points in words."), ("poster", "Posters", "One page for a wall, with our own numbers."))

_OPEN = "cards, films and posters are open to everyone"


def _resource(slug: str) -> Resource:
    return catalogue().resources.get(slug) or abort(404)


# ---- For everyone ------------------------------------------------------------------------------------------------------

@bp.get("/resources")
@public(_OPEN)
def listing() -> str:
    """Everything there is, by kind."""
    there = sorted(catalogue().resources.values(), key=lambda one: one.title)
    groups = [(kind, words, small, [resource_item(one) for one in there if one.kind == kind]) for kind, words, small in KINDS]
    return render("resources/listing.html", groups=[group for group in groups if group[3]])


@bp.get("/resources/<slug>")
@public(_OPEN)
def show(slug: str) -> str:
    resource, reader, session = _resource(slug), visitor(), db.session()
    return render(
        "resources/show.html", resource=resource, ground=art.ground(resource.cover), said=request.args.get("said", ""),
        objectives=[(one, [found for slug in one.items if (found := item(slug))]) for one in _objectives(resource)],
        links=resources.links(session, slug), next=[found for name in resource.where_next if (found := item(name))],
        read=resources.read_on(session, reader.id, slug) if reader else None, today=today(),
    )


def _objectives(resource: Resource) -> tuple[Objective, ...]:
    return doing.objectives(db.session(), resource) if resource.kind == "strategy" else ()


@bp.post("/resources/<slug>/read")
@needs(Permission.LEARN)
def mark_read(slug: str) -> Any:
    """Looking at a page leaves no trace; saying that one has read it does."""
    resource = _resource(slug)
    with writing(db.session()) as session:
        doing.read(session, person().id, resource, today(), clock.now())
    return redirect(url_for(".show", slug=slug, said="read") + "#read", 303)


# ---- On paper ----------------------------------------------------------------------------------------------------------

@bp.get("/resources/<slug>.pdf")
@public(_OPEN)
def pdf(slug: str) -> Any:
    return _pdf(_resource(slug), plain=False)


@bp.get("/resources/<slug>/plain.pdf")
@public(_OPEN)
def plain_pdf(slug: str) -> Any:
    """A poster on white paper, to save ink."""
    resource = _resource(slug)
    return _pdf(resource, plain=True) if resource.poster else abort(404)


def _pdf(resource: Resource, plain: bool) -> Any:
    try:
        body = _kept(*_printing(resource, plain))
    except PrintFailed as error:
        log.error("%s not printed: %s: %s", resource.slug, type(error).__name__, error)
        too_long = isinstance(error, DoesNotFit)
        page = render(
            "resources/not_printed.html", too_long=too_long, page=url_for(".show", slug=resource.slug), again=url_for(".pdf", slug=resource.slug),
        )
        return (page, 404) if too_long else (page, 503, {"Retry-After": "300"})
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{resource.slug}{"-ink-saving" if plain else ""}.pdf"'
    return response


Facts = CardFacts | PosterFacts


def _printing(resource: Resource, plain: bool) -> tuple[Callable[[Printer], bytes], Facts]:
    """What prints it, and the facts it prints."""
    if resource.kind == "videos":
        abort(404)
    if resource.poster:
        notice = _poster(resource, plain)
        return lambda printer: poster(printer, notice), notice
    page = _card(resource)
    return lambda printer: card(printer, page), page


def _kept(make: Callable[[Printer], bytes], facts: Facts) -> bytes:
    """The PDF of these facts, made now unless it was made before."""
    made: dict[str, bytes] = current_app.extensions.setdefault("resource-prints", {})
    key = repr(facts)
    if key not in made:
        if len(made) >= MOST_PRINTS:
            made.clear()
        made[key] = make(current_app.extensions["printer"])
    return made[key]


def _poster(resource: Resource, plain: bool) -> PosterFacts:
    words, where = resource.poster, tenant()
    assert words is not None
    child = [line for line in care.national("child") if line.key in ON_POSTER]
    return PosterFacts(
        words.headline, words.lead, words.points, words.close, art.on_paper(resource.cover, plain), art.ground(resource.cover), care.danger(),
        tuple(Line(line.name, line.number) for line in [*care.local(), *child]), f"{cookies.settings().url}{url_for('site.worried')}",
        where.name, where.site_name, resource.law_as_at, resource.review_due, resource.reviewed_by, plain,
    )


def _card(resource: Resource) -> CardFacts:
    goals = tuple(Goal(one.title, one.text, [catalogue().title(slug) for slug in one.items], _agreed(one)) for one in _objectives(resource))
    address = f"{cookies.settings().url}{url_for('.show', slug=resource.slug)}"
    return CardFacts(
        resource.title, resource.summary, with_levels(resource.body), address, f"{tenant().name}, {tenant().site_name}", resource.law_as_at,
        resource.review_due, resource.reviewed_by, goals,
    )


def _agreed(one: Objective) -> str:
    parts = (("Led by", one.owner), ("We will know by", one.measure), ("Looked at again on", in_words(one.review_on) if one.review_on else ""))
    return " ".join(f"{words}: {value.rstrip('.')}." for words, value in parts if value)


# ---- For managers ------------------------------------------------------------------------------------------------------

@bp.get("/resources/<slug>/coverage")
@needs(Permission.SEE_MY_TEAMS)
def coverage(slug: str) -> str:
    """What share of the people one answers for is in date with the learning of each objective."""
    resource = _resource(slug)
    if resource.kind != "strategy":
        abort(404)
    teams = teams_in_sight()
    found = reach.of_objectives(db.session(), _objectives(resource), catalogue().courses, teams, clock.now(), tenant().zone)
    return render("resources/coverage.html", resource=resource, found=found, teams=teams, title=catalogue().title, today=today())


# ---- For administrators: objectives ------------------------------------------------------------------------------------

NEW = "new"


def _objective(slug: str, key: str) -> tuple[Resource, Objective] | None:
    """A strategy with one of its objectives, or with one still to be written."""
    strategy = catalogue().resources.get(slug)
    if strategy is None or strategy.kind != "strategy":
        return None
    blank = Objective("", "") if key == NEW else None
    found = blank or next((one for one in _objectives(strategy) if one.id == key), None)
    return (strategy, found) if found else None


def _objective_form(one: Objective) -> ObjectiveForm:
    courses = [(course.slug, course.title) for course in sorted(catalogue().courses.values(), key=lambda course: course.title)]
    given = {name: getattr(one, name) for name in ("title", "text", "owner", "measure", "review_on")}
    return ObjectiveForm(request.form or None, data={**given, "items": [slug for slug in one.items if slug in catalogue().courses]}, courses=courses)


def _objective_page(strategy: Resource, one: Objective, form: ObjectiveForm) -> str:
    return render("resources/objective.html", strategy=strategy, one=one, key=one.id or NEW, form=form, errors=problems(form))


@bp.get("/office/strategies/<slug>/<key>")
@needs(Permission.OFFICE, load=_objective, into="where")
def objective(where: tuple[Resource, Objective]) -> str:
    return _objective_page(*where, _objective_form(where[1]))


@bp.post("/office/strategies/<slug>/<key>")
@needs(Permission.OFFICE, load=_objective, into="where")
def save_objective(where: tuple[Resource, Objective]) -> Any:
    strategy, one = where
    form = _objective_form(one)
    if not form.validate():
        return _objective_page(strategy, one, form), 422
    wanted = Objective(
        one.id, form.title.data or "", form.text.data or "", tuple(form.items.data or ()), form.owner.data or "", form.measure.data or "",
        form.review_on.data,
    )
    with writing(db.session()) as session:
        doing.save_objective(session, person().id, strategy, wanted, clock.now())
    return redirect(url_for(".show", slug=strategy.slug, said="saved") + "#objectives", 303)


@bp.post("/office/strategies/<slug>/<key>/remove")
@needs(Permission.OFFICE, load=_objective, into="where")
def remove_objective(where: tuple[Resource, Objective]) -> Any:
    strategy, one = where
    if not one.id:
        abort(404)
    with writing(db.session()) as session:
        doing.remove_objective(session, person().id, strategy, one, clock.now())
    return redirect(url_for(".show", slug=strategy.slug, said="removed") + "#objectives", 303)


# ---- For administrators: pages of our own ------------------------------------------------------------------------------

def _linked(slug: str) -> Resource | Theme | None:
    """What links may be added to."""
    return catalogue().resources.get(slug) or begun(slug)


def _home(thing: Resource | Theme) -> str:
    return url_for("themes.show" if isinstance(thing, Theme) else ".show", slug=thing.slug)


def _links_page(thing: Resource | Theme, form: LinkForm) -> str:
    return render(
        "resources/links.html", thing=thing, home=_home(thing), links=resources.links(db.session(), thing.slug), form=form,
        errors=problems(form), said=request.args.get("said", ""),
    )


@bp.get("/office/links/<slug>")
@needs(Permission.OFFICE, load=_linked, into="thing")
def links(thing: Resource | Theme) -> str:
    return _links_page(thing, LinkForm())


@bp.post("/office/links/<slug>")
@needs(Permission.OFFICE, load=_linked, into="thing")
def add_link(thing: Resource | Theme) -> Any:
    form = LinkForm(request.form)
    if not form.validate():
        return _links_page(thing, form), 422
    try:
        with writing(db.session()) as session:
            words = form.title.data or "", form.address.data or "", form.text.data or ""
            doing.add_link(session, person().id, thing.slug, "review" if form.place.data == "review" else "more", *words, clock.now())
    except Refused as refused:
        form.address.errors = [str(refused)]
        return _links_page(thing, form), 422
    return redirect(url_for(".links", slug=thing.slug, said="added"), 303)


@bp.post("/office/links/<slug>/<int:id>/remove")
@needs(Permission.OFFICE, load=_linked, into="thing")
def remove_link(thing: Resource | Theme, id: int) -> Any:
    link = resources.link(db.session(), id)
    if link and link.item == thing.slug:
        with writing(db.session()) as session:
            doing.remove_link(session, person().id, id, clock.now())
    return redirect(url_for(".links", slug=thing.slug, said="removed"), 303)

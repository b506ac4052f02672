"""/7 : Safer7 briefings, open to everyone."""
from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for

from elearn import clock
from elearn.actions import quizzes, reading
from elearn.documents.briefing import Box, BriefingFacts, Number, briefing
from elearn.documents.printer import DoesNotFit, PrintFailed
from elearn.records import learning, ledger
from elearn.records.db import db, writing
from elearn.rules.access import Permission
from elearn.rules.courses import Course, Screen
from elearn.rules.evidence import FactKind
from elearn.rules.questions.typed import clean
from elearn.web import care, cookies
from elearn.web.catalogue import catalogue, course_or_404
from elearn.web.filters import with_levels
from elearn.web.guard import needs, person, public, visitor
from elearn.web.pages import render, render_shared
from elearn.web.reader import reads_on
from elearn.web.tenant import tenant

bp = Blueprint("briefings", __name__, url_prefix="/7")

log = logging.getLogger(__name__)

MOST_PRINTS = 64
"""PDFs kept in memory: each is made once for the same words and numbers."""


def _briefing(slug: str) -> Course:
    return course_or_404(slug, frozenset({"safer7"}))


def _seen(course: Course) -> frozenset[str]:
    """The boxes this reader has gone on from, signed in or not."""
    if reader := visitor():
        return learning.seen_steps(db.session(), reader.id, course.slug)
    return learning.visitor_steps(db.session(), cookies.device(), course.slug)


def _boxes(course: Course) -> tuple[Screen, ...]:
    return tuple(screen for _, screen in course.screens())


def _read_numbers(course: Course) -> frozenset[int]:
    seen, unit = _seen(course), course.units[0].id
    return frozenset(n for n, box in enumerate(_boxes(course), 1) if f"{unit}/{box.id}" in seen)


@bp.get("/<slug>")
@public("briefings are open to everyone")
def start(slug: str) -> Response:
    course = _briefing(slug)
    read = _read_numbers(course)
    first = next((n for n in range(1, 8) if n not in read), None)
    return render_shared("briefings/start.html", course=course, boxes=_boxes(course), read=read, first=first)


@bp.get("/<slug>/<int:number>")
@public("briefings are open to everyone")
def box(slug: str, number: int) -> Response:
    course = _briefing(slug)
    boxes = _boxes(course)
    if not 1 <= number <= len(boxes):
        abort(404)
    return render_shared("briefings/box.html", course=course, boxes=boxes, number=number, box=boxes[number - 1], read=_read_numbers(course))


@bp.post("/<slug>/<int:number>")
@public("pressing Next notes that the box was read: for a person, or for this browser until they join")
def next_box(slug: str, number: int) -> Any:
    course = _briefing(slug)
    boxes = _boxes(course)
    if not 1 <= number <= len(boxes):
        abort(404)
    step, reader, device = f"{course.units[0].id}/{boxes[number - 1].id}", visitor(), cookies.device()
    with writing(db.session()) as session:
        if reader:
            reading.go_on(session, reader.id, course, step, clock.now(), tenant().zone, device=reads_on())
        else:
            reading.go_on_as_visitor(session, device, course, step, clock.now())
    if number < len(boxes):
        return redirect(url_for(".box", slug=slug, number=number + 1), 303)
    return redirect(url_for(".done", slug=slug), 303)


@bp.get("/<slug>/done")
@public("briefings are open to everyone")
def done(slug: str) -> str:
    course, reader = _briefing(slug), visitor()
    read = _read_numbers(course)
    recorded = reflection = verdict = None
    if reader:
        session = db.session()
        facts = [f for f in ledger.of_person(session, reader.id) if f.item == slug and f.kind is FactKind.READ]
        recorded = max((fact.at for fact in facts), default=None)
        reflection = learning.reflection(session, reader.id, slug)
        verdict = quizzes.may_start(session, reader.id, course, clock.now(), tenant().zone) if course.quiz else None
    further = [found for name in course.where_next if (found := catalogue().courses.get(name))]
    return render(
        "briefings/done.html", course=course, boxes=_boxes(course), read=read, recorded=recorded, reflection=reflection, verdict=verdict,
        further=further, saved="saved" in request.args,
    )


@bp.post("/<slug>/reflection")
@needs(Permission.LEARN)
def reflect(slug: str) -> Any:
    course = _briefing(slug)
    words = clean(request.form.get("reflection", ""), lines=4)
    with writing(db.session()) as session:
        learning.save_reflection(session, person().id, course.slug, words, "share" in request.form, clock.now())
    return redirect(url_for(".done", slug=slug, saved=1) + "#reflection", 303)


def on_paper(course: Course) -> BriefingFacts:
    """What its A4 page says here, with the numbers of this partnership."""
    where = tenant()
    return BriefingFacts(
        title=course.title,
        boxes=tuple(Box(n, box.title, with_levels(box.body)) for n, box in enumerate(_boxes(course), 1)),
        url=f"{cookies.settings().url}{url_for('briefings.start', slug=course.slug)}",
        issuer=f"{where.name}, {where.site_name}",
        checked=course.law_as_at,
        again=course.review_due,
        reviewed_by=course.reviewed_by,
        danger=care.danger(),
        numbers=tuple(Number(line.name, line.number, line.checked_on) for line in care.for_a_wall()),
    )


@bp.get("/<slug>/print")
@public("briefings are open to everyone")
def print_view(slug: str) -> str:
    course = _briefing(slug)
    return render("briefings/print.html", course=course, boxes=_boxes(course), facts=on_paper(course))


@bp.get("/<slug>.pdf")
@public("briefings are open to everyone")
def pdf(slug: str) -> Any:
    course = _briefing(slug)
    try:
        body = printed(on_paper(course))
    except PrintFailed as error:
        log.error("%s not printed: %s: %s", slug, type(error).__name__, error)
        too_long = isinstance(error, DoesNotFit)
        page = render(
            "resources/not_printed.html", too_long=too_long, page=url_for(".print_view", slug=slug), again=url_for(".pdf", slug=slug),
        )
        return (page, 404) if too_long else (page, 503, {"Retry-After": "300"})
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="safer7-{slug}.pdf"'
    return response


def printed(facts: BriefingFacts) -> bytes:
    """The PDF of these words and numbers, made now unless it was made before. Raises PrintFailed, or DoesNotFit."""
    made: dict[str, bytes] = current_app.extensions.setdefault("briefings", {})
    key = repr(facts)
    if key not in made:
        if len(made) >= MOST_PRINTS:
            made.clear()
        made[key] = briefing(current_app.extensions["printer"], facts)
    return made[key]

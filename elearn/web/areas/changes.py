"""/learn/<slug>/changes : what changed in a course that somebody holds, in two minutes, old words beside new."""
from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for

from elearn import clock
from elearn.actions import effect
from elearn.records import ledger
from elearn.records.db import db, writing
from elearn.rules import changes
from elearn.rules.access import Permission
from elearn.rules.changes import Part
from elearn.rules.courses import Size
from elearn.web.catalogue import catalogue, course_or_404
from elearn.web.guard import needs, person
from elearn.web.items import address
from elearn.web.pages import render

bp = Blueprint("changes", __name__)

MOST = 8
"""Parts shown side by side: more could not be read in two minutes."""


@bp.get("/learn/<slug>/changes")
@needs(Permission.LEARN)
def show(slug: str) -> str:
    """Whoever is asked to look sees everything since what they finished; anyone else, the last change."""
    course, session = course_or_404(slug), db.session()
    known = catalogue().material.get(slug, ())
    waiting = changes.to_look_at(ledger.of_person(session, person().id), known)
    shown = waiting or known[-1:]
    old = catalogue().course(session, slug, shown[0].previous) if shown else None
    # What became of questions is not shown: it would give away the quiz. Where a fact was read has a page of its own.
    hidden = {Part.QUESTIONS, Part.FACTS}
    found = [one for one in changes.compare(old, course) if one.part not in hidden and one.least > Size.TYPO] if old else []
    return render(
        "changes/show.html", course=course, address=address(course), shown=shown, waiting=bool(waiting), parts=found[:MOST],
        more=len(found[MOST:]), marked=changes.marked, said=request.args.get("said") == "read",
    )


@bp.post("/learn/<slug>/changes")
@needs(Permission.LEARN)
def read(slug: str) -> Any:
    """Looking leaves no trace; saying that one has read it does."""
    course = course_or_404(slug)
    with writing(db.session()) as session:
        effect.acknowledge(session, person().id, course, catalogue().material.get(slug, ()), clock.now())
    return redirect(url_for(".show", slug=slug, said="read"), 303)

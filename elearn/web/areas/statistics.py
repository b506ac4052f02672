"""/office/questions : how the questions of each course do, and where people stop reading it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from elearn import clock
from elearn.records import sittings
from elearn.records.db import db
from elearn.records.sittings import Counted
from elearn.reports import csv_file, items
from elearn.reports.items import Figures, Line
from elearn.reports.report import Report
from elearn.rules.access import Permission
from elearn.rules.courses import Course
from elearn.rules.statistics import LEAST, SITTING
from elearn.web.catalogue import catalogue
from elearn.web.guard import needs
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("statistics", __name__, url_prefix="/office/questions")

WIDE, HIGH, MARGIN = 320, 200, 40
"""Size of the plot in its own units, and the room for the words of its axes."""

MOST_NUMBERED = 25


@dataclass(frozen=True, slots=True)
class Dot:
    """One question in the plot: facility to the right, discrimination upwards."""

    line: Line
    x: float
    y: float

    @property
    def asks(self) -> bool:
        """Whether its place in the plot is what asks for something: its options are not to be seen there."""
        return any(flag.id in ("negative", "weak", "easy", "hard") for flag in self.line.flags)

    @property
    def urgent(self) -> bool:
        return any(flag.urgent for flag in self.line.flags)


@dataclass(frozen=True, slots=True)
class Plot:
    """All of them, and the levels of discrimination that have a line, lowest first."""

    dots: tuple[Dot, ...]
    levels: tuple[int, ...]

    @property
    def crowded(self) -> bool:
        """So many that numbers would lie on each other: only the urgent ones keep theirs."""
        return len(self.dots) > MOST_NUMBERED

    def place(self, facility: float, discrimination: float) -> tuple[float, float]:
        return place(facility, discrimination, self.levels[0])


@dataclass(frozen=True, slots=True)
class View:
    """One version of one course, and whose attempts count. ``versions`` has all that people have sat, the last first."""

    course: Course
    first_only: bool
    versions: tuple[tuple[str, Counted], ...]

    @property
    def live(self) -> bool:
        return catalogue().courses[self.course.slug].version == self.course.version

    def address(self, endpoint: str, **changed: str | None) -> str:
        """The same view at another address, or with something changed."""
        asked: dict[str, Any] = {"version": None if self.live else self.course.version, "all": None if self.first_only else "1"} | changed
        return url_for(endpoint, slug=self.course.slug, **asked)


@bp.get("")
@needs(Permission.OFFICE)
def listing() -> str:
    """Every course with a quiz or something to read, and how many have finished its quiz as it is now."""
    counts = sittings.counts(db.session())
    courses = sorted((course for course in catalogue().courses.values() if course.quiz or course.units), key=lambda course: course.title)
    lines = [(course, counts.get(course.slug, {}).get(course.version), len(counts.get(course.slug, {}))) for course in courses]
    return render("statistics/listing.html", lines=lines, least=LEAST)


@bp.get("/what-it-means")
@needs(Permission.OFFICE)
def meaning() -> str:
    """What each figure is, where its formula comes from, and what to do about it."""
    return render("statistics/meaning.html", least=LEAST)


@bp.get("/<slug>")
@needs(Permission.OFFICE)
def course(slug: str) -> str:
    view = _view(slug)
    found = items.gather(db.session(), view.course, view.first_only) if view.course.quiz else None
    return render(
        "statistics/course.html", view=view, course=view.course, found=found, plot=_plot(found) if found else None, least=LEAST,
        stops=items.stops(db.session(), view.course), groups=items.devices(db.session(), view.course),
        screens=[screen.title for _, screen in view.course.screens()], sitting=SITTING // 60, wide=WIDE, high=HIGH,
    )


@bp.get("/<slug>/questions.csv")
@needs(Permission.OFFICE)
def export(slug: str) -> Response:
    """The figures of the questions as a table."""
    view = _view(slug)
    if not view.course.quiz:
        abort(404)
    found = items.gather(db.session(), view.course, view.first_only)
    return _file(items.items_report(view.course, found, clock.now().astimezone(tenant().zone)), "questions", view.course.title)


@bp.get("/<slug>/screens.csv")
@needs(Permission.OFFICE)
def export_stops(slug: str) -> Response:
    """Where people stop, as a table."""
    view = _view(slug)
    found = items.stops(db.session(), view.course)
    return _file(items.stops_report(view.course, found, clock.now().astimezone(tenant().zone)), "screens", view.course.title)


@bp.get("/<slug>/devices.csv")
@needs(Permission.OFFICE)
def export_devices(slug: str) -> Response:
    """On what people read, as a table."""
    view = _view(slug)
    found = items.devices(db.session(), view.course)
    return _file(items.devices_report(view.course, found, clock.now().astimezone(tenant().zone)), "devices", view.course.title)


def _view(slug: str) -> View:
    """What the address asks for; a course that is not live, or a version that nobody ever sat, is not there."""
    live = catalogue().courses.get(slug)
    if live is None or not (live.quiz or live.units):
        abort(404)
    asked, versions = request.args.get("version") or live.version, sittings.counts(db.session()).get(slug, {})
    if asked != live.version and asked not in versions:
        abort(404)
    found = catalogue().course(db.session(), slug, asked)
    return View(found or abort(404), request.args.get("all") != "1", tuple(versions.items()))


def _file(report: Report, *name: str) -> Response:
    response = Response(csv_file.write(report), mimetype="text/csv")
    response.headers["Content-Disposition"] = csv_file.disposition(csv_file.file_name(*name))
    return response


# ---- The plot ----------------------------------------------------------------------------------------------------------

def _plot(found: Figures) -> Plot:
    """The questions that have both figures, the flagged ones last so that they lie on top. Below nought is drawn only when one is there."""
    both = [
        (line, line.item.facility, line.item.discrimination) for line in found.shown
        if line.item.facility is not None and line.item.discrimination is not None
    ]
    lowest = -1 if any(discrimination < 0 for _, _, discrimination in both) else 0
    dots = [Dot(line, *place(facility, discrimination, lowest)) for line, facility, discrimination in both]
    return Plot(tuple(sorted(dots, key=lambda dot: (dot.asks, dot.urgent))), tuple(range(lowest, 2)))


def place(facility: float, discrimination: float, lowest: int) -> tuple[float, float]:
    """Where a question stands: facility from 0 to 1 to the right, discrimination from *lowest* to 1 upwards."""
    x = MARGIN + facility * (WIDE - 1.5 * MARGIN)
    y = MARGIN / 2 + (1 - discrimination) / (1 - lowest) * (HIGH - 1.5 * MARGIN)
    return round(x, 1), round(y, 1)

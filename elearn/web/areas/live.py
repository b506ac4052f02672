"""/live : a trainer's own registers."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from elearn import clock
from elearn.actions import attendance
from elearn.records import ledger, live, people
from elearn.records.db import db, writing
from elearn.records.live import LiveSession
from elearn.records.people import Profile
from elearn.rules.access import Permission, may
from elearn.rules.courses import Course
from elearn.rules.validity import local_day
from elearn.web.catalogue import catalogue
from elearn.web.forms.office import LiveForm, RegisterForm
from elearn.web.forms.problems import problems
from elearn.web.guard import needs, person
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("live", __name__, url_prefix="/live")

MOST_LINES, MOST_EACH = 40, 8
"""Lines that one search may have, and people shown for each."""

MOST_PEOPLE = 300
"""People that one register may name."""


def _courses() -> list[Course]:
    return sorted((course for course in catalogue().courses.values() if course.kind == "live"), key=lambda course: course.title)


def _form() -> LiveForm:
    today = local_day(clock.now(), tenant().zone)
    courses = _courses()
    return LiveForm(
        request.form or None, courses=[(course.slug, course.title) for course in courses], days=(attendance.earliest(today), today), day=today,
        minutes=courses[0].minutes if courses else None, least={course.slug: attendance.least_minutes(course) for course in courses},
    )


@bp.get("")
@needs(Permission.RECORD_ATTENDANCE)
def mine() -> str:
    return _mine(_form())


def _mine(form: LiveForm) -> str:
    session = db.session()
    rows = [(register, len(attendance.recorded(session, register))) for register in live.of_trainer(session, person().id)]
    return render("live/mine.html", rows=rows, form=form, errors=problems(form), title=catalogue().title, courses=_courses())


@bp.post("")
@needs(Permission.RECORD_ATTENDANCE)
def add() -> Any:
    form = _form()
    if not form.validate():
        return _mine(form), 422
    course = catalogue().courses[form.course.data]
    with writing(db.session()) as session:
        id = attendance.open_register(
            session, person(), course, form.day.data, form.place.data, form.minutes.data, clock.now(), tenant().zone
        )
    return redirect(url_for(".register", id=id), 303)


def _register(id: int) -> LiveSession | None:
    """The register, for its own trainer, while they are one."""
    return live.one(db.session(), id) if may(person(), Permission.RECORD_ATTENDANCE) else None


@dataclass(frozen=True, slots=True)
class Place:
    """Someone on the page of a register: recorded already, ticked, or why they cannot be."""

    profile: Profile
    recorded: bool
    ticked: bool
    barred: str


@bp.get("/<int:id>")
@needs(Permission.SEE_OWN, load=_register, into="register")
def register(register: LiveSession) -> str:
    return _page(register, RegisterForm(), frozenset(), frozenset(), ())


def _page(
    register: LiveSession, form: RegisterForm, ticked: Collection[int], shown: frozenset[int], found: Sequence[Profile],
    nobody: Sequence[str] = (),
) -> str:
    """The register with those recorded, ticked or not as the page had them, and those found."""
    there = attendance.recorded(db.session(), register)
    taken_off = shown - frozenset(ticked)
    places = [Place(one, True, one.id not in taken_off, "") for one in people.profiles(db.session(), there)]
    known = {one.id for one in found}
    more = people.profiles(db.session(), [id for id in ticked if id not in there and id not in known])
    fresh = [Place(one, False, one.id in ticked, attendance.barred(person(), one)) for one in (*more, *found) if one.id not in there]
    return render(
        "live/register.html", register=register, form=form, errors=problems(form), places=places, fresh=fresh, nobody=nobody,
        title=catalogue().title(register.course), saved=request.args.get("saved", ""), back=request.args.get("back", ""),
    )


@bp.post("/<int:id>")
@needs(Permission.SEE_OWN, load=_register, into="register", keeps=True)
def save(register: LiveSession) -> Any:
    form, came, shown = RegisterForm(request.form), _ids("came"), _ids("shown")
    if "find" in request.form.getlist("do"):
        found, nobody = _find(form.find.data)
        if not form.validate():
            return _page(register, form, came, shown, found), 422
        return _page(register, form, came, shown, found, nobody)
    off = {id for id in attendance.recorded(db.session(), register) if id in shown and id not in came}
    form.validate()
    if off and not form.reason.data:
        form.reason.errors = ["Say why you take someone off the register"]
    if form.errors:
        return _page(register, form, came, shown, ()), 422
    _refuse_pairs(register, came)
    with writing(db.session()) as session:
        course = catalogue().course(session, register.course, register.version) or catalogue().courses.get(register.course) or abort(404)
        kept = attendance.save(session, person(), register, course, came, off, form.reason.data, clock.now(), tenant().zone)
    return redirect(url_for(".register", id=register.id, saved=kept.added, back=kept.taken_back), 303)


def _ids(name: str) -> frozenset[int]:
    given = request.form.getlist(name)
    if len(given) > MOST_PEOPLE or not all(text.isascii() and text.isdecimal() and len(text) < 10 for text in given):
        abort(400)
    return frozenset(map(int, given))


def _find(words: str) -> tuple[list[Profile], list[str]]:
    """The people that each line may mean, and the lines that mean nobody."""
    found: dict[int, Profile] = {}
    nobody = []
    for line in [line.strip() for line in words.splitlines() if line.strip()][:MOST_LINES]:
        here = people.find(db.session(), line, MOST_EACH) if len(line) > 1 else ()
        found |= {one.id: one for one in here}
        if not here:
            nobody.append(line)
    return list(found.values()), nobody


def _refuse_pairs(register: LiveSession, came: Collection[int]) -> None:
    """The page offers nobody whom this trainer may not record. Whoever sends one all the same is refused, and it is written down."""
    there = attendance.recorded(db.session(), register)
    new = people.profiles(db.session(), [id for id in came if id not in there])
    wrong = [one.id for one in new if attendance.barred(person(), one)]
    if not wrong:
        return
    with writing(db.session()) as session:
        ledger.audit(session, person().id, "refused attendance", f"live:{register.id}", clock.now(), people=wrong)
    abort(403)

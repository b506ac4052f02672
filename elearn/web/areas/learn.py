"""/learn : what there is to learn, one's own learning, and courses read screen by screen."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from elearn import clock
from elearn.actions import overview, quizzes, reading
from elearn.actions.overview import Record
from elearn.records import certificates, learning
from elearn.records.db import db, writing
from elearn.records.learning import Attempt
from elearn.rules.access import Permission, Person
from elearn.rules.changes import to_look_at
from elearn.rules.courses import Check, Course, Step, Unit
from elearn.rules.progress import Progress, UnitState, progress, unit_progress
from elearn.rules.questions.base import Answer
from elearn.rules.quiz import Foreign, MayStart, Paper
from elearn.rules.standing import Standing, State
from elearn.rules.validity import local_day
from elearn.web import answers
from elearn.web.areas.tools import decision
from elearn.web.catalogue import catalogue, course_or_404
from elearn.web.guard import needs, person, profile, public, visitor
from elearn.web.items import ANY_TIME, GROUPS, THEMES, address, besides, matches
from elearn.web.kept import KEPT
from elearn.web.pages import render, render_shared
from elearn.web.reader import reads_on
from elearn.web.tenant import tenant

bp = Blueprint("learn", __name__)

TIMES = {"7": 10, "120": 120, "day": 600}
"""What "time you have" may be, and the most minutes each means."""

BESIDES = {"resources": GROUPS[3], "themes": THEMES}
"""Kinds that may be asked for besides those of courses, and the groups they are."""

FACTS_A_PAGE = 60
"""Facts with their sources that are shown at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line in a list of learning."""

    course: Course
    standing: Standing | None
    address: str
    begun: bool = False


@bp.get("/learn")
@public("anyone may look at what there is to learn")
def listing() -> str:
    words, kind, time = request.args.get("q", "").strip()[:100], request.args.get("kind", ""), request.args.get("time", "")
    most = TIMES.get(time, ANY_TIME)
    found = [course for course in catalogue().courses.values() if matches(course, words) and course.minutes <= most]
    others = besides(words, most)
    counts = {name: sum(course.kind == name for course in found) for name in ("safer7", "elearning", "live")}
    counts |= {name: len(others.get(group, ())) for name, group in BESIDES.items()}
    standings = _record().standings if visitor() else {}
    rows = [
        Row(course, standings.get(course.slug), address(course))
        for course in sorted(found, key=lambda c: (c.kind != "safer7", c.kind, c.title)) if kind not in counts or course.kind == kind
    ]
    groups = [(group, items) for group, items in others.items() if items and (kind not in counts or BESIDES.get(kind) == group)]
    return render(
        "learn/listing.html", rows=rows, groups=groups, counts=counts, total=len(found) + sum(map(len, others.values())),
        shown=len(rows) + sum(len(items) for _, items in groups), kind=kind, words=words, time=time, everything=len(catalogue().courses),
    )


def _record(only: Collection[str] | None = None) -> Record:
    return overview.record(db.session(), profile(), catalogue().courses, clock.now(), tenant().zone, only)


@bp.get("/my")
@needs(Permission.LEARN)
def mine() -> str:
    session, me, zone = db.session(), _record(), tenant().zone
    rows = [
        Row(course, standing, address(course), bool(me.steps.get(slug)))
        for slug, standing in me.standings.items()
        if (course := catalogue().courses.get(slug))
    ]
    done = [row for row in rows if row.standing and row.standing.in_date]
    todo = sorted((row for row in rows if row.standing and not row.standing.in_date), key=_urgency)
    certified = certificates.of_person(session, person().id)
    tools = [(tool, decision(tool, me, clock.now(), zone)) for tool in catalogue().tools.values()]
    return render(
        "learn/mine.html", me=me, todo=todo, done=done, certificates=certified[:5], more_certificates=len(certified) > 5, tools=tools,
        carry_on=_carry_on(me), asked=changed(me), title=catalogue().title,
        theme=catalogue().theme(local_day(clock.now(), zone)), minutes=_minutes(me),
        welcome="welcome" in request.args,
    )


def changed(me: Record) -> list[Course]:
    """The courses that somebody holds and that changed since in a way they should know about, by title; see rules/changes.py."""
    known = catalogue().material
    found = [slug for slug, held in me.standings.items() if slug in known and held.in_date and to_look_at(me.evidence, known[slug])]
    return sorted((catalogue().courses[slug] for slug in found if slug in catalogue().courses), key=lambda course: course.title)


_URGENT = {State.OVERDUE: 0, State.EXPIRED: 1, State.DUE_SOON: 2, State.IN_PROGRESS: 3, State.NOT_STARTED: 4}


def _urgency(row: Row) -> tuple[int, date, str]:
    assert row.standing is not None
    return _URGENT.get(row.standing.state, 5), row.standing.due or date.max, row.course.title


@dataclass(frozen=True, slots=True)
class CarryOn:
    """Where someone stopped."""

    course: Course
    progress: Progress
    unit: Unit | None
    number: int
    address: str
    attempt: Attempt | None = None


def _carry_on(me: Record) -> CarryOn | None:
    """What was being done last, if it is not finished: an open quiz first, then reading."""
    session = db.session()
    for attempt in learning.open_attempts(session, person().id):
        if course := catalogue().course(session, attempt.course, attempt.version):
            place = url_for("quizzes.question", id=attempt.id, number=_first_open(attempt))
            return CarryOn(course, progress(course, frozenset()), None, 0, place, attempt)
    last = learning.last_step(session, person().id)
    course = catalogue().courses.get(last[0]) if last else None
    if course is None or course.kind == "live" or (course.slug in me.standings and me.standings[course.slug].in_date):
        return None
    far = progress(course, learning.seen_steps(session, person().id, course.slug))
    if far.next is None:
        return CarryOn(course, far, None, far.total, address(course) if course.kind == "elearning" else url_for("briefings.done", slug=course.slug))
    unit = course.unit(far.next[0])
    number = next((n for n, u in enumerate(course.units, 1) if u.id == far.next[0]), 0)
    return CarryOn(course, far, unit, number, _step_address(course, *far.next))


def _first_open(attempt: Attempt) -> int:
    given = learning.answers(db.session(), attempt.id)
    return next((n for n, question in enumerate(attempt.paper, 1) if question not in given), 1)


def _step_address(course: Course, unit: str, step: str) -> str:
    if course.kind == "safer7":
        number = next(n for n, (_, screen) in enumerate(course.screens(), 1) if screen.id == step)
        return url_for("briefings.box", slug=course.slug, number=number)
    return url_for("learn.step", slug=course.slug, unit=unit, step=step)


def _minutes(me: Record) -> int:
    """Minutes of learning written down since the last 1 April, when the year of most organisations begins."""
    today = local_day(clock.now(), tenant().zone)
    since = date(today.year if (today.month, today.day) >= (4, 1) else today.year - 1, 4, 1)
    return sum(
        int(fact.data.get("minutes", 0)) for fact in me.evidence
        if fact.kind.value in {"completed", "attended"} and local_day(fact.at, tenant().zone) >= since
    )


@bp.get("/learn/<slug>")
@public("anyone may look at what a course is about")
def course(slug: str) -> Any:
    found = course_or_404(slug, frozenset({"safer7", "elearning", "live"}))
    if found.kind == "safer7":
        return redirect(url_for("briefings.start", slug=slug), 301)
    me = _record({slug, *found.before}) if visitor() else None
    far = progress(found, me.steps.get(slug, frozenset()) if me else frozenset())
    standing = me.standings.get(slug) if me else None
    before = [(catalogue().courses[s], me.standings.get(s) if me else None) for s in found.before if s in catalogue().courses]
    if found.kind == "live":
        return render("learn/live.html", course=found, standing=standing, before=before)
    return render_shared(
        "learn/course.html", course=found, far=far, standing=standing, quiz=_quiz(found, far, me) if me else None,
        changed=me is not None and found in changed(me),
        next=_step_address(found, *far.next) if far.next else None,
        done_numbers=tuple(n for n, unit in enumerate(far.units, 1) if unit.state is UnitState.DONE),
    )


@bp.get("/learn/<slug>/sources")
@public("anyone may see where the facts come from")
def sources(slug: str) -> str:
    """So many facts at a time: a long list would be heavy for a phone."""
    course = course_or_404(slug, frozenset({"safer7", "elearning", "live"}))
    pages = max(1, -(-len(course.facts) // FACTS_A_PAGE))
    page = max(1, min(request.args.get("page", 1, type=int), pages))
    first = (page - 1) * FACTS_A_PAGE
    return render(
        "learn/sources.html", course=course, facts=course.facts[first : first + FACTS_A_PAGE], page=page, pages=pages,
        address=lambda number: url_for(".sources", slug=slug, page=number),
    )


@dataclass(frozen=True, slots=True)
class QuizLine:
    """What a course page says of its quiz."""

    verdict: MayStart
    open: Attempt | None
    answered: int
    last: Attempt | None
    ready: bool


def _quiz(found: Course, far: Progress, me: Record) -> QuizLine | None:
    if found.quiz is None:
        return None
    session = db.session()
    tried = learning.attempts(session, person().id, found.slug)
    open = next((attempt for attempt in tried if attempt.finished is None), None)
    answered = learning.answered(session, open.id) if open else 0
    last = next((attempt for attempt in reversed(tried) if attempt.finished), None)
    return QuizLine(quizzes.weigh(found, tried, me.evidence, clock.now(), tenant().zone), open, answered, last, far.complete)


def _found(slug: str, unit: str, step: str) -> tuple[Course, Unit, Step]:
    found = course_or_404(slug, frozenset({"elearning"}))
    in_unit = found.unit(unit)
    thing = in_unit.step(step) if in_unit else None
    return (found, in_unit, thing) if in_unit and thing else abort(404)


@bp.get("/learn/<slug>/<unit>/<step>")
@needs(Permission.LEARN)
def step(slug: str, unit: str, step: str) -> Any:
    found, in_unit, thing = _found(slug, unit, step)
    if isinstance(thing, Check):
        return _check(found, in_unit, thing)
    place = _place(found, in_unit, thing)
    del place["seen"]  # what this page does not show
    return render_shared("learn/screen.html", **place)


def _place(found: Course, unit: Unit, thing: Step) -> dict[str, Any]:
    """What the frame of a step shows: how far one is, what was before, what comes next."""
    seen = learning.seen_steps(db.session(), person().id, found.slug)
    here = unit.steps.index(thing)
    return {
        "course": found, "unit": unit, "step": thing, "here": here + 1,
        "seen": {n for n, s in enumerate(unit.steps, 1) if f"{unit.id}/{s.id}" in seen},
        "back": url_for(".step", slug=found.slug, unit=unit.id, step=unit.steps[here - 1].id) if here else url_for(".course", slug=found.slug),
        "after": unit.steps[here + 1] if here + 1 < len(unit.steps) else None, "minutes_left": unit_progress(unit, seen).minutes_left,
    }


def paper_of(thing: Check, slug: str, person_id: int) -> Paper:
    """A question along the way, in an order that is this person's own and stays the same."""
    seed = blake2b(f"{person_id}:{slug}:{thing.id}".encode(), digest_size=7).digest()
    return Paper((thing.question,), int.from_bytes(seed))


def _check(found: Course, unit: Unit, thing: Check, answer: Any = None, errors: dict[str, str] | None = None) -> str:
    paper = paper_of(thing, found.slug, person().id)
    given = _kept(found, thing, person().id, f"{unit.id}/{thing.id}")
    place = _place(found, unit, thing)
    if answer is None and given and thing.question.complete(given) and "again" not in request.args:
        mark = paper.reveal(thing.question, thing.question.mark(given))
        fields = answers.fields(paper, thing.question, given)
        return render("learn/checked.html", **place, question=thing.question, marking=mark, fields=fields, answer=given)
    shown = answer if answer is not None else {} if "again" in request.args else given
    return render(
        "learn/check.html", **place, question=thing.question, fields=answers.fields(paper, thing.question, shown, errors),
        stages=thing.question.stages(shown), again="again" in request.args,
        errors=[(f"a-{name}", words) for name, words in (errors or {}).items()],
    )


@bp.post("/learn/<slug>/<unit>/<step>")
@needs(Permission.LEARN, keeps=True)
def next_step(slug: str, unit: str, step: str) -> Any:
    found, in_unit, thing = _found(slug, unit, step)
    if isinstance(thing, Check) and "skip" not in request.form:
        return _answer_check(found, in_unit, thing)
    with writing(db.session()) as session:
        reading.go_on(session, person().id, found, f"{unit}/{step}", clock.now(), tenant().zone, device=reads_on())
    here = in_unit.steps.index(thing)
    if here + 1 < len(in_unit.steps):
        return redirect(url_for(".step", slug=slug, unit=unit, step=in_unit.steps[here + 1].id), 303)
    return redirect(url_for(".course", slug=slug) + f"#unit-{unit}", 303)


def _answer_check(found: Course, unit: Unit, thing: Check) -> Any:
    paper, name = paper_of(thing, found.slug, person().id), f"{unit.id}/{thing.id}"
    moved = answers.moved(request.form)
    try:
        given = answers.read(paper, thing.question, moved or request.form)
    except Foreign:
        abort(400)
    before = _before(found, thing, person().id, name) if "again" not in request.form else {}
    whole = thing.question.kept({**before, **given})
    if moved:
        return _check(found, unit, thing, whole)
    inputs = tuple(field.input for field in answers.fields(paper, thing.question, before))
    errors = answers.problems(thing.question, whole, inputs)
    if errors and not (thing.question.stages({}) and given):
        return _check(found, unit, thing, whole, errors), 422
    with writing(db.session()) as session:
        reading.go_on(session, person().id, found, name, clock.now(), tenant().zone, whole, reads_on())
    return redirect(url_for(".step", slug=found.slug, unit=unit.id, step=thing.id), 303)


def _kept(course: Course, thing: Check, person_id: int, name: str) -> Answer:
    """What was answered here; to a story only in this version, for in another a part may have another place."""
    version = course.version if thing.question.stages({}) else None
    kept = learning.step_answer(db.session(), person_id, course.slug, name, version)
    return {key: tuple(values) for key, values in (kept or {}).items()}


def _before(course: Course, thing: Check, person_id: int, name: str) -> Answer:
    """The parts of a story that were answered before this form; anything else is answered as a whole."""
    return _kept(course, thing, person_id, name) if thing.question.stages({}) else {}


def _save_kept(who: Person, arguments: Mapping[str, Any], form: MultiDict[str, str]) -> bool:
    """Save an answer to a question along the way that was sent after the session had ended."""
    found, unit, thing = _found(arguments["slug"], arguments["unit"], arguments["step"])
    if not isinstance(thing, Check):
        return False
    given, name = answers.read(paper_of(thing, found.slug, who.id), thing.question, form), f"{unit.id}/{thing.id}"
    before = _before(found, thing, who.id, name) if "again" not in form else {}
    with writing(db.session()) as session:
        reading.go_on(session, who.id, found, name, clock.now(), tenant().zone, thing.question.kept({**before, **given}), reads_on())
    return True


KEPT["learn.next_step"] = _save_kept

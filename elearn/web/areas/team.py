"""/team : the people one answers for, where they stand, and what they ask."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for

from elearn import clock
from elearn.actions import accounts, overview, quizzes
from elearn.actions.overview import Record
from elearn.records import asks, learning, people
from elearn.records.db import db, writing
from elearn.records.learning import Ask
from elearn.records.people import Profile, Team
from elearn.reports import csv_file
from elearn.reports.team import team_report
from elearn.rules.access import Permission
from elearn.rules.certificates import grouped
from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.questions.typed import clean
from elearn.rules.standing import LATE, Figures, Standing, State, cell, figures, overall
from elearn.rules.standing import SHOWN as STATUS
from elearn.rules.validity import in_words, local_day
from elearn.web.areas.learn import changed
from elearn.web.areas.tools import decision
from elearn.web.catalogue import catalogue
from elearn.web.forms.office import InviteForm
from elearn.web.forms.problems import problems
from elearn.web.guard import needs, person
from elearn.web.pages import render
from elearn.web.tenant import tenant

bp = Blueprint("team", __name__, url_prefix="/team")
bp.add_app_template_global(accounts.shown_code)

A_PAGE = 25
"""People on one page of the table."""

MOST_HISTORY = 50

SHOW: dict[str, tuple[str, frozenset[State]]] = {
    "late": ("Overdue", LATE),
    "due": ("Due soon", frozenset({State.DUE_SOON})),
    "ending": ("Ending soon", frozenset({State.EXPIRING})),
    "started": ("Started", frozenset({State.IN_PROGRESS})),
    "todo": ("Not started", frozenset({State.NOT_STARTED})),
    "done": ("Up to date", frozenset({State.CURRENT, State.EXPIRING, State.EXEMPT})),
}
"""What "show" may ask for: its words and the states it means. Nothing else is accepted."""


# ---- Which teams -------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team in the list of teams; without figures for someone who only looks after the site."""

    team: Team
    figures: Figures | None


@bp.get("")
@needs(Permission.SEE_MY_TEAMS)
def mine() -> Any:
    """The one team of most managers at once; for others the list of theirs. An administrator who manages none sees all, without figures."""
    me = person()
    if not me.manages:
        return render("team/list.html", lines=[TeamLine(team, None) for team in people.teams(db.session())], everyone=True)
    teams = people.teams(db.session(), me.manages)
    if len(teams) == 1:
        return redirect(url_for(".show", id=teams[0].id))
    records = _records([team.id for team in teams])
    by_team = {team.id: figures([list(one.standings.values()) for one in records if one.profile.team_id == team.id]) for team in teams}
    return render("team/list.html", lines=[TeamLine(team, by_team[team.id]) for team in teams], everyone=False)


def _records(team_ids: Collection[int]) -> list[Record]:
    session = db.session()
    return overview.records(session, people.profiles_in(session, team_ids), catalogue().courses, clock.now(), tenant().zone)


def _team(id: int) -> Team | None:
    return people.team(db.session(), id)


# ---- One team ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class View:
    """What was asked for: words in the name or the job, one item, one kind of standing."""

    words: str
    item: str
    show: str

    @property
    def said(self) -> list[str]:
        """The same in words, for the head of an export."""
        said = [f"name or role has “{self.words}”"] if self.words else []
        said += [catalogue().title(self.item)] if self.item else []
        return said + ([SHOW[self.show][0].lower()] if self.show else [])

    @property
    def values(self) -> dict[str, str]:
        return {name: value for name, value in (("q", self.words), ("item", self.item), ("show", self.show)) if value}

    def finds(self, one: Record) -> bool:
        text = f"{one.profile.name} {one.profile.job} {one.profile.role}".casefold()
        return all(word in text for word in self.words.casefold().split()) and self._stands(one)

    def _stands(self, one: Record) -> bool:
        if not self.show:
            return True
        asked = [held for item, held in one.standings.items() if held.required and self.item in ("", item)]
        if self.show == "done":
            return bool(asked) and all(held.in_date for held in asked)
        return any(held.state in SHOW[self.show][1] for held in asked)


def _view() -> View:
    """What the address asks for. What we do not offer is refused, so that nothing but our own names ever reaches a query."""
    words, item, show = clean(request.args.get("q", ""))[:100], request.args.get("item", ""), request.args.get("show", "")
    if (show and show not in SHOW) or (item and item not in catalogue().courses):
        abort(400)
    return View(words, item, show)


@dataclass(frozen=True, slots=True)
class Line:
    """A person in the table: the status of everything together, and of each item (None: not needed)."""

    profile: Profile
    overall: tuple[str, str]
    cells: Sequence[tuple[str, str] | None]


def _items(records: Sequence[Record]) -> list[str]:
    """What is asked of anyone here; first what is asked of most."""
    asked: dict[str, int] = {}
    for one in records:
        for item, held in one.standings.items():
            asked[item] = asked.get(item, 0) + held.required
    return sorted((item for item, count in asked.items() if count), key=lambda item: (-asked[item], catalogue().title(item)))


def _line(one: Record, items: Sequence[str], today: date) -> Line:
    return Line(one.profile, overall(one.standings.values(), today), [_cell(one.standings.get(item), today) for item in items])


def _cell(held: Standing | None, today: date) -> tuple[str, str] | None:
    if held is None or not (held.required or held.in_date):
        return None
    return STATUS[held.state][0], cell(held, today)


def _longest(records: Sequence[Record], today: date) -> int:
    """Days since the oldest due day, or the oldest last day, that has gone by."""
    gone = [held.due for one in records for held in one.standings.values() if held.required and held.state in LATE and held.due]
    return (today - min(gone)).days if gone else 0


@bp.get("/<int:id>")
@needs(Permission.SEE_TEAM, load=_team, into="team")
def show(team: Team) -> str:
    return _page(team, InviteForm())


def _page(team: Team, form: InviteForm, errors: Sequence[tuple[str, str]] = ()) -> str:
    records, view, today = _records([team.id]), _view(), local_day(clock.now(), tenant().zone)
    if not records:
        return render("team/empty.html", team=team, form=form, errors=errors, said=request.args.get("said", ""))
    items = _items(records)
    found = [one for one in records if view.finds(one)]
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    columns = [view.item] if view.item else items
    shown = [_line(one, columns, today) for one in found[(page - 1) * A_PAGE : page * A_PAGE]]
    decides = team.id in person().manages
    return render(
        "team/show.html", team=team, form=form, errors=errors, said=request.args.get("said", ""), today=today, records=records,
        figures=figures([list(one.standings.values()) for one in records]), longest=_longest(records, today),
        asks=[ask for ask in asks.waiting(db.session(), [team.id]) if ask.person_id != person().id] if decides else [],
        lines=shown, found=len(found), items=items, columns=columns, view=view, shows=SHOW, page=page, pages=pages,
        address=lambda number: url_for(".show", **{"id": team.id, "page": number, **view.values}) + "#who", title=catalogue().title,
        several=len(person().manages) != 1,
    )


@bp.get("/<int:id>.csv")
@needs(Permission.SEE_TEAM, load=_team, into="team")
def export(team: Team) -> Response:
    """Everyone in the table, on all its pages, as it is filtered."""
    records, view, now = _records([team.id]), _view(), clock.now()
    items = [view.item] if view.item else _items(records)
    report = team_report(
        f"{team.name}, {team.agency}", [one for one in records if view.finds(one)], items, catalogue().title, now, tenant().zone, view.said
    )
    response = Response(csv_file.write(report), mimetype="text/csv")
    name = csv_file.file_name(team.name, f"{local_day(now, tenant().zone):%Y-%m-%d}")
    response.headers["Content-Disposition"] = csv_file.disposition(name)
    return response


# ---- What is asked -----------------------------------------------------------------------------------------------------

def _ask(id: int) -> Ask | None:
    return asks.one(db.session(), id)


@bp.post("/asks/<int:id>")
@needs(Permission.DECIDE_REQUEST, load=_ask, into="ask")
def decide(ask: Ask) -> Any:
    """Allow one more try at a quiz, or not now."""
    answer = request.form.get("agreed")
    if answer not in {"yes", "no"} or ask.kind != "try-again":
        abort(400)
    with writing(db.session()) as session:
        first = quizzes.allow_again(session, ask.id, ask.person_id, ask.item, person().id, answer == "yes", clock.now())
    said = "answered" if not first else "allowed" if answer == "yes" else "declined"
    return redirect(url_for(".show", id=ask.team_id, said=said), 303)


# ---- New people --------------------------------------------------------------------------------------------------------

@bp.post("/<int:id>/invite")
@needs(Permission.SEE_TEAM, load=_team, into="team")
def invite(team: Team) -> Any:
    """Invite someone to this team. A manager invites people, and never makes managers or trainers."""
    form = InviteForm(request.form)
    if not form.validate():
        return _page(team, form, problems(form)), 422
    with writing(db.session()) as session:
        accounts.invite(
            session, person(), team.id, form.email.data, form.name.data, form.role.data, manages=False, trainer=False, now=clock.now()
        )
    return redirect(url_for(".show", id=team.id, said="invited"), 303)


# ---- One person --------------------------------------------------------------------------------------------------------

def _profile(id: int) -> Profile | None:
    return people.profile(db.session(), id)


@bp.get("/people/<int:id>", endpoint="person")
@needs(Permission.SEE_PERSON, load=_profile, into="who")
def show_person(who: Profile) -> str:
    session, now, zone = db.session(), clock.now(), tenant().zone
    record = overview.record(session, who, catalogue().courses, now, zone)
    asked = sorted((held for held in record.standings.values() if held.required), key=lambda held: catalogue().title(held.item))
    begun = [held for held in record.standings.values() if held.done_on or held.state is State.IN_PROGRESS]
    tools = [(tool, decision(tool, record, now, zone)) for tool in catalogue().tools.values()]
    history = _history(record.evidence)
    newest = history[:MOST_HISTORY]
    return render(
        "team/person.html", who=who, asked=asked, others=[held for held in begun if not held.required], tools=tools,
        changed={course.slug for course in changed(record)}, history=newest, more=len(history) > MOST_HISTORY, shared=_shared(record),
        proof={line.fact: f"#fact-{line.fact}" for line in newest}, title=catalogue().title, courses=catalogue().courses,
    )


def _shared(record: Record) -> list[tuple[str, str]]:
    """Title and words of what this person wrote and chose to share. What they kept to themselves is never read here."""
    found = []
    for item in dict.fromkeys(fact.item for fact in record.evidence if fact.kind in {FactKind.READ, FactKind.COMPLETED}):
        kept = learning.reflection(db.session(), record.profile.id, item)
        if kept and kept[1] and kept[0]:
            found.append((catalogue().title(item), kept[0]))
    return found


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of someone's history."""

    fact: int
    at: datetime
    words: str
    code: str = ""


def _history(evidence: Sequence[Evidence]) -> list[Happened]:
    """What the ledger says, newest first, in words. Never an answer or a score: that someone passed is all a manager needs."""
    codes = {fact.data["of"]: grouped(str(fact.data["code"])) for fact in evidence if fact.kind is FactKind.AWARDED and "of" in fact.data}
    by_id = {fact.id: fact for fact in evidence}
    names = _names({fact.actor_id for fact in evidence if fact.actor_id is not None and fact.actor_id != fact.person_id})
    newest_first = sorted(evidence, key=lambda fact: (fact.at, fact.id), reverse=True)
    said = [(fact, _words(fact, by_id, names)) for fact in newest_first]
    return [Happened(fact.id, fact.at, words, codes.get(fact.id, "")) for fact, words in said if words]


def _names(ids: Collection[int]) -> dict[int, str]:
    return {profile.id: profile.name for profile in people.profiles(db.session(), ids)}


def _words(fact: Evidence, by_id: dict[int, Evidence], names: dict[int, str]) -> str:
    """The fact as a sentence; nothing for what another line says already."""
    title, by = catalogue().title(fact.item), names.get(fact.actor_id or 0, "Someone")
    because = f" The reason: {fact.reason}" if fact.reason else ""
    match fact.kind:
        case FactKind.READ:
            return f"Read “{title}”."
        case FactKind.COMPLETED:
            return f"Passed the quiz of “{title}” and finished it." if fact.data.get("via") == "quiz" else f"Finished “{title}”."
        case FactKind.ATTENDED:
            return f"Came to “{title}”. {by} recorded it."
        case FactKind.REVOKED | FactKind.UNDONE:
            was = by_id.get(fact.data["of"])
            gone = f"What was recorded for {in_words(local_day(was.at, tenant().zone))}" if was else "What was recorded"
            return f"{gone} in “{title}” was taken back by {by}.{because}"
        case FactKind.EXEMPTED:
            last = fact.day("until")
            return f"“{title}” is not needed{f' until {in_words(last)}' if last else ''}, {by} agreed.{because}"
        case FactKind.EXTENDED:
            last = fact.day("due")
            return f"More time for “{title}”{f', until {in_words(last)}' if last else ''}, {by} agreed.{because}"
        case FactKind.TRY_ALLOWED:
            return f"{by} allowed one more try at the quiz of “{title}”."
        case FactKind.ACKNOWLEDGED:
            return f"Read what changed in “{title}”."
        case FactKind.SUPERSEDED:
            return f"The certificate for “{title}” was made again."
    return ""

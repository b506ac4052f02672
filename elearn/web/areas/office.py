"""/office : looking after the site: people, teams, what is asked of them, numbers for help, and the tools."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Literal

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from elearn import clock
from elearn.actions import Refused, accounts, certificates, teams
from elearn.actions.teams import Who
from elearn.content.problems import Problem
from elearn.records import asks, figures, ledger, membership, people, requirements, tenancy
from elearn.records.db import db, writing
from elearn.records.membership import Agency
from elearn.records.people import Profile, Team
from elearn.records.tenancy import LocalContact, Partnership
from elearn.rules.access import Permission
from elearn.rules.certificates import grouped
from elearn.rules.courses import Contact, Course, Theme, Tool
from elearn.rules.questions.typed import clean
from elearn.rules.requirements import Requirement
from elearn.rules.resources import Resource
from elearn.rules.validity import MONTHS, NEVER, Rule, Validity, in_words, local_day
from elearn.web import confirming, cookies
from elearn.web.areas.certificates import bundle
from elearn.web.catalogue import catalogue, tool_or_404
from elearn.web.forms.office import (
    AgencyForm,
    ChargeForm,
    ContactForm,
    EndForm,
    OfficeInviteForm,
    PartnershipForm,
    PersonForm,
    RequirementForm,
    TeamForm,
    ToolForm,
)
from elearn.web.forms.problems import problems
from elearn.web.guard import needs, person
from elearn.web.items import RESOURCES
from elearn.web.pages import render
from elearn.web.tenant import old, tenant

bp = Blueprint("office", __name__, url_prefix="/office")

A_PAGE = 50


def _today() -> date:
    return local_day(clock.now(), tenant().zone)


def _forget() -> None:
    """What belongs to the partnership was changed: show it from the next page on."""
    current_app.extensions["tenancy"].forget()


def _said(allowed: Sequence[str]) -> str:
    """What was just done, when it is one of the things this page has words for."""
    said = request.args.get("said", "")
    return said if said in allowed else ""


# ---- The desk ----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Missing:
    """A local number that nobody has given, or that was checked long ago (``checked``)."""

    name: str
    checked: date | None


@bp.get("")
@needs(Permission.OFFICE)
def home() -> str:
    """What needs an administrator, and the site in numbers."""
    counts = figures.counts(db.session(), clock.now())
    return render(
        "office/home.html", counts=counts, missing=_missing(), problems=_problems(), reviews=_reviews(),
        unnamed=tenancy.partnership(db.session()) == tenancy.NEW, no_requirements=not requirements.all_requirements(db.session()),
        tools=[tool for tool in catalogue().tools.values() if tool.slug not in tenant().tools], folder=cookies.settings().smtp is None,
    )


@dataclass(frozen=True, slots=True)
class Review:
    """Something that waits for a professional to look at it: nobody has yet, or (``late``) the day for doing it again is past."""

    title: str
    kind: str
    late: bool
    law_as_at: date
    review_due: date


def _reviews() -> list[Review]:
    """Whatever can be read here and is to be reviewed: first what is past its day, the longest first."""
    live = catalogue()
    kinds = {"safer7": "Safer7 briefing", "elearning": "eLearning", "live": "Live course"}
    things: list[tuple[Course | Resource | Tool | Theme, str]] = [
        *((one, kinds[one.kind]) for one in live.courses.values()), *((one, RESOURCES[one.kind][1]) for one in live.resources.values()),
        *((one, "Tool") for one in live.tools.values()), *((one, "Theme") for one in live.themes.values()),
    ]
    found = [Review(one.title, kind, one.review_due < _today(), one.law_as_at, one.review_due) for one, kind in things if _waits(one)]
    return sorted(found, key=lambda one: (not one.late, one.review_due if one.late else date.max, one.title))


def _waits(thing: Course | Resource | Tool | Theme) -> bool:
    return thing.reviewed_on is None or thing.review_due < _today()


def _missing() -> list[Missing]:
    given = {contact.key: contact for contact in tenant().local if contact.agency_id is None}
    found = []
    for contact in _kinds():
        own = given.get(contact.id)
        if own is None:
            found.append(Missing(contact.name, None))
        elif old(own.checked_on, _today()):
            found.append(Missing(own.name, own.checked_on))
    return found


def _kinds() -> list[Contact]:
    """The kinds of number that an organisation gives itself."""
    return [contact for contact in tenant().national if contact.purpose == "local"]


def _problems() -> list[Problem]:
    return sorted(catalogue().problems)


@bp.get("/asks", endpoint="asks")
@needs(Permission.OFFICE)
def show_asks() -> str:
    """What waits for a manager, so that nobody is forgotten; the manager answers it."""
    there = people.teams(db.session())
    waiting = asks.waiting(db.session(), [team.id for team in there])
    return render("office/asks.html", asks=waiting, teams={team.id: team for team in there}, title=catalogue().title)


# ---- People ------------------------------------------------------------------------------------------------------------

@bp.get("/people")
@needs(Permission.OFFICE)
def persons() -> str:
    """Everyone, by name, or those whose name or address holds some words."""
    words = clean(request.args.get("q", ""))[:100]
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    rows, count = membership.found(db.session(), words, (page - 1) * A_PAGE, A_PAGE)
    pages = max(1, -(-count // A_PAGE))
    return render(
        "office/people.html", rows=rows, count=count, words=words, page=page, pages=pages, said=_said(("invited",)),
        address=lambda number: url_for(".persons", q=words or None, page=number),
    )


def _team_choices() -> list[tuple[int | str, str]]:
    return [(team.id, f"{team.agency}: {team.name}") for team in people.teams(db.session())]


@bp.get("/people/new")
@needs(Permission.OFFICE)
def new_person() -> str:
    kept = confirming.kept()
    return _new_person(OfficeInviteForm(kept, teams=_team_choices()), kept is not None)


def _new_person(form: OfficeInviteForm, kept: bool = False) -> str:
    return render("office/invite.html", form=form, errors=problems(form), kept=kept)


@bp.post("/people/new")
@needs(Permission.OFFICE)
def invite() -> Any:
    form = OfficeInviteForm(request.form or None, teams=_team_choices())
    if not form.validate():
        return _new_person(form), 422
    if (form.manages.data or form.trainer.data) and not confirming.fresh():
        return confirming.first(url_for(".new_person"))
    with writing(db.session()) as session:
        accounts.invite(
            session, person(), form.team.data, form.email.data, form.name.data, form.role.data, manages=form.manages.data,
            trainer=form.trainer.data, now=clock.now(),
        )
    return redirect(url_for(".persons", said="invited"), 303)


def _someone(id: int) -> Profile | None:
    return people.profile(db.session(), id)


def _person_form(who: Profile, given: MultiDict[str, str] | None = None) -> PersonForm:
    """What is written down about someone, or what was sent to change it."""
    return PersonForm(given, teams=_team_choices(), data={
        "name": who.name, "role": who.role, "job": who.job, "team": who.team_id, "trainer": who.trainer, "administrator": who.administrator,
        "suspended": who.suspended, "left": who.left,
    })


@bp.get("/people/<int:id>", endpoint="person")
@needs(Permission.OFFICE, load=_someone, into="who")
def show_person(who: Profile) -> str:
    kept = confirming.kept()
    about_teams = kept if kept and "managed" in kept else None
    return _person(who, _person_form(who, None if about_teams else kept), _charge_form(about_teams), kept is not None)


def _charge_form(given: MultiDict[str, str] | None = None) -> ChargeForm:
    return ChargeForm(given, teams=_team_choices(), since=_today())


def _person(who: Profile, form: PersonForm, charge: ChargeForm, kept: bool = False) -> str:
    return render(
        "office/person.html", who=who, form=form, charge=charge, errors=[*problems(form), *problems(charge)],
        charges=membership.charges(db.session(), who.id), earned=[(one, grouped(one.code)) for one in certificates.held_by(db.session(), who.id)],
        now=clock.now(), kept=kept, said=_said(("saved", "same", "manager", "ended")),
    )


@bp.post("/people/<int:id>")
@needs(Permission.OFFICE, load=_someone, into="who")
def change_person(who: Profile) -> Any:
    form = _person_form(who, request.form)
    if not form.validate():
        return _person(who, form, _charge_form()), 422
    wanted = Who(
        form.name.data, form.role.data, form.job.data, form.team.data, form.trainer.data, form.administrator.data, form.suspended.data,
        form.left.data,
    )
    if teams.changes_rights(who, wanted) and not confirming.fresh():
        return confirming.first(url_for(".person", id=who.id))
    try:
        with writing(db.session()) as session:
            changed = teams.change_person(session, person().id, who, wanted, clock.now())
    except Refused as refused:
        form.administrator.errors = [str(refused)]
        return _person(who, form, _charge_form()), 422
    return redirect(url_for(".person", id=who.id, said="saved" if changed else "same"), 303)


@bp.post("/people/<int:id>/teams")
@needs(Permission.OFFICE, load=_someone, into="who")
def add_charge(who: Profile) -> Any:
    """Let someone manage a team."""
    form = _charge_form(request.form)
    plain = _person_form(who)
    if not form.validate():
        return _person(who, plain, form), 422
    if not confirming.fresh():
        return confirming.first(url_for(".person", id=who.id))
    try:
        with writing(db.session()) as session:
            teams.give_charge(
                session, person().id, who.id, form.managed.data, form.since.data, form.last_day.data, tenant().zone, clock.now()
            )
    except Refused as refused:
        form.managed.errors = [str(refused)]
        return _person(who, plain, form), 422
    return redirect(url_for(".person", id=who.id, said="manager") + "#manages", 303)


@bp.post("/people/<int:id>/teams/<int:charge>/end")
@needs(Permission.OFFICE, load=_someone, into="who")
def end_charge(who: Profile, charge: int) -> Any:
    if not confirming.fresh():
        return confirming.first(url_for(".person", id=who.id))
    with writing(db.session()) as session:
        teams.end_charge(session, person().id, who.id, charge, clock.now())
    return redirect(url_for(".person", id=who.id, said="ended") + "#manages", 303)


# ---- Agencies and teams ------------------------------------------------------------------------------------------------

@bp.get("/teams", endpoint="teams")
@needs(Permission.OFFICE)
def show_teams() -> str:
    return _teams(AgencyForm(), TeamForm(agencies=_agency_choices()))


def _agency_choices() -> list[tuple[int | str, str]]:
    return [(agency.id, agency.name) for agency in membership.agencies(db.session())]


def _teams(agency: AgencyForm, team: TeamForm) -> str:
    session = db.session()
    by_agency: dict[int, list[Team]] = {}
    for one in people.teams(session):
        by_agency.setdefault(one.agency_id, []).append(one)
    groups: list[tuple[Agency, list[Team]]] = [(found, by_agency.get(found.id, [])) for found in membership.agencies(session)]
    return render(
        "office/teams.html", groups=groups, sizes=membership.sizes(session), earned=certificates.many_of_agencies(session),
        agency_form=agency, team_form=team, errors=[*problems(agency), *problems(team)], said=_said(("agency", "team", "code")),
    )


@bp.post("/agencies")
@needs(Permission.OFFICE)
def add_agency() -> Any:
    form = AgencyForm(request.form)
    if not form.validate():
        return _teams(form, TeamForm(agencies=_agency_choices())), 422
    try:
        with writing(db.session()) as session:
            teams.add_agency(session, person().id, form.agency_name.data, clock.now())
    except Refused as refused:
        form.agency_name.errors = [str(refused)]
        return _teams(form, TeamForm(agencies=_agency_choices())), 422
    return redirect(url_for(".teams", said="agency"), 303)


def _agency(id: int) -> Agency | None:
    return membership.agency(db.session(), id)


@bp.post("/agencies/<int:id>/certificates")
@needs(Permission.TAKE_CERTIFICATES, load=_agency, into="agency")
def take_certificates(agency: Agency) -> Response:
    """Every certificate of an agency in one file, with a folder for each team."""
    with writing(db.session()) as session:
        numbers = certificates.take_all(session, person().id, agency.id, clock.now())
    return bundle(numbers, f"Certificates of {agency.name}, {local_day(clock.now(), tenant().zone):%Y-%m-%d}.zip")


@bp.post("/teams")
@needs(Permission.OFFICE)
def add_team() -> Any:
    form = TeamForm(request.form or None, agencies=_agency_choices())
    if not form.validate():
        return _teams(AgencyForm(), form), 422
    try:
        with writing(db.session()) as session:
            teams.add_team(session, person().id, form.agency.data, form.team_name.data, clock.now())
    except Refused as refused:
        form.team_name.errors = [str(refused)]
        return _teams(AgencyForm(), form), 422
    return redirect(url_for(".teams", said="team"), 303)


def _team(id: int) -> Team | None:
    return people.team(db.session(), id)


@bp.post("/teams/<int:id>/code")
@needs(Permission.OFFICE, load=_team, into="team")
def change_code(team: Team) -> Any:
    """A new code; the old one stops working."""
    with writing(db.session()) as session:
        teams.change_code(session, person().id, team.id, clock.now())
    return redirect(url_for(".teams", said="code") + f"#team-{team.id}", 303)


# ---- What is asked of whom ---------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement with its words."""

    rule: Requirement
    title: str
    whom: str
    lasts: str
    ended: bool


@bp.get("/requirements", endpoint="requirements")
@needs(Permission.OFFICE)
def show_requirements() -> str:
    return _requirements(_requirement_form())


def _requirement_form(given: MultiDict[str, str] | None = None) -> RequirementForm:
    courses = sorted(catalogue().courses.values(), key=lambda course: course.title)
    whom: list[tuple[int | str, str]] = [("", "Everyone")]
    whom += [(f"agency:{agency.id}", agency.name) for agency in membership.agencies(db.session())]
    whom += [(f"team:{team.id}", f"{team.agency}: {team.name}") for team in people.teams(db.session())]
    return RequirementForm(
        given, items=[(course.slug, _titled(course)) for course in courses], whom=whom, starts=_today(), due_days=28, window_days=60
    )


def _titled(course: Course) -> str:
    kind = {"safer7": "Safer7 briefing", "elearning": "eLearning", "live": "live course"}[course.kind]
    return f"{course.title} ({kind})"


def _requirements(form: RequirementForm, preview: Asked | None = None, wrong: tuple[int, str, str] | None = None) -> str:
    """*wrong* is a last day that cannot be: of which requirement, what was typed, and why."""
    rows = [_asked(rule) for rule in requirements.all_requirements(db.session())]
    errors = [(f"end-{wrong[0]}", wrong[2])] if wrong else problems(form)
    return render(
        "office/requirements.html", current=[row for row in rows if not row.ended], ended=[row for row in rows if row.ended], form=form,
        preview=preview, errors=errors, wrong=wrong, today=_today(), said=_said(("added", "ended")),
    )


def _asked(rule: Requirement) -> Asked:
    return Asked(
        rule, catalogue().title(rule.item), _whom(rule), lasts(rule.validity), rule.ends is not None and rule.ends < _today()
    )


def _whom(rule: Requirement) -> str:
    """Whom a requirement is for, in words."""
    role = {"volunteer": "Volunteers", "staff": "Paid staff", "student": "Students"}.get(rule.role or "", rule.role or "")
    place = ""
    if rule.team_id is not None:
        team = people.team(db.session(), rule.team_id)
        place = team.name if team else "a team that is gone"
    elif rule.agency_id is not None:
        place = next((agency.name for agency in membership.agencies(db.session()) if agency.id == rule.agency_id), "an agency that is gone")
    return f"{role or 'Everyone'}{f' at {place}' if place else ''}"


def lasts(validity: Validity) -> str:
    """How long something counts, as a sentence."""
    months = "1 month" if validity.months == 1 else f"{validity.months} months"
    window = f" It may be done again in the last {validity.window_days} days." if validity.window_days else ""
    match validity.rule:
        case "never":
            return "It never runs out."
        case "rolling":
            return f"It counts for {months} from the day it was last done.{window}"
        case "anniversary":
            return f"It counts for {months}, always from the same day of the year.{window}"
        case _:
            assert validity.month_day is not None
            month, day = validity.month_day
            return f"It counts until {day} {MONTHS[month - 1]}, and for at least {validity.at_least_months} months.{window}"


@bp.post("/requirements")
@needs(Permission.OFFICE)
def add_requirement() -> Any:
    """Show what it would mean in words; add it when that is what was asked."""
    form = _requirement_form(request.form)
    if not form.validate():
        return _requirements(form), 422
    try:
        rule = _requirement(form)
    except ValueError as wrong:
        field = form.fixed_day if form.rule.data == "fixed" else form.months
        field.errors = [_sentence(str(wrong))]
        return _requirements(form), 422
    if request.form.get("do") != "add":
        return _requirements(form, _asked(rule))
    with writing(db.session()) as session:
        id = requirements.add(session, rule, person().id, clock.now())
        facts = {"item": rule.item, "whom": form.whom.data, "role": rule.role}
        ledger.audit(session, person().id, "added requirement", f"requirement:{id}", clock.now(), **facts)
    return redirect(url_for(".requirements", said="added"), 303)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _requirement(form: RequirementForm) -> Requirement:
    """What the form asks for. Raises ValueError, in words, when it contradicts itself."""
    course = catalogue().courses[form.item.data]
    kind, _, id = (form.whom.data or "").partition(":")
    return Requirement(
        0, course.slug, _validity(form, course), form.due_days.data, form.starts.data, agency_id=int(id) if kind == "agency" else None,
        team_id=int(id) if kind == "team" else None, role=form.role.data or None,
    )


def _validity(form: RequirementForm, course: Course) -> Validity:
    rule: Rule | Literal["module"] = form.rule.data
    if rule == "module":
        return course.validity
    if rule == "never":
        return NEVER
    months, window = form.months.data or 0, form.window_days.data or 0
    if rule != "fixed":
        return Validity(rule, months, window)
    return Validity(rule, months, window, month_day=month_day(form.fixed_day.data or ""), at_least_months=form.at_least.data or 0)


def month_day(text: str) -> tuple[int, int]:
    """Month and day from words such as 31 August. Raises ValueError, in words."""
    found = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})", text.strip())
    names = [month.casefold() for month in MONTHS]
    month = next((n for n, name in enumerate(names, 1) if found and name.startswith(found[2].casefold())), 0)
    if not found or not month:
        raise ValueError("write the fixed day with its month, like 31 August")
    return month, int(found[1])


def _rule(id: int) -> Requirement | None:
    return next((rule for rule in requirements.all_requirements(db.session()) if rule.id == id), None)


@bp.post("/requirements/<int:id>/end")
@needs(Permission.OFFICE, load=_rule, into="rule")
def end_requirement(rule: Requirement) -> Any:
    """The requirement holds for the last time today, or on a later day. What was required before stays known."""
    form = EndForm(request.form)
    if not form.validate() or form.last_day.data < max(rule.starts, _today()):
        earliest = in_words(max(rule.starts, _today()))
        wrong = (rule.id, request.form.get("last_day", "")[:40], f"Enter a last day that is {earliest} or later")
        return _requirements(_requirement_form(), wrong=wrong), 422
    with writing(db.session()) as session:
        if requirements.end(session, rule.id, form.last_day.data):
            facts = {"last_day": form.last_day.data.isoformat()}
            ledger.audit(session, person().id, "ended requirement", f"requirement:{rule.id}", clock.now(), **facts)
    return redirect(url_for(".requirements", said="ended"), 303)


# ---- Numbers for help --------------------------------------------------------------------------------------------------

@bp.get("/contacts")
@needs(Permission.OFFICE)
def contacts() -> str:
    """Every kind of local number, for the partnership and for each agency."""
    given = {(contact.key, contact.agency_id): contact for contact in tenancy.contacts(db.session())}
    return render(
        "office/contacts.html", kinds=_kinds(), given=given, agencies=membership.agencies(db.session()), said=_said(("saved",)),
        stale={key for key, contact in given.items() if old(contact.checked_on, _today())},
    )


def _contact_form(kind: Contact, own: LocalContact | None) -> ContactForm:
    facts = {"name": own.name, "number": own.number, "note": own.note} if own else {"name": kind.name, "number": "", "note": kind.note}
    return ContactForm(request.form or None, data=facts)


def _kind(key: str, agency: int) -> tuple[Contact, Agency | None] | None:
    """A kind of number with the agency it is for (0: the partnership itself)."""
    kind = next((contact for contact in _kinds() if contact.id == key), None)
    place = next((found for found in membership.agencies(db.session()) if found.id == agency), None)
    return (kind, place) if kind and (place or agency == 0) else None


def _own(kind: Contact, place: Agency | None) -> LocalContact | None:
    id = place.id if place else None
    return next((contact for contact in tenancy.contacts(db.session()) if contact.key == kind.id and contact.agency_id == id), None)


@bp.get("/contacts/<key>/<int:agency>")
@needs(Permission.OFFICE, load=_kind, into="where")
def contact(where: tuple[Contact, Agency | None]) -> str:
    return _contact(where, _contact_form(where[0], _own(*where)))


def _contact(where: tuple[Contact, Agency | None], form: ContactForm) -> str:
    return render("office/contact.html", kind=where[0], place=where[1], own=_own(*where), form=form, errors=problems(form))


@bp.post("/contacts/<key>/<int:agency>")
@needs(Permission.OFFICE, load=_kind, into="where")
def save_contact(where: tuple[Contact, Agency | None]) -> Any:
    kind, place = where
    own = _own(kind, place)
    form = _contact_form(kind, own)
    if form.validate() and form.number.data and not form.checked.data:
        form.checked.errors = ["Call the number to check it, then tick this"]
    if form.errors:
        return _contact(where, form), 422
    entry = LocalContact(kind.id, place.id if place else None, form.name.data, form.number.data, form.note.data, _today())
    with writing(db.session()) as session:
        tenancy.save_contact(session, entry, person().id, clock.now())
        facts = {"agency": entry.agency_id, "number": entry.number}
        ledger.audit(session, person().id, "saved contact", f"contact:{kind.id}", clock.now(), **facts)
    _forget()
    return redirect(url_for(".contacts", said="saved"), 303)


# ---- The partnership ---------------------------------------------------------------------------------------------------

def _partnership_form(given: MultiDict[str, str] | None) -> PartnershipForm:
    now = tenancy.partnership(db.session())
    return PartnershipForm(given, data={name: getattr(now, name) for name in Partnership.__slots__})


@bp.get("/partnership")
@needs(Permission.OFFICE)
def partnership() -> str:
    kept = confirming.kept()
    return _partnership(_partnership_form(kept), kept is not None)


def _partnership(form: PartnershipForm, kept: bool = False) -> str:
    return render("office/partnership.html", form=form, errors=problems(form), kept=kept, said=_said(("saved",)))


@bp.post("/partnership")
@needs(Permission.OFFICE)
def save_partnership() -> Any:
    form = _partnership_form(request.form or None)
    if not form.validate():
        return _partnership(form), 422
    if not confirming.fresh():
        return confirming.first(url_for(".partnership"))
    facts = {name: form[name].data for name in Partnership.__slots__}
    with writing(db.session()) as session:
        tenancy.save_partnership(session, Partnership(**facts))
        ledger.audit(session, person().id, "changed partnership", "partnership", clock.now(), **facts)
    _forget()
    return redirect(url_for(".partnership", said="saved"), 303)


# ---- Tools -------------------------------------------------------------------------------------------------------------

@bp.get("/tools")
@needs(Permission.SET_TOOL_ADDRESS)
def tools() -> str:
    return _tools(None, None, confirming.kept())


def _tools(slug: str | None, wrong: ToolForm | None, kept: MultiDict[str, str] | None = None) -> str:
    forms = {}
    for tool in catalogue().tools.values():
        address = tenant().tools.get(tool.slug, "")
        typed = kept if kept and any(name.startswith(f"{tool.slug}-") for name in kept) else None
        plain = ToolForm(typed, data={"address": address, "licence": bool(address)}, prefix=tool.slug)
        forms[tool.slug] = wrong if wrong and tool.slug == slug else plain
    return render(
        "office/tools.html", tools=catalogue().tools.values(), forms=forms, errors=problems(wrong) if wrong else [], kept=kept is not None,
        said=_said(("saved",)),
    )


@bp.post("/tools/<slug>")
@needs(Permission.SET_TOOL_ADDRESS)
def save_tool(slug: str) -> Any:
    """Say where a tool is kept. The licence is confirmed anew each time."""
    tool = tool_or_404(slug)
    form = ToolForm(request.form or None, prefix=tool.slug)
    if not form.validate():
        return _tools(slug, form), 422
    if not confirming.fresh():
        return confirming.first(url_for(".tools"))
    with writing(db.session()) as session:
        tenancy.set_tool_address(session, slug, form.address.data, form.licence.data, person().id, clock.now())
        facts = {"address": form.address.data, "licence": form.licence.data}
        ledger.audit(session, person().id, "set tool address", f"tool:{slug}", clock.now(), **facts)
    _forget()
    return redirect(url_for(".tools", said="saved"), 303)


# ---- Mail kept on this computer ----------------------------------------------------------------------------------------

NEWEST = 200
_EML = re.compile(r"[0-9A-Za-z-]{1,60}\.eml")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the folder: who it is for and what it says. ``parts`` of its text are plain words or, when True, links."""

    name: str
    to: str
    subject: str
    date: str
    parts: tuple[tuple[str, bool], ...] = ()


def _folder() -> Path:
    return cookies.settings().data / "mail"


def _letter(path: Path, whole: bool) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",)) if whole else None
    text = str(body.get_content()) if body else ""
    return Letter(path.name, str(message["To"] or ""), str(message["Subject"] or ""), str(message["Date"] or ""), _parts(text))


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    at = 0
    for found in _LINK.finditer(text):
        link = found[0].rstrip(".,;:!?)")
        parts += [(text[at : found.start()], False), (link, link.startswith(f"{cookies.settings().url}/"))]
        at = found.start() + len(link)
    return (*parts, (text[at:], False))


@bp.get("/mail")
@needs(Permission.READ_MAIL_FOLDER)
def mail() -> str:
    """The newest messages, where there is no mail server to send them."""
    folder = _folder()
    files = sorted((path for path in folder.glob("*.eml") if _EML.fullmatch(path.name)), reverse=True) if folder.is_dir() else []
    letters = [_letter(path, whole=False) for path in files[:NEWEST]]
    return render("office/mail.html", letters=letters, count=len(files), sends=cookies.settings().smtp is not None)


@bp.get("/mail/<name>")
@needs(Permission.READ_MAIL_FOLDER)
def letter(name: str) -> str:
    path = _folder() / name
    if not _EML.fullmatch(name) or not path.is_file():
        abort(404)
    return render("office/letter.html", letter=_letter(path, whole=True))

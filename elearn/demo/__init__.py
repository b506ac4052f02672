"""Fills an empty database with a believable partnership, so that the site can be seen and tried as it is in use."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from elearn.actions import passwords, publishing
from elearn.actions.effect import acknowledge
from elearn.content.library import Library
from elearn.content.markdown import Outside
from elearn.demo.history import DAYS, NEWS, History, Someone, editions
from elearn.demo.partnership import NUMBERS, OFFICE, STAFF, TEAMS, TOOL_ADDRESS, WESTMERE
from elearn.demo.people import CAST, CHANGES_NAME, CURIOUS, GCP2, L1, NEGLECT, TAKEN_BACK, Plan, Way, everyone
from elearn.records import ledger, people, releases, requirements, tenancy
from elearn.records.outbox import JobRow
from elearn.records.people import AgencyRow, ManagerRow, PersonRow, TeamRow
from elearn.records.tenancy import LocalContact
from elearn.rules.courses import Course, Size, Tool
from elearn.rules.requirements import Member, Requirement
from elearn.rules.validity import Validity, local_day

PASSWORD = "westmere-learning-zone"  # noqa: S105  (printed for everyone: the demo is served on this computer alone)
SEED = 1989
MARK = "demo"
"""The file in the data folder that says what it holds, and keeps it from being served to others."""


class NotEmpty(Exception):
    """There are people here already, and the demo must never be mixed with them."""


def fill(session: Session, library: Library, now: datetime, outside: Outside, plans: Sequence[Plan] | None = None) -> None:
    """Write the whole partnership with two years of history up to *now*; within one transaction that may write.

    The same day, seed and content give the same people and the same standings. *plans* are fewer people than everyone; CAST
    must be among them. Raises NotEmpty.
    """
    if session.scalar(select(PersonRow.id).limit(1)) is not None:
        raise NotEmpty("There are people in this data folder already. The demo needs an empty one: set ELEARN_DATA to a new folder.")
    random, zone = Random(SEED), ZoneInfo(WESTMERE.zone)
    today = local_day(now, zone)
    since = today - timedelta(days=DAYS)
    began = datetime.combine(since, time(9), UTC)
    tenancy.save_partnership(session, WESTMERE)
    courses = _publish(session, library, since, outside, now)
    someones = _people(session, plans or everyone(random), today, began)
    by_mail = {one.plan.mail: one for one in someones}
    ruth = next(one for one in someones if one.plan.administrator)
    rules = _requirements(session, since, ruth.id, began)
    _local_facts(session, ruth.id, today, began)
    history = History(session, courses, zone, now, random)
    for one in someones:
        history.live_through(one, rules)
    _training_days(history, someones, since)
    _decisions(history, someones, by_mail, ruth)
    if tool := library.tools.get("gcp2"):
        _visits(history, someones, by_mail, tool)
    _passed_round(history, someones, library)
    _taught(history, someones, library)
    history.play()
    _news(session, library, now)
    session.execute(delete(JobRow).where(JobRow.name == "print"))  # each PDF is printed when somebody first asks for it


def _news(session: Session, library: Library, now: datetime) -> None:
    """Some of those who hold a briefing that changed have read what is new; the others are asked to."""
    material = publishing.material(releases.turns(session))
    for slug in NEWS.keys() & library.courses.keys():
        for id in session.scalars(select(PersonRow.id).where(PersonRow.id % 3 == 0).order_by(PersonRow.id)):
            acknowledge(session, id, library.courses[slug], material.get(slug, ()), now - timedelta(minutes=30))


def mark(data: Path) -> None:
    """Say, in the data folder, that it holds the demo."""
    (data / MARK).write_text("This folder holds the demo. Its passwords are known to everyone.\n", "utf-8")


def sign_ins() -> str:
    """A table of the people one can sign in as."""
    shown = [plan for plan in CAST if plan.signs_in]
    wide = max(len(plan.mail) for plan in shown)
    rows = [f"  {plan.mail:<{wide}}  {plan.name}: {plan.signs_in[0].lower()}{plan.signs_in[1:]}" for plan in shown]
    return "\n".join([f"Sign in to the demo as any of these. The password is always: {PASSWORD}", *rows])


def _publish(session: Session, library: Library, since: date, outside: Outside, now: datetime) -> Mapping[str, Sequence[Course]]:
    """Keep what is live, and earlier editions of it from before the history begins."""
    found: dict[str, Sequence[Course]] = {}
    for slug, course in library.courses.items():
        older = editions(library.sources[slug], course, since, outside)
        for edition, source in older:
            first = datetime.combine(edition.law_as_at, time(6), UTC)
            releases.keep(session, slug, edition.version, edition.kind, source.to_json(), first)
        found[slug] = [*(edition for edition, _ in older), course]
    session.flush()
    publishing.keep_releases(session, library, min(now, max(datetime.combine(c.law_as_at, time(6), UTC) for c in library.courses.values())))
    for slug, each in found.items():
        for before, course in zip([None, *each], each, strict=False):
            size, text = (Size.MATERIAL, NEWS[slug][1]) if slug in NEWS and course is each[-1] else (Size.MINOR, "")
            at = min(now, datetime.combine(course.law_as_at, time(6), UTC))
            releases.turn(session, slug, course.version, before.version if before else None, at, size if before else None, text if before else "")
    return found


def _people(session: Session, plans: Sequence[Plan], today: date, began: datetime) -> list[Someone]:
    agencies = {name: AgencyRow(name=name) for name in dict.fromkeys(team.agency for team in TEAMS)}
    session.add_all(agencies.values())
    session.flush()
    teams = {plan.name: TeamRow(agency_id=agencies[plan.agency].id, name=plan.name, code=plan.code) for plan in TEAMS}
    session.add_all(teams.values())
    session.flush()
    password = passwords.make(PASSWORD)
    rows = [
        PersonRow(
            name=plan.name, email=people.plain_email(plan.mail), team_id=teams[plan.team].id, role=plan.role, job=plan.job,
            joined=joined, trainer=plan.trainer, administrator=plan.administrator,
            password=password if plan.signs_in else None, created=max(began, datetime.combine(joined, time(9), UTC)),
        )
        for plan in plans for joined in [today - timedelta(days=plan.joined)]
    ]
    session.add_all(rows)
    session.flush()
    managers = {plan.manages[0]: row for plan, row in zip(plans, rows, strict=True) if plan.manages}
    for team, row in managers.items():
        session.add(ManagerRow(team_id=teams[team].id, person_id=row.id, since=max(began, row.created)))
    session.flush()
    ruth = next(row for row in rows if row.administrator)
    return [
        Someone(
            row.id, plan, Member(row.id, teams[plan.team].agency_id, row.team_id, row.role, row.joined, _left(plan, today)),
            managers[plan.team].id if managers.get(plan.team, row) is not row else ruth.id,
        )
        for plan, row in zip(plans, rows, strict=True)
    ]


def _left(plan: Plan, today: date) -> date | None:
    """The last day of someone who has gone; nobody leaves within a month of joining."""
    return today - timedelta(days=plan.left) if plan.left and plan.left + 30 < plan.joined else None


def _requirements(session: Session, since: date, by: int, now: datetime) -> list[Requirement]:
    everyone_l1 = Requirement(0, L1, Validity("rolling", 36, 60), 30, since, soon_days=14)
    yearly = Requirement(0, NEGLECT, Validity("rolling", 12, 30), 60, since)
    for_staff = Requirement(0, CURIOUS, Validity("anniversary", 12, 60), 90, since, role=STAFF)
    teams = {team.name: team.id for team in people.teams(session)}
    for_tool = [
        Requirement(0, GCP2, Validity("rolling", 24, 60), 180, since, team_id=teams[team.name], role=STAFF) for team in TEAMS if team.gcp2
    ]
    for requirement in (everyone_l1, yearly, for_staff, *for_tool):
        requirements.add(session, requirement, by, now)
    return list(requirements.all_requirements(session))


def _local_facts(session: Session, by: int, today: date, now: datetime) -> None:
    for key, (name, number, note) in NUMBERS.items():
        tenancy.save_contact(session, LocalContact(key, None, name, number, note, today - timedelta(days=18)), by, now)
    tenancy.set_tool_address(session, "gcp2", TOOL_ADDRESS, licence_held=True, by=by, now=now)
    ledger.audit(session, by, "tool address set", "tool:gcp2", now, address=TOOL_ADDRESS)


PLACES = ("Westmere Town Hall, room 2", "Oakfield Family Centre, the garden room", "Riverside Family Hub, upstairs")


def _training_days(history: History, someones: Sequence[Someone], since: date) -> None:
    """A day of the GCP2 course every seven weeks or so, for the teams that need it, by two trainers in turn."""
    trainers = [one for one in someones if one.plan.trainer]
    tool_teams = {team.name for team in TEAMS if team.gcp2}
    wait = [
        one for one in someones
        if one.plan.team in tool_teams and one.plan.role == STAFF and one.plan.way in {Way.PROMPT, Way.LATE}
        and one.plan.joined > 120 and not one.plan.trainer
    ]
    history.random.shuffle(wait)
    wait.sort(key=lambda one: not one.plan.signs_in)
    day, number = since + timedelta(days=9), 0
    while wait and day < history.today:
        if day.weekday() > 4:
            day += timedelta(days=7 - day.weekday())
        came = [one for one in wait if one.member.joined < day and (one.member.left is None or one.member.left > day)][:9]
        # Whoever the demo is shown with must be in date: they come to a later day.
        came = [one for one in came if not one.plan.signs_in or (history.today - day).days < 400]
        history.training_day(trainers[number % len(trainers)], GCP2, day, PLACES[number % len(PLACES)], came)
        wait = [one for one in wait if one not in came]
        day, number = day + timedelta(days=50), number + 1


def _decisions(history: History, someones: Sequence[Someone], by_mail: Mapping[str, Someone], ruth: Someone) -> None:
    """What managers and the office decided about people: time off, more time, one more try, a name, a certificate taken back."""
    today = history.today
    here = [one for one in someones if one.member.left is None and not one.plan.signs_in]
    never = [one for one in here if one.plan.way is Way.NEVER and one.plan.joined > 200]
    for one, months in zip(never[:5], (4, 5, 6, 7, 8), strict=False):
        history.exempt(one, L1, today - timedelta(days=40), "on leave to look after a new baby", today + timedelta(days=30 * months))
        history.exempt(one, NEGLECT, today - timedelta(days=40), "on leave to look after a new baby", today + timedelta(days=30 * months))
    for one in never[5:9]:
        history.extend(one, L1, today - timedelta(days=15), "back from a long illness", today + timedelta(days=25))
    for one in [one for one in here if one.plan.way is Way.LAPSING and one.plan.role == STAFF][:3]:
        history.extend(one, NEGLECT, today - timedelta(days=12), "covering for two colleagues", today + timedelta(days=30))
    for one in never[9:11]:
        history.allowed_again(one, L1, today - timedelta(days=90))
    renamed, new_name = by_mail[CHANGES_NAME[0]], CHANGES_NAME[1]
    history.change_name(renamed, L1, today - timedelta(days=75), new_name, ruth.id)
    history.take_back(by_mail[TAKEN_BACK], NEGLECT, today - timedelta(days=33), ruth.id, "Taken on a shared computer in a colleague’s name")


SHARE = {"card": 0.3, "strategy": 0.12, "videos": 0.2, "poster": 0.1}
"""Of the people in a team that takes part, how many read a resource of each kind in the month of its theme."""


JOINED = {"safer7": 0.12, "elearning": 0.04}
"""The same for courses that nobody asks of them."""

ASKED = (L1, NEGLECT, CURIOUS, GCP2)


def _passed_round(history: History, someones: Sequence[Someone], library: Library) -> None:
    """In the month of each theme its briefings, courses, cards, films and posters are read, in some teams more than in others.

    It draws by chance of its own, so that what people do about what is asked of them stays the same. Whom one meets by name does no more
    than is said of them.
    """
    random = Random(SEED + 1)
    unasked = History(history.session, history.courses, history.zone, history.now, random)
    keen = {team.name: random.choice((0.2, 0.6, 1.0, 1.4)) for team in TEAMS}
    months = [
        (theme.month, [resource for slug in theme.items if (resource := library.resources.get(slug))]) for theme in library.themes.values()
    ]
    extra = [
        (theme.month, slug) for theme in library.themes.values() for slug in theme.items
        if slug in library.courses and library.courses[slug].kind in JOINED and slug not in ASKED
    ]
    for one in someones:
        if one.plan.way in {Way.NEVER, Way.STARTED}:
            continue
        for month, found in months:
            for resource in found:
                day = month + timedelta(days=random.randrange(28))
                if random.random() < SHARE[resource.kind] * keen[one.plan.team] and _here(one, day):
                    unasked.pass_round(one, resource, day)
        for month, slug in extra if one.plan not in CAST else ():
            day = month + timedelta(days=random.randrange(28))
            if random.random() < JOINED[library.courses[slug].kind] * keen[one.plan.team] and _here(one, day):
                unasked.join_in(one, slug, day)
        day = history.today - timedelta(days=random.randint(1, 90))
        if library.resources and random.random() < 0.15 and _here(one, day):
            unasked.pass_round(one, random.choice(list(library.resources.values())), day)
    history.acts += unasked.acts


COMES = 0.04
"""Of the people in a team that takes part, how many come to a day of live training in the month of its theme."""


def _taught(history: History, someones: Sequence[Someone], library: Library) -> None:
    """In the month of each theme a day of each of its live courses, to which people of several teams come. By chance of its own, as above."""
    random = Random(SEED + 2)
    own = History(history.session, history.courses, history.zone, history.now, random)
    keen = {team.name: random.choice((0.2, 0.6, 1.0, 1.4)) for team in TEAMS}
    trainers = [one for one in someones if one.plan.trainer]
    may_come = [one for one in someones if one.plan not in CAST and not one.plan.trainer and one.plan.way not in {Way.NEVER, Way.STARTED}]
    held = [
        (theme.month, slug) for theme in library.themes.values() for slug in theme.items
        if slug in library.courses and library.courses[slug].kind == "live"
    ]
    for number, (month, slug) in enumerate(held):
        day = month + timedelta(days=random.randrange(3, 26))
        day -= timedelta(days=max(0, day.weekday() - 4))
        came = [one for one in may_come if random.random() < COMES * keen[one.plan.team] and _here(one, day)]
        if came and day >= trainers[0].member.joined:
            own.training_day(trainers[number % len(trainers)], slug, day, PLACES[number % len(PLACES)], came)
    history.acts += own.acts


def _here(one: Someone, day: date) -> bool:
    return one.member.joined <= day and (one.member.left is None or day <= one.member.left)


def _visits(history: History, someones: Sequence[Someone], by_mail: Mapping[str, Someone], tool: Tool) -> None:
    """Who went to the tool: some were let in, and some were told what was missing."""
    bethan, amira = by_mail["bethan.rees@wch.example"], by_mail["amira.khan@oakfield.example"]
    for days in range(5, 200, 13):
        history.knock(bethan, tool, history.today - timedelta(days=days))
    history.knock(amira, tool, history.today - timedelta(days=2))
    tool_teams = {team.name for team in TEAMS if team.gcp2} | {OFFICE}
    for one in someones:
        if one.plan.team in tool_teams and one.plan.role == STAFF and one.plan.joined > 400 and one.member.left is None:
            history.knock(one, tool, history.today - timedelta(days=history.random.randint(1, 120)))

"""Bringing people in from outside: a list from a spreadsheet, all of it or nothing, and the first administrator."""
from __future__ import annotations

import csv
import io
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from elearn.actions import Refused
from elearn.actions.teams import new_code
from elearn.records import ledger, membership, people, sessions
from elearn.records.people import PersonRow, plain_email
from elearn.rules.certificates import clean_name

COLUMNS = ("name", "email", "agency", "team", "role", "job", "joined", "manages")
"""What a file may hold. The first five must be there; *joined* is a date such as 2026-05-26; *manages* is yes or empty."""

NEEDED = COLUMNS[:5]
ROLES = ("staff", "volunteer", "student")
MOST_ROWS = 20_000
MOST_BYTES = 10_000_000
LONGEST = 200
LINK_LIFE = timedelta(hours=1)
OFFICE = "Partnership office"

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")


class Unusable(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One sound row. ``line`` counts from 1, the heading being the first."""

    line: int
    name: str
    email: str
    agency: str
    team: str
    role: str
    job: str
    joined: date
    manages: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: whom it would add, who is known already, which teams are new, and which rows are wrong."""

    new: tuple[Newcomer, ...] = ()
    known: tuple[Newcomer, ...] = ()
    teams: tuple[tuple[str, str], ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    lines: dict[str, int] = field(default_factory=dict)


def read(path: Path) -> Sequence[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file with their lines, by column, spaces at the ends removed. Raises Unusable.

    Comma or semicolon; UTF-8, with or without the mark that spreadsheets put first.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None
    if len(raw) > MOST_BYTES:
        raise Unusable(f"{path} is larger than 10 MB. Split it.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(f"{path} is not UTF-8 text. In the spreadsheet choose “CSV UTF-8” when you save it.") from None
    heading = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=";" if heading.count(";") > heading.count(",") else ",")
    try:
        rows = [(table.line_num, [cell.strip() for cell in row]) for row in table]
    except csv.Error as error:
        raise Unusable(f"{path}, line {table.line_num}: {error}.") from None
    if not rows:
        raise Unusable(f"{path} is empty.")
    columns = [cell.casefold() for cell in rows[0][1]]
    if missing := [name for name in NEEDED if name not in columns]:
        raise Unusable(f"{path} has no column {', '.join(missing)}. It needs {', '.join(NEEDED)}, and may have {', '.join(COLUMNS[5:])}.")
    if len(rows) > MOST_ROWS:
        raise Unusable(f"{path} has more than {MOST_ROWS} rows. Split it.")
    return [(line, dict(zip(columns, cells, strict=False))) for line, cells in rows[1:] if any(cells)]


def plan(session: Session, rows: Sequence[tuple[int, Mapping[str, str]]], now: datetime) -> Plan:
    """What importing these rows would do; reading only."""
    teams = {(team.agency.casefold(), team.name.casefold()): (team.agency, team.name) for team in people.teams(session)}
    seen = _Seen()
    new, known, wrong, fresh = [], [], [], dict[tuple[str, str], tuple[str, str]]()
    for line, row in rows:
        faults = _faults(row, line, seen, now.date())
        if faults:
            wrong.append(f"Line {line}: {' '.join(faults)}")
            continue
        newcomer = _newcomer(line, row, now.date())
        if people.profile_by_email(session, newcomer.email):
            known.append(newcomer)
            continue
        new.append(newcomer)
        key = (newcomer.agency.casefold(), newcomer.team.casefold())
        if key not in teams:
            fresh.setdefault(key, (newcomer.agency, newcomer.team))
    return Plan(tuple(new), tuple(known), tuple(fresh.values()), tuple(wrong))


def _faults(row: Mapping[str, str], line: int, seen: _Seen, today: date) -> list[str]:
    """What is wrong with one row, each in a sentence."""
    faults = [f"There is no {name}." for name in NEEDED if not row.get(name)]
    faults += [f"The {name} is longer than {LONGEST} characters." for name, value in row.items() if value and len(value) > LONGEST]
    if row.get("name") and not clean_name(row["name"]):
        faults.append("The name has no letters that can be seen.")
    if email := row.get("email"):
        if not _EMAIL.fullmatch(email):
            faults.append(f"{email} is not an e-mail address.")
        elif before := seen.lines.get(plain_email(email)):
            faults.append(f"{email} is in line {before} already.")
        else:
            seen.lines[plain_email(email)] = line
    if row.get("role") and row["role"].casefold() not in ROLES:
        faults.append(f"The role {row['role']} is not one of {', '.join(ROLES)}.")
    if row.get("manages", "").casefold() not in {"", "yes", "no"}:
        faults.append("Manages is yes, no or empty.")
    if joined := row.get("joined"):
        try:
            if date.fromisoformat(joined) > today:
                faults.append(f"{joined} has not come yet.")
        except ValueError:
            faults.append(f"{joined} is not a date such as 2026-05-26.")
    return faults


def _newcomer(line: int, row: Mapping[str, str], today: date) -> Newcomer:
    return Newcomer(
        line=line, name=clean_name(row["name"]), email=row["email"], agency=clean_name(row["agency"]), team=clean_name(row["team"]),
        role=row["role"].casefold(), job=clean_name(row.get("job") or ""),
        joined=date.fromisoformat(row["joined"]) if row.get("joined") else today, manages=row.get("manages", "").casefold() == "yes",
    )


def carry_out(session: Session, planned: Plan, now: datetime) -> int:
    """Add the people of a plan, with their teams; returns how many. Raises Refused when a row is wrong."""
    if planned.wrong:
        raise Refused(planned.wrong[0])
    for newcomer in planned.new:
        team_id = _team(session, newcomer.agency, newcomer.team)
        person = PersonRow(
            name=newcomer.name, email=plain_email(newcomer.email), team_id=team_id, role=newcomer.role, job=newcomer.job,
            joined=newcomer.joined, created=now,
        )
        session.add(person)
        session.flush()
        if newcomer.manages:
            membership.add_charge(session, team_id, person.id, now, None)
    if planned.new:
        ledger.audit(session, None, "people imported", "people", now, count=len(planned.new))
    return len(planned.new)


def _team(session: Session, agency: str, name: str) -> int:
    """The id of the team, made now if there is none."""
    there = people.teams(session)
    for team in there:
        if (team.agency.casefold(), team.name.casefold()) == (agency.casefold(), name.casefold()):
            return team.id
    known = {found.name.casefold(): found.id for found in membership.agencies(session)}
    agency_id = known.get(agency.casefold()) or membership.add_agency(session, agency)
    return membership.add_team(session, agency_id, name, new_code(name, {team.code for team in there}))


def add_administrator(session: Session, name: str, email: str, now: datetime) -> str:
    """Make someone an administrator, adding them if need be; returns the secret of a link that lets them in once, for an hour.

    Raises Refused for a name or an address that is none, and for someone who has left or is suspended.
    """
    name = clean_name(name)
    if not name:
        raise Refused("The name has no letters that can be seen.")
    if not _EMAIL.fullmatch(email.strip()) or len(email) > LONGEST:
        raise Refused(f"{email} is not an e-mail address.")
    found = people.profile_by_email(session, email)
    if found and (found.left or found.suspended):
        raise Refused(f"{found.name} has left or is suspended, and so cannot be an administrator.")
    row = session.get(PersonRow, found.id) if found else None
    if row is None:
        team_id = _team(session, OFFICE, OFFICE)
        row = PersonRow(name=name, email=plain_email(email), team_id=team_id, role="staff", joined=now.date(), created=now)
        session.add(row)
    row.administrator = True
    session.flush()
    ledger.audit(session, None, "administrator made", f"person:{row.id}", now)
    secret = secrets.token_urlsafe(32)
    sessions.make_link(session, secret, "reset", row.id, now, LINK_LIFE)
    return secret

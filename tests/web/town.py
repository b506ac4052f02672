"""A small town for asking who may see what: five kinds of person, their neighbours near and far, and something of everyone's."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import checking, evidence, quizzes, reading
from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.records import learning, live, requirements, sessions, tenancy
from elearn.records.db import sqlite_module, writing
from elearn.records.tenancy import Partnership
from elearn.rules.certificates import CODE_BYTES, new_code
from elearn.rules.evidence import FactKind
from elearn.rules.requirements import Requirement
from elearn.rules.validity import NEVER
from tests import builders
from tests.builders import Who
from tests.web.invariants import MEANT

PERSONAS: Final = ("visitor", "learner", "manager", "trainer", "administrator")
"""Who asks. All but the visitor share a team."""

WHOSE: Final = ("own", "team", "agency", "far", "unknown")
"""Whose thing is asked for: one's own, a team-mate's, a colleague's in another team, someone's in another agency, nobody's."""

NEIGHBOUR: Final = {"team": "mia", "agency": "dina", "far": "omar"}
TRAINER_OF: Final = {"own": "trainer", "team": "tim", "agency": "tom", "far": "tara"}

WESTMERE: Final = Partnership(
    "Westmere Safeguarding Partnership", "Learning Zone", "WM7", "Europe/London", "https://www.bbc.co.uk/weather", "Sam Hale", "Chair"
)

NOTHING: Final = {"certificate": new_code("WM7", bytes(range(CODE_BYTES))), "link": "never-sent-" + "x" * 32}
"""What was never issued; numbers are never so high here."""

COURSE, BRIEFING, READ_ONLY, LIVE = "child-abuse-and-neglect", "child-neglect", "professional-curiosity", "graded-care-profile-2"

ZONE = ZoneInfo("Europe/London")

PLACEHOLDER = re.compile(r"\{(\w+)\}")

UNSTEADY = {"session": ("seen",)}
"""What a look may change: when a session was last in use (noted every few minutes, so that idle ones end)."""


@dataclass(slots=True)
class Town:
    """The site with the town in it. ``things`` is kind -> whose it is (by key) -> what stands in an address."""

    app: Flask
    file: Path
    people: dict[str, Who]
    secrets: dict[str, str]
    teams: dict[str, int]
    things: dict[str, dict[str, str]]
    content: dict[str, str]
    """What belongs to nobody: a screen, a style sheet, a letter in the folder."""
    _watch: Any = None
    _saved: Any = None
    _version: int = 0
    _tokens: dict[str, tuple[FlaskClient, str]] = field(default_factory=dict)

    # ---- asking

    def client(self, persona: str) -> FlaskClient:
        return self._browser(persona)[0]

    def token(self, persona: str) -> str:
        """What the forms of this browser carry."""
        return self._browser(persona)[1]

    def _browser(self, persona: str) -> tuple[FlaskClient, str]:
        if persona not in self._tokens:
            client = self.app.test_client()
            if persona != "visitor":
                client.set_cookie("elearn", self.secrets[persona])
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/worried").get_data(as_text=True))
            assert found, "no form on the page holds a token"
            self._tokens[persona] = client, found[1]
        return self._tokens[persona]

    def address(self, pattern: str, persona: str, whose: str = "own") -> str:
        """*pattern* with every ``{kind}`` replaced by the one of that kind that is *whose*, seen from *persona*."""
        return PLACEHOLDER.sub(lambda match: self._thing(match[1], persona, whose), pattern)

    def _thing(self, kind: str, persona: str, whose: str) -> str:
        if kind in self.content:
            return self.content[kind]
        if whose == "unknown":
            return NOTHING.get(kind, "987654")
        if kind == "team":
            return str(self.teams[{"own": "red", "team": "red", "agency": "blue", "far": "far"}[whose]])
        owners = self.things[kind]
        if kind == "register":
            return owners[TRAINER_OF[whose]]
        return owners[persona if whose == "own" and persona != "visitor" else NEIGHBOUR.get(whose, "mia")]

    # ---- what is stored

    def changed(self) -> bool:
        """Whether anything was committed since the last time this was asked."""
        before, self._version = self._version, self._watch.execute("PRAGMA data_version").fetchone()[0]
        return bool(before != self._version)

    def dump(self) -> Mapping[str, str]:
        """Table -> a digest of its rows, without what a look may change."""
        return {table: sha256(repr(rows).encode()).hexdigest() for table, rows in self.rows().items()}

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table, row by row, as they are stored."""
        tables = [name for (name,) in self._watch.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {table: self._watch.execute(f"SELECT {self._columns(table)} FROM {table}").fetchall() for table in tables}

    def _columns(self, table: str) -> str:
        names = [row[1] for row in self._watch.execute(f"PRAGMA table_info({table})")]
        return ", ".join(f'"{name}"' for name in names if name not in UNSTEADY.get(table, ()))

    def save(self) -> None:
        """Remember everything as it is, to ``restore`` it later."""
        self._watch = sqlite_module().connect(str(self.file), isolation_level=None)
        self._saved = sqlite_module().connect(":memory:")
        self._watch.backup(self._saved)
        self.changed()

    def restore(self) -> None:
        """Put everything back as it was when it was saved."""
        writer = sqlite_module().connect(str(self.file), isolation_level=None)
        self._saved.backup(writer)
        writer.close()
        self.app.extensions["tenancy"].forget()
        self.app.extensions.pop("missed-numbers", None)
        self._tokens.clear()
        self.changed()

    @contextmanager
    def undone(self) -> Iterator[Town]:
        """Whatever happens in here has not happened."""
        try:
            yield self
        finally:
            self.restore()

    def close(self) -> None:
        self._watch.close()
        self._saved.close()
        self.app.extensions["printer"].close()
        builders.engine_of(self.app).dispose()


FORMULA: Final = '=HYPERLINK("http://evil.example")'

HASH: Final = "$argon2id$v=19$m=19456,t=2,p=1$Y2FuYXJ5Y2FuYXJ5$bm90LWEtcmVhbC1wYXNzd29yZC1oYXNo"
"""What stands in the place of everyone's password."""

NAMES: Final = {
    "learner": "Bob Adeyemi", "manager": "Alice Marchbanks", "trainer": "Tess Rowntree", "administrator": "Ada Kaurwell",
    "mia": "Mia Quillfeather", "dina": "Dina Ostrichson", "omar": "Omar Farhadova", "charlie": "Charlie Ngonyama",
    "tim": "Tim Underlay", "tom": "Tom Overwhelm", "tara": "Tara Distantia",
    "xena": f"{FORMULA} <script>alert(1)</script>\u202e{{{{7*7}}}}",
}
"""Names that no other word on any page holds. The last came by a side door: nobody could type it."""

TEAM_OF: Final = {"dina": "blue", "charlie": "blue", "tom": "blue", "omar": "far", "tara": "far"}
"""Everyone else is in red."""


def build(folder: Path) -> Town:
    """The town on a fresh site of its own."""
    made = builders.settings(folder)
    app = builders.site(made)
    town = Town(app, made.data / "elearn.sqlite", {}, {}, {}, {}, _content(app, made.data))
    with builders.opener(builders.engine_of(app))() as session, writing(session):
        _people(session, town, clock.now())
        for key, who in town.people.items():
            _leave_traces(session, town, key, who, clock.now())
        _rules(session, town, clock.now())
        tenancy.save_partnership(session, WESTMERE)
    app.extensions[MEANT] = _side_door(app, town)
    town.save()
    return town


def _side_door(app: Flask, town: Town) -> frozenset[str]:
    """What only Xena's name breaks, which nobody could type."""
    with builders.opener(builders.engine_of(app))() as session:
        found = checking.check(session, clock.now(), checking.reader(session, Outside())).breaches
    hers = {f"person {town.people['xena'].id}", f"certificate {town.things['certificate']['xena']}"}
    assert {breach.thing for breach in found} == hers, found
    return frozenset(map(str, found))


def _content(app: Flask, data: Path) -> dict[str, str]:
    unit, step = next(app.extensions["catalogue"].courses[COURSE].screens())
    (data / "mail").mkdir(exist_ok=True)
    (data / "mail" / "20260526-0001.eml").write_text("To: omar@westmere.example\nSubject: A letter\n\nHello.\n", "utf-8")
    return {"step": f"{unit.id}/{step.id}", "asset": next(iter(app.extensions["assets"])).hashed, "letter": "20260526-0001.eml"}


def _rules(session: Session, town: Town, now: datetime) -> None:
    """The briefing is asked of everyone; the managers are in office."""
    asked = Requirement(0, BRIEFING, NEVER, 30, now.date() - timedelta(days=30))
    rule = requirements.add(session, asked, town.people["administrator"].id, now)
    charge = session.scalar(text("SELECT min(id) FROM team_manager"))
    for kind, id in (("requirement", rule), ("charge", charge)):
        town.things[kind] = dict.fromkeys(town.people, str(id))


def _people(session: Session, town: Town, now: datetime) -> None:
    here, elsewhere = builders.agency(session, "Nearholt Council"), builders.agency(session, "Farmouth Trust")
    places = {"red": ("Redbeacon", here), "blue": ("Bluelagoon", here), "far": ("Farthing", elsewhere)}
    town.teams = {key: builders.team(session, agency, name) for key, (name, agency) in places.items()}
    for key, name in NAMES.items():
        team = town.teams[TEAM_OF.get(key, "red")]
        trains = key in TRAINER_OF.values()
        town.people[key] = builders.person(
            session, name, team, now, trainer=trains, administrator=key == "administrator", password=HASH
        )
    town.things["agency"] = {key: str(elsewhere if TEAM_OF.get(key) == "far" else here) for key in NAMES}
    for key, place in (("manager", "red"), ("charlie", "blue"), ("omar", "far")):
        town.people[key] = builders.manager(session, town.people[key], town.teams[place], now)


def _leave_traces(session: Session, town: Town, key: str, who: Who, now: datetime) -> None:
    """Everyone has read a briefing, failed its quiz once, asked for another try, earned a certificate, and sits a long quiz."""
    catalogue: Catalogue = town.app.extensions["catalogue"]
    briefing, course, read = (catalogue.courses[slug] for slug in (BRIEFING, COURSE, READ_ONLY))
    for unit, step in briefing.steps():
        reading.go_on(session, who.id, briefing, f"{unit.id}/{step.id}", now, ZONE)
    tried = quizzes.start(session, who.id, briefing, now, ZONE)
    attempt = learning.attempt(session, tried)
    assert attempt is not None
    quizzes.finish(session, briefing, attempt, now, ZONE)
    session.flush()
    learning.ask(session, who.id, "try-again", BRIEFING, now)
    learning.save_reflection(session, who.id, BRIEFING, f"private-thought-of-{key}-alone", False, now)
    code = evidence.complete(session, who.id, read, now, ZONE, FactKind.COMPLETED, who.id, "Passed, 3 of 3", via="quiz")
    town.secrets[key] = builders.sign_in(session, who, now)
    found = {
        "attempt": quizzes.start(session, who.id, course, now, ZONE), "finished": tried, "certificate": code, "person": who.id,
        "ask": session.scalar(text("SELECT id FROM ask WHERE person_id = :id"), {"id": who.id}),
        "session": session.scalar(text("SELECT id FROM session WHERE person_id = :id"), {"id": who.id}),
    }
    sessions.make_link(session, f"link-of-{key}-{'x' * 32}", "sign-in", who.id, now, timedelta(minutes=15))
    found["link"] = f"link-of-{key}-{'x' * 32}"
    if who.trainer:
        yesterday = now.date() - timedelta(days=1)
        found["register"] = live.add(session, LIVE, catalogue.courses[LIVE].version, yesterday, "Town hall", 360, who.id, now)
    for kind, thing in found.items():
        town.things.setdefault(kind, {})[key] = str(thing)

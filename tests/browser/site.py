"""The site as it is really served, on a port of its own, with a small demo partnership and something in every state."""
from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from waitress.server import create_server

from elearn import clock, demo
from elearn.actions import Refused, quizzes, reading
from elearn.actions.certificates import held
from elearn.actions.publishing import Catalogue
from elearn.content import library
from elearn.content.markdown import Outside
from elearn.demo.partnership import NUMBERS
from elearn.demo.people import CAST
from elearn.jobs import jobs, worker
from elearn.records import learning, ledger, live, releases, sessions
from elearn.records.certificates import CertificateRow
from elearn.records.db import Busy, writing
from elearn.records.people import PersonRow, TeamRow
from elearn.rules.certificates import CODE_BYTES, new_code
from elearn.rules.courses import Check, Course
from elearn.rules.evidence import FactKind
from elearn.rules.questions.base import Question
from elearn.rules.statistics import LEAST
from elearn.server import post_for
from elearn.settings import ROOT
from elearn.web.guard import public
from tests import builders
from tests.answering import right, wrong

LEVEL1, NEGLECT, CURIOUS, AFFLUENT = "child-abuse-and-neglect", "child-neglect", "professional-curiosity", "affluent-neglect"
LONDON = ZoneInfo("Europe/London")

KINDS: Final = (
    "single-choice", "multiple-choice", "true-false", "matching", "ordering", "gap-fill", "numeric", "short-text", "scenario",
)
"""The kinds of question that are marked, in the order in which Nia's open quiz asks them."""

FAULTS: Final[Mapping[str, Exception]] = {"409": Refused("You have used every try for now."), "503": Busy(), "500": RuntimeError("on purpose")}

SEED = 7
"""Nia's papers are always drawn the same."""


@dataclass(slots=True)
class Site:
    """Where the site is served, and what is in it. ``things`` are the numbers and codes that addresses need, by name."""

    app: Flask
    url: str
    people: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    _stop: Callable[[], None] = lambda: None

    def records(self) -> Session:
        return builders.opener(builders.engine_of(self.app))()

    @property
    def catalogue(self) -> Catalogue:
        found: Catalogue = self.app.extensions["catalogue"]
        return found

    def address(self, pattern: str) -> str:
        """*pattern* with every ``{thing}`` in it filled in."""
        return pattern.format(**self.things)

    def send_mail(self) -> None:
        """What the server's background work does every few seconds."""
        settings = self.app.extensions["settings"]
        worker.run_due(builders.opener(builders.engine_of(self.app)), jobs(self.app.extensions["printer"], post_for(settings), self.url))

    def last_mail(self, to: str) -> str:
        """The words of the newest message to *to*. Raises AssertionError when there is none."""
        self.send_mail()
        for path in sorted((self.app.extensions["settings"].data / "mail").glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if message["To"] and to in str(message["To"]):
                body = message.get_body(("plain",))
                assert body is not None
                return str(body.get_content())
        raise AssertionError(f"no mail to {to}")

    def close(self) -> None:
        self._stop()
        self.app.extensions["printer"].close()
        builders.engine_of(self.app).dispose()


def build(folder: Path) -> Site:
    """Make the site in *folder*, with everything in it, and serve it; close it at the end."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    made = builders.settings(folder, url=url)
    site = Site(builders.site(made), url)
    for code, error in FAULTS.items():
        site.app.add_url_rule(f"/fault/{code}", f"fault-{code}", _fault(error), methods=["GET", "POST"])
    _fill(site)
    site._stop = _serve(site.app, listening)
    return site


def _fault(error: Exception) -> Callable[[], Any]:
    def view() -> Any:
        raise error

    return public("a test looks at the page that says so")(view)


def _serve(app: Flask, listening: socket.socket) -> Callable[[], None]:
    """Serve with the server that is used for real; returns what stops it."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, sockets=[listening], threads=4, ident=None, clear_untrusted_proxy_headers=True)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def stop() -> None:
        server.close()
        server.task_dispatcher.shutdown()

    return stop


# ---- what is in it


def _fill(site: Site) -> None:
    now = clock.now()
    content, problems = library.load(ROOT / "modules", today=now.date())
    assert not problems
    with site.records() as session, writing(session):
        demo.fill(session, content, now, Outside(), CAST)
        _name(site, session)
        _add(site, session, now)


def _name(site: Site, session: Session) -> None:
    """Know the people of the demo by their first names."""
    for row in session.scalars(select(PersonRow).order_by(PersonRow.id)):
        site.people.setdefault(row.name.split()[0].casefold(), row.id)


def _add(site: Site, session: Session, now: datetime) -> None:
    """Nia, whose quizzes stand in every state, and whatever else a page needs to be there."""
    team = session.scalars(select(TeamRow).where(TeamRow.name == "Oakfield Family Centre")).one()
    for name in ("Nia Roberts", "Ola Nwosu", "Viv Price"):
        who = builders.person(session, name, team.id, now, role="volunteer", joined=timedelta(days=20))
        site.people[name.split()[0].casefold()] = who.id
    for key, id in site.people.items():
        site.secrets[key] = f"secret-of-{key}-in-a-browser"
        sessions.open_session(session, site.secrets[key], id, now, timedelta(hours=2), timedelta(hours=12), "Firefox on Linux")
    site.things |= {"team": str(team.id), "code": team.code, "unknown": new_code("WM7", bytes(range(CODE_BYTES)))}
    site.things |= {key: str(id) for key, id in site.people.items()}
    for purpose in ("sign-in", "reset"):
        site.things[f"link-{purpose}"] = f"a-link-to-{purpose}-{'x' * 24}"
        sessions.make_link(session, site.things[f"link-{purpose}"], purpose, site.people["joan"], now, timedelta(minutes=15))
    _quizzes(site, session, now)
    _states(site, session, now)
    _figures(site, session, now)


def _quizzes(site: Site, session: Session, now: datetime) -> None:
    nia, ola = site.people["nia"], site.people["ola"]
    level1, neglect = site.catalogue.courses[LEVEL1], site.catalogue.courses[NEGLECT]
    for course in (level1, neglect, site.catalogue.courses[CURIOUS]):
        for unit, step in course.steps():
            if not isinstance(step, Check):
                for who in (nia, ola):
                    reading.go_on(session, who, course, f"{unit.id}/{step.id}", now - timedelta(days=1), LONDON)
            elif step.question.kind in {"single-choice", "matching", "scenario", "reflection", "ordering", "multiple-choice", "numeric"}:
                site.things[f"check-{step.question.kind}"] = f"{unit.id}/{step.id}"
                learning.mark_step(session, ola, course.slug, f"{unit.id}/{step.id}", course.version, now, right(step.question))
    assert level1.quiz is not None
    site.things["bank-question"] = level1.quiz.questions[0].id
    site.things["first-screen"] = "/".join(str(part.id) for part in next(level1.screens()))
    site.things["sitting"] = str(sit(session, nia, level1, 1, one_of_each(level1), {}, now))
    learned = one_of_each(neglect)
    first = {0: wrong, **dict.fromkeys(range(1, len(learned)), right)}
    site.things["learning"] = str(sit(session, nia, neglect, 1, learned, first, now, checked=True))
    not_yet = sit(session, ola, level1, 1, one_of_each(level1), {0: right, 1: right, **dict.fromkeys(range(2, 9), wrong)}, now)
    site.things["not-yet"] = str(_finish(session, level1, not_yet, now))
    passed = sit(session, ola, level1, 2, one_of_each(level1), {0: wrong, **dict.fromkeys(range(1, 9), right)}, now)
    site.things["passed"] = str(_finish(session, level1, passed, now))
    site.things["review"] = str(sit(session, ola, neglect, 1, learned, dict.fromkeys(range(len(learned) - 1), right), now))


def _figures(site: Site, session: Session, now: datetime) -> None:
    """So many first attempts at one briefing that its figures can be shown, by people who have left since, so that they stand in no list."""
    course, team = site.catalogue.courses[AFFLUENT], builders.team(session, builders.agency(session, "A team that has gone"))
    assert course.quiz is not None
    paper, steps = one_of_each(course)[:5], [f"{unit.id}/{screen.id}" for unit, screen in course.screens()]
    for n in range(2 * LEAST):
        who = builders.person(session, f"Sitter {n}", team, now)
        session.execute(update(PersonRow).where(PersonRow.id == who.id).values(left=now.date()))
        for place, step in enumerate(steps[: 7 if n % 2 else 1 + n % 5]):
            at = now - timedelta(minutes=20 - place)
            learning.mark_step(session, who.id, AFFLUENT, step, course.version, at, begun_on=("phone", "computer")[n % 2] if not place else None)
        how = {place: wrong if (n + place) % (place + 2) == 0 or place == 4 else right for place in range(5)}
        _finish(session, course, sit(session, who.id, course, 1, paper, how, now), now)


def one_of_each(course: Course) -> Sequence[Question]:
    """The first question of every kind in the bank that is not one of those whose answer alone decides."""
    assert course.quiz is not None
    found = {question.kind: question for question in reversed(course.quiz.questions) if not question.critical}
    return [found[kind] for kind in KINDS if kind in found]


def sit(
    session: Session, who: int, course: Course, number: int, paper: Sequence[Question], how: Mapping[int, Callable[[Question], Any]],
    now: datetime, checked: bool = False,
) -> int:
    """An attempt at *paper*, with the questions in *how* (by place) answered that way; returns its number."""
    id = learning.add_attempt(session, who, course.slug, course.version, number, SEED, [question.id for question in paper], now)
    for place, way in how.items():
        learning.add_answer(session, id, paper[place].id, 1, f"key-{id}-{place}", way(paper[place]), checked, now)
    session.flush()
    return id


def _finish(session: Session, course: Course, id: int, now: datetime) -> int:
    attempt = learning.attempt(session, id)
    assert attempt is not None
    quizzes.finish(session, course, attempt, now, LONDON)
    return id


def _states(site: Site, session: Session, now: datetime) -> None:
    """One certificate in every state, a register, and a letter."""
    today = clock.now().astimezone(LONDON).date()
    for row in session.scalars(select(CertificateRow).order_by(CertificateRow.issued)):
        found = held(session, row.code)
        assert found is not None
        state = str(found.verdict(today, LONDON).kind)
        site.things[state] = row.code
        site.things[f"owner-of-{state}"] = str(row.person_id)
        if row.person_id == site.people["joan"] and state == "valid":
            site.things["joans"] = row.code
    *_, before, _ = [turn for turn in releases.turns(session) if turn.slug == "information-sharing"]
    at = now - timedelta(days=10)
    ledger.append(session, site.people["ola"], FactKind.COMPLETED, before.slug, at, at, version=before.version, minutes=7, via="reading")
    site.things["register"] = str(live.of_trainer(session, site.people["marcus"])[0].id)
    site.things["contact"] = next(iter(NUMBERS))
    site.things["letter"] = "20260526-0001.eml"
    folder = site.app.extensions["settings"].data / "mail"
    folder.mkdir(exist_ok=True)
    (folder / "20260526-0001.eml").write_text("To: omar@westmere.example\nSubject: A letter\n\nHello.\n", "utf-8")


def cookie(site: Site, who: str) -> dict[str, str]:
    """What a browser holds in which *who* is signed in."""
    return {"name": "elearn", "value": site.secrets[who], "url": site.url}

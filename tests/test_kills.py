"""The server itself, killed while people answer over HTTP: whatever it had acknowledged is there once, and it starts again."""
from __future__ import annotations

import http.client
import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import html5lib  # type: ignore[import-untyped]  # no types are published
import pytest
from sqlalchemy import text

from elearn.actions import checking, quizzes
from elearn.content.markdown import Outside
from elearn.records import learning
from elearn.records.db import writing
from elearn.rules.courses import Course
from elearn.rules.quiz import Paper
from tests import briefing, builders, crash, databases
from tests.answering import fields, right, wrong
from tests.databases import Database
from tests.page import Form, forms
from tests.test_server import LONGEST, free_port

PEOPLE = 4
KILLS = {"sqlite": 5, "postgresql": 10}
"""A few: each costs a start of the server. web/test_crash.py kills what writes the answers a hundred times, on both databases."""

Pair = tuple[str, str]


@dataclass
class Sitter:
    """Someone with a browser, who answers one question again and again, and sends again what they got no answer to."""

    secret: str
    attempt: int
    paper: Paper
    number: int
    turn: int = 0
    unheard: list[Pair] | None = None
    said: list[str] = field(default_factory=list)
    """The keys of the pages that were acknowledged."""

    @property
    def address(self) -> str:
        return f"/quiz/{self.attempt}/{self.number}"

    def form(self, page: str) -> Form:
        """The form of the question. Only that much of the page is parsed, which is slow work."""
        start = page.index('<form class="question"')
        root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page[start : page.index("</form>", start)])
        form, = forms(root, self.address)
        assert form.action == self.address
        return form

    def answer(self, port: int) -> None:
        """Send the next page, or again the one that was cut off. Raises OSError or HTTPException when no answer comes."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        headers = {"Cookie": f"elearn={self.secret}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            if self.unheard is None:
                connection.request("GET", self.address, headers=headers)
                page = connection.getresponse().read().decode()
                form = self.form(page)
                question = self.paper.questions[self.number - 1]
                self.turn += 1
                self.unheard = form.fill(fields(self.paper, question, (right, wrong)[self.turn % 2](question)), None)
            connection.request("POST", self.address, urlencode(self.unheard), headers)
            response = connection.getresponse()
            response.read()
            assert response.status == 303, f"{response.status} {response.reason}"
            self.said.append(dict(self.unheard)["key"])
            self.unheard = None
        finally:
            connection.close()


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that have everything imported already: that takes longer than all the rest of a start."""
    context = multiprocessing.get_context("forkserver")
    os.environ["ELEARN_CRASH_FREEZE"] = "1"
    context.set_forkserver_preload(["tests.crash"])
    return context


@contextmanager
def served(processes: ForkServerContext, data: Path, database: str, modules: Path) -> Iterator[tuple[BaseProcess, int]]:
    """The server as it is run, and its port; killed at the end, if it is still there."""
    port = free_port()
    hear, tell = processes.Pipe(duplex=False)
    process = processes.Process(target=crash.serve, args=(data, database, modules, port, tell))
    process.start()
    tell.close()
    said = b""
    try:
        while b"To stop" not in said:
            assert hear.poll(LONGEST), "it takes too long to start"
            block = os.read(hear.fileno(), 65536)
            assert block, f"it did not start: {(data / 'log').read_text('utf-8')[-2000:]}"
            said += block
        yield process, port
    finally:
        process.kill()
        process.join()
        hear.close()


def until_killed(process: BaseProcess, port: int, sitters: list[Sitter], after: int) -> None:
    """All answer at once; the server is killed in the middle of it, as soon as *after* answers more were acknowledged."""
    before, wrong_ends = sum(len(each.said) for each in sitters), []

    def answer(sitter: Sitter) -> None:
        while True:
            try:
                sitter.answer(port)
            except (OSError, http.client.HTTPException):
                return
            except Exception as error:
                wrong_ends.append(error)
                return
            if sum(len(each.said) for each in sitters) >= before + after:
                process.kill()

    threads = [threading.Thread(target=answer, args=(sitter,)) for sitter in sitters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong_ends, wrong_ends


def sit(database: Database, course: Course) -> list[Sitter]:
    """Four people in the middle of the quiz, signed in."""
    found, now = [], datetime.now(UTC)
    with database() as session, writing(session):
        team = builders.everybody(session, now).team_id
        for number in range(PEOPLE):
            who = builders.person(session, f"Sitter{number}", team, now)
            attempt = learning.attempt(session, quizzes.start(session, who.id, course, now, ZoneInfo("Europe/London")))
            assert attempt is not None
            paper = quizzes.paper_of(course, attempt)
            plain = next(n for n, question in enumerate(paper.questions, 1) if not question.stages({}) and question.mark({}).available)
            found.append(Sitter(builders.sign_in(session, who, now), attempt.id, paper, plain))
    return found


@pytest.mark.parametrize("kind", KILLS)
def test_the_server_killed_while_people_answer_loses_nothing_it_acknowledged_and_starts_again(
    kind: str, processes: ForkServerContext, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made, modules = builders.settings(tmp_path), briefing.alone(tmp_path)
    if kind == "sqlite":
        builders.make_tables(made.database)
        database = Database(kind, made.database, databases.connect(made.database))
    else:
        database = request.getfixturevalue("postgres").fresh()
    sitters, random = sit(database, briefing.course(modules)), Random(20260526)
    for _ in range(KILLS[kind]):
        with served(processes, made.data, database.url, modules) as (process, port):
            until_killed(process, port, sitters, random.randint(4, 16))
    with served(processes, made.data, database.url, modules) as (_, port):
        for sitter in sitters:
            if sitter.unheard:
                sitter.answer(port)  # whoever never heard sends the same page again

    with database() as session:
        stored = [tuple(row) for row in session.execute(text('SELECT attempt_id, "key" FROM answer'))]
        breaches = checking.check(session, datetime.now(UTC), checking.reader(session, Outside())).breaches
    database.close()
    said = {(sitter.attempt, key) for sitter in sitters for key in sitter.said}
    assert len(said) >= 4 * KILLS[kind], "enough was written to lose"
    assert len(said) == sum(len(sitter.said) for sitter in sitters), "no page was acknowledged twice"
    assert sorted(stored) == sorted(said), "all that was acknowledged is there, once, and nothing else"
    assert breaches == ()

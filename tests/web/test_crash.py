"""Killed at any moment, nothing that was acknowledged is lost or doubled; on a full disk nothing is called saved that is not."""
from __future__ import annotations

import multiprocessing
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from elearn.actions import quizzes
from elearn.records import learning
from elearn.records.db import adding, writing
from tests import builders, crash
from tests.answering import wrong
from tests.databases import Database

KILLS = 100
WRITERS = 4


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Starts processes that have everything imported and read already."""
    context = multiprocessing.get_context("forkserver")
    os.environ["ELEARN_CRASH_PRELOAD"] = "1"
    context.set_forkserver_preload(["tests.crash"])
    return context


def kill_once(processes: ForkServerContext, database: Database, attempts: list[int], turn: int, after: float) -> list[tuple[int, str, int]]:
    """Let four writers write, kill them *after* that many seconds of writing, and return what they said was saved."""
    hear, tell = processes.Pipe(duplex=False)
    process = processes.Process(target=crash.write_answers, args=(database.url, attempts, turn, tell), daemon=True)
    process.start()
    tell.close()
    said = os.read(hear.fileno(), 65536)
    assert said, "the writers died by themselves"
    time.sleep(after)  # so that the kill comes at a random moment; nothing waits for it to be long enough
    process.kill()
    process.join()
    while block := os.read(hear.fileno(), 65536):
        said += block
    hear.close()
    whole = (line.split() for line in said.decode().split("\n")[:-1])
    return [(int(attempt), key, int(id)) for attempt, key, id in whole]


def test_a_hundred_kills_lose_no_acknowledged_answer_and_double_none(processes: ForkServerContext, database: Database) -> None:
    course, now = crash.course(), datetime.now(UTC)
    attempts = []
    with database() as session, writing(session):
        team = builders.everybody(session, now).team_id
        for number in range(WRITERS):
            who = builders.person(session, f"Writer{number}", team, now)
            attempts.append(quizzes.start(session, who.id, course, now, ZoneInfo("Europe/London")))
    random, said = Random(20260526), []
    for turn in range(KILLS):
        said += kill_once(processes, database, attempts, turn, random.uniform(0, 0.08))

    with database() as session:
        if database.kind == "sqlite":
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        stored = {(attempt, key): id for attempt, key, id in session.execute(text("SELECT attempt_id, key, id FROM answer"))}
        rows = session.scalar(text("SELECT count(*) FROM answer"))
        gaps = session.scalar(text(
            "SELECT count(*) FROM "
            "(SELECT attempt_id, question FROM answer GROUP BY attempt_id, question HAVING max(revision) <> count(*)) AS gap"
        ))
    assert len(said) > KILLS, "enough was written to lose"
    lost = [(attempt, key) for attempt, key, id in said if stored.get((attempt, key)) != id]
    assert lost == []
    assert rows == len(stored), "no answer is there twice"
    assert gaps == 0, "no revision is missing or doubled"
    unheard = stored.keys() - {(attempt, key) for attempt, key, _ in said}
    assert len(unheard) <= KILLS * WRITERS, "each kill can cut off one reply of each writer"
    send_again(database, sorted(unheard)[:40], stored)


def send_again(database: Database, unheard: list[tuple[int, str]], stored: dict[tuple[int, str], int]) -> None:
    """Whoever never heard, and sends the same page again, gets the first receipt."""
    course = crash.course()
    for attempt_id, key in unheard:
        with database() as session:
            attempt = learning.attempt(session, attempt_id)
            assert attempt is not None
            question = quizzes.paper_of(course, attempt).questions[0]
            with adding(session):
                again = quizzes.answer(session, course, attempt, question, wrong(question), key, 0, False, datetime.now(UTC))
        assert (again.repeated, again.given.id) == (True, stored[attempt_id, key])


@pytest.fixture(params=["no file may grow", "a disk of 24 MB"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A folder that can be filled, and whether it is a disk of its own."""
    mounted = request.param != "no file may grow"
    if mounted:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(tmp_path)], capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield tmp_path, mounted
    if mounted:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_on_a_full_disk_nothing_is_called_saved_that_is_not_and_reading_goes_on(
    processes: ForkServerContext, small: tuple[Path, bool]
) -> None:
    hear, tell = processes.Pipe(duplex=False)
    process = processes.Process(target=crash.answer_until_the_disk_is_full, args=(str(small[0]), small[1], tell), daemon=True)
    process.start()
    tell.close()
    fault = hear.recv()
    process.join()
    assert fault == "", fault

"""What runs in a process of its own, to be killed or to find its disk full."""
from __future__ import annotations

import gc
import os
import resource
import sys
import threading
import traceback
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from elearn import server
from elearn.actions import quizzes
from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.documents.printer import Printer
from elearn.records import learning
from elearn.records.db import adding, writing
from elearn.rules.courses import Course
from elearn.settings import ROOT, Settings, read_keys
from tests import briefing, builders, databases
from tests.answering import right, wrong
from tests.page import Page
from tests.web.sitting import LEVEL1, begin, read_course

_kept: list[Course] = []


def course() -> Course:
    """The level 1 course, read once for all processes that start from this one."""
    if not _kept:
        catalogue = Catalogue(ROOT / "modules", date(2026, 11, 23), Outside(address=lambda slug: f"/learn/{slug}"))
        _kept.append(catalogue.courses[LEVEL1])
    return _kept[0]


if os.environ.get("ELEARN_CRASH_PRELOAD"):
    course()
if os.environ.get("ELEARN_CRASH_FREEZE"):
    configure_mappers()
    gc.collect()
    gc.freeze()  # else each process that starts from here looks through all of this when it collects, and so has to copy it


def write_answers(url: str, attempts: list[int], turn: int, acknowledge: Connection) -> None:
    """Answer as fast as it goes, one thread for each attempt, until killed; a line for each answer that was committed."""
    engine = databases.connect(url)
    opener = builders.opener(engine)

    def write(attempt_id: int) -> None:
        for number in count():
            with opener() as session:
                attempt = learning.attempt(session, attempt_id)
                assert attempt is not None
                question = quizzes.paper_of(course(), attempt).questions[number % 20]
                key, given = f"turn{turn}-{attempt_id}-{number}", (right, wrong)[(number // 20 + turn) % 2](question)
                with adding(session):
                    saved = quizzes.answer(session, course(), attempt, question, given, key, 0, False, datetime.now(UTC))
            if not saved.repeated:
                os.write(acknowledge.fileno(), f"{attempt_id} {key} {saved.given.id}\n".encode())

    threads = [threading.Thread(target=write, args=(attempt_id,), daemon=True) for attempt_id in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def answer_one_by_one(url: str, modules: str, attempt_id: int, many: int, modes: tuple[str, ...]) -> None:
    """With the briefing that is alone in *modules*, answer *many* times in each of SQLite's modes of syncing; a line on standard output for each, when it was saved or refused."""
    small = briefing.course(Path(modules))
    kept = 0
    for mode in modes:
        engine = databases.connect(url)
        event.listen(engine, "connect", lambda connection, _, mode=mode: connection.execute(f"PRAGMA synchronous={mode}").close())
        for number in range(many):
            key, said = f"{mode}-{number:04d}", "saved"
            try:
                with builders.opener(engine)() as session:
                    attempt = learning.attempt(session, attempt_id)
                    assert attempt is not None
                    question = quizzes.paper_of(small, attempt).questions[0]
                    given = (right, wrong)[kept % 2](question)  # never twice the same, which would be nothing new to save
                    with adding(session):
                        quizzes.answer(session, small, attempt, question, given, key, 0, False, datetime.now(UTC))
                kept += 1
            except DBAPIError:
                said = "refused"
            os.write(1, f"{said} {key}\n".encode())
        engine.dispose()


def serve(data: Path, database: str, modules: Path, port: int, say: Connection) -> None:
    """The whole server, as ``elearn run`` has it but for the press; what it prints when it is ready goes to *say*.

    The press never sees the database, and starting one takes longer than all the rest.
    """
    os.dup2(say.fileno(), 1)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    with (data / "log").open("a") as log:
        os.dup2(log.fileno(), 2)
    made = Settings(data=data, database=database, keys=read_keys(data), url=f"http://127.0.0.1:{port}", modules=modules, port=port)
    with patch.object(Printer, "warm"):
        server.serve(made)


def answer_until_the_disk_is_full(folder: str, mounted: bool, report: Connection) -> None:
    """Say what happened: "" when all went as it should, else the fault. *mounted*: the folder is a small disk of its own."""
    try:
        report.send(_full_disk(Path(folder), _Disk(Path(folder)) if mounted else _Limit(Path(folder))))
    except BaseException:
        report.send(traceback.format_exc())


@dataclass(frozen=True, slots=True)
class _Limit:
    """Stands for a full disk: no file may grow much beyond what it has."""

    folder: Path

    def fill(self) -> None:
        files = [path.stat().st_size for path in (self.folder / "data").iterdir() if path.is_file()]
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(files) + 100_000, resource.RLIM_INFINITY))

    def empty(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@dataclass(frozen=True, slots=True)
class _Disk:
    """A disk that somebody else's file fills up, until the kernel says ENOSPC."""

    folder: Path

    def fill(self) -> None:
        free = os.statvfs(self.folder)
        with (self.folder / "ballast").open("wb") as ballast:
            ballast.write(bytes(max(0, free.f_bavail * free.f_frsize - 100_000)))

    def empty(self) -> None:
        (self.folder / "ballast").unlink()


def _full_disk(folder: Path, disk: _Limit | _Disk) -> str:
    app = builders.site(builders.settings(folder))
    engine = builders.engine_of(app)
    records = builders.opener(engine)
    with records() as session, writing(session):
        who = builders.everybody(session, datetime.now(UTC)).bob
        secret = builders.sign_in(session, who, datetime.now(UTC))
    read_course(records, app, who)
    sitting = begin(Page(app, engine, secret), app, records)
    page, acknowledged = sitting.page, 0

    disk.fill()
    number = next(n for n, question in enumerate(sitting.paper.questions, 1) if not question.stages({}))
    address = sitting.address(number)
    for turn in range(5000):
        pairs = page.get(address).form(address).fill(sitting.form(number, (right, wrong)[turn % 2](sitting.question(number))), None)
        response = page.client.post(address, data={name: [value for key, value in pairs if key == name] for name, _ in pairs})
        if response.status_code != 303:
            break
        acknowledged += 1
    assert acknowledged > 0, "it was full from the start"
    assert response.status_code == 503, response.status
    assert response.headers["Retry-After"], "when to come back"
    page.send(address, pairs, 503).says("Not saved yet", "What you sent is still here")
    for path in ("/my", f"/learn/{LEVEL1}", address, "/7/child-neglect"):
        page.get(path)  # reads go on

    disk.empty()
    page.send(address, pairs)  # and so do writes, without a restart
    page.says(f"Question {number} saved at")
    with records() as session:
        assert session.scalar(text("SELECT count(*) FROM answer")) == acknowledged + 1
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    return ""

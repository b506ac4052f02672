"""What was acknowledged had reached the disk before: the settings of every connection, and what the kernel saw (strace)."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from elearn.actions import quizzes
from elearn.records.db import writing
from elearn.settings import ROOT
from tests import briefing, builders, databases
from tests.databases import Database

LONGEST = 120
"""Seconds that the traced writer may take on a busy machine before the test is given up."""


def traceable() -> str:
    """Why nothing can be traced here, or ""."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-e", "trace=fdatasync", "true"], capture_output=True, text=True, timeout=LONGEST, check=False)
    return "" if tried.returncode == 0 else f"this machine does not let one process trace another: {tried.stderr.strip()[:80]}"


def settings_of(database: Database, many: int) -> set[tuple[int, str]]:
    """Of that many connections at once."""
    opened = [database.engine.connect() for _ in range(many)]
    found = {(each.scalar(text("PRAGMA synchronous")), each.scalar(text("PRAGMA journal_mode"))) for each in opened}
    opened[0].invalidate()
    for each in opened:
        each.close()
    return found


def test_every_connection_waits_for_the_disk_also_after_one_was_lost_and_all_were_opened_anew(tmp_path: Path) -> None:
    database = databases.sqlite(tmp_path)
    assert settings_of(database, 5) == {(2, "wal")}, "FULL, where NORMAL would lose what was acknowledged"
    assert settings_of(database, 20) == {(2, "wal")}, "also beyond the number that is kept open"
    database.engine.dispose()
    assert settings_of(database, 2) == {(2, "wal")}
    database.close()


@dataclass(frozen=True, slots=True)
class Traced:
    """What the writer said of each answer, and for each whether all that was written had been synced when it said so."""

    said: dict[str, str]
    synced: dict[str, bool]


def trace(tmp_path: Path, *modes: str, inject: str = "") -> tuple[Traced, Database]:
    """Have one answer after another written under strace."""
    modules = briefing.alone(tmp_path)
    database, course, now = databases.sqlite(tmp_path), briefing.course(modules), datetime.now(UTC)
    with database() as session, writing(session):
        attempt = quizzes.start(session, builders.everybody(session, now).bob.id, course, now, ZoneInfo("Europe/London"))
    log = tmp_path / "trace"
    code = f"from tests import crash; crash.answer_one_by_one({database.url!r}, {str(modules)!r}, {attempt}, 20, {modes!r})"
    tracing = ["strace", "-f", "--seccomp-bpf", "-y", "-s", "64", "-o", str(log), "-e", "trace=fdatasync,fsync,pwrite64,write"]
    ran = subprocess.run(
        [*tracing, *(["-e", f"inject={inject}"] if inject else []), sys.executable, "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = {key: word for word, key in (line.split() for line in ran.stdout.splitlines())}
    return Traced(said, when_synced(log.read_text("utf-8", "replace"))), database


def when_synced(log: str) -> dict[str, bool]:
    """Answer to whether something of it was written to the WAL and nothing of that was still unsynced when it was called saved."""
    wrote, dirty, found = False, False, {}
    for line in log.splitlines():
        if said := re.search(r'write\(1<.*"saved ([\w-]+)', line):
            found[said[1]] = wrote and not dirty
            wrote = False
        elif re.search(r"pwrite64\(\d+<[^>]*-wal>", line):
            wrote = dirty = True
        elif re.search(r"(fdatasync|fsync)\(\d+<[^>]*-wal>\)\s+= 0", line):
            dirty = False
    return found


def test_no_answer_is_acknowledged_before_it_was_synced(tmp_path: Path) -> None:
    if why := traceable():
        pytest.skip(why)
    traced, database = trace(tmp_path, "FULL", "NORMAL")
    database.close()
    assert set(traced.said.values()) == {"saved"} and len(traced.said) == 40
    full = {key for key in traced.synced if key.startswith("FULL")}
    assert len(full) == 20
    assert all(traced.synced[key] for key in full)
    assert not any(traced.synced[key] for key in traced.synced.keys() - full), "with NORMAL the trace shows what would be lost"


def test_when_the_disk_fails_to_sync_nothing_is_acknowledged_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    if why := traceable():
        pytest.skip(why)
    traced, database = trace(tmp_path, "FULL", inject="fdatasync,fsync:error=EIO:when=4+3")
    refused = {key for key, word in traced.said.items() if word == "refused"}
    with database() as session:
        kept = set(session.scalars(text("SELECT key FROM answer")))
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    database.close()
    assert len(refused) >= 3 and len(traced.said) == 20
    assert kept == traced.said.keys() - refused, "all that was acknowledged, and nothing else"

"""How the database is opened and written to: safe settings, one writer at a time, and nothing half-done."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from elearn.records import db as module
from elearn.records import people, tenancy
from elearn.records.base import changed
from elearn.records.db import Busy, WriteTurn, engine_options, has_wal_fault, sqlite_module, writing
from tests import builders, databases
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 0), True),
        ((3, 50, 6), True), ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 53, 4), False),
    ],
)
def test_the_versions_that_can_lose_a_commit_are_known(version: tuple[int, ...], faulty: bool) -> None:
    assert has_wal_fault(version) is faulty


def test_the_sqlite_we_use_is_a_safe_one() -> None:
    assert not has_wal_fault(sqlite_module().sqlite_version_info)


def test_an_unsafe_sqlite_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_wal_fault", lambda version: True)
    with pytest.raises(module.UnsafeDatabase, match="requirements.txt"):
        engine_options("sqlite:////nowhere/elearn.sqlite")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0), ("secure_delete", 1), ("busy_timeout", 5000), ("mmap_size", 0)],
)
def test_sqlite_is_opened_so_that_what_was_acknowledged_stays(tmp_path: Path, pragma: str, value: object) -> None:
    made = databases.sqlite(tmp_path)
    with made() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == value
    made.close()


def test_postgresql_gives_up_on_a_statement_that_takes_too_long() -> None:
    options = engine_options("postgresql+psycopg:///elearn")["connect_args"]["options"]
    assert "statement_timeout=15000" in options
    assert "idle_in_transaction_session_timeout=30000" in options


def test_a_write_outside_writing_is_refused(database: Database) -> None:
    with database() as session:
        session.add(people.AgencyRow(name="A"))
        with pytest.raises(RuntimeError, match="outside writing"):
            session.flush()
        session.rollback()
        with pytest.raises(RuntimeError, match="outside writing"):
            changed(session, people.AgencyRow.__table__.update().values(name="B"))  # type: ignore[attr-defined]  # it is a Table


def test_after_an_error_nothing_of_it_is_saved(database: Database) -> None:
    with database() as session:
        with pytest.raises(ZeroDivisionError), writing(session):
            builders.agency(session, "Half-done")
            raise ZeroDivisionError
        assert session.scalar(text("SELECT count(*) FROM agency")) == 0
        with writing(session):
            builders.agency(session, "Done")
    with database() as session:
        assert session.scalar(text("SELECT name FROM agency")) == "Done"


def test_readers_do_not_wait_for_a_writer_and_see_what_was_there_before(database: Database) -> None:
    with database() as session, writing(session):
        builders.agency(session, "New")
        with database() as reader:
            assert reader.scalar(text("SELECT count(*) FROM agency")) == 0


def test_who_cannot_have_the_turn_in_time_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    turn, met = WriteTurn(tmp_path / "x.turn"), []

    def other() -> None:
        try:
            with turn():
                met.append("in")
        except Busy:
            met.append("busy")

    with turn():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    with turn():
        met.append("free again")
    assert met == ["busy", "free again"]


def test_the_turn_is_shared_with_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    path = tmp_path / "x.turn"
    code = f"import fcntl; f = open({str(path)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        turn = WriteTurn(path)
        with pytest.raises(Busy), turn():
            pass
        other.communicate("\n")
        with turn():
            pass


def test_a_server_that_forks_does_not_share_its_turn_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that load the application first and fork then would hand one open lock file to every worker."""
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    turn = WriteTurn(tmp_path / "x.turn")
    with turn():
        pass
    holding, reported = os.pipe()
    go_on, told = os.pipe()
    child = os.fork()
    if child == 0:
        with turn():
            os.write(reported, b"!")
            os.read(go_on, 1)
        os._exit(0)
    os.read(holding, 1)
    try:
        with pytest.raises(Busy), turn():
            pass
    finally:
        os.write(told, b"!")
        os.waitpid(child, 0)
    with turn():
        pass


def test_an_error_in_one_turn_frees_it_for_the_next(tmp_path: Path) -> None:
    made = databases.sqlite(tmp_path)
    for _ in range(3):
        with made() as session, pytest.raises(ZeroDivisionError), writing(session):
            raise ZeroDivisionError
    with made() as session, writing(session):
        tenancy.save_partnership(session, tenancy.NEW)
    made.close()


def test_many_writers_all_get_their_turn(database: Database) -> None:
    def add() -> None:
        with database() as session, writing(session):
            builders.agency(session)

    threads = [threading.Thread(target=add) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database() as session:
        assert session.scalar(text("SELECT count(*) FROM agency")) == 24

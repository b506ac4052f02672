"""The database as Flask holds it: how it is opened, and how one writes to it in turn."""
from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

import flask_sqlalchemy.session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from elearn.records.base import Base
from elearn.records.reads import WRITES, beside


class RequestSession(flask_sqlalchemy.session.Session):
    """The session of one request. Most pages read past it (records/reads.py), and then there is nothing to close."""

    def close(self) -> None:
        if self.in_transaction() or self.identity_map or self.new or self.deleted:
            super().close()


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False, "class_": RequestSession})

PATIENCE = 5.0
"""Seconds a writer waits for its turn before the person is told that nothing was saved."""


class Busy(Exception):
    """The turn to write did not come in time; nothing was saved."""


class UnsafeDatabase(Exception):
    """The database would not keep its promises; the text says what to do."""


class _Dbapi(Protocol):
    sqlite_version_info: tuple[int, int, int]


def has_wal_fault(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can lose a commit when a checkpoint and a commit meet (the "WAL-reset" fault).

    Present from 3.7.0 to 3.51.2; mended in 3.51.3 and in the branches 3.50.7 and 3.44.6 (sqlite.org release notes).
    """
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return False
    return not ((3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0))


def sqlite_module() -> Any:
    """A DB-API module whose SQLite is safe: Python's own where it is new enough, else the one we ship.

    Raises UnsafeDatabase when neither is.
    """
    if not has_wal_fault(sqlite3.sqlite_version_info):
        return sqlite3
    try:
        from pysqlite3 import dbapi2  # noqa: PLC0415  (only where Python's own is affected)
    except ImportError:
        dbapi2 = None
    if dbapi2 is None or has_wal_fault(cast(_Dbapi, dbapi2).sqlite_version_info):
        raise UnsafeDatabase(
            f"SQLite {sqlite3.sqlite_version} can lose saved work when two programs write at once. "
            "Install the pysqlite3 named in requirements.txt, or set ELEARN_DATABASE to a PostgreSQL address."
        )
    return dbapi2


def engine_options(address: str) -> Mapping[str, Any]:
    """How to open the database at *address* so that what was acknowledged survives a crash."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return {
            "pool_pre_ping": True,
            "pool_size": 10,
            "connect_args": {"options": "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000"},
        }
    return {
        "module": sqlite_module(),
        "pool_size": 16,
        "connect_args": {"isolation_level": None, "check_same_thread": False, "timeout": PATIENCE},
    }


def _on_connect(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",  # readers never wait for the writer
        "synchronous=FULL",  # NORMAL loses acknowledged answers on power loss
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE removes a row without asking the triggers that let tables only grow
        "trusted_schema=OFF",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare(engine: Engine) -> None:
    """Set up *engine*; call once, before its first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


class WriteTurn:
    """One writer at a time, in this process and, by a lock file, in all processes on this machine.

    SQLite lets waiting writers poll; queueing for a lock gave the same rate and a tenth of the slowest waits.
    """

    def __init__(self, lock_file: Path | None) -> None:
        self._threads = threading.Lock()
        self._path = lock_file
        self._file: IO[str] | None = None
        self._opened_by = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self._threads.acquire(timeout=PATIENCE):
            raise Busy
        try:
            with self._other_processes():
                yield
        finally:
            self._threads.release()

    @contextmanager
    def _other_processes(self) -> Iterator[None]:
        if self._path is None:
            yield
            return
        if self._file is None or self._opened_by != os.getpid():  # kept open, but never shared with a fork: they would not lock each other out
            self._file, self._opened_by = self._path.open("w"), os.getpid()
        descriptor = self._file.fileno()
        self._lock(descriptor)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    @staticmethod
    def _lock(descriptor: int) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy from None
                time.sleep(0.002)


_turns: dict[str, WriteTurn] = {}


def _turn(engine: Engine) -> WriteTurn | None:
    if engine.dialect.name != "sqlite":
        return None
    name = engine.url.database
    key = name or ":memory:"
    if key not in _turns:
        _turns[key] = WriteTurn(Path(name).with_suffix(".turn") if name and name != ":memory:" else None)
    return _turns[key]


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """One short transaction that may write: it waits its turn, then commits, or rolls back on any error.

    Whatever was being read before is let go first, so rows loaded earlier must be loaded again inside.
    Raises Busy when the turn does not come within PATIENCE seconds.
    """
    session.rollback()
    turn = _turn(cast(Engine, session.get_bind()))
    if turn is None:
        yield from _transaction(session)
        return
    with turn():
        yield from _transaction(session)


@contextmanager
def adding(session: Session) -> Iterator[Session]:
    """As ``writing``, for what needs nothing but Reads and Adds (records/reads.py), without what the session does around a transaction.

    Any other write is refused, and any other read sees what was there before.
    """
    turn = _turn(cast(Engine, session.get_bind()))
    if turn is None:
        with writing(session):
            yield session
        return
    session.rollback()
    with turn(), beside(session):
        yield session


def _transaction(session: Session) -> Iterator[Session]:
    session.info[WRITES] = True
    try:
        session.info[WRITES] = session.connection(execution_options={"writes": True}).connection.dbapi_connection
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[WRITES] = None


def _only_inside_writing(session: Session) -> None:
    if not session.info.get(WRITES):
        raise RuntimeError("a write outside writing(): it could fail half-way on SQLite")


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _: UOWTransaction, __: object) -> None:
    if session.new or session.dirty or session.deleted:
        _only_inside_writing(session)


@event.listens_for(Session, "do_orm_execute")
def _before_execute(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _only_inside_writing(state.session)

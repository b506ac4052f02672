"""The statements that most pages and every answer need: put together once, then given to the driver itself.

Through the session a statement that takes the database 5 microseconds takes 120, which is most of the time of a page. Everything else
goes through the session as usual.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import Engine, Insert, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Processor: TypeAlias = Callable[[Any], Any]
Row: TypeAlias = tuple[Any, ...]

WRITES = "writes"
"""Where a session notes, as long as it may write, the driver's connection it writes through (records/db.py)."""
_ENGINE, _BORROWED = "engine", "borrowed"


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
        if engine.dialect.name != "sqlite" or session.in_transaction():
            session.flush()
            at_hand = session.info.get(WRITES) if session.in_transaction() else None
            return prepared.run(at_hand or session.connection().connection.dbapi_connection, values)
        borrowed = session.info.get(_BORROWED) or engine.raw_connection()
        try:
            return prepared.run(borrowed.dbapi_connection, values)
        finally:
            if isinstance(session, Keeping):
                session.info[_BORROWED] = borrowed
            else:
                borrowed.close()

    def one(self, session: Session, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def _on(self, dialect: Dialect) -> Prepared:
        made = self._prepared.get(dialect.name)
        if made is None:
            made = self._prepared[dialect.name] = Prepared(self._query, dialect)
        return made


class Keeping(Session):
    """A session that keeps the connection of its first Read for those that follow, and gives it back when it is closed."""

    def close(self) -> None:
        borrowed = self.info.pop(_BORROWED, None)
        if borrowed is not None:
            borrowed.close()
        super().close()


class Add(Read):
    """An INSERT of one row that gives something back. It runs inside ``writing`` only (records/db.py)."""

    def row(self, session: Session, **values: Any) -> Row:
        """What the new row returns."""
        assert session.info.get(WRITES), "a write outside writing()"
        return self.all(session, **values)[0]


def _engine(session: Session) -> Engine:
    found: Engine | None = session.info.get(_ENGINE)
    if found is None:
        found = session.info[_ENGINE] = cast(Engine, session.get_bind())
    return found


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

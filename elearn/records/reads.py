"""Reads that most pages make: put together once, then given to the driver itself.

Through the session a statement that takes the database 5 microseconds takes 120, which is most of the time of a page. Everything else,
and every write, goes through the session as usual.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import Engine, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Processor: TypeAlias = Callable[[Any], Any]
Row: TypeAlias = tuple[Any, ...]

_ENGINE = "engine"


class Read:
    """A SELECT with named parameters, without lists among them.

    Inside a transaction it sees what that transaction sees. Outside one, on SQLite, it sees what is committed at that moment, and none is begun.
    """

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._prepared: dict[str, Prepared] = {}

    def all(self, session: Session, **values: Any) -> list[Row]:
        """Every row, as a tuple of Python values. Raises what SQLAlchemy would: OperationalError and its kin."""
        engine: Engine = session.info.get(_ENGINE) or session.info.setdefault(_ENGINE, session.get_bind())
        prepared = self._prepared.get(engine.dialect.name) or self._prepare(engine.dialect)
        if engine.dialect.name != "sqlite" or session.in_transaction():
            session.flush()
            return prepared.run(session.connection().connection.dbapi_connection, values)
        borrowed = engine.raw_connection()
        try:
            return prepared.run(borrowed.dbapi_connection, values)
        finally:
            borrowed.close()

    def one(self, session: Session, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def _prepare(self, dialect: Dialect) -> Prepared:
        made = self._prepared[dialect.name] = Prepared(self._query, dialect)
        return made


class Prepared:
    """One statement in the words of one database, with what turns Python values into its own and back."""

    def __init__(self, query: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = query.compile(dialect=dialect)
        self.text, self._order, self._constants = str(compiled), compiled.positiontup, dict(compiled.params)
        self._dialect = dialect
        found = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
        self._binders: Mapping[str, Processor] = {name: processor for name, processor in found.items() if processor}
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in query.selected_columns]
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

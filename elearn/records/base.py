"""The declarative base: one metadata, named constraints, aware times, tables that only grow."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import DDL, JSON, DateTime, MetaData, Table, event, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeDecorator


class AwareTime(TypeDecorator[datetime]):
    """A time in UTC, aware on the way in and on the way out, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive time")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: AwareTime, dict[str, Any]: JSON, list[Any]: JSON}


_POSTGRES_REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%% only grows: rows are never changed or removed', TG_TABLE_NAME; END $$
"""


def only_grows_sql(table: str, dialect: str) -> Iterator[str]:
    """The statements that make the database itself refuse UPDATE, DELETE and TRUNCATE on *table*."""
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: rows are never changed or removed'); END"
            )
    else:
        yield _POSTGRES_REFUSAL
        yield (
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


ONLY_GROW: list[str] = []
"""The names of the tables whose rows are never changed or removed."""


def only_grows(table: Table) -> None:
    """Declare that rows of *table* are never changed or removed, and have the database see to it."""
    ONLY_GROW.append(table.name)
    for dialect in ("sqlite", "postgresql"):
        for statement in only_grows_sql(table.name, dialect):
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]  # DDL has no types


def put(session: Session, row: type[Base], values: Mapping[str, Any], unless: Sequence[str], change: Mapping[str, Any] | None = None) -> bool:
    """Add a row of *row*, in one statement. Where the columns *unless* are taken already, by whoever came first, *change* that row.

    Without *change* the row that is there stands, and the answer is False. Looking first and adding then would let two people
    who come at the same moment both add, and one of them would see an error.
    """
    table = cast(Table, row.__table__)
    insert = sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
    statement: Any = insert.values(**values)
    if change:
        statement = statement.on_conflict_do_update(index_elements=unless, set_=change)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=unless)
    return session.execute(statement.returning(literal(1))).first() is not None


def changed(session: Session, statement: UpdateBase) -> int:
    """Carry out an UPDATE or DELETE; returns how many rows it met, so that a claim can see whether it was first."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount

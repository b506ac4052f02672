"""Every row of every table, for checks that look at all of them."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from elearn.records import schema
from elearn.records.base import ONLY_GROW, Base


def rows(session: Session, table: str, *columns: str) -> Iterator[Any]:
    """The rows of *table* in the order of its primary key, as named tuples of these columns (all, when none is named)."""
    assert table in schema.tables()
    found = Base.metadata.tables[table]
    query = select(*(found.c[name] for name in columns) if columns else found.c).order_by(*found.primary_key.columns)
    yield from session.execute(query.execution_options(yield_per=1000))


def unguarded(session: Session) -> list[str]:
    """The tables that should only grow, but that the database would let change."""
    if session.get_bind().dialect.name == "sqlite":
        there = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        return [table for table in ONLY_GROW if not {f"{table}_no_update", f"{table}_no_delete"} <= there]
    there = set(session.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")))
    return [table for table in ONLY_GROW if f"{table}_only_grows" not in there]


def damage(session: Session) -> list[str]:
    """What the database itself finds wrong with its file; nothing for one that keeps watch by itself."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    found = [str(line) for line in session.scalars(text("PRAGMA integrity_check")) if line != "ok"]
    loose = session.execute(text("PRAGMA foreign_key_check"))
    return found + [f"{table}, row {row}: points to nothing in {parent}" for table, row, parent, _ in loose]


def missing_tables(session: Session) -> list[str]:
    """Tables that we know and the database does not."""
    there = set(inspect(session.connection()).get_table_names())
    return sorted(schema.tables() - there)

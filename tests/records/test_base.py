"""Times keep their zone, and what only grows cannot be changed or removed by anyone."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, StatementError

from elearn.records import learning, ledger, people
from elearn.records.base import ONLY_GROW, put
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from tests import builders, databases
from tests.databases import Database, Postgres

NOW = datetime(2026, 5, 26, 8, 30, 15, 123456, tzinfo=UTC)


def test_a_time_comes_back_in_utc_to_the_microsecond_whatever_zone_it_came_in(database: Database) -> None:
    summer = timezone(timedelta(hours=1))
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        learning.mark_step(session, who.bob.id, "a", "u/s", "v", NOW.astimezone(summer))
    with database() as session:
        found = learning.last_step(session, who.bob.id)
        assert found is not None
        assert found[2] == NOW
        assert found[2].utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with database() as session, pytest.raises(StatementError, match="naive time"), writing(session):
        who = builders.everybody(session, NOW)
        learning.mark_step(session, who.bob.id, "a", "u/s", "v", datetime(2026, 5, 26))


def test_the_evidence_and_what_rests_on_it_only_grow() -> None:
    assert set(ONLY_GROW) >= {"fact", "gate_log", "audit", "certificate", "print", "withdrawal", "release"}


@pytest.mark.parametrize("change", ["UPDATE fact SET person_id = person_id", "DELETE FROM fact", "DELETE FROM fact WHERE id = 1"])
def test_the_ledger_refuses_to_be_changed(database: Database, change: str) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        ledger.append(session, who.bob.id, FactKind.READ, "a", NOW, NOW)
    with pytest.raises(DatabaseError, match="only grows"), database() as session, writing(session):
        session.execute(text(change))
    with database() as session:
        assert len(ledger.of_person(session, who.bob.id)) == 1


def test_no_row_is_replaced_by_another_of_the_same_key(tmp_path: Path) -> None:
    """SQLite's INSERT OR REPLACE removes the row that is there, and asks no trigger unless it is told to (recursive_triggers)."""
    database = databases.sqlite(tmp_path)
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        ledger.append(session, who.bob.id, FactKind.READ, "a", NOW, NOW)
    with pytest.raises(DatabaseError, match="fact only grows"), database() as session, writing(session):
        session.execute(text("INSERT OR REPLACE INTO fact SELECT * FROM fact"))
    with database() as session:
        assert session.scalar(text("PRAGMA recursive_triggers")) == 1, "so it holds for every table that only grows"
    database.close()


@pytest.mark.parametrize("table", ONLY_GROW)
def test_every_table_that_only_grows_has_its_guards(database: Database, table: str) -> None:
    if database.kind == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name AND sql LIKE '%RAISE(ABORT%'"
        least = 2
    else:
        query = "SELECT tgtype::int & 56 FROM pg_trigger WHERE tgrelid = CAST(:name AS regclass) AND NOT tgisinternal"
        least = 8 + 16 + 32  # DELETE, UPDATE and TRUNCATE
    with database() as session:
        assert session.scalar(text(query), {"name": table}) == least


def test_postgresql_refuses_to_empty_a_table_at_one_stroke(postgres: Postgres) -> None:
    database = postgres.fresh()
    for table in ONLY_GROW:
        with pytest.raises(DatabaseError, match="only grows"), database() as session, writing(session):
            session.execute(text(f"TRUNCATE {table} CASCADE"))
    database.close()


def test_putting_a_row_twice_keeps_the_first_and_says_so(database: Database) -> None:
    with database() as session, writing(session):
        values = {"name": "Westmere Council"}
        assert put(session, people.AgencyRow, values, ("name",))
        assert not put(session, people.AgencyRow, values, ("name",))
        assert put(session, people.AgencyRow, values, ("name",), {"name": "Westmere"})
        assert session.scalars(text("SELECT name FROM agency")).all() == ["Westmere"]

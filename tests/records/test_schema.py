"""The tables: made by the migrations, the same as the code believes, on both databases."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.orm import Session

from elearn.records import schema, survey, tenancy
from elearn.records.base import ONLY_GROW, Base
from elearn.records.tenancy import Partnership
from tests.databases import Database, Postgres, connect


def described(engine: Engine) -> dict[str, Any]:
    """Every table with its columns, keys, indexes and triggers, in an order that says nothing."""
    look = inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(set(look.get_table_names()) - {"alembic_version"}):
        found[table] = {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
            "primary": look.get_pk_constraint(table)["name"],
            "foreign": sorted((f["name"] or "", f["constrained_columns"], f["referred_table"]) for f in look.get_foreign_keys(table)),
            "unique": sorted((u["name"] or "", u["column_names"]) for u in look.get_unique_constraints(table)),
            "indexes": sorted((i["name"] or "", i["column_names"], bool(i["unique"])) for i in look.get_indexes(table)),
        }
    return found | {"triggers": triggers(engine)}


def triggers(engine: Engine) -> list[tuple[str, str]]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'" if engine.dialect.name == "sqlite"
        else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        return sorted((name, " ".join(sql.split())) for name, sql in connection.execute(text(query)))


@pytest.fixture
def empty(database: Database, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A second database of the same kind, without any table."""
    if database.kind == "sqlite":
        engine = connect(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'elearn.sqlite'}")
        yield engine
        engine.dispose()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    other = postgres.fresh()
    with other.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield other.engine
    other.close()


@pytest.fixture
def from_metadata(empty: Engine) -> Engine:
    """Made from the classes instead of the migrations."""
    Base.metadata.create_all(empty)
    return empty


def upgrade_to(engine: Engine, revision: str) -> None:
    """As a database of that time was left."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_migrations_make_the_tables_that_the_code_believes_in(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []


def test_migrations_and_classes_make_the_same_keys_indexes_and_triggers(database: Database, from_metadata: Engine) -> None:
    assert described(database.engine) == described(from_metadata)


def test_the_database_itself_guards_every_table_that_only_grows(database: Database) -> None:
    with database() as session:
        assert survey.unguarded(session) == []
    assert {"fact", "certificate", "print", "withdrawal", "gate_log", "audit", "release"} <= set(ONLY_GROW)


def test_every_constraint_has_a_name_that_says_what_it_is(database: Database) -> None:
    tables = {name: facts for name, facts in described(database.engine).items() if name != "triggers"}
    for name, facts in tables.items():
        assert facts["primary"] == f"pk_{name}"
        assert all(foreign[0].startswith(f"fk_{name}_") for foreign in facts["foreign"])
        assert all(unique[0].startswith(f"uq_{name}_") for unique in facts["unique"])


def test_bringing_up_to_date_a_second_time_only_looks(database: Database) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2].upper()))
    assert schema.upgrade(database.engine) is False
    changes = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")
    assert not [words for words in statements if words.startswith(changes)]
    assert len(statements) <= 4


def test_a_partnership_from_before_its_levels_had_names_calls_them_by_number(empty: Engine) -> None:
    upgrade_to(empty, "0002")
    old = {"name": "Westmere", "site_name": "Learning Zone", "prefix": "WM7", "zone": "Europe/London", "neutral_site": "https://a.example"}
    with empty.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(
            text(
                "INSERT INTO partnership (id, name, site_name, prefix, zone, neutral_site, signer, signer_role)"
                " VALUES (1, :name, :site_name, :prefix, :zone, :neutral_site, '', '')"
            ),
            old,
        )
    assert schema.upgrade(empty) is True
    with Session(empty) as session:
        assert tenancy.partnership(session) == Partnership(**old)


def test_an_empty_database_stands_at_no_migration(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'elearn.sqlite'}")
    assert schema.current(engine) is None
    assert schema.upgrade(engine) is True
    assert schema.current(engine) == schema.newest()
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('torn') / 'elearn.sqlite'}")

    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "TABLE person" in statement:
            raise RuntimeError("the machine stops here")

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        schema.upgrade(engine)
    event.remove(engine, "before_cursor_execute", fail)
    assert inspect(engine).get_table_names() == []
    assert schema.upgrade(engine) is True
    engine.dispose()

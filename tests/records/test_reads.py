"""Reads beside the session give what the session would give: the same values, the same moment, the same errors."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from elearn.records import ledger, reads
from elearn.records.db import adding, writing
from elearn.records.ledger import FactRow
from elearn.records.reads import Add, Read
from elearn.rules.evidence import FactKind
from tests import builders
from tests.databases import Database, connect, traced

NOW = datetime(2026, 5, 26, 9, 30, 0, 123456, tzinfo=UTC)

QUERY = select(FactRow.item, FactRow.at, FactRow.data, FactRow.actor_id).where(FactRow.person_id == bindparam("person")).order_by(FactRow.id)


@pytest.fixture
def bob(database: Database) -> Iterator[int]:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        ledger.append(session, who.bob.id, FactKind.READ, "naïve “quoted” محمد", NOW, NOW, minutes=7, nested={"a": [1, None]})
        ledger.append(session, who.bob.id, FactKind.READ, "second", NOW, NOW, actor_id=who.alice.id)
    yield who.bob.id


def add(session: Session, bob: int, item: str) -> None:
    ledger.append(session, bob, FactKind.READ, item, NOW, NOW)


def test_the_values_are_those_of_the_session(database: Database, bob: int) -> None:
    with database() as session:
        assert Read(QUERY).all(session, person=bob) == [tuple(row) for row in session.execute(QUERY, {"person": bob})]
        first = Read(QUERY).one(session, person=bob)
        assert first == ("naïve “quoted” محمد", NOW, {"minutes": 7, "nested": {"a": [1, None]}}, None)
        assert first[1].tzinfo is not None
        assert Read(QUERY).one(session, person=0) is None


def test_constants_in_the_query_are_bound_too(database: Database, bob: int) -> None:
    read = Read(QUERY.where(FactRow.item == "second").limit(1))
    with database() as session:
        assert [row[0] for row in read.all(session, person=bob)] == ["second"]


def test_a_time_without_a_zone_is_refused(database: Database, bob: int) -> None:
    read = Read(QUERY.where(FactRow.at == bindparam("at", type_=FactRow.at.type)))
    with database() as session:
        assert len(read.all(session, person=bob, at=NOW)) == 2
        with pytest.raises(ValueError, match="naive"):
            read.all(session, person=bob, at=NOW.replace(tzinfo=None))


def test_inside_a_transaction_it_sees_what_was_written_there_and_nobody_else_does(database: Database, bob: int) -> None:
    read = Read(QUERY)
    with database() as session, database() as other:
        with writing(session):
            add(session, bob, "third")
            session.add(FactRow(person_id=bob, kind="read", item="not flushed", at=NOW, recorded=NOW, version="", rule="", data={}))
            assert [row[0] for row in read.all(session, person=bob)][2:] == ["third", "not flushed"]
            assert len(read.all(other, person=bob)) == 2
            other.rollback()
        assert len(read.all(other, person=bob)) == 4


def test_each_read_outside_a_transaction_sees_what_was_saved_since(database: Database, bob: int) -> None:
    read = Read(QUERY)
    with database() as session, database() as other:
        assert len(read.all(session, person=bob)) == 2
        assert database.kind == "postgresql" or not session.in_transaction(), "none is begun for it"
        with writing(other):
            add(other, bob, "third")
        assert len(read.all(session, person=bob)) == 3


def test_errors_are_those_of_sqlalchemy_and_the_connection_goes_back(database: Database, bob: int) -> None:
    broken = Read(select(text("no_such_column")).select_from(FactRow))
    with database() as session:
        for _ in range(40):  # more than the pool holds
            with pytest.raises((OperationalError, ProgrammingError)):
                broken.all(session)
            session.rollback()
        assert len(Read(QUERY).all(session, person=bob)) == 2


def test_tests_see_the_statement(database: Database, bob: int) -> None:
    with database() as session, traced(database.engine) as statements:
        Read(QUERY).all(session, person=bob)
    assert [statement.partition("\n")[0] for statement in statements] == ["SELECT fact.item, fact.at, fact.data, fact.actor_id "]


ADD = Add(insert(FactRow).values({name: bindparam(name) for name in (
    "person_id", "kind", "item", "at", "recorded", "version", "rule", "data",
)}).returning(FactRow.id))


def put(session: Session, bob: int, item: str) -> None:
    ADD.row(session, person_id=bob, kind=FactKind.READ, item=item, at=NOW, recorded=NOW, version="", rule="", data={})


def test_what_is_added_is_seen_by_others_once_all_of_it_is_saved(database: Database, bob: int) -> None:
    read = Read(QUERY)
    with database() as session:
        with adding(session):
            put(session, bob, "third")
            put(session, bob, "fourth")
            assert len(read.all(session, person=bob)) == 4
        assert len(read.all(session, person=bob)) == 4
        with pytest.raises(AssertionError, match="outside writing"):
            put(session, bob, "fifth")
    with database() as other:
        assert len(other.execute(QUERY, {"person": bob}).all()) == 4


def test_none_of_it_is_saved_when_anything_goes_wrong(database: Database, bob: int) -> None:
    read = Read(QUERY)
    with database() as session:
        with pytest.raises(IntegrityError), adding(session):
            put(session, bob, "third")
            put(session, 0, "of nobody")
        session.rollback()
        assert len(read.all(session, person=bob)) == 2
        with pytest.raises(ZeroDivisionError), adding(session):
            put(session, bob, "third")
            raise ZeroDivisionError
        assert len(read.all(session, person=bob)) == 2
        with adding(session):
            put(session, bob, "third")
        assert len(read.all(session, person=bob)) == 3


def test_other_writes_are_refused_while_adding(database: Database, bob: int) -> None:
    if database.kind == "postgresql":
        pytest.skip("there it is an ordinary transaction")
    with database() as session:
        with pytest.raises(RuntimeError, match="outside writing"), adding(session):
            add(session, bob, "third")
        session.rollback()
        assert len(Read(QUERY).all(session, person=bob)) == 2


def test_a_look_through_the_session_while_adding_leads_nothing_astray(database: Database, bob: int) -> None:
    read = Read(QUERY)
    with database() as session:
        with adding(session):
            put(session, bob, "third")
            session.scalar(text("SELECT 1"))
            assert len(read.all(session, person=bob)) == 3
            put(session, bob, "fourth")
        session.rollback()
        assert len(read.all(session, person=bob)) == 4


def test_a_connection_that_cannot_be_rolled_back_is_not_used_again(database: Database, bob: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.kind == "postgresql":
        pytest.skip("there the pool sees to it")
    read, real = Read(QUERY), reads._Readers.connection

    class Stubborn:
        in_transaction = True

        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def execute(self, words: str) -> None:
            if words == "ROLLBACK":
                raise database.engine.dialect.dbapi.OperationalError("no")  # type: ignore[union-attr]  # an engine has a driver
            self._connection.execute(words)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

    with database() as session:
        monkeypatch.setattr(reads._Readers, "connection", lambda readers: Stubborn(real(readers)))
        with pytest.raises(ZeroDivisionError), adding(session):
            put(session, bob, "third")
            raise ZeroDivisionError
        monkeypatch.undo()
        with adding(session):
            put(session, bob, "fourth")
        assert [row[0] for row in read.all(session, person=bob)][2:] == ["fourth"]


def test_a_database_that_cannot_be_opened_is_said_in_sqlalchemys_words(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'nowhere' / 'elearn.sqlite'}")
    with Session(engine) as session, pytest.raises(OperationalError, match="unable to open"):
        Read(QUERY).all(session, person=1)


def test_each_thread_reads_through_a_connection_of_its_own_that_the_pool_never_misses(database: Database, bob: int) -> None:
    if database.kind == "postgresql":
        pytest.skip("there each session has its own")
    pool, read, made = database.engine.pool, Read(QUERY), count()
    assert isinstance(pool, QueuePool)
    event.listen(database.engine, "connect", lambda *_: next(made))

    def look() -> None:
        for _ in range(3):
            with database() as session:
                assert len(read.all(session, person=bob)) == 2

    look()
    held = [threading.Thread(target=look) for _ in range(30)]  # more than the pool has
    for thread in held:
        thread.start()
    for thread in held:
        thread.join()
    look()
    assert pool.checkedout() == 0 and next(made) <= 31
    database.engine.dispose()
    look()  # a new one, when the old one is closed

"""The ledger keeps every fact in the order it was written, for one person or for many."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from elearn.records import ledger
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from tests import builders
from tests.databases import Database, traced

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def test_a_fact_comes_back_as_it_was_written(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        written = ledger.append(
            session, who.bob.id, FactKind.COMPLETED, "child-neglect", NOW - timedelta(days=1), NOW, version="abc", rule="requirement-1",
            actor_id=who.tess.id, minutes=7, via="reading",
        )
    with database() as session:
        (read,) = ledger.of_person(session, who.bob.id)
        assert read == written
        assert (read.kind, read.at, read.version, read.rule, read.actor_id) == (
            FactKind.COMPLETED, NOW - timedelta(days=1), "abc", "requirement-1", who.tess.id,
        )
        assert read.data == {"minutes": 7, "via": "reading"}
        assert ledger.latest(session) == NOW


def test_the_order_is_the_order_of_writing_even_when_the_clock_went_back(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        for step in (0, -3600, 86400):
            at = NOW + timedelta(seconds=step)
            ledger.append(session, who.bob.id, FactKind.READ, f"item{step}", at, at)
    with database() as session:
        assert [fact.item for fact in ledger.of_person(session, who.bob.id)] == ["item0", "item-3600", "item86400"]


def test_many_people_take_one_statement_and_nobody_gets_anothers_facts(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        for one in (who.bob, who.alice, who.omar):
            ledger.append(session, one.id, FactKind.READ, f"read by {one.name}", NOW, NOW)
    with database() as session, traced(database.engine) as statements:
        found = ledger.of_people(session, [who.bob.id, who.alice.id, who.charlie.id])
    assert {id: [fact.item for fact in facts] for id, facts in found.items()} == {
        who.bob.id: [f"read by {who.bob.name}"], who.alice.id: [f"read by {who.alice.name}"], who.charlie.id: [],
    }
    assert len([statement for statement in statements if "fact" in statement]) == 1


def test_the_logs_of_the_gate_and_of_administrators_are_kept(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        ledger.log_gate(session, who.bob.id, "gcp2", False, ["Come to the course"], NOW)
        ledger.audit(session, who.ada.id, "set address", "gcp2", NOW, address="https://tool.example")
    with database() as session:
        assert tuple(session.execute(text("SELECT person_id, tool, opened FROM gate_log")).one()) == (who.bob.id, "gcp2", False)
        assert tuple(session.execute(text("SELECT actor_id, act, thing FROM audit")).one()) == (who.ada.id, "set address", "gcp2")

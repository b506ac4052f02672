"""Every rule of the records: kept by a sound database, and named when something breaks it."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from elearn import demo
from elearn.actions import checking
from elearn.actions.checking import CourseOf
from elearn.content import library
from elearn.content.markdown import Outside
from elearn.demo.people import CAST
from elearn.records.base import ONLY_GROW
from elearn.records.db import writing
from elearn.settings import ROOT
from tests import builders
from tests.databases import connect

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.xdist_group("checking")

GROW = [verb for table in ONLY_GROW for verb in (f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete")]
"""Only someone with the database in hand can do what follows; the site cannot."""

FACT = "(SELECT min(id) FROM fact WHERE kind = '{}')"
DECISION = (
    "INSERT INTO fact (person_id, kind, item, at, recorded, version, rule, actor_id, data) "
    "SELECT person_id, '{}', item, at, (SELECT max(recorded) FROM fact), '', '', {}, '{}' FROM fact WHERE id = 1"
)

BREAKS = {
    "The database file is sound": ["UPDATE fact SET actor_id = 99999 WHERE id = 1"],
    "Every table is there": ["DROP TABLE draft"],
    "The database itself keeps evidence from being changed": [],
    "Every fact can be read": ["UPDATE fact SET kind = 'dreamt' WHERE id = 1"],
    "Nothing is written down before it happened": ["UPDATE fact SET at = datetime(recorded, '+1 hour') WHERE id = 1"],
    "Nothing is written down in the future": [
        "UPDATE fact SET recorded = '2027-01-01 00:00:00.000000' WHERE id = (SELECT max(id) FROM fact)",
    ],
    "The ledger is written in the order of time": ["UPDATE fact SET recorded = datetime(recorded, '+9 days') WHERE id = 1"],
    "What is taken back was there before, about the same person and item": [
        "UPDATE fact SET data = json_set(data, '$.of', 1) WHERE kind = 'revoked'",
    ],
    "What is taken back has a reason": ["UPDATE fact SET data = json_remove(data, '$.reason') WHERE kind = 'revoked'"],
    "Whatever was learned is kept in the version it was learned from": [
        f"UPDATE fact SET version = 'lost' WHERE id = {FACT.format('read')}",
    ],
    "Every completion names the rule it was judged by": [f"UPDATE fact SET rule = 'requirement-99' WHERE id = {FACT.format('completed')}"],
    "Every attendance was recorded by a trainer, and never by the person themselves": [
        "UPDATE fact SET actor_id = person_id WHERE kind = 'attended'",
    ],
    "Every attendance is of a session that was held, of the same course": [
        "UPDATE fact SET data = json_set(data, '$.live', 99) WHERE kind = 'attended'",
    ],
    "Every decision about a person has a reason, and was made by somebody else": [
        DECISION.format("exempted", "person_id", '{"reason": "I say so"}'),
    ],
    "Every exemption and extension ends on a day, where it names one": [DECISION.format("extended", 5, '{"reason": "ill", "due": "soon"}')],
    "Every award has its certificate": ["DELETE FROM certificate WHERE code = (SELECT min(code) FROM certificate)"],
    "Every certificate was awarded, once": [f"DELETE FROM fact WHERE id = {FACT.format('awarded')}"],
    "Every completion has a certificate": ["DELETE FROM certificate WHERE fact_id = (SELECT min(fact_id) FROM certificate)"],
    "Every certificate rests on a completion of the same person and item": [f"UPDATE certificate SET fact_id = {FACT.format('read')}"],
    "Every completion has one certificate that was not replaced": ["UPDATE certificate SET supersedes = NULL"],
    "Every certificate number is well formed": [
        "UPDATE certificate SET code = 'WM7-1234' WHERE code = (SELECT min(code) FROM certificate)",
    ],
    "What a certificate says can be read, and is about its holder": ["UPDATE certificate SET facts = json_set(facts, '$.person_id', 9999)"],
    "A certificate names the day of the completion and the content learned from": [
        "UPDATE certificate SET facts = json_set(facts, '$.completed', '2026-01-01')",
    ],
    "A certificate names the course as its content does": ["UPDATE certificate SET facts = json_set(facts, '$.course', 'Bee keeping')"],
    "A certificate ends on the day that the standing of its holder showed when it was issued": [
        "UPDATE certificate SET facts = json_set(facts, '$.until', '2099-01-01')"
    ],
    "What the ledger notes of the end of a certificate is what the certificate says": [
        f"UPDATE fact SET data = json_set(data, '$.until', '2031-01-01') WHERE id = {FACT.format('awarded')}",
    ],
    "A certificate takes the place only of another of the same person and item, and no two of the same one": [
        "UPDATE certificate SET supersedes = (SELECT min(code) FROM certificate WHERE person_id = 1) WHERE person_id = 2"
    ],
    "No certificate takes, by any way round, the place of itself": ["UPDATE certificate SET supersedes = code"],
    "A replaced certificate is noted as replaced, by the number that replaced it": ["UPDATE certificate SET supersedes = NULL"],
    "The certificate of a completion that was taken back is withdrawn": ["DELETE FROM withdrawal"],
    "Every withdrawal has a reason": ["UPDATE withdrawal SET reason = ' '"],
    "Every printed certificate is as it was printed": [
        "INSERT INTO print (code, plain, sha256, pdf, made) SELECT code, 0, 'abc', x'25504446', issued FROM certificate LIMIT 1"
    ],
    "Nobody has two open tries at one quiz": ["DROP INDEX uq_attempt_open", "UPDATE attempt SET finished = NULL"],
    "Tries are numbered 1, 2, 3 and so on": ["UPDATE attempt SET number = 100 WHERE id = 1"],
    "A finished try has a result, and an open one has none": ["UPDATE attempt SET passed = NULL WHERE id = 1"],
    "No try ends before it began": ["UPDATE attempt SET finished = datetime(started, '-1 hour') WHERE id = 1"],
    "Every try is kept in the version it was drawn from": ["UPDATE attempt SET version = 'lost' WHERE id = 1"],
    "Every paper can be laid out again as it was drawn": ["UPDATE attempt SET paper = json_insert(paper, '$[#]', 'nothing') WHERE id = 1"],
    "Marking a finished try again gives the result that was recorded": ["UPDATE attempt SET percent = 1 WHERE id = 1"],
    "A try was passed if the ledger says so, with the same result, and only then": [f"DELETE FROM fact WHERE id = {FACT.format('passed')}"],
    "Every answer is to a question of its paper": ["UPDATE answer SET question = 'nothing' WHERE id = 1"],
    "The answers to a question are numbered 1, 2, 3 and so on": ["UPDATE answer SET revision = 3 WHERE id = 1"],
    "No answer was given before its try began or after it was finished": ["UPDATE answer SET at = datetime(at, '+3 days') WHERE id = 1"],
    "An answer that stands was not changed afterwards": [
        "UPDATE answer SET checked = 1 WHERE id = 1",
        'INSERT INTO answer (attempt_id, question, revision, "key", given, at, checked) '
        "SELECT attempt_id, question, 2, 'x', given, at, 0 FROM answer WHERE id = 1",
    ],
    "A request is answered as a whole: by whom, when and how; and never by the one who asked": ["UPDATE ask SET agreed = 1"],
    "Every further try was asked for and agreed to, once": [DECISION.format("try allowed", 5, '{"ask": 99}')],
    "Every address is kept in one spelling": ["UPDATE person SET email = 'Amira@Example.Org' WHERE id = 1"],
    "Every name can be printed, and shows what it is": ["UPDATE person SET name = 'Amira' || char(8238) WHERE id = 1"],
    "Nobody left before they came": ["UPDATE person SET left = '2001-01-01' WHERE id = 1"],
    "No password is kept, only its Argon2id hash": ["UPDATE person SET password = 'letmein' WHERE id = 1"],
    "Nobody stops managing a team before they begin": ["UPDATE team_manager SET until = '2001-01-01 00:00:00.000000'"],
    "Every requirement makes sense": ["UPDATE requirement SET ends = '2001-01-01' WHERE id = 1"],
    "No secret is kept, only its digest": [
        "INSERT INTO link (secret, purpose, facts, made, expires) "
        "VALUES ('in clear', 'reset', '{}', '2026-01-01 00:00:00', '2026-01-02 00:00:00')"
    ],
    "No session and no link ends before it begins": [
        "INSERT INTO link (secret, purpose, facts, made, expires) "
        "VALUES ('x', 'reset', '{}', '2026-01-02 00:00:00', '2026-01-01 00:00:00')"
    ],
    "What a finished job was told is forgotten": [
        "INSERT INTO job (name, facts, due, tries, done) "
        "VALUES ('mail', '{\"to\": \"amira\"}', '2026-01-01 00:00:00', 1, '2026-01-01 00:00:00')"
    ],
    "Every kept version of a module is as it was": ["UPDATE release SET source = '{\"module.yaml\": \"title: Another\"}'"],
    "Every version that was live is kept": ["UPDATE went_live SET version = 'lost' WHERE id = 1"],
    "Each version that went live took the place of the one before it": [
        "UPDATE went_live SET previous = 'lost' WHERE id = (SELECT max(id) FROM went_live)",
    ],
    "Whoever was kept from a tool was told why": ["UPDATE gate_log SET opened = 0, reasons = '[]' WHERE id = 1"],
    "No number for help was checked on a day to come": ["UPDATE contact SET checked_on = '2099-01-01' WHERE id = 1"],
    "Every address of a tool begins with https": ["UPDATE tool_address SET address = 'http://tools.example'"],
}
"""For each rule, what breaks it."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A small database in which nearly everything has happened."""
    address = f"sqlite:///{tmp_path_factory.mktemp('lived') / 'elearn.sqlite'}"
    builders.make_tables(address)
    engine = connect(address)
    found, _ = library.load(ROOT / "modules", today=NOW.date())
    with Session(engine, expire_on_commit=False) as session, writing(session):
        demo.fill(session, found, NOW, Outside(), plans=CAST)
    yield engine
    engine.dispose()


@pytest.fixture
def session(lived: Engine) -> Iterator[Session]:
    """Whatever a test breaks is whole again for the next."""
    with Session(lived) as opened:
        yield opened
        opened.rollback()


@pytest.fixture(scope="module")
def course(lived: Engine) -> Iterator[CourseOf]:
    with Session(lived) as opened:
        yield checking.reader(opened, Outside())


def test_a_sound_database_breaks_no_rule(session: Session, course: CourseOf) -> None:
    report = checking.check(session, NOW, course)
    assert report.breaches == ()
    assert report.checked == len(checking.RULES) >= 45


def test_every_rule_has_something_that_breaks_it() -> None:
    assert set(BREAKS) == set(checking.RULES)


@pytest.mark.parametrize("rule", BREAKS)
def test_what_breaks_a_rule_is_named(session: Session, course: CourseOf, rule: str) -> None:
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    for statement in [*GROW, *BREAKS[rule]]:
        session.connection().exec_driver_sql(statement)
    if rule == "Every table is there":
        assert list(checking.RULES[rule](checking.Everything(session, NOW, course))) == ["draft"]
        return
    breaches = checking.check(session, NOW, course).breaches
    assert rule in {breach.rule for breach in breaches}
    assert all(breach.thing for breach in breaches)


def test_an_unknown_time_zone_is_named_before_anything_is_worked_out_with_it(session: Session, course: CourseOf) -> None:
    session.connection().exec_driver_sql("UPDATE partnership SET zone = 'Europe/Westmere'")
    assert [breach.rule for breach in checking.check(session, NOW, course).breaches] == ["The partnership's time zone is known"]


def test_it_works_the_same_on_postgresql(postgres: object) -> None:
    made = postgres.fresh()  # type: ignore[attr-defined]  (the fixture is typed where it is made)
    found, _ = library.load(ROOT / "modules", today=NOW.date())
    try:
        with made() as session, writing(session):
            demo.fill(session, found, NOW, Outside(), plans=CAST)
        with made() as session:
            assert checking.check(session, NOW, checking.reader(session, Outside())).breaches == ()
    finally:
        made.close()

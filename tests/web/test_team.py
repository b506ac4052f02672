"""A manager's team: who has done what, what is asked, and nothing about anybody else."""
from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.records import learning, ledger, requirements
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from elearn.rules.requirements import Requirement
from elearn.rules.validity import Validity
from tests import builders
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

ITEM = "child-neglect"
YEARLY = Validity("rolling", months=12, window_days=30)


def ask_of(records: Records, team_id: int, item: str = ITEM, due_days: int | None = 30) -> None:
    """Make the item required of the team, as it has been for a long time."""
    now = clock.now()
    with records() as session, writing(session):
        rule = Requirement(0, item, YEARLY, due_days, (now - timedelta(days=700)).date(), team_id=team_id)
        requirements.add(session, rule, None, now)


def did(app: Flask, records: Records, who: Who, days_ago: int = 1, item: str = ITEM) -> str:
    course = app.extensions["catalogue"].courses[item]
    now = clock.now()
    with records() as session, writing(session):
        at = now - timedelta(days=days_ago)
        return evidence.complete(
            session, who.id, course, now, ZoneInfo("Europe/London"), FactKind.COMPLETED, who.id, "Passed, 3 of 3", happened=at, via="quiz"
        )


def add(records: Records, team_id: int, *names: str, joined: timedelta = builders.LONG_AGO) -> list[Who]:
    with records() as session, writing(session):
        return [builders.person(session, name, team_id, clock.now(), joined=joined) for name in names]


def test_the_manager_of_one_team_arrives_at_it(browse: Browse, people: People) -> None:
    page = browse(people.alice).get("/team")
    assert page.path == f"/team/{people.team_id}"
    page.says("Bob Adeyemi", "Everything as it stands on")


def test_the_manager_of_several_teams_gets_a_list_with_what_is_late(browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        both = builders.manager(session, people.alice, people.other_team_id, clock.now())
    ask_of(records, people.team_id)
    page = browse(both).get("/team")
    assert page.h1 == "My teams"
    page.says("overdue").never_says("Omar")


def test_an_empty_team_is_told_how_people_join(browse: Browse, records: Records, people: People) -> None:
    with records() as session, writing(session):
        empty = builders.team(session, people.agency_id, "New team")
        manager = builders.manager(session, people.charlie, empty, clock.now())
        code = session.scalar(text("SELECT code FROM team WHERE id = :id"), {"id": empty})
    page = browse(manager).get(f"/team/{empty}").says("Nobody has joined yet")
    page.says(f"{code[:3]} {code[3:]}")


def test_a_tick_stands_only_where_something_was_done(app: Flask, browse: Browse, people: People, records: Records) -> None:
    ask_of(records, people.team_id)
    did(app, records, people.bob)
    page = browse(people.alice).get(f"/team/{people.team_id}")
    rows = {row[0]: row[1:] for row in _rows(page)}
    assert rows["Bob Adeyemi"][0] == "Up to date"
    assert rows["Bob Adeyemi"][1].startswith("Done ")
    assert rows["Tess Rowe"][0] == "1 overdue"
    assert rows["Tess Rowe"][1].startswith("Late ")


def _rows(page: Page) -> list[list[str]]:
    from tests.page import words

    table = next(page.root.iter("table"))
    found = []
    for row in next(table.iter("tbody")).iter("tr"):
        cells = [words(cell) for cell in row if cell.tag in {"th", "td"}]
        link = next(row.iter("a"))
        found.append([words(link), *cells[1:]])
    return found


def test_what_is_not_asked_of_someone_says_so_and_never_looks_done(browse: Browse, people: People, records: Records) -> None:
    now = clock.now()
    with records() as session, writing(session):
        rule = Requirement(0, ITEM, YEARLY, 30, now.date(), team_id=people.team_id, role="student")
        requirements.add(session, rule, None, now)
        student = builders.person(session, "Sam Student", people.team_id, now, role="student")
    rows = {row[0]: row[1:] for row in _rows(browse(people.alice).get(f"/team/{people.team_id}"))}
    assert rows["Bob Adeyemi"] == ["Nothing needed", "Not needed"]
    assert rows[student.name][1].startswith("Due ")


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [("q=adeyemi", "Bob", "Tess"), ("show=done", "Bob", "Tess"), ("show=late", "Tess", "Bob A")],
)
def test_the_table_is_filtered_by_words_and_by_state(
    app: Flask, browse: Browse, people: People, records: Records, query: str, there: str, gone: str
) -> None:
    ask_of(records, people.team_id)
    did(app, records, people.bob)
    names = " ".join(row[0] for row in _rows(browse(people.alice).get(f"/team/{people.team_id}?{query}&item={ITEM}")))
    assert there in names
    assert gone not in names


@pytest.mark.parametrize("query", ["show=zzz", "show='; DROP TABLE person", "item=../../etc/passwd", "item=a%00b", "show=late&item=x"])
def test_a_filter_that_is_not_ours_is_refused(browse: Browse, people: People, query: str) -> None:
    browse(people.alice).get(f"/team/{people.team_id}?{query}", 400)


@pytest.mark.parametrize("query", ["page=0", "page=-5", "page=999999999999999999999", "page=x", "q=%00%E2%80%AE", "q=" + "x" * 3000])
def test_odd_pages_and_words_are_no_fault(browse: Browse, people: People, query: str) -> None:
    browse(people.alice).get(f"/team/{people.team_id}?{query}")


def test_a_large_team_is_paged_and_costs_no_more_statements(browse: Browse, people: People, records: Records) -> None:
    ask_of(records, people.team_id)
    manager = browse(people.alice)
    few = len(manager.get(f"/team/{people.team_id}").statements)
    add(records, people.team_id, *(f"Person {n:03d}" for n in range(120)))
    page = manager.get(f"/team/{people.team_id}")
    assert len(_rows(page)) == 25
    page.says("Page 1 of 5")
    assert len(page.statements) == few
    assert few <= 12
    page.click("Next").says("Page 2 of 5")


def test_names_of_every_script_and_length_stand_in_the_table(browse: Browse, people: People, records: Records) -> None:
    names = ["ليلى حسن", "W" * 120, "<b>Bold</b> & Co", "=1+1"]
    add(records, people.team_id, *names)
    browse(people.alice).get(f"/team/{people.team_id}").says(*names)


def test_nobody_sees_a_team_they_do_not_manage(browse: Browse, people: People) -> None:
    unknown = browse(people.charlie).get("/team/987654", 404).main
    for address in (f"/team/{people.team_id}", f"/team/people/{people.bob.id}"):
        assert browse(people.charlie).get(address, 404).main == unknown
    assert browse(people.charlie).download(f"/team/{people.team_id}.csv", 404)
    browse(people.bob).get("/team", 403)


def test_a_former_manager_sees_nothing_from_that_moment(browse: Browse, people: People, records: Records) -> None:
    manager = browse(people.alice)
    manager.get(f"/team/{people.team_id}")
    with records() as session, writing(session):
        ended = {"now": _stored(clock.now()), "id": people.alice.id}
        session.execute(text("UPDATE team_manager SET until = :now WHERE person_id = :id"), ended)
    manager.get(f"/team/{people.team_id}", 404)


def _stored(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


# ---- The export

def export(page: Page, address: str) -> list[list[str]]:
    response = page.download(address)
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_the_export_holds_everyone_and_everything_asked_of_them(app: Flask, browse: Browse, people: People, records: Records) -> None:
    ask_of(records, people.team_id)
    did(app, records, people.bob)
    add(records, people.team_id, "=HYPERLINK(1)")
    heading, columns, *rows = export(browse(people.alice), f"/team/{people.team_id}.csv")
    assert "Shown: everyone." in heading[0]
    found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert found["Bob Adeyemi"]["State"] == "current"
    assert "It counts until" in found["Bob Adeyemi"]["Reason"]
    assert "'=HYPERLINK(1)" in found
    assert not any(row["Name"].startswith("Omar") for row in found.values())


def test_the_export_is_filtered_as_the_table_is_and_says_so(app: Flask, browse: Browse, people: People, records: Records) -> None:
    ask_of(records, people.team_id)
    did(app, records, people.bob)
    heading, _, *rows = export(browse(people.alice), f"/team/{people.team_id}.csv?show=done&q=bob")
    assert {row[0] for row in rows} == {"Bob Adeyemi"}
    assert "name or role has “bob”, up to date" in heading[0]


# ---- What is asked

def ask(records: Records, who: Who) -> int:
    with records() as session, writing(session):
        learning.ask(session, who.id, "try-again", ITEM, clock.now())
        found = learning.open_ask(session, who.id, "try-again", ITEM)
        assert found is not None
        return found.id


@pytest.mark.parametrize(("press", "tries", "said"), [("Allow", 1, "One more try allowed"), ("Not now", 0, "Your answer is saved")])
def test_a_manager_answers_with_one_press(browse: Browse, people: People, records: Records, press: str, tries: int, said: str) -> None:
    id = ask(records, people.bob)
    page = browse(people.alice).get(f"/team/{people.team_id}").says("Bob Adeyemi asks for one more try at the quiz")
    page.post(f"/team/asks/{id}", press=press).says(said).never_says("asks for one more try")
    with records() as session:
        facts = [fact for fact in ledger.of_person(session, people.bob.id) if fact.kind is FactKind.TRY_ALLOWED]
    assert [fact.actor_id for fact in facts] == [people.alice.id] * tries


def test_a_second_press_is_told_that_it_was_done_and_changes_nothing(browse: Browse, people: People, records: Records) -> None:
    id = ask(records, people.bob)
    page = browse(people.alice).get(f"/team/{people.team_id}")
    form = page.form(f"/team/asks/{id}", "Allow").fill({}, "Allow")
    page.send(f"/team/asks/{id}", form).says("One more try allowed")
    page.send(f"/team/asks/{id}", form).says("This has been answered")
    page.forge(f"/team/asks/{id}", {"agreed": "no"}, 200).says("This has been answered")
    browse(people.charlie).get("/team").forge(f"/team/asks/{id}", {"agreed": "yes"}, 404)
    with records() as session:
        facts = [fact for fact in ledger.of_person(session, people.bob.id) if fact.kind is FactKind.TRY_ALLOWED]
    assert len(facts) == 1


def test_nobody_answers_what_they_asked_themselves_or_what_others_manage(browse: Browse, people: People, records: Records) -> None:
    own, bobs = ask(records, people.alice), ask(records, people.bob)
    page = browse(people.alice).get(f"/team/{people.team_id}")
    page.never_says("Alice O’Connor asks")
    page.forge(f"/team/asks/{own}", {"agreed": "yes"}, 404)
    browse(people.charlie).get("/team").forge(f"/team/asks/{bobs}", {"agreed": "yes"}, 404)
    browse(people.ada).get(f"/team/{people.team_id}").never_says("asks for one more try")
    browse(people.alice).get(f"/team/{people.team_id}").forge(f"/team/asks/{bobs}", {"agreed": "perhaps"}, 400)


# ---- Inviting

def test_a_manager_invites_people_but_never_managers_or_trainers(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.alice).get(f"/team/{people.team_id}")
    path = f"/team/{people.team_id}/invite"
    page.post(path, {"name": "Nora Lund", "email": "nora.lund@westmere.example", "role": "volunteer"}).says("Invitation sent")
    page.forge(path, {"name": "Max", "email": "max@westmere.example", "role": "staff", "manages": "y", "trainer": "y", "team": "1"}, 200)
    with records() as session:
        kept = session.scalars(text("SELECT facts FROM audit WHERE act = 'invited' AND actor_id = :id"), {"id": people.alice.id}).all()
    assert len(kept) == 2
    assert all('"manages": false, "trainer": false' in facts for facts in kept)


def test_a_wrong_address_is_said_and_what_was_typed_stays(browse: Browse, people: People) -> None:
    page = browse(people.alice).get(f"/team/{people.team_id}")
    path = f"/team/{people.team_id}/invite"
    page.post(path, {"name": "Nora Lund", "email": "nora at home"}, status=422).says("There is a problem", "name@example.org")
    assert ("email", "nora at home") in page.form(path).values
    assert ("name", "Nora Lund") in page.form(path).values


# ---- One person

def test_a_person_is_shown_with_reasons_history_and_the_steps_to_the_tool(
    app: Flask, browse: Browse, people: People, records: Records
) -> None:
    ask_of(records, people.team_id)
    did(app, records, people.bob)
    page = browse(people.alice).get(f"/team/people/{people.bob.id}")
    page.says("Bob Adeyemi", people.bob.email, "It counts until", "Passed the quiz of", "Certificate")
    page.says("Locked for now", "no trainer has recorded it yet")
    page.never_says("3 of 3")


def test_shared_thoughts_are_shown_and_private_ones_never(app: Flask, browse: Browse, people: People, records: Records) -> None:
    now, courses = clock.now(), app.extensions["catalogue"].courses
    with records() as session, writing(session):
        thoughts = ((ITEM, "I will ask about meals", True), ("professional-curiosity", "This was about my own home", False))
        for item, words, shared in thoughts:
            learning.save_reflection(session, people.bob.id, item, words, shared, now)
            ledger.append(session, people.bob.id, FactKind.READ, item, now, now, version=courses[item].version, actor_id=people.bob.id)
    browse(people.alice).get(f"/team/people/{people.bob.id}").says("I will ask about meals").never_says("This was about my own home")


@pytest.mark.breaks_invariants(
    "Every completion has a certificate", "Every completion names the rule it was judged by", "Every further try was asked for and agreed to, once",
    "Whatever was learned is kept in the version it was learned from", reason="facts of every kind, with no more in them than the page tells",
)
def test_history_tells_of_exemptions_more_time_and_what_was_taken_back(browse: Browse, people: People, records: Records) -> None:
    now = clock.now()
    with records() as session, writing(session):
        done = ledger.append(session, people.bob.id, FactKind.COMPLETED, ITEM, now, now, actor_id=people.bob.id, via="reading")
        for kind, data in (
            (FactKind.REVOKED, {"of": done.id, "reason": "It was someone else"}),
            (FactKind.EXEMPTED, {"reason": "On leave", "until": date(2030, 6, 1).isoformat()}),
            (FactKind.EXTENDED, {"reason": "A busy month", "due": date(2030, 7, 1).isoformat()}),
            (FactKind.TRY_ALLOWED, {}),
        ):
            ledger.append(session, people.bob.id, kind, ITEM, now, now, actor_id=people.alice.id, **data)
    browse(people.alice).get(f"/team/people/{people.bob.id}").says(
        "taken back by Alice O’Connor. The reason: It was someone else", "is not needed until 1 June 2030", "The reason: On leave",
        "until 1 July 2030", "allowed one more try",
    )

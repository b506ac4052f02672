"""Registers on the web: a trainer's own, found by name, saved as often as they like, put right with a reason."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import ledger, live
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from tests import builders
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@pytest.fixture
def register(records: Records, people: People) -> str:
    """The address of a register of Tess's."""
    now = clock.now()
    with records() as session, writing(session):
        id = live.add(session, "graded-care-profile-2", "v", (now - timedelta(days=1)).date(), "Town Hall", 360, people.tess.id, now)
    return f"/live/{id}"


def kinds(records: Records, who: Who) -> list[FactKind]:
    with records() as session:
        return [fact.kind for fact in ledger.of_person(session, who.id)]


def test_a_trainer_adds_a_day_and_fills_in_its_register(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.tess).get("/live").says("You have none yet")
    day = (clock.now() - timedelta(days=2)).date().isoformat()
    page.post("/live", {"day": day, "place": "Town Hall, room 2", "minutes": "390"})
    page.says("Register", "Town Hall, room 2", "6 hours 30 minutes")
    address = page.path
    page.post(address, {"find": people.bob.email}, press="find").says("Bob Adeyemi", "Not saved yet")
    assert kinds(records, people.bob) == [], "looking saves nothing"
    page.post(address, {"came": str(people.bob.id)}, press="save").says("Register saved", "1 person was added", "Recorded")
    assert kinds(records, people.bob) == [FactKind.ATTENDED, FactKind.AWARDED]
    page.post(address, press="save").says("Nothing was new")
    assert kinds(records, people.bob) == [FactKind.ATTENDED, FactKind.AWARDED]


def test_many_are_found_at_once_and_ticks_stay_while_looking(browse: Browse, people: People, register: str) -> None:
    page = browse(people.tess).get(register)
    page.post(register, {"find": f"{people.bob.email}\nnobody-at-all"}, press="find").says("We found nobody for", "nobody-at-all")
    page.post(register, {"find": people.omar.email, "came": str(people.bob.id)}, press="find")
    form = page.form(register)
    assert ("came", str(people.bob.id)) in form.values
    assert form.choices["came"] == [str(people.bob.id), str(people.omar.id)]


def test_a_day_to_come_and_an_empty_place_are_refused_and_what_was_typed_stays(browse: Browse, people: People) -> None:
    page = browse(people.tess).get("/live")
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    page.post("/live", {"day": tomorrow, "place": " ", "minutes": "abc"}, status=422)
    page.says("There is a problem", "still to come", "Enter the place", "Minutes")
    assert {("day", tomorrow), ("minutes", "abc")} <= set(page.form("/live").values)


def test_taking_someone_off_needs_a_reason(browse: Browse, people: People, records: Records, register: str) -> None:
    page = browse(people.tess).get(register).post(register, {"find": people.bob.email}, press="find")
    page.post(register, {"came": str(people.bob.id)}, press="save")
    page.post(register, {"came": None}, press="save", status=422).says("Say why you take someone off")
    assert ("came", str(people.bob.id)) not in page.form(register).values, "the tick stays away"
    page.post(register, {"came": None, "reason": "They were ill"}, press="save").says("1 person was taken off")
    assert kinds(records, people.bob)[-1] is FactKind.UNDONE


def test_a_trainer_is_not_offered_themselves_or_the_team_they_manage(
    browse: Browse, people: People, records: Records, register: str
) -> None:
    with records() as session, writing(session):
        builders.manager(session, people.tess, people.far_team_id, clock.now())
    page = browse(people.tess).get(register)
    page.post(register, {"find": f"{people.tess.email}\n{people.omar.email}"}, press="find")
    page.says("This is you. Another trainer has to record it.", "You manage this person’s team.")
    assert "came" not in page.form(register).choices
    for who in (people.tess, people.omar):
        page.forge(register, {"came": str(who.id), "do": "save"}, 403)
        assert kinds(records, who) == []
        page.get(register)
    with records() as session:
        query = text("SELECT count(*) FROM audit WHERE act = 'refused attendance' AND actor_id = :id")
        assert session.scalar(query, {"id": people.tess.id}) == 2


def test_all_or_nothing_when_one_of_many_may_not_be_recorded(browse: Browse, people: People, records: Records, register: str) -> None:
    page = browse(people.tess).get(register)
    page.forge(register, {"came": [str(people.bob.id), str(people.tess.id)], "do": "save"}, 403)
    assert kinds(records, people.bob) == []


def test_another_trainers_register_is_not_there(browse: Browse, people: People, records: Records, register: str) -> None:
    with records() as session, writing(session):
        other = builders.person(session, "Tom Other", people.team_id, clock.now(), trainer=True)
    page = browse(other).get("/live")
    page.forge(register, {"came": str(people.bob.id), "do": "save"}, 404)
    browse(other).get(register, 404)
    browse(people.ada).get(register, 404)
    assert kinds(records, people.bob) == []


def test_someone_who_is_no_longer_a_trainer_loses_their_registers(browse: Browse, people: People, records: Records, register: str) -> None:
    with records() as session, writing(session):
        session.execute(text("UPDATE person SET trainer = :no WHERE id = :id"), {"no": False, "id": people.tess.id})
    browse(people.tess).get(register, 404)
    browse(people.tess).get("/live", 403)


@pytest.mark.parametrize("who", ["bob", "alice", "ada"])
def test_learners_managers_and_administrators_record_nothing(browse: Browse, people: People, register: str, who: str) -> None:
    page = browse(getattr(people, who))
    page.get("/live", 403)
    page.get(register, 404)


@pytest.mark.parametrize("came", ["x", "-1", "1e3", "9" * 40, "１"])
def test_ids_that_are_none_are_refused(browse: Browse, people: People, register: str, came: str) -> None:
    browse(people.tess).get(register).forge(register, {"came": came, "do": "save"}, 400)

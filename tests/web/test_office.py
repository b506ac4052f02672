"""The office: what needs an administrator, and changes that are checked, kept and written down."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions.publishing import Catalogue
from elearn.records import learning, membership, requirements, tenancy
from elearn.records import people as records_of_people
from elearn.records.db import writing
from elearn.records.tenancy import LocalContact
from elearn.rules.validity import Validity
from elearn.web.areas.office import lasts, month_day
from tests import builders
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@pytest.fixture(autouse=True)
def as_before(app: Flask, records: Records) -> Iterator[None]:
    """What belongs to the whole site is put back as it was: other tests share it."""
    with records() as session:
        before = tenancy.partnership(session)
        given = {(contact.key, contact.agency_id): contact for contact in tenancy.contacts(session)}
        rules = {rule.id for rule in requirements.all_requirements(session)}
    yield
    with records() as session, writing(session):
        tenancy.save_partnership(session, before)
        for contact in tenancy.contacts(session):
            if (contact.key, contact.agency_id) not in given:
                gone = LocalContact(contact.key, contact.agency_id, contact.name, "", "", contact.checked_on)
                tenancy.save_contact(session, gone, None, clock.now())
        for rule in requirements.all_requirements(session):
            if rule.id not in rules:
                session.execute(text("DELETE FROM requirement WHERE id = :id"), {"id": rule.id})
    app.extensions["tenancy"].forget()


def audited(records: Records, act: str) -> int:
    with records() as session:
        return session.scalar(text("SELECT count(*) FROM audit WHERE act = :act"), {"act": act}) or 0


# ---- The desk

def test_numbers_nobody_gave_and_numbers_checked_long_ago_ask_for_attention(
    app: Flask, browse: Browse, people: People, records: Records
) -> None:
    page = browse(people.ada).get("/office").says("Ask your safeguarding lead to fill this in.", "No number")
    long_ago = clock.now().date() - timedelta(days=200)
    with records() as session, writing(session):
        lead = LocalContact("safeguarding-lead", None, "Our lead", "0306 999 0118", "", long_ago)
        tenancy.save_contact(session, lead, people.ada.id, clock.now())
    app.extensions["tenancy"].forget()
    page.get("/office").says("Our lead", "Last checked")


def test_whatever_waits_for_a_review_is_on_the_desk_of_every_kind(app: Flask, browse: Browse, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    live: Catalogue = app.extensions["catalogue"]
    titles = [one.title for kept in (live.courses, live.resources, live.tools, live.themes) for one in kept.values()]
    page = browse(people.ada).get("/office").says("To review", f"{len(titles)} in all", *titles)
    page.says("Card", "Poster, one page", "Tool", "Theme", "Not reviewed").never_says("Past its day")
    day = clock.now().date() - timedelta(days=3)
    reviewed = {slug: replace(one, reviewed_by="Dr Sow", reviewed_on=day, review_due=day) for slug, one in live.resources.items()}
    fresh = {slug: replace(one, reviewed_by="Dr Sow", reviewed_on=day) for slug, one in live.themes.items()}
    monkeypatch.setattr(live, "library", replace(live.library, resources=reviewed, themes=fresh))
    desk = page.get("/office").says(f"{len(titles) - len(fresh)} in all", "Past its day").text
    assert desk.index("Past its day") < desk.index("Not reviewed"), "what is late comes first"
    assert all(title in desk for title in [one.title for one in reviewed.values()])


def test_only_administrators_come_in(browse: Browse, people: People) -> None:
    for who in (people.bob, people.alice, people.tess):
        for path in ("/office", "/office/people", "/office/tools", "/office/mail", "/office/teams"):
            browse(who).get(path, 403)


@pytest.mark.parametrize(
    "path",
    ["", "/people", "/people/new", "/teams", "/requirements", "/contacts", "/partnership", "/tools", "/mail", "/asks"],
)
def test_every_page_can_be_drawn_with_names_of_any_kind(browse: Browse, people: People, records: Records, path: str) -> None:
    with records() as session, writing(session):
        agency = builders.agency(session, f"وكالة <b>{path} {'W' * 90}")
        builders.person(session, "ليلى <i>حسن</i>", builders.team(session, agency, "W" * 120), clock.now())
    browse(people.ada).get(f"/office{path}")


def test_the_list_of_people_costs_the_same_however_many_there_are(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get("/office/people?q=Quorra")
    few = len(page.statements)
    with records() as session, writing(session):
        for n in range(60):
            builders.person(session, f"Quorra {n:02d}", people.team_id, clock.now())
    assert len(page.get("/office/people?q=Quorra").says("60 people", "Page 1 of 2").statements) <= few
    page.click("Next").says("Quorra 59")


def test_what_waits_for_managers_is_listed(browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        learning.ask(session, people.bob.id, "try-again", "child-neglect", clock.now())
    browse(people.ada).get("/office/asks").says("Bob Adeyemi asks for one more try")


# ---- People

def test_a_person_is_changed_and_it_is_written_down(browse: Browse, people: People, records: Records) -> None:
    path, before = f"/office/people/{people.bob.id}", audited(records, "changed person")
    page = browse(people.ada).get(path)
    page.post(path, {"job": "Midwife", "trainer": "y", "role": "student"}, press="Save").says("Saved")
    with records() as session:
        bob = records_of_people.profile(session, people.bob.id)
    assert bob is not None
    assert (bob.job, bob.trainer, bob.role, bob.administrator, bob.name) == ("Midwife", True, "student", False, "Bob Adeyemi")
    assert audited(records, "changed person") == before + 1
    assert ("trainer", "y") in page.form(path).values, "what is true is ticked"
    page.post(path, press="Save").says("Nothing was different")
    assert audited(records, "changed person") == before + 1


@pytest.mark.parametrize(("given", "words"), [
    ({"name": " "}, "Enter a name"), ({"name": "x" * 300}, "120 letters at most"), ({"left": "31/02/2026"}, "Enter a day, like 26/05/2026"),
    ({"job": "y" * 200}, "120 letters at most"),
])
def test_what_is_wrong_is_said_and_nothing_is_changed(
    browse: Browse, people: People, records: Records, given: dict[str, str], words: str
) -> None:
    path = f"/office/people/{people.bob.id}"
    browse(people.ada).get(path).post(path, given, press="Save", status=422).says("There is a problem", words)
    with records() as session:
        bob = records_of_people.profile(session, people.bob.id)
    assert bob is not None
    assert bob.name == "Bob Adeyemi"
    assert bob.job == ""


def test_a_field_that_is_on_no_form_changes_nothing(browse: Browse, people: People, records: Records) -> None:
    path = f"/office/people/{people.bob.id}"
    page = browse(people.ada).get(path)
    fields = dict(page.form(path, "Save").values) | {"email": "evil@westmere.example", "password": "x", "id": "1", "joined": "2000-01-01"}
    page.send(path, list(fields.items()))
    with records() as session:
        bob = records_of_people.profile(session, people.bob.id)
    assert bob is not None
    assert (bob.email, bob.joined) == (people.bob.email, (clock.now() - builders.LONG_AGO).date())


def test_a_suspended_person_is_out_at_once(browse: Browse, people: People) -> None:
    bob, path = browse(people.bob), f"/office/people/{people.bob.id}"
    bob.get("/my")
    browse(people.ada).get(path).post(path, {"suspended": "y"}, press="Save")
    bob.get("/my").says("Sign in")


def test_an_administrator_cannot_shut_themselves_out(browse: Browse, people: People) -> None:
    path = f"/office/people/{people.ada.id}"
    page = browse(people.ada).get(path)
    page.post(path, {"administrator": None}, press="Save", status=422).says("You can’t take this away from yourself")


def test_a_team_is_given_for_some_days_and_ended_at_once(browse: Browse, people: People, records: Records) -> None:
    path = f"/office/people/{people.bob.id}"
    page = browse(people.ada).get(path)
    page.post(f"{path}/teams", {"managed": str(people.other_team_id)}, press="Add the team").says("They manage the team")
    browse(people.bob).get(f"/team/{people.other_team_id}")
    with records() as session:
        (held,) = membership.charges(session, people.bob.id)
    page.post(f"{path}/teams/{held.id}/end").says("They no longer manage the team", "Ended")
    browse(people.bob).get(f"/team/{people.other_team_id}", 404)


def test_a_mistake_in_the_days_leaves_the_rest_of_the_page_as_it_was(browse: Browse, people: People) -> None:
    path = f"/office/people/{people.tess.id}"
    page = browse(people.ada).get(path)
    page.post(f"{path}/teams", {"since": "2026-11-23", "last_day": "2026-11-01"}, press="Add the team", status=422).says("before the first")
    assert ("last_day", "2026-11-01") in page.form(f"{path}/teams").values
    assert ("trainer", "y") in page.form(path, "Save").values


def test_an_invitation_may_make_a_manager_or_a_trainer(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get("/office/people/new")
    page.post("/office/people/new", {
        "name": "Nadia Sow", "email": "nadia.sow@westmere.example", "team": str(people.team_id), "manages": "y",
    }).says("Invitation sent")
    assert audited(records, "invited") >= 1


# ---- Agencies and teams

def test_an_agency_and_a_team_are_added_with_a_code_to_share(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get("/office/teams")
    name = f"Homes {people.agency_id}"
    page.post("/office/agencies", {"agency_name": name}).says("Agency added", name)
    page.post("/office/agencies", {"agency_name": name}, status=422).says("already an agency")
    with records() as session:
        agency = next(found.id for found in membership.agencies(session) if found.name == name)
    page.get("/office/teams").post("/office/teams", {"agency": str(agency), "team_name": "Haven"}).says("Team added", "Haven")
    with records() as session:
        team = next(found for found in records_of_people.teams(session) if found.agency_id == agency)
    page.post(f"/office/teams/{team.id}/code").says("New code made")
    with records() as session:
        assert records_of_people.team_by_code(session, team.code) is None


# ---- What is asked of whom

def test_a_requirement_is_shown_in_words_before_it_is_added_and_then_ended(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get("/office/requirements")
    page.post("/office/requirements", {
        "item": "child-neglect", "whom": f"team:{people.team_id}", "role": "staff", "rule": "fixed", "months": "12", "window_days": "30",
        "fixed_day": "31 August", "at_least": "6", "due_days": "14",
    }, press="See it in words")
    page.says("This is what it would mean", "It counts until 31 August, and for at least 6 months.", "within 14 days")
    with records() as session:
        assert not [rule for rule in requirements.all_requirements(session) if rule.team_id == people.team_id]
    page.post("/office/requirements", press="Add this").says("Requirement added")
    with records() as session:
        (rule,) = [rule for rule in requirements.all_requirements(session) if rule.team_id == people.team_id]
    assert rule.validity == Validity("fixed", 12, 30, (8, 31), 6)
    assert (rule.role, rule.due_days) == ("staff", 14)
    end = f"/office/requirements/{rule.id}/end"
    page.post(end, {"last_day": "2020-01-01"}, status=422).says("or later")
    assert ("last_day", "2020-01-01") in page.form(end).values
    page.post(end, {"last_day": clock.now().date().isoformat()}).says("Last day set")
    assert audited(records, "ended requirement") >= 1


@pytest.mark.parametrize(("given", "words"), [
    ({"rule": "rolling", "months": ""}, "Say how many months it lasts"), ({"rule": "rolling", "months": "abc"}, "Enter a whole number"),
    ({"rule": "fixed", "months": "12", "fixed_day": "29 February"}, "29 February comes only in leap years"),
    ({"rule": "fixed", "months": "12", "fixed_day": "soon"}, "like 31 August"), ({"due_days": "99999"}, "from 0 to 730"),
    ({"starts": "yesterday"}, "Enter a day"),
])
def test_a_requirement_that_contradicts_itself_is_explained(browse: Browse, people: People, given: dict[str, str], words: str) -> None:
    page = browse(people.ada).get("/office/requirements")
    page.post("/office/requirements", given, press="See it in words", status=422).says(words)
    for name, value in given.items():
        assert (name, value) in page.form("/office/requirements", "See it in words").values


def test_how_long_something_counts_reads_as_a_sentence() -> None:
    assert lasts(Validity("never")) == "It never runs out."
    assert lasts(Validity("rolling", 1)) == "It counts for 1 month from the day it was last done."
    assert lasts(Validity("anniversary", 36, 60)).endswith("It may be done again in the last 60 days.")


@pytest.mark.parametrize(("text", "day"), [("31 August", (8, 31)), ("1st sept", (9, 1)), (" 2 Mar ", (3, 2))])
def test_a_day_of_the_year_is_read_as_people_write_it(text: str, day: tuple[int, int]) -> None:
    assert month_day(text) == day


# ---- Numbers, the partnership and tools

def test_a_number_is_saved_with_the_day_it_was_checked_and_shown_at_once(browse: Browse, people: People, records: Records) -> None:
    path = "/office/contacts/safeguarding-lead/0"
    page = browse(people.ada).get(path)
    page.post(path, {"name": "Joan, our lead", "number": "0306 999 0150"}, status=422).says("Call the number to check it")
    page.post(path, {"checked": "y"}).says("Saved", "Joan, our lead")
    browse(people.bob).get("/help").says("0306 999 0150")
    page.get(path).post(path, {"number": "call me", "checked": "y"}, status=422).says("Enter a phone number in digits")
    assert ("number", "call me") in page.form(path).values


@pytest.mark.parametrize("number", ["0306 999 0142", "999", "+44 306 999 0142", "0306-999-0142", "01234 (567) 890"])
def test_numbers_are_taken_as_people_write_them(browse: Browse, people: People, number: str) -> None:
    path = f"/office/contacts/childrens-services/{people.agency_id}"
    browse(people.ada).get(path).post(path, {"name": "Ours", "number": number, "checked": "y"}).says("Saved")


def test_a_kind_of_number_or_an_agency_that_is_not_there_is_not_found(browse: Browse, people: People) -> None:
    for path in ("/office/contacts/nothing/0", "/office/contacts/emergency/0", "/office/contacts/childrens-services/987654"):
        browse(people.ada).get(path, 404)


@pytest.mark.parametrize(("given", "words"), [
    ({"prefix": "1AB"}, "2 or 3 capital letters"), ({"prefix": "ABCD"}, "2 or 3 capital letters"),
    ({"neutral_site": "http://x.example"}, "https://"),
    ({"neutral_site": "javascript:alert(1)"}, "https://"), ({"neutral_site": "https://"}, "https://"),
    ({"name": ""}, "Enter the name of the partnership"),
])
def test_a_partnership_that_cannot_be_is_refused(browse: Browse, people: People, given: dict[str, str], words: str) -> None:
    page = browse(people.ada).get("/office/partnership")
    page.post("/office/partnership", given, status=422).says("There is a problem", words)


def test_the_partnership_is_on_every_page_at_once(browse: Browse, people: People) -> None:
    page = browse(people.ada).get("/office/partnership")
    page.post("/office/partnership", {"name": "Northmere Partnership", "site_name": "Study", "prefix": "nm7"})
    page.says("Saved", "Northmere Partnership")
    assert ("prefix", "NM7") in page.form("/office/partnership").values


@pytest.mark.parametrize(("given", "words"), [
    ({"level_1": " "}, "Enter a name for level 1. If it has none, enter “Level 1”"),
    ({"level_4": ""}, "Enter a name for level 4"),
    ({"level_2": "n" * 41}, "Make this shorter: 40 letters at most"),
    ({"level_1": "Everyday help", "level_3": "everyday  HELP"}, "Another level has this name"),
    ({"level_1": "Level 2"}, "This is level 1, and 2 is the number of another level. Take it out of this name"),
    ({"level_2": "Levels 2 and 3"}, "This is level 2, and 3 is the number of another level"),
    ({"level_3": "Tier four"}, "This is level 3, and 4 is the number of another level"),
    ({"level_4": "المستوى ٣"}, "This is level 4, and 3 is the number of another level"),
    ({"level_2": "Level 4"}, "Another level has this name"),
])
def test_a_name_of_a_level_that_cannot_be_is_refused(browse: Browse, people: People, given: dict[str, str], words: str) -> None:
    page = browse(people.ada).get("/office/partnership")
    page.post("/office/partnership", {"name": "Typed before the mistake", **given}, status=422).says("There is a problem", words)
    kept = dict(page.form("/office/partnership").values)
    assert kept["name"] == "Typed before the mistake"
    assert [kept[name].casefold() for name in given] == [" ".join(text.split()).casefold() for text in given.values()]


LEVELS = {"level_1": "Help for all", "level_2": "A bit more", "level_3": "مساعدة من عدة جهات معا", "level_4": "n" * 40}


def test_the_levels_carry_their_new_names_on_kept_pages_at_once_and_the_change_is_written_down(
    browse: Browse, people: People, records: Records
) -> None:
    screen = "/learn/support-level-guidance/four-levels/levels"
    reader, page = browse(people.bob).get(screen).says("Level 1", "Level 4"), browse(people.ada).get("/office/partnership")
    before = audited(records, "changed partnership")
    page.post("/office/partnership", LEVELS).says("Saved")
    reader.get(screen).says(*(f"Level {number}: {name}" for number, name in enumerate(LEVELS.values(), 1)))
    written = browse(people.ada).get("/office/writing/support-level-guidance")
    written.get(next(link for link in written.links() if "four-levels/levels" in unquote(link))).says("Level 2: A bit more")
    assert audited(records, "changed partnership") == before + 1
    with records() as session:
        noted = session.scalar(text("SELECT facts FROM audit WHERE act = 'changed partnership' ORDER BY id DESC LIMIT 1"))
    assert LEVELS.items() <= (json.loads(noted) if isinstance(noted, str) else noted).items()


def test_a_name_that_says_its_number_is_shown_without_saying_it_twice(browse: Browse, people: People) -> None:
    page = browse(people.ada).get("/office/partnership")
    page.post("/office/partnership", {"level_1": "Level 1", "level_2": "Level 2 early help", "level_3": "Level 30", "level_4": "Most help"})
    page.get("/learn/support-level-guidance/four-levels/levels").says("Level 2 early help", "Level 3: Level 30", "Level 4: Most help")
    page.never_says("Level 1: Level 1", "Level 2: Level 2")


def test_a_tool_needs_a_safe_address_and_a_licence(browse: Browse, people: People, records: Records) -> None:
    page, path = browse(people.ada).get("/office/tools"), "/office/tools/gcp2"
    page.post(path, {"gcp2-address": "http://tools.example/x", "gcp2-licence": "y"}, status=422).says("begins with https://")
    page.post(path, {"gcp2-address": "https://tools.example/x", "gcp2-licence": None}, status=422)
    page.says("Tick this if your organisation holds the licence")
    page.post(path, {"gcp2-address": "https://tools.example/x", "gcp2-licence": "y"}).says("Saved")
    with records() as session:
        assert tenancy.tool_addresses(session)["gcp2"] == "https://tools.example/x"
    page.post(path, {"gcp2-address": "", "gcp2-licence": None}).says("Saved")
    with records() as session:
        assert "gcp2" not in tenancy.tool_addresses(session)


# ---- Mail

@pytest.fixture
def letter(app: Flask) -> Iterator[str]:
    message = EmailMessage()
    message["Subject"], message["To"] = "Your link <b>", "bob@westmere.example"
    message.set_content("Go to http://localhost/account/link/abc.\nNever to http://evil.example/x\n<script>alert(1)</script>")
    folder: Path = app.extensions["settings"].data / "mail"
    folder.mkdir(exist_ok=True)
    file = folder / "20261123T093000000001.eml"
    file.write_bytes(message.as_bytes())
    yield file.name
    file.unlink()


def test_kept_mail_is_shown_as_plain_words_with_only_our_own_links(browse: Browse, people: People, letter: str) -> None:
    page = browse(people.ada).get("/office/mail").says("Your link <b>", "bob@westmere.example")
    page.click("Your link").says("<script>alert(1)</script>", "http://evil.example/x")
    assert "http://localhost/account/link/abc" in page.links()
    assert not any("evil.example" in link for link in page.links())


@pytest.mark.parametrize("name", ["..%2f..%2felearn.sqlite", "nothing.eml", ".eml", "a.txt", "%00.eml", "..\\x.eml"])
def test_nothing_but_mail_is_read_from_the_folder(browse: Browse, people: People, letter: str, name: str) -> None:
    browse(people.ada).get(f"/office/mail/{name}", 404)

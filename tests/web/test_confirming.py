"""A computer left open is not enough to make an administrator: people confirm who they are first, and what they typed is still there."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import accounts, passwords
from elearn.records import membership, tenancy
from elearn.records.db import writing
from elearn.records.outbox import JobRow
from elearn.records.people import PersonRow
from elearn.records.sessions import DraftRow, SessionRow, TallyRow
from tests import builders
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

PASSWORD = "seven green hats at dawn"


@pytest.fixture(autouse=True)
def _a_fresh_count(app: Flask, records: Records) -> None:
    with records() as session, writing(session):
        session.execute(delete(TallyRow))
        session.execute(delete(JobRow))


@pytest.fixture(scope="module")
def hashed() -> str:
    """Made once: it is slow on purpose."""
    return passwords.make(PASSWORD)


@pytest.fixture
def ada(people: People, records: Records, hashed: str) -> Who:
    """An administrator who has a password."""
    with records() as session, writing(session):
        session.execute(update(PersonRow).where(PersonRow.id == people.ada.id).values(password=hashed))
    return people.ada


def a_while_ago(records: Records, who: Who) -> None:
    """The person signed in some time ago, and has been busy since."""
    with records() as session, writing(session):
        values = {"fresh": clock.now() - accounts.FRESH - timedelta(seconds=1)}
        session.execute(update(SessionRow).where(SessionRow.person_id == who.id, SessionRow.ended.is_(None)).values(**values))


def stored(records: Records, who: Who) -> PersonRow:
    with records() as session:
        return session.scalars(select(PersonRow).where(PersonRow.id == who.id)).one()


def confirm(page: Page, password: str = PASSWORD, status: int = 200) -> Page:
    assert page.h1 == "Confirm it is you"
    return page.post("/account/confirm", {"password": password}, status=status)


@pytest.mark.parametrize(("field", "value"), [("administrator", "y"), ("trainer", "y"), ("suspended", "y"), ("left", "2026-05-26")])
def test_rights_are_changed_only_by_someone_who_has_just_shown_who_they_are(
    field: str, value: str, browse: Browse, people: People, ada: Who, records: Records
) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    page.post(f"/office/people/{people.bob.id}", {field: value, "job": "Night carer"}).says("What you typed is kept")
    assert not getattr(stored(records, people.bob), field) and stored(records, people.bob).job == ""

    confirm(page).says("We kept what you typed")
    assert page.path == f"/office/people/{people.bob.id}?kept=1"
    sent = dict(page.form(f"/office/people/{people.bob.id}").values)
    assert (sent[field], sent["job"]) == (value, "Night carer")
    assert not getattr(stored(records, people.bob), field), "it is shown, and saved only when they press again"

    page.post(f"/office/people/{people.bob.id}").says("Saved")
    assert getattr(stored(records, people.bob), field) and stored(records, people.bob).job == "Night carer"


def test_a_name_or_a_team_is_changed_without_asking(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    page.post(f"/office/people/{people.bob.id}", {"job": "Night carer", "team": str(people.other_team_id)}).says("Saved")
    assert stored(records, people.bob).job == "Night carer"


def test_whoever_has_just_signed_in_is_not_asked(browse: Browse, people: People, ada: Who, records: Records) -> None:
    browse(ada).get(f"/office/people/{people.bob.id}").post(f"/office/people/{people.bob.id}", {"trainer": "y"}).says("Saved")
    assert stored(records, people.bob).trainer


def test_what_cannot_be_is_said_before_anyone_is_asked(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    page.post(f"/office/people/{people.bob.id}", {"administrator": "y", "name": ""}, status=422).says("Enter a name")


def test_managing_a_team_is_given_and_ended_only_after_confirming(browse: Browse, people: People, ada: Who, records: Records) -> None:
    path, page = f"/office/people/{people.bob.id}", browse(ada)
    page.get(path)
    a_while_ago(records, ada)
    page.post(f"{path}/teams", {"managed": str(people.other_team_id), "since": "2026-05-01"})
    confirm(page)
    assert dict(page.form(f"{path}/teams").values)["managed"] == str(people.other_team_id)
    assert dict(page.form(path).values)["name"] == people.bob.name, "the other form is as it was"
    page.post(f"{path}/teams").says("They manage the team")
    a_while_ago(records, ada)
    with records() as session:
        [held] = membership.charges(session, people.bob.id)
    page.post(f"{path}/teams/{held.id}/end").says("Confirm it is you")
    with records() as session:
        assert membership.charges(session, people.bob.id)[0].until is None


def test_a_manager_or_a_trainer_is_invited_only_after_confirming(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page, nora = browse(ada), {"name": "Nora New", "email": "nora.new@westmere.example", "team": str(people.team_id)}
    page.get("/office/people/new")
    a_while_ago(records, ada)
    page.post("/office/people/new", nora)
    assert page.path.startswith("/office/people?said=invited"), "someone without rights is invited without asking"
    page.get("/office/people/new").post("/office/people/new", {**nora, "email": "nell.new@westmere.example", "manages": "y"})
    confirm(page)
    sent = dict(page.form("/office/people/new").values)
    assert (sent["name"], sent["email"], sent["manages"]) == ("Nora New", "nell.new@westmere.example", "y")


def test_who_runs_the_site_and_where_tools_are_is_changed_only_after_confirming(browse: Browse, ada: Who, records: Records) -> None:
    page = browse(ada).get("/office/partnership")
    with records() as session:
        before = tenancy.partnership(session)
    a_while_ago(records, ada)
    page.post("/office/partnership", {"signer": "Sam Somebody-Else"})
    confirm(page)
    assert dict(page.form("/office/partnership").values)["signer"] == "Sam Somebody-Else"
    page.get("/office/tools")
    a_while_ago(records, ada)
    page.post("/office/tools/gcp2", {"gcp2-address": "https://learn.example.org/gcp2", "gcp2-licence": "y"})
    confirm(page)
    sent = dict(page.form("/office/tools/gcp2").values)
    assert (sent["gcp2-address"], sent["gcp2-licence"]) == ("https://learn.example.org/gcp2", "y")
    with records() as session:
        assert tenancy.partnership(session) == before and "gcp2" not in tenancy.tool_addresses(session)


def test_a_wrong_password_changes_nothing_and_is_counted(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    page.post(f"/office/people/{people.bob.id}", {"administrator": "y"})
    for _ in range(accounts.GUESSES):
        confirm(page, "eight blue coats at dusk", 422).says("That is not your current password")
    confirm(page, PASSWORD, 422).says("That was a lot of tries")
    confirm(page, "", 422).says("Enter your password")
    assert not stored(records, people.bob).administrator


def test_confirming_gives_a_new_session_and_ends_the_old_one(browse: Browse, ada: Who, records: Records) -> None:
    page = browse(ada).get("/account/confirm?next=/office")
    confirm(page)
    assert page.path == "/office"
    thief = Page(page.app, page.engine, page.secret)
    assert thief.client.get("/my").status_code == 303, "a copy of the old cookie still signs in"
    with records() as session:
        live = session.scalars(select(SessionRow).where(SessionRow.person_id == ada.id, SessionRow.ended.is_(None))).one()
        assert clock.now() - live.fresh < timedelta(minutes=1)


def test_without_a_password_a_link_by_mail_does_it_on_any_device(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, people.ada)
    page.post(f"/office/people/{people.bob.id}", {"trainer": "y"})
    assert "password" not in page.form("/account/confirm").names
    page.post("/account/confirm", press="Email me a link").says("Look in your email")
    with records() as session:
        [letter] = session.scalars(select(JobRow.facts).where(JobRow.name == "mail"))
    assert letter["to"] == people.ada.email
    other = browse(None).get(letter["path"])
    other.post(letter["path"]).says("We kept what you typed")
    assert dict(other.form(f"/office/people/{people.bob.id}").values)["trainer"] == "y"
    other.post(f"/office/people/{people.bob.id}").says("Saved")


def test_what_was_typed_is_shown_to_its_owner_alone_on_its_page_alone_and_not_for_long(
    browse: Browse, people: People, ada: Who, records: Records
) -> None:
    path, page = f"/office/people/{people.bob.id}", browse(ada)
    page.get(path)
    a_while_ago(records, ada)
    page.post(path, {"trainer": "y", "job": "Typed and kept"})
    with records() as session, writing(session):
        eve = builders.person(session, "Eve Other", people.team_id, clock.now(), administrator=True)
    browse(eve).get(f"{path}?kept=1").never_says("We kept what you typed")
    browse(ada).get(f"/office/people/{people.omar.id}?kept=1").never_says("We kept what you typed")
    browse(ada).get(path).never_says("We kept what you typed")
    assert "Typed and kept" in dict(browse(ada).get(f"{path}?kept=1").form(path).values)["job"]
    with records() as session, writing(session):
        for row in session.scalars(select(DraftRow).where(DraftRow.person_id == ada.id)):
            row.made = row.used = row.made - accounts.FORM_LIFE
    browse(ada).get(f"{path}?kept=1").never_says("We kept what you typed")


def test_signing_in_again_saves_nothing_of_what_waits_to_be_confirmed(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    page.post(f"/office/people/{people.bob.id}", {"administrator": "y"})
    fresh = browse(None)
    fresh.get("/account/sign-in?how=password").post("/account/sign-in", {"email": ada.email, "password": PASSWORD})
    assert not stored(records, people.bob).administrator


def test_no_secret_is_kept(browse: Browse, people: People, ada: Who, records: Records) -> None:
    page = browse(ada).get(f"/office/people/{people.bob.id}")
    a_while_ago(records, ada)
    pairs = page.form(f"/office/people/{people.bob.id}").fill({"trainer": "y"}, None)
    page.send(f"/office/people/{people.bob.id}", [*pairs, ("password", "a-secret"), ("new_password", "a-secret")])
    with records() as session:
        form = session.scalars(select(DraftRow.form).where(DraftRow.person_id == ada.id)).one()
    assert "trainer" in form and "csrf" not in form and "a-secret" not in repr(form)


def test_confirming_leads_nowhere_but_to_our_own_pages(browse: Browse, ada: Who) -> None:
    page = browse(ada)
    for odd in ("//evil.example", "https://evil.example", "/\\evil.example"):
        page.get("/account/confirm", query_string={"next": odd})
        assert all("evil" not in value for form in page.forms if form.action == "/account/confirm" for _, value in form.values)


def test_ones_address_is_changed_after_confirming_and_what_was_typed_is_there(browse: Browse, ada: Who, records: Records) -> None:
    page = browse(ada).get("/account/")
    a_while_ago(records, ada)
    page.post("/account/email", {"email": "ada.new@westmere.example"})
    confirm(page).says("We kept what you typed")
    assert dict(page.form("/account/email").values)["email"] == "ada.new@westmere.example"
    page.post("/account/email").says("We have sent a link to the new address")


def test_looking_at_what_was_kept_changes_nothing(browse: Browse, people: People, ada: Who, records: Records) -> None:
    path, page = f"/office/people/{people.bob.id}", browse(ada)
    page.get(path)
    a_while_ago(records, ada)
    page.post(path, {"trainer": "y"})
    for _ in range(3):
        page.get(f"{path}?kept=1").says("We kept what you typed")
    writes = [statement for statement in page.statements if re.match(r"UPDATE|INSERT|DELETE", statement)]
    assert not writes
    with records() as session:
        assert session.scalar(select(func.count()).select_from(DraftRow).where(DraftRow.person_id == ada.id)) == 1

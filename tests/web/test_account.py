"""Joining, signing in and out, and one's account, as people meet them: nothing tells a stranger who is here, and nothing is lost."""
from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from elearn import clock
from elearn.actions import accounts, passwords
from elearn.records import sessions
from elearn.records.db import Busy, writing
from elearn.records.ledger import AuditRow
from elearn.records.outbox import JobRow
from elearn.records.people import PersonRow, TeamRow
from elearn.records.sessions import DraftRow, LinkRow, SessionRow, TallyRow
from elearn.web import kept as kept_answers
from tests.answering import right
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import Sitting, begin, read_course

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

PASSWORD = "seven green hats at dawn"
WRONG = "eight blue coats at dusk"
NEW = "nine red scarves at noon"


@pytest.fixture(scope="module")
def hashed() -> str:
    """Made once: it is slow on purpose."""
    return passwords.make(PASSWORD)


@pytest.fixture(autouse=True)
def _a_fresh_count(records: Records) -> None:
    """All tests come from one network: each begins with nothing counted and nothing in the post."""
    with records() as session, writing(session):
        session.execute(delete(TallyRow))
        session.execute(delete(JobRow))


@pytest.fixture
def bob(people: People, records: Records, hashed: str) -> Who:
    """Bob, who has a password."""
    change(records, people.bob, password=hashed)
    return people.bob


def change(records: Records, who: Who, **values: Any) -> None:
    with records() as session, writing(session):
        session.execute(update(PersonRow).where(PersonRow.id == who.id).values(**values))


def letters(records: Records) -> list[dict[str, Any]]:
    with records() as session:
        waiting = session.scalars(select(JobRow.facts).where(JobRow.name == "mail").order_by(JobRow.id))
        return [facts for facts in waiting if facts.get("to") != accounts.NOBODY]


def sign_in(page: Page, email: str, password: str = PASSWORD, **more: str) -> Page:
    page.get("/account/sign-in?how=password")
    return page.post("/account/sign-in", {"email": email, "password": password, **more})


def attempt(page: Page, path: str, **fields: str) -> TestResponse:
    """Send a form with this browser's token and look at the bare answer."""
    if not page.status:
        page.get("/worried")
    return page.client.post(path, data={"csrf": page.token, **fields})


def cookie(page: Page) -> str:
    found = page.client.get_cookie("elearn")
    assert found is not None
    return found.value


def is_in(page: Page) -> bool:
    return page.client.get("/my").status_code == 200


def open_sessions(records: Records, who: Who) -> list[SessionRow]:
    with records() as session:
        return list(session.scalars(select(SessionRow).where(SessionRow.person_id == who.id, SessionRow.ended.is_(None))))


def age(records: Records, who: Who, by: timedelta) -> None:
    """Let time pass for the person's sessions."""
    with records() as session, writing(session):
        for row in session.scalars(select(SessionRow).where(SessionRow.person_id == who.id, SessionRow.ended.is_(None))):
            row.started, row.seen, row.fresh, row.ends = row.started - by, row.seen - by, row.fresh - by, row.ends - by


def same(one: TestResponse, other: TestResponse, *typed: str) -> None:
    """Fail unless two answers tell the same: status, headers and every byte of the page but tokens and what was typed."""

    def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
        body = re.sub(r"[0-9a-f]{64}", "TOKEN", answer.get_data(as_text=True))
        for words in typed:
            body = body.replace(words, "TYPED")
        headers = [(name, value) for name, value in answer.headers if name not in {"X-Request-Id", "Set-Cookie", "Content-Length"}]
        return answer.status_code, headers, body

    assert told(one) == told(other)


# ---- Nothing tells who is here -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("state", ["known", "no password", "suspended", "left"])
@pytest.mark.parametrize("path", ["/account/sign-in", "/account/reset", "/account/join", "password"])
def test_a_stranger_is_told_the_same_of_every_address(
    path: str, state: str, browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    if state == "no password":
        change(records, bob, password=None)
    if state in {"suspended", "left"}:
        change(records, bob, **{state: clock.now() if state == "suspended" else clock.now().date()})
    checked: list[str] = []

    def watched(_: str | None, given: str) -> bool:
        checked.append(given)
        return False

    monkeypatch.setattr(passwords, "matches", watched)
    nobody = bob.email.replace("bob", "bib")
    answers = []
    for email in (bob.email, nobody):
        fields = {"email": email}
        if path == "/account/join":
            with records() as session, writing(session):
                team = session.get(TeamRow, bob.team_id)
                assert team is not None
                team.code = f"J{bob.id:06d}"
            fields |= {"code": f"J{bob.id:06d}", "name": "Someone", "role": "staff"}
        if path == "password":
            fields |= {"password": WRONG, "how": "password"}
        answers.append(attempt(browse(None), "/account/sign-in" if path == "password" else path, **fields))
    same(answers[0], answers[1], bob.email, nobody)
    assert checked == ([WRONG, WRONG] if path == "password" else []), "the same work is done for both"
    assert answers[0].status_code == (422 if path == "password" else 303)


def test_an_address_that_asks_too_often_is_told_the_same_as_ever(browse: Browse, bob: Who, records: Records) -> None:
    answers = [attempt(browse(None), "/account/sign-in", email=bob.email) for _ in range(5)]
    for answer in answers[1:]:
        same(answers[0], answer)
    assert len(letters(records)) == accounts.MAILS


def test_links_go_to_our_own_address_whatever_host_was_asked_for(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(None).get("/account/sign-in")
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    page.client.post("/account/sign-in", data={"csrf": page.token, "email": bob.email}, headers=forged)
    bad = page.client.post("/account/sign-in", data={"csrf": page.token, "email": bob.email}, headers={"Host": "evil.example"})
    assert bad.status_code == 400
    [letter] = letters(records)
    assert letter["path"].startswith("/account/link/") and "evil" not in str(letter)


# ---- Joining ------------------------------------------------------------------------------------------------------------

def test_someone_joins_with_a_team_code_and_a_link(browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        team = session.get(TeamRow, people.team_id)
        assert team is not None
        team.code = f"A{team.id:06d}"
    page = browse(None).get("/account/join")
    code = f"a{people.team_id:06d}"
    typed = {"code": f"{code[:3]} {code[3:]}", "name": "Zoë  O’Brien ", "email": f"Zoe.{people.team_id}@Example.org", "role": "volunteer"}
    page.post("/account/join", typed).says("Look in your email")
    [letter] = letters(records)
    phone = browse(None).get(letter["path"]).says("Join your team", "Zoë O’Brien")
    phone.post(letter["path"])
    assert is_in(phone) and phone.path.startswith("/my")
    phone.get("/account/").says("Zoë O’Brien")
    page.get(letter["path"], status=410).says("This link does not work any more").never_says("Zoë")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("code", "", "Enter your team code"), ("code", "OAK", "too short"), ("code", "OAK44719999", "too long"), ("code", "ZZZ9999", "don’t know"),
        ("name", " \u200b ", "Enter your name"), ("name", "x" * 121, "120 letters"), ("name", "Win at www.evil.example", "just your name"),
        ("name", "a https://evil.example", "just your name"), ("email", "", "Enter your email"), ("email", "a@b", "should look like"),
        ("email", "é@example.org", "should look like"),
        ("email", "a@example.org\r\nBcc: b@example.org", "should look like"), ("role", None, "Choose how"), ("role", "admin", "Choose how"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_and_what_was_typed_is_kept(field: str, value: str | None, words: str, browse: Browse) -> None:
    good: dict[str, str] = {"code": "OAK 4471", "name": "Nadia Iqbal", "email": "nadia@example.org", "role": "staff"}
    sent = {name: one for name, one in (good | {field: value}).items() if one is not None}
    page = browse(None).get("/account/join")
    page.send("/account/join", [("csrf", page.token), *sent.items()], status=422)
    page.says("There is a problem", words)
    assert page.title.startswith("Error: ")
    form = dict(page.form("/account/join").values)
    for name in {"name", "code", "email"} - {field}:
        assert form[name] == good[name]


def test_codes_cannot_be_tried_through(browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        for _ in range(accounts.NETWORK_GUESSES):
            sessions.count(session, "code:127.0.0.1", clock.now(), accounts.NETWORK_WINDOW)
        team = session.get(TeamRow, people.team_id)
        assert team is not None
        team.code = f"B{team.id:06d}"
    page = browse(None).get("/account/join")
    fields = {"code": f"B{people.team_id:06d}", "name": "X Y", "email": "x@example.org", "role": "staff"}
    page.post("/account/join", fields, status=422).says("That was a lot of codes")


# ---- Links --------------------------------------------------------------------------------------------------------------

def test_a_link_that_is_only_looked_at_changes_nothing(browse: Browse, bob: Who, records: Records) -> None:
    attempt(browse(None), "/account/sign-in", email=bob.email)
    [letter] = letters(records)
    for _ in range(3):
        page = browse(None).get(letter["path"]).says("Sign in", bob.name)
        assert page.client.head(letter["path"]).status_code == 200
        assert page.response.headers["Referrer-Policy"] == "no-referrer" and not is_in(page)
    with records() as session:
        assert session.scalar(select(func.count()).select_from(LinkRow).where(LinkRow.person_id == bob.id, LinkRow.used.is_not(None))) == 0
    assert open_sessions(records, bob) == []


def test_the_page_of_a_link_keeps_its_secret_out_of_every_other_form(browse: Browse, bob: Who, records: Records) -> None:
    attempt(browse(None), "/account/sign-in", email=bob.email)
    [letter] = letters(records)
    secret = letter["path"].rpartition("/")[2]
    page = browse(None).get(letter["path"])
    for form in page.forms:
        values = [value for name, value in form.values if name == "csrf"]
        assert values == [page.token] and secret not in values


def test_a_link_signs_in_once_and_leads_on_to_where_one_was_going(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(None).get("/account/", 200)
    assert page.path.startswith("/account/sign-in")
    page.post("/account/sign-in", {"email": bob.email}).says("Look in your email")
    [letter] = letters(records)
    phone = browse(None).get(letter["path"])
    phone.post(letter["path"])
    assert phone.path == "/account/" and is_in(phone)
    answer = attempt(page, letter["path"])
    assert answer.status_code == 410 and "Set-Cookie" not in str([line for line in answer.headers.getlist("Set-Cookie") if "elearn=" in line])
    assert not is_in(page)


def test_a_link_pressed_in_many_windows_lets_one_in(app: Flask, browse: Browse, bob: Who, records: Records) -> None:
    attempt(browse(None), "/account/sign-in", email=bob.email)
    [letter] = letters(records)
    pages = [browse(None).get(letter["path"]) for _ in range(6)]
    start, got = threading.Barrier(len(pages)), []

    def press(page: Page) -> None:
        start.wait()
        got.append(page.client.post(letter["path"], data={"csrf": page.token}).status_code)

    threads = [threading.Thread(target=press, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [303] + [410] * 5 and len(open_sessions(records, bob)) == 1


@pytest.mark.parametrize("how", ["suspended", "left"])
def test_a_closed_account_is_refused_everywhere(how: str, browse: Browse, bob: Who, records: Records) -> None:
    inside = browse(bob).get("/my")
    attempt(browse(None), "/account/sign-in", email=bob.email)
    [letter] = letters(records)
    change(records, bob, **{how: clock.now() if how == "suspended" else clock.now().date()})
    assert not is_in(inside)
    browse(None).get(letter["path"], status=410).never_says(bob.name)
    assert attempt(browse(None), letter["path"]).status_code == 410
    outside = browse(None).get("/account/sign-in?how=password")
    outside.post("/account/sign-in", {"email": bob.email, "password": PASSWORD}, status=422).says("don’t match")
    assert not is_in(outside)


# ---- Signing in by password ----------------------------------------------------------------------------------------------

def test_a_password_signs_in_with_a_secret_nobody_knew_before(browse: Browse, bob: Who) -> None:
    page = browse(None)
    page.client.set_cookie("elearn", "planted-by-someone-else")
    sign_in(page, bob.email.upper())
    assert is_in(page) and cookie(page) != "planted-by-someone-else" and len(cookie(page)) == 43
    other = browse(None)
    other.client.set_cookie("elearn", "planted-by-someone-else")
    assert not is_in(other)


def test_signing_in_over_another_session_ends_that_one(browse: Browse, bob: Who, people: People, records: Records) -> None:
    page = browse(people.omar).get("/worried")
    copied = cookie(page)
    attempt(page, "/account/sign-in", email=bob.email, password=PASSWORD, how="password")
    assert page.get("/account/").says(bob.name) and cookie(page) != copied
    thief = browse(None)
    thief.client.set_cookie("elearn", copied)
    assert not is_in(thief) and open_sessions(records, people.omar) == []


def test_a_wrong_password_is_said_kindly_and_shown_to_nobody(browse: Browse, bob: Who, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    page = browse(None).get("/account/sign-in?how=password")
    page.post("/account/sign-in", {"email": bob.email, "password": WRONG}, status=422).says("There is a problem", "don’t match")
    assert WRONG not in page.response.get_data(as_text=True)
    assert dict(page.form("/account/sign-in").values)["email"] == bob.email, "what else was typed is kept"
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "sign-in refused" in logged
    assert WRONG not in logged and bob.email not in logged and bob.name not in logged


def test_a_password_that_was_left_out_is_asked_for_and_is_no_guess(browse: Browse, bob: Who) -> None:
    page = browse(None).get("/account/sign-in?how=password")
    for _ in range(accounts.GUESSES + 2):
        page.post("/account/sign-in", {"email": bob.email, "password": ""}, status=422).says("Enter your password")
    assert is_in(sign_in(page, bob.email))


def test_a_victim_gets_in_however_often_strangers_fail(browse: Browse, bob: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    home = browse(None)
    sign_in(home, bob.email)
    attempt(home.get("/worried"), "/account/sign-out")
    monkeypatch.setattr(passwords, "matches", lambda kept, given: kept is not None and given == PASSWORD)
    stranger, tried = browse(None).get("/worried"), []
    for number in range(70):
        sent = {"csrf": stranger.token, "email": bob.email, "password": f"{WRONG} {number}", "how": "password"}
        remote = {"REMOTE_ADDR": f"198.51.100.{number // 20}"}
        tried.append(stranger.client.post("/account/sign-in", data=sent, environ_overrides=remote).get_data(as_text=True))
    assert sum("That was a lot of tries" in page for page in tried) == 70 - accounts.GUESSES
    sent = {"csrf": stranger.token, "email": bob.email, "password": PASSWORD, "how": "password"}
    assert stranger.client.post("/account/sign-in", data=sent).status_code == 422, "even the right one: else it would be no limit"
    sign_in(home, bob.email)
    assert is_in(home)


def test_a_password_kept_more_weakly_is_kept_anew(browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "outdated", lambda kept: True)
    monkeypatch.setattr(passwords, "make", lambda given: f"$argon2id$stronger {len(given)}")
    sign_in(browse(None), bob.email)
    with records() as session:
        assert accounts.kept_password(session, bob.email)[1] == f"$argon2id$stronger {len(PASSWORD)}"


def test_a_password_changed_while_the_old_one_is_checked_keeps_its_holder_out(
    browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(kept: str | None, given: str) -> bool:
        with records() as session, writing(session):
            accounts.set_password(session, bob.id, "$argon2id$another", clock.now())
        return True

    monkeypatch.setattr(passwords, "matches", slow)
    page = browse(None).get("/account/sign-in?how=password")
    page.post("/account/sign-in", {"email": bob.email, "password": PASSWORD}, status=422)
    assert open_sessions(records, bob) == []


def test_on_a_shared_computer_one_is_signed_out_sooner_and_it_is_not_remembered(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(None)
    sign_in(page, bob.email, shared="yes")
    [row] = open_sessions(records, bob)
    assert row.idle_minutes == 20
    page.get("/account/password")
    page.post("/account/password", {"password": NEW})
    [row] = open_sessions(records, bob)
    assert row.idle_minutes == 20, "a new password does not make the computer one’s own"
    with records() as session:
        assert session.scalar(select(func.count()).select_from(sessions.DeviceRow).where(sessions.DeviceRow.person_id == bob.id)) == 0
    age(records, bob, timedelta(minutes=21))
    assert not is_in(page)


def test_people_with_more_rights_are_signed_out_sooner(browse: Browse, people: People, records: Records, hashed: str) -> None:
    for who, idle in ((people.alice, 30), (people.tess, 30), (people.ada, 30), (people.bob, 120)):
        change(records, who, password=hashed)
        sign_in(browse(None), who.email)
        assert [row.idle_minutes for row in open_sessions(records, who)] == [idle]


def test_a_bad_form_at_the_door_is_answered_and_not_a_fault(browse: Browse) -> None:
    page = browse(None).get("/account/sign-in")
    for fields in ({}, {"email": "x"}, {"email": "a@b.example", "how": "password"}, {"email": "\x00", "how": "\x00"}, {"email": "a" * 5000}):
        answer = attempt(page, "/account/sign-in", **fields)
        assert answer.status_code == 422, fields
    assert page.client.post("/account/sign-in", data={"email": "a@b.example"}).status_code == 400, "no token"


# ---- Signing out --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/account/sign-out", "/account/sign-out-everywhere", "this one"])
def test_after_signing_out_a_copied_cookie_is_worth_nothing(path: str, browse: Browse, bob: Who, records: Records) -> None:
    page, other = browse(bob).get("/account/"), browse(bob).get("/account/")
    copied = page.secret or ""
    if path == "this one":
        [this] = [row.id for row in open_sessions(records, bob) if row.secret == sessions.digest(copied)]
        path = f"/account/sessions/{this}/end"
    answer = attempt(page, path)
    assert answer.status_code == 303 and answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert any(line.startswith("elearn=;") for line in answer.headers.getlist("Set-Cookie"))
    page.client.set_cookie("elearn", copied)
    assert not is_in(page)
    assert is_in(other) is (path != "/account/sign-out-everywhere")


def test_one_sees_and_ends_ones_own_sessions_only(browse: Browse, bob: Who, people: People, records: Records) -> None:
    page, other, omar = browse(bob).get("/account/"), browse(bob), browse(people.omar)
    page.get("/account/").says("Where you are signed in", "(this one)")
    assert page.text.count("Firefox on Linux") >= 2
    [theirs] = open_sessions(records, people.omar)
    attempt(page, f"/account/sessions/{theirs.id}/end")
    assert is_in(omar)
    [mine] = [row.id for row in open_sessions(records, bob) if row.secret == sessions.digest(other.secret or "")]
    page.get("/account/")
    page.post(f"/account/sessions/{mine}/end").says("That session is signed out")
    assert not is_in(other) and is_in(page)


# ---- One's account ------------------------------------------------------------------------------------------------------

def test_a_new_password_means_a_new_secret_here_and_no_session_elsewhere(browse: Browse, bob: Who, records: Records) -> None:
    page, other = browse(bob).get("/account/password"), browse(bob)
    old = cookie(page)
    page.post("/account/password", {"password": NEW}).says("Your password is changed")
    assert is_in(page) and cookie(page) != old and not is_in(other)
    other.client.set_cookie("elearn", old)
    assert not is_in(other)
    sign_in(other, bob.email, NEW)
    assert is_in(other)
    with records() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.actor_id == bob.id)) == 1


def test_signing_out_everywhere_while_a_password_is_being_changed_leaves_nobody_in(
    browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief, owner = browse(bob).get("/account/password"), browse(bob).get("/account/")
    token, usual = owner.token, passwords.make

    def slowly(password: str) -> str:
        assert owner.client.post("/account/sign-out-everywhere", data={"csrf": token}).status_code == 303
        return usual(password)

    monkeypatch.setattr(passwords, "make", slowly)
    answer = attempt(thief, "/account/password", password=NEW)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/account/sign-in")
    assert open_sessions(records, bob) == [] and not is_in(thief)
    monkeypatch.undo()
    assert is_in(sign_in(browse(None), bob.email)), "with the password as it was"


def test_after_ten_minutes_the_old_password_is_asked_for(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(bob)
    age(records, bob, timedelta(minutes=11))
    page.get("/account/password").says("Your password now")
    page.send("/account/password", [("csrf", page.token), ("password", WRONG), ("password", NEW)], status=422)
    page.says("There is a problem", "That is not your current password")
    assert NEW not in page.response.get_data(as_text=True) and WRONG not in page.response.get_data(as_text=True)
    page.send("/account/password", [("csrf", page.token), ("password", NEW)], status=422)
    page.send("/account/password", [("csrf", page.token), ("password", PASSWORD), ("password", NEW)])
    page.says("Your password is changed")


def test_guesses_at_the_old_password_are_counted_too(browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    page = browse(bob)
    age(records, bob, timedelta(minutes=11))
    monkeypatch.setattr(passwords, "matches", lambda kept, given: False)
    page.get("/account/password")
    told = [
        page.send("/account/password", [("csrf", page.token), ("password", WRONG), ("password", NEW)], status=422).text
        for _ in range(accounts.GUESSES + 2)
    ]
    assert ["That was a lot of tries" in one for one in told] == [False] * accounts.GUESSES + [True] * 2


def test_without_a_password_a_link_proves_who_one_is(browse: Browse, people: People, records: Records) -> None:
    page = browse(people.bob)
    page.get("/account/password").says("New password").never_says("Your password now")
    age(records, people.bob, timedelta(minutes=11))
    page.get("/account/password").never_says("New password", "Your password now")
    assert attempt(page, "/account/password", password=NEW).status_code == 422
    page.post("/account/reset").says("Look in your email")
    [letter] = letters(records)
    assert (letter["template"], letter["to"]) == ("reset", people.bob.email)
    page.get(letter["path"])
    page.post(letter["path"]).says("New password")
    assert page.path == "/account/password"
    page.post("/account/password", {"password": NEW}).says("Your password is changed")


def test_an_easy_password_is_refused_and_not_shown_again(browse: Browse, bob: Who) -> None:
    page = browse(bob).get("/account/password")
    for easy in ("short", "Password1234!", "BobAdeyemi2024", "qwertyuiopas", "", "x" * 5000):
        page.post("/account/password", {"password": easy}, status=422).says("There is a problem")
        assert not easy or easy not in page.response.get_data(as_text=True)
    assert is_in(page)


@pytest.mark.parametrize("trouble", [Busy(), OperationalError("update", {}, Exception("database or disk is full"))])
def test_a_password_that_could_not_be_saved_is_not_given_back_on_the_page(
    trouble: Exception, browse: Browse, bob: Who, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browse(bob)
    age(records, bob, timedelta(minutes=11))
    page.get("/account/password")

    def fail(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(accounts, "set_password", fail)
    answer = page.client.post("/account/password", data={"csrf": page.token, "password": [PASSWORD, NEW]})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 503 and PASSWORD not in body and NEW not in body


def test_a_new_name_is_cleaned_and_shown_as_it_is(browse: Browse, bob: Who) -> None:
    page = browse(bob).get("/account/")
    page.post("/account/name", {"name": " Bob <b>\u202eAdeyemi\u202c </b> "}).says("Your name is changed")
    page.get("/account/").says("Bob <b>Adeyemi </b>")
    page.post("/account/name", {"name": " "}, status=422).says("There is a problem")
    for name in ("مريم العلي", "李小龍", "Zoë-Siân O’Brien", "नन्दिनी"):
        page.get("/account/").post("/account/name", {"name": name}).says(name)


def test_a_new_address_is_asked_for_confirmed_and_can_be_taken_back(browse: Browse, bob: Who, records: Records) -> None:
    page, new = browse(bob).get("/account/"), f"new.{bob.id}@example.org"
    page.post("/account/email", {"email": bob.email.upper()}, status=422).says("your address already")
    page.get("/account/").post("/account/email", {"email": new}).says("Nothing changes until you use it")
    [letter] = letters(records)
    phone = browse(None).get(letter["path"]).says("Use this address", new)
    phone.post(letter["path"])
    assert is_in(phone) and not is_in(page), "whoever was signed in proves it anew"
    warned = letters(records)[-1]
    assert (warned["template"], warned["to"]) == ("email-changed", bob.email)
    owner = browse(None).get(warned["path"]).says("Change your address back", bob.email)
    owner.post(warned["path"])
    assert owner.path == "/account/password" and not is_in(phone)
    owner.get("/account/").says("You sign in with a link by email")
    assert dict(owner.form("/account/email").values)["email"] == bob.email


def test_a_session_that_was_opened_a_while_ago_cannot_change_the_address(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(bob)
    age(records, bob, timedelta(minutes=11))
    page.get("/account/").post("/account/email", {"email": "x@example.org"}).says("Confirm it is you")
    assert letters(records) == []


def test_a_taken_address_is_told_like_any_other(browse: Browse, bob: Who, people: People, records: Records) -> None:
    answers = [attempt(browse(bob), "/account/email", email=email) for email in ("free@example.org", people.omar.email)]
    same(answers[0], answers[1])
    taken = letters(records)[-1]["path"]
    browse(None).get(taken).post(taken, status=410)
    with records() as session:
        assert accounts.kept_password(session, bob.email)[0] == bob.id


# ---- What was sent after the session had ended (nothing typed is lost) ------------------------------------------------------

@pytest.fixture
def sitting(browse: Browse, app: Flask, bob: Who, records: Records) -> Sitting:
    read_course(records, app, bob)
    return begin(browse(bob), app, records)


@pytest.fixture
def late(sitting: Sitting, bob: Who, records: Records) -> Iterator[Sitting]:
    """Bob has answered after his session had run out, and stands at the door."""
    page, address, question = sitting.page, sitting.address(1), sitting.question(1)
    page.get(address)
    fields = sitting.form(1, right(question))
    if question.stages({}):
        fields = dict(list(fields.items())[:1])
    age(records, bob, timedelta(hours=3))
    page.post(address, fields)
    page.says("We kept your answer", "Sign in")
    yield sitting


def count_answers(records: Records) -> int:
    with records() as session:
        return int(session.execute(text("SELECT count(*) FROM answer WHERE attempt_id = (SELECT max(id) FROM attempt)")).scalar_one())


def drafts(records: Records, who: Who) -> int:
    with records() as session:
        query = select(func.count()).select_from(DraftRow).where(DraftRow.person_id == who.id, DraftRow.used.is_(None))
        return session.scalar(query) or 0


def test_an_answer_sent_too_late_is_there_once_its_owner_is_back(late: Sitting, bob: Who, records: Records, browse: Browse) -> None:
    page = late.page
    assert (drafts(records, bob), count_answers(records)) == (1, 0)
    page.click("Use a password").says("We kept your answer")
    page.post("/account/sign-in", {"email": bob.email, "password": PASSWORD})
    assert page.path.startswith("/quiz/"), "on where one was"
    assert (drafts(records, bob), count_answers(records)) == (0, 1)
    sign_in(browse(None), bob.email)
    assert count_answers(records) == 1, "once, however often one signs in"


def test_a_link_by_mail_brings_the_answer_back_too(late: Sitting, bob: Who, records: Records, browse: Browse) -> None:
    late.page.post("/account/sign-in", {"email": bob.email})
    [letter] = letters(records)
    phone = browse(None).get(letter["path"])
    phone.post(letter["path"])
    assert phone.path.startswith("/quiz/") and count_answers(records) == 1


def test_somebody_else_at_the_same_computer_never_gets_the_answer(
    late: Sitting, bob: Who, people: People, records: Records, browse: Browse, hashed: str
) -> None:
    change(records, people.omar, password=hashed)
    page = late.page.click("Use a password")
    answer = attempt(page, "/account/sign-in", email=people.omar.email, password=PASSWORD, how="password")
    assert answer.status_code == 303
    assert (drafts(records, bob), count_answers(records)) == (1, 0)
    sign_in(browse(None), bob.email)
    assert (drafts(records, bob), count_answers(records)) == (0, 1), "it waited for its owner"


def test_a_draft_that_cannot_be_saved_just_now_keeps_nobody_out_and_is_not_lost(
    late: Sitting, bob: Who, records: Records, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> bool:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setitem(kept_answers.KEPT, "quizzes.answer", busy)
        page = browse(None)
        sign_in(page, bob.email)
        assert is_in(page) and (drafts(records, bob), count_answers(records)) == (1, 0)
    sign_in(browse(None), bob.email)
    assert (drafts(records, bob), count_answers(records)) == (0, 1)


def test_a_draft_that_no_longer_fits_is_let_go(bob: Who, records: Records, browse: Browse) -> None:
    with records() as session, writing(session):
        for path in ("/quiz/999999/1", "/no/such/page", "/quiz/x/y", "/account/sign-out", "//evil.example/x", ""):
            sessions.keep_draft(session, bob.id, path, {"key": ["k" * 20], "q": ["1"]}, clock.now())
    page = browse(None)
    sign_in(page, bob.email)
    assert is_in(page) and drafts(records, bob) == 0


def test_nothing_is_kept_for_a_session_that_was_ended_on_purpose(sitting: Sitting, bob: Who, records: Records) -> None:
    page = sitting.page
    fields = [("csrf", page.token), ("key", "k" * 20)]
    with records() as session, writing(session):
        sessions.end_all(session, bob.id, clock.now())
    page.send(sitting.address(1), fields)
    assert page.path.startswith("/account/sign-in") and drafts(records, bob) == 0


@pytest.mark.parametrize(("passed", "holds"), [(timedelta(minutes=119), True), (timedelta(minutes=120), False)])
def test_an_unused_session_runs_out(passed: timedelta, holds: bool, browse: Browse, bob: Who, records: Records) -> None:
    page = browse(bob)
    age(records, bob, passed)
    assert is_in(page) is holds


def test_no_moment_of_a_session_is_later_than_its_end(browse: Browse, bob: Who, records: Records) -> None:
    page = browse(bob)
    with records() as session, writing(session):
        past: datetime = clock.now() - timedelta(seconds=1)
        session.execute(update(SessionRow).where(SessionRow.person_id == bob.id).values(started=past, ends=past))
    assert not is_in(page)

"""Who is let in and who is not: links, guesses, addresses and sessions, on both databases and with many at once."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from elearn.actions import Refused, accounts
from elearn.actions.accounts import GUESSES, INVITATIONS, JOINS, MAILS, NETWORK_GUESSES, Came
from elearn.records import people as records_people
from elearn.records import sessions
from elearn.records.db import writing
from elearn.records.ledger import AuditRow
from elearn.records.outbox import JobRow
from elearn.records.people import ManagerRow, PersonRow
from elearn.records.sessions import LinkRow
from tests.actions.conftest import NOW
from tests.builders import People, Who
from tests.databases import Database

HOME = Came("device-of-bob", "192.0.2.1", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
STRANGER = Came("device-of-a-stranger", "198.51.100.7")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def letters(session: Session) -> list[dict[str, Any]]:
    """What waits to be sent to somebody, oldest first."""
    return [facts for facts in session.scalars(select(JobRow.facts).where(JobRow.name == "mail").order_by(JobRow.id)) if facts["to"] != accounts.NOBODY]


def secret_of(letter: dict[str, Any]) -> str:
    return str(letter["path"].removeprefix("/account/link/"))


def newest(database: Database, template: str) -> str:
    """The secret in the newest message of this kind."""
    with database() as session:
        return secret_of([letter for letter in letters(session) if letter["template"] == template][-1])


def use(database: Database, secret: str, now: datetime = NOW) -> accounts.Used:
    with database() as session, writing(session):
        return accounts.use(session, secret, now, UTC)


def works(database: Database, secret: str, now: datetime = NOW) -> bool:
    with database() as session:
        return accounts.look(session, secret, now) is not None


def know(database: Database, who: Who, came: Came = HOME) -> None:
    """The person has used this browser before."""
    with database() as session, writing(session):
        accounts.enter(session, who.id, came, privileged=False, now=NOW)


def guess(database: Database, email: str, came: Came, now: datetime = NOW) -> bool:
    """A wrong one."""
    with database() as session, writing(session):
        return accounts.take_guess(session, email, came, now)


def close(database: Database, who: Who, how: str) -> None:
    with database() as session, writing(session):
        at = NOW if how == "suspended" else date(2026, 11, 1)
        session.execute(update(PersonRow).where(PersonRow.id == who.id).values({how: at}))


def together(many: int, act: Callable[[int], Any]) -> list[Any]:
    start, got = threading.Barrier(many), []

    def run(number: int) -> None:
        start.wait()
        try:
            got.append(act(number))
        except Refused as error:
            got.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == many, "one of them met an error that no one expected"
    return got


def join(database: Database, people: People, email: str, name: str = "Nadia Iqbal", came: Came = HOME, now: datetime = NOW) -> None:
    with database() as session, writing(session):
        team = records_people.team(session, people.team_id)
        assert team is not None
        accounts.join(session, team, name, email, "volunteer", came, now)


# ---- Joining ------------------------------------------------------------------------------------------------------------

def test_a_join_makes_nobody_until_the_link_is_used_and_then_one_person(database: Database, people: People) -> None:
    join(database, people, " Nadia@Example.org ")
    with database() as session:
        assert records_people.profile_by_email(session, "nadia@example.org") is None
        [letter] = letters(session)
        found = accounts.look(session, secret_of(letter), NOW)
        assert letter["to"] == "Nadia@Example.org", "written to as it was typed"
        assert found is not None and (found.purpose, found.name, found.email) == ("join", "Nadia Iqbal", "nadia@example.org")
    used = use(database, secret_of(letter))
    with database() as session:
        nadia = records_people.profile_by_email(session, "NADIA@example.org")
        assert nadia is not None
        assert (nadia.id, nadia.name, nadia.team_id, nadia.role, nadia.joined) == (
            used.person_id, "Nadia Iqbal", people.team_id, "volunteer", NOW.date()
        )
        assert not nadia.trainer and not nadia.administrator
    with pytest.raises(Refused):
        use(database, secret_of(letter))


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("Win at prizes.example now", "Win at prizes. example now"), ("J.R. Smith", "J. R. Smith"), ("Zoë St. John", "Zoë St. John"), ("李。小龍", "李。 小龍")],
)
def test_a_name_becomes_no_link_in_a_message_to_somebody_else(database: Database, people: People, typed: str, sent: str) -> None:
    join(database, people, "stranger@example.org", name=typed)
    with database() as session:
        [letter] = letters(session)
        found = accounts.look(session, secret_of(letter), NOW)
    assert letter["facts"]["name"] == sent
    assert found is not None and found.name == typed, "the name itself stays as it was typed"


def test_joining_with_an_address_that_has_an_account_sends_the_way_in_under_the_name_it_has(database: Database, people: People) -> None:
    join(database, people, people.bob.email, name="Somebody Else")
    with database() as session:
        [letter] = letters(session)
    assert letter["template"] == "already" and "Somebody" not in str(letter)
    assert use(database, secret_of(letter)) == (people.bob.id, "sign-in", "")


def test_two_links_to_join_used_at_the_same_moment_make_one_person(database: Database, people: People) -> None:
    for _ in range(2):
        join(database, people, "nadia@example.org")
    with database() as session:
        both = [secret_of(letter) for letter in letters(session)]
    got = together(6, lambda number: use(database, both[number % 2]))
    entered = [one for one in got if not isinstance(one, Refused)]
    assert len(entered) == 2 and len({one.person_id for one in entered}) == 1
    with database() as session:
        assert session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.email == "nadia@example.org")) == 1


def test_an_invitation_can_make_a_manager_and_a_join_never_does(database: Database, people: People) -> None:
    with database() as session, writing(session):
        accounts.invite(session, people.ada.person, people.team_id, "m@example.org", "Mo", "staff", manages=True, trainer=True, now=NOW)
    mo = use(database, newest(database, "invite"), NOW + timedelta(days=6)).person_id
    with database() as session:
        found = records_people.person(session, mo, NOW + timedelta(days=6))
        assert found is not None and found.manages == {people.team_id} and found.trainer and not found.administrator
        assert session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.act == "invited")) == 1
        assert session.scalar(select(func.count()).select_from(ManagerRow).where(ManagerRow.person_id == mo)) == 1


def test_nobody_has_us_write_to_very_many_people(database: Database, people: People) -> None:
    with database() as session, writing(session):
        for _ in range(JOINS):
            sessions.count(session, "join:192.0.2.1", NOW, HOUR)
        for _ in range(INVITATIONS):
            sessions.count(session, f"invite:{people.alice.id}", NOW, HOUR)
    with pytest.raises(Refused, match="network"):
        join(database, people, "one.more@example.org")
    join(database, people, "one.more@example.org", came=STRANGER)
    with database() as session, pytest.raises(Refused, match="50"), writing(session):
        accounts.invite(session, people.alice.person, people.team_id, "x@example.org", "X", "staff", False, False, NOW)
    with database() as session:
        assert len(letters(session)) == 1


# ---- Links --------------------------------------------------------------------------------------------------------------

def ask(database: Database, email: str, came: Came = STRANGER, now: datetime = NOW, going: str = "") -> int:
    """Ask for a link to sign in; returns how many messages there are then."""
    with database() as session, writing(session):
        accounts.send_sign_in(session, email, came, now, going)
    with database() as session:
        return len(letters(session))


def test_a_link_used_by_many_at_once_lets_one_in(database: Database, people: People) -> None:
    ask(database, people.bob.email, going="/my")
    secret = newest(database, "sign-in")
    got = together(8, lambda _: use(database, secret))
    assert [one for one in got if not isinstance(one, Refused)] == [(people.bob.id, "sign-in", "/my")]


@pytest.mark.parametrize(("purpose", "life"), [("sign-in", 15 * MINUTE), ("reset", 60 * MINUTE)])
def test_a_link_works_for_as_long_as_its_message_says(database: Database, people: People, purpose: str, life: timedelta) -> None:
    with database() as session, writing(session):
        {"sign-in": accounts.send_sign_in, "reset": accounts.send_reset}[purpose](session, people.bob.email, HOME, NOW)
    secret = newest(database, purpose)
    assert works(database, secret, NOW + life - timedelta(seconds=1))
    assert not works(database, secret, NOW + life)
    with pytest.raises(Refused):
        use(database, secret, NOW + life)
    assert not works(database, "never-sent") and not works(database, "")


def test_the_secret_of_a_link_is_256_bits_and_stands_nowhere_but_in_the_message(database: Database, people: People) -> None:
    ask(database, people.bob.email)
    secret = newest(database, "sign-in")
    assert len(secret) == 43
    with database() as session:
        row = session.scalars(select(LinkRow)).one()
        assert secret not in row.secret and secret not in str(row.facts)


@pytest.mark.parametrize("how", ["suspended", "left"])
def test_for_a_closed_account_no_link_is_sent_shown_or_used(database: Database, people: People, how: str) -> None:
    ask(database, people.bob.email)
    secret = newest(database, "sign-in")
    close(database, people.bob, how)
    assert not works(database, secret), "its page would show a name"
    with pytest.raises(Refused):
        use(database, secret)
    with database() as session, writing(session):
        accounts.send_reset(session, people.bob.email, HOME, NOW)
        accounts.invite(session, people.ada.person, people.team_id, people.bob.email, "Bob", "staff", False, False, NOW)
    join(database, people, people.bob.email)
    assert ask(database, people.bob.email) == 1
    with database() as session:
        assert accounts.kept_password(session, people.bob.email) == (None, None)


def test_a_link_to_join_lets_nobody_back_in_whose_account_was_closed(database: Database, people: People) -> None:
    for _ in range(2):
        join(database, people, "nadia@example.org")
    with database() as session:
        first, second = (secret_of(letter) for letter in letters(session))
    nadia = use(database, first).person_id
    close(database, replace(people.bob, id=nadia), "left")
    with pytest.raises(Refused, match="closed"):
        use(database, second)


def forgotten(window: timedelta) -> timedelta:
    """How long after the last try nothing of it counts any more."""
    return window + window / sessions.PARTS


def test_an_address_gets_three_links_an_hour_whoever_asks_and_however(database: Database, people: People) -> None:
    for number in range(6):
        ask(database, people.bob.email.upper(), replace(STRANGER, network=f"198.51.100.{number}"))
        with database() as session, writing(session):
            accounts.send_reset(session, people.bob.email, replace(STRANGER, device=f"device-{number}"), NOW)
        join(database, people, people.bob.email, came=STRANGER)
    with database() as session:
        assert len(letters(session)) == MAILS
    assert ask(database, people.bob.email, now=NOW + forgotten(HOUR)) == MAILS + 1


def test_a_stranger_who_asks_for_many_links_keeps_none_from_the_person(database: Database, people: People) -> None:
    know(database, people.bob)
    for _ in range(10):
        ask(database, people.bob.email, STRANGER)
    for count in range(1, 6):
        assert ask(database, people.bob.email, HOME) == MAILS + min(count, MAILS)
    assert works(database, newest(database, "sign-in"))


def test_an_unknown_address_is_counted_like_a_known_one_and_gets_nothing(database: Database, people: People) -> None:
    assert ask(database, "nobody@example.org") == 0
    with database() as session:
        assert sessions.tally(session, "mail:nobody@example.org", NOW, HOUR) == 1


# ---- Guessing -----------------------------------------------------------------------------------------------------------

def test_ten_guesses_in_five_minutes_and_a_hundred_a_day_for_one_account_from_everywhere(database: Database, people: People) -> None:
    allowed = [guess(database, people.bob.email, replace(STRANGER, network=f"198.51.100.{n}", device=f"d{n}")) for n in range(15)]
    assert allowed == [True] * GUESSES + [False] * 5
    assert not guess(database, people.bob.email.upper(), STRANGER), "the same account, written differently"
    assert guess(database, people.omar.email, STRANGER), "other accounts are not touched"
    day = sum(
        guess(database, people.bob.email, replace(STRANGER, network=f"203.0.113.{turn}"), NOW + turn * forgotten(5 * MINUTE))
        for turn in range(1, 13) for _ in range(GUESSES)
    )
    assert day == 100 - GUESSES


def test_guesses_at_an_unknown_address_are_counted_the_same(database: Database) -> None:
    assert [guess(database, "nobody@example.org", STRANGER) for _ in range(12)] == [True] * GUESSES + [False] * 2


def test_guesses_at_the_same_moment_gain_nothing(database: Database, people: People) -> None:
    got = together(24, lambda n: guess(database, people.bob.email, replace(STRANGER, device=f"d{n}")))
    assert sum(got) == GUESSES


def test_a_browser_that_is_known_counts_for_itself_whatever_strangers_do(database: Database, people: People) -> None:
    know(database, people.bob)
    for number in range(40):
        guess(database, people.bob.email, replace(STRANGER, network=f"198.51.100.{number}"))
    for _ in range(NETWORK_GUESSES + 5):
        guess(database, "someone.else@example.org", replace(STRANGER, network=HOME.network))
    assert [guess(database, people.bob.email, HOME) for _ in range(12)] == [True] * GUESSES + [False] * 2
    assert not guess(database, people.omar.email, HOME), "known for one person only: for others the network is full"


def test_a_right_guess_is_held_against_nobody(database: Database, people: People) -> None:
    for number in range(NETWORK_GUESSES + 20):
        with database() as session, writing(session):
            email = (people.bob, people.omar, people.tess)[number % 3].email
            assert accounts.take_guess(session, email, STRANGER, NOW), "a hall of people signing in is no attack"
            accounts.right_guess(session, email, STRANGER, NOW)


def test_one_guess_at_each_of_many_accounts_uses_up_the_network(database: Database) -> None:
    got = [guess(database, f"person{n}@example.org", STRANGER) for n in range(NETWORK_GUESSES + 10)]
    assert got == [True] * NETWORK_GUESSES + [False] * 10
    assert guess(database, "person1@example.org", replace(STRANGER, network="203.0.113.9"))
    assert guess(database, "person2@example.org", STRANGER, NOW + forgotten(10 * MINUTE))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True), ("192.0.2.1", "192.0.2.2", False), ("", "", True), ("unix:", "192.0.2.1", False),
    ],
)
def test_a_household_is_one_network(one: str, other: str, same: bool) -> None:
    assert (accounts._network(Came("d", one)) == accounts._network(Came("d", other))) is same


def try_code(database: Database, code: str, came: Came = STRANGER) -> int | None:
    """The id of the team."""
    with database() as session, writing(session):
        team = accounts.try_code(session, code, came, NOW)
        return team.id if team else None


def test_team_codes_cannot_be_tried_through(database: Database, people: People) -> None:
    with database() as session:
        team = records_people.team(session, people.team_id)
        assert team is not None
    assert [try_code(database, team.code) for _ in range(5)] == [team.id] * 5, "a right one is not held against anyone"
    with database() as session, writing(session):
        for _ in range(NETWORK_GUESSES - 4):
            sessions.count(session, "code:198.51.100.7", NOW, timedelta(minutes=10))
    got = together(12, lambda _: try_code(database, "WRONG12"))
    assert got.count(None) == 4 and len(got) == 12, "many at once gain nothing"
    with pytest.raises(Refused, match="lot of codes"):
        try_code(database, team.code)
    assert try_code(database, team.code, HOME) == team.id


# ---- Sessions -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("privileged", "shared", "idle", "longest"),
    [(False, False, 120, 12), (True, False, 30, 8), (False, True, 20, 12), (True, True, 20, 8)],
)
def test_how_long_a_session_lasts(database: Database, people: People, privileged: bool, shared: bool, idle: int, longest: int) -> None:
    with database() as session, writing(session):
        entered = accounts.enter(session, people.bob.id, replace(HOME, shared=shared), privileged, NOW)
    with database() as session:
        found = sessions.live(session, entered.secret, NOW)
        assert found is not None and found.idle_minutes == idle
        assert sessions.live(session, entered.secret, NOW + timedelta(minutes=idle)) is None
        row = session.scalars(select(sessions.SessionRow)).one()
        assert row.ends == NOW + timedelta(hours=longest) and row.secret != entered.secret
        assert sessions.knows_device(session, HOME.device, people.bob.id) is not shared, "a shared computer is nobody’s"


def test_every_entrance_has_a_secret_of_its_own(database: Database, people: People) -> None:
    with database() as session, writing(session):
        secrets = {accounts.enter(session, people.bob.id, HOME, False, NOW).secret for _ in range(20)}
    assert len(secrets) == 20 and {len(secret) for secret in secrets} == {43}


def test_a_new_password_ends_every_session_and_every_link_asked_for_before(database: Database, people: People) -> None:
    know(database, people.bob)
    ask(database, people.bob.email)
    with database() as session, writing(session):
        accounts.send_reset(session, people.bob.email, HOME, NOW)
        accounts.set_password(session, people.bob.id, "the hash", NOW)
    assert not works(database, newest(database, "sign-in")) and not works(database, newest(database, "reset"))
    with database() as session:
        assert sessions.listed(session, people.bob.id, NOW) == []
        assert accounts.kept_password(session, people.bob.email) == (people.bob.id, "the hash")


def test_the_owner_is_told_of_a_new_password_by_a_message_that_lets_nobody_in(database: Database, people: People) -> None:
    with database() as session, writing(session):
        accounts.set_password(session, people.bob.id, "the hash", NOW)
    with database() as session:
        letter = letters(session)[-1]
        assert (letter["template"], letter["to"], letter["path"]) == ("password-changed", people.bob.email, "/account/reset")
        assert letter["facts"]["name"] == people.bob.name
        assert session.query(sessions.LinkRow).filter_by(person_id=people.bob.id, used=None).count() == 0


def test_a_password_that_changes_while_the_old_one_is_being_checked_lets_nobody_in(database: Database, people: People) -> None:
    with database() as session, writing(session):
        accounts.set_password(session, people.bob.id, "old", NOW)
    with database() as session:
        found = accounts.kept_password(session, people.bob.email)
    with database() as session, writing(session):
        assert accounts.still_kept(session, people.bob.id, people.bob.email, found[1])
        accounts.set_password(session, people.bob.id, "new", NOW)
    with database() as session, writing(session):
        assert not accounts.still_kept(session, people.bob.id, people.bob.email, found[1])
    close(database, people.bob, "suspended")
    with database() as session, writing(session):
        assert not accounts.still_kept(session, people.bob.id, people.bob.email, "new")


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("browser", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} CriOS/140.0 Mobile Safari/604.1", "Chrome on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 15; K) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Chromebook"),
        ("curl/8", "A browser"), ("", "A browser"), ("<script>Firefox</script>", "Firefox"),
    ],
)
def test_a_browser_is_named_in_words_people_know(browser: str, words: str) -> None:
    assert accounts.device_words(browser) == words


# ---- Another address ----------------------------------------------------------------------------------------------------

def move(database: Database, who: Who, email: str, now: datetime = NOW) -> None:
    """Ask for the new address, and confirm it."""
    with database() as session, writing(session):
        me = records_people.profile(session, who.id)
        assert me is not None
        accounts.ask_email(session, me, email, now)
    use(database, newest(database, "confirm-email"), now)


def address(database: Database, who: Who) -> str:
    with database() as session:
        found = records_people.profile(session, who.id)
        assert found is not None
        return found.email


def test_an_address_changes_when_the_new_one_confirms_and_the_old_one_is_told(database: Database, people: People) -> None:
    know(database, people.bob)
    with database() as session, writing(session):
        me = records_people.profile(session, people.bob.id)
        assert me is not None
        accounts.ask_email(session, me, "Bob@New.example", NOW)
    assert address(database, people.bob) == people.bob.email
    assert use(database, newest(database, "confirm-email")).purpose == "confirm-email"
    assert address(database, people.bob) == "bob@new.example"
    with database() as session:
        letter = letters(session)[-1]
        assert sessions.listed(session, people.bob.id, NOW) == []
    assert (letter["template"], letter["to"], letter["facts"]["new_email"]) == ("email-changed", people.bob.email, "bob@new.example")


def test_the_old_address_can_take_the_account_back_for_three_days(database: Database, people: People) -> None:
    move(database, people.bob, "thief@example.org")
    know(database, people.bob, STRANGER)
    with database() as session, writing(session):
        accounts.set_password(session, people.bob.id, "the thief’s", NOW)
        accounts.send_sign_in(session, "thief@example.org", STRANGER, NOW)
    undo, thiefs = newest(database, "email-changed"), newest(database, "sign-in")
    later = NOW + timedelta(days=2, hours=23)
    assert use(database, undo, later).person_id == people.bob.id
    assert address(database, people.bob) == people.bob.email
    assert not works(database, thiefs)
    with database() as session:
        assert sessions.listed(session, people.bob.id, NOW) == []
        assert accounts.kept_password(session, people.bob.email) == (people.bob.id, None), "the thief’s password is gone"
    with pytest.raises(Refused):
        use(database, undo, later)


def test_a_second_change_does_not_take_the_way_back_from_the_first_address(database: Database, people: People) -> None:
    move(database, people.bob, "thief@example.org")
    undo = newest(database, "email-changed")
    move(database, people.bob, "thief.again@example.org", NOW + MINUTE)
    thiefs = newest(database, "email-changed")
    assert works(database, undo) and works(database, thiefs)
    use(database, undo, NOW + HOUR)
    assert address(database, people.bob) == people.bob.email
    assert not works(database, thiefs), "an address used later gives nothing back"


def test_messages_asked_for_before_do_not_keep_the_warning_from_the_old_address(database: Database, people: People) -> None:
    for _ in range(MAILS + 2):
        ask(database, people.bob.email)
    move(database, people.bob, "thief@example.org")
    assert works(database, newest(database, "email-changed"))


def test_links_sent_to_the_old_address_stop_working_with_it(database: Database, people: People) -> None:
    ask(database, people.bob.email)
    move(database, people.bob, "bob@new.example")
    assert not works(database, newest(database, "sign-in"))


def test_nobody_gets_an_address_that_someone_else_has_even_at_the_same_moment(database: Database, people: People) -> None:
    with pytest.raises(Refused, match="cannot be used"):
        move(database, people.bob, people.omar.email)
    assert address(database, people.bob) == people.bob.email
    both = []
    for who in (people.bob, people.omar):
        with database() as session, writing(session):
            me = records_people.profile(session, who.id)
            assert me is not None
            accounts.ask_email(session, me, "wanted@example.org", NOW)
        both.append(newest(database, "confirm-email"))
    got = together(2, lambda number: use(database, both[number]))
    assert sum(isinstance(one, Refused) for one in got) == 1
    assert sorted(address(database, who) == "wanted@example.org" for who in (people.bob, people.omar)) == [False, True]


def test_new_addresses_are_not_a_way_to_write_to_many(database: Database, people: People) -> None:
    with database() as session:
        me = records_people.profile(session, people.bob.id)
        assert me is not None
    with database() as session, writing(session):
        for number in range(accounts.NEW_ADDRESSES):
            accounts.ask_email(session, me, f"{number}@example.org", NOW)
        with pytest.raises(Refused):
            accounts.ask_email(session, me, "more@example.org", NOW)


# ---- What waited --------------------------------------------------------------------------------------------------------

def test_what_could_not_be_saved_is_there_the_next_time(database: Database, people: People) -> None:
    with database() as session, writing(session):
        accounts.put_back(session, people.bob.id, "/quiz/1/2", {"q-a": ["one"]}, NOW)
    with database() as session, writing(session):
        assert accounts.take_drafts(session, people.omar.id, NOW) == []
        assert accounts.take_drafts(session, people.bob.id, NOW) == [("/quiz/1/2", {"q-a": ["one"]})]
        assert accounts.take_drafts(session, people.bob.id, NOW) == []


@pytest.mark.parametrize(("typed", "plain"), [("oak 4471", "OAK4471"), (" Oak-44_71 ", "OAK4471"), ("", "")])
def test_a_team_code_forgives_how_it_is_typed(typed: str, plain: str) -> None:
    assert accounts.plain_code(typed) == plain
    assert accounts.shown_code("OAK4471") == "OAK 4471"

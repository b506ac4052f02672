"""Joining, signing in and out, and looking after one's account. Nothing here tells a stranger who has an account."""
from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from elearn.actions import Refused, passwords
from elearn.records import ledger, outbox, people, sessions, tenancy
from elearn.records.people import ManagerRow, PersonRow, Profile, Team
from elearn.rules.access import Person
from elearn.rules.validity import local_day

LIFE = {
    "sign-in": (timedelta(minutes=15), "15 minutes"),
    "already": (timedelta(minutes=15), "15 minutes"),
    "join": (timedelta(hours=24), "24 hours"),
    "invite": (timedelta(days=7), "7 days"),
    "reset": (timedelta(minutes=60), "60 minutes"),
    "confirm-email": (timedelta(hours=24), "24 hours"),
    "email-changed": (timedelta(hours=72), "3 days"),
}
"""How long each kind of link works, and the same in words."""

FRESH = timedelta(minutes=10)
"""How lately one must have proved who one is to change what lets one in."""

_IDLE = {"learner": (timedelta(hours=2), timedelta(hours=12)), "privileged": (timedelta(minutes=30), timedelta(hours=8))}
_SHARED_IDLE = timedelta(minutes=20)

GUESSES, GUESS_WINDOW = 10, timedelta(minutes=5)
DAY_GUESSES, DAY = 100, timedelta(days=1)
NETWORK_GUESSES, NETWORK_WINDOW = 60, timedelta(minutes=10)
MAILS, MAIL_WINDOW = 3, timedelta(hours=1)

TOO_MANY = "That was a lot of tries. Wait five minutes, or ask for a link by email: that always works"
WRONG = "The email address and password don’t match. Check both, or ask for a link by email"


@dataclass(frozen=True, slots=True)
class Came:
    """Where a try to sign in comes from."""

    device: str
    """The browser's own secret."""
    network: str
    """The address it comes from."""
    browser: str = ""
    shared: bool = False
    """The person says that others use this computer too."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Someone is signed in: the secret for their cookie."""

    person_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is for, as the page that opens it shows it."""

    id: int
    purpose: str
    name: str
    team: str
    email: str


# ---- Throttles ----------------------------------------------------------------------------------------------------------

def may_guess(session: Session, email: str, came: Came, now: datetime) -> bool:
    """Whether a secret may be tried now. A browser the person has used before has a count of its own, so that a stranger's
    wrong guesses never lock the person out; links by mail are not counted here at all."""
    if sessions.tally(session, f"network:{came.network}", now, NETWORK_WINDOW) >= NETWORK_GUESSES:
        return False
    key = _guess_key(session, email, came)
    return sessions.tally(session, key, now, GUESS_WINDOW) < GUESSES and sessions.tally(session, f"day:{key}", now, DAY) < DAY_GUESSES


def wrong_guess(session: Session, email: str, came: Came, now: datetime) -> None:
    """Count one."""
    key = _guess_key(session, email, came)
    for name, window in ((f"network:{came.network}", NETWORK_WINDOW), (key, GUESS_WINDOW), (f"day:{key}", DAY)):
        sessions.count(session, name, now, window)


def _guess_key(session: Session, email: str, came: Came) -> str:
    profile = people.profile_by_email(session, email)
    if profile and sessions.knows_device(session, came.device, profile.id):
        return f"guess:{profile.id}:{came.device}"
    return f"guess:{people.plain_email(email)}"


# ---- Mail with links ----------------------------------------------------------------------------------------------------

def _mail(session: Session, to: str, template: str, purpose: str, person_id: int | None, now: datetime, link_facts: dict[str, Any], **facts: str) -> None:
    """Post a message with a fresh link in it; at most a few an hour to one address."""
    if sessions.count(session, f"mail:{people.plain_email(to)}", now, MAIL_WINDOW) > MAILS:
        return
    secret = secrets.token_urlsafe(32)
    life, words = LIFE[template]
    sessions.make_link(session, secret, purpose, person_id, now, life, **link_facts)
    outbox.post(session, "mail", now, to=to, template=template, path=f"/account/link/{secret}", facts={**facts, "life": words})


def join(session: Session, team: Team, name: str, email: str, role: str, now: datetime) -> None:
    """Send the link that makes the account; for an address that has one, the link that signs in. The page says the same."""
    known = people.profile_by_email(session, email)
    if known:
        _mail(session, known.email, "already", "sign-in", known.id, now, {}, name=known.name)
    else:
        facts = {"team": team.id, "name": name, "email": people.plain_email(email), "role": role}
        _mail(session, email.strip(), "join", "join", None, now, facts, name=name, team=team.name)


def invite(
    session: Session, inviter: Person, team_id: int, email: str, name: str, role: str, manages: bool, trainer: bool, now: datetime
) -> None:
    """Send someone the link that makes their account in this team."""
    team = people.team(session, team_id)
    if team is None:
        raise Refused("That team is not there any more. Choose another.")
    known = people.profile_by_email(session, email)
    if known:
        _mail(session, known.email, "already", "sign-in", known.id, now, {}, name=known.name)
    else:
        facts = {"team": team_id, "name": name, "email": people.plain_email(email), "role": role, "manages": manages, "trainer": trainer}
        _mail(session, email.strip(), "invite", "join", None, now, facts, name=name, team=team.name, inviter=inviter.name)
    ledger.audit(session, inviter.id, "invited", f"team {team_id}", now, manages=manages, trainer=trainer)


def send_sign_in(session: Session, email: str, now: datetime) -> None:
    """Send a link to sign in, if the address has an account."""
    _send_if_known(session, email, "sign-in", now)


def send_reset(session: Session, email: str, now: datetime) -> None:
    """Send a link to choose a new password, if the address has an account."""
    _send_if_known(session, email, "reset", now)


def _send_if_known(session: Session, email: str, purpose: str, now: datetime) -> None:
    known = people.profile_by_email(session, email)
    if known and not known.suspended and known.left is None:
        _mail(session, known.email, purpose, purpose, known.id, now, {}, name=known.name)
    else:
        sessions.count(session, f"mail:{people.plain_email(email)}", now, MAIL_WINDOW)


PURPOSES = ("join", "sign-in", "reset", "confirm-email", "undo-email")


def look(session: Session, secret: str, now: datetime) -> Invitation | None:
    """What the link is for, if it still works. Looking changes nothing: mail programs open links by themselves."""
    for purpose in PURPOSES:
        if row := sessions.link(session, secret, purpose, now):
            profile = people.profile(session, row.person_id) if row.person_id else None
            team = people.team(session, row.facts["team"]) if "team" in row.facts else None
            name = profile.name if profile else row.facts.get("name", "")
            email = row.facts.get("email") or (profile.email if profile else "")
            return Invitation(row.id, purpose, name, team.name if team else profile.team if profile else "", email)
    return None


def use(session: Session, secret: str, now: datetime, zone: tzinfo) -> tuple[int, str]:
    """Use the link, once: returns the person it lets in and its purpose.

    Raises Refused when it does not work any more.
    """
    for purpose in PURPOSES:
        row = sessions.link(session, secret, purpose, now)
        if row is None:
            continue
        if not sessions.use_link(session, row.id, now):
            break
        if purpose == "join":
            return _admit(session, row.facts, now, zone), purpose
        if row.person_id is None or not _may_enter(session, row.person_id):
            break
        if purpose in {"confirm-email", "undo-email"}:
            _set_email(session, row.person_id, row.facts["email"], now, undo=purpose == "confirm-email")
        return row.person_id, purpose
    raise Refused("This link has been used, or it is too old. Ask for a new one on the sign-in page.")


def _may_enter(session: Session, person_id: int) -> bool:
    profile = people.profile(session, person_id)
    return profile is not None and not profile.suspended and profile.left is None


def _admit(session: Session, facts: dict[str, Any], now: datetime, zone: tzinfo) -> int:
    """Make the account a link stands for, or find the one that was made meanwhile."""
    known = people.profile_by_email(session, facts["email"])
    if known:
        if not _may_enter(session, known.id):
            raise Refused("This account is closed. Ask your manager or the partnership.")
        return known.id
    if people.team(session, facts["team"]) is None:
        raise Refused("That team is not there any more. Ask your manager for a new code.")
    row = PersonRow(
        name=facts["name"], email=facts["email"], team_id=facts["team"], role=facts["role"], joined=local_day(now, zone), created=now,
        trainer=bool(facts.get("trainer")),
    )
    session.add(row)
    session.flush()
    if facts.get("manages"):
        session.add(ManagerRow(team_id=facts["team"], person_id=row.id, since=now))
    return row.id


# ---- Signing in and out -------------------------------------------------------------------------------------------------

def kept_password(session: Session, email: str) -> tuple[int | None, str | None]:
    """The person of this address who may enter, with the kept form of their password."""
    row = session.query(PersonRow.id, PersonRow.password).filter(
        PersonRow.email == people.plain_email(email), PersonRow.suspended.is_(None), PersonRow.left.is_(None)
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def enter(session: Session, person_id: int, came: Came, privileged: bool, now: datetime) -> Entered:
    """Open a session with a new secret; the browser is known from now on, unless others use it too."""
    idle, longest = _IDLE["privileged" if privileged else "learner"]
    secret = secrets.token_urlsafe(32)
    sessions.open_session(session, secret, person_id, now, min(idle, _SHARED_IDLE) if came.shared else idle, longest, device_words(came.browser))
    if not came.shared:
        sessions.know_device(session, came.device, person_id, now)
    return Entered(person_id, secret)


def privileged(person: Person | None) -> bool:
    """Whether the person can see or change what is others': then sessions are shorter."""
    return person is not None and bool(person.manages or person.trainer or person.administrator)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung browser"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def device_words(browser: str) -> str:
    """A browser's long name in a few words: "Chrome on Windows"."""
    name = next((words for sign, words in _BROWSERS if sign in browser), "A browser")
    system = next((words for sign, words in _SYSTEMS if sign in browser), "")
    return f"{name} on {system}" if system else name


# ---- One's own account --------------------------------------------------------------------------------------------------

def set_password(session: Session, person_id: int, kept: str, now: datetime, but: int | None = None) -> None:
    """Keep a new password (its hash, made beforehand); every other session ends."""
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(password=kept))
    sessions.end_all(session, person_id, now, but=but)
    ledger.audit(session, person_id, "changed password", f"person {person_id}", now)


def rehash(session: Session, person_id: int, kept: str) -> None:
    """Keep the same password in a stronger form."""
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(password=kept))


def rename(session: Session, person_id: int, name: str, now: datetime) -> None:
    """Use another name from now on. Certificates already issued keep theirs; the office can issue them again."""
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(name=name))
    ledger.audit(session, person_id, "changed name", f"person {person_id}", now)


def ask_email(session: Session, me: Profile, email: str, now: datetime) -> None:
    """Send the link that confirms a new address. Nothing changes until it is used."""
    _mail(session, email.strip(), "confirm-email", "confirm-email", me.id, now, {"email": people.plain_email(email)}, name=me.name)


def _set_email(session: Session, person_id: int, email: str, now: datetime, undo: bool) -> None:
    before = people.profile(session, person_id)
    taken = people.profile_by_email(session, email)
    if before is None or (taken and taken.id != person_id):
        raise Refused("This address cannot be used. Ask your manager or the partnership.")
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(email=email))
    sessions.end_all(session, person_id, now)
    ledger.audit(session, person_id, "changed email", f"person {person_id}", now)
    if undo:
        _mail(session, before.email, "email-changed", "undo-email", person_id, now, {"email": before.email}, name=before.name, new_email=email)


def take_drafts(session: Session, person_id: int, now: datetime) -> Sequence[tuple[str, dict[str, Any]]]:
    """What the person sent after their session had ended, handed out once."""
    return sessions.take_drafts(session, person_id, now)


def known_words(session: Session, me: Profile | None) -> Iterable[str]:
    """Words an attacker would try first for this site and person."""
    partnership = tenancy.partnership(session)
    own = (me.name, me.team, me.agency, me.email.partition("@")[0]) if me else ()
    return (partnership.name, partnership.site_name, "safeguarding", "learning", *own)


# ---- Team codes ---------------------------------------------------------------------------------------------------------

CODE_LETTERS = 7


def plain_code(text: str) -> str:
    """A team code as it is kept: capital letters and digits, without the space people type."""
    return re.sub(r"[\W_]", "", text).upper()[:40]


def shown_code(code: str) -> str:
    """A team code as it is read out: OAK 4471."""
    return f"{code[:3]} {code[3:]}"


def may_try_code(session: Session, came: Came, now: datetime) -> bool:
    """Whether another team code may be tried from this network."""
    return sessions.tally(session, f"code:{came.network}", now, NETWORK_WINDOW) < NETWORK_GUESSES


def wrong_code(session: Session, came: Came, now: datetime) -> None:
    sessions.count(session, f"code:{came.network}", now, NETWORK_WINDOW)

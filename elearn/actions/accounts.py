"""Joining, signing in and out, and looking after one's account. Nothing here tells a stranger who has an account."""
from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from elearn.actions import Refused
from elearn.records import ledger, outbox, people, sessions, tenancy
from elearn.records.base import put
from elearn.records.people import ManagerRow, PersonRow, Profile, Team
from elearn.records.reads import Read
from elearn.records.sessions import DraftRow, LinkRow
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

_IDLE = {"learner": (timedelta(hours=2), timedelta(hours=12)), "privileged": (sessions.PRIVILEGED_IDLE, sessions.PRIVILEGED_LONGEST)}
SHARED_IDLE = timedelta(minutes=20)
"""How long a session lasts unused on a computer that others use too."""

GUESSES, GUESS_WINDOW = 10, timedelta(minutes=5)
DAY_GUESSES, DAY = 100, timedelta(days=1)
NETWORK_GUESSES, NETWORK_WINDOW = 60, timedelta(minutes=10)
MAILS, MAIL_WINDOW = 3, timedelta(hours=1)
"""How many links one address is sent at the wish of strangers; a browser its owner has used before has as many of its own."""
JOINS = 100
"""How many people may join from one network in MAIL_WINDOW: a full hall, but no machine that has us write to strangers."""
INVITATIONS, NEW_ADDRESSES = 50, 10
"""How many people one person may invite, and how many new addresses of their own they may name, in MAIL_WINDOW."""

TOO_MANY = "That was a lot of tries. Wait ten minutes, or ask for a link by email: that always works"
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


class Used(NamedTuple):
    """What using a link came to: who is let in, what the link was for, and where they were going ("" when that was not said)."""

    person_id: int
    purpose: str
    next: str


# ---- Throttles ----------------------------------------------------------------------------------------------------------

def take_guess(session: Session, email: str, came: Came, now: datetime) -> bool:
    """Count one more try at a secret; whether it may be made. Counted before it is made, so that many at once gain nothing.

    A browser the person has used before has a count of its own, whatever goes on elsewhere in its network, so that a stranger's
    wrong guesses never lock the person out; links by mail are not counted here at all.
    """
    return all(
        sessions.count(session, key, now, window) - sessions.tally(session, f"right:{key}", now, window) <= most
        for key, window, most in _counts(session, email, came)
    )


def right_guess(session: Session, email: str, came: Came, now: datetime) -> None:
    """The try counted at *now* was right: it is not held against anyone."""
    for key, window, _ in _counts(session, email, came):
        sessions.count(session, f"right:{key}", now, window)


def _counts(session: Session, email: str, came: Came) -> Sequence[tuple[str, timedelta, int]]:
    """What a try is counted under: the key, the window and the most wrong ones in it."""
    profile = people.profile_by_email(session, email)
    if _knows(session, profile, came) and profile:
        own = f"guess:{profile.id}:{came.device}"
        return ((own, GUESS_WINDOW, GUESSES), (f"day:{own}", DAY, DAY_GUESSES))
    key = f"guess:{people.plain_email(email)}"
    return ((f"network:{_network(came)}", NETWORK_WINDOW, NETWORK_GUESSES), (key, GUESS_WINDOW, GUESSES), (f"day:{key}", DAY, DAY_GUESSES))


def _knows(session: Session, profile: Profile | None, came: Came) -> bool:
    """Whether the person has used this browser before. It is looked up for nobody too: see NOBODY."""
    return sessions.knows_device(session, came.device, profile.id if profile else sessions.NO_PERSON)


def _network(came: Came) -> str:
    """Whom an address belongs to: of IPv6, a household gets 2**64 addresses at once and can use a new one for every try."""
    try:
        address = ip_address(came.network)
    except ValueError:
        return came.network
    if not isinstance(address, IPv6Address):
        return came.network
    return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> 64 << 64)}/64")


# ---- Mail with links ----------------------------------------------------------------------------------------------------

NOBODY = ""
"""The address of a message that never goes out."""


def _mail(
    session: Session, to: str, template: str, purpose: str, person_id: int | None, now: datetime, link_facts: dict[str, Any], **facts: str
) -> None:
    """Post a message with a fresh link in it. To NOBODY is as much work, so that how long it takes does not tell who has an account."""
    secret = secrets.token_urlsafe(32)
    life, words = LIFE[template]
    if purpose == "undo-email":  # a second change must not put the first address’s way back out of use
        session.add(
            LinkRow(secret=sessions.digest(secret), purpose=purpose, person_id=person_id, facts=link_facts, made=now, expires=now + life)
        )
    else:
        sessions.make_link(session, secret, purpose, person_id, now, life, **link_facts)
    _post(session, to, template, f"/account/link/{secret}", now, **facts, life=words)


def _post(session: Session, to: str, template: str, path: str, now: datetime, **facts: str) -> None:
    """Post a message whose button leads to *path*."""
    said = {name: _apart(value) if name in _TYPED else value for name, value in facts.items()}
    outbox.post(session, "mail", now, to=to, template=template, path=path, facts=said)


_TYPED = frozenset({"name", "inviter", "team"})
"""Facts that people typed, which a message may carry to somebody they have never met."""


def _apart(text: str) -> str:
    """The same words with a space after every full stop: mail programs turn ``some.name`` into a link, and none of those is ours."""
    return re.sub(r"([.\u3002\uff0e\uff61])(?=\w)", r"\1 ", text)


def _may_write(session: Session, email: str, known: Profile | None, now: datetime, came: Came | None = None) -> bool:
    """Whether this address may be sent one more link now; counts it."""
    key = f"mail:{people.plain_email(email)}"
    if came and _knows(session, known, came) and known:
        key = f"mail:{known.id}:{came.device}"
    return sessions.count(session, key, now, MAIL_WINDOW) <= MAILS


def _is_open(profile: Profile | None) -> bool:
    """Whether there is such a person and they may come in."""
    return profile is not None and not profile.suspended and profile.left is None


def join(session: Session, team: Team, name: str, email: str, role: str, came: Came, now: datetime) -> None:
    """Send the link that makes the account; for an address that has one, the link that signs in. The page says the same.

    Raises Refused when very many have joined from this network just now.
    """
    if sessions.count(session, f"join:{_network(came)}", now, MAIL_WINDOW) > JOINS:
        raise Refused("Very many people have joined from your network just now. Wait a little over an hour, then try again.")
    known = people.profile_by_email(session, email)
    if not _may_write(session, email, known, now, came):
        return
    if known is None:
        facts = {"team": team.id, "name": name, "email": people.plain_email(email), "role": role}
        _mail(session, email.strip(), "join", "join", None, now, facts, name=name, team=team.name)
    else:
        _mail_again(session, known, now)


def _mail_again(session: Session, known: Profile, now: datetime) -> None:
    """Whoever has an account gets a link that signs in, and no second account."""
    there = _is_open(known)
    _mail(session, known.email if there else NOBODY, "already", "sign-in", known.id if there else None, now, {}, name=known.name)


def invite(
    session: Session, inviter: Person, team_id: int, email: str, name: str, role: str, manages: bool, trainer: bool, now: datetime
) -> None:
    """Send someone the link that makes their account in this team. Raises Refused for a team that is gone, and after very many."""
    team = people.team(session, team_id)
    if team is None:
        raise Refused("That team is not there any more. Choose another.")
    if sessions.count(session, f"invite:{inviter.id}", now, MAIL_WINDOW) > INVITATIONS:
        raise Refused(f"You have invited {INVITATIONS} people in an hour. Wait a little over an hour, then go on, or give the others the team code.")
    ledger.audit(session, inviter.id, "invited", f"team {team_id}", now, manages=manages, trainer=trainer)
    known = people.profile_by_email(session, email)
    if not _may_write(session, email, known, now):
        return
    if known is None:
        facts = {"team": team_id, "name": name, "email": people.plain_email(email), "role": role, "manages": manages, "trainer": trainer}
        _mail(session, email.strip(), "invite", "join", None, now, facts, name=name, team=team.name, inviter=inviter.name)
    else:
        _mail_again(session, known, now)


def send_sign_in(session: Session, email: str, came: Came, now: datetime, going: str = "") -> None:
    """Send a link to sign in, if the address has an account; it leads on to *going*, a path of ours."""
    _send_if_known(session, email, "sign-in", came, now, {"next": going} if going else {})


def send_reset(session: Session, email: str, came: Came, now: datetime) -> None:
    """Send a link to choose a new password, if the address has an account."""
    _send_if_known(session, email, "reset", came, now, {})


def _send_if_known(session: Session, email: str, purpose: str, came: Came, now: datetime, link_facts: dict[str, Any]) -> None:
    known = people.profile_by_email(session, email)
    if not _may_write(session, email, known, now, came):
        return
    if known and _is_open(known):
        _mail(session, known.email, purpose, purpose, known.id, now, link_facts, name=known.name)
    else:
        _mail(session, NOBODY, purpose, purpose, None, now, link_facts, name="")


PURPOSES = ("join", "sign-in", "reset", "confirm-email", "undo-email")


def look(session: Session, secret: str, now: datetime) -> Invitation | None:
    """What the link is for, if it still works. Looking changes nothing: mail programs open links by themselves."""
    for purpose in PURPOSES:
        if row := sessions.link(session, secret, purpose, now):
            profile = people.profile(session, row.person_id) if row.person_id else None
            if row.person_id and not _is_open(profile):
                return None
            team = people.team(session, row.facts["team"]) if "team" in row.facts else None
            name = profile.name if profile else row.facts.get("name", "")
            email = row.facts.get("email") or (profile.email if profile else "")
            return Invitation(row.id, purpose, name, team.name if team else profile.team if profile else "", email)
    return None


def use(session: Session, secret: str, now: datetime, zone: tzinfo) -> Used:
    """Use the link, once. Raises Refused when it does not work any more."""
    for purpose in PURPOSES:
        row = sessions.link(session, secret, purpose, now)
        if row is None:
            continue
        if not sessions.use_link(session, row.id, now):
            break
        if purpose == "join":
            return Used(_admit(session, row.facts, now, zone), purpose, "")
        if row.person_id is None or not _is_open(people.profile(session, row.person_id)):
            break
        if purpose == "confirm-email":
            _change_email(session, row.person_id, row.facts["email"], now)
        elif purpose == "undo-email":
            _change_back(session, row, now)
        return Used(row.person_id, purpose, row.facts.get("next", ""))
    raise Refused("This link has been used, or it is too old. Ask for a new one on the sign-in page.")


def _admit(session: Session, facts: dict[str, Any], now: datetime, zone: tzinfo) -> int:
    """Make the account a link stands for, or find the one that was made meanwhile, perhaps by a second link at this very moment."""
    if people.team(session, facts["team"]) is None:
        raise Refused("That team is not there any more. Ask your manager for a new code.")
    values = {
        "name": facts["name"], "email": facts["email"], "team_id": facts["team"], "role": facts["role"], "joined": local_day(now, zone),
        "created": now, "trainer": bool(facts.get("trainer")),
    }
    made = put(session, PersonRow, values, ("email",))
    profile = people.profile_by_email(session, facts["email"])
    if profile is None or not _is_open(profile):
        raise Refused("This account is closed. Ask your manager or the partnership.")
    if made and facts.get("manages"):
        session.add(ManagerRow(team_id=facts["team"], person_id=profile.id, since=now))
    return profile.id


# ---- Signing in and out -------------------------------------------------------------------------------------------------

_PASSWORD = Read(
    select(PersonRow.id, PersonRow.password).where(PersonRow.email == bindparam("email"), PersonRow.suspended.is_(None), PersonRow.left.is_(None))
)


def kept_password(session: Session, email: str) -> tuple[int | None, str | None]:
    """The person of this address who may enter, with the kept form of their password."""
    row = _PASSWORD.one(session, email=people.plain_email(email))
    return (row[0], row[1]) if row else (None, None)


def still_kept(session: Session, person_id: int, email: str, kept: str | None) -> bool:
    """Whether the password that was found right a moment ago is still the one, now that nobody else can change it; inside writing."""
    people.in_hand(session, person_id)
    return kept_password(session, email) == (person_id, kept)


def enter(session: Session, person_id: int, came: Came, privileged: bool, now: datetime) -> Entered:
    """Open a session with a new secret; the browser is known from now on, unless others use it too."""
    idle, longest = _IDLE["privileged" if privileged else "learner"]
    secret = secrets.token_urlsafe(32)
    idle = min(idle, SHARED_IDLE) if came.shared else idle
    sessions.open_session(session, secret, person_id, now, idle, longest, device_words(came.browser))
    if not came.shared:
        sessions.know_device(session, came.device, person_id, now)
    return Entered(person_id, secret)


def privileged(person: Person | None) -> bool:
    """Whether the person can see or change what is others': then sessions are shorter."""
    return person is not None and person.privileged


_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung browser"), ("FxiOS", "Firefox"), ("Firefox", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_words(browser: str) -> str:
    """A browser's long name in a few words: "Chrome on Windows"."""
    name = next((words for sign, words in _BROWSERS if sign in browser), "A browser")
    system = next((words for sign, words in _SYSTEMS if sign in browser), "")
    return f"{name} on {system}" if system else name


# ---- One's own account --------------------------------------------------------------------------------------------------

def set_password(session: Session, person_id: int, kept: str, now: datetime, but: int | None = None) -> None:
    """Keep a new password (its hash, made beforehand); every other session ends, and links that were asked for before.

    The owner is told by mail (OWASP ASVS 6.3.7). Its button leads to the page that sends a link, and carries none: whoever reads
    the message later is let in nowhere by it.
    """
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(password=kept))
    _void(session, person_id, now, "sign-in", "reset")
    sessions.end_all(session, person_id, now, but=but)
    ledger.audit(session, person_id, "changed password", f"person {person_id}", now)
    me = people.profile(session, person_id)
    assert me is not None
    _post(session, me.email, "password-changed", "/account/reset", now, name=me.name)


def rehash(session: Session, person_id: int, kept: str) -> None:
    """Keep the same password in a stronger form."""
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(password=kept))


def rename(session: Session, person_id: int, name: str, now: datetime) -> None:
    """Use another name from now on. Certificates already issued keep theirs; the office can issue them again."""
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(name=name))
    ledger.audit(session, person_id, "changed name", f"person {person_id}", now)


def ask_email(session: Session, me: Profile, email: str, now: datetime) -> None:
    """Send the link that confirms a new address. Nothing changes until it is used. Raises Refused after very many."""
    if sessions.count(session, f"new-address:{me.id}", now, MAIL_WINDOW) > NEW_ADDRESSES:
        raise Refused("You have tried many addresses. Wait a little over an hour, then try again.")
    if _may_write(session, email, None, now):
        _mail(session, email.strip(), "confirm-email", "confirm-email", me.id, now, {"email": people.plain_email(email)}, name=me.name)


def _change_email(session: Session, person_id: int, email: str, now: datetime) -> None:
    """Use the new address from now on, and send the way back to the old one: however many messages went there before."""
    before = _set_email(session, person_id, email, now, "changed email")
    _void(session, person_id, now, "sign-in", "reset", "confirm-email")
    _mail(session, before.email, "email-changed", "undo-email", person_id, now, {"email": before.email}, name=before.name, new_email=email)


def _change_back(session: Session, row: LinkRow, now: datetime) -> None:
    """Give the account back to the address it was taken from. Nothing that whoever took it has holds any longer: no session, no link
    (also none to addresses they used later), no password."""
    assert row.person_id is not None
    _set_email(session, row.person_id, row.facts["email"], now, "changed email back")
    _void(session, row.person_id, now, *(purpose for purpose in PURPOSES if purpose != "undo-email"))
    later = (LinkRow.person_id == row.person_id, LinkRow.purpose == "undo-email", LinkRow.id > row.id, LinkRow.used.is_(None))
    session.execute(update(LinkRow).where(*later).values(used=now))
    session.execute(update(PersonRow).where(PersonRow.id == row.person_id).values(password=None))


def _set_email(session: Session, person_id: int, email: str, now: datetime, what: str) -> Profile:
    """Change the address and end every session; returns who they were before. Raises Refused when someone else has it."""
    before = people.profile(session, person_id)
    assert before is not None
    try:
        with session.begin_nested():
            session.execute(update(PersonRow).where(PersonRow.id == person_id).values(email=email))
    except IntegrityError:
        raise Refused("This address cannot be used. Ask your manager or the partnership.") from None
    sessions.end_all(session, person_id, now)
    ledger.audit(session, person_id, what, f"person {person_id}", now)
    return before


def _void(session: Session, person_id: int, now: datetime, *purposes: str) -> None:
    """These links of the person do not work any more."""
    here = (LinkRow.person_id == person_id, LinkRow.purpose.in_(purposes), LinkRow.used.is_(None))
    session.execute(update(LinkRow).where(*here).values(used=now))


def take_drafts(session: Session, person_id: int, now: datetime) -> Sequence[tuple[str, dict[str, Any]]]:
    """What the person sent after their session had ended, handed out once."""
    return sessions.take_drafts(session, person_id, now)


def put_back(session: Session, person_id: int, path: str, form: dict[str, Any], now: datetime) -> None:
    """Keep for the next time what could not be saved now."""
    sessions.keep_draft(session, person_id, path, form, now)


FORM_LIFE = timedelta(hours=1)
"""How long what was typed waits for its owner to confirm who they are."""


def keep_form(session: Session, person_id: int, page: str, form: dict[str, Any], now: datetime) -> None:
    """Keep what was typed on a page until its owner is back. It is shown there once more, and never saved by itself: whoever typed it
    had not proved who they are, and so it is marked as handed out from the start."""
    session.add(DraftRow(person_id=person_id, path=page, form=form, made=now, used=now))


def kept_form(session: Session, person_id: int, page: str, now: datetime) -> dict[str, Any] | None:
    """What the person typed on that page last, if it was lately; looking changes nothing."""
    query = select(DraftRow.form).where(
        DraftRow.person_id == person_id, DraftRow.path == page, DraftRow.used == DraftRow.made, DraftRow.made > now - FORM_LIFE,
    )
    return session.scalar(query.order_by(DraftRow.id.desc()).limit(1))


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


def try_code(session: Session, code: str, came: Came, now: datetime) -> Team | None:
    """The team of this plain code. Counted before it is looked up, so that many at once gain nothing; a right one is not held against
    anyone: a hall of people joining is no attack. Raises Refused after very many wrong ones from this network.
    """
    key = f"code:{_network(came)}"
    wrong = sessions.count(session, key, now, NETWORK_WINDOW) - sessions.tally(session, f"right:{key}", now, NETWORK_WINDOW)
    if wrong > NETWORK_GUESSES:
        raise Refused("That was a lot of codes. Wait a quarter of an hour, then check it with your manager")
    team = people.team_by_code(session, code)
    if team is not None:
        sessions.count(session, f"right:{key}", now, NETWORK_WINDOW)
    return team

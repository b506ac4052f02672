"""Certificates after they were issued: looking at them, checking a stranger's, issuing one again, and taking one back."""
from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from elearn.actions import Refused
from elearn.records import certificates, ledger, outbox, tenancy
from elearn.records.certificates import CertificateRow, PrintRow, WithdrawalRow
from elearn.records.people import PersonRow, TeamRow
from elearn.records.sessions import count
from elearn.rules.certificates import CODE_BYTES, Certificate, Verdict, clean_name, grouped, new_code, verdict
from elearn.rules.evidence import Evidence, FactKind, taken_back
from elearn.rules.validity import local_day

LONGEST_REASON = 300

TRIES, TRIES_IN = 5, timedelta(hours=1)
"""Names that may be tried for one certificate, whoever tries them."""

FROM_ONE_PLACE, FROM_ONE_PLACE_IN = 30, timedelta(minutes=1)
"""Names that may be tried from one network, whatever the certificate."""


# ---- What there is -----------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Held:
    """A certificate with what has become of it. Every date on it was fixed when it was issued."""

    certificate: Certificate
    item: str
    withdrawn: tuple[datetime, str] | None
    superseded_by: str | None
    supersedes: str | None
    size: int | None
    """Bytes of its PDF, once that was printed."""

    @property
    def code(self) -> str:
        return self.certificate.code

    @property
    def person_id(self) -> int:
        """Whose it is."""
        return self.certificate.person_id

    def verdict(self, on: date, zone: tzinfo) -> Verdict:
        """What anyone who checks it on that day is told."""
        revoked = (local_day(self.withdrawn[0], zone), self.withdrawn[1]) if self.withdrawn else None
        return verdict(self.certificate, revoked, self.superseded_by, on)


def _held() -> Select[Any]:
    newer = aliased(CertificateRow)
    size = select(func.length(PrintRow.pdf)).where(PrintRow.code == CertificateRow.code, PrintRow.plain.is_(False)).scalar_subquery()
    return (
        select(
            CertificateRow.facts, CertificateRow.item, WithdrawalRow.at, WithdrawalRow.reason, newer.code, CertificateRow.supersedes, size
        )
        .outerjoin(WithdrawalRow, WithdrawalRow.code == CertificateRow.code)
        .outerjoin(newer, newer.supersedes == CertificateRow.code)
    )


def _read(row: Sequence[Any]) -> Held:
    facts, item, at, reason, newer, older, size = row
    return Held(Certificate.from_json(facts), item, (at, reason) if at else None, newer, older, size)


def held(session: Session, code: str) -> Held | None:
    """The certificate of this number (in its plain form), in one statement."""
    row = session.execute(_held().where(CertificateRow.code == code)).first()
    return _read(row) if row else None


def held_by(session: Session, person_id: int) -> list[Held]:
    """All of a person's certificates, newest first, in one statement."""
    query = _held().where(CertificateRow.person_id == person_id).order_by(CertificateRow.issued.desc(), CertificateRow.code)
    return [_read(row) for row in session.execute(query)]


# ---- All of an agency's ------------------------------------------------------------------------------------------------

def _of_agencies(*columns: Any) -> Select[Any]:
    """Of the certificates that stand, neither taken back nor replaced, of people who belong to an agency now."""
    newer = aliased(CertificateRow)
    return (
        select(*columns).select_from(CertificateRow)
        .join(PersonRow, PersonRow.id == CertificateRow.person_id)
        .join(TeamRow, TeamRow.id == PersonRow.team_id)
        .outerjoin(WithdrawalRow, WithdrawalRow.code == CertificateRow.code)
        .outerjoin(newer, newer.supersedes == CertificateRow.code)
        .where(PersonRow.left.is_(None), WithdrawalRow.code.is_(None), newer.code.is_(None))
    )


def many_of_agencies(session: Session) -> Mapping[int, int]:
    """Agency to how many certificates ``take_all`` would give, in one statement."""
    return dict(session.execute(_of_agencies(TeamRow.agency_id, func.count()).group_by(TeamRow.agency_id)).all())


def take_all(session: Session, actor_id: int, agency_id: int, now: datetime) -> Sequence[tuple[str, str]]:
    """Team and number of every certificate of an agency, by team and name, newest first. That they were taken is written down.

    Only numbers, however many there are: what stands on each, and its bytes, are read one at a time. Raises Refused when there are none.
    """
    order = (TeamRow.name, func.lower(PersonRow.name), PersonRow.id, CertificateRow.issued.desc(), CertificateRow.code)
    found = [
        (team, code)
        for team, code in session.execute(_of_agencies(TeamRow.name, CertificateRow.code).where(TeamRow.agency_id == agency_id).order_by(*order))
    ]
    if not found:
        raise Refused("Nobody in this agency has a certificate yet.")
    ledger.audit(session, actor_id, "took certificates", f"agency:{agency_id}", now, certificates=len(found))
    return found


# ---- Checking a stranger's ---------------------------------------------------------------------------------------------

class Named(Enum):
    """What came of typing a surname."""

    SAME = "it is the holder's"
    DIFFERENT = "it is not the holder's"
    TOO_MANY = "too many names were tried"


def try_surname(session: Session, held: Held, surname: str, network: str, now: datetime) -> Named:
    """Count one try at the holder's name and say what came of it. Commit even when it is refused, or nothing is counted.

    Every try counts, right or wrong, before anything is compared, so that many at once get no further than many in a row.
    """
    from_there = count(session, f"surname from {network}", now, FROM_ONE_PLACE_IN)
    if from_there > FROM_ONE_PLACE or count(session, f"surname for {held.code}", now, TRIES_IN) > TRIES:
        return Named.TOO_MANY
    return Named.SAME if is_surname(surname, held.certificate.holder_name) else Named.DIFFERENT


_ALSO = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that people without them on their keyboard replace, and that Unicode does not take apart."""


def _letters(text: str) -> str:
    """Letters and digits alone, without case and accents. Vowel signs of Indian scripts are letters here, not accents."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_ALSO)
    return "".join(char for char in apart if not unicodedata.combining(char) and unicodedata.category(char)[0] in "LNM")


def is_surname(typed: str, name: str) -> bool:
    """Whether *typed* is the end of *name*: its last word, its last few ("van der Berg"), or the whole of it.

    Case, accents, hyphens and spaces do not matter. What is typed must hold two letters at least, unless the whole name has only one.
    """
    given, words = _letters(typed), name.split()
    endings = {_letters("".join(words[start:])) for start in range(len(words))}
    whole = _letters(name)
    return bool(given) and given in endings and (len(given) >= 2 or given == whole)


# ---- Changing what stands ----------------------------------------------------------------------------------------------

def reissue(session: Session, code: str, new_name: str, actor_id: int, now: datetime, zone: tzinfo) -> str:
    """Correct the name on a certificate by making another that takes its place; returns the new number.

    Everything else is as it was first said: course, dates and issuer. Both numbers can still be checked, and each names the other.
    The person's own profile is not touched. Raises Refused when the name is empty or the same, or the certificate no longer stands.
    """
    before, fact_id = _locked(session, code)
    said = before.verdict(local_day(now, zone), zone)
    if said.kind in ("revoked", "superseded"):
        raise Refused(f"{said.sentence} {said.detail}")
    name = clean_name(new_name)
    if not name:
        raise Refused("Type the name as it should stand on the certificate.")
    if name == before.certificate.holder_name:
        raise Refused("The certificate has this name already.")
    number = new_code(tenancy.partnership(session).prefix, secrets.token_bytes(CODE_BYTES))
    fresh = replace(before.certificate, code=number, holder_name=name, issued_at=now)
    certificates.add(session, fresh, fact_id, before.item, supersedes=code)
    awarded = next((fact for fact in ledger.of_person(session, before.person_id) if _awards(fact, code)), None)
    if awarded is not None:
        _append(session, FactKind.SUPERSEDED, before, actor_id, now, of=awarded.id, by=fresh.code)
    _append(session, FactKind.AWARDED, before, actor_id, now, code=fresh.code, of=fact_id, until=fresh.noted_end)
    ledger.audit(session, actor_id, "reissue certificate", code, now, by=fresh.code)
    outbox.post(session, "print", now, unique_key=f"print:{fresh.code}", code=fresh.code)
    return fresh.code


def withdraw(session: Session, code: str, reason: str, actor_id: int, now: datetime) -> None:
    """Take a certificate back, and with it the completion it rests on.

    A certificate that is not valid and a record that says "in date" would contradict each other, so the completion is revoked in the
    ledger too: the person's standing goes back to what it was without it, and so do the gates that rest on it. (To correct a name, use
    ``reissue``.) The reason is shown to the holder and to everyone who checks the number. Nothing is removed: both stay on record.
    Raises Refused without a reason, or when the certificate no longer stands.
    """
    words = " ".join(_seen(reason).split())
    if not words:
        raise Refused("Say why it is taken back. Everyone who checks the number will see the reason.")
    if len(words) > LONGEST_REASON:
        raise Refused(f"Make the reason shorter: {LONGEST_REASON} letters at most.")
    found, fact_id = _locked(session, code)
    if found.withdrawn:
        raise Refused("This certificate was taken back before.")
    if found.superseded_by:
        raise Refused(f"A newer certificate takes the place of this one. Take that one back instead: {grouped(found.superseded_by)}.")
    certificates.withdraw(session, code, words, actor_id, now)
    if fact_id not in taken_back(ledger.of_person(session, found.person_id)):
        _append(session, FactKind.REVOKED, found, actor_id, now, of=fact_id, reason=words)
    ledger.audit(session, actor_id, "withdraw certificate", code, now, reason=words)


def _seen(text: str) -> str:
    """*text* without characters that nobody sees or that turn the direction of writing; gaps stay gaps."""
    return "".join(" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")


def _locked(session: Session, code: str) -> tuple[Held, int]:
    """A certificate with the id of the completion it rests on. Its holder's row is locked until the commit, so that of two changes
    at once the second sees the first. Raises Refused when there is no such certificate."""
    row = session.get(CertificateRow, code)
    if row is None:
        raise Refused("There is no certificate with this number.")
    session.execute(select(PersonRow.id).where(PersonRow.id == row.person_id).with_for_update())
    found = held(session, code)
    assert found is not None
    return found, row.fact_id


def _awards(fact: Evidence, code: str) -> bool:
    return fact.kind is FactKind.AWARDED and fact.data.get("code") == code


def _append(session: Session, kind: FactKind, about: Held, actor_id: int, now: datetime, **data: Any) -> None:
    ledger.append(session, about.person_id, kind, about.item, now, now, version=about.certificate.version, actor_id=actor_id, **data)

"""Certificates as issued, and the bytes of their PDFs: both made once and never changed."""
from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Table, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from elearn.records.base import Base, only_grows, put
from elearn.records.reads import Read
from elearn.rules.certificates import Certificate


class CertificateRow(Base):
    __tablename__ = "certificate"
    code: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id"), index=True)
    """The completion it rests on."""
    item: Mapped[str]
    issued: Mapped[datetime]
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("certificate.code"))
    facts: Mapped[dict[str, Any]]
    """Everything it says, as it was said on that day."""


class PrintRow(Base):
    """The PDF of a certificate. There is one of each kind, whoever asked first."""

    __tablename__ = "print"
    __table_args__ = (UniqueConstraint("code", "plain"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("certificate.code"))
    plain: Mapped[bool]
    sha256: Mapped[str]
    pdf: Mapped[bytes]
    made: Mapped[datetime]


class WithdrawalRow(Base):
    """A certificate taken back, with the reason."""

    __tablename__ = "withdrawal"
    code: Mapped[str] = mapped_column(ForeignKey("certificate.code"), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]


for _row in (CertificateRow, PrintRow, WithdrawalRow):
    only_grows(cast(Table, _row.__table__))


def add(session: Session, certificate: Certificate, fact_id: int, item: str, supersedes: str | None = None) -> None:
    session.add(
        CertificateRow(
            code=certificate.code, person_id=certificate.person_id, fact_id=fact_id, item=item, issued=certificate.issued_at,
            supersedes=supersedes, facts=certificate.to_json(),
        )
    )


def one(session: Session, code: str) -> Certificate | None:
    row = session.get(CertificateRow, code)
    return Certificate.from_json(row.facts) if row else None


_OF_PERSON = Read(
    select(CertificateRow.item, CertificateRow.facts)
    .where(CertificateRow.person_id == bindparam("person"))
    .order_by(CertificateRow.issued.desc(), CertificateRow.code)
)


def of_person(session: Session, person_id: int) -> Sequence[tuple[str, Certificate]]:
    """Item and certificate, newest first."""
    return [(item, Certificate.from_json(facts)) for item, facts in _OF_PERSON.all(session, person=person_id)]


def of_fact(session: Session, fact_id: int) -> str | None:
    """The code issued for this completion, the newest if it was issued again."""
    return session.scalar(select(CertificateRow.code).where(CertificateRow.fact_id == fact_id).order_by(CertificateRow.issued.desc()).limit(1))


def of_facts(session: Session, fact_ids: Collection[int]) -> Mapping[int, str]:
    """Completion to the code issued for it, the newest if it was issued again, in one statement."""
    query = select(CertificateRow.fact_id, CertificateRow.code).where(CertificateRow.fact_id.in_(fact_ids)).order_by(CertificateRow.issued)
    return dict(session.execute(query).all())


def superseded_by(session: Session, code: str) -> str | None:
    return session.scalar(select(CertificateRow.code).where(CertificateRow.supersedes == code))


def withdraw(session: Session, code: str, reason: str, by: int, now: datetime) -> None:
    session.add(WithdrawalRow(code=code, at=now, by=by, reason=reason))


def withdrawal(session: Session, code: str) -> tuple[datetime, str] | None:
    row = session.get(WithdrawalRow, code)
    return (row.at, row.reason) if row else None


def printed(session: Session, code: str, plain: bool) -> bytes | None:
    return session.scalar(select(PrintRow.pdf).where(PrintRow.code == code, PrintRow.plain.is_(plain)))


def keep_print(session: Session, code: str, plain: bool, pdf: bytes, now: datetime) -> bytes:
    """Keep these bytes, unless there are some already: the first ones are the certificate. Returns those that count."""
    values = {"code": code, "plain": plain, "sha256": hashlib.sha256(pdf).hexdigest(), "pdf": pdf, "made": now}
    first = put(session, PrintRow, values, ("code", "plain"))
    kept = pdf if first else printed(session, code, plain)
    assert kept is not None
    return kept

"""The site in numbers, for the people who look after it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from elearn.records import outbox
from elearn.records.certificates import CertificateRow
from elearn.records.learning import AskRow, StepRow
from elearn.records.ledger import FactRow, GateRow
from elearn.records.people import PersonRow, TeamRow
from elearn.rules.evidence import FactKind

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is now; ``certificates``, ``opened`` and ``refused`` (of gated tools) count the last 30 days."""

    people: int
    teams: int
    certificates: int
    opened: int
    refused: int
    asks: int
    stuck: int


def readers(session: Session, course: str, version: str) -> tuple[int, int]:
    """How many people read a part of this version of a course, and how many of them all of it: in one statement.

    Whoever read on in a newer version is counted there alone, unless they came to the end of this one.
    """
    part = select(StepRow.person_id).where(StepRow.course == course, StepRow.version == version)
    whole = select(FactRow.person_id).where(
        FactRow.item == course, FactRow.version == version, FactRow.kind.in_((FactKind.READ.value, FactKind.COMPLETED.value))
    )
    everyone = union(part, whole).subquery()
    ended = whole.distinct().subquery()
    row = session.execute(
        select(select(func.count()).select_from(everyone).scalar_subquery(), select(func.count()).select_from(ended).scalar_subquery())
    ).one()
    return row[0], row[1]


def counts(session: Session, now: datetime) -> Counts:
    since = now - LATELY
    gate = dict(session.execute(select(GateRow.opened, func.count()).where(GateRow.at > since).group_by(GateRow.opened)).all())

    def number(query: Select[int]) -> int:
        return session.scalar(query) or 0

    return Counts(
        people=number(select(func.count()).select_from(PersonRow).where(PersonRow.left.is_(None))),
        teams=number(select(func.count()).select_from(TeamRow)),
        certificates=number(select(func.count()).select_from(CertificateRow).where(CertificateRow.issued > since)),
        opened=gate.get(True, 0),
        refused=gate.get(False, 0),
        asks=number(
            select(func.count()).select_from(AskRow).join(PersonRow, PersonRow.id == AskRow.person_id)
            .where(AskRow.decided.is_(None), PersonRow.left.is_(None))
        ),
        stuck=outbox.stuck(session),
    )

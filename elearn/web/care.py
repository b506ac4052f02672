"""Numbers for help as pages show them: an organisation's own, with a plain word where one is still missing."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from elearn import clock
from elearn.rules.courses import Contact
from elearn.rules.validity import local_day
from elearn.web.guard import visitor
from elearn.web.tenant import old, tenant

FIRST = ("safeguarding-lead", "childrens-services", "out-of-hours")
"""Whom to tell about a child, in this order."""

ADULT = ("staff-allegations",)
"""Whom to tell about an adult who works with children: a separate route."""

STANDS_IN = "nspcc"
"""The national line that is given where a local number is missing."""

PARTNERSHIP = ("partnership",)
"""Whom to ask about everything else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number for help. An empty ``number`` means that the organisation has not filled it in yet."""

    key: str
    name: str
    number: str
    note: str
    checked_on: date | None
    old: bool


def local(keys: Sequence[str] = FIRST) -> list[Line]:
    """These local numbers for the reader's organisation, filled in or not. A key that the product does not know is left out."""
    where, reader = tenant(), visitor()
    filled = {contact.key: contact for contact in where.numbers(reader.agency_id if reader else None)}
    known = {contact.id: contact for contact in where.national}
    lines = []
    for key in keys:
        if own := filled.get(key):
            lines.append(_line(key, own.name, own.number, own.note or _note(known.get(key)), own.checked_on))
        elif key in known:
            lines.append(_line(key, known[key].name, "", known[key].note, None))
    return lines


def national(purpose: str) -> list[Line]:
    """The national lines for one purpose: danger, child or support."""
    return [_line(c.id, c.name, c.number, c.note, c.checked_on) for c in tenant().of_purpose(purpose)]


def for_a_wall() -> list[Line]:
    """Whom to tell about a child, for paper: the numbers that there are, and a national one where the reader's organisation has not all."""
    own = local()
    there = [line for line in own if line.number]
    return there if own == there and own else [*there, *(line for line in national("child") if line.key == STANDS_IN)]


def danger() -> str:
    """The number to call when a child is in danger now."""
    return next((line.number for line in national("danger")), "")


def _note(contact: Contact | None) -> str:
    return contact.note if contact else ""


def _line(key: str, name: str, number: str, note: str, checked_on: date | None) -> Line:
    today = local_day(clock.now(), tenant().zone)
    return Line(key, name, number, note, checked_on, checked_on is not None and old(checked_on, today))

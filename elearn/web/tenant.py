"""Who runs this site and whom to ring, as every page shows it; read anew every few seconds, not for every page."""
from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from elearn.records import tenancy
from elearn.records.db import db
from elearn.records.tenancy import LocalContact, Partnership
from elearn.rules.courses import Contact
from elearn.web.catalogue import catalogue

FRESH = 5.0
"""Seconds for which a page may show what was true a moment ago."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """The partnership with its numbers for help."""

    partnership: Partnership
    zone: ZoneInfo
    national: tuple[Contact, ...]
    local: tuple[LocalContact, ...]
    tools: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.partnership.name

    @property
    def site_name(self) -> str:
        return self.partnership.site_name

    @property
    def neutral_site(self) -> str:
        return self.partnership.neutral_site

    @property
    def levels(self) -> tuple[str, str, str, str]:
        """What the partnership calls its four levels of support, the first one first."""
        return self.partnership.levels

    @property
    def helpline(self) -> str | None:
        """The number to ring with a worry about a child, when the partnership has given one."""
        return next((c.number for c in self.local if c.key == "childrens-services" and c.agency_id is None), None)

    def numbers(self, agency_id: int | None) -> Sequence[LocalContact]:
        """One entry for each kind of local contact: the agency's own, or the partnership's where it has none."""
        found = {c.key: c for c in self.local if c.agency_id is None}
        found |= {c.key: c for c in self.local if c.agency_id is not None and c.agency_id == agency_id}
        order = {contact.id: n for n, contact in enumerate(self.national)}
        return sorted(found.values(), key=lambda c: order.get(c.key, len(order)))

    def of_purpose(self, purpose: str) -> Sequence[Contact]:
        """The national lines for one purpose: danger, child or support."""
        return [contact for contact in self.national if contact.purpose == purpose and contact.number]


class Tenancy:
    """Keeps one Tenant and replaces it when it is no longer fresh."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[float, Tenant] | None = None

    def fresh(self) -> Tenant | None:
        """What was read a moment ago."""
        kept = self._kept
        return kept[1] if kept and time.monotonic() < kept[0] else None

    def read(self, session: Session, national: Mapping[str, Contact]) -> Tenant:
        kept = self._kept
        with self._lock:
            partnership = tenancy.partnership(session)
            tenant = Tenant(
                partnership, ZoneInfo(partnership.zone), tuple(national.values()), tuple(tenancy.contacts(session)), tenancy.tool_addresses(session)
            )
            if kept and kept[1] == tenant:
                tenant = kept[1]  # what was drawn for it still holds
            self._kept = (time.monotonic() + FRESH, tenant)
        return tenant

    def forget(self) -> None:
        """Read again for the next page: something was changed."""
        self._kept = None


def tenant() -> Tenant:
    """The partnership as this page shows it."""
    keeper: Tenancy = current_app.extensions["tenancy"]
    return keeper.fresh() or keeper.read(db.session(), catalogue().contacts)


def old(checked_on: date, today: date) -> bool:
    """Whether a number should be checked again: after six months."""
    return (today - checked_on).days > 183

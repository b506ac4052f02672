"""Printing a certificate: once. Whoever asks later gets the same bytes."""
from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from elearn.documents.certificate import CertificateFacts, certificate
from elearn.documents.printer import Printer
from elearn.records import certificates, tenancy
from elearn.records.db import writing
from elearn.rules.certificates import grouped


def pdf(session: Session, printer: Printer, code: str, plain: bool, url: str, now: datetime) -> bytes | None:
    """The PDF of this certificate, printed now if it was never printed; None for a code we never issued.

    Printing happens outside any transaction; if two print at once, the first to be kept is the certificate.
    """
    if (before := certificates.printed(session, code, plain)) is not None:
        return before
    issued = certificates.one(session, code)
    if issued is None:
        return None
    signed = issued if issued.site_name else tenancy.partnership(session)
    session.rollback()
    fresh = certificate(
        printer,
        CertificateFacts(
            holder_name=issued.holder_name, course=issued.course, level=issued.level, edition=issued.edition, law_as_at=issued.law_as_at,
            completed=issued.completed, until=issued.until, minutes=issued.minutes, result=issued.result, outcomes=issued.outcomes,
            issuer=issued.issuer, site_name=signed.site_name, code=grouped(issued.code), verify_url=f"{url}/c/{issued.code}",
            signer=signed.signer, signer_role=signed.signer_role, plain=plain,
        ),
    )
    with writing(session):
        return certificates.keep_print(session, code, plain, fresh, now)

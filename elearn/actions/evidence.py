"""Writing down that someone has learned something, and issuing the certificate that says so."""
from __future__ import annotations

import secrets
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from elearn.records import certificates, ledger, outbox, people, tenancy
from elearn.records.people import Profile
from elearn.records.requirements import all_requirements
from elearn.rules.certificates import CODE_BYTES, Certificate, new_code
from elearn.rules.courses import Course
from elearn.rules.evidence import Evidence, FactKind, about, completions
from elearn.rules.requirements import Requirement, required
from elearn.rules.validity import Validity, local_day, until


def requirement_for(session: Session, member: Profile, item: str, now: datetime, zone: tzinfo) -> Requirement | None:
    """What this person must hold of *item* today, if anything."""
    found = required(all_requirements(session), member.member, local_day(now, zone))
    return next((requirement for requirement in found if requirement.item == item), None)


def complete(
    session: Session, person_id: int, course: Course, now: datetime, zone: tzinfo, kind: FactKind, actor_id: int, result: str,
    happened: datetime | None = None, **data: Any,
) -> str:
    """Record that the course is done and issue its certificate; returns the certificate's code.

    *kind* is COMPLETED, with ``via`` in *data*, or ATTENDED, with the register (``live``) and its ``trainer_id``. *result* is what
    the certificate prints ("Passed, 9 of 10"); *happened* is when, if that was not now.
    """
    holder = people.profile(session, person_id)
    assert holder is not None
    requirement = requirement_for(session, holder, course.slug, now, zone)
    rule = requirement.rule_version if requirement else f"module-{course.version}"
    at = happened or now
    facts = {"minutes": course.minutes} | data
    fact = ledger.append(session, person_id, kind, course.slug, at, now, version=course.version, rule=rule, actor_id=actor_id, **facts)
    return issue(session, holder, course, fact, requirement.validity if requirement else course.validity, result, now, zone)


def issue(
    session: Session, holder: Profile, course: Course, fact: Evidence, validity: Validity, result: str, now: datetime, zone: tzinfo,
) -> str:
    """Make the certificate for a completion: every word of it is fixed here, for good.

    Its last day rests on what was done up to then: a course of last year, written down today, counts from last year, whatever came since.
    """
    known = completions(about(ledger.of_person(session, holder.id), holder.id, course.slug, now))
    days = [local_day(done.at, zone) for done in known if (done.at, done.id) <= (fact.at, fact.id)]
    partnership = tenancy.partnership(session)
    code = new_code(partnership.prefix, secrets.token_bytes(CODE_BYTES))
    certificate = Certificate(
        code=code, person_id=holder.id, holder_name=holder.name, course=course.title, level=course.level, edition=course.edition,
        law_as_at=course.law_as_at, completed=local_day(fact.at, zone), until=until(validity, days), result=result, minutes=course.minutes,
        outcomes=tuple(outcome.text for outcome in course.outcomes), issuer=partnership.name, issued_at=now, version=course.version,
        site_name=partnership.site_name, signer=partnership.signer, signer_role=partnership.signer_role,
    )
    certificates.add(session, certificate, fact.id, course.slug)
    award: dict[str, Any] = {"code": code, "of": fact.id, "until": certificate.noted_end}
    ledger.append(session, holder.id, FactKind.AWARDED, course.slug, now, now, version=course.version, **award)
    outbox.post(session, "print", now, unique_key=f"print:{code}", code=code)
    return code

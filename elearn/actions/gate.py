"""Deciding at the door of a gated tool: afresh for every request, from the ledger, and written down."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from elearn.records import ledger, people
from elearn.records.people import Profile
from elearn.records.requirements import all_requirements
from elearn.rules.courses import Course, Tool
from elearn.rules.evidence import Evidence
from elearn.rules.gates import Decision, GateFacts, evaluate
from elearn.rules.requirements import required
from elearn.rules.validity import local_day


def decide(session: Session, tool: Tool, person_id: int, courses: Mapping[str, Course], now: datetime, zone: tzinfo) -> Decision:
    """Whether the person may open the tool now, with every reason; reading only."""
    profile = people.profile(session, person_id)
    assert profile is not None
    return weigh(session, tool, profile, ledger.of_person(session, person_id), courses, now, zone)


def weigh(
    session: Session, tool: Tool, profile: Profile, evidence: Sequence[Evidence], courses: Mapping[str, Course], now: datetime, zone: tzinfo
) -> Decision:
    """The same, for someone whose evidence is at hand."""
    asked = {rule.item: rule.validity for rule in required(all_requirements(session), profile.member, local_day(now, zone))}
    facts = GateFacts(
        evidence=evidence,
        member=profile.member,
        validity_of={slug: course.validity for slug, course in courses.items()} | asked,
        titles={slug: course.title for slug, course in courses.items()},
        level_of={slug: course.level for slug, course in courses.items() if course.level is not None},
        agencies={profile.agency_id: profile.agency},
    )
    return evaluate(tool.requires, facts, now, zone)


def note(session: Session, tool: Tool, person_id: int, decision: Decision, now: datetime) -> None:
    """Write the decision down, open or shut, with its reasons."""
    ledger.log_gate(session, person_id, tool.slug, decision.open, [decision.fault] if decision.fault else [step.text for step in decision.steps], now)

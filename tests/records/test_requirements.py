"""Requirements come back with every kind of validity, and can be ended once but not changed."""
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from elearn.records import requirements
from elearn.records.db import writing
from elearn.rules.requirements import Requirement
from elearn.rules.validity import NEVER, Validity
from tests import builders
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "validity",
    [NEVER, Validity("rolling", months=24), Validity("fixed", months=12, month_day=(3, 31), at_least_months=6)],
    ids=lambda validity: validity.rule,
)
def test_a_requirement_comes_back_as_it_was_made(database: Database, validity: Validity) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        made = Requirement(
            id=0, item="course", validity=validity, due_days=28, starts=date(2026, 1, 1), agency_id=who.agency_id, team_id=who.team_id, role="staff",
        )
        id = requirements.add(session, made, who.ada.id, NOW)
    with database() as session:
        (found,) = requirements.all_requirements(session)
        assert (found.validity, found.due_days, found.agency_id, found.team_id, found.role) == (validity, 28, who.agency_id, who.team_id, "staff")
        assert found.rule_version == f"requirement-{id}"


def test_a_requirement_is_ended_once_and_stays_known(database: Database) -> None:
    with database() as session, writing(session):
        id = requirements.add(session, Requirement(id=0, item="course", validity=NEVER, due_days=None, starts=date(2026, 1, 1)), None, NOW)
    with database() as session, writing(session):
        assert requirements.end(session, id, date(2026, 6, 30))
        assert not requirements.end(session, id, date(2026, 7, 31))
        (found,) = requirements.all_requirements(session)
        assert found.ends == date(2026, 6, 30)

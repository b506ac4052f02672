"""The watch over the records barks: a test that leaves there what cannot be fails, and one that only looks costs nothing."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from elearn.records.db import writing
from tests import builders
from tests.web.invariants import Broken, Watch

if TYPE_CHECKING:
    from tests.web.town import Town


def spoil(town: Town) -> None:
    """A mark that the answers do not bear out, put there by the site's own means."""
    with builders.opener(builders.engine_of(town.app))() as session, writing(session):
        session.execute(text("UPDATE attempt SET percent = 99 WHERE finished IS NOT NULL AND person_id = :id"), {"id": town.people["learner"].id})


@pytest.mark.xfail(strict=True, raises=Broken, reason="the watch has to fail this test, which asserts nothing itself")
def test_a_test_that_leaves_the_records_broken_fails(town: Town) -> None:
    town.client("learner").get("/my")
    spoil(town)


@pytest.mark.breaks_invariants("Marking a finished try again gives the result that was recorded", reason="to see that the rule is let be")
def test_a_test_may_break_a_rule_on_purpose(town: Town) -> None:
    watch = Watch(town.app)
    assert watch.breaches() == []
    town.client("learner").get("/my")
    spoil(town)
    assert [breach.rule for breach in watch.breaches()] == ["Marking a finished try again gives the result that was recorded"]
    watch.close()


def test_writing_is_seen_and_looking_is_not(town: Town) -> None:
    watch = Watch(town.app)
    assert watch.look(), "a site that was never looked at is looked at"
    town.app.test_client().get("/7/child-neglect")
    assert not watch.look()
    with builders.opener(builders.engine_of(town.app))() as session, writing(session):
        builders.agency(session, "A new one")
    assert watch.look()
    assert not watch.look()
    watch.close()

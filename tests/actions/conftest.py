"""What tests of actions share: the real content, read once, and people on both kinds of database."""
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from elearn.actions.publishing import Catalogue
from elearn.content.markdown import Outside
from elearn.records.db import writing
from elearn.rules.courses import Course
from elearn.settings import ROOT
from tests import builders
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def outside() -> Outside:
    """Plain drawings; links as the site makes them."""
    return Outside(address=lambda slug: f"/learn/{slug}")


def settle(catalogue: Catalogue, database: Database) -> None:
    """What a site does every few seconds."""
    catalogue.refresh(NOW.date())
    with database() as session, writing(session):
        catalogue.go_live(session, NOW)
    with database() as session:
        catalogue.settle(session)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(ROOT / "modules", date(2026, 11, 23), outside())


@pytest.fixture(scope="session")
def course(catalogue: Catalogue) -> Course:
    """The level 1 course: 20 questions in check mode, with a limit on tries."""
    return catalogue.courses["child-abuse-and-neglect"]


@pytest.fixture(scope="session")
def briefing(catalogue: Catalogue) -> Course:
    """A Safer7, whose quiz explains every answer at once."""
    return catalogue.courses["child-neglect"]


@pytest.fixture
def people(database: Database) -> People:
    with database() as session, writing(session):
        return builders.everybody(session, NOW)

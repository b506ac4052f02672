"""Every version that was ever live is kept as it was, and never again."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from elearn.records import releases
from elearn.records.db import writing
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def test_a_version_comes_back_to_the_letter(database: Database) -> None:
    source = '{"module.yaml": "title: Ünïcode ‘quotes’ \\u202e"}' + "x" * 200_000
    with database() as session, writing(session):
        releases.keep(session, "seven", "v1", "safer7", source, NOW)
        releases.keep(session, "seven", "v2", "safer7", "{}", NOW)
    with database() as session:
        assert releases.source(session, "seven", "v1") == ("safer7", source)
        assert releases.source(session, "seven", "v3") is None
        assert releases.known(session) == {("seven", "v1"), ("seven", "v2")}


def test_a_version_is_kept_once(database: Database) -> None:
    with database() as session, writing(session):
        releases.keep(session, "seven", "v1", "safer7", "{}", NOW)
    with pytest.raises(IntegrityError), database() as session, writing(session):
        releases.keep(session, "seven", "v1", "safer7", "other", NOW)

"""Live sessions belong to the trainer whose register they are."""
from __future__ import annotations

from datetime import UTC, date, datetime

from elearn.records import live
from elearn.records.db import writing
from tests import builders
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def test_a_trainer_sees_their_own_sessions_newest_first(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        days = [date(2026, 5, 1), date(2026, 5, 20), date(2026, 5, 20)]
        ids = [live.add(session, "gcp2", "v1", day, "Town hall", 360, who.tess.id, NOW) for day in days]
        other = live.add(session, "gcp2", "v1", days[0], "Library", 360, who.ada.id, NOW)
    with database() as session:
        assert [one.id for one in live.of_trainer(session, who.tess.id)] == [ids[2], ids[1], ids[0]]
        found = live.one(session, other)
        assert found is not None
        assert (found.person_id, found.day, found.minutes) == (who.ada.id, days[0], 360)
        assert live.one(session, 10**6) is None

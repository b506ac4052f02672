"""Objectives and links of the partnership's own, and who has read a resource: the newest entry counts."""
from __future__ import annotations

from datetime import UTC, date, datetime

from elearn.records import resources
from elearn.records.db import writing
from elearn.rules.resources import Objective
from tests import builders
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)
FIRST = Objective("voices", "Children are heard", "They tell us.", ("child-neglect",), "Ada", "A survey", date(2027, 1, 1))
SECOND = Objective("voices", "Children and parents are heard")


def test_the_newest_words_of_an_objective_count(database: Database) -> None:
    with database() as session, writing(session):
        ada = builders.everybody(session, NOW).ada.id
        for objective in (FIRST, Objective("other", "Something else"), SECOND):
            resources.save_objective(session, "our-plan", objective, ada, NOW)
        resources.save_objective(session, "another-plan", FIRST, ada, NOW)
    with database() as session:
        assert list(resources.objectives(session, "our-plan").values()) == [SECOND, Objective("other", "Something else")]
        assert resources.objectives(session, "another-plan") == {"voices": FIRST}


def test_a_link_is_shown_until_it_is_removed(database: Database) -> None:
    with database() as session, writing(session):
        ada = builders.everybody(session, NOW).ada.id
        kept = resources.add_link(session, "2026-05-neglect", "review", "Child A", "https://reviews.example/a", "What we learned", ada, NOW)
        gone = resources.add_link(session, "2026-05-neglect", "more", "Our page", "https://our.example", "", ada, NOW)
        assert resources.remove_link(session, gone, NOW)
        assert not resources.remove_link(session, gone, NOW), "it was gone already"
    with database() as session:
        assert [link.id for link in resources.links(session, "2026-05-neglect")] == [kept]
        assert resources.link(session, gone) is None
        found = resources.link(session, kept)
        assert found and (found.place, found.title, found.address) == ("review", "Child A", "https://reviews.example/a")


def test_reading_is_noted_once_a_day_and_found_by_team_and_time(database: Database) -> None:
    with database() as session, writing(session):
        people = builders.everybody(session, NOW)
        may, june = date(2026, 5, 26), date(2026, 6, 2)
        assert resources.mark_read(session, people.bob.id, "aces", "v1", may, NOW)
        assert not resources.mark_read(session, people.bob.id, "aces", "v1", may, NOW)
        assert resources.mark_read(session, people.bob.id, "aces", "v2", june, NOW)
        assert resources.mark_read(session, people.omar.id, "aces", "v1", may, NOW)
        assert resources.mark_read(session, people.alice.id, "law", "v1", may, NOW)
    with database() as session:
        assert resources.read_on(session, people.bob.id, "aces") == june
        assert resources.read_on(session, people.bob.id, "law") is None
        mine = {people.team_id, people.other_team_id}
        may_all = (date(2026, 5, 1), date(2026, 5, 31))
        assert resources.readers(session, ["aces"], mine, *may_all) == {(people.bob.id, "aces")}
        assert resources.readers(session, ["aces", "law"], [people.team_id], *may_all) == {(people.bob.id, "aces"), (people.alice.id, "law")}
        assert resources.readers(session, ["aces"], mine, date(2026, 7, 1), date(2026, 7, 31)) == frozenset()

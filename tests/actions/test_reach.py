"""Reach and coverage: counted for the teams that were asked for, in few statements however many people they hold."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import event

from elearn.actions import evidence, reach, reading
from elearn.actions.publishing import Catalogue
from elearn.records import ledger, resources
from elearn.records import people as records
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from elearn.rules.reach import Reached
from elearn.rules.resources import Objective
from tests import builders
from tests.builders import People
from tests.databases import Database

LONDON = ZoneInfo("Europe/London")
MAY = datetime(2026, 5, 12, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
THEME = "2026-05-child-neglect"
ITEMS = ("child-neglect", "child-abuse-and-neglect", "aces")


def test_the_reach_of_a_theme_is_counted_team_by_team_and_together(database: Database, people: People, catalogue: Catalogue) -> None:
    briefing, course, theme = catalogue.courses["child-neglect"], catalogue.courses["child-abuse-and-neglect"], catalogue.themes[THEME]
    with database() as session, writing(session):
        for unit, step in briefing.steps():
            reading.go_on(session, people.bob.id, briefing, f"{unit.id}/{step.id}", MAY, LONDON)
        evidence.complete(session, people.alice.id, course, MAY, LONDON, FactKind.COMPLETED, people.alice.id, "Passed", via="quiz")
        evidence.complete(session, people.charlie.id, course, MAY, LONDON, FactKind.COMPLETED, people.charlie.id, "Passed", via="quiz")
        evidence.complete(session, people.omar.id, course, MAY, LONDON, FactKind.COMPLETED, people.omar.id, "Passed", via="quiz")
        resources.mark_read(session, people.alice.id, "aces", "v", MAY.date(), MAY)
        resources.mark_read(session, people.tess.id, "aces", "v", NOW.date(), NOW)
        mistake = ledger.append(session, people.tess.id, FactKind.COMPLETED, "child-neglect", MAY, MAY, actor_id=people.tess.id, via="quiz")
        ledger.append(session, people.tess.id, FactKind.UNDONE, "child-neglect", NOW, NOW, of=mistake.id, reason="another Tess")
        ledger.append(session, people.ada.id, FactKind.COMPLETED, "child-neglect", NOW, NOW, actor_id=people.ada.id, via="quiz")
        late = builders.person(session, "Lena Late", people.team_id, NOW, joined=timedelta(days=20))
        ledger.append(session, late.id, FactKind.READ, "child-neglect", MAY, NOW)
    with database() as session:
        teams = records.teams(session, [people.team_id, people.other_team_id])
        counted: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: counted.append(args[2]))
        found = {one.team.id: one for one in reach.of_theme(session, theme, ITEMS, teams, LONDON)}
        assert len(counted) <= 4, counted
        mine, other = found[people.team_id], found[people.other_team_id]
        assert mine.people == 4, "whoever came after the month is not counted"
        assert mine.items == {"child-neglect": Reached(1, 0), "child-abuse-and-neglect": Reached(1, 1), "aces": Reached(1, 0)}
        assert (mine.anything, other.people, other.anything) == (2, 1, 1)
        people_in_all, together = reach.together(list(found.values()), ITEMS)
        assert (people_in_all, together.anything) == (5, 3)
        assert together.items["child-abuse-and-neglect"] == Reached(2, 2)
        assert reach.of_theme(session, theme, ITEMS, [], LONDON) == []


def test_coverage_counts_who_is_in_date_today_whether_or_not_it_is_asked(database: Database, people: People, catalogue: Catalogue) -> None:
    course, live = catalogue.courses["child-abuse-and-neglect"], catalogue.courses["graded-care-profile-2"]
    with database() as session, writing(session):
        for who in (people.bob, people.alice):
            evidence.complete(session, who.id, course, MAY, LONDON, FactKind.COMPLETED, who.id, "Passed", via="quiz")
        evidence.complete(
            session, people.bob.id, live, MAY, LONDON, FactKind.ATTENDED, people.tess.id, "Attended", trainer_id=people.tess.id, live=1
        )
        long_ago = datetime(2020, 1, 1, 12, tzinfo=UTC)
        evidence.complete(session, people.ada.id, course, long_ago, LONDON, FactKind.COMPLETED, people.ada.id, "Passed", via="quiz")
        evidence.complete(session, people.omar.id, course, MAY, LONDON, FactKind.COMPLETED, people.omar.id, "Passed", via="quiz")
    both = Objective("both", "Both", items=(course.slug, live.slug))
    none = Objective("none", "No learning yet")
    with database() as session:
        teams = records.teams(session, [people.team_id])
        first, second = reach.of_objectives(session, [both, none], catalogue.courses, teams, NOW, LONDON)
    assert (first.people, dict(first.items), first.all) == (4, {course.slug: 2, live.slug: 1}, 1), "what ran out does not count"
    assert (second.people, dict(second.items)) == (4, {})

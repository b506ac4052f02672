"""Making a strategy and a theme one's own: every change is written down, and there is never too much or nothing."""
from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from elearn.actions import Refused, resources
from elearn.actions.publishing import Catalogue
from elearn.records import resources as records
from elearn.records.db import writing
from elearn.rules.resources import Objective
from elearn.settings import ROOT
from tests.actions.conftest import outside, settle
from tests.builders import People
from tests.databases import Database

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_ours_are_shown_until_the_partnership_says_otherwise(database: Database, people: People, catalogue: Catalogue) -> None:
    strategy = catalogue.resources["neglect-strategy"]
    first, *rest = strategy.objectives
    with database() as session, writing(session):
        assert resources.objectives(session, strategy) == strategy.objectives
        changed = replace(first, title="All of us", owner="Head of early help")
        assert resources.save_objective(session, people.ada.id, strategy, changed, NOW) == first.id
        added = resources.save_objective(session, people.ada.id, strategy, Objective("", "Warm homes"), NOW)
        resources.remove_objective(session, people.ada.id, strategy, rest[0], NOW)
    with database() as session:
        now = resources.objectives(session, strategy)
        assert [one.id for one in now] == [first.id, *(one.id for one in rest[1:]), added]
        assert now[0] == changed and now[-1].title == "Warm homes"
        acts = session.execute(text("SELECT act FROM audit ORDER BY id")).scalars().all()
        assert acts == ["saved objective", "saved objective", "removed objective"]


def test_there_is_always_one_objective_and_never_too_many(database: Database, people: People, catalogue: Catalogue) -> None:
    strategy = catalogue.resources["neglect-strategy"]
    with database() as session, writing(session):
        for n in range(resources.MOST_OBJECTIVES - len(strategy.objectives)):
            resources.save_objective(session, people.ada.id, strategy, Objective("", f"One more, {n}"), NOW)
        with pytest.raises(Refused):
            resources.save_objective(session, people.ada.id, strategy, Objective("", "Too many"), NOW)
        for one in resources.objectives(session, strategy)[1:]:
            resources.remove_objective(session, people.ada.id, strategy, one, NOW)
        [last] = resources.objectives(session, strategy)
        with pytest.raises(Refused):
            resources.remove_objective(session, people.ada.id, strategy, last, NOW)


def test_a_link_is_added_once_and_taken_away_once(database: Database, people: People) -> None:
    with database() as session, writing(session):
        id = resources.add_link(session, people.ada.id, "aces", "more", "Our page", "https://our.example/aces", "", NOW)
        with pytest.raises(Refused):
            resources.add_link(session, people.ada.id, "aces", "more", "Again", "https://our.example/aces", "", NOW)
        assert resources.remove_link(session, people.ada.id, id, NOW)
        assert not resources.remove_link(session, people.ada.id, id, NOW)
        for n in range(resources.MOST_LINKS):
            resources.add_link(session, people.ada.id, "aces", "more", "Page", f"https://our.example/{n}", "", NOW)
        with pytest.raises(Refused):
            resources.add_link(session, people.ada.id, "aces", "more", "Page", "https://our.example/last", "", NOW)
    with database() as session:
        assert len(records.links(session, "aces")) == resources.MOST_LINKS


def test_a_resource_stays_as_it_was_while_it_is_broken_and_goes_with_its_folder(database: Database, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    shutil.copytree(ROOT / "modules/resources/aces", modules / "resources" / "aces")
    shutil.copy(ROOT / "modules/contacts.yaml", modules)
    file = modules / "resources" / "aces" / "resource.yaml"
    whole = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.startswith("where_next"))
    file.write_text(whole, "utf-8")
    catalogue = Catalogue(modules, NOW.date(), outside())
    before = catalogue.resources["aces"]
    assert catalogue.title("aces") == "ACEs on one card"
    file.write_text(whole.replace("cover: aces", "cover: kitten") + "\n# saved", "utf-8")
    settle(catalogue, database)
    assert catalogue.resources["aces"] == before
    assert any("kitten" in problem.text for problem in catalogue.problems)
    shutil.rmtree(file.parent)
    settle(catalogue, database)
    assert "aces" not in catalogue.resources

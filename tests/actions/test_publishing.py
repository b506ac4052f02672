"""What is live: newer files replace older ones, broken ones never do, and every version that was live can be read again."""
from __future__ import annotations

import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from elearn.actions.publishing import Catalogue, keep_releases, unkept
from elearn.records.db import writing
from elearn.settings import ROOT
from tests.actions.conftest import NOW, outside
from tests.databases import Database

TODAY = date(2026, 11, 23)
SLUG = "child-neglect"


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A copy of the content with one briefing in it, to be edited."""
    copy = tmp_path / "modules"
    shutil.copytree(ROOT / "modules/safer7" / SLUG, copy / "safer7" / SLUG)
    shutil.copy(ROOT / "modules/contacts.yaml", copy)
    module = copy / "safer7" / SLUG / "module.yaml"
    module.write_text(re.sub(r"^where_next:.*$", "where_next: []", module.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    return copy


def edit(modules: Path, name: str, old: str, new: str) -> None:
    path = modules / "safer7" / SLUG / name
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    later = path.stat().st_mtime_ns + 2_000_000_000
    os.utime(path, ns=(later, later))


def test_an_edit_goes_live_with_a_new_version(modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    before = catalogue.courses[SLUG]
    assert not catalogue.refresh(TODAY), "nothing has changed"
    edit(modules, "module.yaml", before.title, "Child neglect today")
    assert catalogue.refresh(TODAY)
    after = catalogue.courses[SLUG]
    assert (after.title, after.version == before.version) == ("Child neglect today", False)


def test_a_broken_edit_leaves_the_old_version_live_and_says_where(modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    before = catalogue.courses[SLUG]
    edit(modules, "quiz.yaml", "kind: matching", "kind: machting")
    catalogue.refresh(TODAY)
    assert catalogue.courses[SLUG] == before
    assert any("machting" in problem.text and problem.line for problem in catalogue.problems)
    edit(modules, "quiz.yaml", "kind: machting", "kind: matching")
    catalogue.refresh(TODAY)
    assert not [problem for problem in catalogue.problems if "machting" in problem.text]


def test_a_module_that_is_taken_away_is_no_longer_live(modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    shutil.rmtree(modules / "safer7" / SLUG)
    assert catalogue.refresh(TODAY)
    assert SLUG not in catalogue.courses


def test_a_theme_stays_as_it_was_while_it_is_broken_and_goes_with_its_folder(modules: Path) -> None:
    slug = "2026-05-child-neglect"
    shutil.copytree(ROOT / "modules/themes" / slug, modules / "themes" / slug)
    shutil.copytree(ROOT / "modules/themes" / slug, modules / "themes" / "2026-06-another")
    for file in modules.glob("themes/*/theme.yaml"):
        whole = re.sub(r"^items:\n(?:  .*\n)+", f"items: [{SLUG}]\n", file.read_text("utf-8"), flags=re.MULTILINE)
        file.write_text(whole.replace("2026-05", file.parent.name[:7], 1), "utf-8")
    catalogue = Catalogue(modules, TODAY, outside())
    assert set(catalogue.themes) == {slug, "2026-06-another"}, catalogue.problems
    before = catalogue.themes[slug]
    file = modules / "themes" / slug / "theme.yaml"
    file.write_text(file.read_text("utf-8").replace("title: Child neglect", "titel: Child neglect", 1), "utf-8")
    shutil.rmtree(modules / "themes" / "2026-06-another")
    assert catalogue.refresh(TODAY)
    assert catalogue.themes == {slug: before}, "a broken one stays as it was, one that was taken away does not"
    assert slug in catalogue.library.sources
    shutil.rmtree(file.parent)
    catalogue.refresh(TODAY)
    assert catalogue.themes == {} and slug not in catalogue.library.sources


def test_every_version_that_was_live_can_be_read_again_exactly(database: Database, modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    before = catalogue.courses[SLUG]
    assert unkept(database(), catalogue.library)
    with database() as session, writing(session):
        assert keep_releases(session, catalogue.library, NOW) == 1
        assert keep_releases(session, catalogue.library, NOW) == 0
    edit(modules, "module.yaml", before.title, "Child neglect today")
    catalogue.refresh(TODAY)
    with database() as session:
        assert unkept(session, catalogue.library)
        assert catalogue.course(session, SLUG, before.version) == before
        assert catalogue.course(session, SLUG, catalogue.courses[SLUG].version) is catalogue.courses[SLUG]
        assert catalogue.course(session, SLUG, "never-live") is None
    shutil.rmtree(modules / "safer7" / SLUG)
    catalogue.refresh(TODAY)
    with database() as session:
        assert catalogue.course(session, SLUG, before.version) == before, "withdrawn, and still there for those who began it"

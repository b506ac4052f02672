"""What is live: newer files replace older ones, broken ones never do, and every version that was live can be read again."""
from __future__ import annotations

import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from elearn.actions import Refused
from elearn.actions.publishing import Catalogue, keep_releases
from elearn.records import releases
from elearn.records.db import writing
from elearn.rules.courses import Size
from elearn.settings import ROOT
from tests.actions.conftest import NOW, outside, settle
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


def test_an_edit_goes_live_with_a_new_version(database: Database, modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    before = catalogue.courses[SLUG]
    assert not catalogue.refresh(TODAY), "nothing has changed"
    edit(modules, "module.yaml", before.title, "Child neglect today")
    settle(catalogue, database)
    after = catalogue.courses[SLUG]
    assert (after.title, after.version == before.version) == ("Child neglect today", False)


def test_a_broken_edit_leaves_the_old_version_live_and_says_where(database: Database, modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    before = catalogue.courses[SLUG]
    edit(modules, "quiz.yaml", "kind: matching", "kind: machting")
    settle(catalogue, database)
    assert catalogue.courses[SLUG] == before
    assert any("machting" in problem.text and problem.line for problem in catalogue.problems)
    edit(modules, "quiz.yaml", "kind: machting", "kind: matching")
    settle(catalogue, database)
    assert not [problem for problem in catalogue.problems if "machting" in problem.text]


def test_a_site_that_starts_with_a_broken_module_still_has_the_version_that_was_live(database: Database, modules: Path) -> None:
    """As after an update with a slip in it: the process is new, and only the store knows what was live."""
    first = Catalogue(modules, TODAY, outside())
    settle(first, database)
    edit(modules, "quiz.yaml", "kind: matching", "kind: machting")
    second = Catalogue(modules, TODAY, outside())
    settle(second, database)
    assert second.courses == first.courses and set(second.courses) == {SLUG}
    assert second.library.sources == first.library.sources
    assert any("machting" in problem.text and problem.line for problem in second.problems)
    edit(modules, "quiz.yaml", "kind: machting", "kind: matching")
    settle(second, database)
    assert second.courses == first.courses and not second.waiting
    edit(modules, "quiz.yaml", "kind: matching", "kind: machting")
    shutil.rmtree(modules / "safer7" / SLUG)
    third = Catalogue(modules, TODAY, outside())
    settle(third, database)
    assert SLUG not in third.courses, "a folder that is gone was taken away on purpose"


@pytest.mark.parametrize(
    ("folder", "slug", "file", "old"),
    [
        ("tools", "gcp2", "tool.yaml", "title:"), ("themes", "2026-05-child-neglect", "theme.yaml", "title:"),
        ("resources", "*", "resource.yaml", "title:"),
    ],
)
def test_the_same_holds_for_what_there_is_besides_courses(database: Database, tmp_path: Path, folder: str, slug: str, file: str, old: str) -> None:
    copy = tmp_path / "modules"
    shutil.copytree(ROOT / "modules", copy)
    path = min(copy.glob(f"{folder}/{slug}/{file}"))
    first = Catalogue(copy, TODAY, outside())
    settle(first, database)
    before = getattr(first, folder)[path.parent.name]
    path.write_text(path.read_text("utf-8").replace(old, "titel:", 1), "utf-8")
    second = Catalogue(copy, TODAY, outside())
    settle(second, database)
    assert getattr(second, folder)[path.parent.name] == before
    assert any(problem.file.startswith(f"{folder}/{path.parent.name}/") and problem.severity == "error" for problem in second.problems)


def test_a_module_that_is_taken_away_is_no_longer_live(database: Database, modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    shutil.rmtree(modules / "safer7" / SLUG)
    settle(catalogue, database)
    assert SLUG not in catalogue.courses


def test_a_theme_stays_as_it_was_while_it_is_broken_and_goes_with_its_folder(database: Database, modules: Path) -> None:
    slug = "2026-05-child-neglect"
    shutil.copytree(ROOT / "modules/themes" / slug, modules / "themes" / slug)
    shutil.copytree(ROOT / "modules/themes" / slug, modules / "themes" / "2026-06-another")
    for file in modules.glob("themes/*/theme.yaml"):
        whole = re.sub(r"^items:\n(?:  .*\n)+", f"items: [{SLUG}]\n", file.read_text("utf-8"), flags=re.MULTILINE)
        whole = re.sub(r"\(module:[a-z0-9-]+\)", "(/learn)", whole)
        file.write_text(whole.replace("2026-05", file.parent.name[:7], 1), "utf-8")
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    assert set(catalogue.themes) == {slug, "2026-06-another"}, catalogue.problems
    before = catalogue.themes[slug]
    file = modules / "themes" / slug / "theme.yaml"
    file.write_text(file.read_text("utf-8").replace("title: Child neglect", "titel: Child neglect", 1), "utf-8")
    shutil.rmtree(modules / "themes" / "2026-06-another")
    settle(catalogue, database)
    assert catalogue.themes == {slug: before}, "a broken one stays as it was, one that was taken away does not"
    assert slug in catalogue.library.sources
    shutil.rmtree(file.parent)
    settle(catalogue, database)
    assert catalogue.themes == {} and slug not in catalogue.library.sources


def test_every_version_that_was_live_can_be_read_again_exactly(database: Database, modules: Path) -> None:
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    before = catalogue.courses[SLUG]
    with database() as session, writing(session):
        assert keep_releases(session, catalogue.library, NOW) == 0, "what is live is kept"
    edit(modules, "module.yaml", before.title, "Child neglect today")
    settle(catalogue, database)
    with database() as session:
        assert catalogue.course(session, SLUG, before.version) == before
        assert catalogue.course(session, SLUG, catalogue.courses[SLUG].version) is catalogue.courses[SLUG]
        assert catalogue.course(session, SLUG, "never-live") is None
    shutil.rmtree(modules / "safer7" / SLUG)
    settle(catalogue, database)
    with database() as session:
        assert catalogue.course(session, SLUG, before.version) == before, "withdrawn, and still there for those who began it"


# ---- Turns ----------------------------------------------------------------------------------------------------------------

NOTE = "changes: [{edition: '%s', size: %s, text: Ring the team on the same day.}]\n"


def note(modules: Path, edition: str, size: str) -> None:
    """Raise the edition and say how much it matters."""
    path = modules / "safer7" / SLUG / "module.yaml"
    rest = re.sub(r"^(edition|changes):.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(f"edition: '{edition}'\n" + NOTE % (edition, size) + rest, "utf-8")
    later = path.stat().st_mtime_ns + 3_000_000_000
    os.utime(path, ns=(later, later))


def another_key(modules: Path) -> None:
    """Pass marks decide over people: this cannot be small."""
    edit(modules, "quiz.yaml", "pass_percent: 80", "pass_percent: 60")


@pytest.fixture
def live(database: Database, modules: Path) -> Catalogue:
    catalogue = Catalogue(modules, TODAY, outside())
    settle(catalogue, database)
    return catalogue


def turns(database: Database) -> list[releases.Turn]:
    with database() as session:
        return list(releases.turns(session))


def test_what_is_new_goes_live_and_is_noted_once(database: Database, modules: Path, live: Catalogue) -> None:
    settle(live, database)
    settle(Catalogue(modules, TODAY, outside()), database)
    (first,) = turns(database)
    assert (first.slug, first.version, first.previous, first.size, first.back) == (SLUG, live.courses[SLUG].version, None, None, False)


def test_a_small_change_goes_live_by_itself_with_its_size(database: Database, modules: Path, live: Catalogue) -> None:
    before = live.courses[SLUG]
    edit(modules, "module.yaml", before.title, "Child neglect today")
    settle(live, database)
    assert turns(database)[-1].size is Size.TYPO and turns(database)[-1].previous == before.version
    assert not live.waiting and not live.material


def test_what_matters_is_held_until_its_note_says_so_and_then_until_somebody_publishes_it(database: Database, modules: Path, live: Catalogue) -> None:
    before = live.courses[SLUG]
    another_key(modules)
    settle(live, database)
    assert live.courses[SLUG] == before
    (problem,) = [problem for problem in live.problems if problem.rule == "C1"]
    assert problem.file == f"safer7/{SLUG}/module.yaml" and "size: material" in problem.mend
    with database() as session, writing(session), pytest.raises(Refused, match="edition of its own"):
        live.publish(session, SLUG, None, NOW)

    note(modules, "2", "minor")
    settle(live, database)
    assert live.courses[SLUG] == before and any("at least material" in problem.text for problem in live.problems)

    note(modules, "2", "material")
    settle(live, database)
    assert live.courses[SLUG] == before and not [problem for problem in live.problems if problem.rule == "C1"]
    waiting = live.waiting[SLUG]
    assert waiting.verdict is not None and waiting.verdict.waits and waiting.verdict.text == "Ring the team on the same day."

    other = Catalogue(modules, TODAY, outside())
    settle(other, database)
    assert other.courses[SLUG] == before, "a process that starts now serves what is live"
    with database() as session, writing(session):
        live.publish(session, SLUG, None, NOW)
    settle(live, database)
    with database() as session:
        assert other.unsettled(session)
    settle(other, database)
    assert live.courses[SLUG].version == other.courses[SLUG].version == waiting.new.version
    (change,) = other.material[SLUG]
    assert (change.previous, change.version, change.before) == (before.version, waiting.new.version, {before.version})
    with database() as session, writing(session), pytest.raises(Refused, match="Nothing of this module waits"):
        live.publish(session, SLUG, None, NOW)


def test_going_back_lasts_over_a_restart_and_until_the_files_change_again(database: Database, modules: Path, live: Catalogue) -> None:
    first = live.courses[SLUG]
    edit(modules, "module.yaml", first.title, "Child neglect today")
    settle(live, database)
    second = live.courses[SLUG]
    with database() as session, writing(session):
        assert live.put_back(session, SLUG, None, None, NOW) == first.version
    for catalogue in (live, Catalogue(modules, TODAY, outside())):
        settle(catalogue, database)
        assert catalogue.courses[SLUG] == first and not catalogue.waiting
    with database() as session, writing(session):
        for version, words in ((first.version, "live already"), ("never", "never live here")):
            with pytest.raises(Refused, match=words):
                live.put_back(session, SLUG, version, None, NOW)
        with pytest.raises(Refused, match="no such course"):
            live.put_back(session, "no-such", None, None, NOW)
        assert live.put_back(session, SLUG, second.version, None, NOW) == second.version, "and forward again"
    settle(live, database)
    assert live.courses[SLUG] == second
    with database() as session, writing(session):
        live.put_back(session, SLUG, first.version, None, NOW)
    edit(modules, "module.yaml", "Child neglect today", "Child neglect now")
    settle(live, database)
    assert live.courses[SLUG].title == "Child neglect now", "a further edit goes live as any other"


def test_a_material_change_that_was_taken_back_asks_nobody(database: Database, modules: Path, live: Catalogue) -> None:
    another_key(modules)
    note(modules, "2", "material")
    settle(live, database)
    with database() as session, writing(session):
        live.publish(session, SLUG, None, NOW)
    settle(live, database)
    assert live.material[SLUG]
    with database() as session, writing(session):
        live.put_back(session, SLUG, None, None, NOW)
    settle(live, database)
    assert not live.material


def test_without_its_release_there_is_nothing_to_hold_a_change_against(database: Database, modules: Path, live: Catalogue) -> None:
    with database() as session, writing(session):
        releases.turn(session, SLUG, "lost", live.courses[SLUG].version, NOW)
    settle(live, database)
    assert live.courses[SLUG].version != "lost" and turns(database)[-1].previous == "lost"


def test_going_back_twice_does_not_bring_the_newest_version_live_again(database: Database, modules: Path, live: Catalogue) -> None:
    versions = [live.courses[SLUG].version]
    for old, new in ((live.courses[SLUG].title, "Child neglect now"), ("Child neglect now", "Child neglect today")):
        edit(modules, "module.yaml", old, new)
        settle(live, database)
        versions.append(live.courses[SLUG].version)
    for version in (versions[1], versions[0]):
        with database() as session, writing(session):
            live.put_back(session, SLUG, version, None, NOW)
        settle(live, database)
        assert live.courses[SLUG].version == version
    restarted = Catalogue(modules, TODAY, outside())
    settle(restarted, database)
    assert restarted.courses[SLUG].version == versions[0]

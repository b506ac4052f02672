"""Saving the database while it is in use, and putting it back."""
from __future__ import annotations

import json
import stat
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from elearn.records import backup, ledger, schema
from elearn.records.backup import NotDone
from elearn.records.db import writing
from elearn.records.ledger import AuditRow
from elearn.settings import Settings
from tests import builders
from tests.databases import connect

NOW = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = builders.settings(tmp_path)
    builders.make_tables(made.database)
    return made


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = connect(settings.database)
    yield made
    made.dispose()


def write(engine: Engine, act: str) -> None:
    with Session(engine) as session, writing(session):
        ledger.audit(session, None, act, "test", NOW)


def acts(settings: Settings) -> list[str]:
    engine = connect(settings.database)
    with Session(engine) as session:
        found = [row.act for row in session.query(AuditRow).order_by(AuditRow.id)]
    engine.dispose()
    return found


def test_what_was_saved_comes_back(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    write(engine, "before")
    about = backup.save(settings, tmp_path / "saved.zip", NOW)
    write(engine, "after")
    engine.dispose()
    backup.restore(settings.data, "", tmp_path / "saved.zip", NOW, replace=True)
    assert acts(settings) == ["before"]
    assert (about.migration, about.made) == (schema.newest(), "2026-05-26T09:30:00+00:00")


def test_a_backup_holds_everything_acknowledged_before_it_began_while_others_write(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    enough, stop = threading.Event(), threading.Event()

    def keep_writing() -> None:
        own = connect(settings.database)
        while not stop.is_set():
            write(own, f"answer {len(acknowledged)}")
            acknowledged.append(f"answer {len(acknowledged)}")
            if len(acknowledged) >= 10:
                enough.set()
        own.dispose()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    enough.wait(30)
    before = list(acknowledged)
    backup.save(settings, tmp_path / "saved.zip", NOW)
    stop.set()
    writer.join()
    engine.dispose()
    backup.restore(settings.data, "", tmp_path / "saved.zip", NOW, replace=True)
    kept = acts(settings)
    assert kept[: len(before)] == before
    assert kept == acknowledged[: len(kept)]


def test_a_backup_is_for_the_owner_alone_and_has_no_keys_unless_asked(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "plain.zip", NOW)
    backup.save(settings, tmp_path / "with-keys.zip", NOW, with_keys=True)
    assert stat.S_IMODE((tmp_path / "plain.zip").stat().st_mode) == 0o600
    assert sorted(zipfile.ZipFile(tmp_path / "plain.zip").namelist()) == ["about.json", "elearn.sqlite"]
    assert "keys/links" in zipfile.ZipFile(tmp_path / "with-keys.zip").namelist()
    assert settings.keys.links not in (tmp_path / "plain.zip").read_bytes()


def test_an_older_backup_is_never_overwritten(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "saved.zip", NOW)
    with pytest.raises(NotDone, match="is there already"):
        backup.save(settings, tmp_path / "saved.zip", NOW)


def test_nothing_is_restored_while_the_site_runs(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "saved.zip", NOW)
    with backup.running(settings.data), pytest.raises(NotDone, match="The site is running"):
        backup.restore(settings.data, "", tmp_path / "saved.zip", NOW, replace=True)


def test_two_servers_may_run_on_one_folder_but_none_while_something_is_restored(settings: Settings) -> None:
    with backup.running(settings.data), backup.running(settings.data):
        pass
    with backup.running(settings.data, alone=True), pytest.raises(NotDone, match="being restored"), backup.running(settings.data):
        pass


def test_a_database_that_is_there_is_replaced_only_when_told_to_and_kept_beside(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    write(engine, "before")
    backup.save(settings, tmp_path / "saved.zip", NOW)
    write(engine, "after")
    engine.dispose()
    with pytest.raises(NotDone, match="--replace"):
        backup.restore(settings.data, "", tmp_path / "saved.zip", NOW)
    assert acts(settings) == ["before", "after"]
    backup.restore(settings.data, "", tmp_path / "saved.zip", NOW, replace=True)
    aside = settings.data / "elearn-before-20260526T093000.sqlite"
    old = connect(f"sqlite:///{aside}")
    with Session(old) as session:
        assert [row.act for row in session.query(AuditRow).order_by(AuditRow.id)] == ["before", "after"]
    old.dispose()


def change(archive: Path, name: str, new: bytes) -> None:
    with zipfile.ZipFile(archive) as file:
        kept = {each: file.read(each) for each in file.namelist()}
    with zipfile.ZipFile(archive, "w") as file:
        for each, content in (kept | {name: new}).items():
            file.writestr(each, content)


def test_a_backup_whose_database_was_changed_is_refused(settings: Settings, tmp_path: Path) -> None:
    saved = tmp_path / "saved.zip"
    backup.save(settings, saved, NOW)
    with zipfile.ZipFile(saved) as file:
        bytes_ = bytearray(file.read("elearn.sqlite"))
    bytes_[-1] ^= 1
    change(saved, "elearn.sqlite", bytes(bytes_))
    with pytest.raises(NotDone, match="damaged"):
        backup.restore(settings.data, "", saved, NOW, replace=True)
    assert acts(settings) == []


def test_a_backup_that_describes_itself_wrongly_is_refused(settings: Settings, tmp_path: Path) -> None:
    saved = tmp_path / "saved.zip"
    backup.save(settings, saved, NOW)
    with zipfile.ZipFile(saved) as file:
        about = json.loads(file.read("about.json"))
    change(saved, "about.json", json.dumps(about | {"made": "2020-01-01T00:00:00+00:00"}).encode())
    with pytest.raises(NotDone, match="seal"):
        backup.restore(settings.data, "", saved, NOW, replace=True)


def test_another_installation_s_backup_is_refused_until_its_keys_are_here(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "saved.zip", NOW)
    other = builders.settings(tmp_path / "other")
    with pytest.raises(NotDone, match="seal"):
        backup.restore(other.data, "", tmp_path / "saved.zip", NOW)
    with pytest.raises(NotDone, match="keys"):
        backup.restore(tmp_path / "fresh", "", tmp_path / "saved.zip", NOW)
    backup.restore(tmp_path / "fresh", "", tmp_path / "saved.zip", NOW, unchecked=True)
    assert (tmp_path / "fresh" / "elearn.sqlite").exists()


def test_a_backup_with_its_keys_makes_a_whole_installation_elsewhere(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    write(engine, "before")
    backup.save(settings, tmp_path / "saved.zip", NOW, with_keys=True)
    fresh = tmp_path / "fresh"
    backup.restore(fresh, "", tmp_path / "saved.zip", NOW)
    assert (fresh / "keys" / "links").read_bytes() == settings.keys.links
    assert stat.S_IMODE((fresh / "keys" / "links").stat().st_mode) == 0o600
    assert stat.S_IMODE((fresh / "elearn.sqlite").stat().st_mode) == 0o600


def test_a_file_that_is_no_backup_is_refused_in_words(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "letter.zip").write_text("Dear all")
    for name in ("letter.zip", "nothing.zip"):
        with pytest.raises(NotDone, match="cannot be used"):
            backup.restore(settings.data, "", tmp_path / name, NOW, replace=True)


def test_a_backup_of_a_newer_program_is_refused(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup.save(settings, tmp_path / "saved.zip", NOW)
    monkeypatch.setattr(schema, "newest", lambda: "0000")
    with pytest.raises(NotDone, match="newer"):
        backup.restore(settings.data, "", tmp_path / "saved.zip", NOW, replace=True)
    assert acts(settings) == []


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    made = builders.settings(tmp_path, database="postgresql+psycopg://elearn@db/elearn")
    with pytest.raises(NotDone, match="pg_dump"):
        backup.save(made, tmp_path / "saved.zip", NOW)

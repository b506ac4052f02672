"""Saving the whole database while it is in use, and putting it back: one file, sealed with a key of this installation."""
from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import make_url

from elearn.records import schema
from elearn.records.db import sqlite_module
from elearn.settings import KEYS, BadSettings, Settings, make_data, read_keys

DATABASE, ABOUT = "elearn.sqlite", "about.json"
RUNNING = "running.lock"
"""The file in the data folder that a running site holds: shared by all that serve, wanted alone by whoever restores."""

_BLOCK = 1 << 20


class NotDone(Exception):
    """The backup was not made or not put back, and nothing was changed; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says about itself. ``mac`` seals the database and this description."""

    made: str
    migration: str
    bytes: int
    sha256: str
    mac: str = ""


@contextmanager
def running(data: Path, alone: bool = False) -> Iterator[None]:
    """Hold the data folder as one that serves from it, or *alone*. Raises NotDone when it is in use."""
    with (data / RUNNING).open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            if alone:
                raise NotDone(f"The site is running on {data}. Stop it first, then try again.") from None
            raise NotDone(f"Something is being restored into {data}. Wait for it, then try again.") from None
        yield


def save(settings: Settings, target: Path, now: datetime, with_keys: bool = False, replace: bool = False) -> About:
    """Write a backup to *target*: everything that was saved before this began, as it stood at one moment.

    Nobody who is saving an answer waits for it. Raises NotDone.
    """
    source = _file(settings.database)
    if not source.exists():
        raise NotDone(f"There is no database at {source}.")
    if target.exists() and not replace:
        raise NotDone(f"{target} is there already. Choose another name.")
    if not target.parent.is_dir():
        raise NotDone(f"There is no folder {target.parent}.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        copy, packed = Path(folder, DATABASE), Path(folder, "packed")
        _copy(source, copy)
        about = _about(copy, now, settings.keys.links)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as file:
            file.write(copy, DATABASE)
            file.writestr(ABOUT, json.dumps(asdict(about), indent=1))
            for name in KEYS if with_keys else ():
                file.writestr(f"keys/{name}", getattr(settings.keys, name))
        packed.chmod(0o600)
        with packed.open("rb") as done:
            os.fsync(done.fileno())
        packed.rename(target)
    _settle(target.parent)
    return about


def restore(data: Path, address: str, source: Path, now: datetime, replace: bool = False, unchecked: bool = False) -> About:
    """Put back what *source* holds; what was here before is kept beside it, under the time of day.

    Raises NotDone when the site runs, when there is a database already and *replace* is not set, when the file is damaged,
    was changed since it was made, or comes from a newer version. *unchecked* leaves out the seal, for when the keys are lost.
    """
    target = _file(address or f"sqlite:///{data / DATABASE}")
    make_data_folder = not data.exists()
    if target.exists() and not replace:
        raise NotDone(f"There is a database already at {target}. To put the backup in its place, say --replace.")
    try:
        with zipfile.ZipFile(source) as file:
            about = About(**json.loads(file.read(ABOUT)))
            kept = {name: file.read(f"keys/{name}") for name in KEYS if f"keys/{name}" in file.namelist()}
            _check_seal(data, file, about, kept, unchecked)
            if make_data_folder:
                data.mkdir(mode=0o700, parents=True)
            with running(data, alone=True), tempfile.TemporaryDirectory(prefix=".restore-", dir=target.parent) as folder:
                fresh = Path(folder, DATABASE)
                with file.open(DATABASE) as packed, fresh.open("wb") as out:
                    _pour(packed, out)
                _check_sound(fresh, about)
                _put_aside(target, now)
                fresh.rename(target)
                _settle(target.parent)
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise NotDone(f"{source} cannot be used: {error or error.__class__.__name__}. Nothing was changed.") from None
    _keep_keys(data, kept)
    return about


def _file(address: str) -> Path:
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise NotDone("The database is PostgreSQL. Save it with pg_dump and put it back with pg_restore: docs/running.md shows how.")
    return Path(url.database)


def _copy(source: Path, copy: Path) -> None:
    """One consistent copy. It is made in one step, as a copy in many steps begins again after each change made meanwhile."""
    module: Any = sqlite_module()
    copy.touch(mode=0o600)
    here, there = module.connect(str(source), timeout=5), module.connect(str(copy))
    try:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")
        if (said := there.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise NotDone(f"The database is damaged, so it was not saved: {said}. Run bin/elearn check.")
    finally:
        here.close()
        there.close()


def _migration(path: Path) -> str:
    module: Any = sqlite_module()
    connection = module.connect(str(path))
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def _about(copy: Path, now: datetime, key: bytes) -> About:
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    about = About(now.astimezone(UTC).isoformat(), _migration(copy), copy.stat().st_size, digest)
    return About(about.made, about.migration, about.bytes, about.sha256, _seal(about, key))


def _seal(about: About, key: bytes) -> str:
    words = "\n".join(("backup", about.made, about.migration, str(about.bytes), about.sha256))
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()


def _check_seal(data: Path, file: zipfile.ZipFile, about: About, kept: dict[str, bytes], unchecked: bool) -> None:
    """Raise NotDone unless this installation's key sealed the backup."""
    with file.open(DATABASE) as packed:
        digest = hashlib.sha256()
        while block := packed.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != about.sha256:
        raise NotDone("The backup is damaged: its database is not as it was when it was made. Nothing was changed.")
    if unchecked:
        return
    try:
        key = read_keys(data).links
    except BadSettings:
        if "links" not in kept:
            raise NotDone(
                f"The keys that seal backups are not in {data / 'keys'}. Put your copy of them there first. "
                "If they are lost, say --unchecked: then nobody can tell whether the file was changed."
            ) from None
        key = kept["links"]
    if not hmac.compare_digest(_seal(about, key), about.mac):
        raise NotDone("The seal of the backup is not ours: the file was changed, or comes from another installation. Nothing was changed.")


def _check_sound(fresh: Path, about: About) -> None:
    module: Any = sqlite_module()
    connection = module.connect(str(fresh))
    try:
        if (said := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise NotDone(f"The database in the backup is damaged: {said}. Nothing was changed.")
    finally:
        connection.close()
    if about.migration > schema.newest():
        raise NotDone(f"The backup comes from a newer program (database version {about.migration}). Bring the program up to date first.")


def _put_aside(target: Path, now: datetime) -> None:
    """Rename the old database with the files SQLite keeps beside it, so that it could still be opened."""
    for suffix in ("", "-wal", "-shm"):
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.rename(target.with_name(f"{target.stem}-before-{now:%Y%m%dT%H%M%S}{target.suffix}{suffix}"))


def _keep_keys(data: Path, kept: dict[str, bytes]) -> None:
    """Put the keys of the backup where there are none; keys that are here stay."""
    folder = data / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in kept.items():
        if not (folder / name).exists():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(key)
    make_data(data)


def _pour(source: IO[bytes], target: IO[bytes]) -> None:
    while block := source.read(_BLOCK):
        target.write(block)
    target.flush()
    os.fsync(target.fileno())


def _settle(folder: Path) -> None:
    """Make a rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

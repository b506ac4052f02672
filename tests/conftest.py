"""What tests share: the site on a database of its own, people in it, browsers, and both kinds of database.

The application is imported by the fixtures that need it, so that the rules are tested without it.
"""
from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.builders import People, Who
    from tests.databases import Database, Postgres
    from tests.page import Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests that belong to no group begin first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: "test_crash" not in item.nodeid)


@pytest.fixture(autouse=True, scope="session")
def _private_files() -> Iterator[None]:
    """Making a data folder narrows the umask of the process; give it back at the end."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def _same_papers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test draws the same papers each time it runs, so that one that fails fails again; ``PAPERS=2 bin/test`` draws others."""
    chance = random.Random(f"{request.node.nodeid} {os.environ.get('PAPERS', 1)}")
    monkeypatch.setattr("secrets.randbits", chance.getrandbits)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole site on the real content and a fresh SQLite file. No application context is open around it."""
    from tests import builders

    made = builders.site(builders.settings(tmp_path_factory.mktemp("site")))
    yield made
    made.extensions["printer"].close()
    builders.engine_of(made).dispose()


@pytest.fixture(scope="session")
def records(app: Flask) -> Callable[[], Session]:
    """Opens a session on the site's database: ``with records() as session:``, and ``writing(session)`` in it to write."""
    from tests import builders

    return builders.opener(builders.engine_of(app))


@pytest.fixture
def people(records: Callable[[], Session]) -> People:
    """One of every kind of person, in agencies of their own."""
    from elearn import clock
    from elearn.records.db import writing
    from tests import builders

    with records() as session, writing(session):
        return builders.everybody(session, clock.now())


@pytest.fixture
def browse(app: Flask, records: Callable[[], Session]) -> Callable[[Who | None], Page]:
    """A browser of one's own: ``browse(people.bob)`` is signed in, ``browse(None)`` is a visitor."""
    from elearn import clock
    from elearn.records.db import writing
    from tests import builders
    from tests.page import Page

    def open_browser(who: Who | None = None) -> Page:
        if who is None:
            return Page(app, builders.engine_of(app))
        with records() as session, writing(session):
            secret = builders.sign_in(session, who, clock.now())
        return Page(app, builders.engine_of(app), secret)

    return open_browser


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of our own, for this run (of this worker) only."""
    from tests.databases import Postgres

    server = Postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A fresh database with its tables, once on SQLite and once on a real PostgreSQL. Call it to open a session."""
    from tests import databases

    if request.param == "sqlite":
        made = databases.sqlite(tmp_path_factory.mktemp("database"))
    else:
        made = request.getfixturevalue("postgres").fresh()
    yield made
    made.close()

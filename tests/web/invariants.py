"""Holds the records of every site that a test asked something of to the rules of ``elearn check``, if the test wrote there."""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from unittest.mock import patch

from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import checking
from elearn.content.markdown import Outside
from elearn.records.db import sqlite_module
from elearn.rules.certificates import clean_name
from tests import builders

MARK: Final = "sqlalchemy"
"""What is among the extensions of every app that keeps records."""

MEANT: Final = "broken on purpose"
"""The extension of an app that holds the breaches it was built with."""


_clean = cache(clean_name)
"""The dear part of a check: the names of thousands, most of them seen after the last test already."""


class Broken(AssertionError):
    """A test left the records in a state that cannot be."""


@dataclass
class Watch:
    """Looks at the records of one site. What was broken before a test is not laid at its door."""

    app: Flask
    known: set[str] = field(default_factory=set)
    let_be: set[str] = field(default_factory=set)
    """Rules that an earlier test broke on purpose and for good."""
    _probe: Any = field(init=False)
    _version: int | None = field(init=False, default=None)
    """Which state of the file was looked at last; None for a site that is new."""

    def __post_init__(self) -> None:
        engine = builders.engine_of(self.app)
        self._probe = sqlite_module().connect(str(engine.url.database), isolation_level=None, check_same_thread=False)
        self._session = Session(engine)
        self._course = checking.reader(self._session, Outside())  # content never changes under its version, so each is read once
        self.known |= self.app.extensions.get(MEANT, frozenset())

    def look(self) -> bool:
        """Whether anybody has written since the last look."""
        before, self._version = self._version, self._probe.execute("PRAGMA data_version").fetchone()[0]
        return before != self._version

    def breaches(self) -> list[checking.Breach]:
        """What is broken now and was not before."""
        try:
            with patch.object(checking, "clean_name", _clean):
                found = checking.check(self._session, clock.now(), self._course).breaches
        finally:
            self._session.close()
        return [each for each in found if str(each) not in self.known and each.rule not in self.let_be]

    def close(self) -> None:
        self._session.close()
        self._probe.close()


@dataclass
class Watches:
    """One for each site there is; and which of them the test in hand has asked something of."""

    sites: dict[int, Watch] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)

    def ask(self, app: Flask) -> None:
        if MARK not in app.extensions:
            return  # no site, only a piece of one
        if id(app) not in self.sites:
            self.sites[id(app)] = Watch(app)
        self.asked.add(id(app))

    def begin(self) -> None:
        """Before a test: what was written, or put back, until now is not its doing."""
        self.asked.clear()
        for each in self.sites.values():
            each.look()

    def hold(self, on_purpose: frozenset[str] = frozenset(), for_good: bool = False) -> None:
        """After a test: raise Broken for each rule that its writing broke, but for those that it breaks *on_purpose*."""
        for watch in [self.sites[each] for each in self.asked]:
            if for_good:
                watch.let_be |= on_purpose
            if not watch.look():
                continue
            found = watch.breaches()
            watch.known |= {str(each) for each in found}
            if wrong := [str(each) for each in found if each.rule not in on_purpose]:
                raise Broken("elearn check would say:\n" + "\n".join(wrong))

    def close(self) -> None:
        for each in self.sites.values():
            each.close()

"""The content, as views reach it."""
from __future__ import annotations

import logging
import time

from flask import abort, current_app
from sqlalchemy.exc import OperationalError

from elearn import clock
from elearn.actions.publishing import Catalogue
from elearn.records.db import Busy, db, writing
from elearn.rules.courses import Course, Tool

log = logging.getLogger(__name__)

LOOK_EVERY = 3.0
"""Seconds between looks at the files."""


def catalogue() -> Catalogue:
    found: Catalogue = current_app.extensions["catalogue"]
    return found


def course_or_404(slug: str, kinds: frozenset[str] = frozenset({"safer7", "elearning"})) -> Course:
    """The live course of this name."""
    course = catalogue().courses.get(slug)
    return course if course and course.kind in kinds else abort(404)


def tool_or_404(slug: str) -> Tool:
    return catalogue().tools.get(slug) or abort(404)


def publish() -> None:
    """Have what is sound go live, and store it, so that it can be read again when it no longer is."""
    found, session = catalogue(), db.session()
    if found.ready(session):
        with writing(session):
            found.go_live(session, clock.now())
    found.settle(session)


class Looker:
    """Notices changed files now and then, before a request; a broken change leaves what is live alone."""

    def __init__(self) -> None:
        self._next = time.monotonic() + LOOK_EVERY

    def __call__(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_EVERY
        catalogue().refresh(clock.now().date())
        try:
            if catalogue().unsettled(db.session()):
                publish()
        except (Busy, OperationalError):
            log.warning("new content could not be noted; it goes live when it can be")

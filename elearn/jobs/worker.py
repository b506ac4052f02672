"""Does what the job table asks: each job once, again after a crash, later after an error."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import outbox
from elearn.records.db import Busy, writing

log = logging.getLogger(__name__)

Do = Callable[..., None]
"""Does one job; gets a function that opens sessions and the job's facts. It must be harmless to do twice."""

LOOK_EVERY = 1.0
"""Seconds between looks at the table."""


def run_due(open_session: Callable[[], Session], jobs: Mapping[str, Do], now: Callable[[], datetime] = clock.now) -> int:
    """Do everything that is due; returns how many were done. An error puts one job off and leaves the others alone."""
    done = 0
    while job := _take(open_session, now()):
        try:
            jobs[job.name](open_session, **job.facts)
        except Exception as error:  # whatever goes wrong with one must not stop the rest
            log.exception("job %s %s", job.name, job.id)
            with open_session() as session, writing(session):
                outbox.put_off(session, job, f"{error.__class__.__name__}: {error}", now())
        else:
            with open_session() as session, writing(session):
                outbox.finish(session, job.id, now())
            done += 1
    return done


def _take(open_session: Callable[[], Session], now: datetime) -> outbox.Job | None:
    with open_session() as session:
        if not outbox.waiting(session, now):
            return None
        with writing(session):
            return outbox.lease(session, now)


class Worker(threading.Thread):
    """Looks at the table until told to stop; lives inside the server so that one command runs everything."""

    def __init__(self, open_session: Callable[[], Session], jobs: Mapping[str, Do], each_look: Sequence[Callable[[], Any]] = ()) -> None:
        super().__init__(name="jobs", daemon=True)
        self._open, self._jobs, self._each_look = open_session, jobs, each_look
        self._stop_now = threading.Event()

    def run(self) -> None:
        while not self._stop_now.wait(LOOK_EVERY):
            try:
                for look in self._each_look:
                    look()
                run_due(self._open, self._jobs)
            except (Busy, OperationalError) as error:  # the disk is full, or someone holds the turn: the next look will do
                log.warning("jobs wait: %s", error.__class__.__name__)
            except Exception:  # mail and prints must not stop until the next start because of one look
                log.exception("jobs wait")

    def stop(self) -> None:
        """Finish the job in hand, then stop."""
        self._stop_now.set()
        self.join(timeout=15)

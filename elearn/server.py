"""Serves the site: one process, with the background work beside it, until it is told to stop."""
from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import logging
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from elearn import clock, demo
from elearn.app import create_app
from elearn.content.problems import Problem
from elearn.crew import TURN, Crew
from elearn.documents.printer import Printer
from elearn.jobs import jobs, worker
from elearn.mail.send import Folder, Post, Relay
from elearn.records import backup, ledger, membership, outbox
from elearn.records.db import db, writing
from elearn.settings import LOOPBACK, BadSettings, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 4
"""Requests answered at once, when all of them take long."""

CONNECTIONS = 1000
"""Slow or idle visitors cost a connection each, not a thread; at 100, a few dozen of them would keep everyone else out."""

OTHER_FILES = 200
"""Files that are open besides: the database, its readers, the log, the press."""

SLOWEST = 20
"""Seconds after which a connection on which nothing moves is closed."""

MOST_HEADERS = 16_384
MOST_BODY = 1_100_000
"""A little more than the site takes, so that the site itself can say so in words."""

DRAIN = 30.0
"""Seconds that requests in hand are given when the server is told to stop."""

MOST_PROBLEMS = 10
"""Faults in the content that are named when the server starts."""

ARENAS = -8
"""glibc's number for the setting M_ARENA_MAX."""

MUCH = 16_000_000
"""Bytes that are worth giving back."""

CLOCK = timedelta(hours=24)
LITTLE_ROOM = 500_000_000

FIRST = '  bin/elearn people add-administrator "Your Name" you@example.org'

log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then finish what is in hand; returns 0. Raises BadSettings when it is not safe to begin."""
    if settings.demo and settings.host not in LOOPBACK:
        raise BadSettings("This data folder holds the demo, whose passwords are known. It is served on this computer only: leave out HOST.")
    log_as_json()
    memory = Memory()
    with contextlib.ExitStack() as at_the_end:
        at_the_end.enter_context(backup.running(settings.data))
        app = create_app(settings)
        printer: Printer = app.extensions["printer"]
        at_the_end.callback(printer.close)
        with app.app_context():
            engine = db.engine
        at_the_end.callback(engine.dispose)
        open_session = sessionmaker(engine, expire_on_commit=False)
        with open_session() as session:
            refuse_a_wrong_clock(session, clock.now())
            said = _greeting(settings, session, app.extensions["catalogue"].problems)
        listener = Listener(app, settings)
        gc.collect()
        gc.freeze()  # the content stays for good: nothing is gained by looking through it, request after request, for what may be forgotten
        todo = jobs(printer, post_for(settings), settings.url)
        background = worker.Worker(open_session, todo, each_look=(memory, Daily(open_session)))
        background.start()
        printer.warm()  # the first certificate should not wait for the press to start
        at_the_end.callback(background.stop)
        print(said, flush=True)
        listener.until_told()
    return 0


class Memory:
    """Gives back to the system what hashing passwords leaves behind: 19 MB each, of which glibc would keep 80.

    It keeps freed memory for each thread, out of reach of ``malloc_trim``. Here all threads share what there is (mallopt(3), M_ARENA_MAX), and once
    a second the rest is given back if there is much of it. To give back each block at once costs half as much as the hash. Other C libraries have
    no such calls, or do not keep what is freed.
    """

    def __init__(self) -> None:
        self._least = 0
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            self._trim: Callable[[int], int] = library.malloc_trim
            library.mallopt(ARENAS, 1)
            self._least = resident()

    def __call__(self) -> None:
        if not self._least:
            return
        with contextlib.suppress(OSError):
            if resident() > self._least + MUCH:
                self._trim(0)
                self._least = resident()  # what is in use grows slowly
            else:
                self._least = min(self._least, resident())  # or somebody's password was just being hashed


def resident() -> int:
    """Bytes of memory that this process has now. Raises OSError where the system does not say."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def post_for(settings: Settings) -> Post:
    """Where mail goes: to the relay that is set up, else into a folder."""
    if settings.smtp:
        return Relay(settings.smtp, settings.mail_from)
    return Folder(settings.data / "mail", settings.mail_from)


def run_jobs(settings: Settings, session: Session) -> tuple[int, int]:
    """Do every job that is due, once, without a server; returns how many were done and how many were ever given up."""
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    printer = Printer()
    try:
        done = worker.run_due(sessionmaker(engine, expire_on_commit=False), jobs(printer, post_for(settings), settings.url))
    finally:
        printer.close()
    return done, outbox.stuck(session)


def refuse_a_wrong_clock(session: Session, now: datetime) -> None:
    """Raise BadSettings when the newest fact is more than a day ahead: dates, due days and end days would all be wrong."""
    newest = ledger.latest(session)
    if newest and newest > now + CLOCK:
        raise BadSettings(
            f"The clock of this computer says {now:%d %B %Y, %H:%M} UTC, but something was recorded on {newest:%d %B %Y, %H:%M} UTC. "
            "Set the clock, then start again."
        )


class Daily:
    """Asks, once a day, for what is of no more use to be forgotten."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open = open_session
        self._last = ""

    def __call__(self) -> None:
        now = clock.now()
        today = now.date().isoformat()
        if today == self._last:
            return
        with self._open() as session, writing(session):
            outbox.post(session, "tidy", now, unique_key=f"tidy:{today}")
        self._last = today


# ---- Listening ---------------------------------------------------------------------------------------------------------

def room() -> int:
    """How many connections there may be: CONNECTIONS if the system lets so many files be open, which many do only when asked."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < enough:
        soft = enough if most == resource.RLIM_INFINITY else min(enough, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, soft - OTHER_FILES))


class Listener:
    """The socket, what has been said on its connections, and the threads that answer. Raises BadSettings when the address is taken or not ours."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._sockets: dict[int, Any] = {}
        self._ending = False
        self._crew = Crew(THREADS, self._listen, self._wake)
        try:
            self._server = create_server(
                app, map=self._sockets, host=settings.host, port=settings.port, ident=None, connection_limit=room(),
                backlog=CONNECTIONS, channel_timeout=SLOWEST, cleanup_interval=5, asyncore_use_poll=True,
                max_request_header_size=MOST_HEADERS, max_request_body_size=MOST_BODY, url_scheme="https" if settings.https else "http",
                clear_untrusted_proxy_headers=settings.proxies == 0,  # else the application reads them: it was told how many proxies there are
                _dispatcher=self._crew,
            )
        except OSError as error:
            raise BadSettings(
                f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}. Is it running already? "
                "PORT=8001 bin/run takes another port."
            ) from None
        for each in self._listeners():
            each.pull_trigger = self._crew.wake  # the leader needs no byte in a pipe to know that it has answered

    def until_told(self) -> None:
        """Serve until told to stop; then take no more connections, and go on until the requests in hand are answered."""
        try:
            with _signals(lambda *_: self._crew.stop()):
                self._crew.start()
                self._crew.watch()
                self._ending = True
                until = time.monotonic() + DRAIN
                while self._busy() and time.monotonic() < until:
                    self._crew.look()
                    time.sleep(TURN / 4)
        finally:
            self._crew.shutdown()
        log.info("stopped")

    def _listen(self, seconds: float) -> None:
        for each in self._listeners() if self._ending else ():
            each.accepting = False
        self._server.asyncore.loop(timeout=seconds, map=self._sockets, use_poll=True, count=1)

    def _wake(self) -> None:
        self._listeners()[0].trigger.pull_trigger()

    def _busy(self) -> bool:
        """Whether a request is being read, worked on or answered."""
        channels = [each for each in list(self._sockets.values()) if isinstance(each, HTTPChannel)]
        return bool(self._crew.queue) or any(each.requests or each.request or each.total_outbufs_len for each in channels)

    def _listeners(self) -> list[BaseWSGIServer]:
        return [each for each in list(self._sockets.values()) if isinstance(each, BaseWSGIServer)]


@contextlib.contextmanager
def _signals(stop: Callable[..., None]) -> Iterator[None]:
    before = {name: signal.signal(name, stop) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


# ---- Words at the start ------------------------------------------------------------------------------------------------

def _greeting(settings: Settings, session: Session, problems: Sequence[Problem]) -> str:
    """What the person who started the server needs to know, and nothing else."""
    lines = ["", f"The site is ready: {settings.url}", f"Everything is kept in {settings.data}"]
    if settings.demo:
        lines += ["", demo.sign_ins()]
    elif not membership.administrators(session):
        lines += ["", "There is no administrator yet. In another window, make the first one:", FIRST]
    if settings.smtp is None:
        lines += ["", f"No mail server is set up. Messages are kept in {settings.data / 'mail'}, and shown here."]
    if blocking := [problem for problem in problems if problem.blocks]:
        lines += ["", "These keep new versions of modules out. Whatever was live before stays live:"]
        lines += [f"  {problem}" for problem in blocking[:MOST_PROBLEMS]]
        lines += [f"  and {len(blocking) - MOST_PROBLEMS} more: bin/elearn content check"] if len(blocking) > MOST_PROBLEMS else []
    lines += [f"Note: {words}" for words in _warnings(settings)]
    return "\n".join([*lines, "", "To stop, press Ctrl+C."])


def _warnings(settings: Settings) -> Iterator[str]:
    try:
        ctypes.CDLL("libharfbuzz-subset.so.0")
    except OSError:
        yield "libharfbuzz-subset is missing, so PDFs are larger and slower to make. Install it: apt-get install libharfbuzz-subset0"
    free = shutil.disk_usage(settings.data)
    if free.free < max(LITTLE_ROOM, free.total // 20):
        yield f"Only {free.free // 1_000_000} MB are free where the data is kept. When it is full, nothing more can be saved."


class JsonLines(logging.Formatter):
    """Each line of the log as JSON: what, the time in UTC, the level, where from, and whatever is ``said`` besides (``extra={"said": {...}}``)."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "event": record.getMessage(), "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(), "logger": record.name, **getattr(record, "said", {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return _JSON.encode(said)


_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def log_as_json() -> None:
    """Send every log line to the error stream as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line says them, nor which line of the program wrote it
    logging._srcfile = None  # "Optimization" in Python's logging HOWTO
    for chatty in ("weasyprint", "fontTools", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)

"""The server as it is run: a process that starts, serves, logs, drains and stops; and what it refuses to start on."""
from __future__ import annotations

import http.client
import json
import logging
import os
import platform
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from elearn import server
from elearn.mail.send import Folder, Relay
from elearn.records import ledger, outbox
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from elearn.settings import ROOT, BadSettings, Settings, Smtp
from tests import builders
from tests.databases import connect

NOW = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)
LONGEST = 90
"""Seconds that anything may take on a busy machine before the test is given up."""

MANY_FILES = 2_000


@dataclass
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    said: str
    data: Path

    def get(self, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse()

    def end(self) -> tuple[int, list[dict[str, object]]]:
        """Wait until it has stopped; returns its exit code and its log."""
        _, errors = self.process.communicate(timeout=LONGEST)
        return self.process.returncode, [json.loads(line) for line in errors.splitlines()]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def started(data: Path, open_files: int = 0, **environment: str) -> Iterator[Running]:
    """A server on *data*, with these in its environment; *open_files* is what the system gives it to begin with."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELEARN_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "elearn.cli", "run", "--prepare"], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=kept | {"ELEARN_DATA": str(data), "PORT": str(port)} | environment,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (open_files, MANY_FILES)) if open_files else None,
    )
    assert process.stdout is not None
    watch = threading.Timer(LONGEST, process.kill)
    watch.start()
    said = ""
    try:
        while "To stop" not in said:
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"it did not start: {said} {process.communicate()[1]}")
            said += line
        watch.cancel()
        yield Running(process, port, said, data)
    finally:
        watch.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("server") / "data") as server_:
        yield server_


def test_it_says_where_it_is_where_the_data_is_and_how_to_make_an_administrator(running: Running) -> None:
    assert f"http://127.0.0.1:{running.port}" in running.said
    assert str(running.data) in running.said
    assert 'bin/elearn people add-administrator "Your Name" you@example.org' in running.said
    assert "password" not in running.said.casefold(), "there is no default account"


def test_it_answers_and_does_not_say_what_it_runs_on(running: Running) -> None:
    answer = running.get("/healthz")
    assert (answer.status, answer.read().strip()) == (200, b"ok")
    assert answer.getheader("Server") is None
    assert answer.getheader("X-Request-Id")


def test_someone_who_sends_slowly_keeps_nobody_waiting(running: Running) -> None:
    slow = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(40)]
    for each in slow:
        each.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na")
    assert running.get("/healthz").status == 200
    for each in slow:
        each.close()


def test_more_may_be_connected_than_the_system_gives_files_to_begin_with(tmp_path: Path) -> None:
    with started(tmp_path / "data", open_files=100) as running:
        waiting = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(300)]
        assert running.get("/healthz").status == 200
        assert len(list(Path(f"/proc/{running.process.pid}/fd").iterdir())) > 300
        for each in waiting:
            each.close()


@pytest.mark.parametrize(("limits", "connections", "asked"), [
    ((1_024, 4_096), 1_000, [(1_200, 4_096)]), ((1_024, -1), 1_000, [(1_200, -1)]), ((256, 512), 312, [(512, 512)]),
    ((20_000, 20_000), 1_000, []), ((-1, -1), 1_000, []), ((64, 64), 1, []),
])
def test_there_are_never_more_connections_than_the_system_has_files_for(
    limits: tuple[int, int], connections: int, asked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: given.append(wanted))
    assert server.room() == connections
    assert [each for each in given if each != limits] == asked


_HASHES = """
import threading
from elearn import server
from elearn.actions.passwords import make
memory = server.Memory()
kept = server.resident()
for turn in range(3):
    threads = [threading.Thread(target=make, args=("four plain words together",)) for _ in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
memory()
print(server.resident() - kept)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do not keep what was freed")
def test_the_memory_of_hashing_passwords_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", _HASHES], cwd=ROOT, capture_output=True, text=True, check=True, timeout=LONGEST)
    assert int(done.stdout) < server.MUCH, "a hash takes 19 MiB, and four threads would keep one each"


def test_headers_larger_than_16_kb_are_refused(running: Running) -> None:
    assert running.get("/", {"X-Long": "x" * 20_000}).status == 431


def test_forwarded_addresses_are_not_believed_when_no_proxy_was_named(running: Running) -> None:
    answer = running.get("/", {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert b"evil.example" not in answer.read()


def test_a_module_that_was_broken_before_a_restart_is_still_live_and_its_fault_is_named(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    shutil.copytree(ROOT / "modules", modules)
    with started(tmp_path / "data", ELEARN_MODULES=str(modules)) as first:
        assert first.get("/learn/child-abuse-and-neglect").status == 200 and "keep new versions" not in first.said
    broken = modules / "elearning/child-abuse-and-neglect/module.yaml"
    broken.write_text(broken.read_text("utf-8").replace("title:", "titel:", 1), "utf-8")
    with started(tmp_path / "data", ELEARN_MODULES=str(modules)) as second:
        assert second.get("/learn/child-abuse-and-neglect").status == 200
        assert re.search(r"elearning/child-abuse-and-neglect/module\.yaml:\d+: .*titel", second.said)


def test_it_finishes_what_is_in_hand_then_stops_and_logs_without_names_or_addresses(tmp_path: Path) -> None:
    with started(tmp_path / "data") as own:
        own.get("/7/child-neglect?q=a-secret-word").read()
        own.get("/healthz").read()
        half = socket.create_connection(("127.0.0.1", own.port), timeout=LONGEST)
        half.sendall(b"GET /help HTTP/1.1\r\nHost: localhost\r\n")
        own.get("/healthz").read()  # by now the half request has been read
        own.process.send_signal(signal.SIGTERM)
        half.sendall(b"Connection: close\r\n\r\n")
        got = b""
        while more := half.recv(65536):
            got += more
        code, log = own.end()
    assert got.startswith(b"HTTP/1.1 ")
    assert code == 0
    first = next(line for line in log if line.get("event") == "request")
    assert (first["method"], first["route"], first["status"], first["actor"], first["level"]) == ("GET", "/7/<slug>", 200, None, "info")
    assert str(first["time"]).endswith("Z")
    assert {"request", "ms"} <= set(first)
    assert "a-secret-word" not in json.dumps(log)
    assert not [line for line in log if line.get("route") == "/healthz"]
    assert log[-1]["event"] == "stopped"


def test_a_port_that_is_taken_is_said_in_words(running: Running, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "elearn.cli", "run", "--prepare"], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False,
        env=os.environ | {"ELEARN_DATA": str(tmp_path / "data"), "PORT": str(running.port)},
    )
    assert done.returncode == 3
    assert "PORT=8001 bin/run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_line_of_the_log_holds_what_was_said_besides_and_what_went_wrong() -> None:
    try:
        raise ValueError("so it is")
    except ValueError:
        record = logging.getLogger("elearn.some").makeRecord(
            "elearn.some", logging.ERROR, "", 0, "it %s", ("broke",), sys.exc_info(), extra={"said": {"place": Path("/x"), "name": "Zoë"}},
        )
    line = json.loads(server.JsonLines().format(record))
    assert (line["event"], line["level"], line["logger"], line["place"], line["name"]) == ("it broke", "error", "elearn.some", "/x", "Zoë")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0) and line["exception"].endswith("ValueError: so it is")
    assert "exception" not in json.loads(server.JsonLines().format(logging.makeLogRecord({"msg": "all well"})))


# ---- What it is made of --------------------------------------------------------------------------------------------------

@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = builders.settings(tmp_path)
    builders.make_tables(made.database)
    return made


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    engine = connect(settings.database)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.mark.parametrize(("ahead", "refused"), [(timedelta(hours=23), False), (timedelta(hours=25), True)])
def test_a_clock_that_is_a_day_behind_the_last_fact_stops_the_start(session: Session, ahead: timedelta, refused: bool) -> None:
    with writing(session):
        who = builders.person(session, "Bob Adeyemi", builders.team(session, builders.agency(session)), NOW)
        ledger.append(session, who.id, FactKind.READ, "child-neglect", NOW + ahead, NOW + ahead)
    if refused:
        with pytest.raises(BadSettings, match="Set the clock"):
            server.refuse_a_wrong_clock(session, NOW)
    else:
        server.refuse_a_wrong_clock(session, NOW)


def test_an_empty_ledger_says_nothing_of_the_clock(session: Session) -> None:
    server.refuse_a_wrong_clock(session, NOW)


def test_what_is_of_no_more_use_is_forgotten_once_a_day(settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(settings.database)
    open_session: Callable[[], Session] = lambda: Session(engine, expire_on_commit=False)  # noqa: E731  (a short opener)
    moment = NOW
    monkeypatch.setattr(server.clock, "now", lambda: moment)
    for restarted in (server.Daily(open_session), server.Daily(open_session)):
        restarted()
        restarted()
    moment = NOW + timedelta(days=1)
    restarted()
    assert [row.unique_key for row in session.query(outbox.JobRow)] == ["tidy:2026-05-26", "tidy:2026-05-27"]
    engine.dispose()


def test_mail_goes_into_a_folder_unless_a_relay_is_set_up(settings: Settings) -> None:
    assert isinstance(server.post_for(settings), Folder)
    assert isinstance(server.post_for(replace(settings, smtp=Smtp("mail.example.org", 587))), Relay)


def test_the_demo_is_never_served_beyond_this_computer(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="demo"):
        server.serve(replace(settings, url="https://learn.example.org", host="0.0.0.0", demo=True))

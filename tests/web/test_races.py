"""Many at the same moment, over HTTP against the real server: one attempt, one answer, one completion, one certificate."""
from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from waitress.server import create_server

from elearn.records import certificates, learning
from tests import builders
from tests.answering import right
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, Sitting, begin, read_course

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@dataclass(frozen=True, slots=True)
class Server:
    """The site behind the server it is served by."""

    host: str
    port: int

    def post(self, page: Page, path: str, pairs: list[tuple[str, str]]) -> tuple[int, str]:
        """Status and address (or body) of the answer, with the cookies of *page*'s person."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        headers = {"Cookie": f"elearn={page.secret}", "Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}
        try:
            connection.request("POST", path, urlencode(pairs), headers)
            response = connection.getresponse()
            body = response.read().decode()
            return response.status, response.headers.get("Location") or body
        finally:
            connection.close()


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    sockets: dict[int, object] = {}
    made = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=8, connection_limit=1000, backlog=1000)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            made.asyncore.loop(timeout=0.05, map=sockets, count=1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield Server("127.0.0.1", made.effective_port)
    stop.set()
    thread.join(timeout=5)
    made.task_dispatcher.shutdown()
    made.close()


@pytest.fixture
def sitting(browse: Browse, app: Flask, people: People, records: Records) -> Sitting:
    read_course(records, app, people.bob)
    return begin(browse(people.bob), app, records)


def together(many: int, act: Callable[[], tuple[int, str]]) -> list[tuple[int, str]]:
    start, got = threading.Barrier(many), []

    def run() -> None:
        start.wait()
        got.append(act())

    threads = [threading.Thread(target=run) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == many
    return got


def test_twenty_clicks_on_start_open_one_attempt(server: Server, browse: Browse, app: Flask, people: People, records: Records) -> None:
    read_course(records, app, people.bob)
    page = browse(people.bob).get(f"/learn/{LEVEL1}")
    got = together(20, lambda: server.post(page, f"/quiz/{LEVEL1}/start", [("csrf", page.token)]))
    assert {status for status, _ in got} == {303}
    assert len({address for _, address in got}) == 1
    with records() as session:
        assert len(learning.attempts(session, people.bob.id, LEVEL1)) == 1


def test_fifty_times_the_same_page_is_one_answer_with_equal_replies(server: Server, sitting: Sitting, records: Records) -> None:
    number = sitting.plain
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    pairs = page.form(address).fill(sitting.form(number, right(sitting.question(number))), None)
    got = together(50, lambda: server.post(page, address, pairs))
    assert len(set(got)) == 1
    assert got[0][0] == 303
    with records() as session:
        assert session.scalar(text("SELECT count(*) FROM answer WHERE attempt_id = :id"), {"id": sitting.id}) == 1


def test_fifty_clicks_on_finish_make_one_completion_and_one_certificate(
    server: Server, sitting: Sitting, people: People, records: Records
) -> None:
    id, page = sitting.id, sitting.page
    sitting.all(right)
    got = together(50, lambda: server.post(page, f"/quiz/{id}/finish", [("csrf", page.token)]))
    assert set(got) == {(303, f"/quiz/{id}/result")}
    with records() as session:
        assert len(certificates.of_person(session, people.bob.id)) == 1
        assert session.scalar(text("SELECT count(*) FROM fact WHERE person_id = :id AND kind = 'completed'"), {"id": people.bob.id}) == 1


def test_nothing_was_left_open_behind_the_server(server: Server, app: Flask, browse: Browse, people: People) -> None:
    page = browse(people.bob).get("/my")
    together(16, lambda: server.post(page, "/quiz/1/1", [("csrf", "wrong")]))
    assert builders.engine_of(app).pool.checkedout() == 0  # type: ignore[attr-defined]  # a queue pool counts

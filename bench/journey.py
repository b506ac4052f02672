"""Drives the site and a bare reference with people who wait for each answer; prints rates, times, weights and memory."""
from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from html import unescape
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import brotli  # type: ignore[import-untyped]  # no types are published
import psutil  # type: ignore[import-untyped]  # no types are published
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import passwords, reading
from elearn.actions.publishing import Catalogue
from elearn.actions.quizzes import paper_of
from elearn.content.markdown import Outside
from elearn.documents.certificate import CertificateFacts, certificate
from elearn.documents.printer import Printer
from elearn.records import db, learning
from elearn.records.tenancy import NEW
from elearn.rules.courses import Course
from elearn.settings import ROOT, Settings
from tests import builders, databases
from tests.answering import fields, right

SLUG, BRIEFING = "child-abuse-and-neglect", "child-neglect"
ROAD = "icon-elearning"
"""The course of the whole journey: its quiz draws ten questions."""

PASSWORD = "long grass beside the canal"
PEOPLE_AT_ONCE = (1, 8, 32)
ARRIVE = 1.0
"""Seconds within which the people of the journey arrive, one after another."""

FORMS = "gzip, deflate, br, zstd"
"""What browsers say they can read."""


@dataclass
class Tally:
    """What happened to one kind of request: seconds for each that went well, and how many did not."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    took: float = 1.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.took

    def at(self, percent: float) -> float:
        """Milliseconds within which that share of requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


class Client:
    """One browser that keeps its connection and its cookies."""

    def __init__(self, port: int, secret: str = "") -> None:
        self.port, self.cookies = port, {"elearn": secret} if secret else {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, form: list[tuple[str, str]] | None = None, more: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and the bytes as they came; *more* are headers that are sent beside the usual ones."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Accept-Encoding": FORMS, "Cookie": cookies, "Host": f"127.0.0.1:{self.port}", **more}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", ()):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, {}, b""

    def page(self, path: str) -> str:
        """The text of a page; fails unless it came."""
        status, headers, body = self.ask("GET", path)
        assert status == 200, f"{path} answered {status}"
        return plain(headers, body).decode()


def plain(headers: dict[str, str], body: bytes) -> bytes:
    unpack: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
    packed = headers.get("content-encoding", "")
    return unpack[packed](body) if packed else body


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    """A server in a process of its own, from the moment it answers."""
    with log.open("wb") as out, subprocess.Popen(command, env=os.environ | environment, stdout=out, stderr=out) as process:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                raise SystemExit(f"{command} did not start: {log.read_text()[-2000:]}")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=40)


def closed_loop(many: int, seconds: float, make: Callable[[int], Callable[[], bool]]) -> Tally:
    """*many* people who each send one request after another. ``make(n)`` gives what person n does; it says whether that went well."""
    acts = [make(number) for number in range(many)]
    start, tally, lock = threading.Barrier(many + 1), Tally(), threading.Lock()
    stop = threading.Event()

    def run(act: Callable[[], bool]) -> None:
        mine, errors = [], 0
        start.wait()
        while not stop.is_set():
            before = time.perf_counter()
            if act():
                mine.append(time.perf_counter() - before)
            else:
                errors += 1
        with lock:
            tally.seconds += mine
            tally.errors += errors

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    tally.took = time.perf_counter() - began
    return tally


class Site:
    """The site on a database of its own, with enough people for every test."""

    def __init__(self, folder: Path, many: int) -> None:
        self.port = free_port()
        self.settings: Settings = builders.settings(folder, url=f"http://127.0.0.1:{self.port}")
        builders.make_tables(self.settings.database)
        catalogue = Catalogue(ROOT / "modules", clock.now().date(), Outside(address=lambda slug: f"/learn/{slug}"))
        self.course, self.road = catalogue.courses[SLUG], catalogue.courses[ROAD]
        kept = passwords.make(PASSWORD)
        engine = databases.connect(self.settings.database)
        with builders.opener(engine)() as session, db.writing(session):
            team = builders.everybody(session, clock.now()).team_id
            self.secrets = [self._learner(session, team, number) for number in range(many)]
            self.walkers = [self._walker(session, team, number, kept) for number in range(sum(PEOPLE_AT_ONCE))]
            for number in range(400 - many - len(self.walkers)):
                builders.person(session, f"Colleague{number} Example", team, clock.now())
        engine.dispose()

    def _learner(self, session: Session, team: int, number: int) -> str:
        """Someone signed in who has read the course; the secret of their session."""
        who = builders.person(session, f"Learner{number} Example", team, clock.now())
        self._read(session, who.id, self.course, 0)
        return builders.sign_in(session, who, clock.now())

    def _walker(self, session: Session, team: int, number: int, kept: str) -> str:
        """Someone with a password who has read all but the first screen of the journey's course; their e-mail address."""
        who = builders.person(session, f"Walker{number} Example", team, clock.now(), password=kept)
        self._read(session, who.id, self.road, 1)
        return who.email

    def _read(self, session: Session, person: int, course: Course, leave: int) -> None:
        for unit, screen in list(course.screens())[leave:]:
            reading.go_on(session, person, course, f"{unit.id}/{screen.id}", clock.now(), ZoneInfo(NEW.zone))

    @property
    def screen(self) -> str:
        unit, screen = next(self.course.screens())
        return f"/learn/{SLUG}/{unit.id}/{screen.id}"

    def command(self) -> list[str]:
        return [sys.executable, "-c", "from elearn.server import serve, Settings; raise SystemExit(serve(Settings.from_environment()))"]

    def environment(self) -> dict[str, str]:
        return {"ELEARN_DATA": str(self.settings.data), "PORT": str(self.port), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def getter(port: int, path: str, secrets: list[str]) -> Callable[[int], Callable[[], bool]]:
    def make(number: int) -> Callable[[], bool]:
        client = Client(port, secrets[number] if secrets else "")
        return lambda: client.ask("GET", path)[0] == 200

    return make


class Answering:
    """One person answering question after question of an open attempt, with a fresh key each time, as pages do."""

    def __init__(self, site: Site, secret: str) -> None:
        self.client = Client(site.port, secret)
        self.token = token_of(self.client.page(f"/learn/{SLUG}"))
        status, headers, _ = self.client.ask("POST", f"/quiz/{SLUG}/start", [("csrf", self.token)])
        assert status == 303, status
        self.attempt = int(headers["location"].split("/")[2])
        self.turn = 0
        self.forms = list(self._forms(self.client.page(f"/quiz/{self.attempt}/{n}") for n in range(1, 21)))

    def _forms(self, pages: Iterator[str]) -> Iterator[tuple[int, str, list[str]]]:
        """Number, input and choices of each question with radio buttons."""
        for number, page in enumerate(pages, 1):
            found = re.findall(r'<input type="radio" id="[^"]*" name="(q-[^"]+)" value="([^"]+)"', page) or re.findall(
                r'<input[^>]*type="radio"[^>]*name="(q-[^"]+)"[^>]*value="([^"]+)"', page
            )
            if found and len({name for name, _ in found}) == 1 and "on-plum" not in page:
                yield number, unescape(found[0][0]), [value for _, value in found]

    def afresh(self) -> Answering:
        """On a new connection: the server closes one on which nothing has moved for a while."""
        self.client.connection.close()
        return self

    def __call__(self) -> bool:
        self.turn += 1
        number, name, values = self.forms[self.turn % len(self.forms)]
        value = values[(self.turn // len(self.forms)) % len(values)]
        form = [("csrf", self.token), ("key", f"bench-{id(self)}-{self.turn}"), ("seen", "0"), (name, value)]
        return self.client.ask("POST", f"/quiz/{self.attempt}/{number}", form)[0] == 303


class Lost(Exception):
    """The person cannot go on; the words say why."""


STEPS = (
    "sign-in page", "sign in", "course page", "screen", "next screen", "start", "question", "answer", "review", "finish", "result",
    "certificate page",
)
TOGETHER = "sign in, same moment"


class Walker:
    """One person on the whole journey, with cookies of their own: from the form that signs in to the page of the certificate."""

    def __init__(self, site: Site, engine: Engine, email: str, after: float, together: threading.Barrier) -> None:
        self.site, self.engine, self.email, self.after, self.together = site, engine, email, after, together
        self.client = Client(site.port)
        self.step = STEPS[0]
        self.took: dict[str, list[float]] = {}
        self.lost = ""
        """Why the certificate was not reached."""

    def walk(self) -> None:
        try:
            self._walk()
        except Exception as why:  # whatever it is, this person has no certificate
            self.lost = f"{self.email}, {self.step}: {why!r}"
            self.together.abort()

    def _walk(self) -> None:
        sign_in, course = "/account/sign-in", f"/learn/{ROAD}"
        unit, first = next(self.site.road.screens())
        screen = f"{course}/{unit.id}/{first.id}"
        time.sleep(self.after)
        page = self._get("sign-in page", f"{sign_in}?how=password")
        self._post("sign in", sign_in, [*hidden(page, sign_in), ("email", self.email), ("password", PASSWORD)])
        with suppress(threading.BrokenBarrierError):  # somebody was lost
            self.together.wait()  # from here on all go at once
        self._get("course page", course)
        self._post("next screen", screen, hidden(self._get("screen", screen), screen))
        start = f"/quiz/{ROAD}/start"
        attempt = int(self._post("start", start, hidden(self._get("course page", course), start)).split("/")[2])
        for number, answer in enumerate(self._answers(attempt), 1):
            place = f"/quiz/{attempt}/{number}"
            self._post("answer", place, [*hidden(self._get("question", place), place), *answer])
        finish = f"/quiz/{attempt}/finish"
        self._post("finish", finish, hidden(self._get("review", f"/quiz/{attempt}/review"), finish))
        result = self._get("result", f"/quiz/{attempt}/result")
        self.step = "certificate page"
        self._get(self.step, found(r'href="(/certificates/[^"/]+)"', result))

    def _get(self, step: str, path: str) -> str:
        headers, body = self._ask(step, 200, "GET", path)
        return plain(headers, body).decode()

    def _post(self, step: str, path: str, form: list[tuple[str, str]]) -> str:
        """Where it leads."""
        return self._ask(step, 303, "POST", path, form)[0]["location"]

    def _ask(self, step: str, due: int, method: str, path: str, form: list[tuple[str, str]] | None = None) -> tuple[dict[str, str], bytes]:
        self.step = step
        before = time.perf_counter()
        status, headers, body = self.client.ask(method, path, form)
        took = time.perf_counter() - before
        if status != due:
            raise Lost(f"{path} answered {status}")
        self.took.setdefault(step, []).append(took)
        return headers, body

    def _answers(self, attempt: int) -> list[list[tuple[str, str]]]:
        """What to send to each question to be right, from the paper as it was drawn."""
        with builders.opener(self.engine)() as session:
            drawn = learning.attempt(session, attempt)
        assert drawn is not None
        paper = paper_of(self.site.road, drawn)
        filled = [fields(paper, question, right(question)) for question in paper.questions]
        return [[(name, value) for name, values in each.items() for value in values] for each in filled]


def hidden(page: str, action: str) -> list[tuple[str, str]]:
    """What the form that goes to *action* sends by itself. Raises Lost when the page has none."""
    form = found(rf'(?s)<form[^>]* action="{re.escape(action)}"[^>]*>(.*?)</form>', page)
    return [(name, unescape(value)) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)]


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise Lost(f"the page has no {pattern}")
    return match[1]


def journeys(site: Site) -> dict[int, dict[str, Tally]]:
    """Everybody's whole journey, so many people at once: step to what happened. Says of whoever got lost where and why."""
    engine, emails, tallies = databases.connect(site.settings.database), iter(site.walkers), {}
    for many in PEOPLE_AT_ONCE:
        together = threading.Barrier(many)
        walkers = [Walker(site, engine, email, number * ARRIVE / many, together) for number, email in enumerate(islice(emails, many))]
        in_threads(walker.walk for walker in walkers)
        tallies[many] = {
            step: Tally(
                [took for walker in walkers for took in walker.took.get(step, ())],
                sum(bool(walker.lost) and walker.step == step for walker in walkers),
            )
            for step in STEPS
        }
        for walker in walkers:
            if walker.lost:
                print(f"Lost: {walker.lost}")
    engine.dispose()
    return tallies


def crowd(site: Site) -> dict[int, Tally]:
    """Everybody presses "Sign in" at the same moment, so many people."""
    tallies = {}
    for many in PEOPLE_AT_ONCE:
        together, tally = threading.Barrier(many), Tally()

        def press(email: str, together: threading.Barrier = together, tally: Tally = tally) -> None:
            client, sign_in = Client(site.port), "/account/sign-in"
            form = [*hidden(client.page(f"{sign_in}?how=password"), sign_in), ("email", email), ("password", PASSWORD)]
            together.wait()
            before = time.perf_counter()
            if client.ask("POST", sign_in, form)[0] == 303:
                tally.seconds.append(time.perf_counter() - before)
            else:
                tally.errors += 1

        in_threads(partial(press, email) for email in site.walkers[-many:])
        tallies[many] = tally
    return tallies


def in_threads(acts: Iterable[Callable[[], None]]) -> None:
    """All of them side by side, until the last is done."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def weights(site: Site, secret: str) -> dict[str, tuple[int, int, int]]:
    """For each page: bytes of a first visit, requests of a first visit, bytes of the page alone. Headers are not counted."""
    found = {}
    for name, path, who in (
        ("briefing, visitor", f"/7/{BRIEFING}", ""), ("briefing box, visitor", f"/7/{BRIEFING}/1", ""), ("my learning", "/my", secret),
        ("course", f"/learn/{SLUG}", secret), ("screen", site.screen, secret),
    ):
        client = Client(site.port, who)
        status, headers, body = client.ask("GET", path)
        assert status == 200, f"{path} answered {status}"
        source = plain(headers, body).decode()
        files = dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"]+)"', source))
        sizes = {file: client.ask("GET", file) for file in files}
        for file, (_, file_headers, file_body) in list(sizes.items()):
            if file.endswith(".css") and "print" not in file:
                for font in re.findall(r'url\("?([\w.-]+\.woff2)"?\)', plain(file_headers, file_body).decode()):
                    if "-ext-" not in font:  # fetched only for letters beyond Latin-1
                        sizes.setdefault(f"/static/{font}", client.ask("GET", f"/static/{font}"))
        found[name] = (len(body) + sum(len(each[2]) for each in sizes.values()), 1 + len(sizes), len(body))
    return found


def render_time() -> float:
    """Milliseconds for a certificate once the press is warm: the median of nine."""
    facts = CertificateFacts(
        holder_name="Amira Khan", course="Child abuse and neglect", level=1, edition="1.0", law_as_at=date(2026, 9, 1),
        completed=date(2026, 5, 26), until=date(2028, 5, 26), minutes=60, result="Passed, 18 of 20",
        outcomes=("notice signs", "respond well", "share information"), issuer="Example Partnership", site_name="Learning Zone",
        code="EX7-4KQX-92PD", verify_url="https://learn.example/c/EX74KQX92PD",
    )
    printer, took = Printer(), []
    try:
        certificate(printer, facts)
        for _ in range(9):
            before = time.perf_counter()
            certificate(printer, facts)
            took.append(1000 * (time.perf_counter() - before))
    finally:
        printer.close()
    return statistics.median(took)


def row(name: str, many: int, tally: Tally, *ratios: float) -> str:
    said = "".join(f"{ratio:>8.2f}" for ratio in ratios)
    return f"{name:<26}{many:>4}{tally.rate:>10.0f}{tally.at(50):>9.1f}{tally.at(99):>9.1f}{tally.errors:>8}{said}"


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--seconds", type=float, default=3, help="how long each measurement lasts")
    reader.add_argument("--requests", type=int, default=10_000, help="how many requests before memory is read")
    reader.add_argument("--json", type=Path, help="also write the figures here")
    chosen = reader.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="elearn-bench-") as name:
        folder = Path(name)
        site, ports = Site(folder, 34), (free_port(), free_port())
        bare = [[sys.executable, str(ROOT / "bench/reference.py"), str(folder / f"bare-{port}.sqlite"), str(port)] for port in ports]
        secrets, errors = site.secrets, 0
        with (
            served(site.command(), site.port, site.environment(), folder / "site.log") as process,
            served(bare[0], ports[0], {"PYTHONPATH": str(ROOT)}, folder / "bare.log"),
            served([*bare[1], "ours"], ports[1], site.environment() | {"PORT": str(ports[1])}, folder / "bare-ours.log"),
        ):
            for path in (f"/learn/{SLUG}", "/my", site.screen):
                Client(site.port, secrets[0]).page(path)
            print(f"{'':<26}{'at':>4}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}{'ratio':>8}{'strict':>8}")
            answering = [Answering(site, secret) for secret in secrets[:32]]
            measured: list[tuple[str, Callable[[int], Callable[[], bool]], str, Callable[[int], Callable[[int], Callable[[], bool]]]]] = [
                ("course page", getter(site.port, f"/learn/{SLUG}", secrets), "bare page", lambda port: getter(port, "/page", [])),
                ("screen", getter(site.port, site.screen, secrets), "bare page", lambda port: getter(port, "/page", [])),
                ("answer", lambda n: answering[n].afresh(), "bare write", _bare_write),
            ]
            for ours, make, theirs, make_bare in measured:
                for many in PEOPLE_AT_ONCE:
                    bares = [closed_loop(many, chosen.seconds, make_bare(port)) for port in ports]
                    tally = closed_loop(many, chosen.seconds, make)
                    ratio, strict = (tally.rate / each.rate for each in bares)
                    errors += tally.errors + sum(each.errors for each in bares)
                    print(row(theirs, many, bares[0]))
                    print(row(f"{theirs}, by our threads", many, bares[1]))
                    print(row(ours, many, tally, ratio, strict), flush=True)
                    figures[f"{ours} at {many}"] = {
                        "rate": tally.rate, "p50": tally.at(50), "p99": tally.at(99), "errors": tally.errors, "ratio": ratio, "strict": strict,
                    }
            errors += report(journeys(site), crowd(site), figures)
            print("\nOver the wire (bytes)")
            for page, (first, requests, later) in weights(site, secrets[33]).items():
                print(f"  {page:<24}first visit {first:>7} in {requests} requests, later {later:>6}")
                figures[f"weight of {page}"] = {"first": first, "requests": requests, "later": later}
            client = Client(site.port, secrets[33])
            for number in range(chosen.requests):
                errors += client.ask("GET", (f"/learn/{SLUG}", site.screen, "/my", f"/7/{BRIEFING}/1")[number % 4])[0] != 200
            figures["memory"] = memory = process.memory_info().rss / 1e6
            print(f"\nMemory of the server after this and {chosen.requests} requests more: {memory:.0f} MB")
        figures["certificate"] = took = render_time()
        print(f"A certificate, warm: {took:.0f} ms")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))
    print(f"Errors: {errors}")
    return 1 if errors else 0


def report(tallies: dict[int, dict[str, Tally]], together: dict[int, Tally], figures: dict[str, object]) -> int:
    """Print a line for each step of the journey, and note its figures; returns how many people were refused or did not reach their certificate."""
    for many, tally in together.items():
        tallies[many][TOGETHER] = tally
    print(f"\n{'the whole journey (ms)':<26}" + "".join(f"{f'{many}: p50':>11}{'p99':>9}{'errors':>8}" for many in tallies))
    for step in (*STEPS, TOGETHER):
        print(f"{step:<26}" + "".join(f"{of[step].at(50):>11.1f}{of[step].at(99):>9.1f}{of[step].errors:>8}" for of in tallies.values()))
        for many, of in tallies.items():
            figures[f"journey: {step} at {many}"] = {"p50": of[step].at(50), "p99": of[step].at(99), "errors": of[step].errors}
    return sum(tally.errors for of in tallies.values() for tally in of.values())


def _bare_write(port: int) -> Callable[[int], Callable[[], bool]]:
    def make(_: int) -> Callable[[], bool]:
        client = Client(port)
        return lambda: client.ask("POST", "/write", [("words", "x" * 120)])[0] == 200

    return make


if __name__ == "__main__":
    raise SystemExit(main())

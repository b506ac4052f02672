"""Takes every certificate of an agency of 1,000 people in one file from a running server; prints the time and the most memory it took."""
from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import re
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import psutil  # type: ignore[import-untyped]  # no types are published
from sqlalchemy import text

from bench.journey import Client, Site, served, token_of
from elearn import clock
from elearn.actions import evidence
from elearn.actions.printing import pdf
from elearn.documents.printer import Printer
from elearn.records import certificates, db
from elearn.records.tenancy import NEW
from elearn.rules.evidence import FactKind
from tests import builders, databases

MOST_MEGABYTES = 300


@dataclass(frozen=True)
class Measured:
    """One download: what came, how long it took, and the most memory of the server and of the press beside it."""

    certificates: int
    megabytes: float
    seconds: float
    first: float
    """Seconds until the first byte."""
    server: float
    press: float


def make(site: Site, many: int, printed: bool) -> tuple[str, int]:
    """*many* people with a certificate each, an administrator's session and the agency. With *printed* every PDF is kept already."""
    engine, printer = databases.connect(site.settings.database), Printer()
    now = clock.now()
    with builders.opener(engine)() as session:
        with db.writing(session):
            everybody = builders.everybody(session, now)
            people = [builders.person(session, f"Person{number} Example", everybody.team_id, now) for number in range(many)]
            codes = [
                evidence.complete(
                    session, who.id, site.course, now - timedelta(days=1), ZoneInfo(NEW.zone), FactKind.COMPLETED, who.id, "Passed, 18 of 20",
                    via="quiz",
                )
                for who in people
            ]
            session.execute(text("DELETE FROM job"))  # the worker would print them meanwhile
            secret = builders.sign_in(session, everybody.ada, now)
        if printed:
            body = pdf(session, printer, codes[0], False, site.settings.url, now)
            assert body is not None
            with db.writing(session):
                for number, code in enumerate(codes[1:]):  # of one size, but no two alike
                    certificates.keep_print(session, code, False, body + f"\n% {number}".encode(), now)
    printer.close()
    engine.dispose()
    return secret, everybody.agency_id


def most(process: psutil.Process) -> float:
    """The most resident memory the process ever had, in megabytes, as the system noted it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found
    return int(found[1]) / 1000


def pressing(server: psutil.Process) -> float:
    """The most that the processes beside the server have taken since each began, in megabytes."""
    total = 0.0
    for child in server.children(recursive=True):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, AssertionError):  # it ended while we looked
            total += most(child)
    return total


def download(site: Site, secret: str, agency: int, process: psutil.Process) -> Measured:
    token = token_of(Client(site.port, secret).page("/office/teams"))
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Cookie": f"elearn={secret}", "Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    connection.request("POST", f"/office/agencies/{agency}/certificates", urlencode({"csrf": token}), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    pieces, first, press, looked = [answer.read(1)], time.perf_counter() - began, 0.0, began
    while piece := answer.read(1 << 16):
        pieces.append(piece)
        if time.perf_counter() - looked > 0.5:  # the press is another process after some hundred pages, and takes its figure with it
            press, looked = max(press, pressing(process)), time.perf_counter()
    took, whole = time.perf_counter() - began, b"".join(pieces)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert all(name.endswith(".pdf") for name in names), "one could not be printed"
    return Measured(len(names), len(whole) / 1e6, took, first, most(process), max(press, pressing(process)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=1000)
    many: int = parser.parse_args().many
    worst = 0.0
    for printed in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder), 0)
            secret, agency = make(site, many, printed)
            with served(site.command(), site.port, site.environment(), Path(folder, "log")) as process:
                one = download(site, secret, agency, process)
        said = "printed before" if printed else "printed on the way"
        print(
            f"{one.certificates} certificates {said}: {one.megabytes:.0f} MB in {one.seconds:.1f} s, the first byte after {one.first:.2f} s; "
            f"server at most {one.server:.0f} MB, press {one.press:.0f} MB"
        )
        assert one.certificates == many
        worst = max(worst, one.server + one.press)
    return int(worst > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())

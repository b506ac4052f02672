"""Asks a running server the same of addresses that have an account and of addresses that have none; prints how long each took."""
from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.journey import PASSWORD, Client, Site, plain, served, token_of
from elearn import clock
from elearn.actions import passwords
from elearn.records import db, people
from tests import builders, databases

MOST_APART = 5.0
"""Milliseconds between the medians: threat 54."""


@dataclass(frozen=True)
class Way:
    """A form that takes an address: its name, the page it stands on, where it is sent, and what is sent beside the address."""

    name: str
    page: str
    to: str
    form: tuple[tuple[str, str], ...] = ()


WAYS = (
    Way("sign in, wrong password", "/account/sign-in?how=password", "/account/sign-in", (("how", "password"), ("password", "not the one at all"))),
    Way("sign in, link by mail", "/account/sign-in", "/account/sign-in", (("how", "link"),)),
    Way("forgotten password", "/account/reset", "/account/reset"),
    Way("join with a team code", "/account/join", "/account/join", (("name", "Sam Example"), ("role", "volunteer"))),
)


def fill(site: Site, many: int) -> tuple[str, list[str]]:
    """*many* people with a password; returns the code of a team, and their addresses."""
    kept, engine = passwords.make(PASSWORD), databases.connect(site.settings.database)
    with builders.opener(engine)() as session, db.writing(session):
        everybody = builders.everybody(session, clock.now())
        known = [builders.person(session, f"known{number} Example", everybody.team_id, clock.now(), password=kept) for number in range(many)]
        team = people.team(session, everybody.team_id)
    engine.dispose()
    assert team is not None
    return team.code, [who.email for who in known]


def networks() -> Iterator[str]:
    """A network of its own for each request, so that none is refused for the number of them."""
    for number in range(1 << 16):
        yield f"10.{number >> 8}.{number & 255}.7"


def seconds(client: Client, token: str, way: Way, email: str, extra: list[tuple[str, str]], network: str) -> tuple[float, tuple[int, int]]:
    """How long the answer took, with its status and the length of its page."""
    form = [("csrf", token), ("email", email), *way.form, *extra]
    began = time.perf_counter()
    status, headers, body = client.ask("POST", way.to, form, {"X-Forwarded-For": network})
    took = time.perf_counter() - began
    return took, (status, len(plain(headers, body)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timings", type=int, default=300, help="of each kind of address, for each form")
    parser.add_argument("--idle", type=float, default=0.0, help="seconds to wait before each request")
    given = parser.parse_args()
    many: int = given.timings
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        site, network = Site(Path(folder), 0), networks()
        code, emails = fill(site, many * len(WAYS))
        with served(site.command(), site.port, site.environment() | {"ELEARN_PROXIES": "1"}, Path(folder, "log")):
            client = Client(site.port)
            gc.disable()
            print(f"{'':26}{'account':>12}{'no account':>12}{'apart':>9}   milliseconds, medians of {many}; then half of all lie between")
            for offset, way in enumerate(WAYS):
                token, extra = token_of(client.page(way.page)), [("code", code)] if "join" in way.to else []
                took: dict[str, list[float]] = {"known": [], "nobody": []}
                answers: dict[str, list[tuple[int, int]]] = {"known": [], "nobody": []}
                for number, email in enumerate(emails[offset * many:][:many]):
                    for kind in ("known", "nobody") if number % 2 else ("nobody", "known"):
                        time.sleep(given.idle)
                        one, answer = seconds(client, token, way, email.replace("known", f"{kind:.5}"), extra, next(network))
                        took[kind].append(1000 * one)
                        answers[kind].append(answer)
                assert answers["known"] == answers["nobody"], f"{way.name}: the answers differ"
                assert {status for status, _ in answers["known"]} <= {303, 422}, answers["known"]
                known, nobody = statistics.median(took["known"]), statistics.median(took["nobody"])
                worst = max(worst, abs(known - nobody))
                spread = "  ".join(f"{cut[0]:.1f}-{cut[2]:.1f}" for cut in (statistics.quantiles(each) for each in took.values()))
                print(f"{way.name:26}{known:12.2f}{nobody:12.2f}{known - nobody:9.2f}   {spread}")
    return int(worst > MOST_APART)


if __name__ == "__main__":
    sys.exit(main())

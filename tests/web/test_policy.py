"""Asks the running site every question of tests/policy.yaml: every address, every method, every kind of person, everybody's things."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import TestResponse

from elearn.web.guard import guard_of
from tests.web.town import PERSONAS, PLACEHOLDER, WHOSE, Town

POLICY = Path(__file__).parent.parent / "policy.yaml"

GROUPS: Mapping[str, frozenset[str]] = {"anyone": frozenset(PERSONAS), "signed-in": frozenset(PERSONAS) - {"visitor"}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

SCOPED = frozenset({"asset", "step", "letter"})
"""Placeholders that stand for content, which belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the file: who may use one method of one endpoint. ``allow`` is whose -> personas ("" where the path names no thing)."""

    endpoint: str
    path: str
    method: str
    allow: Mapping[str, frozenset[str]]
    answers: int | Mapping[str, int]
    refuses: int
    form: Mapping[str, str]
    quiet: bool
    token: bool

    @property
    def scoped(self) -> bool:
        return "" not in self.allow

    @property
    def public(self) -> bool:
        return any("visitor" in who for who in self.allow.values())

    def lets_in(self, persona: str, whose: str) -> bool:
        return persona in self.allow.get(whose if self.scoped else "", frozenset())

    def status(self, persona: str, whose: str) -> int:
        if self.lets_in(persona, whose):
            return self.answers if isinstance(self.answers, int) else self.answers[persona]
        return 303 if persona == "visitor" and not self.public else self.refuses

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def _who(given: str | list[str]) -> frozenset[str]:
    found = GROUPS[given] if isinstance(given, str) else frozenset(given)
    assert found <= set(PERSONAS), f"nobody is called {found - set(PERSONAS)}"
    return found


def _allow(given: Any) -> Mapping[str, frozenset[str]]:
    if not isinstance(given, dict):
        return {"": _who(given)}
    assert set(given) <= set(WHOSE), f"things belong to none of {set(given) - set(WHOSE)}"
    return {whose: _who(who) for whose, who in given.items()}


def _rule(endpoint: str, path: str, method: str, given: Any) -> Rule:
    longer = given if isinstance(given, dict) and "allow" in given else {"allow": given}
    allow = _allow(longer["allow"])
    unknown = set(longer) - {"allow", "answers", "refuses", "form", "quiet", "token"}
    assert not unknown, f"{endpoint}: {unknown}"
    answers, refuses = longer.get("answers", 200 if method == "GET" else 303), longer.get("refuses", 403 if "" in allow else 404)
    form, quiet, token = longer.get("form", {}), longer.get("quiet", False), longer.get("token", True)
    return Rule(endpoint, path, method, allow, answers, refuses, form, quiet, token)


@cache
def rules() -> tuple[Rule, ...]:
    """Every line of the file."""
    found = yaml.safe_load(POLICY.read_text("utf-8"))
    return tuple(
        _rule(endpoint, entry["path"], method, entry[method]) for endpoint, entry in found.items() for method in METHODS if method in entry
    )


def _questions(rule: Rule) -> Iterator[tuple[str, str]]:
    """Every person with everybody's thing; just every person where there is no thing."""
    things = set(PLACEHOLDER.findall(rule.path)) - SCOPED
    return ((persona, whose) for persona in PERSONAS for whose in (WHOSE if things else ("own",)))


def _ask(town: Town, rule: Rule, persona: str, whose: str, **kwargs: Any) -> TestResponse:
    path = town.address(rule.path, persona, whose)
    data = {**rule.form, "csrf": town.token(persona)} if rule.method != "GET" else None
    return town.client(persona).open(path, **{"method": rule.method, "data": data, "buffered": True, **kwargs})


TOKENS = re.compile(rb'\b[0-9a-f]{64}\b|(?<=name="key" value=")[\w-]{16}')
"""What differs from answer to answer by intent: the token of forms, and the name a quiz page gives its answer."""

PASSING = frozenset({"X-Request-Id", "Content-Length", "Server-Timing"})
"""Headers that differ by intent (a number, how long the session lasts), or by the length of the address. So does the device cookie,
which a browser is given once."""


def _shape(town: Town, answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """The answer without what differs from one to the next, so that two can be compared byte by byte."""
    asked = answer.request.path
    headers = [(name, value.replace(asked, "…")) for name, value in answer.headers if name not in PASSING and "-device=" not in value]
    return answer.status_code, TOKENS.sub(b"-", answer.data.replace(asked.encode(), b"...")), sorted(headers)


# ---- The file and the site say the same ----------------------------------------------------------------------------------

def test_every_address_stands_in_the_file_and_every_line_has_an_address(town: Town) -> None:
    site = {
        (rule.endpoint, method) for rule in town.app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    file = {(rule.endpoint, rule.method) for rule in rules()}
    assert site - file == set(), "nobody wrote down who may use these"
    assert file - site == set(), "these are written down, but are not there"


def test_the_path_of_every_line_leads_to_its_endpoint(town: Town) -> None:
    matcher = town.app.url_map.bind("localhost")
    for rule in rules():
        assert matcher.match(town.address(rule.path, "trainer"), method=rule.method)[0] == rule.endpoint, rule


def test_the_site_is_public_where_the_file_says_so_and_nowhere_else(town: Town) -> None:
    for rule in rules():
        guard = guard_of(town.app, rule.endpoint)
        assert guard is not None and (guard.permission is None) is rule.public, rule


def test_a_path_that_names_a_thing_has_a_loader_that_the_guard_asks(town: Town) -> None:
    for rule in rules():
        guard = guard_of(town.app, rule.endpoint)
        named = set(PLACEHOLDER.findall(rule.path)) - SCOPED
        if named and not rule.public and not rule.quiet:
            assert guard is not None and guard.load is not None, f"{rule} names {named}, and no loader says whose it is"


# ---- Every question ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.method == "GET"], ids=str)
def test_looking_is_answered_as_written(town: Town, rule: Rule) -> None:
    for persona, whose in _questions(rule):
        answer = _ask(town, rule, persona, whose)
        assert answer.status_code == rule.status(persona, whose), f"{persona} looks at {answer.request.path} ({whose})"
        if rule.status(persona, whose) == 303 and not rule.lets_in(persona, whose):
            assert answer.headers["Location"].startswith("/account/sign-in"), f"{persona} at {answer.request.path}"
        head = _ask(town, rule, persona, whose, method="HEAD")
        assert head.status_code == answer.status_code and not head.data, f"{persona} asks for the head of {answer.request.path}"


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.method != "GET"], ids=str)
def test_acting_is_answered_as_written(town: Town, rule: Rule) -> None:
    for persona, whose in _questions(rule):
        town.changed()
        answer = _ask(town, rule, persona, whose)
        assert answer.status_code == rule.status(persona, whose), f"{persona} posts to {answer.request.path} ({whose})"
        acted = town.changed()
        if not rule.lets_in(persona, whose) or (rule.quiet and whose != "own"):
            assert not acted, f"{persona} was refused {answer.request.path} ({whose}), and yet something was stored"
        if acted:
            town.restore()


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.scoped], ids=str)
def test_what_is_not_yours_is_answered_like_what_is_not_there(town: Town, rule: Rule) -> None:
    for persona in PERSONAS:
        nothing = _shape(town, _ask(town, rule, persona, "unknown"))
        for whose in WHOSE:
            if not rule.lets_in(persona, whose):
                assert _shape(town, _ask(town, rule, persona, whose)) == nothing, f"{persona} can tell that {rule.path} ({whose}) is there"


def test_refusals_leave_every_table_as_it_was(town: Town) -> None:
    before = town.dump()
    for rule in rules():
        for persona, whose in _questions(rule):
            if not rule.lets_in(persona, whose):
                _ask(town, rule, persona, whose)
    assert town.dump() == before


# ---- Nobody acts for somebody else ---------------------------------------------------------------------------------------

def _allowed(rule: Rule) -> tuple[str, str]:
    """Someone who may, with what they may."""
    return next((persona, whose) for persona, whose in _questions(rule) if persona != "visitor" and rule.lets_in(persona, whose))


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.method != "GET"], ids=str)
def test_acting_takes_ones_own_token_sent_from_our_own_pages(town: Town, rule: Rule) -> None:
    persona, whose = _allowed(rule)
    other = next(p for p in PERSONAS if p not in {persona, "visitor"})
    good = {**rule.form, "csrf": town.token(persona)}
    before = town.dump()
    without: Mapping[str, dict[str, Any]] = {
        "without a token": {"data": rule.form},
        "with an empty token": {"data": {**rule.form, "csrf": ""}},
        "with someone else’s token": {"data": {**rule.form, "csrf": town.token(other)}},
        "with a visitor’s token": {"data": {**rule.form, "csrf": town.token("visitor")}},
        "with the token in the address": {"data": rule.form, "query_string": {"csrf": town.token(persona)}},
        "as JSON": {"data": None, "json": good},
        "as plain text": {"data": f"csrf={good['csrf']}", "content_type": "text/plain"},
    }
    elsewhere: Mapping[str, dict[str, Any]] = {
        "from another site": {"data": good, "headers": {"Sec-Fetch-Site": "cross-site"}},
        "from a neighbour site": {"data": good, "headers": {"Sec-Fetch-Site": "same-site"}},
        "from another origin": {"data": good, "headers": {"Origin": "https://evil.example"}},
        "from another port": {"data": good, "headers": {"Origin": "http://localhost:8001"}},
    }
    for how, sent in {**(without if rule.token else {}), **elsewhere}.items():
        answer = _ask(town, rule, persona, whose, **sent)
        assert answer.status_code == 400, f"{rule} {how}"
        assert not town.changed(), f"{rule} {how}"
    assert town.dump() == before


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.method != "GET"], ids=str)
def test_an_act_cannot_be_had_by_looking(town: Town, rule: Rule) -> None:
    persona, whose = _allowed(rule)
    looks = any(other.method == "GET" and other.path == rule.path for other in rules())
    query = {**rule.form, "csrf": town.token(persona), "_method": rule.method}
    answer = town.client(persona).get(town.address(rule.path, persona, whose), query_string=query)
    assert looks or answer.status_code in {404, 405}, rule
    assert not town.changed() or looks, rule


def test_nothing_in_the_file_is_said_twice() -> None:
    names = re.findall(r"^([a-z_]+\.[a-z_]+):", POLICY.read_text("utf-8"), re.MULTILINE)
    assert len(names) == len(set(names))

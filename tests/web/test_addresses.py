"""No address ever vanishes: each one in tests/addresses.txt is there, or leads on to where the page has gone."""
from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

FILE = Path(__file__).parent.parent / "addresses.txt"

FOR_GOOD = frozenset({301, 308})


def _kept() -> set[tuple[str, str]]:
    """Method and pattern of every address in the file."""
    lines = (line.split() for line in FILE.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {(method, pattern) for method, pattern in lines}


def _now(app: Flask) -> set[tuple[str, str]]:
    return {(method, rule.rule) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def test_every_address_there_ever_was_is_there_or_leads_on(app: Flask) -> None:
    visitor = app.test_client()
    for method, pattern in sorted(_kept() - _now(app)):
        answer = visitor.open(re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "x", pattern)), method=method)
        assert answer.status_code in FOR_GOOD, f"{method} {pattern} is gone and leads nowhere"


def test_every_address_there_is_stands_in_the_file(app: Flask) -> None:
    assert _now(app) - _kept() == set(), "add these to tests/addresses.txt"


def test_the_file_is_sorted_and_says_nothing_twice() -> None:
    lines = [line.split()[::-1] for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines == sorted(lines) and len(lines) == len({tuple(line) for line in lines})


def test_addresses_are_plain(app: Flask) -> None:
    """Small letters, digits and dashes only, so that they can be read out; no token but in the one address made for it."""
    for _, pattern in _now(app):
        fixed = re.sub(r"<(?:int:)?\w+>", "", pattern)
        assert re.fullmatch(r"[a-z0-9/.-]*", fixed), pattern

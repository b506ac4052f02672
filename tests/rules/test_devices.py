"""What kind of device a browser says it runs on: headers as real browsers send them."""
from __future__ import annotations

import pytest

from elearn.rules.devices import DEVICES, device

AGENTS = {
    "phone": (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
    ),
    "tablet": (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0",
    ),
    "computer": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    ),
    "unknown": ("", "curl/8.5.0", "x" * 100_000),
}


@pytest.mark.parametrize(("kind", "agent"), [(kind, agent) for kind, agents in AGENTS.items() for agent in agents])
def test_each_browser_is_told_by_what_it_says(kind: str, agent: str) -> None:
    assert device(agent) == kind
    assert kind in DEVICES


def test_the_hint_makes_a_phone_of_a_browser_that_says_little_else() -> None:
    assert device("Mozilla/5.0", "?1") == "phone"
    assert device("Mozilla/5.0", "?0") == "unknown"
    assert device(AGENTS["tablet"][0], "?0") == "tablet"


def test_what_stands_far_on_is_not_looked_at() -> None:
    assert device(" " * 1000 + "Windows NT") == "unknown"

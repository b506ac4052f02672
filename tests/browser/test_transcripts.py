"""What a screen reader says on the pages people spend their time on, word for word, kept beside this file to be read by people.

After a change that is meant: ELEARN_UPDATE=1 pytest tests/browser/test_transcripts.py, and read what is different.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.conftest import NODE, new_context
from tests.browser.pages import BY_NAME
from tests.browser.site import Site
from tests.browser.walking import press

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE: Final = Path(__file__).parent

SPOKEN: Final = {
    "lesson": "screen", "one-answer": "question, single-choice", "matching": "question, matching",
    "nothing-answered": "question with nothing answered", "look-again": "feedback, look again",
    "right": "feedback 2", "passed": "passed", "not-yet": "not yet", "certificate": "verify, valid",
    "signing-in": "sign in with nothing filled in", "story-map": "a story with its map",
}
"""Name of the file -> name of the page."""

UNSTEADY: Final = (
    (re.compile(r"\d{1,2} [A-Z][a-z]{2,8} 20\d\d"), "(a date)"),
    (re.compile(r"\d{1,2}(?::\d\d)?[ap]m\b"), "(a time)"),
    (re.compile(r"\bWM7(?:[ -][0-9A-Z]+)+"), "(a number)"),
    (re.compile(r"receipt [A-Z][0-9A-Z]+"), "receipt (a number)"),
    (re.compile(r"(?<=, )[0-9a-f]{8}(?=, not selected|, selected)"), "(a value)"),
    (re.compile(r"/quiz/\d+"), "/quiz/N"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://here"),
)
"""What differs from day to day, and what stands in its place."""

NAMED: Final = frozenset(
    {"button", "link", "radio", "checkbox", "textbox", "combobox", "listbox", "spinbutton", "image", "img", "group", "table"}
)
"""Roles that are of no use to those who hear nothing but them."""


def steady(phrase: str) -> str:
    for pattern, instead in UNSTEADY:
        phrase = pattern.sub(instead, phrase)
    return phrase


@pytest.fixture(scope="module")
def sources(chromium: Browser, site: Site) -> Mapping[str, str]:
    """Page -> its HTML."""
    return {name: _source(chromium, site, kind) for name, kind in SPOKEN.items()}


@pytest.fixture(scope="module")
def spoken(sources: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """Page -> what is said of its main part, phrase by phrase."""
    done = subprocess.run(
        ["node", HERE / "speak.mjs", NODE], input=json.dumps(sources), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return {name: [steady(phrase) for phrase in phrases] for name, phrases in json.loads(done.stdout).items()}


def _source(chromium: Browser, site: Site, name: str) -> str:
    kind = BY_NAME[name]
    context = new_context(chromium, site, kind.who, script=False)
    try:
        page = context.new_page()
        page.goto(site.address(kind.path))
        if kind.press:
            press(page.locator(kind.press).last)
        return page.content()
    finally:
        context.close()


@pytest.mark.parametrize("name", SPOKEN)
def test_a_screen_reader_says_what_was_agreed(spoken: Mapping[str, Sequence[str]], name: str) -> None:
    file, said = HERE / "transcripts" / f"{name}.txt", "\n".join(spoken[name]) + "\n"
    if os.environ.get("ELEARN_UPDATE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, "utf-8")
    assert said == file.read_text("utf-8"), "if this is meant: ELEARN_UPDATE=1, and read what is different"


@pytest.mark.parametrize("name", SPOKEN)
def test_everything_to_press_or_fill_in_has_a_name(spoken: Mapping[str, Sequence[str]], sources: Mapping[str, str], name: str) -> None:
    nameless = [phrase for phrase in spoken[name] if phrase.split(",")[0] in NAMED and not _name(phrase)]
    folded = re.findall("<details", sources[name].partition("<main")[2].partition("</main>")[0])
    assert nameless == ["group"] * len(folded), "what can be unfolded is a group whose first line says what is in it; nothing else goes without a name"


def _name(phrase: str) -> str:
    """What is said of a thing besides its role and state."""
    states = ("not checked", "checked", "required", "invalid", "position", "set size", "level", "/", "pressed", "collapsed", "expanded")
    return next((part for part in phrase.split(", ")[1:] if not part.startswith(states)), "")


def test_a_transcript_belongs_to_a_page() -> None:
    assert {path.stem for path in (HERE / "transcripts").glob("*.txt")} == set(SPOKEN)

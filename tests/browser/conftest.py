"""What tests in a browser share: the site as it is served, one Chromium, and windows in it."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, Final

import pytest

from elearn.settings import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.site import Site

CHROMIUM: Final = os.environ.get("ELEARN_CHROMIUM") or which("chromium-headless-shell") or which("chromium") or ""
"""Debian's Chromium. Without a window around it, a page opens in a seventh of the time."""

FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
)

NODE: Final = Path(os.environ.get("ELEARN_NODE_MODULES") or ROOT / ".venv" / "node" / "node_modules")
"""Where axe-core, the Nu HTML checker and the screen reader are: bin/prepare --tests puts them there."""

PATIENCE: Final = 15_000
"""Milliseconds before something that does not happen is a fault."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """About half of the work in a browser on each of two workers, so that each starts one site and one browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            group = "pages" if item.path.stem == "test_pages" else "roads"
            item.add_marker(pytest.mark.xdist_group(f"browser-{group}"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, served."""
    from tests.browser import site as making

    made = making.build(tmp_path_factory.mktemp("served"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


Window = Callable[..., "Page"]


@pytest.fixture
def window(chromium: Browser, site: Site) -> Iterator[Window]:
    """Opens a window with cookies of its own: ``window("amira", width=375, script=False)``. They are closed after the test."""
    opened: list[BrowserContext] = []

    def open_window(who: str = "", width: int = 375, script: bool = True, **more: Any) -> Page:
        context = new_context(chromium, site, who, width, script, **more)
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()


@pytest.fixture
def enter(site: Site, window: Window) -> Window:
    """A window in which someone is signed in by a session that no other test uses, so that it may end."""

    def open_window(who: str, **how: Any) -> Page:
        return window(sign_in(site, who), **how)

    return open_window


def sign_in(site: Site, who: str) -> str:
    """A fresh session for *who*; returns the name under which a window opens with it."""
    from datetime import timedelta

    from elearn import clock
    from elearn.records import sessions
    from elearn.records.db import writing

    key = f"{who}-on-the-road-{len(site.secrets)}"
    site.secrets[key] = f"secret-of-{key}-in-a-browser"
    with site.records() as session, writing(session):
        sessions.open_session(
            session, site.secrets[key], site.people[who], clock.now(), timedelta(hours=2), timedelta(hours=12), "Firefox on Linux"
        )
    return key


def new_context(chromium: Browser, site: Site, who: str = "", width: int = 375, script: bool = True, **more: Any) -> BrowserContext:
    """Cookies and a cache of their own, for *who* (nobody: a visitor); addresses are taken from the front page."""
    from tests.browser.site import cookie

    context = chromium.new_context(
        base_url=site.url, viewport={"width": width, "height": 740 if width < 700 else 860}, java_script_enabled=script, locale="en-GB",
        timezone_id="Europe/London", **more,
    )
    context.set_default_timeout(PATIENCE)
    if who:
        context.add_cookies([cookie(site, who)])  # type: ignore[list-item]  # a mapping with the keys Playwright wants
    return context

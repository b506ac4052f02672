"""What our policy stops in a real browser is stopped, and the browser tells us of it by itself."""
from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import TYPE_CHECKING

from elearn.web import reports
from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

BREAK = """() => {
  const text = document.createElement('p');
  text.setAttribute('style', 'color: red');
  document.body.append(text);
  return getComputedStyle(text).color;
}"""


class Heard(logging.Handler):
    """Holds the first line of the log it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: queue.Queue[logging.LogRecord] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put(record)


def test_a_browser_reports_what_was_stopped(window: Window) -> None:
    page, heard = window(), Heard()
    page.goto("/help?who=bob")
    reports.log.addHandler(heard)
    try:
        assert page.evaluate(BREAK) != "rgb(255, 0, 0)"
        line = heard.lines.get(timeout=PATIENCE / 1000).__dict__["said"]  # it is sent by itself, a moment later
    finally:
        reports.log.removeHandler(heard)
    assert (line["directive"], line["route"]) == ("style-src-attr", "/help")
    assert "bob" not in repr(line)

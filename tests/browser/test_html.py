"""The Nu HTML checker, which the W3C runs too, over every kind of page as it is sent."""
from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.conftest import NODE, new_context
from tests.browser.pages import PAGES, Kind
from tests.browser.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHECKER: Final = NODE / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.fixture(scope="module")
def sent(chromium: Browser, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Kind]:
    """File -> the page whose source is in it, byte for byte."""
    folder, files = tmp_path_factory.mktemp("sent"), dict[Path, Kind]()
    for who in sorted({kind.who for kind in PAGES}):
        context = new_context(chromium, site, who, script=False)
        for kind in (each for each in PAGES if each.who == who):
            path = folder / f"{len(files):03}.html"
            path.write_bytes(_body(context, site, kind))
            files[path] = kind
        context.close()
    return files


def _body(context: BrowserContext, site: Site, kind: Kind) -> bytes:
    if not kind.press:
        return context.request.get(site.address(kind.path)).body()
    page = context.new_page()
    page.goto(site.address(kind.path))
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.locator(kind.press).last.click()
    return answer.value.body()


def test_every_page_is_valid_html(sent: Mapping[Path, Kind]) -> None:
    command = ["java", "-Xss4m", "-jar", CHECKER, "--format", "json", "--exit-zero-always", "--stdout", *sent]
    done = subprocess.run(command, capture_output=True, check=True, timeout=180)
    found = [_words(sent, message) for message in json.loads(done.stdout)["messages"] if message["type"] != "info"]
    assert not found, "\n".join(found)


def _words(sent: Mapping[Path, Kind], message: Mapping[str, Any]) -> str:
    kind = sent[Path(message["url"].removeprefix("file:"))]
    return f"{kind.name}, line {message.get('lastLine')}: {message['message']} {message.get('extract', '')!r}"


def test_the_checker_is_not_asleep(tmp_path: Path) -> None:
    page = tmp_path / "wrong.html"
    page.write_text('<!doctype html><html lang="en"><title>Wrong</title><p id="a"><p id="a"><img src="x">', "utf-8")
    done = subprocess.run(["java", "-jar", CHECKER, "--format", "json", "--stdout", page], capture_output=True, check=False, timeout=60)
    said = " ".join(message["message"] for message in json.loads(done.stdout)["messages"])
    assert "Duplicate ID" in said
    assert "alt" in said

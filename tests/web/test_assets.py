"""Static files: bundled, named by their content, compressed, kept for a year; and the headers of every answer."""
from __future__ import annotations

import gzip
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elearn.settings import ROOT
from elearn.web import assets, headers
from elearn.web.assets import Assets
from tests.web.gallery import site

EVERYTHING = "gzip, deflate, br, zstd"
FIRST_VISIT = 60_000
LATER = 15_000


@pytest.fixture(scope="module")
def app() -> Flask:
    return site()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def files() -> Assets:
    return Assets(ROOT / "static")


def linked(html: str) -> list[str]:
    """Every file of ours that a browser fetches for a page."""
    return sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html)))


def fonts_in(sheet: str) -> list[str]:
    return [f"/static/{name}" for name in re.findall(r'url\("([^"]+\.woff2)"\)', sheet)]


def body(response: TestResponse) -> bytes:
    match response.headers.get("Content-Encoding"):
        case "br":
            whole: bytes = brotli.decompress(response.data)
            return whole
        case "gzip":
            return gzip.decompress(response.data)
        case _:
            return response.data


def test_every_file_a_page_names_is_there_and_may_be_kept_for_a_year(client: FlaskClient) -> None:
    names = linked(client.get("/").text)
    assert len(names) >= 5
    for name in names:
        answer = client.get(name)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable"), name
        assert answer.headers["ETag"], name
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "Cookie" not in answer.headers["Vary"], "shared caches may keep it for everyone"


def test_fonts_are_named_in_the_sheet_by_their_hashed_names(client: FlaskClient, files: Assets) -> None:
    sheet = files.named("screen.css").forms[""].decode()
    found = fonts_in(sheet)
    assert len(found) == 4
    assert all(client.get(name).status_code == 200 for name in found)
    assert "../fonts" not in sheet


@pytest.mark.parametrize(
    ("accepts", "encoding"), [(EVERYTHING, "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)]
)
def test_a_file_comes_in_the_smallest_form_the_browser_understands(
    client: FlaskClient, files: Assets, accepts: str, encoding: str | None
) -> None:
    sheet = files.named("screen.css")
    answer = client.get(f"/static/{sheet.hashed}", headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == encoding
    assert body(answer) == sheet.forms[""]


def test_fonts_are_not_compressed_again(files: Assets) -> None:
    assert set(files.named("young-serif-400.woff2").forms) == {""}


def test_a_browser_that_has_the_file_is_told_so(client: FlaskClient, files: Assets) -> None:
    name = f"/static/{files.named('screen.css').hashed}"
    tag = client.get(name).headers["ETag"]
    again = client.get(name, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["screen.css", "screen.000000000000.css", "fonts", "..%2fsettings.py", "%00"])
def test_anything_else_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_another_content_has_another_name(tmp_path: Path, files: Assets) -> None:
    for part in ("css", "js", "fonts", "documents"):
        (tmp_path / part).mkdir()
    for file in ROOT.joinpath("static").rglob("*.*"):
        target = tmp_path / file.relative_to(ROOT / "static")
        if target.parent.is_dir():
            target.write_bytes(file.read_bytes())
    (tmp_path / "css" / "base.css").write_text("body { margin: 1px }", "utf-8")
    changed = Assets(tmp_path)
    assert changed.named("screen.css").hashed != files.named("screen.css").hashed
    assert changed.named("print.css").hashed == files.named("print.css").hashed


def test_a_sheet_that_names_a_font_we_do_not_have_stops_the_start(tmp_path: Path) -> None:
    for part in ("css", "js", "fonts", "documents"):
        (tmp_path / part).mkdir()
    for file in (*assets.FONTS, *assets.SCREEN):
        (tmp_path / file).write_bytes((ROOT / "static" / file).read_bytes())
    (tmp_path / "css" / "base.css").write_text('@font-face { src: url("../fonts/other.woff2") }', "utf-8")
    with pytest.raises(ValueError, match=r"other\.woff2"):
        Assets(tmp_path)


# ---- Size --------------------------------------------------------------------------------------------------------------

def wire(client: FlaskClient, paths: list[str]) -> int:
    return sum(len(client.get(path, headers={"Accept-Encoding": EVERYTHING}).data) for path in paths)


def test_a_first_visit_with_fonts_fits_in_60_kB_and_8_requests(client: FlaskClient) -> None:
    html = body(client.get("/errors/not_found", headers={"Accept-Encoding": EVERYTHING})).decode()
    names = linked(html)
    sheet = next(name for name in names if "screen" in name)
    latin = [name for name in fonts_in(client.get(sheet).text) if "-ext-" not in name]
    asked = sorted({"/errors/not_found", *names, *latin})
    assert len(asked) <= 8
    assert wire(client, asked) <= FIRST_VISIT
    assert wire(client, ["/errors/not_found"]) <= LATER


def test_with_save_data_on_no_fonts_are_named(client: FlaskClient) -> None:
    page = client.get("/", headers={"Save-Data": "on"}).text
    assert "woff2" not in page
    sheet = next(name for name in linked(page) if name.endswith(".css") and "print" not in name)
    assert "font-face" not in client.get(sheet).text


# ---- Pages over the wire -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("accepts", "encoding"), [(EVERYTHING, "br"), ("gzip", "gzip"), ("", None)])
def test_pages_are_compressed_for_browsers_that_can_read_them(client: FlaskClient, accepts: str, encoding: str | None) -> None:
    plain = client.get("/bare").data
    answer = client.get("/bare", headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == encoding
    assert body(answer) == plain
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("site_said", ["cross-site", "same-site"])
def test_a_visit_that_another_site_started_is_not_compressed_once_there_is_a_session(app: Flask, site_said: str) -> None:
    """So that nobody can guess a secret on the page by how well it compresses (BREACH)."""
    client = app.test_client()
    led = {"Accept-Encoding": EVERYTHING, "Sec-Fetch-Site": site_said}
    assert client.get("/bare", headers=led).headers.get("Content-Encoding") == "br", "nothing secret yet"
    client.set_cookie("elearn-display", "dark.")
    assert client.get("/bare", headers=led).headers.get("Content-Encoding") == "br", "how pages look is no secret"
    client.set_cookie("elearn", "a-session")
    assert "Content-Encoding" not in client.get("/bare", headers=led).headers
    assert client.get("/bare", headers=led | {"Sec-Fetch-Site": "same-origin"}).headers.get("Content-Encoding") == "br"


# ---- Headers -----------------------------------------------------------------------------------------------------------

PATHS = ("/", "/focus", "/bare", "/no/such/page", "/static/no-such-file.css")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers
    assert len(answer.headers.getlist("Content-Security-Policy")) == 1


@pytest.mark.parametrize("path", ["/", "/focus", "/bare", "/no/such/page"])
def test_pages_are_kept_nowhere(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_strict_transport_only_where_there_is_https() -> None:
    assert site(https=True).test_client().get("/bare").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def fresh(*views: tuple[str, Any]) -> FlaskClient:
    """A site of these addresses and views, with our headers and nothing else."""
    app = Flask("headers", static_folder=None)
    app.extensions["settings"] = SimpleNamespace(https=False)
    for path, view in views:
        app.add_url_rule(path, path, view)
    headers.register(app, https=False)
    return app.test_client()


def test_a_page_whose_address_is_a_secret_tells_nobody_where_one_came_from() -> None:
    def secret() -> str:
        g.token_page = True
        return "x"

    client = fresh(("/secret", secret), ("/open", lambda: "x"))
    assert client.get("/secret").headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/open").headers["Referrer-Policy"] == "same-origin"


def test_a_view_may_say_itself_how_long_its_answer_is_kept() -> None:
    client = fresh(
        ("/file", lambda: ("x", {"Cache-Control": "public, max-age=60"})),
        ("/mine", lambda: ("x", {"Cache-Control": "private, max-age=60"})),
    )
    assert "Vary" not in client.get("/file").headers
    assert client.get("/mine").headers["Vary"] == "Cookie"


def test_the_server_does_not_name_itself() -> None:
    client = fresh(("/loud", lambda: ("x", {"Server": "Loud/1.0"})))
    assert "Server" not in client.get("/loud").headers

"""What is safe without anyone setting it: cookies, headers, keys, files, the database and the limits, one assertion each."""
from __future__ import annotations

import ast
import os
import re
import sqlite3
import stat
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable

from elearn.records import db as database
from elearn.records import sessions
from elearn.records.db import Busy, UnsafeDatabase, has_wal_fault
from elearn.records.people import PersonRow
from elearn.settings import KEYS, ROOT, BadSettings, Settings, Smtp, make_data, read_keys
from elearn.web import cookies, csrf
from tests import builders
from tests.builders import People
from tests.page import Page

NOW = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)

A_YEAR = 365 * 24 * 60 * 60


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site as it is served to the world: over https, at an address of its own."""
    made = builders.site(builders.settings(tmp_path_factory.mktemp("secure"), url="https://learn.example"))
    yield made
    made.extensions["printer"].close()
    builders.engine_of(made).dispose()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


# ---- Cookies -----------------------------------------------------------------------------------------------------------

def _cookie(app: Flask, set_it: Callable[[Response], Response]) -> str:
    with app.test_request_context("/"):
        return set_it(Response()).headers["Set-Cookie"]


def test_the_session_cookie_is_bound_to_this_host_and_hidden_from_scripts(secure: Flask) -> None:
    line = _cookie(secure, lambda response: cookies.begin(response, "s" * 43))
    name, *flags = line.split("; ")
    assert name == "__Host-elearn=" + "s" * 43
    assert {flag.casefold() for flag in flags} == {"secure", "httponly", "path=/", "samesite=lax"}


def test_without_https_the_cookie_goes_without_the_prefix_that_browsers_would_refuse(app: Flask) -> None:
    line = _cookie(app, lambda response: cookies.begin(response, "s"))
    assert line.startswith("elearn=s;") and "Secure" not in line and "HttpOnly" in line and "SameSite=Lax" in line


def test_a_cookie_without_the_prefix_signs_nobody_in_over_https(secure: Flask) -> None:
    with builders.opener(builders.engine_of(secure))() as session, database.writing(session):
        secret = builders.sign_in(session, builders.everybody(session, datetime.now(UTC)).bob, datetime.now(UTC))
    client = secure.test_client()
    client.set_cookie("elearn", secret, domain="learn.example")
    assert client.get("/my", base_url="https://learn.example").status_code == 303
    client.set_cookie("__Host-elearn", secret, domain="learn.example", secure=True)
    assert client.get("/my", base_url="https://learn.example").status_code == 200


def test_a_session_secret_has_256_random_bits() -> None:
    secrets = {cookies.new_secret() for _ in range(1000)}
    assert len(secrets) == 1000 and all(len(secret) == 43 for secret in secrets)


def test_only_a_digest_of_the_session_secret_is_stored(records: Callable[[], Session], people: People) -> None:
    with records() as session, database.writing(session):
        secret = builders.sign_in(session, people.bob, NOW)
        row = session.query(sessions.SessionRow).filter_by(person_id=people.bob.id).one()
        assert row.secret == sessions.digest(secret) != secret and len(row.secret) == 64


def test_a_device_cookie_that_was_tampered_with_is_replaced(app: Flask) -> None:
    def asked(value: str) -> tuple[str, bool]:
        with app.test_request_context("/", headers={"Cookie": f"elearn-device={value}"}):
            secret = cookies.device()
            return secret, "Set-Cookie" in cookies.set_device(Response()).headers

    with app.test_request_context("/"):
        made = cookies.device()
        good = cookies.set_device(Response()).headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    assert asked(good) == (made, False)
    for bad in (good[:-1] + ("0" if good[-1] != "0" else "1"), good.replace(made, made[::-1]), made, f"{made}.", "", "é.é"):
        secret, new = asked(bad)
        assert new and secret != made, bad


# ---- Sessions ----------------------------------------------------------------------------------------------------------

def _held(records: Callable[[], Session], who: builders.Who, at: datetime) -> bool:
    with records() as session:
        return sessions.live(session, f"held-{who.id}", at) is not None


@pytest.fixture
def signed_in(records: Callable[[], Session], people: People) -> builders.Who:
    with records() as session, database.writing(session):
        sessions.open_session(session, f"held-{people.bob.id}", people.bob.id, NOW, timedelta(hours=2), timedelta(hours=12), "Firefox")
    return people.bob


def test_a_session_ends_when_it_is_idle_for_too_long(records: Callable[[], Session], signed_in: builders.Who) -> None:
    assert _held(records, signed_in, NOW + timedelta(hours=2) - timedelta(seconds=1))
    assert not _held(records, signed_in, NOW + timedelta(hours=2))


def test_a_session_ends_however_busy_it_is(records: Callable[[], Session], signed_in: builders.Who) -> None:
    for hour in range(1, 12):
        with records() as session, database.writing(session):
            found = sessions.live(session, f"held-{signed_in.id}", NOW + timedelta(hours=hour))
            assert found is not None
            sessions.touch(session, found.id, NOW + timedelta(hours=hour))
    assert not _held(records, signed_in, NOW + timedelta(hours=12))


def test_a_session_that_was_ended_does_not_come_back_when_a_running_request_notes_that_it_was_seen(
    records: Callable[[], Session], signed_in: builders.Who
) -> None:
    with records() as session, database.writing(session):
        found = sessions.live(session, f"held-{signed_in.id}", NOW)
        assert found is not None
        sessions.end(session, found.id, signed_in.id, NOW)
        sessions.touch(session, found.id, NOW)
    assert not _held(records, signed_in, NOW)


@pytest.mark.parametrize("change", ["suspended", "left"])
def test_a_person_who_is_suspended_or_has_left_is_signed_out_at_once(
    change: str, records: Callable[[], Session], browse: Callable[[builders.Who | None], Page], people: People
) -> None:
    page = browse(people.bob).get("/my")
    with records() as session, database.writing(session):
        row = session.get(PersonRow, people.bob.id)
        assert row is not None
        setattr(row, change, datetime.now(UTC) if change == "suspended" else datetime.now(UTC).date())
    assert page.client.get("/my").status_code == 303


def test_leaving_quickly_ends_the_session_and_clears_what_the_browser_kept(
    browse: Callable[[builders.Who | None], Page], people: People
) -> None:
    page = browse(people.bob).get("/my")
    left = page.client.post("/leave", data={"csrf": page.token})
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"' and left.headers["Referrer-Policy"] == "no-referrer"
    assert "elearn=;" in left.headers["Set-Cookie"] and page.client.get("/my").status_code == 303
    page.client.set_cookie("elearn", page.secret or "")
    assert page.client.get("/my").status_code == 303, "a copy of the cookie still signs in"


def test_signing_out_clears_what_the_browser_kept(browse: Callable[[builders.Who | None], Page], people: People) -> None:
    page = browse(people.bob).get("/my")
    out = page.client.post("/account/sign-out", data={"csrf": page.token})
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    page.client.set_cookie("elearn", page.secret or "")
    assert page.client.get("/my").status_code == 303, "a copy of the cookie still signs in"


# ---- Where a request came from -------------------------------------------------------------------------------------------

def test_the_token_lives_as_long_as_the_session_and_has_no_clock(app: Flask) -> None:
    with app.test_request_context("/", headers={"Cookie": "elearn=one"}):
        first = csrf.token()
        assert first == csrf.token() and len(first) == 64
    with app.test_request_context("/", headers={"Cookie": "elearn=two"}):
        assert csrf.token() != first


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "null"}, True),  # what browsers send from pages that give no referrer; the token decides
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost:81"}, False),
        ({"Origin": "http://localhost@evil.example"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_what_the_browser_says_of_the_origin_is_believed(headers: dict[str, str], ours: bool, browse: Callable[[None], Page]) -> None:
    page = browse(None).get("/")
    answer = page.client.post("/display", data={"csrf": page.token, "theme": "dark"}, headers=headers)
    assert answer.status_code == (303 if ours else 400)


# ---- Headers -----------------------------------------------------------------------------------------------------------

def _fail(app: Flask, endpoint: str, error: Exception, patch: pytest.MonkeyPatch) -> None:
    """Let the view of *endpoint* fail."""
    view = app.view_functions[endpoint]

    @wraps(view)
    def broken(**_: Any) -> Any:
        raise error

    patch.setitem(app.view_functions, endpoint, broken)


def test_refusals_and_faults_carry_the_headers_and_nothing_of_how_it_works(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail(app, "site.help", RuntimeError("the inner workings"), monkeypatch)
    _fail(app, "site.worried", Busy(), monkeypatch)
    _fail(app, "site.support", ServiceUnavailable("the inner workings"), monkeypatch)
    asked = {
        "/help": 500, "/worried": 503, "/nothing/here": 404, "/display": 405, "/my": 303, "/learn/child-neglect": 301,
        "/static/none.css": 404, "/": 200,
    }
    for path, status in asked.items():
        answer = visitor.get(path)  # its headers are looked at as it arrives
        assert answer.status_code == status, path
        assert b"Traceback" not in answer.data and b"inner workings" not in answer.data and b"Werkzeug" not in answer.data, path
    assert visitor.get("/support").status_code >= 500
    assert visitor.post("/display").status_code == 400


def test_a_fault_is_logged_with_the_number_the_person_is_shown(
    app: Flask, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _fail(app, "site.help", RuntimeError("the inner workings"), monkeypatch)
    page = visitor.get("/help?number=secret-in-query").get_data(as_text=True)
    numbers = re.findall(r"\b[0-9A-F]{6}\b", page)
    assert any(f"broken {number}" in record.getMessage() for number in numbers for record in caplog.records)
    assert not any("secret-in-query" in record.getMessage() for record in caplog.records)


def test_strict_transport_is_asked_for_under_https_alone(app: Flask, secure: Flask) -> None:
    answer = secure.test_client().get("/", base_url="https://learn.example")
    assert answer.headers["Strict-Transport-Security"] == f"max-age={A_YEAR}; includeSubDomains"
    assert "Strict-Transport-Security" not in app.test_client().get("/").headers


def test_broken_policy_is_reported_in_the_newer_way_under_https_alone(secure: Flask) -> None:
    """Browsers report to a group over https only, and leave the address out where a group is named."""
    headers = secure.test_client().get("/", base_url="https://learn.example").headers
    assert headers["Content-Security-Policy"].endswith("; report-uri /policy-report; report-to policy")
    assert headers["Reporting-Endpoints"] == 'policy="/policy-report"'


def test_pages_are_kept_nowhere_and_differ_by_cookie(browse: Callable[[builders.Who | None], Page], people: People) -> None:
    for path in ("/my", "/learn", "/", "/worried"):
        answer = browse(people.bob).client.get(path)
        assert answer.headers["Cache-Control"] == "no-store" and "Cookie" in answer.headers["Vary"], path


def test_static_files_are_kept_for_ever_under_the_hash_of_what_is_in_them(app: Flask, visitor: FlaskClient) -> None:
    for asset in app.extensions["assets"]:
        answer = visitor.get(f"/static/{asset.hashed}")
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == f"public, max-age={A_YEAR}, immutable"
        assert "Set-Cookie" not in answer.headers


def test_a_page_whose_address_is_a_secret_gives_its_address_to_nobody(visitor: FlaskClient) -> None:
    assert visitor.get("/c/WM74KQX92PD7H3MK0TR8").headers["Referrer-Policy"] == "no-referrer"


# ---- Requests ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:8000", "localhost@evil.example", "", "local host", "ⅼocalhost"]
)
def test_another_host_name_is_not_answered(host: str, visitor: FlaskClient) -> None:
    answer = visitor.get("/", headers={"Host": host.encode().decode("latin-1")})
    assert answer.status_code == 400 and b"evil" not in answer.data


def test_forwarded_headers_are_not_believed_unless_a_proxy_is_named(visitor: FlaskClient, app: Flask) -> None:
    assert app.extensions["settings"].proxies == 0
    forged = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.8.7", "X-User": "1",
        "X-Original-URI": "/my",
    }
    answer = visitor.get("/my", headers=forged)
    assert answer.status_code == 303 and "evil" not in answer.headers["Location"] and "https" not in answer.headers["Location"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND", "MADE-UP"])
@pytest.mark.parametrize("path", ["/", "/my", "/display", "/nothing/here"])
def test_a_method_that_no_page_has_is_refused(method: str, path: str, visitor: FlaskClient) -> None:
    answer = visitor.open(path, method=method)
    assert answer.status_code in {404, 405}


def test_a_body_of_more_than_a_megabyte_is_refused(visitor: FlaskClient) -> None:
    for data, kind in ((b"a=" + b"x" * 1_000_001, "application/x-www-form-urlencoded"), (b"x" * 1_000_001, "application/octet-stream")):
        answer = visitor.post("/display", data=data, content_type=kind)
        assert answer.status_code in {400, 413}, kind
    assert visitor.post("/display", data=b"a=" + b"x" * 1_000_001, content_type="application/x-www-form-urlencoded").status_code == 413


def test_more_than_500_fields_are_refused(visitor: FlaskClient) -> None:
    fields = {f"f{n}": "x" for n in range(501)}
    assert visitor.post("/display", data=fields).status_code == 413
    assert visitor.post("/display", data=fields, content_type="multipart/form-data").status_code == 413


def test_the_debugger_is_off(app: Flask) -> None:
    assert not app.debug and not app.testing and app.config["PROPAGATE_EXCEPTIONS"] is None and app.jinja_env.autoescape is not False
    assert app.test_client().get("/console").status_code == 404


# ---- Keys and files ----------------------------------------------------------------------------------------------------

def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    before = os.umask(0o022)
    make_data(folder)
    os.umask(before)
    return folder


def test_the_data_folder_is_for_its_owner_alone(data: Path) -> None:
    assert _mode(data) == _mode(data / "keys") == 0o700


def test_every_key_is_32_random_bytes_for_one_purpose_in_a_file_of_its_owner(data: Path) -> None:
    keys = {name: (data / "keys" / name).read_bytes() for name in KEYS}
    assert len(set(keys.values())) == len(KEYS) and all(len(key) == 32 for key in keys.values())
    assert {_mode(path) for path in (data / "keys").iterdir()} == {0o600}
    assert {path.name for path in (data / "keys").iterdir()} == set(KEYS)


def test_making_the_folder_again_leaves_the_keys_as_they_are(data: Path) -> None:
    before = read_keys(data)
    make_data(data)
    assert read_keys(data) == before


def test_a_key_is_never_part_of_what_settings_say_of_themselves(data: Path) -> None:
    mail = Smtp("mail.example", 587, "learning", "the-mail-password")
    said = repr(Settings(data=data, database="sqlite://", keys=read_keys(data), url="http://localhost", smtp=mail))
    assert "the-mail-password" not in said and "b'" not in said and "mail.example" in said


def test_what_is_made_afterwards_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        made = builders.settings(tmp_path)
        builders.make_tables(made.database)
        assert os.umask(0o077) == 0o077, "files made later could be read by others"
        assert {_mode(path) for path in made.data.iterdir() if path.is_file()} == {0o600}
    finally:
        os.umask(before)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666])
def test_a_key_that_others_can_read_is_refused(mode: int, data: Path) -> None:
    (data / "keys" / "csrf").chmod(mode)
    with pytest.raises(BadSettings, match="chmod 600"):
        read_keys(data)


def test_a_key_that_is_short_or_missing_is_refused(data: Path) -> None:
    (data / "keys" / "csrf").write_bytes(b"short")
    with pytest.raises(BadSettings, match="too short"):
        read_keys(data)
    (data / "keys" / "csrf").unlink()
    with pytest.raises(BadSettings, match="no key"):
        read_keys(data)


def test_the_site_is_not_opened_to_others_without_saying_its_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEARN_DATA", str(data))
    monkeypatch.setenv("HOST", "0.0.0.0")  # that this is refused is the point
    monkeypatch.delenv("ELEARN_URL", raising=False)
    with pytest.raises(BadSettings, match="ELEARN_URL"):
        Settings.from_environment()
    monkeypatch.setenv("ELEARN_URL", "https://learn.example")
    assert Settings.from_environment().https
    (data / "demo").touch()
    with pytest.raises(BadSettings, match="demo"):
        Settings.from_environment()


# ---- The database ------------------------------------------------------------------------------------------------------

def test_sqlite_is_opened_so_that_what_was_saved_stays_saved(records: Callable[[], Session]) -> None:
    wanted = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "secure_delete": 1, "mmap_size": 0,
        "busy_timeout": 5000,
    }
    with records() as session:
        found = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
    assert found | {"mmap_size": found["mmap_size"] or 0} == wanted


def test_a_transaction_that_writes_takes_its_turn_at_once(records: Callable[[], Session]) -> None:
    with records() as session, pytest.raises(RuntimeError, match="outside writing"):
        builders.agency(session)


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 44, 9), False),
        ((3, 45, 0), True), ((3, 46, 1), True), ((3, 50, 6), True), ((3, 50, 7), False), ((3, 51, 0), True), ((3, 51, 2), True),
        ((3, 51, 3), False), ((3, 53, 4), False), ((4, 0, 0), False),
    ],
)
def test_which_sqlite_can_lose_a_commit(version: tuple[int, ...], faulty: bool) -> None:
    assert has_wal_fault(version) is faulty


def test_a_faulty_sqlite_is_refused_when_no_better_one_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setitem(__import__("sys").modules, "pysqlite3", None)
    with pytest.raises(UnsafeDatabase, match="pysqlite3"):
        database.sqlite_module()


def test_the_sqlite_in_use_is_not_faulty() -> None:
    assert not has_wal_fault(database.sqlite_module().sqlite_version_info)


def test_postgresql_gives_up_on_what_takes_too_long() -> None:
    options = database.engine_options("postgresql+psycopg://u@h/d")["connect_args"]["options"]
    assert "statement_timeout=15000" in options and "idle_in_transaction_session_timeout=30000" in options


# ---- What the source may not hold --------------------------------------------------------------------------------------

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCE = sorted((ROOT / "elearn").rglob("*.py"))

IN_TEMPLATES = {
    "data that is not escaped": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "an inline style": re.compile(r"\sstyle\s*="),
    "an inline handler": re.compile(r"\son[a-z]+\s*="),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline sheet": re.compile(r"<style\b", re.IGNORECASE),
    "an address without quotes": re.compile(r"(?:href|src|action|value)=\{\{"),
    "something from elsewhere": re.compile(r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=[\"']https?:", re.IGNORECASE),
}

ELSEWHERE = {"documents": {"an inline sheet"}, "mail": {"an inline style"}}
"""Paper and mail are no pages: a PDF brings its sheet along, and mail programs read no sheets at all."""


@pytest.mark.parametrize("what", IN_TEMPLATES)
def test_no_template_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{source.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}"
        for path in TEMPLATES if what not in ELSEWHERE.get(path.parent.name, ())
        for source in [path.read_text("utf-8")] for match in IN_TEMPLATES[what].finditer(source)
    ]
    assert not found, f"{what}: {found}"


RUNS_TEXT = frozenset({
    "eval", "exec", "__import__", "os.system", "os.popen", "jinja2.Template", "Template", "render_template_string", "tempfile.mktemp",
})
"""What turns text into code, commands or templates, or a name into a race."""

TAKES_SQL = frozenset({"text", "execute", "exec_driver_sql"})


def _forbidden(node: ast.AST) -> str | None:
    """What is wrong with this piece of code; None when nothing is."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {alias.name.partition(".")[0] for alias in node.names} | {(getattr(node, "module", "") or "").partition(".")[0]}
        return f"imports {names & {'pickle', 'marshal', 'shelve', 'dill'}}" if names & {"pickle", "marshal", "shelve", "dill"} else None
    if not isinstance(node, ast.Call):
        return None
    called = ast.unparse(node.func)
    if called in RUNS_TEXT:
        return f"calls {called}"
    if called in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"} and "SafeLoader" not in ast.unparse(node):
        return f"calls {called}"
    if any(word.arg == "shell" and getattr(word.value, "value", True) for word in node.keywords):
        return "calls a shell"
    if called.rpartition(".")[2] in TAKES_SQL and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
        return "puts SQL together"
    return None


MAKES_PRAGMAS = "records/db.py"
"""The one file that puts SQL together, from constants that stand beside it."""


def test_no_code_holds_what_turns_data_into_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {wrong}"
        for path in SOURCE for node in ast.walk(ast.parse(path.read_text("utf-8"))) if (wrong := _forbidden(node))
    ]
    found = [line for line in found if not (MAKES_PRAGMAS in line and "SQL" in line)]
    assert not found, found


def test_the_linter_is_asked_about_security() -> None:
    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in {*chosen.get("select", ()), *chosen.get("extend-select", ())}

"""What browsers report of a broken policy: one line of the log each, which tells where to look and nothing about anybody."""
from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import MapAdapter

from elearn.web import reports
from elearn.web.areas import site
from elearn.web.reports import LINES, MOST_BYTES, MOST_READ, WINDOW, Throttle

NOW = datetime(2026, 5, 26, 9, 30, tzinfo=UTC)

OLDER = "application/csp-report"
NEWER = "application/reports+json"

SECRET = "the-secret-of-a-link"


def older(**more: Any) -> bytes:
    """A report as Firefox and Safari send it."""
    said = {
        "document-uri": f"https://learn.example/account/link/{SECRET}?name=Bob", "referrer": "https://learn.example/my",
        "violated-directive": "style-src-attr", "effective-directive": "style-src-attr", "original-policy": "default-src 'none'",
        "blocked-uri": "inline", "status-code": 200, "script-sample": "a child’s name", "line-number": 7,
        "source-file": "https://learn.example/static/display.0a1b2c3d4e5f.js",
    }
    return json.dumps({"csp-report": said | more}).encode()


def newer(**more: Any) -> dict[str, Any]:
    """A report as Chromium sends it, in a list of such."""
    said = {
        "documentURL": "https://learn.example/office/people/12", "effectiveDirective": "img-src", "sample": "a child’s name",
        "blockedURL": "https://evil.example/pixel.gif?who=bob@westmere.example", "disposition": "enforce", "referrer": "",
    }
    return {"type": "csp-violation", "age": 3, "url": "https://learn.example/office/people/12", "user_agent": "Chromium", "body": said | more}


@pytest.fixture
def visitor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(site, "throttle", Throttle())
    return app.test_client()


@pytest.fixture
def addresses(app: Flask) -> Iterator[MapAdapter]:
    yield app.url_map.bind("")


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What was written down, besides what every line of a log has."""
    return [record.__dict__["said"] for record in caplog.records if record.name == reports.__name__]


def test_the_headers_of_every_page_say_where_to_report(visitor: FlaskClient) -> None:
    headers = visitor.get("/").headers
    assert headers["Content-Security-Policy"].endswith("; report-uri /policy-report") and "Reporting-Endpoints" not in headers


def test_a_report_of_the_older_kind_is_one_line_that_tells_nothing_of_anybody(visitor: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = visitor.post("/policy-report", data=older(), content_type=OLDER)
    assert (answer.status_code, answer.data) == (204, b"")
    assert lines(caplog) == [{
        "directive": "style-src-attr", "blocked": "inline", "route": "/account/link/<token>", "source": "display.0a1b2c3d4e5f.js", "line": 7,
        "dropped": 0,
    }]
    assert all(word not in caplog.text for word in (SECRET, "Bob", "child", "/my"))


def test_reports_of_the_newer_kind_come_as_a_list(visitor: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    sent = [newer(), {"type": "deprecation", "body": {"id": "x"}}, newer(blockedURL="data", documentURL="https://learn.example/learn?q=bob")]
    assert visitor.post("/policy-report", data=json.dumps(sent), content_type=NEWER).status_code == 204
    assert [(line["blocked"], line["route"]) for line in lines(caplog)] == [
        ("https://evil.example", "/office/people/<int:id>"), ("data", "/learn"),
    ]
    assert "bob" not in caplog.text and "pixel" not in caplog.text


def test_no_token_is_needed_but_another_site_cannot_report_for_us(visitor: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    visitor.post("/policy-report", data=older(), content_type=OLDER, headers={"Origin": "null"})
    assert len(lines(caplog)) == 1
    visitor.post("/policy-report", data=older(), content_type=OLDER, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert len(lines(caplog)) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", OLDER), (b"{", OLDER), (b"[[[]]]", NEWER), (b"null", NEWER), (b'{"csp-report": 7}', OLDER), (b"\xff\xfe", OLDER),
        (b"[" * 5000, NEWER), (b'{"csp-report": {"violated-directive": "img-src"}}', "text/plain"), (b"a=b", "application/x-www-form-urlencoded"),
        (older() + b" " * MOST_BYTES, OLDER), (b'{"csp-report": {"violated-directive": "img src\\u0000\\nforged line"}}'[:60], OLDER),
    ],
)
def test_what_is_no_report_is_answered_the_same_and_not_written_down(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture, body: bytes, kind: str
) -> None:
    answer = visitor.post("/policy-report", data=body, content_type=kind)
    assert (answer.status_code, answer.data) == (204, b"") and lines(caplog) == []


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("eval", "eval"), ("trusted-types-sink", "trusted-types-sink"), ("blob", "blob"), ("", "unreadable"), ("Bob’s diary", "unreadable"),
        ("https://bob:secret@evil.example:8443/a/b?c#d", "https://evil.example"), ("data:text/html,secret", "data"), ("https://[", "unreadable"),
        ("https://б.example/x", "https"), ("wss://evil.example/x", "wss://evil.example"),
    ],
)
def test_of_what_was_stopped_only_where_it_came_from_is_told(
    blocked: str, said: str, addresses: MapAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    reports.note(OLDER, older(**{"blocked-uri": blocked}), addresses, Throttle(), NOW)
    assert [line["blocked"] for line in lines(caplog)] == [said]


def test_what_an_extension_of_the_browser_does_is_passed_over(addresses: MapAdapter, caplog: pytest.LogCaptureFixture) -> None:
    reports.note(OLDER, older(**{"blocked-uri": "chrome-extension://abc/x.js"}), addresses, Throttle(), NOW)
    reports.note(OLDER, older(**{"blocked-uri": "chrome-extension"}), addresses, Throttle(), NOW)
    reports.note(OLDER, older(**{"source-file": "moz-extension://abc/x.js"}), addresses, Throttle(), NOW)
    assert lines(caplog) == []


def test_odd_values_leave_the_line_whole(addresses: MapAdapter, caplog: pytest.LogCaptureFixture) -> None:
    odd = older(**{"document-uri": "https://[", "source-file": "https://learn.example/static/a b.js", "line-number": True})
    reports.note(OLDER, odd, addresses, Throttle(), NOW)
    [line] = lines(caplog)
    assert (line["route"], line["source"], line["line"]) == (None, None, None)


def test_a_flood_is_a_few_lines_and_the_next_line_says_how_many_were_left_out(addresses: MapAdapter, caplog: pytest.LogCaptureFixture) -> None:
    throttle = Throttle()
    for _ in range(LINES + 25):
        reports.note(OLDER, older(), addresses, throttle, NOW)
    assert len(lines(caplog)) == LINES
    reports.note(OLDER, older(), addresses, throttle, NOW + WINDOW - timedelta(seconds=1))
    assert len(lines(caplog)) == LINES
    reports.note(OLDER, older(), addresses, throttle, NOW + WINDOW)
    assert len(lines(caplog)) == LINES + 1 and lines(caplog)[-1]["dropped"] == 26


def test_of_one_request_only_the_first_reports_are_read(addresses: MapAdapter, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps([{"body": {"effectiveDirective": "img-src"}}] * (MOST_READ + 5)).encode()
    reports.note(NEWER, body, addresses, Throttle(), NOW)
    assert len(lines(caplog)) == MOST_READ

"""Nobody is led away by an address of ours: whatever stands in next, one lands on this site (OWASP ASVS 5.0, 3.7.2)."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import sessions
from elearn.records.db import writing
from elearn.web.addresses import LONGEST, own_path
from tests.builders import People, Who
from tests.page import Page

AWAY = (
    "http://evil.example", "https://evil.example/my", "HTTPS://evil.example", "//evil.example", "///evil.example", "////evil.example/..",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/my\\..\\evil", "http:evil.example", "http:/evil.example",
    "https:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,hello", "vbscript:x",
    "mailto:thief@evil.example", "evil.example", "@evil.example", "localhost@evil.example", "?next=//evil.example", "#//evil.example",
    "", " ", " /my", " //evil.example", "\t//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\nLocation: http://evil.example",
    "/\r\nSet-Cookie: elearn=mine", "/\x00/evil.example", "/\u2028/evil.example", "/\u200b/evil.example", "/\u00ad/evil.example",
    "\u2215\u2215evil.example", "/my\x7f", "http://[::1", "//[evil", "/" + "x" * LONGEST,
)

OURS = (
    "/my", "/", "/quiz/1/2?saved=1", "/learn/child-abuse-and-neglect/1", "/.//evil.example", "/..//evil.example", "/%2f%2fevil.example",
    "/my//evil", "/%5cevil.example", "/my?next=//evil.example", "/my#//evil.example", "/my@evil.example", "/my:80", "/مرحبا", "/a b",
)

GOING = (("/learn", "/learn"), ("//evil.example", "/my"), ("https://evil.example", "/my"), ("", "/my"))
"""What a link was told, and where it leads."""


def lands_on(location: str) -> str:
    """The host a browser is on after *location*: browsers read a backslash as a slash and drop tabs and line ends."""
    cleaned = location.translate({9: None, 10: None, 13: None}).strip().replace("\\", "/")
    parts = urlsplit(urljoin("http://localhost/account/sign-in", cleaned))
    return f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize("text", AWAY)
def test_an_address_that_is_not_ours_is_not_followed(text: str) -> None:
    assert own_path(text, "/otherwise") == "/otherwise"


@pytest.mark.parametrize("text", OURS)
def test_a_path_of_ours_is_followed_as_it_is(text: str) -> None:
    assert own_path(text, "/otherwise") == text
    assert lands_on(text) == "http://localhost"


def test_at_least_forty_ways_out_are_tried() -> None:
    assert len(set(AWAY)) >= 40


@pytest.mark.parametrize("text", [text for text in AWAY if text and "\x00" not in text and len(text) < 100])
def test_someone_signed_in_is_led_on_within_the_site(text: str, browse: Callable[[Who | None], Page], people: People) -> None:
    answer = browse(people.bob).client.get("/account/sign-in", query_string={"next": text})
    assert answer.status_code == 303 and answer.headers["Location"] == "/my"
    assert "elearn=mine" not in str(answer.headers)


@pytest.mark.parametrize(("going", "lands"), GOING)
def test_a_link_by_mail_leads_on_within_the_site(
    going: str, lands: str, browse: Callable[[Who | None], Page], people: People, records: Callable[[], Session]
) -> None:
    secret = f"link-of-{people.bob.id}-{'x' * 30}"
    with records() as session, writing(session):
        sessions.make_link(session, secret, "sign-in", people.bob.id, clock.now(), timedelta(minutes=15), next=going)
    page = browse(None).get(f"/account/link/{secret}")
    answer = page.client.post(page.path, data={"csrf": page.token})
    assert (answer.status_code, answer.headers.get("Location")) == (303, lands)


def test_coming_back_after_signing_in_asks_for_a_page_of_ours_only(browse: Callable[[Who | None], Page]) -> None:
    for path in ("/my", "/my?next=//evil.example", "/quiz/1/2", "/account/"):
        answer = browse(None).client.get(path)
        assert answer.status_code == 303 and lands_on(answer.headers["Location"]) == "http://localhost", path
        assert answer.headers["Location"].startswith("/account/sign-in?next=%2F") or "next=/" in answer.headers["Location"]

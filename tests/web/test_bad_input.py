"""Types what nobody expects into every field of every form, and asks for what is not there: it is answered in words, and never breaks."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.crawler import TYPED, Form, Input, read
from tests.web.town import PERSONAS, Town

if TYPE_CHECKING:
    from tests.web.walks import Walks

NAUGHTY: Final = {
    "nothing": b"",
    "spaces": b" \t\xc2\xa0\xe2\x80\x83 ",
    "NUL": b"a\x00b\x01\x1f\x7f",
    "half a character": b"\xed\xa0\x80\xed\xb0\x80 \xff\xfe \xc3",
    "right to left": "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u2067".encode(),
    "unseen": "z\u200be\u200dr\u2060o\ufeff \U000e0041".encode(),
    "accents": b"Z" + "\u0335\u0322\u0301".encode() * 150,
    "ten thousand": b"x" * 10_000,
    "emoji": "👩🏽‍🏫🏴󠁧󠁢󠁳󠁣󠁴󠁿 🧑‍🚀".encode(),
    "markup": b"\"'><script>alert(1)</script><img src=x onerror=alert(1)><!--",
    "SQL": b"'; DROP TABLE person; -- % _ \\",
    "template": b"{{7*191}} ${7*191} #{7*191} {person.__class__} %(name)s %s {0}",
    "formula": b"=1+1 +1 -1 @SUM(A1) \xef\xbc\x9d1",
    "lines": b"one\r\nBcc: everyone@evil.example\r\n\r\ntwo\xe2\x80\xa8three",
    "numbers": b"1e400",
    "negative": b"-99999999999999999999999999",
    "other digits": "٣² ".encode(),
    "a date": b"0000-00-00",
    "the first day": b"0001-01-01",
    "the last day": b"9999-12-31",
    "an address": b"javascript:alert(1)//https://evil.example",
    "a mail address": b"a@b..c,<x@evil.example>",
    "up and up": b"../../../../etc/passwd",
}
"""What people type by mistake, and what is typed on purpose."""

GET: Final = "get"


def _encoded(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """A form body of raw bytes, which no careful client would send."""
    return b"&".join(quote(name).encode() + b"=" + quote(value).encode() for name, value in pairs)


def _send(client: FlaskClient, form: Form, pairs: list[tuple[str, bytes]]) -> TestResponse:
    if form.method == GET:
        return client.get(form.action.partition("?")[0], query_string=_encoded(pairs).decode())
    return client.post(form.action, data=_encoded(pairs), content_type="application/x-www-form-urlencoded")


def _kinds(town: Town, walks: Walks, persona: str) -> dict[object, Form]:
    """One form for each endpoint and set of fields that somebody can type into, or choose in."""
    matcher, found = town.app.url_map.bind("localhost"), dict[object, Form]()
    for form in walks.found[persona].forms.values():
        names = frozenset(input.name for input in form.inputs)
        if names - {"csrf"}:
            endpoint = matcher.match(form.action.partition("?")[0], method=form.method.upper())[0]
            found.setdefault((endpoint, names), form)
    return found


def _forms(town: Town, walks: Walks, persona: str) -> Iterator[Form]:
    """The forms that this kind of person has and none of those before; the learner’s own quizzes and notes stand for everyone’s."""
    before = {kind for other in PERSONAS[: PERSONAS.index(persona)] for kind in _kinds(town, walks, other)}
    return (form for kind, form in _kinds(town, walks, persona).items() if kind not in before)


def _filled(form: Form, value: bytes, token: str, everything: bool) -> list[tuple[str, bytes]]:
    """The form with *value* in what is typed, or in everything it has."""

    def one(input: Input) -> bytes:
        if input.name == "csrf":
            return token.encode()
        return value if everything or input.kind in TYPED else input.value.encode()

    sent = [(input.name, one(input)) for input in form.inputs if input.chosen or input.kind in TYPED or everything]
    return sent + [(name, chosen.encode()) for name, chosen in form.buttons[:1] if name]


def _hold(answer: TestResponse, about: str) -> None:
    """It was answered, and what was typed is shown as words."""
    assert answer.status_code < 500, f"{about}: {answer.status}"
    if answer.mimetype == "text/html":
        page = answer.get_data(as_text=True)
        assert "<script>alert" not in page and "<img src=x" not in page and "1337" not in page, about
        assert "Traceback" not in page and "sqlalchemy" not in page.casefold(), about
        assert 'href="javascript:' not in page.casefold(), about
    for name, header in answer.headers:
        assert "\n" not in header and "\r" not in header and name != "Bcc", about


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("everything", [False, True], ids=["typed", "everything"])
def test_whatever_is_typed_into_any_form_is_answered_in_words(town: Town, walks: Walks, persona: str, everything: bool) -> None:
    tried = 0
    for form in _forms(town, walks, persona):
        if not everything and not form.typed:
            continue
        for what, value in NAUGHTY.items():
            answer = _send(town.client(persona), form, _filled(form, value, town.token(persona), everything))
            _hold(answer, f"{persona} types {what} into {form.action}")
            tried += 1
            if town.changed():
                _hold(town.client(persona).get(form.page), f"{form.page} after {persona} typed {what} into {form.action}")
                town.restore()
    assert tried >= len(NAUGHTY)


@pytest.mark.parametrize("persona", ["visitor", "learner", "manager", "administrator"])
def test_what_was_typed_is_still_there_beside_the_error(town: Town, walks: Walks, persona: str) -> None:
    """Only a password is typed again."""
    typed, seen = "Ünsent “words” & <more>", 0
    for form in _forms(town, walks, persona):
        if form.method == GET:
            continue
        answer = _send(town.client(persona), form, _filled(form, typed.encode(), town.token(persona), everything=False))
        if answer.status_code == 422:
            kept = [input for found in read(answer, form.page).forms for input in found.inputs if input.kind in TYPED - {"password"}]
            wanted = {input.name for input in form.inputs if input.kind in TYPED - {"password", "date", "number"}}
            got = {input.name for input in kept if input.value.casefold() == typed.casefold()}
            assert wanted <= got, f"{form.action} forgets {wanted - got}"
            seen += bool(wanted)
        if town.changed():
            town.restore()
    assert seen


# ---- Odd requests --------------------------------------------------------------------------------------------------------

def _posts(town: Town) -> list[tuple[str, str]]:
    """Every address that takes a form, with someone who may send it."""
    from tests.web.test_policy import _allowed, rules

    found = [(rule, *_allowed(rule)) for rule in rules() if rule.method == "POST"]
    return [(persona, town.address(rule.path, persona, whose)) for rule, persona, whose in found]


ODD: Final = {
    "nothing at all": ("application/x-www-form-urlencoded", b""),
    "half a multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc"),
    "a multipart without a boundary": ("multipart/form-data", b"--x--"),
    "a boundary that never comes": ("multipart/form-data; boundary=" + "y" * 300, b"--z\r\n\r\n" * 50),
    "a file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="name"; filename="../../x"\r\n\r\nhi\r\n--x--\r\n',
    ),
    "JSON": ("application/json", b'{"csrf": {"$ne": null}}'),
    "deep JSON": ("application/json", b"[" * 5000),
    "XML": ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "no kind": ("", b"csrf=1"),
    "an odd kind": ("\u00ff/\u00ff; charset=utf-99", b"csrf=1"),
    "bytes": ("application/x-www-form-urlencoded", bytes(range(256)) * 20),
    "another charset": ("application/x-www-form-urlencoded; charset=utf-16", "csrf=1".encode("utf-16")),
}


WHATEVER_COMES: Final = frozenset({"/leave", "/policy-report"})
"""Answered the same whatever is sent."""


@pytest.mark.parametrize("what", ODD)
def test_an_odd_body_is_refused_in_words(town: Town, what: str) -> None:
    kind, body = ODD[what]
    for persona, path in _posts(town):
        answer = town.client(persona).post(path, data=body, content_type=kind)
        _hold(answer, f"{what} to {path}")
        assert answer.status_code in {303, 400, 413, 415} or path in WHATEVER_COMES, f"{what} to {path}: {answer.status}"
        if town.changed():
            town.restore()


def test_fields_sent_twice_are_answered(town: Town, walks: Walks) -> None:
    for persona in PERSONAS:
        for form in _forms(town, walks, persona):
            pairs = _filled(form, b"one", town.token(persona), everything=False)
            doubled = [pair for name, value in pairs for pair in ([(name, value)] if name == "csrf" else [(name, value), (name, b"two")])]
            _hold(_send(town.client(persona), form, doubled), f"{persona} sends {form.action} twice over")
            if town.changed():
                town.restore()


UNASKED: Final = {
    "role": "administrator", "administrator": "y", "trainer": "y", "manages": "y", "is_active": "1", "person_id": "1", "user_id": "1",
    "id": "1", "team_id": "1", "agency_id": "1", "passed": "1", "score": "100", "percent": "100", "finished": "2026-01-01",
    "expires_at": "2099-01-01", "until": "2099-01-01", "suspended": "", "opened": "1", "checked": "1", "critical": "0",
}
"""Fields that a learner's forms do not have."""

EARNED: Final = {"completed", "passed", "awarded", "attended"}


def test_fields_that_no_form_has_grant_nothing(town: Town, walks: Walks) -> None:
    """Mass assignment: what a form does not ask for is not looked at."""
    for persona in ("learner", "trainer", "manager"):
        who = town.people[persona]
        for form in _forms(town, walks, persona):
            if form.method == GET:
                continue
            own = {input.name for input in form.inputs}
            extra = [(name, value.encode()) for name, value in UNASKED.items() if name not in own]
            before = town.rows()
            _send(town.client(persona), form, _filled(form, b"Some words", town.token(persona), everything=False) + extra)
            after = town.rows()
            assert _rights(before) == _rights(after), f"{persona} gained something by {form.action}"
            gained = {row[2] for row in after["fact"] if row not in before["fact"] and row[1] == who.id} & EARNED
            assert not gained, f"{form.action} wrote {gained} about the {persona}"
            if town.changed():
                town.restore()


def _rights(rows: dict[str, list[tuple[Any, ...]]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Who is what, and who manages which team."""
    return [(row[0], *row[3:6], *row[7:12]) for row in rows["person"]], rows["team_manager"]


# ---- Odd addresses -------------------------------------------------------------------------------------------------------

IDS: Final = (
    "0", "00", "-1", "1.5", "1e3", "x", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 400,
    "%00", "%ff", "1%00", "٩٨٧٦٥٤", "%20", "..", "%2e%2e", "1;", "1'", "{{1}}", "null", "NaN", "%ed%a0%80", "a" * 3000,
)


def test_an_address_that_names_nothing_is_not_there(town: Town) -> None:
    from tests.web.test_policy import rules

    for rule in rules():
        if "{" not in rule.path:
            continue
        persona = "administrator" if "visitor" not in {who for whom in rule.allow.values() for who in whom} else "visitor"
        for odd in IDS:
            path = "/".join(odd if part.startswith("{") and part.endswith("}") else part for part in rule.path.split("/"))
            if "{" in path.replace("{{1}}", ""):
                path = path[: path.index("{", path.find("{{1}}") + 5 if "{{1}}" in path else 0)] + odd + path.rpartition("}")[2]
            data = {"csrf": town.token(persona)} if rule.method == "POST" else None
            answer = town.client(persona).open(path, method=rule.method, data=data)
            _hold(answer, f"{rule.method} {path[:80]}")
            assert answer.status_code in {301, 303, 308, 400, 403, 404, 405, 410, 429}, f"{rule.method} {path[:80]}: {answer.status}"


ASKED: Final = (
    "q", "page", "item", "show", "sort", "order", "kind", "time", "said", "saved", "also", "again", "next", "how", "number", "kept", "back",
)
"""What addresses may ask a page for, and what somebody may think they can."""


def test_whatever_a_page_is_asked_to_sort_or_filter_by_is_answered(town: Town, walks: Walks) -> None:
    pages = {
        _pattern(town, path): (persona, path.partition("?")[0])
        for persona in PERSONAS for path, answer in walks.answers(persona) if answer.mimetype in {"text/html", "text/csv"}
    }
    assert len(pages) > 40
    for persona, path in pages.values():
        for what, value in NAUGHTY.items():
            query = "&".join(f"{name}={quote(value[:2000])}" for name in ASKED)
            answer = town.client(persona).get(path, query_string=query)
            _hold(answer, f"{persona} asks {path} for {what}")
            assert answer.headers.get("Location", "/").startswith(("/", "http://localhost/")), path


def _pattern(town: Town, path: str) -> str:
    return str(town.app.url_map.bind("localhost").match(path.partition("?")[0])[0])


ELSEWHERE: Final = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/%09/evil.example",
    "/\t/evil.example", "http:evil.example", "javascript:alert(1)", "/%0d%0aLocation:%20https://evil.example", "/x\r\nSet-Cookie: a=b",
    "https:///evil.example", "/@evil.example:80@//evil.example", "http://localhost@evil.example", "http://localhost.evil.example",
    "data:text/html,x", ".evil.example", "/\u2028/evil.example", "/.//evil.example", "/..//evil.example", "////evil.example",
    "%2f%2fevil.example", " //evil.example", "/ /evil.example",
)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(town: Town, target: str) -> None:
    asked = (
        town.client("learner").get("/account/sign-in", query_string={"next": target}),
        town.client("visitor").post("/display", data={"csrf": town.token("visitor"), "theme": "dark", "next": target}),
        town.client("visitor").get("/my?" + urlencode({"next": target})),
        town.client("visitor").get(f"/nothing/{quote(target)}"),
    )
    for answer in asked:
        where = answer.headers.get("Location", "/")
        if answer.status_code in {301, 302, 303, 307, 308}:
            path = where.removeprefix("http://localhost").partition("?")[0]
            assert path.startswith("/") and not path.startswith(("//", "/\\", "/\t")) and "\\" not in path, f"{target}: {where}"
        assert not [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("a=")], target


HEADERS: Final = ("Accept", "User-Agent", "Accept-Encoding", "If-None-Match", "Accept-Language", "X-CSRF-Token", "Referer", "Origin")


def test_odd_cookies_and_headers_are_answered(town: Town) -> None:
    client = town.app.test_client()
    for odd in ("", "x", "é", "a" * 5000, "%00", '"', "; ; =", "elearn", "{}", "' OR 1=1 --", "\u00ff\u00fe"):
        raw = odd.encode().decode("latin-1")
        cookies = f"elearn={raw}; elearn-device={raw}; elearn-display={raw}"
        values = dict.fromkeys(HEADERS, raw) | {"Cookie": cookies, "Range": f"bytes={raw}"}
        for name, value in values.items():
            _hold(client.get("/my", headers={name: value}), f"{name}: {value}")
            _hold(client.post("/display", headers={name: value}, data={"csrf": raw}), f"{name}: {value}")


def test_what_is_shown_of_what_was_asked_is_escaped(town: Town) -> None:
    words = "\"'><xmp>&lt;"
    for path in ("/learn?q=", "/c?number=", "/account/join?code=", "/account/join?name=", "/account/sign-in?next=/x", "/nothing/"):
        page = town.client("visitor").get(path + quote(words)).get_data(as_text=True)
        assert "<xmp>" not in page and "\"'>" not in page, path

"""Whatever is sent, no page holds a sign that HTML forbids; and a password is taken as it was typed."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

import html5lib  # type: ignore[import-untyped]  # no types are published
import pytest
from flask import Flask

from elearn.web.asked import Asked, plain
from tests.web.test_bad_input import GET, _filled, _forms, _send
from tests.web.town import PERSONAS, Town

if TYPE_CHECKING:
    from tests.web.walks import Walks

ODD = "a\x00b\x01c\x0bd\x0ce\x1ff\x7fg\x85h\x9fi\ufffej\U0001ffffk\ufdd0l"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff]")


def valid(page: str, about: str) -> None:
    found = FORBIDDEN.search(page)
    assert not found, f"{about} gives back {found}"
    html5lib.HTMLParser(strict=True).parse(page)


@pytest.mark.parametrize("kept", ["two\r\nlines\tand a tab", "Zoë Łukasiewicz مريم 李小龍", "👩🏽‍🏫", "\u200f\u200d\u00ad\ufeff", ""])
def test_what_people_type_stays(kept: str) -> None:
    assert plain(kept) == kept


def test_signs_that_nobody_can_see_are_gone_from_addresses_and_forms(app: Flask) -> None:
    assert app.request_class is Asked
    with app.test_request_context("/?q=a%00b%0Bc&q=%EF%BF%BE", method="POST", data={"na\x00me": ["x\x01", "y"], "name": "z\x7f"}) as context:
        asked = context.request
        assert asked.args.getlist("q") == ["abc", ""] and asked.values["q"] == "abc"
        assert asked.form.getlist("name") == ["x", "y", "z"]


def test_a_password_is_taken_sign_for_sign(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"password": "a\x00b\x7f"}) as context:
        assert context.request.form["password"] == "a\x00b\x7f"


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_page_gives_back_a_sign_that_html_forbids(town: Town, walks: Walks, persona: str) -> None:
    tried = 0
    for form in _forms(town, walks, persona):
        if not form.typed:
            continue
        answer = _send(town.client(persona), form, _filled(form, ODD.encode(), town.token(persona), everything=form.method == GET))
        if answer.mimetype == "text/html" and answer.status_code in {200, 422}:
            page = answer.get_data(as_text=True)
            valid(page, form.action)
            tried += 1
        if town.changed():
            town.restore()
    assert tried


@pytest.mark.parametrize("path", ["/learn", "/c", "/account/join", "/account/sign-in", "/worried"])
def test_no_page_gives_back_a_forbidden_sign_of_its_address(app: Flask, path: str) -> None:
    names = ("q", "kind", "time", "number", "code", "name", "email", "next", "kept", "saved", "said", "page")
    answer = app.test_client().get(path, query_string=dict.fromkeys(names, ODD) | {"how": "password"})
    valid(answer.get_data(as_text=True), path)

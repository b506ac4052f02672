"""What cannot be saved just now is given back to whoever sent it, but for secrets, which no page ever repeats."""
from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from flask import Flask

from elearn.records.db import Busy
from elearn.settings import ROOT
from elearn.web.kept import unsaid
from tests.builders import People, Who
from tests.page import Page

PASSWORDS = re.compile(r'ui\.field\("([^"]+)"[^}]*type="password"')


def test_every_field_that_takes_a_password_has_a_name_that_is_known_for_a_secret() -> None:
    names = {name for path in (ROOT / "templates").rglob("*.html") for name in PASSWORDS.findall(path.read_text("utf-8"))}
    assert names and all(unsaid(name) for name in names), names
    drawn = [path.name for path in (ROOT / "templates").rglob("*.html") if re.search(r'<input[^>]*type="password"', path.read_text("utf-8"))]
    assert drawn == [], "draw it with ui.field, so that this test sees its name"


@pytest.mark.parametrize("name", ["password", "new_password", "Password2", "old-passphrase", "client_secret", "api-token", "otp", "recovery"])
def test_what_is_secret_is_told_by_its_name(name: str) -> None:
    assert unsaid(name)


@pytest.mark.parametrize("name", ["name", "email", "code", "q-a", "key", "next", "note", "reason"])
def test_what_people_would_lose_is_given_back(name: str) -> None:
    assert not unsaid(name)


def test_a_form_that_could_not_be_saved_comes_back_without_its_secrets(
    app: Flask, browse: Callable[[Who | None], Page], people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = app.view_functions["account.change_name"]

    @wraps(view)
    def busy(**_: Any) -> Any:
        raise Busy

    monkeypatch.setitem(app.view_functions, "account.change_name", busy)
    page = browse(people.bob).get("/account/")
    sent = [("csrf", page.token), ("name", "Robert\r\nAdeyemi"), ("password", "a-secret-1"), ("new_password", "a-secret-2")]
    page.send("/account/name", sent, 503).says("What you sent is still here")
    [form] = [form for form in page.forms if form.action == "/account/name"]
    assert dict(form.values)["name"].split() == ["Robert", "Adeyemi"] and form.names == {"name", "csrf"}
    assert "a-secret" not in page.response.get_data(as_text=True)

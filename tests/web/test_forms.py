"""What is typed into a form is kept, however long it is: a field says that it is too long, and never shortens it without a word."""
from __future__ import annotations

import importlib
import pkgutil

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField

import elearn.web.forms
from elearn.web.forms.office import RegisterForm
from elearn.web.forms.resources import LinkForm, ObjectiveForm

SECRETS = {"password"}
"""Fields whose text is never shown again, and is only compared."""


def _forms() -> list[type[Form]]:
    names = [f"{elearn.web.forms.__name__}.{found.name}" for found in pkgutil.iter_modules(elearn.web.forms.__path__)]
    return [
        kind for name in names for kind in vars(importlib.import_module(name)).values()
        if isinstance(kind, type) and issubclass(kind, Form) and kind.__module__ == name
    ]


FIELDS = [
    (kind, field.name) for kind in _forms() for field in kind() if isinstance(field, StringField) and field.name not in SECRETS
]


def test_there_are_forms_to_look_at() -> None:
    assert len(FIELDS) > 30


@pytest.mark.parametrize("letters", [5_000, 121])
@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=[f"{kind.__name__}.{name}" for kind, name in FIELDS])
def test_what_is_too_long_is_said_and_kept(kind: type[Form], name: str, letters: int) -> None:
    typed = "https://example.org/" + "a" * (letters - 20) if "address" in name or name == "neutral_site" else "ab " * (letters // 3) + "c"
    form = kind(MultiDict({name: typed}))
    form.validate()
    field = form[name]
    assert field.data.casefold() == typed.casefold(), "what was typed is shown again as it was"
    assert field.errors or letters == 121, "no field takes five thousand letters"


@pytest.mark.parametrize(("kind", "name", "letters"), [
    (ObjectiveForm, "text", 240), (LinkForm, "text", 200), (LinkForm, "address", 500), (RegisterForm, "find", 4_000), (RegisterForm, "reason", 200),
])
def test_what_is_just_short_enough_is_kept_whole(kind: type[Form], name: str, letters: int) -> None:
    typed = ("https://example.org/" if name == "address" else "") .ljust(letters, "a")
    form = kind(MultiDict({name: typed}))
    form.validate()
    assert form[name].data == typed
    assert not form[name].errors
    longer = kind(MultiDict({name: typed + "a"}))
    longer.validate()
    assert any("shorter" in error for error in longer[name].errors)

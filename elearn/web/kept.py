"""What to do with an answer that was sent after the session had ended, once its owner has signed in again."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from elearn.actions import Refused
from elearn.rules.access import Person
from elearn.rules.quiz import Foreign

Apply = Callable[[Person, Mapping[str, Any], "MultiDict[str, str]"], bool]
"""Gets the person, the parts of the address and the form; True if something was saved. It checks whose the thing is itself."""

KEPT: dict[str, Apply] = {}
"""Endpoint to what applies its form. Areas add theirs."""

SECRET = ("password", "passphrase", "secret", "token", "otp", "code-once", "recovery")
"""What is in the name of every field that holds a secret (tests/web/test_errors.py holds the forms to it)."""


def unsaid(name: str) -> bool:
    """Whether what stands in a field of this name is a secret, which is never kept and never given back on a page."""
    return any(word in name.casefold() for word in SECRET)


def apply(person: Person, path: str, form: Mapping[str, list[str]]) -> bool:
    """Save what was kept; False when it no longer fits: the page then simply shows what is saved."""
    try:
        endpoint, arguments = current_app.url_map.bind("").match(path, method="POST")
        save = KEPT.get(endpoint)
        return save is not None and save(person, arguments, MultiDict([(name, value) for name, values in form.items() for value in values]))
    except (HTTPException, Refused, Foreign):
        return False

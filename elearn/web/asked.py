"""What a request brings, read in one place: signs that nobody can see and no page may hold are gone before anything else looks at it."""
from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from elearn.web.kept import unsaid

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters but for tab and line ends, halves of characters, and what Unicode never assigns: none may stand in HTML
(HTML Living Standard, 13.2.3.5), and PostgreSQL stores no NUL."""


def plain(text: str) -> str:
    """*text* without what cannot be seen or stored."""
    return _UNSEEN.sub("", text)


def _plain(given: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    """Every name and value; a password stays as it was typed, sign for sign."""
    if not given:
        return ImmutableMultiDict()
    pairs: Iterable[tuple[str, str]] = given.items(multi=True)
    return ImmutableMultiDict((plain(name), value if unsaid(name) else plain(value)) for name, value in pairs)


class Asked(Request):
    """A request whose address and form hold plain text."""

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        return _plain(super().args)

    def _load_form_data(self) -> None:
        if "form" not in self.__dict__:  # else it was read before
            super()._load_form_data()
            self.__dict__["form"] = _plain(self.__dict__["form"])

"""Flask, without the work it does again for every page and that comes out the same each time."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.globals import request_ctx

MOST_ADDRESSES = 5000


class Application(Flask):
    """The site's Flask: it remembers addresses it has made, and has no asynchronous functions."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: Flask would look at each of eleven functions a page, and we have none that is asynchronous."""
        return func

    def url_for(
        self, /, endpoint: str, *, _anchor: str | None = None, _method: str | None = None, _scheme: str | None = None,
        _external: bool | None = None, **values: Any,
    ) -> str:
        """As Flask's, with a memory: the same few addresses stand on every page."""
        asked = request_ctx.request if request_ctx else None
        if asked is None or (_anchor, _method, _scheme, _external) != (None, None, None, None):
            return super().url_for(endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values)
        if endpoint.startswith(".") and asked.blueprint:
            endpoint = f"{asked.blueprint}{endpoint}"
        key = (asked.root_path, endpoint, *values.items())
        try:
            return self._addresses[key]
        except TypeError:  # a list among the values
            return super().url_for(endpoint, **values)
        except KeyError:
            found = super().url_for(endpoint, **values)
        if len(self._addresses) >= MOST_ADDRESSES:
            self._addresses.clear()
        self._addresses[key] = found
        return found

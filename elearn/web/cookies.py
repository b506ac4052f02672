"""The two cookies we set for a person: the session and, for browsers known to us, the device."""
from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from flask import Response, current_app, g, request

from elearn.settings import Settings

DEVICE_LIFE = timedelta(days=365)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _name(plain: str) -> str:
    """The ``__Host-`` prefix binds a cookie to this one host; browsers allow it over https only."""
    return f"__Host-{plain}" if settings().https else plain


def session_secret() -> str | None:
    """What the browser sent as its session, held or not."""
    return request.cookies.get(_name("elearn"))


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def _signature(secret: str) -> str:
    return hmac.digest(settings().keys.device, secret.encode(), "sha256").hex()[:32]


def device() -> str:
    """This browser's own secret; a new one is made, and set on the response, where there is none or it was tampered with."""
    if "device" not in g:
        secret, _, signature = (request.cookies.get(_name("elearn-device")) or "").partition(".")
        if not hmac.compare_digest(signature.encode(), _signature(secret).encode()):
            secret = secrets.token_urlsafe(16)
            g.new_device = secret
        g.device = secret
    found: str = g.device
    return found


def _set(response: Response, name: str, value: str, life: timedelta | None) -> None:
    response.set_cookie(_name(name), value, max_age=life, path="/", secure=settings().https, httponly=True, samesite="Lax")


def begin(response: Response, secret: str) -> Response:
    """Sign this browser in: it keeps the cookie until it is closed, the server keeps the time."""
    _set(response, "elearn", secret, None)
    return response


def forget(response: Response) -> Response:
    """Sign this browser out and have it drop what it has kept of our pages."""
    response.delete_cookie(_name("elearn"), path="/", secure=settings().https, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def set_device(response: Response) -> Response:
    """Give the browser its device cookie if one was made while answering."""
    if (secret := g.pop("new_device", None)) is not None:
        _set(response, "elearn-device", f"{secret}.{_signature(secret)}", DEVICE_LIFE)
    return response

"""Only our own pages may change anything: a token that lives as long as the session, and where the request came from."""
from __future__ import annotations

import hmac

from flask import Request, request

from elearn.web import cookies

FIELD = "csrf"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def token() -> str:
    """The token for this browser: bound to its session or, before sign-in, to its device. It has no clock."""
    return _token_for(cookies.session_secret() or cookies.device())


def _token_for(secret: str) -> str:
    return hmac.digest(cookies.settings().keys.csrf, secret.encode(), "sha256").hex()


def came_from_us(asked: Request) -> bool:
    """What the browser itself says of the request's origin; older ones say nothing, and then the token decides."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = asked.headers.get("Origin")
    return origin is None or origin == "null" or origin == asked.host_url.rstrip("/") or origin == cookies.settings().url


def allowed() -> bool:
    """Whether this request may change anything."""
    if request.method not in UNSAFE:
        return True
    given = request.form.get(FIELD, "") or request.headers.get("X-CSRF-Token", "")
    return came_from_us(request) and hmac.compare_digest(given.encode(), token().encode())

"""What every answer must carry, whatever was asked and however it went."""
from __future__ import annotations

from http.cookies import SimpleCookie

from werkzeug.test import TestResponse

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'",
    "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "object-src": "'none'", "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
"""The whole content security policy; beside it stands where to report what it stopped."""

OURS = frozenset({"elearn", "elearn-device", "elearn-display"})
"""The only cookies there are: the session, the device, how pages look."""


def hold(response: TestResponse, https: bool) -> None:
    """Fail unless the answer carries every header, each once, and only cookies that are safe."""
    path = response.request.path
    for name in (
        "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy", "Permissions-Policy", "Cache-Control",
    ):
        assert len(response.headers.getlist(name)) == 1, f"{path}: {name}: {response.headers.getlist(name)}"
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";") if part.strip())
    where, group = policy.pop("report-uri", ""), policy.pop("report-to", "")
    assert policy == POLICY, f"{path}: {policy}"
    assert response.headers.getlist("Reporting-Endpoints") == ([f'{group}="{where}"'] if https and where else []), path
    assert bool(group) is (https and bool(where)), path
    assert response.headers["X-Content-Type-Options"] == "nosniff", path
    assert response.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, path
    assert response.headers["Cross-Origin-Opener-Policy"] == response.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
    assert "camera=()" in response.headers["Permissions-Policy"] and "*" not in response.headers["Permissions-Policy"], path
    strict = response.headers.get("Strict-Transport-Security", "")
    assert strict.startswith("max-age=31536000") if https else not strict, f"{path}: {strict!r}"
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        assert name not in response.headers, f"{path}: {name}"
    for line in response.headers.getlist("Set-Cookie"):
        _hold_cookie(line, path, https)


def _hold_cookie(line: str, path: str, https: bool) -> None:
    [(name, cookie)] = SimpleCookie(line).items()
    plain = name.removeprefix("__Host-")
    assert plain in OURS, f"{path}: a cookie of another name: {line}"
    assert name == plain or https, f"{path}: browsers refuse {name} over http"
    assert name != plain or not https or plain == "elearn-display", f"{path}: {name} is not bound to this host"
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"], f"{path}: {line}"
    assert bool(cookie["secure"]) is https, f"{path}: {line}"

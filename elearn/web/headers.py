"""The headers that go out with every answer: pages, files, refusals and faults alike."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, g

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Nothing inline, nothing from anywhere else, no frames; scripts cannot turn text into markup."""

REPORTS = "site.policy_report"
"""The endpoint that takes reports of broken policy, where there is one."""

GROUP = "policy"
"""What the newer reporting calls that endpoint."""

OFF = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "magnetometer",
    "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial",
    "usb", "xr-spatial-tracking",
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in OFF),
}

A_YEAR = 365 * 24 * 60 * 60


def register(app: Flask, https: bool) -> None:
    """Send the headers with every response.

    A view that sets ``Cache-Control`` itself is left alone; everything else depends on who asks and how they like their pages, and is not kept
    anywhere. A view whose address holds a secret sets ``g.token_page = True``, so that the address goes to nobody.
    """
    always = ALWAYS | {"Content-Security-Policy": POLICY}
    if REPORTS in app.view_functions:
        where = next(app.url_map.iter_rules(REPORTS)).rule
        always["Content-Security-Policy"] += f"; report-uri {where}"
        if https:  # browsers report to a group over https only, and leave the address out where a group is named
            always["Content-Security-Policy"] += f"; report-to {GROUP}"
            always["Reporting-Endpoints"] = f'{GROUP}="{where}"'
    if https:
        always["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"
    app.wsgi_app = Always(app.wsgi_app, list(always.items()))  # type: ignore[method-assign]  # Flask's way
    app.after_request(_by_page)


def _by_page(response: Response) -> Response:
    headers = response.headers
    headers["Referrer-Policy"] = "no-referrer" if g.get("token_page") else "same-origin"
    kept = headers.get("Cache-Control")
    if kept is None:
        headers["Cache-Control"] = "no-store"
    if kept is None or "public" not in kept:
        headers["Vary"] = "Accept-Encoding, Cookie" if "Vary" in headers else "Cookie"
    return response


class Always:
    """Adds what is the same for every answer, whoever gives it, and takes out what tells of the server."""

    def __init__(self, app: WSGIApplication, headers: list[tuple[str, str]]) -> None:
        self._app, self._headers = app, headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None) -> Callable[[bytes], object]:
            return start_response(status, [header for header in headers if header[0] != "Server"] + self._headers, exc_info)

        return self._app(environ, start)

"""How long a session lasts from this page on, for the script that says so in good time (WCAG 2.2, 2.2.1 Timing Adjustable)."""
from __future__ import annotations

from datetime import datetime

from flask import Response, g

from elearn import clock
from elearn.records.sessions import Live
from elearn.web.guard import SEEN_EVERY


def left(live: Live, now: datetime) -> str:
    """Seconds until the session ends when nothing more is asked for, and until it ends in any case: "1800 28800"."""
    seen = now if now > live.seen + SEEN_EVERY else live.seen  # then the guard has just noted that it is in use
    last = live.ends - now
    idle = min(seen + live.unused - now, last)
    return f"{max(0, int(idle.total_seconds()))} {max(0, int(last.total_seconds()))}"


def tell(response: Response) -> Response:
    """Say it beside the page, not in it: the page itself may be kept for everybody who sees the same. Asks no database.

    Server-Timing is the one header that a script can read of the page it is on.
    """
    live: Live | None = getattr(g.get("_login_user"), "live", None)
    if live is not None and response.mimetype == "text/html":
        response.headers["Server-Timing"] = f'left;desc="{left(live, clock.now())}"'
    return response

"""Our icons: a 24-unit grid, 2-unit round strokes, drawn from arcs, lines and one solid dot.

Status icons are solid shapes, so that they differ in outline and not only in colour. A page holds one hidden sprite with the icons it
uses (`sprite`), and each place refers to it (`icon`): no request, and colours reach through ``<use>`` by inheritance.
"""
from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

ICONS = {
    "arrow": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "up": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "down": '<path d="M12 5v14M6 13l6 6 6-6"/>',
    "check": '<path d="M5 12.5l4.5 4.5L19 7"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "phone": '<path d="M6.5 3H9l2 5-2.4 1.9a12 12 0 0 0 5.5 5.5L16 13l5 2v2.5a3 3 0 0 1-3 3A15 15 0 0 1 3.5 6a3 3 0 0 1 3-3z"/>',
    "contrast": '<circle cx="12" cy="12" r="9"/><path class="solid" d="M12 3a9 9 0 0 1 0 18z"/>',
    "text": '<path d="M2.5 18.5L7.5 6l5 12.5M4.2 14.5h6.6M20.5 12v6.5"/><circle cx="17.5" cy="15.3" r="3"/>',
    "lock": (
        '<path d="M8 11V8a4 4 0 0 1 8 0v3"/><rect x="5" y="11" width="14" height="9.5" rx="2"/>'
        '<circle class="solid" cx="12" cy="15.7" r="1.5"/>'
    ),
    "unlock": (
        '<path d="M8 11V8a4 4 0 0 1 7.7-1.5"/><rect x="5" y="11" width="14" height="9.5" rx="2"/>'
        '<circle class="solid" cx="12" cy="15.7" r="1.5"/>'
    ),
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.2 2"/>',
    "calendar": '<rect x="4" y="5" width="16" height="15.5" rx="2"/><path d="M4 10h16M8 3v4M16 3v4"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5a8 8 0 0 1 16 0"/>',
    "people": (
        '<circle cx="9" cy="9" r="3.5"/>'
        '<path d="M2.5 20a6.5 6.5 0 0 1 13 0M15.5 5.7a3.5 3.5 0 0 1 0 6.6M18 14.5a6.5 6.5 0 0 1 3.5 5.5"/>'
    ),
    "certificate": (
        '<circle cx="12" cy="9" r="6"/><circle class="solid" cx="12" cy="9" r="2"/>'
        '<path d="M8.3 14L7 21.5l5-2.5 5 2.5-1.3-7.5"/>'
    ),
    "download": '<path d="M12 4v11.5M7 11l5 5 5-5M4 20.5h16"/>',
    "print": '<path d="M7 9V3.5h10V9M7 17H4v-5.5A2.5 2.5 0 0 1 6.5 9h11a2.5 2.5 0 0 1 2.5 2.5V17h-3M7 14h10v6.5H7z"/>',
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3.5 7.5L12 13.5l8.5-6"/>',
    "bell": '<path d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>',
    "warn": '<path d="M12 4L2.5 20h19z"/><path d="M12 10.5v4M12 17.2v.01"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.8v.01"/>',
    "book": '<path d="M12 6.5C10 5 7 4.5 3.5 4.5V18c3.5 0 6.5.5 8.5 2 2-1.5 5-2 8.5-2V4.5C17 4.5 14 5 12 6.5zM12 6.5V20"/>',
    "play": '<circle cx="12" cy="12" r="9"/><path class="solid" d="M10 8.2l6 3.8-6 3.8z"/>',
    "file": '<path d="M6 3.5h8l4.5 4.5v12.5H6zM13.5 3.5V8.5h5"/>',
    "pin": '<path d="M12 21c-4.7-5-7-8-7-11a7 7 0 0 1 14 0c0 3-2.3 6-7 11z"/><circle class="solid" cx="12" cy="10" r="2.3"/>',
    "screen": '<rect x="4" y="5" width="16" height="11" rx="2"/><path d="M2 20h20"/>',
    "edit": '<path d="M4 20l1-4.2L15.8 5a2.1 2.1 0 0 1 3.2 3.2L8.2 19zM13.5 7.5l3 3"/>',
    "eye": '<path d="M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6z"/><circle class="solid" cx="12" cy="12" r="2.5"/>',
    "cup": (
        '<path d="M4.5 9.5h12.5v5a5 5 0 0 1-5 5H9.5a5 5 0 0 1-5-5zM17 10.5h1.2a2.6 2.6 0 0 1 0 5.2H17M8.5 3'
        'c0 1.4-1 1.6-1 3M13 3c0 1.4-1 1.6-1 3"/>'
    ),
    "chat": '<path d="M4 5h16v11.5h-8.5L6.5 20.5v-4H4z"/>',
    "link": '<path d="M10 13.7a4 4 0 0 0 5.9.6l3-3a4 4 0 0 0-5.7-5.7l-1.4 1.4M14 10.3a4 4 0 0 0-5.9-.6l-3 3a4 4 0 0 0 5.7 5.7l1.4-1.4"/>',
    "flag": '<path d="M6 21V4h12l-2.5 4.5L18 13H6"/>',
    "home": '<path d="M4 11l8-7 8 7v9.5h-5.5V14h-5v6.5H4z"/>',
    "heart": '<path d="M12 20s-7.8-4.6-7.8-10.2A4.3 4.3 0 0 1 12 7.3a4.3 4.3 0 0 1 7.8 2.5C19.8 15.4 12 20 12 20z"/>',
    "bowl": '<path d="M3 11.5h18a9 9 0 0 1-18 0zM8.5 20.7h7M9 7.5c0-1.4 1-1.6 1-3M14 7.5c0-1.4 1-1.6 1-3"/>',
    "shelter": '<circle class="solid" cx="12" cy="15" r="3"/><path d="M3.5 15a8.5 8.5 0 0 1 17 0M3 20h18"/>',
    "chart": '<path d="M4 4v16.5h16.5M8.5 16v-4M13 16V8M17.5 16v-6"/>',
    "offline": (
        '<path d="M3 9.5a14 14 0 0 1 5-3M13 5.5a14 14 0 0 1 8 4M7 13.5a9 9 0 0 1 3-1.8M15 12.2'
        'a9 9 0 0 1 2 1.3M10 17.3a4 4 0 0 1 4 0M4 3.5l16 17"/>'
    ),
    "out": '<path d="M14 4h6v6M20 4l-9 9M18 14v6H4V6h6"/>',
    "qr": '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5M20 14v.01M14 20h.01M17.5 20H20v-2.5"/>',
    "blank": '<circle cx="12" cy="12" r="9"/>',
    # Status shapes
    "look": '<path d="M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6z"/><circle class="solid" cx="12" cy="12" r="3"/>',
    "done": '<circle class="solid" cx="12" cy="12" r="10"/><path class="knock" d="M7.5 12.5l3 3 6-6.5"/>',
    "doing": '<circle cx="12" cy="12" r="9"/><path class="solid" d="M12 12V3a9 9 0 0 1 5.6 16z"/>',
    "todo": '<circle cx="12" cy="12" r="9" stroke-dasharray="3.7 3.7"/>',
    "due": '<path class="solid" d="M12 1l11 11-11 11L1 12z"/><path class="knock" d="M12 7v5.5l3 2"/>',
    "late": '<path class="solid" d="M12 2L.8 21.5h22.4z"/><path class="knock" d="M12 9v5.5M12 17.8v.01"/>',
    "locked": (
        '<path d="M8 11V8a4 4 0 0 1 8 0v3"/><rect class="solid" x="4" y="10.5" width="16" height="11" rx="2"/>'
        '<circle class="knock-fill" cx="12" cy="16" r="1.7"/>'
    ),
    "booked": (
        '<path class="solid" d="M4 4h16a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"/>'
        '<path d="M7.5 2v4M16.5 2v4"/><path class="knock" d="M7.5 14l3 3 6-6"/>'
    ),
    "waiting": '<circle cx="12" cy="12" r="9"/><path d="M8 12h.01M12 12h.01M16 12h.01"/>',
    "expired": '<circle cx="12" cy="12" r="9"/><path d="M5.7 18.3L18.3 5.7"/>',
    "again": (
        '<circle class="solid" cx="12" cy="12" r="10.5"/>'
        '<path class="knock" d="M16.5 12.5a4.7 4.7 0 1 1-1.5-3.7l1.7 1.5M16.8 6.8v3.5h-3.5"/>'
    ),
}

SPRITE = "<!--sprite-->"
"""Where a layout wants the sprite."""

_USED = re.compile(r'href="#i-([a-z]+)"')


@lru_cache(maxsize=256)
def icon(name: str, cls: str = "") -> Markup:
    """A place for an icon; the word beside it carries the meaning. Raises KeyError for a name that is not drawn."""
    ICONS[name]
    return Markup(
        '<svg class="{}" width="20" height="20" fill="none" stroke="currentColor" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>'
    ).format(f"icon {cls}".strip(), name)


@lru_cache(maxsize=1024)
def _symbols(names: frozenset[str]) -> str:
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 24 24">{ICONS[name]}</symbol>' for name in sorted(names & ICONS.keys()))
    return f'<svg class="sprite" width="0" height="0" aria-hidden="true">{symbols}</svg>' if symbols else ""


def sprite(html: str) -> str:
    """The page with the drawings of the icons it uses, and only those, where the layout left room for them."""
    return html.replace(SPRITE, _symbols(frozenset(_USED.findall(html))), 1)

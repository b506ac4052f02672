"""Addresses that come from outside: followed only when they are our own."""
from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 500


def own_path(text: str, otherwise: str) -> str:
    """*text* when it is a path on this site, else *otherwise*: nobody is sent elsewhere by a link of ours (OWASP ASVS 5.0, 3.7.2)."""
    local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable() and len(text) <= LONGEST
    if not local:
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return text if not parts.scheme and not parts.netloc else otherwise

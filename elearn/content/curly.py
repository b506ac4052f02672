"""Sets straight quotation marks in visible text as curly ones, so that authors may type what their keyboard has."""

from __future__ import annotations

import re

_OPENS = re.compile(r"(^|[\s(\[{<“‘–—/-])([\"'])(?=\S)")


def curly(text: str) -> str:
    """*text* with ’ for apostrophes and ‘single’ or “double” marks around what is quoted."""
    if '"' not in text and "'" not in text:
        return text
    for _ in range(2):  # a mark inside a mark: the first pass makes the outer one, which then opens for the inner
        text = _OPENS.sub(lambda match: match[1] + ("“" if match[2] == '"' else "‘"), text)
    return text.replace('"', "”").replace("'", "’")

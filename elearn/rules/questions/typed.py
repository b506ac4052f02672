"""What a person typed: made safe to keep, and compared in the forgiving way people expect."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from elearn.rules.questions.base import MOST_LINE, MOST_TEXT, Answer, Unreadable
from elearn.rules.questions.reading import lines

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(given: str, lines: int = 1) -> str:
    """*given*, tidied and cut to the longest that is kept. The bound comes first, so that a megabyte costs no more than a line."""
    most = MOST_LINE if lines == 1 else MOST_TEXT
    return tidied(given[: 4 * most], lines)[:most].strip()


def tidied(given: str, lines: int = 1) -> str:
    """*given* without what cannot be stored or shown (NUL, half characters).

    On one line spaces are made single; over several lines the line breaks stay.
    """
    kept = _UNSAFE.sub("", given)
    if lines == 1:
        return " ".join(kept.split())
    return kept.replace("\r\n", "\n").replace("\r", "\n").strip()


def typed(answer: Answer, input: str, lines: int = 1) -> str:
    """What was typed for *input*; empty for nothing, or for more than one value."""
    given = answer.get(input, ())
    return clean(given[0], lines) if len(given) == 1 else ""


def folded(text: str) -> str:
    """*text* as it is compared: letters and digits only, so that case, spaces, accents and punctuation do not matter."""
    plain = unicodedata.normalize("NFKD", text[:MOST_LINE]).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain) if letter.isalnum())


def accepted(source: Mapping[Any, Any], *where: str | int) -> tuple[str, ...]:
    """The words to accept, each with a letter or digit to compare."""
    found = lines(source, "accept", *where, least=1)
    for n, each in enumerate(found):
        if len(each) > MOST_LINE:
            raise Unreadable(f"This is longer than the {MOST_LINE} characters a person can type. Make it shorter.", *where, "accept", n)
        if not folded(each):
            raise Unreadable(f"“{each}” has no letter or digit to compare. Write it in words.", *where, "accept", n)
    return found

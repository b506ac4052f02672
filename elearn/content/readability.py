"""How hard a text is to read: sentences, words, syllables, and the Flesch-Kincaid grade made of them.

Grade = 0.39 x words per sentence + 11.8 x syllables per word - 15.59 (Kincaid, Fishburne, Rogers and Chissom, 1975); a reading
age is about five more. Syllables are counted by groups of vowels with the usual silent endings, which is right for nine words
in ten and needs no dictionary (“being” has two); the words a module explains in its glossary count as one syllable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_VOWELS = re.compile(r"[aeiouy]+")
_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’-]*")
_ENDS = re.compile(r"(?<=[.!?:])[”’\"')]*\s+|\n+")
_HIATUS = re.compile(r"[aeiouy]ings?$")
_SPOKEN_ED = ("ted", "ded", "ied")
_SPOKEN_ES = ("ses", "zes", "ches", "shes", "ges", "ces", "xes", "ies", "les")


@dataclass(frozen=True, slots=True)
class Readability:
    """``grade`` is a school grade (United States): grade 6 is about age 11."""

    words: int
    sentences: int
    grade: float


def sentences(text: str) -> list[str]:
    """The sentences of a text; a colon and a new line end one too, as readers pause there."""
    return [part for part in _ENDS.split(text) if part and re.search(r"\w", part)]


def words(text: str) -> list[str]:
    return _WORDS.findall(text)


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """About how many syllables *word* has; a word of up to three letters has one."""
    word = re.sub(r"['’]s?$", "", word.lower())
    if len(word) <= 3:
        return 1
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee")):
        count -= 1
    if word.endswith("ed") and not word.endswith(_SPOKEN_ED):
        count -= 1
    if word.endswith("es") and not word.endswith(_SPOKEN_ES):
        count -= 1
    if _HIATUS.search(word):
        count += 1
    return max(1, count)


def measure(text: str, explained: Iterable[str] = ()) -> Readability:
    """The readability of *text*, in which the *explained* phrases count as one short word each."""
    for phrase in sorted(explained, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", "it", text, flags=re.IGNORECASE)
    spoken, parts = words(text), sentences(text)
    if not spoken or not parts:
        return Readability(0, 0, 0.0)
    grade = 0.39 * len(spoken) / len(parts) + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59
    return Readability(len(spoken), len(parts), round(grade, 1))

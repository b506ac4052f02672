"""Passwords: which are good enough, how they are kept, and how one is checked."""
from __future__ import annotations

import gzip
import threading
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from elearn.aside import aside

SHORTEST, LONGEST = 12, 1024

MOST_TYPED = 4 * LONGEST
"""A keyboard may send one letter as up to four characters."""

SHORTEST_NUMBER = 20
"""Fewer digits and signs alone may be a telephone number, a date or a card, and are soon tried through."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with the parameters OWASP gives as its least: 19 MiB, two passes."""

_AT_ONCE = threading.BoundedSemaphore(4)
"""Each hash takes 19 MiB and some 40 ms of a core: more at once would only make everyone wait."""

_DUMMY = _HASHER.hash("nobody has this password")

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz")
_PADDING = "0123456789!?.,;:*#+-_=$£%&@/() "
_LEET = str.maketrans("4301$@57", "aeoisast")


def make(password: str) -> str:
    """What is kept of a password. Slow on purpose: never call it inside a transaction that writes."""
    with aside(), _AT_ONCE:
        return _HASHER.hash(_usual(password))


def _usual(password: str) -> str:
    """The same letters typed on another keyboard are the same password: é may come as one character or as two (NFC).

    What is far too long stays as it came, and is refused for that: putting hundreds of thousands of accents in order takes a minute.
    """
    return unicodedata.normalize("NFC", password) if len(password) <= MOST_TYPED else password


def matches(kept: str | None, password: str) -> bool:
    """Whether *password* is the one kept. With nothing kept it takes as long, so that time tells nothing."""
    given = _usual(password)
    with aside(), _AT_ONCE:
        try:
            return _HASHER.verify(kept or _DUMMY, given[:LONGEST]) and bool(kept) and len(given) <= LONGEST
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether the kept form was made with weaker parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


def problem(password: str, known: Iterable[str] = ()) -> str | None:
    """Why a password will not do, in words that say what would; None when it is good.

    No rules of composition: length, and not being easy to guess (ASVS 5.0, 6.2; NCSC). *known* are words of this
    site and person, which an attacker would try first.
    """
    password = _usual(password)
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words together work well"
    if len(password) > LONGEST:
        return f"Use at most {LONGEST:,} characters"
    plain = password.casefold()
    if len(set(plain)) < 5:
        return "Use more different characters. Three or four words together work well"
    if 2 * _in_rows(plain) > len(plain):
        return "Don’t use letters or numbers in a row, such as abcd or 1234. Three or four words together work well"
    if _is_common(plain, known):
        return "That is too easy to guess. Three or four words that don’t belong together work well"
    return None


def _in_rows(text: str) -> int:
    """How many characters stand in runs of four or more along the alphabet or the keyboard."""
    steps = {a + b for row in _ROWS for a, b in pairwise(row)} | {b + a for row in _ROWS for a, b in pairwise(row)}
    total, run = 0, 1
    for a, b in pairwise(text + "\0"):
        if a + b in steps:
            run += 1
        else:
            total, run = total + (run if run >= 4 else 0), 1
    return total


def _is_common(text: str, known: Iterable[str]) -> bool:
    """Whether it is one common word, or nothing but words of this site and person, however padded, repeated or spelled with digits."""
    own = {_letters(word) for phrase in known for word in [phrase, *phrase.split()]} - {""}
    if not text.strip(_PADDING):
        return len(text) < SHORTEST_NUMBER
    for reading in (text, text.translate(_LEET)):
        letters = _letters(reading)
        if letters and (_once(letters) in common_words() or _made_of(letters, own)):
            return True
        stripped = reading.strip(_PADDING)
        if len(stripped) < SHORTEST and _once(_letters(stripped)) in common_words() | own:
            return True
    return False


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalpha())


def _made_of(letters: str, words: Collection[str]) -> bool:
    """Whether *letters* can be cut into *words* without a rest."""
    reached = {0}
    for end in range(1, len(letters) + 1):
        if any(letters.endswith(word, 0, end) and end - len(word) in reached for word in words):
            reached.add(end)
    return len(letters) in reached


def _once(letters: str) -> str:
    """The word that *letters* repeats, or the letters themselves."""
    for size in range(1, len(letters) // 2 + 1):
        if len(letters) % size == 0 and letters[:size] * (len(letters) // size) == letters:
            return letters[:size]
    return letters


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Some 42,000 words most used in passwords, English and names (from zxcvbn's lists, MIT licence, by Daniel Wolf and Dropbox)."""
    packed = (Path(__file__).parent / "common_words.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())

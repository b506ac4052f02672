"""What a certificate says, its number, and what to tell someone who checks it."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, Self

from elearn.rules.validity import in_words

# ---- The number --------------------------------------------------------------------------------------------------------

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that nothing is misread and no word is spelled by chance."""

CODE_BYTES = 10
"""80 bits: guessing a billion numbers a second, finding one of a million certificates would take on average 19 years."""

LETTERS = 16
"""How many characters carry the random part, 5 bits each; one more checks them all."""

_PREFIX = re.compile(f"[{ALPHABET}]{{2,6}}")
_LONGEST_TYPED = 60
_MISREAD = str.maketrans("OIL", "011")


def new_code(prefix: str, random_bytes: bytes) -> str:
    """A new number in its plain form, such as WM74KQX92PD7H3MK0TR8: *prefix*, 80 random bits and a check character.

    Keep, compare and link it in this form, and show it ``grouped``. *prefix* is 2 to 6 characters of ALPHABET. Raises
    ValueError for another prefix, or fewer than CODE_BYTES random bytes.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is 2 to 6 capital letters and digits, without I, L, O and U")
    if len(random_bytes) < CODE_BYTES:
        raise ValueError(f"{CODE_BYTES} random bytes are needed")
    number = int.from_bytes(random_bytes[:CODE_BYTES], "big")
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LETTERS - 1), -1, -5))
    return prefix + body + check_character(prefix + body)


def normalise(text: str) -> str | None:
    """The number someone typed or scanned, in its plain form; None when it cannot be one.

    Forgives small letters, any spaces and dashes, and the letters O, I and L for the digits 0, 1 and 1.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    plain = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if unicodedata.category(char) not in _GAPS)
    plain = plain.translate(_MISREAD)
    if not _PREFIX.fullmatch(plain[:-LETTERS - 1]) or any(char not in ALPHABET for char in plain):
        return None
    return plain if check_character(plain[:-1]) == plain[-1] else None


def check_character(text: str) -> str:
    """The character that makes any one wrong character show, and nearly every two neighbours in the wrong order.

    The method of ISO 7064's hybrid systems (such as MOD 37,36), for an alphabet of 32: the check character then comes from the
    same alphabet as the rest, and is as hard to misread.
    """
    size = len(ALPHABET)
    carried = size
    for char in text:
        total = (carried + ALPHABET.index(char)) % size or size
        carried = 2 * total % (size + 1)
    return ALPHABET[(1 - carried) % size]


def grouped(plain: str) -> str:
    """A number in its plain form as it is printed: WM7-4KQX-92PD-7H3M-K0TR8."""
    prefix, body = plain[:-LETTERS - 1], plain[-LETTERS - 1:]
    return "-".join((prefix, body[:4], body[4:8], body[8:12], body[12:]))


_GAPS = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"})


# ---- The certificate ---------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything a certificate says, as it was true on the day it was made. Nothing changes it afterwards.

    ``course`` is the title; ``result`` is in words; ``until`` is the last day it counts, None for no end; ``version`` is the
    hash of the content. ``site_name`` is empty on the first certificates there were, which did not keep it or who signs.
    """

    code: str
    person_id: int
    holder_name: str
    course: str
    level: int | None
    edition: str
    law_as_at: date
    completed: date
    until: date | None
    result: str
    minutes: int
    outcomes: tuple[str, ...]
    issuer: str
    issued_at: datetime
    version: str
    site_name: str = ""
    signer: str = ""
    signer_role: str = ""

    @property
    def noted_end(self) -> str | None:
        """Its last day as the ledger notes it beside the award, so that a standing can say it too."""
        return self.until.isoformat() if self.until else None

    def to_json(self) -> dict[str, Any]:
        """The same facts in plain JSON values, to keep; ``from_json`` gives the equal certificate back."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()} | {
            "outcomes": list(self.outcomes)
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """The certificate kept as *facts*. Raises KeyError or ValueError when they are not one."""
        held = {field.name: facts[field.name] for field in fields(cls) if field.name in facts or field.default is MISSING}
        for name in ("law_as_at", "completed"):
            held[name] = date.fromisoformat(held[name])
        held["until"] = None if held["until"] is None else date.fromisoformat(held["until"])
        held["issued_at"] = datetime.fromisoformat(held["issued_at"])
        held["outcomes"] = tuple(held["outcomes"])
        return cls(**held)


# ---- Checking it -------------------------------------------------------------------------------------------------------

VerdictKind = Literal["valid", "expired", "revoked", "superseded", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to tell someone who checks a number: one sentence, and a little more."""

    kind: VerdictKind
    sentence: str
    detail: str


SHOWN: Mapping[VerdictKind, tuple[str, str]] = {
    "valid": ("done", "Real and in date"),
    "expired": ("due", "Ran out"),
    "revoked": ("expired", "Not valid"),
    "superseded": ("due", "Replaced"),
    "unknown": ("todo", "Not found"),
}
"""For each verdict, the kind of status to show and its short words."""


def verdict(certificate: Certificate | None, revoked: tuple[date, str] | None, superseded_by: str | None, on: date) -> Verdict:
    """What to say about a certificate on that day. It counts to the end of its last day.

    *revoked* is the day it was taken back and why; *superseded_by* is the plain form of the newer number. A certificate that
    was taken back says so first, whatever else is true of it.
    """
    if certificate is None:
        return Verdict("unknown", "We have no certificate with this number.", "Check each letter and digit, and try again.")
    if revoked and revoked[0] <= on:
        day, reason = revoked
        because = f" The reason given: {_ended(reason)}" if reason.strip() else ""
        detail = f"{certificate.issuer} took it back on {in_words(day)}.{because} Contact them before you rely on it."
        return Verdict("revoked", "This certificate was taken back.", detail)
    if superseded_by:
        return Verdict("superseded", "A newer certificate takes the place of this one.", f"Check the new number: {grouped(superseded_by)}.")
    if certificate.until is None:
        return Verdict("valid", "This certificate is real and in date.", "It has no end date.")
    if on <= certificate.until:
        return Verdict("valid", "This certificate is real and in date.", f"It counts until {in_words(certificate.until)}.")
    detail = f"It was valid until {in_words(certificate.until)}. Ask if they have a newer one."
    return Verdict("expired", "This certificate is real, but it ran out.", detail)


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


# ---- The name on it ----------------------------------------------------------------------------------------------------

LONGEST_NAME = 120
_MOST_TYPED = 10 * LONGEST_NAME
"""What comes after is not looked at: putting hundreds of thousands of accents in order takes a minute."""
MOST_MARKS = 4
"""Accents and signs in a row on one letter; no living writing system needs more."""

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINING = (
    (0x0600, 0x08FF),   # Arabic, Syriac, Thaana, N'Ko, Mandaic and their additions
    (0x0900, 0x0DFF),   # the scripts of India and Sri Lanka
    (0x0F00, 0x109F),   # Tibetan, Myanmar
    (0x1780, 0x18AF),   # Khmer, Mongolian
    (0xA840, 0xA8FF),   # 'Phags-pa, Saurashtra, Devanagari additions
    (0x11000, 0x114FF),  # Brahmi and its later relatives
)
_LOOK_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as letters, marks or signs but show nothing."""


def clean_name(text: str) -> str:
    """A name fit to print, and to compare: `seen_name`, cut to 120 characters. Returns "" when nothing is left."""
    return seen_name(text[:_MOST_TYPED])[:LONGEST_NAME].strip()


def seen_name(text: str) -> str:
    """A name in which what is seen is what is there. Cleaning it again changes nothing.

    Puts letters and accents in their usual form (NFC); drops control characters, characters that turn the direction of
    writing and characters nobody can see, but keeps the joiners inside words of the scripts that need them; makes every run of
    spaces one; keeps at most 4 marks in a row. Returns "" when nothing is left.
    """
    text = unicodedata.normalize("NFC", text)
    text = " ".join("".join(map(_seen, text)).split())
    text = _few_marks(_joiners_inside_words(text))
    return unicodedata.normalize("NFC", text)


def _seen(char: str) -> str:
    """The character, a space for any kind of gap, or nothing for what cannot be seen."""
    if char in (_ZWNJ, _ZWJ):
        return char
    if char.isspace():
        return " "
    return "" if char in _LOOK_EMPTY or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") else char


def _joiners_inside_words(text: str) -> str:
    """Keep a joiner only between two characters of a script that uses it."""
    kept: list[str] = []
    for at, char in enumerate(text):
        if char not in (_ZWNJ, _ZWJ) or (kept and _joins(kept[-1]) and _joins(text[at + 1:at + 2])):
            kept.append(char)
    return "".join(kept)


def _joins(char: str) -> bool:
    return bool(char) and char.isprintable() and any(first <= ord(char) <= last for first, last in _JOINING)


def _few_marks(text: str) -> str:
    """Drop marks that stand on no letter, and those beyond the most that one letter may carry."""
    kept: list[str] = []
    marks = MOST_MARKS
    for char in text:
        if unicodedata.category(char).startswith("M"):
            marks += 1
            if marks > MOST_MARKS:
                continue
        elif char not in (_ZWNJ, _ZWJ):
            marks = MOST_MARKS if char == " " else 0
        kept.append(char)
    return "".join(kept)

"""Passwords: what is easy to guess is refused, everything else is taken as it is, and nothing shows who has one."""
from __future__ import annotations

import unicodedata
from typing import Literal

import argon2
import pytest

from elearn.actions import passwords
from elearn.actions.passwords import LONGEST, common_words, make, matches, outdated, problem

HERE = (
    "Westmere Safeguarding Partnership", "Learning Zone", "safeguarding", "learning", "Bob Adeyemi", "Redbeacon",
    "Nearholt Council", "b.ade",
)

GOOD = "seven green hats at dawn"


@pytest.fixture(scope="module")
def kept() -> str:
    return make(GOOD)


def test_more_than_ten_thousand_common_passwords_are_refused_although_they_are_long_enough() -> None:
    long = {word if len(word) >= 12 else (word * 12)[: len(word) * -(-12 // len(word))] for word in common_words()}
    refused = sum(problem(one) is not None for one in long)
    assert all(len(one) >= 12 for one in long) and refused >= 40_000


@pytest.mark.parametrize(
    "password",
    [
        "Password1234!", "p@ssw0rdp@ssw0rd", "!!!Dragon2026!!!", "qwertyuiop123", "abcdefghijkl", "987654321012", "aaaaaaaaaaaa",
        "abababababab", "07700900123456", "26/05/2026 09:30", "iloveyou2026", "SafeguardingLearning1", "westmere learning",
        "BobAdeyemi1999", "adeyemibob-99", "Redbeacon1234", "L3arningZone!", "            ", "short", "", "éééééééééééé",
    ],
)
def test_what_is_easy_to_guess_is_refused_in_words_that_say_what_would_do(password: str) -> None:
    said = problem(password, HERE)
    assert said is not None and (not password or password not in said)
    assert "words" in said


@pytest.mark.parametrize(
    "password",
    [
        GOOD, "correct horse battery", "three otters sing loud", "kT9#vLq2!xWz", "ключ от старой двери",
        "三只小猫在河边钓鱼晒太阳吃苹果", "يركض الثعلب في الحديقة", "🐢🎻🌋🍓🚲🎈🧵🪁🥁🌵🦔🧲", "10394857261039485726",
        "  spaces kept at both ends  ", "quote ' \" ; -- <script>", "tab\tand\0nothing else",
        "seven green hats " * 60,
    ],
)
def test_any_characters_do_and_there_are_no_rules_of_composition(password: str) -> None:
    assert problem(password, HERE) is None


def test_a_password_may_be_1024_characters_long_and_not_one_more() -> None:
    text = "".join(f"{number:x} hats, " for number in range(300))
    assert problem(text[:LONGEST]) is None
    assert "1,024" in (problem(text[: LONGEST + 1]) or "")
    assert problem("x" * 900_000) is not None


def test_half_a_million_accents_are_refused_and_never_put_in_order(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorting them takes time with the square of their number, and nothing else is served meanwhile."""
    lengths: list[int] = []
    usual = unicodedata.normalize

    def watched(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return usual(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watched)
    endless = GOOD + "\u0301\u0316" * 250_000
    assert "1,024" in (problem(endless) or "") and not matches(kept, endless)
    assert problem(GOOD) is None and lengths and max(lengths) < 5_000


def test_a_password_of_1024_letters_typed_as_letters_and_accents_is_not_too_long() -> None:
    apart = unicodedata.normalize("NFD", ("éàüñ ệ, ấw. ôxq" * 80)[:LONGEST])
    assert len(apart) > LONGEST and problem(apart) is None


def test_all_of_a_password_counts(kept: str) -> None:
    assert matches(kept, GOOD)
    for wrong in (GOOD + " ", " " + GOOD, GOOD.upper(), GOOD[:-1], GOOD + "\0", ""):
        assert not matches(kept, wrong), repr(wrong)


def test_what_follows_the_longest_password_is_not_left_out() -> None:
    longest = "".join(f"{number:x} hats, " for number in range(300))[:LONGEST]
    kept = make(longest)
    assert matches(kept, longest) and not matches(kept, longest + "x")


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    composed, apart = (unicodedata.normalize(form, "café crème brûlée naïve") for form in ("NFC", "NFD"))
    assert composed != apart and matches(make(apart), composed)
    assert problem(unicodedata.normalize("NFD", "é" * 7)) is not None, "counted as it is kept"


def test_nothing_kept_is_never_right_but_takes_a_hash_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    class Watched:
        def verify(self, kept: str, password: str) -> bool:
            hashed.append(kept)
            return True

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    assert not matches(None, GOOD) and not matches("", GOOD)
    assert matches("a kept form", GOOD)
    assert len(hashed) == 3 and hashed[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_what_is_kept_is_argon2id_with_a_salt_of_its_own(kept: str) -> None:
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and GOOD not in kept
    assert make(GOOD) != kept


def test_a_kept_form_that_cannot_be_read_lets_nobody_in() -> None:
    assert not matches("not a hash", GOOD) and not matches("$argon2id$v=19$m=19456,t=2,p=1$", GOOD)


def test_what_was_kept_more_weakly_is_noticed(kept: str) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(GOOD)
    assert outdated(weak) and not outdated(kept) and matches(weak, GOOD)

"""Readability: syllables, sentences and the grade."""
from __future__ import annotations

import pytest

from elearn.content.readability import measure, sentences, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("child", 1), ("children", 2), ("safe", 1), ("little", 2), ("worried", 2), ("asked", 1), ("needed", 2), ("needs", 1), ("makes", 1),
     ("changes", 2), ("safeguarding", 4), ("child’s", 1), ("999", 1), ("the", 1), ("free", 1), ("being", 2), ("seeing", 2), ("trying", 2), ("bring", 1)],
)  # fmt: skip
def test_syllables_are_counted_as_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_colon_a_new_line_and_a_closing_mark_end_a_sentence() -> None:
    assert sentences("One: two. “Three?” Four\nfive") == ["One:", "two.", "“Three?", "Four", "five"]


def test_the_grade_follows_the_formula() -> None:
    # 10 words, 2 sentences, 11 syllables: 0.39 x 5 + 11.8 x 1.1 - 15.59
    found = measure("The child has a warm coat. Ask one open why.")
    assert (found.words, found.sentences) == (10, 2)
    assert found.grade == pytest.approx(0.39 * 5 + 11.8 * 1.1 - 15.59, abs=0.06)


def test_plain_words_read_easily_and_official_ones_do_not() -> None:
    plain = "Tell your lead today. A worry is enough. You do not need proof."
    official = (
        "Practitioners should consider undertaking a comprehensive multi-agency assessment of the individual circumstances "
        "surrounding the presenting concerns prior to initiating any proportionate safeguarding intervention."
    )
    assert measure(plain).grade < 4
    assert measure(official).grade > 18


def test_words_that_the_glossary_explains_do_not_count_against_the_text() -> None:
    text = "Ask the professional curiosity team. Professional curiosity helps."
    assert measure(text, ["professional curiosity"]).grade < measure(text).grade - 5


@pytest.mark.parametrize("text", ["", "…", "\n\n", "!!!"])
def test_a_text_without_words_has_no_grade(text: str) -> None:
    assert measure(text).grade == 0


def test_the_grade_agrees_with_a_published_example() -> None:
    # "Flesch-Kincaid readability tests", Wikipedia, gives this sentence as 11.3, with 13 words and 24 syllables.
    sentence = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert sum(syllables(word) for word in sentence.rstrip(".").split()) == 24
    assert measure(sentence).grade == 11.3


def test_the_easiest_sentence_there_is_has_the_grade_the_formula_gives_it() -> None:
    # One word of one syllable: 0.39 + 11.8 - 15.59, the lowest grade of Kincaid and others 1975, published as -3.40.
    assert measure("Go.").grade == -3.4

"""GIFT: everything shared comes back as it was, real-shaped files are read, and what cannot be kept or read is said."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elearn.content.exchange import gift
from elearn.content.exchange.bank import Unusable
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question
from elearn.rules.questions.gap_fill import GapFill
from elearn.rules.questions.matching import Matching
from elearn.rules.questions.ordering import Ordering
from tests.content.exchange.drawn import questions

SHARED = ("single-choice", "multiple-choice", "true-false", "short-text", "numeric", "reflection", "ordering", "matching", "gap-fill")


def read(text: str) -> dict[str, Any]:
    return dict(gift.read(text.encode()).items)


def losses(text: str) -> list[str]:
    return [str(loss) for loss in gift.read(text.encode()).losses]


def faults(text: str) -> str:
    with pytest.raises(Unusable) as refused:
        gift.read(text.encode())
    return str(refused.value)


def back(question: Question) -> Question:
    """The same question after a journey there and back; notes that did not travel are given again."""
    [(id, source)] = gift.read(gift.write([question]).text.encode()).items.items()
    if isinstance(question, Matching):
        source = {**source, "pairs": [{**row, "note": pair.note} for row, pair in zip(source["pairs"], question.pairs, strict=True)]}
    return KINDS[source["kind"]].read(id, source)


# ---- There and back ----------------------------------------------------------------------------------------------------

@settings(deadline=None, max_examples=150)
@given(questions(SHARED, gaps=1))
def test_every_kind_we_share_comes_back_as_it_was(question: Question) -> None:
    if isinstance(question, Ordering):
        question = replace(question, note="")
    if isinstance(question, GapFill):
        question = replace(question, prompt="Fill the gap.")
    assert back(question) == question


@settings(deadline=None, max_examples=30)
@given(st.lists(questions(SHARED, gaps=1), min_size=1, max_size=6))
def test_a_bank_comes_back_whole_and_in_order(found: list[Question]) -> None:
    bank = [replace(question, id=f"q{n}") for n, question in enumerate(found)]
    assert list(gift.read(gift.write(bank).text.encode()).items) == [question.id for question in bank]


@settings(deadline=None, max_examples=200)
@given(st.text("ab~=#{}:\\%*[]<>-. \n/$", max_size=60))
def test_any_text_at_all_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = gift.read(text.encode())
    except Unusable as refused:
        assert str(refused)
    else:
        assert found.items


# ---- Files as people have them -----------------------------------------------------------------------------------------

SAMPLE = r"""
// Our own safeguarding quiz
$CATEGORY: $course$/Level 1

::Who first:: A child says something that worries you. Who do you tell first?{
	=Your safeguarding lead#Yes. Your lead knows what to do next.
	~The child's parents#It could put the child at more risk.
	~%50%A friend # Only those who can help should know.
	####Telling early helps.
}

// [id:signs] [tag:outcome:spot-signs] [tag:year 1]
::Signs::[html]<p>Which of these could be <b>signs</b>?</p>{
	~%50%An untreated rash
	~%50%Missed visits
	~%-50%Wanting privacy
}

You must be sure before you tell your lead.{FALSE#Many people feel so.#Right: a worry is enough.}

::Match:: Who do you tell?{
	=A child is hurt now -> 999
	=A child hints at trouble -> Your lead
	= -> A neighbour
}

Two plus {=%100%two =%100%2 =%0%*#Count again} equals four.

Tell your {~best friend =safeguarding lead#Yes.} the same day.

How many weeks are there in a year?{#52:1#Yes.
~#Count again.}

Between one and five?{#1..5}

::Steps:: Put these in order.{>3 ALL VERTICAL ABSOLUTE_POSITION SHOW
Listen
Say that telling was right
Tell your lead
}

Think of a child you know. What will you notice?{}

This is only a text.
"""


def test_a_file_as_people_have_it_is_read() -> None:
    found = read(SAMPLE)
    assert [source["kind"] for source in found.values()] == [
        "single-choice", "multiple-choice", "true-false", "matching", "gap-fill", "gap-fill", "numeric", "numeric", "ordering", "reflection",
    ]
    assert found["who-first"] == {
        "kind": "single-choice", "prompt": "A child says something that worries you. Who do you tell first?", "note": "Telling early helps.",
        "choices": [
            {"text": "Your safeguarding lead", "right": True, "note": "Yes. Your lead knows what to do next."},
            {"text": "The child's parents", "note": "It could put the child at more risk."},
            {"text": "A friend", "note": "Only those who can help should know."},
        ],
    }
    assert found["signs"]["outcome"] == "spot-signs" and found["signs"]["prompt"] == "Which of these could be signs ?".replace(" ?", "?")
    assert found["match"]["extra"] == ["A neighbour"]
    [typed, picked] = [source for source in found.values() if source["kind"] == "gap-fill"]
    assert typed["text"] == "Two plus [[gap]] equals four." and typed["gaps"]["gap"] == {"accept": ["two", "2"], "note": "Count again"}
    assert picked["gaps"]["gap"]["options"][1] == {"text": "safeguarding lead", "right": True, "note": "Yes."}
    weeks, between = [source for source in found.values() if source["kind"] == "numeric"]
    assert (weeks["answer"], weeks["tolerance"], weeks["notes"]) == (52, 1, {"right": "Yes.", "again": "Count again."})
    assert (between["answer"], between["tolerance"]) == (3, 2)
    assert found["steps"]["steps"] == ["Listen", "Say that telling was right", "Tell your lead"]


def test_what_could_not_be_kept_is_said_for_each_question() -> None:
    said = losses(SAMPLE)
    for words in (
        "the category “$course$/Level 1” was left out: a module has one bank", "Who first: “A friend” earned 50%; here it earns nothing",
        "Signs: bold, slanted or other set words became plain", "Signs: its tags “year 1” were left out",
        "This is only a text.: it is a text without a question, and was left out",
    ):
        assert words in said


def test_escaped_signs_are_signs() -> None:
    [source] = read(r"What is 1 + 1 \= \{x\}\: \# \~ \\ ?{=2 \= two#Yes\: two ~3 \} three}").values()
    assert source["prompt"] == "What is 1 + 1 = {x}: # ~ \\ ?"
    assert [row["text"] for row in source["choices"]] == ["2 = two", "3 } three"] and source["choices"][0]["note"] == "Yes: two"


def test_a_windows_file_with_a_byte_order_mark_is_read() -> None:
    assert len(gift.read("\ufeffA?{T}\r\n\r\nB?{F}\r\n".encode()).items) == 2


@pytest.mark.parametrize("text", ["One?{=a ~b}", "One?{~a =b ~%-50%c}"])
def test_one_right_answer_is_a_choice_of_one(text: str) -> None:
    assert next(iter(read(text).values()))["kind"] == "single-choice"


def test_two_answers_marked_right_are_a_choice_of_several_and_that_is_said() -> None:
    assert next(iter(read("Two?{=a =b ~c}").values()))["kind"] == "multiple-choice"
    assert "it had 2 right answers" in losses("Two?{=a =b ~c}")[0]


# ---- What is refused ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\nA question {=a\n\n~b}", 3, "a { or } has no partner. Is there an empty line inside the question?"),
        ("One { =a ~b } two { =c }", 1, "there is more than one { … }"),
        ("One?{a ~b}", 1, "the first answer, “a”, has no mark before it"),
        ("One?{~a ~b}", 1, "At least one of “choices” must say “right: true”"),
        ("One?{=a -> b =c}", 1, "the pair “c” has no ->"),
        ("One?{#nine}", 1, "“nine” is not a number"),
        ("One?{#1e999}", 1, "“1e999” is not a number"),
        ("One?{#nan}", 1, "“nan” is not a number"),
        ("One?{#}", 1, "there is no number after {#"),
        ("One?{=a ~A}", 1, "is there twice"),
        ("\n\n\nOnly words.", 0, "There is no question in the file"),
        ("", 0, "There is no question in the file"),
        ("One?{=\ufdd0 ~b}", 1, "A character that nobody can see (U+FDD0)"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_line_and_cure(text: str, line: int, words: str) -> None:
    said = faults(text)
    assert words in said and (not line or f"line {line}: " in said)


def test_one_bad_question_keeps_the_whole_file_out_and_all_faults_are_said() -> None:
    assert faults("Good?{=a ~b}\n\nBad?{#x}\n\nWorse?{a ~b}").count("line ") == 2


def test_a_file_that_is_not_utf_8_or_too_large_is_refused() -> None:
    with pytest.raises(Unusable, match="line 2: This is not UTF-8"):
        gift.read(b"A?{T}\n\xff?{T}")
    with pytest.raises(Unusable, match="larger than 5 MB"):
        gift.read(b"x" * 5_000_001)
    with pytest.raises(Unusable, match="more than 1000 questions"):
        gift.read(b"A?{T}\n\n" * 1001)
    assert "longer than 20000 characters" in faults("x" * 20_001 + "{T}")


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end() -> None:
    assert faults("Bad?{#x}\n\n" * 500).count("is not a number") == 100


@pytest.mark.parametrize("words", ["<script>alert(1)</script>Who?", "<img src=x onerror=alert(1)>Who?", "<iframe src='https://x.example'></iframe>Who?", "<a href='javascript:x'>Who</a>?"])
def test_scripts_and_pictures_never_arrive(words: str) -> None:
    text = f"::n::[html]{words.replace('=', chr(92) + '=').replace(':', chr(92) + ':')}{{T}}"
    assert read(text)["n"]["prompt"] == "Who?"
    assert losses(text)


def test_what_gift_cannot_hold_is_said_when_writing() -> None:
    bank = [KINDS[kind].read(kind, KINDS[kind].example) for kind in KINDS]
    written = gift.write(bank)
    said = [str(loss) for loss in written.losses]
    assert written.count == len(KINDS) - 2
    assert any(loss.startswith("scenario: GIFT has nothing like") for loss in said) and any(loss.startswith("gap-fill: GIFT has one gap") for loss in said)
    assert "matching: the notes of its pairs were left out" in said and "reflection: its hint" in " ".join(said)

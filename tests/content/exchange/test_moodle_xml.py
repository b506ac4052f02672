"""Moodle XML: everything shared comes back as it was, real-shaped files are read, hostile ones are refused and leave nothing behind."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elearn.content.exchange import moodle_xml
from elearn.content.exchange.bank import Unusable
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question
from elearn.rules.questions.matching import Matching
from tests.content.exchange.drawn import questions

SHARED = ("single-choice", "multiple-choice", "true-false", "short-text", "numeric", "reflection", "ordering", "matching", "gap-fill")


def quiz(*parts: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(parts)}</quiz>\n'.encode()


def question(kind: str, text: str, inside: str = "", name: str = "One") -> str:
    return (
        f'<question type="{kind}"><name><text>{name}</text></name><questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>'
        f"{inside}</question>\n"
    )


def answer(weight: str, text: str, feedback: str = "", more: str = "") -> str:
    return f'<answer fraction="{weight}" format="html"><text><![CDATA[{text}]]></text><feedback format="html"><text><![CDATA[{feedback}]]></text></feedback>{more}</answer>'


def read(*parts: str) -> dict[str, Any]:
    return dict(moodle_xml.read(quiz(*parts)).items)


def losses(*parts: str) -> list[str]:
    return [str(loss) for loss in moodle_xml.read(quiz(*parts)).losses]


def refused(data: bytes) -> str:
    with pytest.raises(Unusable) as found:
        moodle_xml.read(data)
    return str(found.value)


def back(asked: Question) -> Question:
    """The same question after a journey there and back; notes that did not travel are given again."""
    [(id, source)] = moodle_xml.read(moodle_xml.write([asked]).text.encode()).items.items()
    if isinstance(asked, Matching):
        source = {**source, "pairs": [{**row, "note": pair.note} for row, pair in zip(source["pairs"], asked.pairs, strict=True)]}
    return KINDS[source["kind"]].read(id, source)


# ---- There and back ----------------------------------------------------------------------------------------------------

@settings(deadline=None, max_examples=200)
@given(questions(SHARED))
def test_every_kind_we_share_comes_back_as_it_was(asked: Question) -> None:
    assert back(asked) == asked


@pytest.mark.parametrize("kind", SHARED)
def test_each_example_of_the_guide_comes_back_with_at_most_its_hint_and_pair_notes_lost(kind: str) -> None:
    asked = KINDS[kind].read("an-example", {key: value for key, value in KINDS[kind].example.items() if key != "hint"})
    assert back(asked) == asked
    assert [loss.text for loss in moodle_xml.write([asked]).losses] == (["the notes of its pairs were left out"] if kind == "matching" else [])


def test_the_unit_of_a_number_and_the_order_of_choices_come_back() -> None:
    unit = KINDS["numeric"].read("n", {**KINDS["numeric"].example, "unit": "weeks"})
    ordered = KINDS["single-choice"].read("c", {**KINDS["single-choice"].example, "ordered": True})
    assert back(unit) == unit and back(ordered) == ordered


@settings(deadline=None, max_examples=150)
@given(st.text("<>/quizestona&;\"'= !-[]CDATA\n", max_size=80))
def test_any_text_at_all_is_refused_in_words(text: str) -> None:
    assert refused(text.encode())


# ---- Files as Moodle writes them ---------------------------------------------------------------------------------------

CATEGORY = '<question type="category"><category><text>$course$/top/Level 1</text></category></question>\n'


def test_a_bank_as_moodle_writes_it_is_read() -> None:
    found = read(
        CATEGORY,
        question("multichoice", "<p>Who do you <b>tell</b>?</p>", answer("100", "<p>Your lead</p>", "<p>Yes.</p>") + answer("0", "A friend") + "<single>true</single><idnumber>who-1</idnumber>"),
        question("multichoice", "Which?", answer("50", "a") + answer("50", "b") + answer("-50", "c") + "<single>false</single>", "Which"),
        question("truefalse", "Be sure first?", answer("0", "true", "Many feel so.") + answer("100", "false", "Right."), "Sure"),
        question("shortanswer", "The word?", answer("100", "curiosity", "Yes.") + answer("0", "*", "Look again.") + "<usecase>0</usecase>", "Word"),
        question("numerical", "How many?", answer("100", "52", "Yes.", "<tolerance>1</tolerance>") + "<units><unit><multiplier>1</multiplier><unit_name>weeks</unit_name></unit></units>", "Weeks"),
        question("matching", "Match.", "".join(f"<subquestion format='html'><text>{item}</text><answer><text>{partner}</text></answer></subquestion>" for item, partner in (("Hurt now", "999"), ("A hint", "Lead"), ("", "Friend"))), "Match"),
        question("ordering", "Order.", "".join(answer(str(n), step) for n, step in enumerate(("One", "Two", "Three"), 1)) + "<gradingtype>ABSOLUTE_POSITION</gradingtype>", "Order"),
        question("cloze", "<p>Fill these.</p><p>Tell your {1:MULTICHOICE:=lead#Yes.~friend#Look again.} the {2:SA:=same#Yes.~%100%very same} day.</p>", name="Cloze"),
        question("gapselect", "The [[2]] day, your [[1]].", "".join(f"<selectoption><text>{text}</text><group>{group}</group></selectoption>" for text, group in (("lead", 1), ("same", 2), ("friend", 1), ("next", 2))), "Select"),
        question("essay", "Think of a child.", name="Think"),
    )
    assert list(found) == ["who-1", "which", "sure", "word", "weeks", "match", "order", "cloze", "select", "think"]
    assert found["who-1"]["choices"] == [{"text": "Your lead", "right": True, "note": "Yes."}, {"text": "A friend"}]
    assert found["which"]["kind"] == "multiple-choice"
    assert (found["sure"]["answer"], found["sure"]["notes"]) == (False, {"true": "Many feel so.", "false": "Right."})
    assert (found["word"]["accept"], found["word"]["notes"]) == (["curiosity"], {"right": "Yes.", "again": "Look again."})
    assert (found["weeks"]["answer"], found["weeks"]["tolerance"], found["weeks"]["unit"]) == (52, 1, "weeks")
    assert found["match"]["extra"] == ["Friend"]
    assert found["order"]["steps"] == ["One", "Two", "Three"]
    assert (found["cloze"]["prompt"], found["cloze"]["text"]) == ("Fill these.", "Tell your [[gap1]] the [[gap2]] day.")
    assert found["cloze"]["gaps"]["gap2"] == {"accept": ["same", "very same"], "note": "Yes."}
    assert found["select"]["text"] == "The [[gap1]] day, your [[gap2]]."
    assert [row["text"] for row in found["select"]["gaps"]["gap1"]["options"]] == ["same", "next"]
    assert found["think"]["kind"] == "reflection"


def test_what_could_not_be_kept_is_said_for_each_question() -> None:
    file = '<questiontext format="html"><text>&lt;p&gt;Who?&lt;img src="@@PLUGINFILE@@/a.png"&gt;&lt;/p&gt;</text><file name="a.png" encoding="base64">AAAA</file></questiontext>'
    said = losses(
        CATEGORY, question("calculated", "1+{x}", name="Sum"), question("description", "Read this.", name="Text"),
        f'<question type="truefalse"><name><text>Picture</text></name>{file}{answer("100", "true")}{answer("0", "false")}<hint format="html"><text>Try</text></hint>'
        "<tags><tag><text>year 1</text></tag></tags></question>",
        question("multichoice", "Which?", answer("100", "a") + answer("33.33333", "b") + "<single>true</single><correctfeedback><text>Well done</text></correctfeedback>", "Part"),
        question("shortanswer", "Word?", answer("100", "cat*") + answer("50", "dog") + "<usecase>1</usecase>", "Word"),
        question("cloze", "A {1:NUMERICAL:=3:1} gap", name="Number gap"),
    )
    for words in (
        "the category “$course$/top/Level 1” was left out: a module has one bank", "Sum: it is of the kind “calculated”, which we do not have, and was left out",
        "Text: it is of the kind “description”, which we do not have, and was left out", "Picture: embedded files were left out: a.png",
        "Picture: a picture, sound, film or other embedded thing was left out", "Picture: its hints for further tries were left out", "Picture: its tags “year 1” were left out",
        "Part: “b” earned 33.33333%; here it earns nothing", "Part: its feedback for a right, partly right or wrong answer as a whole was left out",
        "Word: the * in “cat*” stood for anything; here it stands for itself", "Word: “dog” earned 50%, so it is not accepted here",
        "Word: capital letters mattered there; here they do not", "Number gap: a gap of the kind NUMERICAL is not known here, so the question was left out",
    ):
        assert words in said, words


def test_tags_of_our_own_bring_outcome_facts_and_screen_back() -> None:
    tags = "<tags>" + "".join(f"<tag><text>{tag}</text></tag>" for tag in ("outcome:spot", "fact:f1", "fact:f2", "screen:u/s", "critical")) + "</tags>"
    [source] = read(question("truefalse", "So?", answer("100", "true") + answer("0", "false") + tags)).values()
    assert (source["outcome"], source["facts"], source["screen"], source["critical"]) == ("spot", ["f1", "f2"], "u/s", True)


# ---- What is refused ---------------------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE quiz [<!ENTITY a "ha">' + "".join(f'<!ENTITY {new} "{("&" + old + ";") * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (f'<?xml version="1.0"?>{BOMB}<quiz>&i;</quiz>', "document type or entities"),
        ('<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question type="essay"><name><text>&x;</text></name></question></quiz>', "document type"),
        ('<!DOCTYPE quiz SYSTEM "http://127.0.0.1:1/quiz.dtd"><quiz/>', "document type"),
        ('<!DOCTYPE quiz [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]><quiz/>', "document type"),
        ("<quiz>&undefined;</quiz>", "not sound XML"),
        ("<quiz>" + "<a>" * 100 + "</a>" * 100 + "</quiz>", "nested too deeply"),
        ("<quiz>" + "<a>" * 100_000, "nested too deeply"),
        ("<quiz>" + "<a/>" * 200_001 + "</quiz>", "too many parts"),
        ("<quiz><question>", "not sound XML"),
        ("<html><body>No</body></html>", "it should begin with <quiz>"),
        ("", "not sound XML"),
        ("<quiz></quiz>", "There is no question"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_in_words(data: str, words: str) -> None:
    assert words in refused(data.encode("utf-8", "surrogateescape"))


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    assert "larger than 5 MB" in refused(b"<quiz>" + b" " * 5_000_000)
    assert "longer than 20000 characters" in refused(quiz(question("essay", "x" * 20_001)))
    assert "more than 1000 questions" in refused(quiz(*[question("essay", "x")] * 1_001))


def test_another_encoding_cannot_smuggle_anything_in() -> None:
    smuggled = '<?xml version="1.0" encoding="utf-7"?><quiz>+ADw-question/+AD4-</quiz>'
    assert "There is no question" in refused(smuggled.encode())
    assert "not UTF-8" in refused(quiz(question("essay", "x")).decode().encode("utf-16"))


@pytest.mark.parametrize(
    ("text", "inside", "words"),
    [
        ("Which?", answer("0", "a") + answer("0", "b"), "At least one of “choices” must say “right: true”"),
        ("Which?", answer("x", "a") + answer("100", "b"), "the weight “x” is not a number"),
        ("Which?", answer("100", "a"), "needs at least 2"),
        ("Which?", answer("100", "a") + answer("0", "A"), "is there twice"),
        ("", answer("100", "a") + answer("0", "b"), "“prompt” is empty"),
    ],
)
def test_a_question_with_a_fault_keeps_the_whole_file_out(text: str, inside: str, words: str) -> None:
    said = refused(quiz(question("essay", "Fine"), question("multichoice", text, inside)))
    assert words in said and "line 4: " in said


@pytest.mark.parametrize("text", ["<script>alert(1)</script>Who?", "<img src=x onerror=alert(1)>Who?", "<svg onload=alert(1)></svg>Who?", "<a href='javascript:x()'>Who?</a>", "<style>p{}</style>Who?"])
def test_scripts_and_pictures_never_arrive(text: str) -> None:
    part = question("essay", text)
    assert read(part)["one"]["prompt"] == "Who?" and losses(part)


def test_deep_html_inside_a_text_is_taken_as_words() -> None:
    assert read(question("essay", "<b>" * 4_000 + "Who?"))["one"]["prompt"] == "Who?"


def test_what_moodle_cannot_hold_is_said_when_writing() -> None:
    written = moodle_xml.write([KINDS["scenario"].read("story", KINDS["scenario"].example)])
    assert (written.count, [str(loss) for loss in written.losses]) == (0, ["story: Moodle has nothing like a scenario, so it was left out"])

"""Every kind of question: what it reads, what it marks, and that nothing a person sends can upset it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from elearn.rules import questions
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import (
    MOST_LINE,
    MOST_TEXT,
    Answer,
    AnyOf,
    Number,
    OneOf,
    Order,
    Pick,
    Question,
    Text,
    Unreadable,
)
from elearn.rules.questions.gap_fill import GapFill
from elearn.rules.questions.numeric import parsed
from elearn.rules.questions.typed import clean, folded

NAUGHTY = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff0",
    "1e400",
    "-1e400",
    "NaN",
    "inf",
    "-inf",
    "0x10",
    "٣",
    "½",
    "²",
    "9" * 5000,
    "a" * 1_000_000,
)
NOTE = "This says why, kindly, in eight words or more."


def example(kind: str, **changes: object) -> dict[str, Any]:
    """The kind's example with some keys changed; a key changed to None is taken away."""
    source = {**copy.deepcopy(dict(KINDS[kind].example)), **changes}
    return {key: value for key, value in source.items() if value is not None}


def read(kind: str, **changes: object) -> Question:
    return KINDS[kind].read("q", example(kind, **changes))


def options(*right: bool) -> list[dict[str, Any]]:
    return [{"text": f"Option {n}", "note": NOTE, "right": each} for n, each in enumerate(right)]


def fault(kind: str, **changes: object) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(kind, **changes)
    return caught.value


# Every kind


def test_every_file_of_a_kind_is_named_in_kinds() -> None:
    shared = {"__init__", "base", "reading", "choices", "typed"}
    files = {path.stem for path in Path(questions.__file__).parent.glob("*.py")} - shared
    assert files == {name.replace("-", "_") for name in KINDS}
    assert all(name == kind.kind for name, kind in KINDS.items())


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_reads_and_its_best_answer_earns_everything(kind: str) -> None:
    question = read(kind)
    mark = question.mark(question.mark({}).answer)
    assert mark.full
    assert question.prompt
    assert question.hint
    if kind != "reflection":
        assert mark.available > 0
        assert mark.given
        assert question.complete(mark.answer)
        assert question.said(mark.answer)
        assert all(note.kind == "right" for note in mark.notes if note.given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_answer_earns_nothing_and_says_nothing(kind: str) -> None:
    question = read(kind)
    mark = question.mark({})
    assert mark.earned == 0
    assert not mark.given
    assert not any(note.given for note in mark.notes)
    assert question.said({}) == ""
    assert not question.complete({})


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_chance_gives_the_same_inputs(kind: str) -> None:
    question = read(kind)
    assert question.inputs(Random(7)) == question.inputs(Random(7))
    names = [input.name for input in question.inputs(Random(1))]
    assert len(set(names)) == len(names)
    assert names == [input.name for input in question.inputs(Random(2))]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("reflection", "ordering")])
def test_notes_explain_every_option(kind: str) -> None:
    question = read(kind)
    notes = question.mark({}).notes
    for input in question.inputs(Random(0)):
        about = {note.choice for note in notes if note.input == input.name}
        if isinstance(input, OneOf | AnyOf):
            assert about == {choice.id for choice in input.choices}
        else:
            assert about
    assert all(note.text for note in notes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_never_says_more_than_it_may(kind: str) -> None:
    """Choices carry a text and an id, and neither says which is right."""
    for input in read(kind).inputs(Random(0)):
        assert "note" not in str(input).casefold()
        assert "right=" not in str(input)


def inputs_of(question: Question) -> list[str]:
    return [input.name for input in question.inputs(Random(0))]


values = st.one_of(
    st.sampled_from(NAUGHTY),
    st.sampled_from(["0", "1", "2", "3", "true", "false", "999", "same", "0.0"]),
    st.text(alphabet=st.characters(), max_size=20),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@forall(data=st.data())
def test_no_answer_upsets_a_question(kind: str, data: st.DataObject) -> None:
    question = read(kind)
    names = st.one_of(st.sampled_from([*inputs_of(question), "elsewhere"]), st.text(max_size=5))
    answer = cast(Answer, data.draw(st.dictionaries(names, st.lists(values, max_size=4).map(tuple), max_size=4)))
    mark = question.mark(answer)
    assert 0 <= mark.earned <= mark.available
    assert mark.available == question.mark({}).available
    said = question.said(answer)
    said.encode()
    assert "\0" not in said
    assert len(said) <= MOST_TEXT + 200
    question.complete(answer)
    assert isinstance(question.stages(answer), tuple)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_values_or_a_megabyte_earn_nothing(kind: str) -> None:
    question = read(kind)
    for long in (("0",) * 10_000, tuple(map(str, range(10_000))), ("9" * 1_000_000,), ("a" * 1_000_000,)):
        assert question.mark(dict.fromkeys(inputs_of(question), long)).earned == 0


# Reading


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.booleans(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@forall(data=st.data())
def test_a_spoilt_source_is_unreadable_and_never_anything_else(kind: str, data: st.DataObject) -> None:
    source: dict[str, Any] = example(kind)
    where = data.draw(st.sampled_from([*places(source), ()]))
    spoilt = data.draw(json_like)
    whole = put(source, where, spoilt)
    try:
        question = KINDS[kind].read("q", whole)
    except Unreadable as problem:
        assert str(problem).endswith((".", "?"))
        assert all(isinstance(part, str | int) for part in problem.where)
    else:
        assert question.mark(question.mark({}).answer).full


def places(value: object, where: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path of keys in a source."""
    rows = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in rows for path in [(*where, key), *places(inner, (*where, key))]]


def put(source: Any, where: tuple[str | int, ...], value: object) -> Any:
    if not where:
        return value
    changed = copy.copy(source)
    changed[where[0]] = put(source[where[0]], where[1:], value)
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_is_an_error_that_names_the_nearest(kind: str) -> None:
    problem = fault(kind, promt="What?")
    assert str(problem) == "“promt” is not a key here. Did you mean “prompt”?"
    assert problem.where == ("promt",)


def test_an_unknown_key_inside_is_found_where_it_stands() -> None:
    rows = options(True, False)
    rows[1]["notes"] = NOTE
    assert fault("single-choice", choices=rows).where == ("choices", 1, "notes")
    stages = example("scenario")["stages"]
    stages[1]["choices"][0]["hen"] = "What happens."
    assert fault("scenario", stages=stages).where == ("stages", 1, "choices", 0, "hen")


def test_every_fault_says_where_and_how_to_mend_it() -> None:
    short = options(True, False)
    short[0]["note"] = "Yes."
    quoted = options(True, False)
    quoted[1]["text"] = 999
    said_twice = options(True, False)
    said_twice[1]["text"] = "option 0"
    pairs = example("matching")["pairs"]
    cases: list[tuple[str, dict[str, object], tuple[str | int, ...], str]] = [
        ("single-choice", {"prompt": None}, ("prompt",), "“prompt” is missing. Add a line “prompt:” with the words."),
        ("single-choice", {"prompt": "  "}, ("prompt",), "“prompt” is empty. Write the words."),
        ("single-choice", {"prompt": ["a"]}, ("prompt",), "“prompt” should be words. If they hold a colon, put them in quotes."),
        ("single-choice", {"prompt": "a\0b"}, ("prompt",), "“prompt” has a character that cannot be seen (U+0000). Take it out."),
        ("single-choice", {"critical": "yes"}, ("critical",), "“critical” should be true or false, without quotes."),
        ("single-choice", {"facts": "n14"}, ("facts",), "“facts” should be a list. Start a line with a hyphen for each one."),
        ("single-choice", {"screen": "Unit 5/What helps"}, ("screen",), "“Unit 5/What helps” does not name a screen."),
        ("single-choice", {"choices": None}, ("choices",), "“choices” should be a list."),
        ("single-choice", {"choices": options(True)}, ("choices",), "“choices” needs at least 2, and has 1. Add more."),
        ("single-choice", {"choices": options(True, True)}, ("choices",), "Exactly one of “choices” must say “right: true”; here 2 do."),
        (
            "single-choice",
            {"choices": options(False, False)},
            ("choices",),
            "Exactly one of “choices” must say “right: true”; here none do.",
        ),
        ("single-choice", {"choices": short}, ("choices", 0, "note"), "The note “Yes.” is short. Say why, kindly, in at least 8 words."),
        (
            "single-choice",
            {"choices": quoted},
            ("choices", 1, "text"),
            "“text” is read as a number, a date or true/false. Put it in quotes",
        ),
        ("single-choice", {"choices": said_twice}, ("choices", 1, "text"), "“option 0” is there twice. Change one, or take it away."),
        ("single-choice", {"choices": ["Tell", "Wait"]}, ("choices", 0), "Number 1 of “choices” should be keys with values"),
        ("multiple-choice", {"choices": options(False, False)}, ("choices",), "At least one of “choices” must say “right: true”"),
        ("true-false", {"answer": "true"}, ("answer",), "“answer” should be true or false, without quotes."),
        ("true-false", {"notes": None}, ("notes",), "“notes” is missing."),
        ("true-false", {"notes": {True: NOTE}}, ("notes", "false"), "“false” is missing."),
        ("matching", {"pairs": pairs[:1]}, ("pairs",), "“pairs” needs at least 2, and has 1."),
        ("matching", {"extra": ["999"]}, ("extra", 0), "“999” is a partner already, so it is not extra."),
        (
            "matching",
            {"pairs": [{**pair, "partner": "999"} for pair in pairs], "extra": None},
            ("pairs",),
            "Every item has the same partner.",
        ),
        ("ordering", {"steps": ["One", "Two"]}, ("steps",), "“steps” needs at least 3, and has 2."),
        ("ordering", {"steps": ["One", "Two", "one"]}, ("steps", 2), "“one” is there twice."),
        ("gap-fill", {"text": "No gap here."}, ("text",), "“text” has no gap."),
        ("gap-fill", {"text": "[[who]] [[who]] [[when]]"}, ("text",), "The gap [[who]] is there twice."),
        ("gap-fill", {"text": "[[who]] [[when]] [[why]]"}, ("gaps", "why"), "The gap [[why]] has no answer."),
        ("gap-fill", {"text": "[[who]] only"}, ("gaps", "when"), "“when” is not a key here."),
        ("numeric", {"answer": "999"}, ("answer",), "“answer” should be a number in digits, without quotes."),
        ("numeric", {"answer": float("nan")}, ("answer",), "“answer” is too large to type."),
        ("numeric", {"answer": 10**400}, ("answer",), "“answer” is too large to type."),
        ("numeric", {"tolerance": -1}, ("tolerance",), "“tolerance” should be 0 or more"),
        ("numeric", {"notes": {"right": "Yes."}}, ("notes", "again"), "“again” is missing."),
        ("short-text", {"accept": []}, ("accept",), "“accept” needs at least 1, and has 0."),
        ("short-text", {"accept": ["!!!"]}, ("accept", 0), "“!!!” has no letter or digit to compare."),
        ("short-text", {"accept": ["a" * 201]}, ("accept", 0), "This is longer than the 200 characters a person can type."),
        ("scenario", {"stages": []}, ("stages",), "“stages” needs at least 2, and has 0."),
        ("reflection", {"critical": True}, ("critical",), "A reflection is not marked, so it cannot be critical."),
    ]
    for kind, changes, where, words in cases:
        problem = fault(kind, **changes)
        assert (problem.where, str(problem)[: len(words)]) == (where, words)


def test_what_every_kind_takes_is_kept() -> None:
    question = read(
        "single-choice", outcome="spot", facts=["n1", "n2"], screen="unit/step", critical=True, scenario=True, note="Why.", hint="Look."
    )
    assert (question.outcome, question.facts, question.screen) == ("spot", ("n1", "n2"), "unit/step")
    assert (question.critical, question.scenario, question.note, question.hint) == (True, True, "Why.", "Look.")


def test_words_are_set_on_one_line_and_a_story_keeps_its_paragraphs() -> None:
    assert read("single-choice", prompt="Who do\n  you tell?\n").prompt == "Who do you tell?"
    stages = example("scenario")["stages"]
    stages[0]["story"] = "One\nline.\n \n\nTwo.\n"
    first = read("scenario", stages=stages).inputs(Random(0))[0]
    assert isinstance(first, OneOf)
    assert first.story == "One line.\n\nTwo."


# Single choice, true or false


@pytest.mark.parametrize(
    ("given", "earned"), [(("0",), 1), (("1",), 0), (("2",), 0), (("3",), 0), (("0", "0"), 0), (("0", "1"), 0), ((), 0)]
)
def test_a_single_choice_is_right_only_alone(given: tuple[str, ...], earned: int) -> None:
    mark = read("single-choice").mark({"choice": given})
    assert (mark.earned, mark.available) == (earned, 1)
    assert mark.given == (given in [("0",), ("1",), ("2",)])


def test_a_note_is_right_for_the_key_and_look_again_for_a_wrong_pick() -> None:
    notes = read("single-choice").mark({"choice": ("2",)}).notes
    assert [(note.choice, note.kind, note.given) for note in notes] == [("0", "right", False), ("1", "plain", False), ("2", "again", True)]


@pytest.mark.parametrize("kind", ["single-choice", "multiple-choice"])
def test_choices_are_shuffled_unless_their_order_matters(kind: str) -> None:
    rows = options(True, False, False, False, False)
    shown = {tuple(choice.id for choice in read(kind, choices=rows).inputs(Random(n))[0].choices) for n in range(20)}  # type: ignore[union-attr]  # both have choices
    assert len(shown) > 10
    kept = read(kind, choices=rows, ordered=True).inputs(Random(5))[0]
    assert isinstance(kept, OneOf | AnyOf)
    assert [choice.id for choice in kept.choices] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("keys", [("true", "false"), (True, False)])
def test_true_or_false_reads_notes_as_yaml_gives_them(answer: bool, keys: tuple[object, object]) -> None:
    question = read("true-false", answer=answer, notes={keys[0]: NOTE, keys[1]: NOTE})
    for given in ("true", "false"):
        assert question.mark({"choice": (given,)}).full == (given == str(answer).lower())
    shown = question.inputs(Random(3))[0]
    assert isinstance(shown, OneOf)
    assert [choice.text for choice in shown.choices] == ["True", "False"]


# Multiple choice


def test_each_wrong_pick_takes_a_right_one_away_and_never_below_none() -> None:
    question = read("multiple-choice", choices=options(True, True, False, False, False))
    for picks in range(32):
        given = tuple(str(n) for n in range(5) if picks >> n & 1)
        right = sum(n in given for n in ("0", "1"))
        mark = question.mark({"choices": given})
        assert (mark.earned, mark.available) == (max(0, right - (len(given) - right)), 2)
        assert mark.full == (given == ("0", "1"))
        assert mark.given == bool(given)


def test_ticking_everything_is_no_way_to_pass() -> None:
    question = read("multiple-choice", choices=options(True, True, False, False))
    assert question.mark({"choices": ("0", "1", "2", "3")}).earned == 0
    assert question.mark({"choices": ("0", "1", "nowhere")}).earned == 0
    assert question.said({"choices": ("1", "0")}) == "Option 0; Option 1"


# Matching


def pairs() -> Question:
    return read(
        "matching",
        pairs=[
            {"item": "Danger now", "partner": "999", "note": NOTE},
            {"item": "A hint", "partner": "Your lead", "note": NOTE},
            {"item": "No reply", "partner": "Your lead", "note": NOTE},
        ],
        extra=["A friend"],
    )


def test_a_partner_that_fits_two_items_is_shown_once() -> None:
    shown = pairs().inputs(Random(1))
    assert [input.legend for input in shown] == ["Danger now", "A hint", "No reply"]
    assert all(
        isinstance(input, Pick) and sorted(choice.text for choice in input.choices) == ["999", "A friend", "Your lead"] for input in shown
    )
    assert len({input.choices for input in shown if isinstance(input, Pick)}) == 1


def test_each_right_pair_earns_a_point() -> None:
    question = pairs()
    for first in "012":
        for second in "012":
            for third in "012":
                mark = question.mark({"pair1": (first,), "pair2": (second,), "pair3": (third,)})
                assert mark.earned == (first == "0") + (second == "1") + (third == "1")


def test_a_wrong_pair_says_where_that_partner_belongs() -> None:
    notes = pairs().mark({"pair1": ("1",), "pair2": ("2",)}).notes
    assert [(note.input, note.choice, note.kind) for note in notes] == [
        ("pair1", "1", "again"),
        ("pair1", "0", "right"),
        ("pair2", "2", "again"),
        ("pair2", "1", "right"),
        ("pair3", "1", "right"),
    ]
    assert notes[0].text == "“Your lead” goes with “A hint” and “No reply”."
    assert notes[2].text == "“A friend” does not go with any of these."
    assert pairs().said({"pair1": ("1",)}) == "Danger now: Your lead"
    assert not pairs().complete({"pair1": ("1",), "pair2": ("1",)})


# Ordering


@pytest.mark.parametrize(("given", "earned"), [("012", 3), ("021", 1), ("201", 0), ("01", 0), ("0122", 0), ("013", 0)])
def test_each_step_in_its_place_earns_a_point_in_a_whole_order(given: str, earned: int) -> None:
    question = read("ordering")
    answer = {"order": tuple(given)}
    mark = question.mark(answer)
    assert (mark.earned, mark.available) == (earned, 3)
    assert mark.given == question.complete(answer) == (sorted(given) == list("012"))


def test_each_step_says_where_it_fits() -> None:
    question = read("ordering", steps=["A", "B", "C"])
    assert [(note.kind, note.text) for note in question.mark({"order": ("0", "2", "1")}).notes] == [
        ("right", "Yes, this is step 1."),
        ("again", "This fits better as step 2. You put it as step 3."),
        ("again", "This fits better as step 3. You put it as step 2."),
    ]
    assert question.mark({}).notes[2].text == "This is step 3."
    assert question.said({"order": ("0", "2", "1")}) == "1. A; 2. C; 3. B"
    assert isinstance(question.inputs(Random(0))[0], Order)


# Gap fill


def test_a_gap_fill_can_be_drawn_as_its_text() -> None:
    question = read("gap-fill")
    first, second = question.inputs(Random(0))
    assert isinstance(first, Pick)
    assert isinstance(second, Text)
    assert (first.before, first.after, second.before, second.after) == ("Tell your ", "", " the ", " day.")
    assert (first.legend, second.legend) == ("Gap 1 of 2, after “Tell your”", "Gap 2 of 2, after “the”")


def test_no_name_of_a_gap_leaves_the_question() -> None:
    shown = read("gap-fill").inputs(Random(0))
    assert [input.name for input in shown] == ["gap1", "gap2"]
    assert "when" not in str(shown)


@pytest.mark.parametrize(
    ("first", "second", "earned", "said"),
    [
        ("0", "same", 2, "Tell your safeguarding lead the same day."),
        ("0", " SAME. ", 2, "Tell your safeguarding lead the SAME. day."),
        ("1", "Very same", 1, "Tell your best friend the Very same day."),
        ("0", "next", 1, "Tell your safeguarding lead the next day."),
        ("7", "next", 0, "Tell your … the next day."),
    ],
)
def test_each_right_gap_earns_a_point(first: str, second: str, earned: int, said: str) -> None:
    question = read("gap-fill")
    answer = {"gap1": (first,), "gap2": (second,)}
    assert question.mark(answer).earned == earned
    assert question.said(answer) == said


def test_a_typed_gap_has_one_note_that_knows_what_was_typed() -> None:
    question = read("gap-fill")
    kinds = [question.mark({"gap2": (given,)}).notes[-1].kind for given in ("same", "next", "")]
    assert kinds == ["right", "again", "plain"]
    assert isinstance(question, GapFill)
    assert question.mark({}).answer == {"gap1": ("0",), "gap2": ("same",)}


# Numeric


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("12", "12"), (" 12 ", "12"), ("1,000", "1000"), ("1 000 000", "1000000"), ("1,000,000,000,000", "1000000000000"), ("+3", "3"),
        ("-3", "-3"), ("−3", "-3"), ("12.50", "12.5"), (".5", "0.5"), ("12.", "12"), ("12 weeks", "12"), ("12weeks", "12"), ("1 Week", "1"),
        ("１２", "12"), ("007", "7"),
    ],
)  # fmt: skip
def test_a_number_is_understood_as_people_write_it(given: str, number: str) -> None:
    assert parsed(given, "weeks") == Decimal(number)


@pytest.mark.parametrize(
    "given",
    ["", " ", ".", "-", "+", "1e3", "1e400", "NaN", "nan", "inf", "-Infinity", "0x10", "1_000", "10,00", "1,0000", "twelve", "12 days",
     "--3", "3-", "1.2.3", "٣", "9" * 14, "9" * 500, "1" + ",000" * 5, "\0", "\ud800", "12\n13", "$", "1.1234567"],
)  # fmt: skip
def test_what_is_not_plainly_a_number_is_none(given: str) -> None:
    assert parsed(given, "weeks") is None


@pytest.mark.parametrize(("given", "earned"), [("9", 0), ("9.5", 1), ("10", 1), ("10.5", 1), ("10.51", 0), ("£10", 1), ("inf", 0)])
def test_a_number_within_the_tolerance_is_right(given: str, earned: int) -> None:
    question = read("numeric", answer=10, tolerance=0.5, unit="£")
    assert question.mark({"number": (given,)}).earned == earned
    shown = question.inputs(Random(0))[0]
    assert isinstance(shown, Number)
    assert shown.unit == "£"


def test_a_number_says_what_was_typed_and_the_best_answer_in_digits() -> None:
    question = read("numeric", answer=1_000_000, unit="people")
    assert question.mark({}).answer == {"number": ("1000000",)}
    assert question.said({"number": ("12",)}) == "12 people"
    assert question.said({"number": ("12 people",)}) == "12 people"
    assert question.said({"number": ("a few",)}) == "a few"
    assert [question.mark({"number": (given,)}).notes[0].kind for given in ("1,000,000", "5", "")] == ["right", "again", "plain"]


# Short text


@pytest.mark.parametrize(
    "given",
    [
        "professional curiosity",
        "  Professional   CURIOSITY. ",
        "professional-curiosity",
        "professionalcuriosity",
        "“Curiosity!”",
        "curiósity",
        "ｃuriosity",
    ],
)
def test_case_spaces_accents_and_punctuation_do_not_matter(given: str) -> None:
    assert read("short-text").mark({"words": (given,)}).full


@pytest.mark.parametrize("given", ["curious", "", "...", "curiosity and the cat", "curiosity" * 1000])
def test_other_words_are_not_right(given: str) -> None:
    assert not read("short-text").mark({"words": (given,)}).full


@settings(deadline=None)
@forall(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(text.upper().lower()) == folded(text.upper().lower().strip() + " !")


@settings(deadline=None)
@forall(st.text(alphabet=st.characters(), max_size=300), st.sampled_from([1, 6]))
def test_what_is_kept_can_be_stored_and_is_bounded(text: str, lines: int) -> None:
    kept = clean(text, lines)
    kept.encode()
    assert "\0" not in kept
    assert clean(kept, lines) == kept
    assert len(kept) <= (MOST_LINE if lines == 1 else MOST_TEXT)
    assert lines > 1 or "\n" not in kept


# Scenario


def test_a_scenario_shows_one_stage_at_a_time_and_what_the_choice_led_to() -> None:
    question = read("scenario")
    start = question.stages({})
    assert [(stage.input, stage.number, stage.of, stage.before, stage.after) for stage in start] == [("stage1", 1, 2, "", "")]
    for choice, happened in (
        ("0", "Mum says, “They are all fine.” The older girl looks at the stairs."),
        ("1", "You talk about the weather."),
    ):
        first, second = question.stages({"stage1": (choice,)})
        assert first.after == second.before
        assert second.before.startswith(happened)
        assert (second.input, second.after) == ("stage2", "")


def test_a_stage_cannot_be_reached_past_one_without_an_answer() -> None:
    assert len(read("scenario").stages({"stage2": ("0",)})) == 1
    assert len(read("scenario").stages({"stage1": ("9",), "stage2": ("0",)})) == 1


@pytest.mark.parametrize(("first", "second", "earned"), [("0", "0", 2), ("0", "1", 1), ("1", "0", 1), ("1", "1", 0)])
def test_each_stage_earns_a_point(first: str, second: str, earned: int) -> None:
    question = read("scenario")
    mark = question.mark({"stage1": (first,), "stage2": (second,)})
    assert (mark.earned, mark.available) == (earned, 2)
    assert question.scenario
    assert question.said({"stage1": ("0",), "stage2": ("1",)}) == "1. Ask what bedtime is like; 2. Thank her and move on"


def forked() -> list[dict[str, Any]]:
    """Three ways: straight on; round by a scene where it can be put right; and an early end."""
    def choice(text: str, right: bool = False, **more: str) -> dict[str, Any]:
        return {"text": text, "right": right, "note": NOTE, "then": f"After {text}.", **more}

    return [
        {"prompt": "First?", "choices": [choice("best", True, to="second"), choice("wrong"), choice("leave", to="end")]},
        {"id": "round", "prompt": "And now?", "choices": [choice("sorry", True), choice("go", to="end")]},
        {"id": "second", "story": "Later.", "prompt": "Then?", "choices": [choice("tell", True), choice("wait")]},
    ]


WAYS = {
    ("0", None, "0"): (2, "1. best; 2. tell"), ("0", None, "1"): (1, "1. best; 2. wait"),
    ("1", "0", "0"): (1, "1. wrong; 2. sorry; 3. tell"), ("1", "0", "1"): (0, "1. wrong; 2. sorry; 3. wait"),
    ("1", "1", None): (0, "1. wrong; 2. go"), ("2", None, None): (0, "1. leave"),
}
"""Every way through the story of ``forked``: the choice in each part it comes to, with what it earns of two points and how it is told."""


@pytest.mark.parametrize("way", WAYS)
def test_every_way_through_a_forked_story_ends_and_earns_only_on_the_best_one(way: tuple[str, str | None, str | None]) -> None:
    question, (earned, said) = read("scenario", stages=forked()), WAYS[way]
    answer: dict[str, tuple[str, ...]] = {}
    while not question.complete(answer):  # part by part, as a page asks
        name = question.stages(answer)[-1].input
        picked = way[int(name[-1]) - 1]
        assert picked is not None, "the way leads past this part"
        answer[name] = (picked,)
    mark = question.mark(answer)
    assert (mark.earned, mark.available, question.said(answer)) == (earned, 2, said)
    assert answer.keys() == {f"stage{n}" for n, picked in enumerate(way, 1) if picked}
    stray = {f"stage{n}": ("0",) for n in (1, 2, 3)} | answer  # what was chosen before the way led elsewhere
    assert question.kept(stray) == answer
    assert (question.mark(stray), question.said(stray), question.stages(stray)) == (mark, said, question.stages(answer))


def test_the_parts_of_a_story_are_counted_only_where_every_way_has_as_many() -> None:
    start, = read("scenario", stages=forked()).stages({})
    assert (start.number, start.of, start.last) == (1, 0, False)
    straight = forked()
    straight[0]["choices"] = straight[0]["choices"][:2]
    straight[0]["choices"][0]["to"] = "round"
    straight[1]["choices"][1].pop("to")
    way = read("scenario", stages=straight).stages({"stage1": ("0",), "stage2": ("1",)})
    assert [(stage.number, stage.of, stage.last) for stage in way] == [(1, 3, False), (2, 3, False), (3, 3, True)]


def test_the_map_shows_every_scene_where_each_choice_leads_and_which_were_chosen() -> None:
    question = read("scenario", stages=forked())
    first, round_, second = question.scenes({"stage1": ("1",), "stage2": ("0",), "stage3": ("1",)})
    assert [(scene.number, scene.met, scene.counts) for scene in (first, round_, second)] == [(1, 1, True), (2, 2, False), (3, 3, True)]
    assert [(way.text, way.right, way.chosen, way.leads) for way in first.ways] == [
        ("best", True, False, 3), ("wrong", False, True, 2), ("leave", False, False, 0),
    ]
    assert [way.leads for scene in (round_, second) for way in scene.ways] == [3, 0, 0, 0]
    assert [scene.met for scene in question.scenes({"stage1": ("0",), "stage2": ("0",)})] == [1, 0, 0]
    assert not any(way.chosen for scene in question.scenes({}) for way in scene.ways)
    assert [way.leads for scene in read("scenario").scenes({}) for way in scene.ways] == [2, 2, 0, 0], "a straight story has a map too"


@pytest.mark.parametrize(
    ("place", "key", "value", "where", "says"),
    [
        ((0, 0), "to", "nowhere", ("stages", 0, "choices", 0, "to"), "There is no part with the id “nowhere”."),
        ((2, 0), "to", "round", ("stages", 2, "choices", 0, "to"), "A story only goes on"),
        ((1, 0), "to", "round", ("stages", 1, "choices", 0, "to"), "A story only goes on"),
        ((0, 1), "to", "second", ("stages", 1), "No choice leads to this part."),
        ((2,), "id", "round", ("stages", 2, "id"), "“round” is the id of another part too."),
        ((2,), "id", "end", ("stages", 2, "id"), "“end” is what “to” says where the story ends."),
    ],
)
def test_a_choice_that_leads_astray_is_refused(place: tuple[int, ...], key: str, value: str, where: tuple[str | int, ...], says: str) -> None:
    stages = forked()
    holder = stages[place[0]] if len(place) == 1 else stages[place[0]]["choices"][place[1]]
    holder[key] = value
    if value == "end":
        stages[0]["choices"][0].pop("to")
    wrong = fault("scenario", stages=stages)
    assert wrong.where == where and says in str(wrong)


@st.composite
def stories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Stories that read: some stages, each with an id, and choices that lead anywhere further down or to the end."""
    count = draw(st.integers(2, 6))
    stages = []
    for n in range(count):
        onward = st.sampled_from(["end", *(f"part{m}" for m in range(n + 1, count))])
        ways = [draw(onward) for _ in range(draw(st.integers(1, 3)))]
        right = draw(st.integers(0, len(ways)))
        ways.insert(right, f"part{n + 1}" if n + 1 < count else "end")  # so that no part is lost
        best = draw(st.integers(0, len(ways) - 1))
        choices = [{"text": f"way {m}", "note": NOTE, "right": m == best, "to": to} for m, to in enumerate(ways)]
        stages.append({"id": f"part{n}", "prompt": f"Part {n}?", "choices": choices})
    return stages


@forall(stories(), st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_any_story_ends_and_its_best_way_alone_earns_everything(stages: list[dict[str, Any]], picks: list[int]) -> None:
    question = read("scenario", stages=stages)
    best = question.kept(question.mark({}).answer)
    assert question.complete(best) and question.mark(best).full
    stray = {f"stage{n}": (str(pick % len(stage["choices"])),) for n, (stage, pick) in enumerate(zip(stages, picks, strict=False), 1)}
    kept = question.kept(stray)
    mark = question.mark(kept)
    assert question.complete(stray) and mark == question.mark(stray)
    assert 0 <= mark.earned <= mark.available == question.mark({}).available
    assert mark.full == (kept == best)
    assert [stage.number for stage in question.stages(stray)] == list(range(1, len(kept) + 1))


def near_by() -> list[dict[str, Any]]:
    """A level and then a reason; the level above the best one is close."""
    level, reason = example("scenario")["stages"]
    level["choices"][1] |= {"near": True}
    level["choices"].append({"text": "Call no one", "note": "This leaves the family with the same worry as before.", "then": "Nothing changes."})
    return [level, reason]


@pytest.mark.parametrize(("level", "reason", "earned"), [
    ("0", "0", Fraction(1)), ("1", "0", Fraction(3, 4)), ("2", "0", Fraction(1, 2)), ("1", "1", Fraction(1, 4)), ("2", "1", Fraction(0)),
])
def test_a_near_choice_earns_half_of_its_stage(level: str, reason: str, earned: Fraction) -> None:
    mark = read("scenario", stages=near_by()).mark({"stage1": (level,), "stage2": (reason,)})
    assert Fraction(mark.earned, mark.available) == earned
    assert mark.full is (earned == 1)
    assert mark.parts == {"00": "2 of 2", "10": "1½ of 2", "20": "1 of 2", "11": "½ of 2", "21": "0 of 2"}[level + reason]
    assert {note.choice for note in mark.notes if note.near} == {"1"}
    assert {(note.kind, note.given) for note in mark.notes if note.input == "stage1" and note.choice == level} == {
        ("right" if level == "0" else "again", True)
    }


def test_the_best_choice_is_not_near_as_well_and_only_stages_have_near_ones() -> None:
    stages = near_by()
    stages[0]["choices"][0] |= {"near": True}
    assert fault("scenario", stages=stages).where == ("stages", 0, "choices", 0, "near")
    choices = example("single-choice")["choices"]
    choices[0] |= {"near": True}
    assert fault("single-choice", choices=choices).where == ("choices", 0, "near")


def test_only_a_scenario_has_stages() -> None:
    assert [kind for kind in KINDS if read(kind).stages({})] == ["scenario"]


# Reflection


def test_a_reflection_is_worth_nothing_and_keeps_its_lines() -> None:
    question = read("reflection", hint=None)
    answer = {"words": ("One.\r\nTwo.\0",)}
    mark = question.mark(answer)
    assert (mark.earned, mark.available, mark.notes, mark.given) == (0, 0, (), True)
    assert question.said(answer) == "One.\nTwo."
    shown = question.inputs(Random(0))[0]
    assert isinstance(shown, Text)
    assert shown.lines > 1
    assert shown.hint == "Only you can see what you write here. It is not marked."


def test_examples_are_plain_data_an_author_can_write() -> None:
    for kind in KINDS.values():
        assert json.loads(json.dumps(kind.example)) == kind.example

"""How much a change of a course matters, what authors may say of it, and who is asked to look."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from elearn.rules.changes import Material, Part, Passage, compare, judge, least, marked, paragraphs, to_look_at
from elearn.rules.courses import Change, Check, Course, Fact, Outcome, Screen, Size, Unit
from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question
from elearn.rules.quiz import QuizSpec
from elearn.rules.validity import Validity

BODY = "<p>Tell your lead today, and write down what you saw.</p><p>You do not need proof to share a worry about a child.</p>"
CHOICES = ("Tell my lead today", "Wait and see", "Ask a neighbour")
NOTES = ("Yes. Your lead may know more than you do.", "Waiting may leave the child alone with it.", "This is private, and not theirs to know.")


def question(id: str, right: int = 0, prompt: str = "Sam comes in cold. What do you do?", notes: tuple[str, ...] = NOTES, **more: Any) -> Question:
    rows: list[Mapping[str, Any]] = [
        {"text": text, "note": note, "right": n == right} for n, (text, note) in enumerate(zip(CHOICES, notes, strict=True))
    ]
    return KINDS["single-choice"].read(id, {"prompt": prompt, "choices": rows, **more})


QUIZ = QuizSpec((question("cold"), question("late"), question("hungry")), 2, 80)
OLD = Course(
    "winter", "v1", "elearning", "Cold homes", "What to do.", 10, "snow", (Outcome("tell", "tell your lead about a worry the same day"),),
    date(2026, 5, 1), date(2027, 5, 1), quiz=QUIZ,
    units=(Unit("one", "One", 5, (Screen("see", "What you see", BODY, 20), Check("try", "Try it", question("try")))),),
)


def other(**changes: Any) -> Course:
    return replace(OLD, version="v2", **changes)


def reading(old: str, new: str) -> Course:
    assert old in BODY
    return steps(Screen("see", "What you see", BODY.replace(old, new), 20), *OLD.units[0].steps[1:])


def steps(*found: Screen | Check) -> Course:
    return other(units=(replace(OLD.units[0], steps=found),))


def quiz(*questions: Question, **changes: Any) -> Course:
    return other(quiz=replace(QUIZ, questions=questions or QUIZ.questions, **changes))


# What differs


def test_the_same_course_has_no_differences() -> None:
    assert compare(OLD, other()) == ()
    assert least(()) is Size.TYPO


def test_html_is_compared_by_its_words() -> None:
    assert paragraphs("<p>Salt &amp; <b>ice</b></p><ul><li>One</li><li> Two </li></ul>") == ("Salt & ice", "One", "Two")
    assert compare(OLD, reading("your lead", "<strong>your lead</strong>")) == ()


def test_only_the_paragraph_that_differs_is_shown() -> None:
    (found,) = compare(OLD, reading("today", "at once"))
    assert (found.part, found.place) == (Part.READING, "What you see")
    assert found.passages == (
        Passage("Tell your lead today, and write down what you saw.", "Tell your lead at once, and write down what you saw."),
    )


def test_differences_come_in_the_order_of_the_course() -> None:
    new = replace(reading("today", "now"), outcomes=(), validity=Validity("rolling", 12), quiz=replace(QUIZ, questions=(*QUIZ.questions, question("new"))))
    assert [found.part for found in compare(OLD, new)] == [Part.RULES, Part.OUTCOMES, Part.READING, Part.QUESTIONS]


# The least that may be said


@pytest.mark.parametrize(("old", "new"), [("write down", "wirte down"), ("a worry about", "any worry about"), ("saw.", "saw")])
def test_a_few_light_words_may_be_a_typo(old: str, new: str) -> None:
    assert least(compare(OLD, reading(old, new))) is Size.TYPO


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("do not need", "do need"),
        ("do not need", "don’t need"),
        ("You do not", "You must not"),
        ("Tell your lead today", "Tell your lead in 24 hours"),
        ("Tell your lead", "Always tell your lead"),
        ("write down what you saw", "keep an eye on how things go"),
        ("<p>You do not need proof to share a worry about a child.</p>", ""),
        ("saw.</p>", "saw.</p><p>Keep it safe.</p>"),
    ],
)
def test_a_turn_of_meaning_a_number_or_many_words_are_no_typo(old: str, new: str) -> None:
    assert least(compare(OLD, reading(old, new))) is Size.MINOR


def test_a_screen_that_comes_is_minor_and_one_that_goes_is_material() -> None:
    one, check = OLD.units[0].steps
    assert least(compare(OLD, steps(one, Screen("next", "What next", "<p>Go on.</p>", 2), check))) is Size.MINOR
    (found,) = compare(OLD, steps(check))
    assert (found.least, found.reason) == (Size.MATERIAL, "“What you see” is gone")
    assert judge(OLD, steps(check)).refused, "nobody is told that it is no longer taught"


def test_a_screen_whose_words_stand_elsewhere_has_only_moved() -> None:
    one, check = OLD.units[0].steps
    assert isinstance(one, Screen)
    assert least(compare(OLD, steps(check, replace(one, id="seen")))) is Size.MINOR
    first, _, second = one.body.partition("</p>")
    halves = (replace(one, id="first", body=f"{first}</p>"), Screen("second", "And then", second, 10))
    assert least(compare(OLD, steps(*halves, check))) is Size.MINOR


RESTS_ON = Fact("early", "Telling early helps.", "Working together", "V", date(2026, 5, 1), date(2027, 5, 1), "https://example.org/early")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"claim": "Telling on the same day helps."}, "Telling on the same day helps."),
        ({"source": "Working together, 2026"}, "Working together, 2026"),
        ({"url": "https://example.org/late"}, "https://example.org/late"),
        ({"tag": "K"}, "General knowledge."),
        ({"checked_on": date(2026, 6, 2)}, "Checked on 2 June 2026, to be checked again by 1 May 2027."),
        ({"expires": date(2027, 6, 2)}, "Checked on 1 May 2026, to be checked again by 2 June 2027."),
    ],
)
def test_a_fact_that_changed_under_the_same_words_is_minor_and_told_in_words(changes: Mapping[str, Any], said: str) -> None:
    (found,) = compare(replace(OLD, facts=(RESTS_ON,)), other(facts=(replace(RESTS_ON, **changes),)))
    assert (found.part, found.least, found.reason) == (Part.FACTS, Size.MINOR, "the fact “early” changed")
    assert [passage.new for passage in found.passages] == [said]


def test_a_fact_that_comes_or_goes_is_minor() -> None:
    with_it = other(facts=(RESTS_ON,))
    assert [(one.least, one.reason) for one in compare(OLD, with_it)] == [(Size.MINOR, "the fact “early” is new")]
    assert [(one.least, one.reason) for one in compare(with_it, OLD)] == [(Size.MINOR, "the fact “early” is gone")]


@pytest.mark.parametrize(
    "new",
    [
        quiz(pass_percent=70),
        quiz(question("cold", critical=True), *QUIZ.questions[1:]),
        other(validity=Validity("rolling", 12)),
        other(quiz=None),
        other(outcomes=()),
        other(outcomes=(*OLD.outcomes, Outcome("write", "write down what you saw"))),
        other(outcomes=(Outcome("tell", "tell your lead about a worry within 24 hours"),)),
        quiz(question("cold", right=1), *QUIZ.questions[1:]),
        steps(OLD.units[0].steps[0], Check("try", "Try it", question("try", right=2))),
    ],
    ids=["pass mark", "must be right", "validity", "no quiz", "outcome gone", "outcome new", "outcome meaning", "key", "key along the way"],
)
def test_what_decides_over_people_is_material(new: Course) -> None:
    assert least(compare(OLD, new)) is Size.MATERIAL


def test_a_slip_of_the_pen_in_an_outcome_is_no_new_promise() -> None:
    assert least(compare(OLD, other(outcomes=(Outcome("tell", "tell your lead about any worry the same day"),)))) is Size.TYPO


@pytest.mark.parametrize(
    "new",
    [
        quiz(draw=3), quiz(attempts=3), quiz(*QUIZ.questions, question("new")), quiz(*QUIZ.questions[:2]),
        quiz(question("cold", notes=("Yes. They may hold the rest of the picture.", *NOTES[1:])), *QUIZ.questions[1:]),
    ],
    ids=["draw", "attempts", "question new", "question gone", "feedback"],
)
def test_how_the_quiz_runs_and_reads_is_minor(new: Course) -> None:
    assert least(compare(OLD, new)) is Size.MINOR


def test_a_question_in_another_place_of_the_bank_is_the_same_question() -> None:
    assert compare(OLD, quiz(*reversed(QUIZ.questions))) == ()


def other_key(kind: str, *path: str | int, **values: Any) -> tuple[Question, Question]:
    """The example of a kind, and the same with some values below *path* changed."""
    source = deepcopy(dict(KINDS[kind].example))
    place: Any = source
    for key in path:
        place = place[key]
    place.update(values)
    return KINDS[kind].read("q", KINDS[kind].example), KINDS[kind].read("q", source)


def swapped(kind: str, *path: str | int, key: str) -> tuple[Question, Question]:
    """The example of a kind, and the same with one value of the first two rows of a list changing places."""
    source = deepcopy(dict(KINDS[kind].example))
    found: Any = source
    for step in path:
        found = found[step]
    found[0][key], found[1][key] = found[1][key], found[0][key]
    return KINDS[kind].read("q", KINDS[kind].example), KINDS[kind].read("q", source)


def asked(each: Question) -> Course:
    return other(quiz=QuizSpec((each,), 1, 80))


STEPS = tuple(KINDS["ordering"].example["steps"])
PAIRS = tuple(KINDS["matching"].example["pairs"])
OPTIONS = tuple(KINDS["single-choice"].example["choices"])

KEYS = {
    "single-choice": swapped("single-choice", "choices", key="text"),
    "multiple-choice": other_key("multiple-choice", "choices", 2, right=True),
    "true-false": other_key("true-false", answer=True),
    "matching": swapped("matching", "pairs", key="partner"),
    "ordering": other_key("ordering", steps=list(reversed(STEPS))),
    "gap-fill": swapped("gap-fill", "gaps", "who", "options", key="text"),
    "numeric": other_key("numeric", answer=111),
    "short-text": other_key("short-text", accept=["respectful doubt"]),
    "scenario": swapped("scenario", "stages", 0, "choices", key="text"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_another_best_answer_is_material_for_every_kind_that_has_one(kind: str) -> None:
    if kind == "reflection":
        assert not KINDS[kind].read("q", KINDS[kind].example).mark({}).answer
        return
    old, new = KEYS[kind]
    assert least(compare(asked(old), asked(new))) is Size.MATERIAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        other_key("single-choice", choices=list(reversed(OPTIONS))),
        other_key("single-choice", "choices", 0, text="The safeguarding lead of your school"),
        other_key("matching", pairs=list(reversed(PAIRS))),
        other_key("ordering", steps=[*STEPS[:2], "Go to your safeguarding lead before you leave"]),
        other_key("numeric", tolerance=1),
        other_key("short-text", accept=["professional curiosity"]),
        other_key("scenario", "stages", 0, "choices", 0, then="Mum is quiet for a while."),
    ],
    ids=["moved", "reworded", "pairs moved", "step reworded", "tolerance", "one way to say it less", "what follows"],
)
def test_other_words_or_another_place_is_no_other_best_answer(old: Question, new: Question) -> None:
    assert least(compare(asked(old), asked(new))) is Size.MINOR


def test_a_choice_that_leads_elsewhere_is_material_though_every_word_stays() -> None:
    old, new = other_key("scenario", "stages", 0, "choices", 1, to="end")
    found, = compare(asked(old), asked(new))
    assert found.least is Size.MATERIAL and "leads elsewhere" in found.reason and not found.passages


def test_choices_of_a_story_that_change_places_in_new_words_are_no_typo() -> None:
    note = "Eight words or more that say why, kindly."

    def told(first: str, second: str, to: Sequence[str]) -> Question:
        wrong = [{"text": text, "note": note, "to": place} for text, place in zip((first, second), to, strict=True)]
        parts = [{"id": id, "prompt": f"And {id}?", "choices": [{"text": "Go on", "right": True, "note": note}, {"text": "Stay", "note": note}]}
                 for id in ("one", "two")]
        start = {"prompt": "What now?", "choices": [{"text": "Tell your lead", "right": True, "note": note, "to": "end"}, *wrong]}
        return KINDS["scenario"].read("q", {"kind": "scenario", "prompt": "A talk", "stages": [start, *parts]})

    old = told("Wait untill spring", "Ask a freind", ("one", "two"))
    assert least(compare(asked(old), asked(told("Wait until spring", "Ask a friend", ("two", "one"))))) is Size.MATERIAL
    assert least(compare(asked(old), asked(told("Wait until spring", "Ask a friend", ("one", "two"))))) is Size.TYPO


def test_a_best_answer_that_keeps_next_to_no_word_is_another_one_however_short() -> None:
    old, new = other_key("single-choice", "choices", 0, text="Nobody at all")
    assert least(compare(asked(old), asked(new))) is Size.MATERIAL


WORDS = st.lists(st.sampled_from(["tell", "not", "lead", "must", "7", "ask"]), max_size=6).map(" ".join)


@settings(deadline=None, max_examples=50)
@forall(WORDS, WORDS)
def test_two_screens_differ_exactly_when_their_words_do(was: str, now: str) -> None:
    a, b = (steps(Screen("see", "See", f"<p>{words}</p>", 1)) for words in (was, now))
    found = compare(a, b)
    assert bool(found) == (was != now)
    assert compare(a, a) == ()
    assert least(found) is max((each.least for each in found), default=Size.TYPO)


# What the author says


def noted(course: Course, size: Size, edition: str = "2", text: str = "Tell your lead at once.") -> Course:
    return replace(course, edition=edition, changes=(Change("2", size, text),))


def test_a_small_change_needs_no_note_and_goes_by_itself() -> None:
    verdict = judge(OLD, reading("today", "at once"))
    assert (verdict.size, verdict.refused, verdict.waits) == (Size.TYPO, "", False)


def test_a_material_change_without_a_note_is_refused_and_says_why() -> None:
    verdict = judge(OLD, quiz(pass_percent=70))
    assert verdict.refused and verdict.reasons == ("to pass changed",) and not verdict.waits


def test_a_note_that_says_too_little_is_refused() -> None:
    assert "at least material" in judge(OLD, noted(quiz(pass_percent=70), Size.MINOR)).refused


def test_a_material_change_that_says_so_waits_for_somebody() -> None:
    verdict = judge(OLD, noted(quiz(pass_percent=70), Size.MATERIAL))
    assert (verdict.waits, verdict.refused, verdict.text) == (True, "", "Tell your lead at once.")


def test_an_author_may_say_more_than_can_be_seen() -> None:
    assert judge(OLD, noted(reading("today", "at once"), Size.MATERIAL)).waits


def test_the_note_of_the_live_edition_says_nothing_of_what_comes_after() -> None:
    live = replace(OLD, edition="2", changes=(Change("2", Size.MATERIAL, "Tell your lead at once."),))
    assert judge(live, noted(quiz(pass_percent=70), Size.MATERIAL)).refused


# Who is asked to look

THEN = datetime(2026, 6, 1, 9, tzinfo=UTC)
FIRST = Material("winter", "v2", "v1", THEN, "Tell your lead at once.", frozenset({"v1"}))
SECOND = Material("winter", "v3", "v2", THEN + timedelta(days=10), "Write it down.", frozenset({"v1", "v2"}))


def fact(id: int, kind: FactKind, version: str, day: int, item: str = "winter") -> Evidence:
    return Evidence(id, 1, kind, item, THEN + timedelta(days=day), version)


DONE = fact(1, FactKind.COMPLETED, "v1", -30)


def test_whoever_finished_an_older_version_sees_every_later_change_at_once() -> None:
    assert to_look_at([DONE], (FIRST, SECOND)) == (FIRST, SECOND)


def test_whoever_read_the_first_change_is_asked_for_the_second_alone() -> None:
    assert to_look_at([DONE, fact(2, FactKind.ACKNOWLEDGED, "v2", 5)], (FIRST, SECOND)) == (SECOND,)
    assert to_look_at([DONE, fact(2, FactKind.ACKNOWLEDGED, "v3", 12)], (FIRST, SECOND)) == ()


def test_whoever_finished_the_new_version_is_not_asked() -> None:
    assert to_look_at([DONE, fact(2, FactKind.COMPLETED, "v3", 11)], (FIRST, SECOND)) == ()


def test_whoever_finishes_the_older_version_after_the_change_is_asked() -> None:
    assert to_look_at([fact(1, FactKind.COMPLETED, "v1", 1)], (FIRST,)) == (FIRST,)


def test_whoever_never_finished_it_is_not_asked() -> None:
    assert to_look_at([fact(1, FactKind.PASSED, "v1", -30), fact(2, FactKind.COMPLETED, "v1", -30, "summer")], (FIRST,)) == ()
    assert to_look_at([DONE], ()) == ()


def test_rules_are_told_in_words_that_a_learner_can_read() -> None:
    old, new = other(validity=Validity("rolling", 36)), other(validity=Validity("rolling", 12))
    (difference,) = compare(old, new)
    assert difference.passages == (Passage("It counts for 36 months.", "It counts for 12 months."),)
    assert difference.place == "How long it counts" and difference.least is Size.MATERIAL


def test_old_and_new_words_are_marked_where_the_other_side_lacks_them() -> None:
    old, new = marked(Passage("Tell your lead in three days.", "Tell your lead on the same day."))
    assert old == (("Tell your lead", False), ("in three days.", True))
    assert new == (("Tell your lead", False), ("on the same day.", True))
    assert marked(Passage("", "All of it is new.")) == ((), (("All of it is new.", True),))

"""Quizzes in the browser: every kind of question, both modes, Back, two windows, things sent that were never offered."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import quizzes
from elearn.records import learning
from elearn.records.db import writing
from elearn.rules.questions.base import Question
from tests.answering import right, wrong
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, NEGLECT, Sitting, begin, course_of, read_briefing, read_course

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@pytest.fixture
def sitting(browse: Browse, app: Flask, people: People, records: Records) -> Sitting:
    """Bob, who has read the level 1 course, on the first question of its quiz."""
    read_course(records, app, people.bob)
    return begin(browse(people.bob), app, records)


def number_of(sitting: Sitting, kind: str) -> int | None:
    return next((n for n, question in enumerate(sitting.paper.questions, 1) if question.kind == kind), None)


def draw(sitting: Sitting, records: Records, kind: str) -> int:
    """The number of a question of this kind; if the paper has none, it is given one by a change to what was drawn."""
    number = number_of(sitting, kind)
    if number is not None:
        return number
    return put(sitting, records, next(question for question in bank(sitting) if question.kind == kind))


def bank(sitting: Sitting) -> Sequence[Question]:
    quiz = course_of(sitting.app, LEVEL1).quiz
    assert quiz is not None
    return quiz.questions


def put(sitting: Sitting, records: Records, wanted: Question) -> int:
    """The number of this question, which is put into the paper that was drawn."""
    attempt = sitting.attempt
    with records() as session, writing(session):
        row = session.get(learning.AttemptRow, attempt.id)
        assert row is not None
        row.paper = [wanted.id, *(id for id in attempt.paper[1:] if id != wanted.id)]
    return 1


def answers_of(records: Records, attempt_id: int) -> int:
    with records() as session:
        return int(session.scalar(text("SELECT count(*) FROM answer WHERE attempt_id = :id"), {"id": attempt_id}) or 0)


# ---- the way through


def test_the_quiz_is_shut_until_all_is_read_and_says_what_to_do(browse: Browse, people: People) -> None:
    page = browse(people.bob).get(f"/learn/{LEVEL1}")
    page.forge(f"/quiz/{LEVEL1}/start", status=409).says("read every part")


def test_all_right_leads_to_a_result_with_a_certificate(sitting: Sitting, records: Records, people: People) -> None:
    sitting.all(right)
    page = sitting.finish()
    assert page.path == f"/quiz/{sitting.id}/result"
    page.says("You passed", "Your certificate is ready")
    assert page.h1 == f"Well done, {people.bob.name}. You passed."
    attempt = sitting.attempt
    with records() as session:
        code = quizzes.certificate_of(session, attempt)
    assert code is not None
    assert any(code in link for link in page.links())


@pytest.mark.parametrize(
    "kind", ["single-choice", "multiple-choice", "true-false", "matching", "ordering", "gap-fill", "numeric", "short-text", "scenario"]
)
def test_every_kind_is_answered_by_its_form_alone_and_shows_the_answer_again(sitting: Sitting, records: Records, kind: str) -> None:
    number = draw(sitting, records, kind)
    page = sitting.page.get(sitting.address(number))
    sitting.say(number, right(sitting.question(number)))
    page.says(f"Question {number} saved at")
    with records() as session:
        kept = learning.answers(session, sitting.id)[sitting.question(number).id]
    assert sitting.question(number).mark(kept.answer).full
    form = page.get(sitting.address(number)).form(sitting.address(number))
    filled = sitting.form(number, right(sitting.question(number)))
    assert {(name, value) for name, values in filled.items() for value in values} <= set(form.values)


def test_steps_are_put_in_order_with_the_buttons_up_and_down(sitting: Sitting, records: Records) -> None:
    number = draw(sitting, records, "ordering")
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    ((name, best),) = sitting.form(number, right(sitting.question(number))).items()
    for there, step in enumerate(best):
        while (here := [value for key, value in page.form(address).values if key == name].index(step)) > there:
            page.post(address, press=f"{step}:up")
            assert page.path.split("?")[0] == address
            now = [value for key, value in page.form(address).values if key == name]
            assert now.index(step) == here - 1
    page.post(address)
    with records() as session:
        kept = learning.answers(session, sitting.id)[sitting.question(number).id]
    assert sitting.question(number).mark(kept.answer).full


def test_a_scenario_is_told_part_by_part_and_what_was_chosen_stays(sitting: Sitting, records: Records) -> None:
    number = put(sitting, records, next(each for each in bank(sitting) if any(stage.of for stage in each.stages({}))))
    question, page, address = sitting.question(number), sitting.page.get(sitting.address(number)), sitting.address(number)
    parts = sitting.form(number, right(question))
    assert len(parts) > 1
    for turn, (name, values) in enumerate(parts.items(), 1):
        assert list(page.form(address).choices) == [name], "one part at a time"
        page.says(f"Part {turn} of {len(parts)}")
        page.post(address, {name: values})
    with records() as session:
        assert question.mark(learning.answers(session, sitting.id)[question.id].answer).full


def test_another_first_choice_in_a_story_told_to_its_end_leads_another_way(sitting: Sitting, records: Records) -> None:
    sundays = next(question for question in bank(sitting) if question.id == "u5-sundays")
    number = put(sitting, records, sundays)
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    for name, values in sitting.form(number, {"stage1": ("0",), "stage2": ("2",), "stage3": ("0",)}).items():
        page.post(address, {name: values})
    whole = page.get(address).form(address)
    assert list(whole.choices) == ["q-stage1", "q-stage2", "q-stage3"], "all that was come to may be changed"
    page.post(address, {"q-stage1": sitting.form(number, {"stage1": ("1",)})["q-stage1"]})
    assert list(page.get(address).form(address).choices) == ["q-stage1", "q-stage3"]
    with records() as session:
        kept = learning.answers(session, sitting.id)[sundays.id].answer
    assert kept == {"stage1": ("1",), "stage3": ("0",)} and sundays.mark(kept).full


def test_learn_mode_explains_every_answer_at_once_and_lets_it_stand(browse: Browse, app: Flask, people: People, records: Records) -> None:
    sitting = begin(read_briefing(browse(people.bob)), app, records, NEGLECT)
    page = sitting.page
    for number in range(1, len(sitting.attempt.paper) + 1):
        page.get(sitting.address(number))
        sitting.say(number, (right, wrong)[number == 1](sitting.question(number)))
        page.says("Not quite" if number == 1 and "Nearly" not in page.text else "right")
        assert sitting.address(number) not in [form.action for form in page.get(sitting.address(number)).forms], "it stands"
    result = sitting.finish()
    assert result.path.endswith("/result")


# ---- what is not right yet


def test_a_page_sent_with_nothing_says_what_to_do(sitting: Sitting, records: Records) -> None:
    number = draw(sitting, records, "single-choice")
    page = sitting.page.get(sitting.address(number)).post(sitting.address(number), status=422)
    assert page.title.startswith("Error: ")
    page.says("Choose one answer")
    assert answers_of(records, sitting.id) == 0


def test_what_was_typed_stays_when_something_else_is_missing(sitting: Sitting, records: Records) -> None:
    number = draw(sitting, records, "matching")
    page, filled = sitting.page.get(sitting.address(number)), sitting.form(number, right(sitting.question(number)))
    first, *rest = filled
    page.post(sitting.address(number), {first: filled[first]} | dict.fromkeys(rest, ""), status=422)
    values = page.form(sitting.address(number)).values
    assert (first, filled[first][0]) in values


def test_finishing_early_leads_to_what_is_still_open(sitting: Sitting) -> None:
    page = sitting.page.get(f"/quiz/{sitting.id}/review")
    page.says(f"{len(sitting.attempt.paper)} questions have no answer yet", "Answer question 1")
    page.forge(f"/quiz/{sitting.id}/finish", status=200)
    assert page.path == f"/quiz/{sitting.id}/review"
    assert sitting.attempt.finished is None


@pytest.mark.breaks_invariants(
    "Nothing is written down in the future", "The ledger is written in the order of time", for_good=True,
    reason="its clock runs ten days ahead of that of all other tests",
)
def test_not_yet_then_a_wait_then_asking_then_one_more_try(
    browse: Browse, app: Flask, people: People, records: Records, sitting: Sitting
) -> None:
    who, page = people.bob, sitting.page
    start = clock.now()
    for turn in range(4):
        with time_machine.travel(start + timedelta(days=turn, minutes=1)):
            page = browse(who)
            sitting = begin(page, app, records)
            sitting.all(wrong)
            sitting.finish().says("Not yet", "To look at again").never_says("failed", "Failed", "Your certificate is ready")
            if turn == 0:
                page.says("Try the quiz again now")
            if turn == 1:
                page.says("You can try again after").never_says("Try the quiz again now")
                page.forge(f"/quiz/{LEVEL1}/start", status=409).says("You can try again after")
    with time_machine.travel(start + timedelta(days=10)):
        page = browse(who).get(f"/quiz/{sitting.id}/result").says("Ask to try again", people.alice.name)
        page.post(f"/quiz/{sitting.id}/ask")
        page.says("You asked to try again on").never_says("Ask to try again now")
        with records() as session, writing(session):
            ask = learning.open_ask(session, who.id, "try-again", LEVEL1)
            assert ask is not None
            assert quizzes.allow_again(session, ask.id, who.id, LEVEL1, people.alice.id, True, clock.now())
        again = begin(browse(who), app, records)
        again.all(right)
        again.finish().says("You passed")


# ---- Back, two windows, twice


def test_back_and_another_answer_the_later_one_wins(sitting: Sitting, records: Records) -> None:
    number = draw(sitting, records, "single-choice")
    page, address = sitting.page, sitting.address(number)
    page.get(address)
    sitting.say(number, wrong(sitting.question(number)))
    page.get(address)
    sitting.say(number, right(sitting.question(number)))
    page.never_says("in another window")
    with records() as session:
        assert learning.answers(session, sitting.id)[sitting.question(number).id].answer == right(sitting.question(number))


def test_two_windows_on_one_question_the_later_wins_and_says_so(sitting: Sitting, records: Records, browse: Browse, people: People) -> None:
    number = draw(sitting, records, "single-choice")
    address, other = sitting.address(number), Sitting(browse(people.bob), sitting.app, records)
    sitting.page.get(address)
    other.page.get(address)
    sitting.say(number, wrong(sitting.question(number)))
    other.say(number, right(other.question(number)))
    other.page.says("in another window", "is the one that counts")
    assert answers_of(records, other.id) == 2


def test_the_same_page_sent_twice_is_one_answer_with_one_receipt(sitting: Sitting, records: Records) -> None:
    number = draw(sitting, records, "single-choice")
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    pairs = page.form(address).fill(sitting.form(number, right(sitting.question(number))), None)
    receipts = set()
    for _ in range(3):
        page.send(address, pairs)
        receipts.add(page.text.partition("receipt ")[2].split()[0])
    assert len(receipts) == 1
    assert answers_of(records, int(address.split("/")[2])) == 1


def test_an_old_page_after_the_end_leads_to_the_result(sitting: Sitting, records: Records) -> None:
    number = sitting.plain
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    pairs = page.form(address).fill(sitting.form(number, right(sitting.question(number))), None)
    sitting.all(right)
    result = sitting.finish().path
    assert page.get(address).path == result
    page.send(address, [("csrf", page.token), *[pair for pair in pairs if pair[0] not in {"csrf", "key"}], ("key", "another-page")], 409)
    page.says("finished this quiz already")
    assert page.get(address.rsplit("/", 1)[0] + "/review").path == result


def test_starting_twice_goes_on_with_the_one_that_is_open(sitting: Sitting, app: Flask, records: Records) -> None:
    assert begin(sitting.page, app, records).id == sitting.id


# ---- what was never offered


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"q-nothing": ["x"]}, "an input the question has not"),
        ({"q-answer": ["not-a-token"]}, "a choice that was not offered"),
        ({"q-answer": ["00000000"] * 2}, "two where one is asked"),
        ({"q-answer": [f"{n:08x}" for n in range(400)]}, "very many choices"),
    ],
)
def test_what_the_page_did_not_offer_is_refused(sitting: Sitting, records: Records, fields: dict[str, list[str]], why: str) -> None:
    number = draw(sitting, records, "single-choice")
    page = sitting.page.get(sitting.address(number))
    (name,) = {name for name in page.form(sitting.address(number)).choices if name.startswith("q-")}
    sent = {name if key == "q-answer" else key: values for key, values in fields.items()}
    page.forge(sitting.address(number), {"key": "a-good-key", "seen": "0", **sent}, status=400)
    assert answers_of(records, sitting.attempt.id) == 0, why


def test_ten_thousand_tokens_are_refused_before_they_are_read(sitting: Sitting, records: Records) -> None:
    page = sitting.page.get(sitting.address(1))
    response = page.client.post(sitting.address(1), data={"csrf": page.token, "q-x": [f"{n:08x}" for n in range(10_000)]})
    assert response.status_code in {400, 413}
    assert answers_of(records, sitting.id) == 0


def test_the_choices_of_another_person_mean_nothing_here(
    sitting: Sitting, browse: Browse, app: Flask, people: People, records: Records
) -> None:
    read_course(records, app, people.omar)
    other = begin(browse(people.omar), app, records)
    number = draw(sitting, records, "single-choice")
    page = sitting.page.get(sitting.address(number))
    (name,) = {name for name in page.form(sitting.address(number)).choices if name.startswith("q-")}
    theirs = other.paper.inputs(other.question(draw(other, records, "single-choice")))[0]
    token = theirs.choices[0].id
    page.forge(sitting.address(number), {"key": "a-good-key", "seen": "0", name: token}, status=400)


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_a_page_has_a_key_of_its_own(sitting: Sitting, records: Records, key: str) -> None:
    page = sitting.page.get(sitting.address(1))
    filled = {name: list(values) for name, values in sitting.form(1, right(sitting.question(1))).items()}
    if sitting.question(1).stages({}):
        filled = dict(list(filled.items())[:1])
    page.forge(sitting.address(1), {"key": key, **filled}, status=400)


def test_what_is_not_mine_looks_like_what_is_not_there(sitting: Sitting, browse: Browse, people: People) -> None:
    """To the byte: an address must not betray that something is behind it."""
    id = sitting.id
    for who in (people.omar, people.alice, people.ada, people.tess):
        page = browse(who)
        for path in ("/quiz/{}/1", "/quiz/{}/review", "/quiz/{}/result"):
            mine = page.get(path.format(id), 404).response.data.replace(path.format(id).encode(), b"X")
            none = page.get(path.format(99_999_999), 404).response.data.replace(path.format(99_999_999).encode(), b"X")
            assert mine == none, path
        page.forge(f"/quiz/{id}/finish", status=404)
        page.forge(f"/quiz/{id}/1", {"key": "a-good-key"}, status=404)
    assert sitting.attempt.finished is None


@pytest.mark.parametrize("number", ["0", "21", "999", "x", "-1"])
def test_a_question_that_the_paper_has_not(sitting: Sitting, number: str) -> None:
    sitting.page.get(f"/quiz/{sitting.id}/{number}", 404)


@pytest.mark.parametrize("saved", ["0", "21", "9999", "x", "-1", "1%00", "٣"])
def test_an_address_with_odd_words_in_it_is_harmless(sitting: Sitting, saved: str) -> None:
    sitting.page.get(f"/quiz/{sitting.id}/1?saved={saved}&also=1")
    sitting.page.get(f"/quiz/{sitting.attempt.id}/review?saved={saved}")


def test_the_page_never_says_which_answer_is_right(sitting: Sitting) -> None:
    """Nothing on an unanswered page may tell the best choice from the others: no ids, notes or marks of the author."""
    for number in range(1, 21):
        page, question = sitting.page.get(sitting.address(number)), sitting.question(number)
        source = page.response.get_data(as_text=True)
        for note in question.mark({}).notes:
            assert len(note.text) < 12 or note.text not in source, f"{question.id}: {note.text}"
        for form_value in page.form(sitting.address(number)).choices.values():
            assert all(len(value) in {0, 8} for value in form_value), question.id


def test_answering_asks_the_database_little(sitting: Sitting, monkeypatch: pytest.MonkeyPatch, records: Records) -> None:
    monkeypatch.setattr("elearn.web.tenant.FRESH", 3600.0)
    sitting.app.extensions["tenancy"].forget()
    number = draw(sitting, records, "single-choice")
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    pairs = page.form(address).fill(sitting.form(number, right(sitting.question(number))), None)
    statements: list[str] = []
    original = page._ask

    def ask(*args: object) -> None:
        original(*args)  # type: ignore[arg-type]  # handed on as it came
        statements.append(str(len(page.statements)))

    monkeypatch.setattr(page, "_ask", ask)
    page.send(address, pairs)
    assert statements == ["5", "3"], "the answer, and the next question"

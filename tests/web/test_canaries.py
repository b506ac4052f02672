"""Puts marked words into what is private, walks through the site as everyone, and looks for them in every byte that came back."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from werkzeug.test import TestResponse

from elearn.rules.courses import Check, Course
from elearn.rules.questions.base import Question
from tests.web.crawler import read
from tests.web.town import BRIEFING, COURSE, FORMULA, HASH, NAMES, PERSONAS, TEAM_OF, Town

if TYPE_CHECKING:
    from tests.web.walks import Walks

RED: Final = frozenset(NAMES) - frozenset(TEAM_OF)

MAY_NAME: Final = {
    "visitor": frozenset[str](),
    "learner": frozenset({"learner", "manager"}),  # whom to ask is one's manager
    "manager": RED,
    "trainer": frozenset({"trainer", "manager"}),
    "administrator": frozenset(NAMES),
}
"""Whose names, and whose mail addresses, stand on the pages of each."""


def _where(walks: Walks, persona: str, word: str) -> list[str]:
    """The pages on which someone of this kind can read the word, in whatever case."""
    folded = word.casefold()
    return [path for path, text in walks.texts(persona) if folded in text]


# ---- People --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("persona", PERSONAS)
def test_names_reach_only_those_who_answer_for_the_people(walks: Walks, persona: str) -> None:
    for key in NAMES.keys() - MAY_NAME[persona]:
        surname = NAMES[key].split()[-1]
        assert not (found := _where(walks, persona, surname)), f"the {persona} reads the name of {key} at {found}"


@pytest.mark.parametrize("persona", PERSONAS)
def test_mail_addresses_reach_only_those_who_answer_for_the_people(walks: Walks, town: Town, persona: str) -> None:
    for key in NAMES.keys() - MAY_NAME[persona]:
        email = town.people[key].email
        assert not (found := _where(walks, persona, email)), f"the {persona} reads the address of {key} at {found}"


def test_the_walk_can_tell(walks: Walks) -> None:
    """The search finds what is there to be found."""
    for persona in PERSONAS[1:]:
        assert _where(walks, persona, NAMES[persona]), persona
    assert _where(walks, "manager", NAMES["mia"]) and _where(walks, "administrator", NAMES["omar"])
    assert any(path.endswith(".pdf") for path in _where(walks, "learner", NAMES["learner"])), "no word was read in a PDF"
    assert "/certificates/all.zip" in _where(walks, "learner", NAMES["learner"])
    assert any(path.endswith(".csv") for path in _where(walks, "manager", NAMES["mia"]))


def test_other_teams_and_agencies_are_not_named(walks: Walks) -> None:
    for persona in PERSONAS[:-1]:
        for word in ("Bluelagoon", "Farthing", "Farmouth"):
            assert not (found := _where(walks, persona, word)), f"the {persona} reads of {word} at {found}"


def test_the_code_that_lets_people_join_a_team_reaches_nobody_outside_it(walks: Walks, town: Town) -> None:
    codes = {row[0]: row[3] for row in town.rows()["team"]}
    for persona in PERSONAS[:-1]:
        for place in ("blue", "far"):
            code = codes[town.teams[place]]
            for shown in (code, f"{code[:3]} {code[3:]}"):
                assert not _where(walks, persona, shown), f"the {persona} can join {place}"


# ---- What is one's own -----------------------------------------------------------------------------------------------------

def test_what_someone_keeps_to_themselves_is_read_by_nobody_else(walks: Walks) -> None:
    for persona in PERSONAS:
        for key in NAMES:
            found = _where(walks, persona, f"private-thought-of-{key}-")
            assert bool(found) == (key == persona), f"the {persona} reads what {key} wrote, at {found}"


def test_secrets_stand_in_no_answer(walks: Walks, town: Town) -> None:
    rows = town.rows()
    secrets = {*town.secrets.values(), HASH, *(row[1] for row in rows["session"]), *(row[1] for row in rows["link"]), "link-of-"}
    for persona in PERSONAS:
        for secret in secrets:
            assert not (found := _where(walks, persona, secret)), f"the {persona} reads a secret at {found}"


def test_the_log_names_nobody_and_holds_no_secret_address_or_answer(walks: Walks, town: Town) -> None:
    lines = [line for line in walks.log if "elearn" in line]
    assert len(lines) > 100, "nothing was logged"
    codes = [row[0] for row in town.rows()["certificate"]]
    words = [
        *(name.split()[-1] for name in NAMES.values()), *(who.email for who in town.people.values()), *town.secrets.values(), *codes, HASH,
        "link-of-", "private-thought", "csrf=",
    ]
    for line in lines:
        assert not [word for word in words if word in line], line


def test_addresses_hold_no_token(walks: Walks) -> None:
    for persona in PERSONAS:
        for path, answer in walks.answers(persona):
            for form in read(answer, path).forms:
                assert form.method == "post" or "csrf" not in {input.name for input in form.inputs}, f"{path} puts a token into an address"
            assert "csrf" not in path


# ---- The key of a quiz -----------------------------------------------------------------------------------------------------

LETTERS = re.compile(r"[\W_]+")
LONG_ENOUGH = 24
"""Letters: shorter words may well stand elsewhere on their own."""


def _folded(text: str) -> str:
    """Letters and digits alone, so that marks, tags and spaces between them do not hide anything."""
    return LETTERS.sub("", text).casefold()


def _rationale(question: Question) -> Iterator[str]:
    """Everything that says or hints which answer is best: notes to options, the note to all, what a choice leads to."""
    yield question.note
    yield from (note.text for note in question.mark({}).notes)
    yield from (stage.after for stage in question.stages(question.mark({}).answer))


def _keys(course: Course, questions: Iterator[Question]) -> set[str]:
    """The rationale of these questions, folded, without what the course itself says to every reader."""
    said = _folded(" ".join(screen.body for _, screen in course.screens()))
    found = {_folded(text) for question in questions for text in _rationale(question)}
    return {key for key in found if len(key) >= LONG_ENOUGH and key not in said}


def _course(town: Town, slug: str) -> Course:
    course: Course = town.app.extensions["catalogue"].courses[slug]
    return course


def _leaked(walks: Walks, keys: set[str]) -> list[str]:
    return [
        f"the {persona} reads “{key[:60]}” at {path}"
        for persona in PERSONAS for path, text in walks.texts(persona) for folded in [_folded(text)] for key in keys if key in folded
    ]


def test_no_byte_says_which_answer_is_best_before_a_quiz_is_finished(walks: Walks, town: Town) -> None:
    course = _course(town, COURSE)
    assert course.quiz is not None
    keys = _keys(course, iter(course.quiz.questions))
    assert len(keys) > 150, "there is little to look for"
    assert not _leaked(walks, keys)


def test_no_byte_says_which_answer_is_best_before_a_question_on_the_way_is_answered(walks: Walks, town: Town) -> None:
    course = _course(town, COURSE)
    keys = _keys(course, (step.question for _, step in course.steps() if isinstance(step, Check)))
    assert len(keys) > 30
    assert not _leaked(walks, keys)


def test_the_questions_of_a_quiz_reach_nobody_who_does_not_sit_it(walks: Walks, town: Town) -> None:
    quiz = _course(town, COURSE).quiz
    assert quiz is not None
    prompts = {_folded(question.prompt) for question in quiz.questions if len(_folded(question.prompt)) >= LONG_ENOUGH}
    for path, text in walks.texts("visitor"):
        folded = _folded(text)
        assert not [prompt for prompt in prompts if prompt in folded], path


def test_what_a_choice_is_called_in_the_form_says_nothing_about_it(walks: Walks, town: Town) -> None:
    """A token for this paper, of one length: never the author's id, nor its place in the file."""
    seen = 0
    for persona in PERSONAS[1:]:
        pages = [item for item in walks.answers(persona) if re.fullmatch(r"/quiz/\d+/\d+", item[0]) and item[1].status_code == 200]
        for path, answer in pages:
            for form in read(answer, path).forms:
                offered = (input for input in form.inputs if input.kind in {"radio", "checkbox", "option"})
                values = {input.value for input in offered if input.name.startswith("q-")}
                seen += len(values)
                assert not [value for value in values if value and not re.fullmatch(r"[0-9a-f]{8}", value)], path
            assert not re.search(r"data-(?!theme|text)[a-z-]*=|<!--", answer.get_data(as_text=True)), f"{path} holds more than is shown"
    assert seen > 100


def test_in_learn_mode_the_feedback_comes_with_the_answer_and_not_before(town: Town) -> None:
    client, course = town.client("learner"), _course(town, BRIEFING)
    assert course.quiz is not None and course.quiz.mode == "learn"
    keys = _keys(course, iter(course.quiz.questions))
    page = client.post(f"/quiz/{BRIEFING}/start", data={"csrf": town.token("learner")}, follow_redirects=True)
    assert page.status_code == 200 and not [key for key in keys if key in _folded(page.get_data(as_text=True))]
    said = ""
    start = page.request.path.rpartition("/")[0]
    for number in range(1, course.quiz.draw + 1):  # not every kind of question has reasons of its own: an order only has places
        told = client.get(f"{start}/{number}")
        for _ in range(6):  # a story in stages is told part by part, and explained after the last
            asked = [form for form in read(told, told.request.path).forms if any(input.name.startswith("q-") for input in form.inputs)]
            if not asked:
                break
            told = client.post(asked[0].action, data=_pairs(asked[0].filled(lambda input: "1")), follow_redirects=True)
        said += _folded(told.get_data(as_text=True))
    assert [key for key in keys if key in said], "answering explained nothing"


def _pairs(sent: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in sent:
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/modules", "/modules/elearning/child-abuse-and-neglect/quiz.yaml", "/static/../modules/contacts.yaml", "/static/quiz.yaml",
        "/static/%2e%2e/modules/contacts.yaml", "/static/..%2fmodules%2fcontacts.yaml", "/static/screen.css.map", "/quiz.json",
        "/.git/HEAD", "/sitemap.xml",
        "/elearn.sqlite", "/data/elearn.sqlite", "/data/keys/csrf", "/static/../../etc/passwd", "/templates/site/home.html", "/wsgi.py",
        "/service-worker.js", "/learn/child-abuse-and-neglect/quiz.yaml", "/7/child-neglect.yaml", "/.env", "/requirements.txt", "/admin",
        "/debug", "/metrics", "/openapi.json", "/server-status", "/office/mail/../../keys/csrf", "/office/mail/..%2f..%2fkeys%2fcsrf",
        "/office/mail/....eml", "/feed", "/backup.zip",
    ],
)
def test_sources_are_not_served(town: Town, path: str) -> None:
    for persona in ("visitor", "administrator"):
        answer = town.client(persona).get(path)
        assert answer.status_code == 404 or (persona == "visitor" and answer.status_code == 303), f"{persona} at {path}"
        assert b"questions:" not in answer.data and b"root:" not in answer.data


# ---- Words that are more than words ------------------------------------------------------------------------------------------

def test_a_name_that_is_code_is_shown_and_never_run(walks: Walks) -> None:
    shown = 0
    for persona in PERSONAS:
        for path, answer in walks.answers(persona):
            if answer.mimetype != "text/html":
                continue
            page = answer.get_data(as_text=True)
            shown += "&lt;script&gt;alert(1)" in page
            assert "<script>alert" not in page and "http://evil.example\"" not in page and "49" not in re.findall(r"u202e(\d+)", page), path
    assert shown, "the name stands on no page"


APART = re.compile(
    r'<bdi>.*?</bdi>|<(title|option)\b.*?</\1>|<span class="hidden-text">.*?</span>|\s(value|aria-label)="[^"]*"', re.DOTALL
)
"""What is shown on its own, or is only read out."""


def test_a_name_that_turns_the_writing_round_turns_nothing_else(walks: Walks) -> None:
    """Where a name is shown it stands on its own (bdi), so that what follows it reads as it should."""
    for persona in PERSONAS:
        for path, answer in walks.answers(persona):
            if answer.mimetype == "text/html":
                assert "\u202e" not in APART.sub("", answer.get_data(as_text=True)), f"{path} for the {persona}"


def _cells(answer: TestResponse) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))) for cell in row]


def test_no_cell_of_a_file_can_be_run_as_a_formula(walks: Walks) -> None:
    files = [(path, answer) for persona in PERSONAS for path, answer in walks.answers(persona) if answer.mimetype == "text/csv"]
    assert any(FORMULA in cell for _, answer in files for cell in _cells(answer)), "the name that is a formula is in no file"
    for path, answer in files:
        assert answer.headers["Content-Disposition"].startswith("attachment"), path
        assert not [cell for cell in _cells(answer) if cell[:1] in set("=+-@\t\r＝＋－＠")], path


SHOWN_IN_PAGES: Final = {"text/html", "text/css", "text/javascript", "text/plain", "font/woff2", "image/svg+xml", "application/atom+xml"}


def test_what_is_downloaded_is_not_opened_as_a_page(walks: Walks) -> None:
    for persona in PERSONAS:
        for path, answer in walks.answers(persona):
            if answer.status_code == 200 and answer.mimetype not in SHOWN_IN_PAGES:
                assert answer.mimetype in {"application/pdf", "application/zip", "text/csv"}, f"{path}: {answer.mimetype}"
                assert "Content-Disposition" in answer.headers, path

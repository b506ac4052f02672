"""Finding learning, one’s own learning, and reading a course screen by screen."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions.publishing import Catalogue
from elearn.records import learning
from elearn.rules.courses import Check
from elearn.rules.questions.choices import right_one
from elearn.rules.questions.scenario import Scenario
from elearn.web.areas.learn import paper_of
from elearn.web.filters import used_in
from tests.answering import fields, right, wrong
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, NEGLECT, course_of, read_briefing, read_course, screens

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


def checks(app: Flask) -> list[tuple[str, Check]]:
    return [(unit.id, step) for unit, step in course_of(app, LEVEL1).steps() if isinstance(step, Check)]


@pytest.mark.parametrize(
    "query", ["", "?q=neglect", "?q=%22%3Cscript%3E%27", "?kind=safer7&time=7", "?kind=nonsense&time=nonsense", "?q=" + "x" * 5000]
)
def test_anyone_may_look_through_what_there_is(browse: Browse, query: str) -> None:
    browse(None).get(f"/learn{query}")


def test_looking_for_words_finds_what_has_them(browse: Browse, app: Flask) -> None:
    page = browse(None)
    page.get("/learn?q=curiosity").says(course_of(app, "professional-curiosity").title).never_says("Graded Care Profile")
    page.get("/learn?q=zebra").never_says(course_of(app, NEGLECT).title)


def tabs(page: Page) -> dict[str, int]:
    """Each kind of learning with how many of it the tab says there are."""
    return {words.strip(): int(count) for words, count in re.findall(r"(All|Safer7|eLearning|Live courses|To read and print|Themes) (\d+)", page.text)}


def listed(page: Page) -> list[str]:
    """Where the rows of the list lead."""
    found = page.response.get_data(as_text=True)
    return re.findall(r'<h[34]><a href="([^"]+)"', found)


@pytest.mark.parametrize("query", ["", "?q=neglect", "?time=7", "?q=baby&time=120"])
def test_each_tab_says_how_many_it_shows(browse: Browse, query: str) -> None:
    page = browse(None).get(f"/learn{query}")
    counts = tabs(page)
    assert len(listed(page)) == counts["All"]
    for kind, words in (("safer7", "Safer7"), ("resources", "To read and print"), ("themes", "Themes")):
        page.get(f"/learn{query}{'&' if query else '?'}kind={kind}")
        assert len(listed(page)) == counts[words]
        assert tabs(page) == counts


def test_cards_films_posters_themes_and_tools_are_found_by_what_they_say(browse: Browse) -> None:
    page = browse(None)
    assert "/resources/aces" in listed(page.get("/learn?q=adverse childhood"))
    assert "/resources/watch-and-share" in listed(page.get("/learn?q=films&kind=resources"))
    assert "/resources/poster-teenagers" in listed(page.get("/learn?q=teenagers POSTER"))
    assert "/themes/2026-05-child-neglect" in listed(page.get("/learn?q=neglect&kind=themes"))
    assert "/tools/gcp2" in listed(page.get("/learn?q=gcp2"))
    assert "/tools/gcp2" not in listed(page.get("/learn?q=gcp2&time=7")), "nobody can promise how long a tool takes"
    page.get("/learn?q=href").says("0 results")
    page.get("/learn?q=zebra").says("0 results", "Nothing found")


def test_a_theme_is_found_once_its_month_has_begun(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 4, 30, 12, tzinfo=UTC))
    assert tabs(browse(None).get("/learn"))["Themes"] == 0


def test_a_course_page_is_open_to_everyone_and_its_screens_ask_one_to_sign_in(browse: Browse, app: Flask) -> None:
    unit, step, _ = screens(course_of(app, LEVEL1))[0]
    page = browse(None).get(f"/learn/{LEVEL1}")
    page.says(course_of(app, LEVEL1).title)
    response = page.client.get(f"/learn/{LEVEL1}/{unit}/{step}")
    assert response.status_code == 303
    assert f"next=%2Flearn%2F{LEVEL1}" in response.headers["Location"] or f"next=/learn/{LEVEL1}" in response.headers["Location"]


def test_every_live_course_says_what_it_is_like_whom_it_is_for_and_what_to_do_before_it(browse: Browse, app: Flask) -> None:
    live = [course for course in app.extensions["catalogue"].courses.values() if course.kind == "live"]
    assert len(live) >= 6
    for course in live:
        page = browse(None).get(f"/learn/{course.slug}")
        page.says("What it is like", "Before you come", course.audience, course.content_note, *(outcome.text for outcome in course.outcomes))
        page.says("Not yet reviewed by a safeguarding professional")


def test_whoever_reviewed_a_course_stands_on_its_page_with_the_day(app: Flask, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    live: Catalogue = app.extensions["catalogue"]
    seen = {"reviewed_by": "Dr Nadia <b>Sow</b>", "reviewed_on": date(2026, 11, 20)}
    courses = {slug: replace(one, version=f"{one.version}-seen", **seen) for slug, one in live.courses.items()}  # type: ignore[arg-type]  # names of fields
    monkeypatch.setattr(live, "library", replace(live.library, courses=courses))
    for address in (f"/learn/{LEVEL1}", f"/learn/{LEVEL1}/sources", f"/7/{NEGLECT}", f"/7/{NEGLECT}/print", "/learn/trauma-informed-practice"):
        browse(None).get(address).says("Dr Nadia <b>Sow</b> on 20 November 2026").never_says("Not yet reviewed")


def test_hard_words_are_explained_on_the_course_its_last_box_and_its_sources(browse: Browse, app: Flask) -> None:
    for slug, addresses in ((LEVEL1, (f"/learn/{LEVEL1}", f"/learn/{LEVEL1}/sources")), (NEGLECT, (f"/7/{NEGLECT}/7", f"/learn/{NEGLECT}/sources"))):
        glossary = course_of(app, slug).glossary
        assert glossary
        for address in addresses:
            page = browse(None).get(address).says("Words used here", *glossary, *glossary.values())
            assert 'id="words"' in page.response.get_data(as_text=True)
    browse(None).get(f"/7/{NEGLECT}/1").never_says("Words used here")
    browse(None).get(f"/learn/{LEVEL1}/sources?page=2").never_says("Words used here")


def test_a_screen_explains_only_the_hard_words_that_stand_on_it(browse: Browse, app: Flask, people: People) -> None:
    course, page = course_of(app, LEVEL1), browse(people.bob)
    told = {f"{unit.id}/{screen.id}": used_in(course.glossary, screen.body) for unit, screen in course.screens()}
    some, none = next(step for step, words in told.items() if words), next(step for step, words in told.items() if not words)
    page.get(f"/learn/{LEVEL1}/{some}").says("Words used here", *told[some].values())
    assert all(meaning not in page.text for word, meaning in course.glossary.items() if word not in told[some])
    page.get(f"/learn/{LEVEL1}/{none}").never_says("Words used here")


def test_a_live_course_explains_the_hard_words_that_stand_on_its_page(browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = "child-protection-conferences"
    glossary = {**course_of(app, slug).glossary, "zeugma": "a word that is nowhere here"}
    live: Catalogue = app.extensions["catalogue"]
    told = replace(course_of(app, slug), version="with-another-word", glossary=glossary)
    monkeypatch.setattr(live, "library", replace(live.library, courses={**live.library.courses, slug: told}))
    browse(None).get(f"/learn/{slug}").says("Words used here", glossary["conference"], glossary["core group"]).never_says("zeugma")
    monkeypatch.setattr(live, "library", replace(live.library, courses={**live.library.courses, slug: replace(told, version="plain", glossary={})}))
    browse(None).get(f"/learn/{slug}").never_says("Words used here")


def test_a_word_is_found_whole_in_any_case_and_in_its_plural_but_never_in_markup() -> None:
    glossary = {"lead": "1", "GCP2": "2", "class": "3", "county lines": "4"}
    assert used_in(glossary, '<p class="lead">Leads use gcp2.</p><p>A county line; leading.</p>') == {"lead": "1", "GCP2": "2"}


def test_a_course_without_hard_words_has_no_place_for_them(app: Flask, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    live: Catalogue = app.extensions["catalogue"]
    courses = {slug: replace(one, version=f"{one.version}-plain", glossary={}) for slug, one in live.courses.items()}
    monkeypatch.setattr(live, "library", replace(live.library, courses=courses))
    for address in (f"/learn/{LEVEL1}", f"/learn/{LEVEL1}/sources", f"/7/{NEGLECT}/7"):
        browse(None).get(address).never_says("Words used here")


def test_every_fact_stands_on_one_of_the_pages_of_sources(browse: Browse, app: Flask) -> None:
    page = browse(None).get(f"/learn/{LEVEL1}/sources")
    shown, number = page.text, 1
    while any(link.endswith(f"page={number + 1}") for link in page.links()):
        number += 1
        shown += page.get(f"/learn/{LEVEL1}/sources?page={number}").text
    course = course_of(app, LEVEL1)
    assert number > 1
    assert all(" ".join(fact.claim.split()) in shown for fact in course.facts)
    assert page.get(f"/learn/{LEVEL1}/sources?page=99").says(f"Page {number} of {number}")
    assert page.get(f"/learn/{LEVEL1}/sources?page=none").says("Page 1 of")


def test_every_screen_and_every_question_of_the_course_in_order(browse: Browse, app: Flask, people: People, records: Records) -> None:
    """By pressing the buttons alone: what comes next is always the next one, and at the end the quiz opens."""
    course, page = course_of(app, LEVEL1), browse(people.bob)
    page.get(f"/learn/{LEVEL1}")
    assert f"/quiz/{LEVEL1}/start" not in [form.action for form in page.forms]
    steps = screens(course)
    for here, (unit, step, is_screen) in enumerate(steps):
        address = f"/learn/{LEVEL1}/{unit}/{step}"
        if here == 0 or steps[here - 1][0] != unit:
            page.get(address)
        assert page.path == address
        if is_screen:
            page.post(address)
            continue
        found = course.unit(unit)
        thing = found.step(step) if found else None
        assert isinstance(thing, Check)
        answer_check(page, address, thing, people.bob, right)
        page.says("Next:" if here + 1 < len(steps) and steps[here + 1][0] == unit else "Back to the course")
        page.get(next_address(steps, here))
    assert f"/quiz/{LEVEL1}/start" in [form.action for form in page.get(f"/learn/{LEVEL1}").forms]


def next_address(steps: list[tuple[str, str, bool]], here: int) -> str:
    if here + 1 == len(steps) or steps[here + 1][0] != steps[here][0]:
        return f"/learn/{LEVEL1}"
    return f"/learn/{LEVEL1}/{steps[here + 1][0]}/{steps[here + 1][1]}"


def answer_check(page: Page, address: str, thing: Check, who: Who, how: Callable[..., object]) -> Page:
    """Answer a question along the way; one in stages, stage by stage."""
    paper = paper_of(thing, LEVEL1, who.id)
    filled = fields(paper, thing.question, how(thing.question))  # type: ignore[arg-type]  # right or wrong
    for part in [{name: values} for name, values in filled.items()] if thing.question.stages({}) else [filled]:
        page.post(address, part)
    return page


def test_a_wrong_answer_along_the_way_is_explained_and_may_be_tried_again(browse: Browse, app: Flask, people: People) -> None:
    page = browse(people.bob)
    for unit, thing in checks(app):
        address = f"/learn/{LEVEL1}/{unit}/{thing.id}"
        answer_check(page.get(address), address, thing, people.bob, wrong)
        if thing.question.mark({}).available:
            assert page.text.count("Not quite") + page.text.count("Nearly") >= 1, address
        page.click("Try this one again")
        assert page.form(address)


def test_a_level_next_to_the_best_one_with_the_best_reason_earns_a_part_and_is_called_close(browse: Browse, app: Flask, people: People) -> None:
    slug, place = "support-level-guidance", "four-levels/which-help"
    thing = next(step for _, step in course_of(app, slug).steps() if step.id == "which-help")
    assert isinstance(thing, Check) and isinstance(thing.question, Scenario)
    level, reason = thing.question.parts
    near = next(option.id for option in level.options if option.near)
    address, paper = f"/learn/{slug}/{place}", paper_of(thing, slug, people.bob.id)
    page = browse(people.bob).get(address)
    for name, values in fields(paper, thing.question, {"stage1": (near,), "stage2": (right_one(reason.options).id,)}).items():
        page.post(address, {name: values})
    page.says("Nearly. 1½ of 2 right", "Your answer: close", "Your answer: right").never_says("Your answer: look again")


def test_a_wrong_turn_in_a_story_can_be_put_right_and_the_map_shows_every_way(browse: Browse, app: Flask, people: People) -> None:
    thing = next(step for _, step in course_of(app, LEVEL1).steps() if step.id == "kezia-talks")
    assert isinstance(thing, Check)
    address, paper = f"/learn/{LEVEL1}/if-a-child-tells-you/kezia-talks", paper_of(thing, LEVEL1, people.bob.id)
    shown = fields(paper, thing.question, {"stage1": ("1",), "stage2": ("0",), "stage3": ("2",), "stage4": ("1",)})
    page = browse(people.bob).get(address).says("Part 1.").never_says("See every way", "Part 1 of")
    for number, (name, values) in enumerate(shown.items(), 1):
        assert list(page.form(address).choices) == [name], "one part at a time"
        page.says(f"Part {number}").never_says("See every way", "You chose this")
        page.post(address, {name: values})
    page.says(
        "Nearly. 2 of 3 right", "See every way the story could go", "Scene 4", "You came here", "You chose this", "The best choice: you chose this",
        "This scene is a way round, so it earns no point.", "The story ends here.",
    )
    places = {link.get("href", "") for link in page.root.iter("a")} & {f"#scene-{number}" for number in range(10)}
    assert places == {"#scene-2", "#scene-3", "#scene-4"} and all(page.root.find(f".//*[@id='{place[1:]}']") is not None for place in places)
    again = page.get(f"{address}?again=1").says("Part 1.")
    again.post(address, {"q-stage1": fields(paper, thing.question, {"stage1": ("0",)})["q-stage1"]})
    assert list(page.form(address).choices) == ["q-stage3"], "the best choice leads past the way round"


def test_sending_nothing_says_what_to_do_and_keeps_the_page(browse: Browse, app: Flask, people: People) -> None:
    page = browse(people.bob)
    for unit, thing in checks(app):
        if thing.question.kind == "ordering":
            continue  # its steps always stand in some order
        address = f"/learn/{LEVEL1}/{unit}/{thing.id}"
        page.get(address).post(address, status=422)
        assert page.title.startswith("Error: ")
        assert page.form(address)


def test_a_question_along_the_way_may_be_skipped(browse: Browse, app: Flask, people: People, records: Records) -> None:
    unit, thing = checks(app)[0]
    address = f"/learn/{LEVEL1}/{unit}/{thing.id}"
    page = browse(people.bob).get(address).post(address, press="Skip this question")
    assert page.path != address
    with records() as session:
        assert f"{unit}/{thing.id}" in learning.seen_steps(session, people.bob.id, LEVEL1)


@pytest.mark.parametrize("path", ["/learn/nothing", f"/learn/{LEVEL1}/no/no", f"/learn/{LEVEL1}/no", f"/learn/{NEGLECT}/main/what"])
def test_addresses_that_lead_nowhere(browse: Browse, people: People, path: str) -> None:
    browse(people.bob).get(path, 404)


def test_my_learning_begins_empty_and_shows_where_one_stopped(browse: Browse, app: Flask, people: People) -> None:
    page = browse(people.bob).get("/my")
    unit, step, _ = screens(course_of(app, LEVEL1))[0]
    page.get(f"/learn/{LEVEL1}/{unit}/{step}").post(f"/learn/{LEVEL1}/{unit}/{step}")
    second = screens(course_of(app, LEVEL1))[1]
    assert f"/learn/{LEVEL1}/{second[0]}/{second[1]}" in browse(people.bob).get("/my").links(), "on any device"


def test_pages_ask_the_database_little(
    browse: Browse, app: Flask, people: People, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a page stays quick however much there is: these are all, with everything warm."""
    monkeypatch.setattr("elearn.web.tenant.FRESH", 3600.0)
    app.extensions["tenancy"].forget()
    read_course(records, app, people.bob)
    page = read_briefing(browse(people.bob))
    unit, step, _ = screens(course_of(app, LEVEL1))[0]
    most = {f"/7/{NEGLECT}": 2, f"/7/{NEGLECT}/1": 2, "/learn": 4, f"/learn/{LEVEL1}": 5, f"/learn/{LEVEL1}/{unit}/{step}": 2, "/my": 9}
    assert {path: len(page.get(path).statements) for path in most} == most
    page.get(f"/learn/{LEVEL1}").post(f"/quiz/{LEVEL1}/start")
    assert len(page.get(page.path).statements) == 3, "a question"
    assert len(page.get("/quiz/" + page.path.split("/")[2] + "/review").statements) == 3
    visitor = browse(None)
    assert visitor.get("/learn").statements == []
    assert len(visitor.get(f"/7/{NEGLECT}/1").statements) == 1

"""The library: what is in, what is left out, and why, with file and line."""
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from elearn.content.library import load
from elearn.content.markdown import Outside
from elearn.content.problems import as_json, report
from elearn.content.reader import NotReadable, read_course, read_theme, read_tool
from elearn.content.source import Source
from elearn.rules import gates
from elearn.rules.courses import Check, Screen
from tests.content import sample
from tests.content.sample import TODAY, line_of, spoil, write

S7 = "safer7/child-neglect"
EL = "elearning/first-steps"


def test_a_sound_library_loads_without_a_problem(tmp_path: Path) -> None:
    library, problems = load(write(tmp_path), today=TODAY)
    assert report(problems) == ""
    assert set(library.courses) == {"child-neglect", "first-steps", "a-day"}
    assert set(library.tools) == {"a-tool"}
    assert set(library.themes) == {"2026-05-neglect"}
    assert set(library.resources) == {"a-plan"}
    assert set(library.sources) == {*library.courses, *library.tools, *library.themes, *library.resources}
    assert library.title("first-steps") == "First steps"
    assert library.title("nothing") is None


def test_a_safer7_has_one_unit_of_seven_screens_and_its_quiz(tmp_path: Path) -> None:
    course = load(write(tmp_path))[0].courses["child-neglect"]
    assert course.kind == "safer7"
    assert [step.id for _, step in course.steps()] == ["what", "why", "see", "barriers", "helps", "do", "talk"]
    assert len(course.units) == 1
    assert course.quiz is not None
    assert (course.quiz.draw, course.quiz.critical, [question.id for question in course.quiz.questions]) == (2, 1, ["one", "two"])
    assert course.law_as_at == date(2026, 11, 22)
    assert course.validity.months == 12


def test_an_e_learning_has_units_of_screens_and_checks(tmp_path: Path) -> None:
    (unit,) = load(write(tmp_path))[0].courses["first-steps"].units
    assert (unit.id, unit.title, unit.minutes, unit.note) == ("your-part", "Your part", 2, "This unit talks about harm.")
    screen, check = unit.steps
    assert isinstance(screen, Screen)
    assert (screen.outcomes, screen.facts) == (("say-what",), ("n1",))
    assert isinstance(check, Check)
    assert (check.id, check.question.kind) == ("toast", "single-choice")


def test_a_live_course_says_what_it_is_like_and_what_to_do_before_it(tmp_path: Path) -> None:
    course = load(write(tmp_path))[0].courses["a-day"]
    assert (course.length, course.units, course.quiz) == ("One day", (), None)
    assert "<strong>together</strong>" in course.about
    assert "Bring a cup." in course.prepare


def test_a_tool_has_its_tree_and_a_theme_its_items(tmp_path: Path) -> None:
    library, _ = load(write(tmp_path))
    tree = library.tools["a-tool"].requires
    assert tree == gates.All((gates.Current("first-steps"), gates.Attended("a-day")))
    theme = library.themes["2026-05-neglect"]
    assert theme.month == date(2026, 5, 1)
    assert theme.items == ("child-neglect", "first-steps", "a-day", "a-tool", "a-plan")
    assert '<a href="/learn/child-neglect">the briefing on neglect</a>' in theme.body


def test_contacts_keep_their_order_and_local_ones_start_empty(tmp_path: Path) -> None:
    contacts = load(write(tmp_path))[0].contacts
    assert list(contacts) == ["emergency", "lead"]
    assert (contacts["emergency"].number, contacts["lead"].number) == ("999", "")


def test_a_broken_module_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    library, problems = spoil(tmp_path, f"{S7}/module.yaml", "cover: neglect", "cover: kitten")
    assert "child-neglect" not in library.courses
    assert "child-neglect" not in library.sources
    assert {"first-steps", "a-day"} <= set(library.courses), "a module that only points to it is not broken"
    (problem,) = problems
    assert (problem.file, problem.line, problem.rule) == (f"{S7}/module.yaml", 3, "schema")
    assert "kitten" in problem.text


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / S7 / "module.yaml").write_text("titel: x\nminutes: many\n", "utf-8")
    (tmp_path / S7 / "boxes.md").write_text("# One {#one}\n[x](javascript:alert(1))\n", "utf-8")
    (tmp_path / S7 / "sources.yaml").write_text("facts: {n1: {claim: x}}\n", "utf-8")
    (tmp_path / EL / "quiz.yaml").write_text("a: [\n", "utf-8")
    _, problems = load(tmp_path)
    assert {f"{S7}/module.yaml", f"{S7}/boxes.md", f"{S7}/sources.yaml", f"{EL}/quiz.yaml"} <= {problem.file for problem in problems}
    told = report(problems)
    assert f"{S7}/module.yaml:1: schema there is no key 'titel' here - Did you mean 'title'?" in told
    assert f"{S7}/module.yaml:2: schema minutes: this should be a whole number" in told
    assert f"{S7}/boxes.md:2: link" in told


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "rule"),
    [
        (f"{S7}/module.yaml", "where_next: [first-steps]", "where_next: [first-stepz]", 10, "where_next"),
        (f"{S7}/module.yaml", "where_next: [first-steps]", "where_next: [child-neglect]", 10, "where_next"),
        (f"{S7}/module.yaml", "where_next: [first-steps]", "before: [a-tool]", 10, "before"),
        (f"{S7}/module.yaml", "review_due: 2027-11-22", "review_due: 2027-11-23", 6, "review"),
        (f"{S7}/module.yaml", "law_as_at: 2026-11-22", "law_as_at: 2026-12-22", 5, "review"),
        (f"{S7}/module.yaml", "2027-11-22", "2027-02-30", 6, "schema"),
        (f"{S7}/module.yaml", "minutes: 7", 'minutes: "7"', 4, "schema"),
        (f"{S7}/module.yaml", "rule: rolling, months: 12", "rule: rolling, months: 0", 9, "validity"),
        (f"{S7}/module.yaml", "rule: rolling", "rule: sometimes", 9, "schema"),
        (f"{S7}/quiz.yaml", "outcome: say-what", "outcome: say-who", 6, "outcome"),
        (f"{S7}/quiz.yaml", "facts: [n1]", "facts: [n2]", 7, "fact"),
        (f"{S7}/quiz.yaml", "screen: do", "screen: done", 8, "screen"),
        (f"{S7}/quiz.yaml", "kind: single-choice", "kind: simple", 5, "question"),
        (f"{S7}/quiz.yaml", "right: true", "right: maybe", 13, "question"),
        (f"{S7}/quiz.yaml", "total: 2", "total: 3", 1, "draw"),
        (f"{S7}/quiz.yaml", "each_outcome: 1", "each_outcome: 3", 1, "draw"),
        (f"{S7}/quiz.yaml", "critical: 1", "critical: 3", 1, "draw"),
        (f"{S7}/quiz.yaml", "pass_percent: 80", "pass_percent: 101", 2, "schema"),
        (f"{S7}/quiz.yaml", "pass_percent: 80", "pass_mark: 80", 2, "schema"),
        (f"{S7}/quiz.yaml", "  two:", "  one:", 16, "yaml"),
        (f"{S7}/sources.yaml", "expires: 2027-11-22", "expires: 2027-11-23", 7, "fact"),
        (f"{S7}/sources.yaml", "checked_on: 2026-11-22", "checked_on: 2026-11-24", 2, "fact"),
        (f"{S7}/sources.yaml", "    source: General knowledge\n", "", 2, "schema"),
        (f"{S7}/sources.yaml", "    tag: K", "    tag: Z", 5, "schema"),
        (f"{S7}/boxes.md", "facts=n1", "facts=n9", 1, "fact"),
        (f"{S7}/boxes.md", "outcomes=say-what", "outcomes=x", 1, "outcome"),
        (f"{S7}/boxes.md", "{#what", "{#that", 1, "boxes"),
        (f"{S7}/boxes.md", "{#what outcomes", "{outcomes", 1, "screen"),
        (f"{S7}/boxes.md", "{#what outcomes", "{#what colour=red outcomes", 1, "screen"),
        (f"{S7}/boxes.md", "Small signs", "word " * 60 + "Small signs", 1, "words"),
        (f"{S7}/boxes.md", "Small signs", "::: more title=x\nSmall signs\n:::\n", 3, "W3"),
        (f"{S7}/boxes.md", "Small signs", "[here you are](module:nowhere)", 3, "link"),
        (f"{S7}/notes.txt", "", "x", 0, "file"),
        (f"{S7}/quizz.yaml", "", "x: 1", 0, "file"),
        (f"{EL}/units/01-your-part.md", "minutes: 2\n", "", 2, "schema"),
        (f"{EL}/units/01-your-part.md", "id: toast", "id: see", 14, "screen"),
        (f"{EL}/units/01-your-part.md", "kind: single-choice\nprompt", "prompt", 15, "question"),
        (f"{EL}/units/01-your-part.md", "right: true", "right: tru", 20, "question"),
        (f"{EL}/units/01-your-part.md", "---\ntitle", "title", 1, "unit"),
        (f"{EL}/units/your-part.md", "", sample.UNIT, 0, "unit"),
        (f"{EL}/units/02-your-part.md", "", sample.UNIT, 0, "unit"),
        (f"{EL}/items/b.yaml", "  two:", "  one:", 2, "item"),
        (f"{EL}/sources/b.yaml", "", sample.SOURCES, 2, "fact"),
        ("tools/a-tool/tool.yaml", "{attended: a-day}", "{attended: a-night}", 4, "requires"),
        ("tools/a-tool/tool.yaml", "{attended: a-day}", "{attnded: a-day}", 4, "requires"),
        ("tools/a-tool/tool.yaml", "It helps you **see**", "It <b>helps</b>", 6, "html"),
        ("tools/a-tool/tool.yaml", "Tell your lead", "Call 01384 555 0100", 8, "N1"),
        ("themes/2026-05-neglect/theme.yaml", "a-tool,", "a-fool,", 5, "items"),
        ("themes/2026-05-neglect/theme.yaml", "2026-05", "2026-06", 2, "month"),
        ("themes/2026-05-neglect/theme.yaml", "module:child-neglect", "module:child", 9, "link"),
        ("tools/a-tool/tool.yaml", "review_due: 2027-11-22", "review_due: 2027-11-23", 10, "review"),
        ("tools/a-tool/tool.yaml", "law_as_at: 2026-11-22", "law_as_at: 2026-12-22", 9, "review"),
        ("themes/2026-05-neglect/theme.yaml", "review_due: 2027-11-22", "review_due: 2027-11-23", 18, "review"),
        ("themes/2026-05-neglect/theme.yaml", "law_as_at: 2026-11-22\n", "", 1, "schema"),
        ("contacts.yaml", "number: 999", "number: 99", 4, "schema"),
        ("contacts.yaml", "number: 999", "number: 0808 800", 4, "schema"),
        ("contacts.yaml", "number: 999", "number: call us", 4, "schema"),
        ("contacts.yaml", "    tag: V\n", "", 2, "schema"),
        ("contacts.yaml", "purpose: danger", "purpose: fun", 5, "schema"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_and_line(tmp_path: Path, file: str, old: str, new: str, line: int, rule: str) -> None:
    _, problems = spoil(tmp_path, file, old, new)
    found = {(problem.file, problem.line, problem.rule) for problem in problems}
    where = file.rsplit("/", 1)[0] if rule == "unit" and line == 0 and "02-" in file else file
    assert (where, line, rule) in found, report(problems)


def test_two_modules_may_not_share_a_name(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, {"live/first-steps": sample.LIVE})
    library, problems = load(tmp_path)
    assert library.courses["first-steps"].kind == "elearning"
    assert [(problem.file, problem.rule) for problem in problems] == [("live/first-steps", "slug")]


def test_an_expired_fact_fails_the_check_but_does_not_empty_the_site(tmp_path: Path) -> None:
    library, problems = load(write(tmp_path), today=date(2027, 11, 23))
    expired = [problem for problem in problems if problem.rule == "expired" and problem.file.startswith((S7, EL))]
    assert {problem.file for problem in expired} == {f"{S7}/sources.yaml", f"{EL}/sources/a.yaml"}
    assert all(problem.severity == "error" and problem.line == 2 for problem in expired)
    assert "child-neglect" in library.courses
    assert any(problem.rule == "review" and problem.severity == "warning" for problem in problems)


def test_a_fact_counts_on_its_last_day(tmp_path: Path) -> None:
    _, problems = load(write(tmp_path), today=date(2027, 11, 22))
    assert not [problem for problem in problems if problem.rule == "expired"]


def test_a_number_not_checked_for_half_a_year_is_warned_about(tmp_path: Path) -> None:
    _, problems = load(write(tmp_path), today=date(2026, 11, 22) + timedelta(days=184))
    assert [problem.severity for problem in problems if problem.rule == "contact"] == ["warning"]


def test_a_stored_release_reads_the_same_years_later(tmp_path: Path) -> None:
    library, _ = load(write(tmp_path))
    for slug, course in library.courses.items():
        stored = library.sources[slug].to_json()
        again = read_course(Source.from_json(stored), course.kind, slug)
        assert again == course
        assert again.version == library.sources[slug].version
    assert read_tool(library.sources["a-tool"], "a-tool") == library.tools["a-tool"]
    assert read_theme(library.sources["2026-05-neglect"], "2026-05-neglect") == library.themes["2026-05-neglect"]


def test_a_stored_release_that_cannot_be_read_says_why() -> None:
    with pytest.raises(NotReadable, match=r"module\.yaml: file the file is missing"):
        read_course(Source({}), "live", "x")
    with pytest.raises(NotReadable, match="title"):
        read_tool(Source({"tool.yaml": b"summary: x"}), "x")
    with pytest.raises(NotReadable, match="month"):
        read_theme(Source({"theme.yaml": b"month: May"}), "x")


def test_any_change_to_any_file_is_a_new_version(tmp_path: Path) -> None:
    before = load(write(tmp_path))[0].courses
    after = spoil(tmp_path, f"{S7}/sources.yaml", "A worry is enough", "A worry is quite enough")[0].courses
    assert before["child-neglect"].version != after["child-neglect"].version
    assert before["first-steps"].version == after["first-steps"].version


def test_drawings_and_addresses_come_from_above(tmp_path: Path) -> None:
    write(tmp_path)
    body = sample.BOXES.replace("Small signs", "::: story ground=blush art=lost\nLost.\n:::\n[the steps](module:first-steps)\n\nSmall", 1)
    (tmp_path / S7 / "boxes.md").write_text(body, "utf-8")
    library, problems = load(tmp_path, outside=Outside(lambda name: f"<svg>{name}</svg>", lambda slug: f"/x/{slug}"))
    assert report(problems) == ""
    html = next(library.courses["child-neglect"].screens())[1].body
    assert "<svg>lost</svg></div>" in html
    assert 'href="/x/first-steps"' in html
    outside = Outside(lambda name: f"<svg>{name}</svg>", lambda slug: f"/x/{slug}")
    assert read_course(library.sources["child-neglect"], "safer7", "child-neglect", outside) == library.courses["child-neglect"]


def test_problems_read_as_lines_and_as_json(tmp_path: Path) -> None:
    _, problems = spoil(tmp_path, f"{S7}/module.yaml", "minutes: 7", "minutes: 0")
    assert report(problems) == f"{S7}/module.yaml:4: schema minutes: this must be 1 or more - Change the number."
    assert '"line": 4' in as_json(problems)
    assert '"severity": "error"' in as_json(problems)


def test_a_missing_folder_is_an_empty_library(tmp_path: Path) -> None:
    library, problems = load(tmp_path / "none")
    assert not library.courses
    assert [problem.file for problem in problems] == ["contacts.yaml"]


def test_a_library_cannot_be_changed(tmp_path: Path) -> None:
    library, _ = load(write(tmp_path))
    with pytest.raises(TypeError):
        library.courses["x"] = library.courses["a-day"]  # type: ignore[index]  # that is what must not work


def test_the_line_of_a_fault_inside_a_unit_counts_from_the_top_of_the_file(tmp_path: Path) -> None:
    _, problems = spoil(tmp_path, f"{EL}/units/01-your-part.md", "```check", "Bad <b>word</b>\n\n```check")
    assert [(problem.line, problem.rule) for problem in problems if problem.rule == "html"] == [(line_of(sample.UNIT, "```check"), "html")]

"""Each rule of good writing: a text that breaks it is found, and the sound sample breaks none."""
from __future__ import annotations

from pathlib import Path

import pytest

from elearn.content.library import load
from elearn.content.limits import LIMITS
from elearn.content.lint import RULES
from elearn.content.problems import Problem, report
from tests.content import sample
from tests.content.sample import TODAY, spoil, write

QUIZ = "safer7/child-neglect/quiz.yaml"
BOXES = "safer7/child-neglect/boxes.md"
UNIT = "elearning/first-steps/units/01-your-part.md"
PLAN, THEME = "resources/a-plan/resource.yaml", "themes/2026-05-neglect/theme.yaml"
LONG = "This is a sentence that goes on and on with more and more words until nobody who reads it can still tell how it once began."

NOTE = "A worry is enough and the lead can act at once"
ABOVE = "      - {text: All of the above, note: Each of these has its own reason so choose the best one}\n"
MORE = "".join(f"      - {{text: Do {n} more, note: {NOTE}}}\n" for n in (4, 5))
LAST = "      - {text: Ask the neighbours, note: That is not your part and it could put the child at risk}\n"


@pytest.mark.parametrize(
    ("rule", "severity", "file", "old", "new", "line"),
    [
        ("Q1", "warning", QUIZ, "A child tells you", "A child tells you " + "and you " * 26, 4),
        ("Q2", "warning", QUIZ, "Tell my lead today", "Tell my safeguarding lead about it today and write it down", 13),
        ("Q3", "error", QUIZ, "      - {text: Wait", MORE + "      - {text: Wait", 4),
        ("Q3", "warning", QUIZ, LAST, "", 4),
        ("Q4", "error", QUIZ, "      - {text: Wait", ABOVE + "      - {text: Wait", 14),
        ("Q4", "error", QUIZ, "text: Ask the neighbours", "text: None of these", 15),
        ("Q4", "error", QUIZ, "text: Ask the neighbours", "text: All of them", 15),
        ("Q4", "error", QUIZ, "text: Ask the neighbours", "text: Both A and B", 15),
        ("Q5", "warning", QUIZ, "What now?", "What would you not do?", 11),
        ("Q5", "warning", QUIZ, "What now?", "Which isn’t right?", 11),
        ("Q9", "warning", QUIZ, NOTE, "Wrong. " + NOTE, 13),
        ("Q9", "warning", QUIZ, NOTE, "That is obviously so. " + NOTE, 13),
        ("Q10", "error", QUIZ, "    outcome: say-what\n", "", 4),
        ("Q10", "error", QUIZ, "    facts: [n1]\n", "", 4),
        ("Q15", "error", QUIZ, "    scenario: true\n", "", 9),
        ("Q16", "warning", QUIZ, "    screen: do\n", "", 4),
        ("O1", "error", QUIZ, "total: 2, each_outcome: 1, critical: 1}\npass_percent: 80\nitems:\n" + sample.ITEM.format(id="one"),
         "total: 1}\npass_percent: 80\nitems:\n", 0),
        ("R1", "error", BOXES, sample._WORDS, "Practitioners undertaking multidisciplinary assessments necessarily prioritise. " * 5, 1),
        ("R3", "error", BOXES, "Small signs can add up over time.", LONG, 3),
        ("R4", "warning", BOXES, "Look at the day of this child.", "Look. Look now. See the child.", 3),
        ("L1", "warning", BOXES, "Small signs", "[Here](https://www.gov.uk/) signs", 3),
        ("L1", "warning", BOXES, "Small signs", "[read more](module:first-steps) signs", 3),
        ("N1", "error", BOXES, "Small signs", "Call 01384 555 0100 when signs", 3),
        ("N1", "error", BOXES, "Small signs", "Ring 0808 800 5000 when signs", 3),
        ("N1", "error", BOXES, "Small signs", "Samaritans on 116 123 and signs", 3),
        ("N1", "error", BOXES, "Small signs", "Text 85258 when signs", 3),
        ("N1", "error", BOXES, "Small signs", "Text HELP to 85258 when signs", 3),
        ("N1", "error", BOXES, "Small signs", "Write to lead@westmere.example when signs", 3),
        ("N1", "error", BOXES, "Small signs", "Ask +44 1384 555010 when signs", 3),
        ("N1", "error", QUIZ, "What now?", "Would you ring 0800 1111 now?", 4),
        ("W1", "warning", UNIT, sample._WORDS + "\n\n" + sample._WORDS + "\n\n" + sample._WORDS, "Few words.", 6),
        ("W2", "warning", UNIT, "minutes: 2", "minutes: 20", 1),
        ("Q12", "error", QUIZ, "Wait for more signs", "Just kidding", 4),
        ("Q12", "error", QUIZ, "A child tells you", "Victoria Climbié tells you", 4),
        ("Q17", "warning", QUIZ, "A child tells you", "A child from a broken home tells you", 4),
        ("Q17", "warning", BOXES, "Small signs", "The real mum knows. Small signs", 3),
        ("Q18", "error", QUIZ, "Tell my lead today", "Promise not to tell", 13),
        ("Q18", "error", QUIZ, "Tell my lead today", "Investigate it now", 13),
        ("O3", "error", "safer7/child-neglect/module.yaml", "  say-what: say what it is\n", "  say-what: say what it is\n  other: act\n", 9),
        ("R6", "warning", BOXES, "Small signs", "Utilise small signs", 3),
        ("R6", "warning", QUIZ, "What now?", "Prior to this, what now?", 4),
        ("W4", "error", "safer7/child-neglect/module.yaml", "minutes: 7", "minutes: 9", 4),
        ("R3", "error", PLAN, "Read [the", LONG + " Read [the", 10),
        ("R6", "warning", "tools/a-tool/tool.yaml", "It helps you **see**", "Prior to this it helps you", 6),
        ("L1", "warning", PLAN, "[the briefing on neglect]", "[here]", 10),
        ("R4", "warning", PLAN, "Read [the", "See. Ask. Look. Tell. Write. Read [the", 10),
        ("R3", "error", PLAN, "From the front desk to the top.", LONG, 14),
        ("N1", "error", PLAN, "What we want.", "Ring 0300 123 4567.", 3),
        ("R6", "warning", THEME, "What have we", "Prior to this, what have we", 6),
        ("R3", "error", THEME, "Each person held one piece.", LONG, 12),
        ("R2", "warning", PLAN, "From the front desk to the top.", "Organisational accountability necessitates comprehensive multidisciplinary safeguarding.", 0),
        ("Q12", "error", PLAN, "Everyone plays a part", "Remember Victoria Climbié", 13),
        ("Q12", "error", BOXES, "Small signs", "Victoria Climbié had small signs", 3),
        ("Q17", "warning", PLAN, "Read [the", "The real mum knows. Read [the", 10),
        ("Q17", "warning", "tools/a-tool/tool.yaml", "It helps you **see**", "In a broken home it helps you", 6),
        ("unwritten", "error", BOXES, "Small signs", "[write: what it is] signs", 3),
        ("W3", "error", BOXES, "Small signs", "::: more title=x\nSmall\n:::\nSmall signs", 3),
    ],
)  # fmt: skip
def test_a_rule_finds_what_breaks_it(tmp_path: Path, rule: str, severity: str, file: str, old: str, new: str, line: int) -> None:
    _, problems = spoil(tmp_path, file, old, new)
    found = [problem for problem in problems if problem.rule == rule and problem.severity == severity]
    assert found, report(problems)
    if line:
        assert (file, line) in {(problem.file, problem.line) for problem in found}, report(found)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (BOXES, "Small signs", "Call 999, or 111, or 101, or 18000, as 50,780 did in 2023, and small signs"),
        (BOXES, "Small signs", "You were not there, so don’t wait until small signs"),
        (BOXES, "Small signs", "[Working Together](https://www.gov.uk/x/0800123456789) Small signs"),
        (QUIZ, "A child tells you that there is no food.", "A child has not eaten and you can’t reach your lead."),
        (QUIZ, "text: Wait for more signs", "text: Ask for more"),
        (QUIZ, NOTE, "No child should wait. " + NOTE),
        (QUIZ, "Wait for more signs", "Promise not to tell"),
        (QUIZ, "Tell my lead today", "Do not confront them"),
        (QUIZ, "A child tells you", "Ellis, who has two mums, tells you"),
    ],
)
def test_good_writing_is_left_alone(tmp_path: Path, file: str, old: str, new: str) -> None:
    _, problems = spoil(tmp_path, file, old, new)
    assert report(problems) == ""


def bank(tmp_path: Path, *items: str) -> tuple[Problem, ...]:
    """The sample with a bank of these items for its briefing."""
    write(tmp_path)
    text = "draw: {total: 2}\npass_percent: 80\nitems:\n" + "".join(items)
    (tmp_path / QUIZ).write_text(text, "utf-8")
    return load(tmp_path, today=TODAY)[1]


def item(number: int, place: int = 0, scenario: bool = True, key: str = "Tell my lead today", others: str = "Wait for more of it") -> str:
    """A single-choice item whose best answer stands in *place*."""
    rows = [f"      - {{text: {others} {n}, note: {NOTE}}}\n" for n in (1, 2)]
    rows.insert(place, f"      - {{text: {key}, right: true, note: {NOTE}}}\n")
    head = f"  i{number}:\n    kind: single-choice\n    outcome: say-what\n    facts: [n1]\n    screen: do\n    prompt: What now?\n"
    return head + ("    scenario: true\n" if scenario else "") + "    choices:\n" + "".join(rows)


def rules(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.rule for problem in problems]


def test_best_answers_that_favour_one_place_are_found(tmp_path: Path) -> None:
    assert rules(bank(tmp_path, *(item(n, place=0 if n < 10 else 1) for n in range(12)))) == ["Q8"]
    assert rules(bank(tmp_path, *(item(n, place=n % 3) for n in range(12)))) == []


def test_best_answers_that_are_mostly_the_longest_are_found(tmp_path: Path) -> None:
    def made(count: int) -> list[str]:
        keys = ["Tell my lead today now" if n < count else "Tell my lead" for n in range(10)]
        return [item(n, n % 3, key=key, others="Wait for more yet") for n, key in enumerate(keys)]

    assert rules(bank(tmp_path, *made(5))) == ["Q2"]
    assert rules(bank(tmp_path, *made(4))) == []


def test_absolute_words_that_stand_only_in_wrong_options_are_found(tmp_path: Path) -> None:
    def made(count: int) -> list[str]:
        return [item(n, n % 3, others="Always wait for it" if n < count else "Wait for it a bit") for n in range(10)]

    assert rules(bank(tmp_path, *made(5))) == ["Q6"]
    assert rules(bank(tmp_path, *made(4))) == []


def test_a_word_of_the_question_that_only_the_best_answer_repeats_is_found(tmp_path: Path) -> None:
    def made(count: int) -> list[str]:
        return [item(n, n % 3, key="Mind the bruise") .replace("What now?", "A bruise?" if n < count else "What now?") for n in range(10)]

    assert rules(bank(tmp_path, *made(3))) == ["Q7"]
    assert rules(bank(tmp_path, *made(2))) == []


def test_a_word_that_only_best_answers_have_is_found(tmp_path: Path) -> None:
    def found(best: int, wrong: int) -> list[Problem]:
        keys = ["Tell my lead" if n < best else "Go with them" for n in range(10)]
        others = ["Ask the lead for it" if 10 - n <= wrong else "Wait for it a bit" for n in range(10)]
        problems = bank(tmp_path, *(item(n, n % 3, key=keys[n], others=others[n]) for n in range(10)))
        assert not problems, "a partnership that wants none of it sets its limit high"
        (tmp_path / "lint.yaml").write_text("limits:\n  bank of a briefing: 2\n", "utf-8")
        return [problem for problem in load(tmp_path, today=TODAY)[1] if "“lead”" in problem.text]

    (problem,) = found(5, 0)
    assert (problem.rule, problem.severity) == ("Q19", "warning")
    assert "“lead” (5 best answers, 0 wrong options)" in problem.text and "i0, i1, i2" in problem.mend
    assert found(4, 0) == []
    assert found(5, 1) == [], "each such item has two wrong options with the word"
    assert found(10, 0), "even where it is everywhere"


def test_one_name_in_many_items_is_found(tmp_path: Path) -> None:
    def made(count: int) -> list[str]:
        return [item(n, n % 3).replace("What now?", f"Then {'Ellis' if n < count else 'Kofi' if n < 6 else 'someone'} is late?") for n in range(10)]

    assert rules(bank(tmp_path, *made(4))) == ["Q17"]
    assert rules(bank(tmp_path, *made(2)))[:1] == ["Q17"]  # then it is Kofi
    assert rules(bank(tmp_path, *[text.replace("Kofi", "Mei") if n % 2 else text for n, text in enumerate(made(2))])) == []


def test_a_briefing_whose_questions_take_it_beyond_seven_minutes_is_found(tmp_path: Path) -> None:
    many = [item(n, n % 3) for n in range(9)]
    write(tmp_path)
    for total, found in ((9, ["W4"]), (5, [])):
        (tmp_path / QUIZ).write_text(f"draw: {{total: {total}}}\npass_percent: 80\nitems:\n" + "".join(many), "utf-8")
        assert rules(load(tmp_path, today=TODAY)[1]) == found


def test_a_module_that_hides_who_acts_is_found(tmp_path: Path) -> None:
    passive = sample.BOXES.replace("Small signs can add up over time.", "It is written down by them now.")
    write(tmp_path)
    (tmp_path / BOXES).write_text(passive, "utf-8")
    assert rules(load(tmp_path, today=TODAY)[1]) == ["R5"]
    (tmp_path / BOXES).write_text(passive.replace("It is written", "They write it", 10), "utf-8")
    assert "R5" not in rules(load(tmp_path, today=TODAY)[1])


def test_a_partnership_sets_its_own_limits(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "lint.yaml").write_text(sample.LIMITS + "  sentence words: 5\n", "utf-8")
    assert {problem.rule for problem in load(tmp_path, today=TODAY)[1]} == {"R3"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("limits:\n  sentence word: 5\n", 2, "no limit 'sentence word'"),
        ("limits:\n  options: many\n", 2, "not a number"),
        ("limits:\n  options: true\n", 2, "not a number"),
        ("limits:\n  options: 0\n", 2, "not a number"),
        ("limits:\n  number share: 10\n", 2, "at most 1"),
        ("options: 4\n", 1, "limits: and nothing else"),
    ],
)
def test_a_limit_that_cannot_be_is_said_with_its_line_and_changes_nothing(tmp_path: Path, text: str, line: int, said: str) -> None:
    write(tmp_path)
    (tmp_path / "lint.yaml").write_text(text, "utf-8")
    own, small = load(tmp_path, today=TODAY)[1]
    assert (own.file, own.line, own.rule) == ("lint.yaml", line, "limits")
    assert said in own.text
    assert small.rule == "O4", "ours stand"


def test_a_small_bank_is_warned_about_where_it_is_and_only_in_a_briefing(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "lint.yaml").unlink()
    library, problems = load(tmp_path, today=TODAY)
    assert [(problem.rule, problem.severity, problem.file) for problem in problems] == [("O4", "warning", QUIZ)]
    assert "has 2 questions, and 2 are drawn" in problems[0].text and "Write 14 or more" in problems[0].mend
    assert "child-neglect" in library.courses


def test_a_mistake_in_the_sources_is_not_told_again_wherever_a_fact_is_named(tmp_path: Path) -> None:
    _, problems = spoil(tmp_path, "safer7/child-neglect/sources.yaml", "source: General knowledge", "source: Home Office: county lines")
    assert [(problem.rule, problem.file.rpartition("/")[2]) for problem in problems] == [("yaml", "sources.yaml")]


def test_a_bank_with_few_scenarios_is_found(tmp_path: Path) -> None:
    assert rules(bank(tmp_path, *(item(n, n % 3, scenario=n < 3) for n in range(10)))) == ["Q11"]
    assert rules(bank(tmp_path, *(item(n, n % 3, scenario=n < 4) for n in range(10)))) == []


def test_a_bank_with_many_numbers_is_found(tmp_path: Path) -> None:
    number = (
        "  n{0}:\n    kind: numeric\n    outcome: say-what\n    facts: [n1]\n    screen: do\n    scenario: true\n    prompt: How many?\n"
        f"    answer: 7\n    notes: {{{{right: {NOTE}, again: {NOTE}}}}}\n"
    )
    assert rules(bank(tmp_path, *(item(n, n % 3) for n in range(9)), number.format(1), number.format(2))) == ["Q13"]
    assert rules(bank(tmp_path, *(item(n, n % 3) for n in range(9)), number.format(1))) == []


def test_true_false_items_that_are_nearly_all_true_are_found(tmp_path: Path) -> None:
    statement = (
        "  t{0}:\n    kind: true-false\n    outcome: say-what\n    facts: [n1]\n    screen: do\n    scenario: true\n    prompt: Tell.\n"
        f"    answer: {{1}}\n    notes: {{{{true: {NOTE}, false: {NOTE}}}}}\n"
    )
    assert rules(bank(tmp_path, *(statement.format(n, "true") for n in range(4)))) == ["Q8"]
    assert rules(bank(tmp_path, *(statement.format(n, "true" if n else "false") for n in range(4)))) == []


def test_a_short_note_of_a_kind_without_options_is_found(tmp_path: Path) -> None:
    text = (
        "  s:\n    kind: short-text\n    outcome: say-what\n    facts: [n1]\n    screen: do\n    scenario: true\n    prompt: Which word?\n"
        f"    accept: [curiosity]\n    notes: {{right: {NOTE}, again: It is curiosity.}}\n"
    )
    problems = bank(tmp_path, item(1), item(2), text)
    assert [(problem.rule, problem.severity) for problem in problems] == [("Q9", "error")]


def test_a_second_not_in_one_bank_is_found(tmp_path: Path) -> None:
    loud = [item(n, n).replace("What now?", "Which would you NOT do?") for n in (1, 2)]
    assert rules(bank(tmp_path, *loud)) == ["Q5"]
    assert rules(bank(tmp_path, loud[0], item(2))) == []


def test_a_question_that_is_hard_to_read_is_found(tmp_path: Path) -> None:
    hard = "Practitioners undertaking multidisciplinary assessments necessarily prioritise proportionate interventions accordingly"
    made = item(1).replace("What now?", "; ".join([hard] * 5) + "?")
    assert "Q14" in rules(bank(tmp_path, made, item(2)))


def test_a_scenario_is_linted_stage_by_stage(tmp_path: Path) -> None:
    stage = (
        "      - story: A child is here.\n        prompt: What now?\n        choices:\n"
        f"          - {{text: Tell my lead, right: true, note: {NOTE}}}\n"
    )
    text = (
        "  s:\n    kind: scenario\n    outcome: say-what\n    facts: [n1]\n    screen: do\n    prompt: A day.\n    stages:\n"
        + stage + f"          - {{text: Wait and see, note: {NOTE}}}\n          - {{text: Ask them, note: {NOTE}}}\n"
        + stage + f"          - {{text: All of the above, note: {NOTE}}}\n          - {{text: Ask them, note: {NOTE}}}\n"
    )  # fmt: skip
    problems = bank(tmp_path, item(1), item(2), text)
    assert rules(problems) == ["Q4"]
    line = (tmp_path / QUIZ).read_text("utf-8").split("\n").index(f"          - {{text: All of the above, note: {NOTE}}}") + 1
    assert problems[0].line == line


def test_a_module_without_a_quiz_is_warned_about(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / QUIZ).unlink()
    library, problems = load(tmp_path, today=TODAY)
    assert [(problem.rule, problem.severity) for problem in problems] == [("O2", "warning")]
    assert library.courses["child-neglect"].quiz is None


def test_a_module_above_the_target_but_below_the_limit_is_warned_about(tmp_path: Path) -> None:
    text = sample.BOXES.replace("Look at the day of this child", "Remember another family visited us regularly yesterday")
    write(tmp_path)
    (tmp_path / BOXES).write_text(text, "utf-8")
    problems = load(tmp_path, today=TODAY)[1]
    assert {(problem.rule, problem.severity) for problem in problems} == {("R2", "warning")}, report(problems)


def test_warnings_do_not_keep_a_module_out(tmp_path: Path) -> None:
    library, problems = spoil(tmp_path, QUIZ, "    screen: do\n", "")
    assert rules(problems) == ["Q16"]
    assert "child-neglect" in library.courses


def test_every_rule_gives_its_reason_and_its_source() -> None:
    for rule in RULES:
        assert rule.reason.endswith(".")
        assert rule.source
        assert rule.severity in ("error", "warning")
    assert all(limit > 0 for limit in LIMITS.values())

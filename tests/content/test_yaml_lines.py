"""YAML with lines, and nothing in it that runs or grows."""
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.content.problems import Problem, Problems
from elearn.content.yaml_lines import Document, read


def fault(text: str, first_line: int = 1) -> Problem:
    problems = Problems()
    assert read(text, "x.yaml", problems, first_line) is None
    (problem,) = problems.found
    return problem


def sound(text: str) -> Document:
    problems = Problems()
    document = read(text, "x.yaml", problems)
    assert document is not None
    assert not problems.found
    return document


def test_every_part_knows_its_line() -> None:
    document = sound("a: 1\nb:\n  - x\n  - c: |\n      one\n      two\n    d: e\n")
    assert document.data == {"a": 1, "b": ["x", {"c": "one\ntwo\n", "d": "e"}]}
    assert [document.line(path) for path in ((), ("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "d"))] == [1, 1, 2, 3, 4, 7]


def test_a_missing_part_has_the_line_of_what_would_hold_it() -> None:
    document = sound("a: 1\nb:\n  c: 2\n")
    assert document.line(("b", "x", 3)) == 2
    assert document.line(("x",)) == 1


def test_words_stay_words() -> None:
    data = sound("[No, yes, on, 0800, 12:30, 1_000, 0x1F, 1e3, .5, 2026-02-30, NaN, '7', \"true\"]").data
    assert data == ["No", "yes", "on", "0800", "12:30", "1_000", "0x1F", "1e3", ".5", "2026-02-30", "NaN", "7", "true"]


def test_plain_values_are_numbers_dates_and_truth() -> None:
    assert sound("[7, -1, 0.5, true, false, null, ~, 2026-11-22]").data == [7, -1, 0.5, True, False, None, None, date(2026, 11, 22)]


def test_keys_are_always_text() -> None:
    assert sound("{true: a, 1: b, 2026-11-22: c}").data == {"true": "a", "1": "b", "2026-11-22": "c"}


def test_a_key_given_twice_is_an_error_at_the_second() -> None:
    problem = fault("a: 1\nb: 2\na: 3\n")
    assert problem.line == 3
    assert "'a' is given twice; the first is on line 1" in problem.text


BOMB = "a: &a [x,x]\n" + "".join(
    f"{new}: &{new} [*{old},*{old},*{old},*{old},*{old},*{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BOMB, 1),
        ("a: 1\nb: *a\n", 2),
        ("a: !!python/object/apply:os.system ['touch pwned']\n", 1),
        ("a: 1\nb: !!python/name:os.system\n", 2),
        ("!!python/object/new:type {args: []}\n", 1),
        ("a: !!binary aGk=\n", 1),
        ("a: !own x\n", 1),
        ("[a]: 1\n", 1),
        ("? {a: 1}\n: 2\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("[" * 5_000, 1),
        ("{a: " * 5_000, 1),
        ("a: b: c\n", 1),
        ("a: 'x\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: x\x00y\n", 1),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, line: int) -> None:
    assert fault(text).line == line


def test_nothing_in_a_file_is_ever_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for tag in ("python/object/apply:os.system", "python/object/new:os.system", "python/object/apply:subprocess.check_call"):
        fault(f"a: !!{tag} ['touch marker']\n")
    assert list(tmp_path.iterdir()) == []


def test_lines_count_from_where_the_yaml_begins() -> None:
    assert fault("a: 1\na: 2\n", first_line=41).line == 42


def test_merge_keys_are_ordinary_keys() -> None:
    assert sound("<<: {a: 1}\n").data == {"<<": {"a": 1}}


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!?|>'\"#%@`,\n \t0~")), max_size=60))
def test_no_text_makes_reading_raise(text: str) -> None:
    problems = Problems()
    assert (read(text, "x", problems) is None) == bool(problems.found)

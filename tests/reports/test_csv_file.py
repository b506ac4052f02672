"""Exports: nothing in them can run, nothing is lost, and they say what they are."""
from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from elearn.reports import csv_file
from elearn.reports.report import Report, Value

AS_OF = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def read(*rows: tuple[Value, ...], filters: tuple[str, ...] = ()) -> list[list[str]]:
    report = Report("Oakfield", [f"Column {n}" for n in range(len(rows[0]))], rows, AS_OF, filters)
    return list(csv.reader(StringIO(csv_file.write(report).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+44 7700", "-Anna", "@SUM(A1)", "\tTab", "\rReturn", "\nLine", "\0=1", "＝1", "＋1", "－1", "＠A", " =1",
     "\u3000=cmd", "\ufeff=1"],
)
def test_no_cell_can_be_read_as_a_formula(name: str) -> None:
    (shown,) = read((name,))[2]
    assert shown == "'" + name.replace("\0", "")


@pytest.mark.parametrize("name", ["Siân Hughes", "ليلى حسن", "O’Brien, “Bo”", 'Say "hello"', "a;b,c\nd", "Anna-Maria", "a=b", "'quoted"])
def test_every_other_name_comes_back_as_it_was(name: str) -> None:
    assert read((name,))[2] == [name]


def test_a_separator_inside_a_name_makes_no_second_cell() -> None:
    assert read(('x","=1+1', "next"))[2] == ['x","=1+1', "next"]


def test_dates_numbers_and_nothing_have_one_form() -> None:
    assert read((date(2026, 5, 26), 7, None))[2] == ["2026-05-26", "7", ""]


def test_the_first_line_says_what_it_is_when_it_was_true_and_what_was_asked_for() -> None:
    said = "Oakfield. As it stood on 2026-11-23 at 09:30 (UTC). Shown: overdue, Child neglect."
    assert read(("x",), filters=("overdue", "Child neglect"))[0] == [said]
    assert read(("x",))[0][0].endswith("Shown: everyone.")


def test_a_title_and_a_column_cannot_be_formulas_either() -> None:
    written = csv_file.write(Report("=cmd", ["+a"], [["b"]], AS_OF)).decode("utf-8-sig")
    first, second, *_ = csv.reader(StringIO(written, newline=""))
    assert first[0].startswith("'=cmd")
    assert second == ["'+a"]


def test_excel_is_told_that_it_is_utf_8() -> None:
    assert csv_file.write(Report("x", ["a"], [], AS_OF)).startswith(b"\xef\xbb\xbf")


def test_a_report_must_be_whole() -> None:
    with pytest.raises(ValueError, match="every column"):
        Report("x", ["a", "b"], [["only one"]], AS_OF)
    with pytest.raises(ValueError, match="zone"):
        Report("x", ["a"], [], AS_OF.replace(tzinfo=None))


def test_a_file_is_named_by_letters_of_any_script_and_nothing_else() -> None:
    assert csv_file.file_name("Oakfield Family Centre", "2026-11-23") == "oakfield-family-centre-2026-11-23.csv"
    assert csv_file.file_name("../../etc/passwd\r\n") == "etc-passwd.csv"
    assert csv_file.file_name("فريق") == "فريق.csv"
    assert csv_file.file_name("...") == "report.csv"
    assert len(csv_file.file_name("x" * 500)) < 100


def test_the_header_gives_old_browsers_a_plain_name_and_others_the_true_one() -> None:
    assert csv_file.disposition("siân-team.csv") == "attachment; filename=\"sian-team.csv\"; filename*=UTF-8''si%C3%A2n-team.csv"
    assert csv_file.disposition("فريق.csv").startswith('attachment; filename="csv"')
    assert '"' not in csv_file.disposition('a"; x="b.csv').removeprefix("attachment; filename=\"").partition('"')[0]

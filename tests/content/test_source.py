"""The files of a module: kept whole, named by their content, and refused when they could surprise."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.content.source import MOST_BYTES, Source, read_folder


def test_a_folder_is_read_with_its_paths(tmp_path: Path) -> None:
    (tmp_path / "units").mkdir()
    (tmp_path / "b.yaml").write_bytes(b"b: 1\r\n")
    (tmp_path / "units" / "a.md").write_bytes("\ufeff# Ä".encode())
    source, problems = read_folder(tmp_path, "x")
    assert not problems
    assert list(source.files) == ["b.yaml", "units/a.md"]
    assert source.text("b.yaml") == "b: 1\n"
    assert source.text("units/a.md") == "# Ä"
    assert source.under("units", ".md") == ("units/a.md",)
    assert source.under("", ".yaml") == ("b.yaml",)


def test_the_version_depends_on_names_and_bytes_alone() -> None:
    one = Source({"a": b"1", "b": b"2"})
    assert one.version == Source({"b": b"2", "a": b"1"}).version
    assert len(one.version) == 16
    others = [{"a": b"1"}, {"a": b"1", "b": b"3"}, {"a": b"1", "c": b"2"}, {"a": b"12", "b": b""}, {"ab": b"12"}, {"a": b"1b", "": b"2"}]
    assert len({one.version, *(Source(files).version for files in others)}) == 7


def test_a_version_never_changes_for_the_same_files() -> None:
    assert Source({"a": b"1"}).version == "521abb6abc39d566"


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_a_source_survives_storage(files: dict[str, str]) -> None:
    source = Source({path: text.encode("utf-8") for path, text in files.items()})
    again = Source.from_json(source.to_json())
    assert again == source
    assert again.version == source.version


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "x", "", "null"])
def test_what_was_not_stored_by_us_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        Source.from_json(text)


def test_a_source_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Source({"a": b""}).files["b"] = b""  # type: ignore[index]  # that is what must not work


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "secret.yaml"
    outside.write_text("a: 1", "utf-8")
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "x.yaml").symlink_to(outside)
    (folder / "units").symlink_to(tmp_path)
    source, problems = read_folder(folder, "m")
    assert not source.files
    assert {(problem.file, problem.rule) for problem in problems} == {("m/x.yaml", "link"), ("m/units", "link")}


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"a" * (MOST_BYTES + 1), "size", 0),
        (b"a: 1\nb: \xff\n", "utf-8", 2),
        (b"a: 1\n\nb: \x07\n", "hidden", 3),
        ("a: \u202e1\n".encode(), "hidden", 1),
        ("a: \u2066x\n".encode(), "hidden", 1),
    ],
)
def test_a_file_that_is_not_plain_text_is_refused(tmp_path: Path, content: bytes, rule: str, line: int) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    source, problems = read_folder(tmp_path, "m")
    assert not source.files
    assert [(problem.file, problem.rule, problem.line) for problem in problems] == [("m/a.yaml", rule, line)]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    source, problems = read_folder(tmp_path, "m")
    assert not source.files
    assert [problem.rule for problem in problems] == ["file"]


def test_what_editors_leave_behind_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".a.yaml.swp").write_bytes(b"\xff")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_bytes(b"\xff")
    assert read_folder(tmp_path, "m") == (Source({}), ())


def test_too_many_files_are_a_problem(tmp_path: Path) -> None:
    for number in range(501):
        (tmp_path / f"{number}.yaml").touch()
    source, problems = read_folder(tmp_path, "m")
    assert len(source.files) == 500
    assert [problem.rule for problem in problems] == ["files"]

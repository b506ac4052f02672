"""How the code is kept: what a reader may rely on in every file."""
from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "elearn").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHIPPED = [*CODE, *TEMPLATES, *sorted((ROOT / "static").rglob("*.js")), *sorted((ROOT / "static" / "css").rglob("*.css"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [path for path in [*CODE, *TESTS] if path.stat().st_size], ids=name)
def test_every_file_says_first_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert said
    assert said.splitlines()[0].rstrip().endswith((".", ":"))


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    assert not [name(path) for path in CODE if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"}]


@pytest.mark.parametrize("path", SHIPPED, ids=name)
def test_nothing_is_left_for_later_and_nothing_tells_of_the_workshop(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\bTODO\b|\bFIXME\b|\bXXX\b|NotImplementedError|/work/|/tmp/|[Ll]orem ipsum", text)


@pytest.mark.parametrize("path", [path for path in CODE if path.name != "clock.py"], ids=name)
def test_only_the_clock_asks_what_time_it_is(path: Path) -> None:
    """So that any moment can be tried in a test. How long something took (monotonic, perf_counter) is another question."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked = f"{node.value.id}.{node.attr}"
            assert asked not in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}, node.lineno


@pytest.mark.parametrize("path", CODE, ids=name)
def test_nothing_dangerous_is_called(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\bimport pickle\b|\beval\(|\bexec\(|yaml\.load\(|shell=True|debug=True|verify=False", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_has_style_script_or_handlers_in_it_or_trusts_data(path: Path) -> None:
    text = path.read_text("utf-8")
    if "documents" not in path.parts and "mail" not in path.parts:  # a PDF and a message cannot load a style sheet
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", text)


def test_every_excuse_to_a_checker_gives_its_reason() -> None:
    bare = [
        f"{name(path)}:{number}" for path in [*CODE, *TESTS] for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?)\s*$", line)
    ]
    assert bare == []


def test_secrets_and_data_are_not_in_the_repository() -> None:
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert not [path for path in kept if re.search(r"(^|/)(data|data-demo|keys)/|\.(sqlite|pem|key|env|eml)$|\.sqlite-", path)]

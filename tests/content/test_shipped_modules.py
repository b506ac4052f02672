"""The modules that come with the product have nothing wrong with them."""
from __future__ import annotations

from pathlib import Path

from elearn.content.library import load
from elearn.content.problems import report
from elearn.content.reader import read_course
from elearn.content.source import Source
from tests.content.test_markdown import assert_harmless

MODULES = Path(__file__).parents[2] / "modules"
LIBRARY, PROBLEMS = load(MODULES)


def test_no_module_has_an_error_or_a_warning() -> None:
    assert report(PROBLEMS) == ""


def test_every_folder_is_in_the_library() -> None:
    folders = {path.name for path in MODULES.glob("*/*") if path.is_dir()}
    assert folders == set(LIBRARY.sources)


def test_every_module_reads_the_same_from_its_stored_release() -> None:
    for slug, course in LIBRARY.courses.items():
        assert read_course(Source.from_json(LIBRARY.sources[slug].to_json()), course.kind, slug) == course


def test_every_screen_is_harmless_html() -> None:
    for course in LIBRARY.courses.values():
        for _, screen in course.screens():
            assert_harmless(screen.body)
            assert screen.words

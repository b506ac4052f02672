"""Resources: what each kind must have, what it may not, and what is said of a mistake in one."""
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from elearn.content.library import load
from elearn.content.problems import report
from elearn.content.reader import NotReadable, read_resource
from elearn.content.source import Source
from elearn.rules.resources import Objective, Poster
from tests.content import sample
from tests.content.sample import TODAY, spoil, write

PLAN = "resources/a-plan/resource.yaml"

VIDEOS = """\
kind: videos
title: Films
summary: To watch.
cover: listening
minutes: 5
law_as_at: 2026-11-22
review_due: 2027-11-22
videos:
  one:
    title: A film
    maker: Somebody
    url: https://films.example/one
    checked_on: 2026-11-22
    words: |
      It says that **small signs** add up.
"""

POSTER = """\
kind: poster
title: A poster
summary: For a wall.
cover: neglect
minutes: 1
law_as_at: 2026-11-22
review_due: 2027-11-22
poster: {headline: Small signs add up., lead: Look twice., points: [Hungry, Cold], close: Tell someone.}
"""


def with_file(tmp_path: Path, text: str) -> Path:
    return write(tmp_path, {**sample.ALL, "resources/another": {"resource.yaml": text, "sources.yaml": sample.SOURCES}})


def test_a_strategy_has_objectives_with_the_learning_that_serves_them(tmp_path: Path) -> None:
    plan = load(write(tmp_path))[0].resources["a-plan"]
    assert plan.objectives == (
        Objective("all-of-us", "Everyone plays a part", "From the front desk to the top.", ("child-neglect", "a-day")),
    )
    assert '<a href="/learn/child-neglect">' in plan.body
    assert [fact.id for fact in plan.facts] == ["n1"]


def test_films_are_links_with_their_points_in_words(tmp_path: Path) -> None:
    library, problems = load(with_file(tmp_path, VIDEOS), today=TODAY)
    assert report(problems) == ""
    (film,) = library.resources["another"].videos
    assert (film.id, film.url, film.checked_on) == ("one", "https://films.example/one", date(2026, 11, 22))
    assert "<strong>small signs</strong>" in film.words


def test_a_poster_has_a_few_short_words(tmp_path: Path) -> None:
    library, problems = load(with_file(tmp_path, POSTER), today=TODAY)
    assert report(problems) == ""
    assert library.resources["another"].poster == Poster("Small signs add up.", "Look twice.", ("Hungry", "Cold"), "Tell someone.")


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (POSTER, "kind: poster", "kind: card", "needs a body"),
        (POSTER, "poster: {", "body: x\nvideos: {}\nposter: {", ""),
        (POSTER + "objectives: {x: {title: X}}\n", "", "", "belong to another kind"),
        (VIDEOS, "https://films", "http://films", "not written as it should be"),
        (VIDEOS, "https://films.example/one", "https://films", "write the whole address"),
        (POSTER, "Small signs add up.", "Small signs add up " * 4, "longer than 60 characters"),
        (POSTER, "2027-11-22", "2027-11-23", "more than 12 months"),
        (POSTER, "cover: neglect", "cover: kitten", "kitten"),
    ],
)
def test_a_mistake_in_a_resource_keeps_it_out_and_says_what_to_do(tmp_path: Path, text: str, old: str, new: str, said: str) -> None:
    library, problems = load(with_file(tmp_path, text.replace(old, new) if old else text), today=TODAY)
    assert ("another" in library.resources) == (not said)
    assert said in report(problems)
    assert "a-plan" in library.resources


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("where_next: [a-tool]", "where_next: [nowhere]", "where_next"),
        ("where_next: [a-tool]", "where_next: [a-plan]", "where_next"),
        ("items: [child-neglect, a-day]", "items: [a-tool]", "items"),
        ("module:child-neglect", "module:child", "link"),
        ("law_as_at: 2026-11-22", "law_as_at: 2026-12-22", "review"),
    ],
)
def test_what_a_resource_names_must_be_there(tmp_path: Path, old: str, new: str, rule: str) -> None:
    library, problems = spoil(tmp_path, PLAN, old, new)
    assert "a-plan" not in library.resources
    assert {(problem.file, problem.rule) for problem in problems} >= {(PLAN, rule)}


def test_an_expired_claim_is_reported_but_the_resource_stays(tmp_path: Path) -> None:
    library, problems = load(write(tmp_path), today=date(2027, 12, 1))
    assert "a-plan" in library.resources and "2026-05-neglect" in library.themes
    found = {(problem.file, problem.rule) for problem in problems}
    assert {(PLAN, "review"), ("resources/a-plan/sources.yaml", "expired"), ("themes/2026-05-neglect/theme.yaml", "expired")} <= found


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("headline: Small signs add up.", "headline: Ring 0300 123 4567 now.", "N1"),
        ("[Hungry, Cold]", "[Hungry, Utilise a blanket]", "R6"),
        ("lead: Look twice.", "lead: A child from a broken home needs you.", "Q17"),
        ("close: Tell someone.", "close: Think of Victoria Climbié.", "Q12"),
    ],
)
def test_the_words_of_a_poster_are_held_to_the_rules_of_good_writing(tmp_path: Path, old: str, new: str, rule: str) -> None:
    assert old in POSTER
    _, problems = load(with_file(tmp_path, POSTER.replace(old, new)), today=TODAY)
    assert rule in {problem.rule for problem in problems if problem.file == "resources/another/resource.yaml"}


def test_a_resource_without_a_source_is_asked_for_one(tmp_path: Path) -> None:
    root = with_file(tmp_path, POSTER)
    (root / "resources/another/sources.yaml").unlink()
    library, problems = load(root, today=TODAY)
    assert "another" in library.resources
    assert [(problem.file, problem.rule) for problem in problems] == [("resources/another/resource.yaml", "S1")]


def test_a_film_that_nobody_looked_at_for_a_year_is_reported(tmp_path: Path) -> None:
    root = with_file(tmp_path, VIDEOS)
    assert "film" not in {problem.rule for problem in load(root, today=date(2027, 11, 22))[1]}
    found = [problem for problem in load(root, today=date(2027, 11, 24))[1] if problem.rule == "film"]
    assert [(problem.file, problem.line) for problem in found] == [("resources/another/resource.yaml", 13)]


def test_a_resource_reads_the_same_from_its_stored_files(tmp_path: Path) -> None:
    library, _ = load(write(tmp_path))
    stored = Source.from_json(library.sources["a-plan"].to_json())
    assert read_resource(stored, "a-plan") == library.resources["a-plan"]
    with pytest.raises(NotReadable):
        read_resource(Source({"resource.yaml": b"kind: card\n"}), "a-plan")

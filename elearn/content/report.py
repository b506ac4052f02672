"""The report on the content as Markdown: word budgets, reading grades and the figures of every bank of questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from elearn.content import limits, lint, readability, reader
from elearn.content.figures import bank_of, chi_square, scenarios, with_one_key
from elearn.content.library import FOLDERS
from elearn.content.limits import Limits
from elearn.content.markdown import SLUG, Outside
from elearn.content.problems import Problems
from elearn.content.reader import AnyDraft, Draft, Reading, ResourceDraft
from elearn.content.source import read_folder

COMMAND = "bin/elearn content report > docs/content-report.md"


def draft_of(root: Path, folder: str, slug: str, outside: Outside) -> AnyDraft | None:
    """A module as its files are now, problems or not; None when too little of it can be read."""
    source, _ = read_folder(root / folder / slug, f"{folder}/{slug}")
    return reader.drafter(folder)(source, slug, Problems(), outside)


def drafts(root: Path) -> Iterator[tuple[str, AnyDraft]]:
    """Every module under *root* that can be read, with its folder and name, problems or not."""
    for folder in FOLDERS:
        for path in sorted(root.glob(f"{folder}/*")):
            sound = path.is_dir() and not path.is_symlink() and SLUG.fullmatch(path.name)
            if sound and (draft := draft_of(root, folder, path.name, Outside())):
                yield f"{folder}/{path.name}", draft


def write(root: Path) -> str:
    """The whole report on the content under *root*."""
    thresholds = limits.read(root, Problems())
    read = list(drafts(root))
    courses = [(name, draft) for name, draft in read if isinstance(draft, Draft) and draft.course.kind != "live"]
    lines = [
        "# What the content measures",
        "",
        f"Made by `{COMMAND}`; a test holds it up to date. What each figure means, and how much is too much, is in",
        "[Writing a module](authoring.md).",
        "",
        "## Reading",
        "",
        "Words leave out what is folded away. The grade is Flesch-Kincaid; a reading age is about five more. Minutes needed count",
        f"{thresholds['words a minute']:.0f} words a minute and {thresholds['minutes for a check']:g} minutes a question.",
        "",
        "| module | screens | words | fewest to most | grade | hardest screen | minutes said | needed |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_reading_row(name, draft, thresholds) for name, draft in courses),
        "",
        "## Other texts",
        "",
        "| module | words | grade |",
        "|---|--:|--:|",
        *(_prose_row(name, draft) for name, draft in read if (name, draft) not in courses),
        "",
        "## Banks of questions",
        "",
        f"Scenarios: at least {thresholds['scenario share']:.0%}. Best answer the longest: at most {thresholds['key longest share']:.0%}. "
        f"Absolute words in wrong options only: at most {thresholds['absolute share']:.0%}.",
        f"A word of the question in the best answer only: at most {thresholds['echo share']:.0%}. Places of the best answer: chi-square, and in",
        "brackets what chance alone stays below nineteen times in twenty.",
        "",
        "| module | items | drawn | fewest for an outcome | critical | scenarios | longest | absolute | echo | places |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
        *(_bank_row(name, draft) for name, draft in courses if draft.items),
        "",
    ]
    return "\n".join(lines)


def _grade(readings: Iterable[Reading], explained: Iterable[str]) -> float:
    text = "\n".join(passage.text for reading in readings for passage in reading.text.passages)
    return readability.measure(text, explained).grade


def _reading_row(name: str, draft: Draft, thresholds: Limits) -> str:
    screens = [reading for reading in draft.readings if reading.screen]
    words = [reading.text.words for reading in screens] or [0]
    hardest = max((_grade([reading], draft.course.glossary) for reading in screens), default=0.0)
    return (
        f"| {name} | {len(screens)} | {sum(words)} | {min(words)} to {max(words)} | {_grade(screens, draft.course.glossary):.1f} | {hardest:.1f} "
        f"| {draft.course.minutes} | {lint.minutes_needed(draft, thresholds):.0f} |"
    )


def _prose_row(name: str, draft: AnyDraft) -> str:
    explained = draft.course.glossary if isinstance(draft, Draft) else draft.glossary if isinstance(draft, ResourceDraft) else ()
    words = sum(reading.text.words for reading in draft.readings)
    grade = f"{_grade(draft.readings, explained):.1f}" if words else "-"
    return f"| {name} | {words} | {grade} |"


def _bank_row(name: str, draft: Draft) -> str:
    bank = bank_of(draft)
    groups = with_one_key(bank)
    counts = [sum(item.question.outcome == outcome.id for item in bank) for outcome in draft.course.outcomes]
    places = "; ".join(f"{'/'.join(map(str, each.counts))}: {each.value:.1f} ({each.critical:.1f})" for each in chi_square(bank))
    drawn = draft.course.quiz.draw if draft.course.quiz else 0
    shares = [
        _part(scenarios(bank), len(bank)),
        _part(sum(group.key_is_longest for group in groups), len(groups)),
        _part(sum(lint.absolute_tells(group) for group in groups), len(groups)),
        _part(sum(bool(lint.echoes(group)) for group in groups), len(groups)),
    ]
    critical = sum(item.question.critical for item in bank)
    return f"| {name} | {len(bank)} | {drawn} | {min(counts, default=0)} | {critical} | {' | '.join(shares)} | {places or '-'} |"


def _part(count: int, of: int) -> str:
    return f"{count} of {of} ({count / of:.0%})" if of else "-"

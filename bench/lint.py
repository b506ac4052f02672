"""How long the check of the content takes: 10,000 generated questions in 100 courses, and the modules that come with the site."""
from __future__ import annotations

import argparse
import cProfile
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from elearn.content.library import load

TODAY = date(2026, 11, 23)
COURSES, ITEMS = 100, 100
MOST_GENERATED, MOST_SHIPPED = 30.0, 10.0

NOTE = "A worry is enough and your lead can act on it at once"
WORDS = "Small signs can add up over time. Look at the day of this child. Ask, and then listen well. Tell your lead today.\n\n" * 3


def item(number: int) -> str:
    """A scenario with three options, the best answer in each place in turn."""
    options = [f"Wait for more of it until day {n}" for n in (number % 7, number % 5 + 7)]
    options.insert(number % 3, "Tell my safeguarding lead today")
    rows = "".join(
        f"      - {{text: {text}, note: {NOTE}{', right: true' if place == number % 3 else ''}}}\n" for place, text in enumerate(options)
    )
    return (
        f"  item-{number}:\n    kind: single-choice\n    outcome: act\n    facts: [f1]\n    screen: one/first\n    scenario: true\n"
        f"    prompt: On day {number} a child tells you that there is no food at home again. What now?\n    choices:\n{rows}"
    )


def generate(root: Path) -> None:
    """Write the courses under *root*."""
    (root / "contacts.yaml").write_text('contacts:\n  lead: {name: Your lead, number: "", purpose: local}\n', "utf-8")
    for number in range(COURSES):
        folder = root / "elearning" / f"course-{number}"
        (folder / "units").mkdir(parents=True)
        (folder / "module.yaml").write_text(
            f"title: Course {number}\nsummary: What to do.\ncover: neglect\nminutes: 10\nlaw_as_at: 2026-11-22\nreview_due: 2027-11-22\n"
            "outcomes: {act: act on a worry}\n", "utf-8",
        )  # fmt: skip
        (folder / "units" / "01-one.md").write_text(f"---\ntitle: One\nminutes: 1\n---\n# First {{#first outcomes=act facts=f1}}\n\n{WORDS}", "utf-8")
        bank = "".join(item(each) for each in range(ITEMS))
        (folder / "quiz.yaml").write_text(f"draw: {{total: 10}}\npass_percent: 80\nitems:\n{bank}", "utf-8")
        (folder / "sources.yaml").write_text(
            "facts:\n  f1: {claim: A worry is enough, source: General knowledge, tag: K, checked_on: 2026-11-22, expires: 2027-11-22}\n", "utf-8"
        )


def measured(root: Path) -> tuple[float, int, int]:
    """Seconds, questions read, problems found."""
    start = time.perf_counter()
    library, problems = load(root, today=TODAY)
    seconds = time.perf_counter() - start
    return seconds, sum(len(course.quiz.questions) for course in library.courses.values() if course.quiz), len(problems)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        if args.profile:
            cProfile.runctx("measured(root)", globals(), {"root": Path(folder)}, sort="tottime")
            return 0
        found = [("generated", *measured(Path(folder)), MOST_GENERATED)]
    found.append(("shipped", *measured(Path(__file__).parents[1] / "modules"), MOST_SHIPPED))
    for name, seconds, questions, problems, most in found:
        print(f"{name:<10} {questions:>6} questions {seconds:6.1f} s (at most {most:.0f}) {problems} problems")
    return int(found[0][2] != COURSES * ITEMS or any(seconds > most for _, seconds, _, _, most in found))


if __name__ == "__main__":
    sys.exit(main())

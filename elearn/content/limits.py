"""The thresholds of the rules of good writing, and how a partnership sets its own in modules/lint.yaml."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from elearn.content import yaml_lines
from elearn.content.problems import Problems
from elearn.content.source import read_file

Limits = Mapping[str, float]

FILE = "lint.yaml"

LIMITS: Limits = MappingProxyType({
    "stem words": 60,
    "option length ratio": 1.6,
    "short option": 30,  # options up to this many characters all look alike
    "key longest share": 0.4,
    "absolute share": 0.4,  # of the bank: “always” or “never” in a wrong option and not in the best
    "echo share": 0.25,  # of the bank: a word of the question comes back in the best answer only
    "telling word": 5,  # best answers of a bank with the same word in them: from here on, wrong options have to hold it too
    "telling word share": 0.2,  # wrong options with the word, for each best answer with it: fewer give the bank away
    "name share": 0.25,  # of the bank: one person’s name
    "bank for shares": 10,  # below this many, a share says little
    "options": 4,
    "options of multiple choice": 6,  # each is a yes or a no, so more of them do not add guessing
    "note words": 8,
    "scenario share": 0.4,
    "number share": 0.1,
    "items for each outcome": 2,
    "bank of a briefing": 14,  # nearly three times what is drawn
    "grade target": 6,
    "grade most": 8,
    "grade words": 40,  # a grade over fewer words swings too much
    "sentence average": 15,
    "sentence words": 25,
    "passive share": 0.2,  # of all sentences: some passives are right (“You will be told what happens”)
    "sentences for shares": 20,
    "paragraph sentences": 5,
    "screen least": 40,
    "screen most": 180,
    "words a minute": 200,
    "minutes for a check": 0.6,
    "minutes ratio": 1.5,
    "briefing minutes": 7,
})
"""Every threshold with its name. A share is a part of one: 0.4 is 40%."""


def read(root: Path, problems: Problems) -> Limits:
    """The thresholds for the content under *root*: ours, with those that its lint.yaml changes. A wrong line changes nothing."""
    if not (root / FILE).exists() and not (root / FILE).is_symlink():
        return LIMITS
    source, found = read_file(root / FILE, FILE)
    problems.found.extend(found)
    document = yaml_lines.read(source.text(FILE), FILE, problems) if source.files else None
    if document is None:
        return LIMITS
    if not isinstance(document.data, dict) or set(document.data) != {"limits"} or not isinstance(document.data["limits"], dict):
        problems.error(FILE, 1, "limits", "the file has to hold limits: and nothing else", "Write limits: and below it lines of name: number.")
        return LIMITS
    own: dict[str, float] = {}
    for name, value in document.data["limits"].items():
        line = document.line(("limits", name))
        if name not in LIMITS:
            near = difflib.get_close_matches(name, LIMITS, 1)
            problems.error(FILE, line, "limits", f"there is no limit {name!r}", f"Did you mean {near[0]!r}?" if near else "See the guide.")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100_000:
            problems.error(FILE, line, "limits", f"{name}: {value!r} is not a number above 0", "Write a number such as 25 or 0.4.")
        elif name.endswith("share") and value > 1:
            problems.error(FILE, line, "limits", f"{name}: a share is at most 1", "Write 0.4 for 40%.")
        else:
            own[name] = float(value)
    return MappingProxyType({**LIMITS, **own})

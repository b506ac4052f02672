"""The folder of a new module: every file it needs, with ``[write: ...]`` in place of each text, which the check will not let pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from elearn.content.markdown import SLUG

_HEAD = """\
title: "[write: the title, in a few words]"
summary: "[write: one sentence: what it is about, for someone choosing]"
cover: quiet                   # see “Art and covers” in docs/authoring.md
minutes: {minutes}
audience: "[write: who it is for]"
content_note: "[write: a calm line about hard content, or take this key away]"
edition: "1.0"
law_as_at: {today}
review_due: {due}
reviewed_by: ""                # the professional who signed it off
owner: ""                      # who keeps it up to date; shown to authors alone
outcomes:                      # id: completes "You will be able to ..."
  first-outcome: "[write: say what it is]"
validity: {{rule: never}}
where_next: []
before: []
glossary: {{}}
"""

_SOURCES = """\
facts:
  f1:
    claim: "[write: one claim the module makes]"
    source: "[write: where it was read]"
    tag: V                     # V read in the source, K general knowledge, S stated by the partnership
    checked_on: {today}
    expires: {due}
"""

_ITEM = """\
  {id}:
    kind: single-choice
    outcome: first-outcome
    facts: [f1]
    screen: {screen}
    scenario: true
    prompt: "[write: a short case, and a question]"
    choices:
      - {{text: "[write: the best answer]", right: true, note: "[write: why it is best, in eight words or more]"}}
      - {{text: "[write: what many believe]", note: "[write: what that leads to, kindly, and what helps instead]"}}
      - {{text: "[write: another belief]", note: "[write: what that leads to, kindly, and what helps instead]"}}
"""

_BOXES = (
    ("what", "What it is"),
    ("why", "Why it matters"),
    ("see", "What you may see"),
    ("barriers", "What gets in the way"),
    ("helps", "What helps"),
    ("do", "What to do now"),
    ("talk", "Talk about it"),
)

_LEARN = """\
mode: learn                    # feedback after each answer
draw: {total: 5}               # of fourteen questions or more
"""

_CHECK = """\
mode: check                    # nothing is shown until the end
draw: {total: 2}               # ten or twenty, once the bank is there
"""

_UNIT = """\
---
title: "[write: the title of the unit]"
minutes: 2
---
# [write: one idea] {#first-screen outcomes=first-outcome facts=f1}

[write: the idea, in a sentence or two]

[write: about 60 to 160 words in all, with a story or a list]
"""

_LIVE = """\
length: "[write: half a day]"
about: |
  [write: what the day is like]
prepare: |
  [write: what to do, bring or think of before it]
"""

_RESOURCE = """\
kind: card                     # card | strategy | videos | poster
title: "[write: the title]"
summary: "[write: one sentence: what it is]"
cover: quiet
minutes: 3
law_as_at: {today}
review_due: {due}
edition: "1.0"
reviewed_by: ""
where_next: []
glossary: {{}}
body: |
  [write: everything that stands on the card; it prints on one page of A4]
"""

_THEME = """\
title: "[write: the subject]"
month: {month}
cover: quiet
lead: "[write: one sentence: why this, and why now]"
items: [name-a-module]         # the slugs of courses, tools and resources
questions: ["[write: a question for a team to talk about]"]
body: |
  [write: what the month is about]
law_as_at: {today}
review_due: {due}
reviewed_by: ""
"""


class CannotStart(Exception):
    """The module cannot be begun; the text says why and what to do."""


def files(kind: str, slug: str, today: date) -> Mapping[str, str]:
    """Path to text of a new module. Raises CannotStart for a name that no module may have."""
    if not SLUG.fullmatch(slug):
        near = re.sub(r"[^a-z0-9]+", "-", slug.casefold()).strip("-")
        advice = f" Try {near}." if SLUG.fullmatch(near) else ""
        raise CannotStart(f"{slug!r} is not small letters, numbers and single hyphens.{advice}")
    month = re.match(r"20[0-9]{2}-(0[1-9]|1[0-2])(?=-[a-z])", slug)
    if kind == "theme" and not month:
        raise CannotStart(f"A theme’s name begins with its month: {today:%Y-%m}-{slug}")
    return _MAKERS[kind](
        {"today": today.isoformat(), "due": _a_year_after(today).isoformat(), "month": month[0] if month else "", "minutes": "7"}
    )


def _a_year_after(day: date) -> date:
    return date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def _quiz(screen: str, head: str) -> str:
    items = "".join(_ITEM.format(id=id, screen=screen) for id in ("first-item", "second-item"))
    return f"{head}pass_percent: 80\nitems:\n{items}"


def _safer7(values: Mapping[str, str]) -> Mapping[str, str]:
    boxes = "\n".join(
        f"# {title} {{#{id}{' outcomes=first-outcome facts=f1' if id == 'what' else ''}}}\n\n[write: 40 to 95 words]\n" for id, title in _BOXES
    )
    return {"module.yaml": _HEAD.format(**values), "boxes.md": boxes, "quiz.yaml": _quiz("what", _LEARN), "sources.yaml": _SOURCES.format(**values)}


def _elearning(values: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "module.yaml": _HEAD.format(**{**values, "minutes": "20"}),
        "units/01-first-unit.md": _UNIT,
        "quiz.yaml": _quiz("first-unit/first-screen", _CHECK),
        "sources.yaml": _SOURCES.format(**values),
    }


def _live(values: Mapping[str, str]) -> Mapping[str, str]:
    return {"module.yaml": _HEAD.format(**{**values, "minutes": "180"}) + _LIVE, "sources.yaml": _SOURCES.format(**values)}


def _resource(values: Mapping[str, str]) -> Mapping[str, str]:
    return {"resource.yaml": _RESOURCE.format(**values), "sources.yaml": _SOURCES.format(**values)}


def _theme(values: Mapping[str, str]) -> Mapping[str, str]:
    return {"theme.yaml": _THEME.format(**values)}


_MAKERS: Mapping[str, Callable[[Mapping[str, str]], Mapping[str, str]]] = {
    "safer7": _safer7,
    "elearning": _elearning,
    "live": _live,
    "resources": _resource,
    "theme": _theme,
}

KINDS = tuple(_MAKERS)


def begin(root: Path, kind: str, slug: str, today: date) -> tuple[Path, ...]:
    """Write a new module under *root*; returns its files. Raises CannotStart when any module has that name, and changes nothing."""
    made = files(kind, slug, today)
    if taken := sorted(root.glob(f"*/{slug}")):
        raise CannotStart(f"There is already {taken[0]}. No two modules may share a name.")
    folder = root / ("themes" if kind == "theme" else kind) / slug
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o644)  # whoever serves the site has to read it, and may be somebody else
        path.parent.chmod(0o755)
    return tuple(folder / name for name in made)

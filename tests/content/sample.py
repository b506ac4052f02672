"""A small library of modules that has nothing wrong with it, for tests to spoil one thing at a time."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from elearn.content.library import Library, load
from elearn.content.problems import Problem

TODAY = date(2026, 11, 23)

LIMITS = "limits:\n  bank of a briefing: 2\n  telling word: 1000\n"

MODULE = """\
title: Child neglect
summary: What it is and what to do.
cover: neglect
minutes: 7
law_as_at: 2026-11-22
review_due: 2027-11-22
outcomes:
  say-what: say what it is
validity: {rule: rolling, months: 12, window_days: 30}
where_next: [first-steps]
"""

_WORDS = "Small signs can add up over time. Look at the day of this child. Ask, and then listen well. Tell your lead today. "

BOXES = "\n".join(
    f"# Box {id} {{#{id} outcomes=say-what facts=n1}}\n\n{_WORDS}\n\n{_WORDS}\n\n{_WORDS[:68]}\n"
    for id in ("what", "why", "see", "barriers", "helps", "do", "talk")
)

ITEM = """\
  {id}:
    kind: single-choice
    outcome: say-what
    facts: [n1]
    screen: do
    scenario: true
    critical: true
    prompt: A child tells you that there is no food. What now?
    choices:
      - {{text: Tell my lead today, right: true, note: A worry is enough and the lead can act at once}}
      - {{text: Wait for more signs, note: The next sign may come late so share what you have now}}
      - {{text: Ask the neighbours, note: That is not your part and it could put the child at risk}}
"""

QUIZ = "draw: {total: 2, each_outcome: 1, critical: 1}\npass_percent: 80\nitems:\n" + ITEM.format(id="one") + ITEM.format(id="two")

SOURCES = """\
facts:
  n1:
    claim: A worry is enough
    source: General knowledge
    tag: K
    checked_on: 2026-11-22
    expires: 2027-11-22
"""

SAFER7 = {"module.yaml": MODULE, "boxes.md": BOXES, "quiz.yaml": QUIZ, "sources.yaml": SOURCES}

UNIT = f"""\
---
title: Your part
minutes: 2
note: This unit talks about harm.
---
# What you may see {{#see outcomes=say-what facts=n1}}

{_WORDS}

{_WORDS}

{_WORDS}

```check
id: toast
title: What would you say?
kind: single-choice
prompt: A child asks for toast again. What do you say?
choices:
  - {{text: Tell me about breakfast, right: true, note: An open question lets the child choose what to say}}
  - {{text: Does mum feed you at all, note: This pushes one answer and it may sound like blame}}
  - {{text: You had some yesterday, note: This may close the door so ask about the day instead}}
```
"""

ELEARNING = {
    "module.yaml": MODULE.replace("Child neglect", "First steps").replace("first-steps", "child-neglect"),
    "units/01-your-part.md": UNIT,
    "quiz.yaml": QUIZ.split("items:")[0],
    "items/a.yaml": "items:\n" + ITEM.format(id="one").replace("screen: do", "screen: your-part/see"),
    "items/b.yaml": "items:\n" + ITEM.format(id="two").replace("screen: do", "screen: your-part/see"),
    "sources/a.yaml": SOURCES,
}

LIVE = {"module.yaml": MODULE.replace("Child neglect", "A day together").replace("minutes: 7", "minutes: 360") + "length: One day\nabout: |\n  You work **together**.\nprepare: Bring a cup.\n"}

TOOL = {
    "tool.yaml": """\
title: A tool
summary: It helps you see.
cover: gcp2
requires: {all: [{current: first-steps}, {attended: a-day]}
about: |
  It helps you **see**.
meanwhile: |
  Tell your lead.
law_as_at: 2026-11-22
review_due: 2027-11-22
""".replace("a-day]", "a-day}]")
}

THEME = {
    "theme.yaml": """\
title: Child neglect
month: 2026-05
cover: neglect
lead: Seven minutes help.
items: [child-neglect, first-steps, a-day, a-tool, a-plan]
questions: [What have we got used to?]
body: |
  ## Why
  Read [the briefing on neglect](module:child-neglect).
reviews:
  - title: Small signs were seen
    text: Each person held one piece.
    source: A panel
    tag: V
    checked_on: 2026-11-22
    expires: 2027-11-22
law_as_at: 2026-11-22
review_due: 2027-11-22
"""
}

RESOURCE = {
    "resource.yaml": """\
kind: strategy
title: Our plan
summary: What we want.
cover: support
minutes: 3
law_as_at: 2026-11-22
review_due: 2027-11-22
where_next: [a-tool]
body: |
  Read [the briefing on neglect](module:child-neglect).
objectives:
  all-of-us:
    title: Everyone plays a part
    text: From the front desk to the top.
    items: [child-neglect, a-day]
""",
    "sources.yaml": SOURCES,
}

CONTACTS = """\
contacts:
  emergency:
    name: Emergency services
    number: 999
    purpose: danger
    source: NSPCC
    tag: V
    checked_on: 2026-11-22
  lead:
    name: Your lead
    number: ""
    purpose: local
"""

ALL: Mapping[str, Mapping[str, str]] = {
    "safer7/child-neglect": SAFER7,
    "elearning/first-steps": ELEARNING,
    "live/a-day": LIVE,
    "tools/a-tool": TOOL,
    "resources/a-plan": RESOURCE,
    "themes/2026-05-neglect": THEME,
    "": {"contacts.yaml": CONTACTS},
}


def write(root: Path, modules: Mapping[str, Mapping[str, str]] = ALL) -> Path:
    """Write the files of *modules* under *root*, and limits that let a briefing have two questions, and all best answers the same words."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "lint.yaml").write_text(LIMITS, "utf-8")
    for folder, files in modules.items():
        for name, text in files.items():
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return root


def spoil(root: Path, file: str, old: str, new: str) -> tuple[Library, tuple[Problem, ...]]:
    """The sample with one text of one file changed, loaded; *old* must be there. An empty *old* adds *new* at the end."""
    write(root)
    path = root / file
    text = path.read_text("utf-8") if path.exists() else ""
    assert old in text, f"{old!r} is not in {file}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
    return load(root, today=TODAY)


def line_of(text: str, words: str) -> int:
    """The line on which *words* stand."""
    return text[: text.index(words)].count("\n") + 1

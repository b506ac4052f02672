"""Reads YAML into plain data that remembers its lines, with nothing in it that could run or grow.

What is different from YAML 1.1, on purpose: only ``true`` and ``false`` are yes-no values, so that an option "No" stays a
word; ``012`` and ``12:30`` stay text; keys are always text; a key given twice, an anchor, an alias, a tag and a second
document are refused. Aliases can make a small file grow without end, and tags can name code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import yaml

from elearn.content.problems import Problems

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of a file down to a value."""

MOST_DEPTH = 24
"""Deepest nesting that any of our files could need, with room to spare."""

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML text as plain data (dict, list, str, int, float, bool, date, None), with the line of every part."""

    file: str
    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of the value at *path*, or of the nearest part above it that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read(text: str, file: str, problems: Problems, first_line: int = 1) -> Document | None:
    """The one document in *text*, or None after adding what is wrong with it to *problems*; never raises.

    *first_line* is the line of *file* where *text* begins, for YAML inside Markdown.
    """
    builder = _Builder(file, problems, first_line)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        problems.error(
            file,
            line,
            "yaml",
            f"this is not well-formed YAML: {error.problem or error.context}",
            "Look for a missing quotation mark, a tab, or a colon inside text that has no quotation marks.",
        )
        return None
    except yaml.YAMLError:
        problems.error(file, first_line, "yaml", "the file holds a character that text must not hold", "Remove control characters.")
        return None
    except _Refused:
        return None
    if builder.faults:
        return None
    return Document(file, builder.root, builder.lines)


class _Refused(Exception):
    """Reading on makes no sense; the problem is already noted."""


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is being filled."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Builds data from parser events with its own stack, so that deep nesting cannot exhaust Python's."""

    file: str
    problems: Problems
    first_line: int
    root: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0
    faults: int = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + self.first_line if event.start_mark else self.first_line
        if isinstance(event, yaml.AliasEvent):
            self._stop(line, "aliases (*name) are not used here", "Write the value out again.")
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(line, "a second document begins here (---)", "Keep one document in a file.")
        if isinstance(event, yaml.NodeEvent):
            self._plain(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()

    def _plain(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            self._stop(line, f"anchors (&{event.anchor}) are not used here", "Remove the anchor.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._stop(line, f"tags ({tag}) are not used here", "Remove the tag.")

    def _stop(self, line: int, text: str, mend: str) -> None:
        self.problems.error(self.file, line, "yaml", text, mend)
        raise _Refused

    def _open(self, value: dict[str, Any] | list[Any], line: int) -> None:
        if len(self.stack) >= MOST_DEPTH:
            self._stop(line, "this is nested too deeply", "Check the brackets and the indentation.")
        self.stack.append(_Open(self._place(value, line), value))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.value, dict) and top.key is None:
            self._key(top, event.value, line)
        else:
            self._place(_plain(event.value) if event.style is None or event.style == "" else event.value, line)

    def _key(self, top: _Open, key: str, line: int) -> None:
        assert isinstance(top.value, dict)
        if key in top.value:
            first = self.lines[(*top.path, key)]
            self.problems.error(self.file, line, "yaml", f"{key!r} is given twice; the first is on line {first}", "Remove or rename one.")
            self.faults += 1
        top.key = key
        self.lines[(*top.path, key)] = line

    def _place(self, value: Any, line: int) -> Path:
        if not self.stack:
            self.root = value
            self.lines[()] = line
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            top.value.append(value)
            self.lines[path] = line
            return path
        if top.key is None:
            self._stop(line, "a key must be a word, not a list or a mapping", "Put quotation marks around text with brackets.")
        assert top.key is not None
        path = (*top.path, top.key)
        top.value[top.key] = value
        top.key = None
        return path


def _plain(text: str) -> Any:
    """What an unquoted word means."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text

"""What is wrong with the content: where, why it matters and how to mend it, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing for an author to mend.

    ``file`` is relative to the content folder, ``line`` counts from 1 (0: the file as a whole). An error keeps the
    module from replacing the one that is live; a warning does not.
    """

    file: str
    line: int
    rule: str
    text: str
    mend: str = ""
    severity: Severity = "error"

    @property
    def blocks(self) -> bool:
        """Whether this keeps the module out. An expired fact fails the check, but what was right when it was written
        still beats an empty site."""
        return self.severity == "error" and self.rule != "expired"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{place}: {'warning: ' if self.severity == 'warning' else ''}{self.rule} {self.text}"
        return f"{said} - {self.mend}" if self.mend else said


@dataclass(slots=True)
class Problems:
    """Collects problems, so that one reading reports them all."""

    found: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int, rule: str, text: str, mend: str = "") -> None:
        self.found.append(Problem(file, line, rule, text, mend))

    def warn(self, file: str, line: int, rule: str, text: str, mend: str = "") -> None:
        self.found.append(Problem(file, line, rule, text, mend, "warning"))

    @property
    def broken(self) -> bool:
        """Whether anything found is an error."""
        return any(problem.severity == "error" for problem in self.found)


def report(problems: Iterable[Problem]) -> str:
    """One line for each problem, in the order of the files: ``path:line: RULE text - mend``."""
    return "\n".join(str(problem) for problem in sorted(problems))


def as_json(problems: Iterable[Problem]) -> str:
    """The same as a JSON array of objects with the keys of Problem, for machines."""
    return json.dumps([asdict(problem) for problem in sorted(problems)], ensure_ascii=False, indent=1)

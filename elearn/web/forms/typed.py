"""What is typed into a field: tidied, never cut. What is too long is said to be so, and stays in the field as it was."""
from __future__ import annotations

from wtforms.validators import Length

from elearn.rules.certificates import LONGEST_NAME, seen_name
from elearn.rules.questions.typed import tidied

LONGEST_ADDRESS = 500
"""Letters of the address of a page."""


def one_line(text: str | None) -> str:
    """A filter for words on one line."""
    return tidied(text or "")


def several_lines(text: str | None) -> str:
    """A filter for words that may have line breaks."""
    return tidied(text or "", lines=4)


def as_name(text: str | None) -> str:
    """A filter for the name of a person, a team or a thing; what is far too long for one is left for `at_most` to refuse."""
    typed = one_line(text)
    return typed if len(typed) > 10 * LONGEST_NAME else seen_name(typed)


def at_most(letters: int) -> Length:
    """Refuses what has more than so many letters."""
    return Length(max=letters, message=f"Make this shorter: {letters:,} letters at most")

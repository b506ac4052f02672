"""What is wrong with a form, as the summary at the head of its page lists it."""
from __future__ import annotations

from wtforms import Form


def problems(form: Form) -> list[tuple[str, str]]:
    """The id of each input that is wrong, with the first thing wrong with it, in the order of the page."""
    return [(field.id, str(field.errors[0])) for field in form if field.errors]

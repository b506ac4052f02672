"""A word from work that takes long to the thread that does it: let the others go first."""
from __future__ import annotations

import threading
from collections.abc import Callable

_here = threading.local()


def step_aside() -> None:
    """Say that what follows takes some hundredths of a second. Whoever answers requests one after another lets others go on meanwhile.

    Anywhere else, and said again, it does nothing.
    """
    told: Callable[[], None] | None = getattr(_here, "told", None)
    if told is not None:
        told()


def when_told(do: Callable[[], None]) -> None:
    """What ``step_aside`` does in this thread from now on."""
    _here.told = do

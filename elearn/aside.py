"""A word from work that takes long to the thread that does it: let the others go first."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Turns(Protocol):
    """Whoever lets requests through one after another."""

    def leave(self) -> None:
        """This thread does without Python for a while."""

    def come_back(self) -> None:
        """It wants to go on; returns when it may."""


_here = threading.local()


@contextmanager
def aside() -> Iterator[None]:
    """What is done inside takes some hundredths of a second and hardly needs Python: hashing, waiting for another process.

    Whoever answers requests one after another lets others go on meanwhile. Anywhere else it does nothing.
    """
    turns: Turns | None = getattr(_here, "turns", None)
    if turns is None:
        yield
        return
    turns.leave()
    try:
        yield
    finally:
        turns.come_back()


def take_turns(turns: Turns) -> None:
    """Say whom ``aside`` has to tell in this thread."""
    _here.turns = turns

"""What tests of the content share: the authors' guide."""
from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def guide() -> str:
    """The text of docs/authoring.md."""
    return (Path(__file__).parents[2] / "docs" / "authoring.md").read_text("utf-8")

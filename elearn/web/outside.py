"""What the content needs from the site: its drawings, and where a module is that a text leads to."""
from __future__ import annotations

from pathlib import Path

from elearn.content.markdown import Outside
from elearn.web import art

_AREAS = ("tools", "resources", "themes")
"""Folders of modules that are an area of the site under the same name; every other module is learned under /learn."""


def outside(modules: Path) -> Outside:
    """For content that is read from the folder *modules*."""

    def address(slug: str) -> str:
        return f"/{next((area for area in _AREAS if (modules / area / slug).is_dir()), 'learn')}/{slug}"

    return Outside(art.story, address)

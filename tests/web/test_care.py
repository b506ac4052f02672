"""Every module that ships can be hard to read: each says so first, and a way out, a way to stop and somebody to talk to are on every page."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from elearn.settings import ROOT
from tests.builders import People, Who
from tests.page import Page

Browse = Callable[[Who | None], Page]

MODULES = sorted(f"{folder.parent.name}/{folder.name}" for kind in ("safer7", "elearning", "live") for folder in (ROOT / "modules" / kind).iterdir())


@pytest.fixture(scope="module", params=MODULES)
def module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cared_for(page: Page) -> None:
    """What the foot and the head of every page hold."""
    assert "/support" in page.links() and "/worried" in page.links(), page.path
    assert [button.get("formaction") for button in page.root.iter("button") if "data-leave" in button.attrib] == ["/leave"], page.path


def test_it_says_what_it_is_about_before_anything_else_and_how_to_stop(app: object, browse: Browse, people: People, module: str) -> None:
    course = app.extensions["catalogue"].courses[module.partition("/")[2]]  # type: ignore[attr-defined]  # a Flask
    assert course.content_note, "every one of ours is about children who are hurt, or may be"
    page = browse(people.bob).get(f"/7/{course.slug}" if course.kind == "safer7" else f"/learn/{course.slug}")
    page.says(" ".join(course.content_note.split()))
    cared_for(page)
    for unit in course.units if course.kind == "elearning" else ():
        first = page.get(f"/learn/{course.slug}/{unit.id}/{unit.steps[0].id}")
        cared_for(first)
        if unit.note:
            first.says(" ".join(unit.note.split()), "Leave this lesson for another day", "find someone to talk to")
            assert f"/learn/{course.slug}#lessons" in first.links()

"""What a phone is too narrow for by itself: no icon without a word, and a drawing that leaves the words room."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]


def test_the_icon_of_ones_account_has_a_word_to_it_and_is_heard_by_name(window: Window) -> None:
    page = window("amira")
    page.goto("/my")
    link = page.get_by_role("link", name="Your account: Amira Khan")
    assert link.evaluate("e => getComputedStyle(e, '::after').content").startswith('"Account"')
    box = link.bounding_box()
    assert box is not None and box["width"] >= 44 and box["height"] >= 44
    page.set_viewport_size({"width": 1280, "height": 860})
    assert link.evaluate("e => getComputedStyle(e, '::after').content") == "none" and "Amira Khan" in link.inner_text()


@pytest.mark.parametrize("path", ["/learn/graded-care-profile-2", "/learn/trauma-informed-practice"])
def test_the_drawing_of_a_live_course_stays_clear_of_its_words(window: Window, path: str) -> None:
    page = window()
    page.goto(path)
    gap = page.evaluate(
        "() => document.querySelector('.poster-art').getBoundingClientRect().top"
        " - document.querySelector('.poster-text').lastElementChild.getBoundingClientRect().bottom"
    )
    assert gap >= 16, f"{gap} pixels"

"""What comes out of the printer: a briefing fits its one page, and no page prints its menus."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from tests.browser.site import CURIOUS, LEVEL1, NEGLECT

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]


def printed(page: Page) -> list[str]:
    """The words of every page of paper."""
    with pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, format="A4")) as document:
        return [sheet.get_textpage().get_text_bounded() for sheet in document]


@pytest.mark.parametrize("slug", [NEGLECT, CURIOUS])
def test_a_briefing_fits_on_one_page_in_the_browser_too(window: Window, slug: str) -> None:
    page = window(width=1280, script=False)
    page.goto(f"/7/{slug}/print")
    (sheet,) = printed(page)
    for box in page.locator("section.box h2").all_inner_texts():
        assert box.split("\n")[-1].strip() in " ".join(sheet.split())
    assert "Back to the briefing" not in sheet


def test_other_pages_print_without_menus_and_with_the_numbers_to_call(window: Window) -> None:
    page = window("amira", width=1280, script=False)
    page.goto("/my")
    words = " ".join(" ".join(printed(page)).split())
    assert "My learning" in words
    assert "999" in words
    assert "Leave quickly" not in words
    assert "Sign out" not in words


def test_what_is_folded_away_on_the_screen_is_on_paper(window: Window) -> None:
    page = window("ola", width=1280, script=False)
    page.goto(f"/learn/{LEVEL1}/if-a-child-tells-you/kezia-talks")
    story = page.locator("details.story-map")
    assert not story.locator("#scene-2").is_visible()
    words = " ".join(" ".join(printed(page)).split())
    assert "Scene 2" in words and "Kezia paints one corner of the page" in words

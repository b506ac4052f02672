"""A story that forks, on a phone without scripts: a wrong turn, the way back, and the map of every way there was."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser.site import LEVEL1
from tests.browser.walking import press

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Window = Callable[..., Page]

STORY = f"/learn/{LEVEL1}/if-a-child-tells-you/kezia-talks"


def choose(page: Page, words: str) -> None:
    page.locator("label", has_text=words).click()
    press(page.locator("main .turn button"))


def test_a_wrong_turn_is_put_right_and_the_map_opens_without_scripts(window: Window) -> None:
    page = window("nia", script=False)
    page.goto(f"{STORY}?again=1")
    assert page.locator("main .story .over").inner_text().startswith("Part 1."), "how many parts there are depends on the way"
    choose(page, "Has somebody been hurting you?")
    assert "says nothing" in page.locator("main .story").inner_text()
    choose(page, "I’d like to hear about it")
    choose(page, "Thank you for telling me")
    assert page.locator("main .turn button").inner_text().strip() == "Check my answer", "nothing comes after this part"
    choose(page, "Tell Kezia that you will talk to Dana now")
    assert page.locator("main .feedback").inner_text().startswith("Nearly. 2 of 3 right")
    story = page.locator("details.story-map")
    assert not story.locator("#scene-1").is_visible()
    story.locator("summary").click()
    mine = [re.sub(r"\s+", " ", each.inner_text()) for each in story.locator("li li", has_text="ou chose this").all()]
    assert len(mine) == 4 and mine[0].startswith("Has somebody been hurting you? You chose this") and "Go on to scene 2" in mine[0]
    assert all("The best choice: you chose this" in each for each in mine[1:])
    story.locator("a", has_text="Go on to scene 3").first.click()
    assert page.url.endswith("#scene-3") and story.locator("#scene-3").is_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

"""The grounds an author may choose: the words on a poster stand out from each of them (WCAG 2.2, 1.4.3)."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from elearn.content.blocks import GROUNDS

SHEET = (Path(__file__).parents[2] / "static" / "css" / "poster.css").read_text("utf-8")
RULE = re.compile(r"\.on-(\w+) \{ --ground: (#[0-9a-f]+); --words: (#[0-9a-f]+); \}")
COLOURS = {name: (ground, words) for name, ground, words in RULE.findall(SHEET)}
LEAST = 4.5


def luminance(colour: str) -> float:
    """Relative luminance, from WCAG 2.2: linear light of red, green and blue, weighted."""
    digits = colour.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_worked_out_as_wcag_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the grey that just misses, in WebAIM's examples


@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_words_stand_out_from_every_ground(ground: str) -> None:
    assert contrast(*COLOURS[ground]) >= LEAST

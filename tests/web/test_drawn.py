"""Pages that are compressed once: what comes out is the page, and what is each reader's own is not compressed with it."""
from __future__ import annotations

import gzip
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.web.drawn import Drawn

NAME, TOKEN = "name-0f", "token-7a"
FILL = {NAME: "Zoë O’Neill &amp; ليلى".encode(), TOKEN: b"0123456789abcdef" * 4}
PAGE = f"<title>Zoë</title><p>Hello {NAME}, good to see you</p>{'words and words ' * 500}<input value={TOKEN}><input value={TOKEN}>"


def whole(page: str) -> str:
    for hole, words in FILL.items():
        page = page.replace(hole, words.decode())
    return page


@given(st.lists(st.one_of(st.text(), st.sampled_from([NAME, TOKEN])), max_size=12).map("".join))
def test_it_says_what_the_page_says(page: str) -> None:
    drawn = Drawn(page, (NAME, TOKEN))
    assert drawn.plain(FILL).decode() == gzip.decompress(drawn.gzip(FILL)).decode() == whole(page)


def test_other_programs_can_read_it_too() -> None:
    packed = Drawn(PAGE, (NAME, TOKEN)).gzip(FILL)
    assert subprocess.run(["gzip", "-dc"], input=packed, capture_output=True, check=True).stdout.decode() == whole(PAGE)


def test_it_is_about_as_small_as_the_whole_compressed_at_once() -> None:
    assert len(Drawn(PAGE, (NAME, TOKEN)).gzip(FILL)) < len(gzip.compress(whole(PAGE).encode(), 9)) + 250


def test_what_fills_a_hole_changes_no_length_by_what_it_says() -> None:
    drawn = Drawn(PAGE, (NAME, TOKEN))
    assert len({len(drawn.gzip(FILL | {TOKEN: words})) for words in (b"words and words ", b"0123456789abcdef", b"xxxxxxxxxxxxxxxx")}) == 1


def test_what_is_too_long_for_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="70000 bytes"):
        Drawn(PAGE, (NAME, TOKEN)).gzip(FILL | {NAME: b"x" * 70_000})

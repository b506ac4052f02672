"""Messages: one idea and one button each, nothing private in the subject, and names that stay names."""
from __future__ import annotations

import re
from html import unescape

import html5lib  # type: ignore[import-untyped]  # no types are published
import pytest

from elearn.actions.accounts import LIFE
from elearn.mail.messages import MESSAGES, write

FACTS = {
    "name": "Bob Adeyemi", "team": "Oakfield Year 2", "inviter": "Alice O’Connor", "new_email": "bob@new.example", "life": "15 minutes",
    "site_name": "Learning Zone", "partnership": "Westmere Safeguarding Partnership", "helpline": "",
    "link": "https://learn.example/account/link/abc_DEF-123",
}

NASTY = "<img src=x onerror=alert(1)>&\"'{link}{0.__class__}%s{{7*7}}"

PRIVATE = re.compile(r"abuse|neglect|child|safeguard|harm|password was|password is|bob|adeyemi|oakfield|\d{3}|http", re.IGNORECASE)


@pytest.mark.parametrize("template", MESSAGES)
def test_a_message_says_the_same_in_both_parts_and_leads_to_one_place(template: str) -> None:
    written = write(template, FACTS)
    assert FACTS["link"] in written.text and written.text.count("http") == 1
    assert re.findall(r'(?:href|src|action)="([^"]*)"', written.html) == [FACTS["link"]]
    for line in (MESSAGES[template].why, *MESSAGES[template].before, *MESSAGES[template].after):
        said = line.format_map(FACTS)
        assert said in " ".join(written.text.split()), said
        assert said in unescape(written.html), said
    assert "call 999" in written.text and "call 999" in written.html
    assert max(map(len, written.text.splitlines())) <= 80


@pytest.mark.parametrize("template", MESSAGES)
def test_a_subject_shows_nothing_private_on_a_locked_screen(template: str) -> None:
    subject = write(template, FACTS).subject
    assert not PRIVATE.search(subject.replace("Choose a new password", "")), subject
    assert 5 < len(subject) <= 60


@pytest.mark.parametrize("template", MESSAGES)
def test_names_are_shown_as_they_are_and_never_become_markup_or_templates(template: str) -> None:
    written = write(template, FACTS | dict.fromkeys(("name", "team", "inviter", "new_email", "partnership"), NASTY))
    assert "<img" not in written.html and "onerror=alert(1)&gt;" in written.html
    assert "49" not in written.html and "{{7*7}}" in unescape(written.html) and "{link}" in unescape(written.html)
    assert not {node.tag for node in html5lib.parse(written.html, namespaceHTMLElements=False).iter()} & {"img", "script"}


@pytest.mark.parametrize("template", MESSAGES)
def test_the_html_part_is_valid_and_needs_nothing_from_elsewhere(template: str) -> None:
    html = write(template, FACTS).html
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert tree.get("lang") == "en-GB" and len(list(tree.iter("h1"))) == 1
    assert "<link" not in html and "<script" not in html and "url(" not in html


def test_every_message_with_a_link_says_how_long_it_works() -> None:
    assert set(MESSAGES) == {*LIFE, "password-changed"}, "which leads to a page that anyone may open"
    for template, (_, words) in LIFE.items():
        assert f"The link works once, for {words}." in write(template, FACTS | {"life": words}).text


def test_words_are_curly_kind_and_plain() -> None:
    for template in MESSAGES:
        text = write(template, FACTS).text
        assert not re.search(r"please note|failed|invalid|\bhe\b|\bshe\b|[\"]|\w'\w", text, re.IGNORECASE), template


def test_an_unknown_message_or_a_missing_fact_is_a_fault() -> None:
    with pytest.raises(KeyError):
        write("nothing", FACTS)
    with pytest.raises(KeyError):
        write("join", {"name": "Bob"})


def test_a_very_long_address_is_not_broken_in_two() -> None:
    long = f"{'a' * 64}@{'b' * 60}.example"
    assert long in write("email-changed", FACTS | {"new_email": long}).text

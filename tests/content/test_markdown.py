"""Markdown: what comes out, what never does, and the blocks."""
from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from elearn.content.blocks import ART, BLOCKS, GROUNDS, ICONS
from elearn.content.curly import curly
from elearn.content.markdown import Fence, Outside, Page, Rendered, clean, count_words, pages, render
from elearn.content.problems import Problem, Problems

html5lib: Any = import_module("html5lib")  # it ships no types

OUTSIDE = Outside(draw=lambda name: f'<svg class="story-art">{name}</svg>')


def html(text: str) -> str:
    problems = Problems()
    rendered = render(text, "x.md", problems, OUTSIDE)
    assert problems.found == []
    return rendered.html


def faults(text: str) -> tuple[Rendered, list[Problem]]:
    problems = Problems()
    return render(text, "x.md", problems, OUTSIDE), problems.found


def icon(name: str) -> str:
    return (
        '<svg class="icon" width="20" height="20" fill="none" stroke="currentColor" aria-hidden="true" focusable="false">'
        f'<use href="#i-{name}"/></svg>'
    )


def test_plain_markdown_becomes_plain_html() -> None:
    expected = "<p>Say <em>it</em> <strong>now</strong>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    assert html("Say *it* **now**.\n\n- one\n- two\n") == expected


def test_straight_quotation_marks_become_curly() -> None:
    assert html("Say \"I'm 'here'\".") == "<p>Say “I’m ‘here’”.</p>\n"
    assert curly("'Don't', she said, \"it's Ellis' \"") == "‘Don’t’, she said, “it’s Ellis’ ”"
    assert curly("(\"so\") – 'yes' \"'no'\"") == "(“so”) – ‘yes’ “‘no’”"


def test_a_screen_begins_with_its_heading_and_its_first_paragraph_leads() -> None:
    problems = Problems()
    found = pages('# What "helps" {#helps outcomes=a,b facts=f}\nFirst.\n\nSecond.\n\n# Next {#next}\n- x\n', "x.md", problems, OUTSIDE, 10)
    one, two = found
    assert isinstance(one, Page)
    assert isinstance(two, Page)
    assert (one.title, one.values, one.line) == ("What “helps”", {"id": "helps", "outcomes": "a,b", "facts": "f"}, 10)
    assert one.body.html == '<p class="lead">First.</p>\n<p>Second.</p>\n'
    assert (two.title, two.line) == ("Next", 15)
    assert "lead" not in two.body.html
    assert problems.found == []


def test_a_check_stands_between_screens_and_keeps_its_line() -> None:
    problems = Problems()
    found = pages("# A {#a}\nx\n\n```check\nid: b\n```\n# C {#c}\n```check\nid: d\n```\n", "x.md", problems, OUTSIDE)
    assert [type(part) for part in found] == [Page, Fence, Page, Fence]
    assert found[1] == Fence(4, "id: b\n")
    assert problems.found == []


def test_text_after_a_check_or_before_a_heading_belongs_nowhere() -> None:
    for text, line in (("Lost.\n\n# A {#a}\nx\n", 1), ("# A {#a}\nx\n\n```check\nid: b\n```\n\nLost.\n", 8)):
        problems = Problems()
        pages(text, "x.md", problems, OUTSIDE)
        assert [(problem.line, problem.rule) for problem in problems.found] == [(line, "screen")]


def test_a_story_has_its_ground_its_label_and_its_drawing() -> None:
    assert html('::: story ground=blush art=listening label="At Ellis\'s club"\nEllis asks.\n:::\n') == (
        '<div class="story on-blush pictured"><div class="stack tight"><p class="over">At Ellis’s club</p><p>Ellis asks.</p>\n</div>'
        '<svg class="story-art">listening</svg></div>'
    )
    assert html("::: story ground=sky\nx\n:::") == '<div class="story on-sky"><div class="stack tight"><p>x</p>\n</div></div>'


def test_cards_have_an_icon_and_a_title_each() -> None:
    assert html("::: cards\n### bowl: Food & body\nHungry.\n\n### home: Home\nCold.\n:::") == (
        f'<div class="sees"><div><h2>{icon("bowl")}Food &amp; body</h2><p>Hungry.</p>\n</div>'
        f'<div><h2>{icon("home")}Home</h2><p>Cold.</p>\n</div></div>'
    )


def test_ticks_are_a_list_with_a_tick_each() -> None:
    assert html("::: ticks\n- **Stay** calm.\n- Ask.\n:::") == (
        f'<ul class="ticks"><li>{icon("check")}<span><strong>Stay</strong> calm.</span></li><li>{icon("check")}<span>Ask.</span></li></ul>'
    )


def test_ticks_with_paragraphs_are_valid_too() -> None:
    assert html("::: ticks\n- One.\n\n- Two.\n:::").count("<div>") == 2


def test_a_note_a_care_box_and_folded_text() -> None:
    assert html('::: note icon=heart title="Ask yourself"\nWhat?\n:::') == (
        f'<div class="note">{icon("heart")}<div><h2>Ask yourself</h2><p>What?</p>\n</div></div>'
    )
    assert html("::: care\nStop.\n:::") == (
        f'<div class="note care">{icon("cup")}<div><h2>Need a minute?</h2>'
        '<p>Stop. <a href="/support">Find someone to talk to</a></p></div></div>'
    )
    assert html('::: more title="What if?"\nFine.\n:::') == '<details class="more"><summary>What if?</summary><p>Fine.</p>\n</details>'
    assert html("::: contacts\n:::") == '<div class="contacts-here"></div>'
    assert html("::: levels\n:::") == '<div class="levels-here"></div>'


def test_folded_text_is_not_counted_as_reading() -> None:
    assert render('One two.\n\n::: more title="Three"\nfour\n:::\nFive.', "x", Problems(), OUTSIDE).words == 3


def test_words_are_counted_as_people_do() -> None:
    assert count_words("Don’t wait – call 999. A level-1 “course”, and it's done.") == 10


def test_a_table_has_column_headings() -> None:
    assert html("| When | What |\n|:--|--:|\n| today | tell |\n") == (
        '<table class="table"><thead>\n<tr>\n<th scope="col">When</th>\n<th scope="col">What</th>\n</tr>\n</thead>\n<tbody>\n'
        "<tr>\n<td>today</td>\n<td>tell</td>\n</tr>\n</tbody>\n</table>\n"
    )


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("x\n\n<script>alert(1)</script>", "html", 3),
        ("<iframe src=https://x.example></iframe>", "html", 1),
        ("<style>p{}</style>", "html", 1),
        ("a <b onclick=x>b</b>", "html", 1),
        ("<!-- hidden -->", "html", 1),
        ("<?php ?>", "html", 1),
        ("<meta http-equiv=refresh content=0>", "html", 1),
        ("<base href=//x>", "html", 1),
        ("<form action=x>", "html", 1),
        ("[x](javascript:alert(1))", "link", 1),
        ("[x](JaVaScRiPt:alert(1))", "link", 1),
        ("[x](&#106;avascript:alert(1))", "link", 1),
        ("a\n[x](data:text/html;base64,PHNjcmlwdD4=)", "link", 2),
        ("[x](vbscript:x)", "link", 1),
        ("[x](file:///etc/passwd)", "link", 1),
        ("[x](http://x.example/)", "link", 1),
        ("[x](//x.example/)", "link", 1),
        ("[x](/\\\\x.example/)", "link", 1),
        ("[x](https://user@x.example/)", "link", 1),
        ("[x](https://)", "link", 1),
        ("[x](page.html)", "link", 1),
        ("[x](tel:01384555000)", "link", 1),
        ("[x](mailto:a@b?bcc=c@d)", "link", 1),
        ("[x](module:Not_A_Slug)", "link", 1),
        ("[x][y]\n\n[y]: javascript:alert(1)", "link", 1),
        ("<javascript:alert(1)>", "link", 1),
        ("![x](https://x.example/a.png)", "picture", 1),
        ("```\ncode\n```", "code", 1),
        ("```html\n<b>\n```", "code", 1),
        ("# Title", "heading", 1),
        ("#### Deep", "heading", 1),
        ("### First", "heading", 1),
        ("::: nothing\nx\n:::", "block", 1),
        ("::: note\nx\n", "block", 1),
        ("::: note\n::: care\nx\n:::\n:::", "block", 1),
        (":::", "block", 1),
        ("::: note\n:::", "block", 1),
        ("::: note colour=red\nx\n:::", "block", 1),
        ("::: note icon=skull\nx\n:::", "block", 1),
        ("::: note title=“Ask”\nx\n:::", "block", 1),
        ('::: note title="a" title="b"\nx\n:::', "block", 1),
        ("::: story\nx\n:::", "block", 1),
        ('::: story ground="blush onclick=x"\nx\n:::', "block", 1),
        ("::: story ground=blush art=kitten\nx\n:::", "block", 1),
        ("::: cards\nx\n:::", "block", 1),
        ("::: cards\n### Food\nx\n:::", "block", 1),
        ("::: ticks\nx\n:::", "block", 1),
        ("::: ticks\n- x\n\ny\n\n- z\n:::", "block", 1),
        ("::: more\nx\n:::", "block", 1),
        ("::: contacts\nx\n:::", "block", 1),
    ],
)
def test_what_is_not_allowed_is_named_and_harmless(text: str, rule: str, line: int) -> None:
    rendered, found = faults(text)
    assert (rule, line) in {(problem.rule, problem.line) for problem in found}
    assert_harmless(rendered.html)


def assert_harmless(text: str) -> None:
    """No element, attribute or address in *text* could run or load anything, as a browser would read it."""
    for element in html5lib.parseFragment(text, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        tag = element.tag.rpartition("}")[2]
        assert tag not in {"script", "iframe", "style", "object", "embed", "form", "input", "base", "meta", "link", "img"}
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            assert str(name) not in {"style", "src", "srcdoc", "action", "formaction"}
            if "href" in str(name):
                assert re.match(r"https://|mailto:|tel:|/(?!/)|#", value), value


@pytest.mark.parametrize("href", ["https://www.gov.uk/a?b=c#d", "mailto:help@example.org", "tel:999", "/support", "#support"])
def test_good_links_stay(href: str) -> None:
    assert html(f"[a place]({href})") == f'<p><a href="{href}">a place</a></p>\n'


def test_links_to_modules_go_where_the_web_layer_says() -> None:
    rendered, found = faults("[the briefing](module:child-neglect)")
    assert rendered.html == '<p><a href="/learn/child-neglect">the briefing</a></p>\n'
    assert [(link.module, link.text) for link in rendered.links] == [("child-neglect", "the briefing")]
    assert not found


def test_the_second_wall_stands_alone() -> None:
    hostile = (
        '<p class="lead evil" onclick="x">a<script>b</script><iframe src="x"></iframe><a href="javascript:x" target="_blank">c</a>'
        '<svg onload="x"><use href="https://x"/></svg><img src=x onerror=y><form><input></form><span data-icon="x" id="y">d</span></p>'
    )
    assert clean(hostile) == '<p class="lead">a<a>c</a></p><span data-icon="x">d</span><p></p>'


def test_what_the_text_says_cannot_become_a_drawing() -> None:
    rendered, found = faults('<span data-icon="check"></span>')
    assert "<svg" not in rendered.html
    assert found


def test_the_guide_names_every_block_ground_and_drawing(guide: str) -> None:
    assert all(f"::: {name}" in guide for name in BLOCKS)
    words = set(re.findall(r"[a-z0-9]+", guide))
    assert words >= GROUNDS | ART


def test_every_icon_and_drawing_that_an_author_may_name_is_drawn() -> None:
    assert set(import_module("elearn.web.icons").ICONS) >= ICONS
    assert import_module("elearn.web.art").NAMES >= ART

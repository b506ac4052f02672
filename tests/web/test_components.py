"""Layouts, components and drawings: what every page shows, in every state, with any name."""
from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from elearn.content import blocks
from elearn.rules.access import Person
from elearn.settings import ROOT
from elearn.web import art, display, icons, pages
from tests.web.gallery import LEARNER, MANAGER, FakeTenant, show, site

PAGES = ("/", "/focus", *(f"/errors/{name}" for name in ("not_found", "forbidden", "broken", "refused", "not_saved")))
ATTACK = "<script>alert(1)</script>\"'"


@pytest.fixture(scope="module")
def app() -> Flask:
    return site()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Outline(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._heading = ""
        self.h1: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "h1":
            self.h1.append("")
            self._heading = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._heading:
            self._heading = ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._heading:
            self.h1[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def ids(self) -> list[str]:
        return [id for _, attributes in self.tags if (id := attributes.get("id"))]


def draw(app: Flask, source: str, **facts: Any) -> str:
    """A piece of template as pages draw it."""
    with app.test_request_context():
        return app.jinja_env.from_string(source).render(**facts)


# ---- Every page --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", PAGES)
def test_help_comes_first_on_every_page(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    page = Outline(html)
    start = html.index("<body>")
    assert html.index("Worried about a child?") < html.index('id="main"')
    assert "href=\"tel:999\"" in html[start : html.index('id="main"')]
    links = [a["href"] for a in page.all("a")]
    assert links[:2] == ["#main", "/site/worried"]
    assert "/site/support" in links
    leave = next(button for button in page.all("button") if button.get("formaction") == "/site/leave")
    assert "data-leave" in leave
    form = next(form for form in page.all("form") if form.get("id") == "frame")
    assert (form["method"], form["action"]) == ("post", "/site/display")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    page = Outline(html)
    ids = page.ids()
    assert len(ids) == len(set(ids)), sorted(id for id in ids if ids.count(id) > 1)
    assert len(page.h1) == 1
    assert page.all("html")[0]["lang"] == "en-GB"
    assert not [tag for tag, attributes in page.tags if "style" in attributes or any(name.startswith("on") for name in attributes)]
    assert not page.all("style")
    assert all(script.get("src", "").startswith("/static/") for script in page.all("script"))  # type: ignore[union-attr]  # a script has attributes
    for _, attributes in page.tags:
        for name in ("aria-describedby", "aria-labelledby", "for"):
            for id in (attributes.get(name) or "").split():
                assert id in ids, f"{name}={id}"
        address = attributes.get("href") or ""
        if address.startswith("#") and len(address) > 1:
            assert address[1:] in ids, address
    assert icons.SPRITE not in html


def test_only_the_icons_a_page_uses_are_in_it(client: FlaskClient) -> None:
    html = client.get("/focus").text
    used = set(re.findall(r'href="#i-(\w+)"', html))
    assert set(re.findall(r'<symbol id="i-(\w+)"', html)) == used == {"contrast", "text", "again", "done", "blank", "arrow"}


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (None, ["Briefings", "Courses", "GCP2 tool"]),
        (LEARNER, ["My learning", "Courses", "GCP2 tool"]),
        (MANAGER, ["My learning", "Courses", "My team", "Registers", "Office"]),
    ],
)
def test_the_menu_offers_at_most_five_places_and_none_that_refuses(person: Person | None, words: list[str]) -> None:
    html = site(person).test_client().get("/errors/not_found").text
    nav = html[html.index('<nav class="nav"') : html.index("</nav>")]
    assert re.findall(r">([^<]+)</a>", nav) == words
    assert ("Sign out" in html) == (person is not None)


def test_the_menu_marks_where_one_is(client: FlaskClient) -> None:
    nav = client.get("/").text.partition('<nav class="nav"')[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)">([^<]+)', nav) == [("true", "My learning")]


def test_the_foot_names_those_whose_number_is_known(client: FlaskClient) -> None:
    foot = client.get("/focus").text.partition('<footer')[2]
    assert "Your safeguarding lead, Joan Pickering" in foot
    assert 'href="tel:03069990150"' in foot
    assert "Not given yet" not in foot


def test_a_name_cannot_break_the_page() -> None:
    html = site(Person(3, f"{ATTACK} محمد", 1, 1)).test_client().get("/errors/forbidden").text
    assert "<script>alert" not in html
    assert "<bdi>&lt;script&gt;" in html


def test_a_page_that_says_what_broke_does_not_need_the_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> FakeTenant:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(pages, "tenant", gone)
    with app.test_request_context():
        assert "it’s our fault" in pages.render("errors/broken.html", number="1")
        with pytest.raises(OperationalError):
            pages.render("focused.html")


def test_what_was_sent_is_kept_when_it_could_not_be_saved(app: Flask) -> None:
    with app.test_request_context():
        html = show("errors/not_saved.html", path="/learn/1", form=[("note", f"one\ntwo {ATTACK}"), ("csrf", "old")])
    assert '<textarea class="kept" name="note" hidden>\none\ntwo &lt;script' in html
    assert "old" not in html
    assert 'action="/learn/1"' in html


# ---- Forms -------------------------------------------------------------------------------------------------------------

def test_a_field_says_label_hint_error_input_in_that_order(app: Flask) -> None:
    html = draw(app, '{{ ui.field("when", "When", "31 31", hint="Like 26 5 2026", error="Enter a date", short=True, autocomplete="off") }}')
    assert html.index("<label") < html.index('id="when-hint"') < html.index('id="when-error"') < html.index("<input")
    page = Outline(html)
    (given,) = page.all("input")
    assert given["aria-invalid"] == "true"
    assert given["aria-describedby"] == "when-hint when-error"
    assert (given["value"], given["autocomplete"], given["class"]) == ("31 31", "off", "short")
    assert "Error: Enter a date" in page.words


def test_a_field_without_hint_or_error_points_at_nothing(app: Flask) -> None:
    html = draw(app, '{{ ui.field("name", "Name") }}')
    assert "aria-" not in html


def test_a_password_is_never_sent_back(app: Flask) -> None:
    assert "secret" not in draw(app, '{{ ui.field("password", "Password", "secret", type="password") }}')


@pytest.mark.parametrize("type", ["text", "textarea", "email"])
def test_what_was_typed_comes_back_whole_and_harmless(app: Flask, type: str) -> None:
    html = draw(app, '{{ ui.field("a", "A", words, type=type) }}', words=f"\n  {ATTACK}", type=type)
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    if type == "textarea":
        assert ">\n\n  &lt;" in html, "a first line break in the words is kept"


def test_a_choice_already_made_is_still_made(app: Flask) -> None:
    page = Outline(draw(app, '{{ ui.choices("how", "How?", [("a", "A"), ("b", "B")], "b", error="Choose one") }}'))
    assert [("checked" in box, box["id"]) for box in page.all("input")] == [(False, "how"), (True, "how-2")]
    assert page.all("fieldset")[0]["aria-describedby"] == "how-error"


def test_the_summary_repeats_the_errors_word_for_word_and_the_title_says_so(client: FlaskClient) -> None:
    page = Outline(client.get("/").text)
    assert page.words.count("Enter a date, like 26 5 2026") == 2
    assert [tag["role"] for tag in page.all("div") if tag.get("class") == "error-summary"] == ["alert"]


def test_a_page_with_errors_is_titled_so(app: Flask) -> None:
    with app.test_request_context():
        assert "<title>Error: Question 4" in show("focused.html", errors={"a": "Choose one"})
        assert "<title>Question 4" in show("focused.html", errors={})


def test_no_errors_draw_no_summary(app: Flask) -> None:
    assert draw(app, "{{ ui.error_summary({}) }}").strip() == ""


def test_every_post_form_holds_the_token(client: FlaskClient) -> None:
    for path in PAGES:
        html = client.get(path).text
        for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
            assert re.search(r'name="csrf" value="[0-9a-f]{64}"', form), path


# ---- Drawings ----------------------------------------------------------------------------------------------------------

def test_authors_may_name_every_drawing_and_icon_there_is_and_no_other() -> None:
    assert art.NAMES == blocks.ART
    assert frozenset(icons.ICONS) == blocks.ICONS


def test_drawings_are_the_same_every_time_and_carry_no_style() -> None:
    for name in art.NAMES:
        assert art.cover(name) == art.cover(name)
        assert "style=" not in art.cover(name)
        assert 'aria-hidden="true"' in art.poster(name)
    assert art.cover("never drawn") == art.cover("poster")


def test_the_ring_shows_each_state_by_shape() -> None:
    drawn = art.ring(2, 4, 7, "2 of 7 read", done={6}, misses={7})
    assert re.findall(r'class="seg (\w+)"', drawn) == ["done", "done", "todo", "now", "todo", "done", "miss"]
    assert 'role="img" aria-label="2 of 7 read"' in drawn


def test_a_label_cannot_break_out_of_a_drawing() -> None:
    assert "<script>" not in art.ring(label=ATTACK)
    assert "<script>" not in art.qr("https://example.org", ATTACK)


def test_a_qr_code_reads_back(tmp_path: Any) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    from PIL import Image

    drawn = art.qr("https://learn.example/verify/WM7-4KQX-92PD", "QR code")
    size = int(re.search(r'viewBox="-2 -2 (\d+)', drawn)[1])  # type: ignore[index]  # it is found, or the test fails
    picture = Image.new("L", ((size + 4) * 4, (size + 4) * 4), 255)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn):
        picture.paste(0, ((int(x) + 4) * 4, (int(y) + 4) * 4, (int(x) + 5) * 4, (int(y) + 5) * 4))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == ["https://learn.example/verify/WM7-4KQX-92PD"]


def test_an_icon_that_is_not_drawn_is_noticed() -> None:
    with pytest.raises(KeyError):
        icons.icon("never drawn")


# ---- How pages look ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("form", "value"),
    [
        ({"was": ".", "theme": "contrast"}, "contrast."),
        ({"was": "contrast.large", "theme": ""}, ".large"),
        ({"was": "contrast.large", "text": "larger"}, "contrast.larger"),
        ({"was": "dark.larger", "text": ""}, "dark."),
        ({"was": "<script>.x", "theme": "pink", "text": "huge"}, "."),
        ({}, "."),
    ],
)
def test_pressing_one_button_keeps_what_the_other_set(form: dict[str, str], value: str) -> None:
    assert display.change(form) == value


def test_the_text_button_goes_round() -> None:
    sizes, shown = [], display.Display()
    for _ in range(3):
        shown = display.parse(display.change({"was": shown.value, "text": shown.next_text}))
        sizes.append(shown.text)
    assert sizes == ["large", "larger", ""]


@pytest.mark.parametrize(
    ("cookie", "start"),
    [
        ("", '<html lang="en-GB" dir="ltr">'),
        ("contrast.larger", 'dir="ltr" data-theme="contrast" data-text="larger">'),
        ('"><b>.', 'dir="ltr">'),
    ],
)
def test_the_cookie_decides_how_the_page_begins(app: Flask, cookie: str, start: str) -> None:
    client = app.test_client()
    client.set_cookie(display.COOKIE, cookie)
    assert start in client.get("/focus").text


def test_the_choice_is_kept_in_one_cookie_for_a_year(client: FlaskClient) -> None:
    answer = client.post("/change", data={"was": ".large", "theme": "contrast", "next": "/focus?q=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/focus?q=1")
    cookie = answer.headers["Set-Cookie"]
    assert "elearn-display=contrast.large" in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Max-Age=31536000"))


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "", "/\tb"])
def test_going_back_never_leaves_the_site(path: str) -> None:
    assert display.back({"next": path}) == "/"


# ---- The files themselves ----------------------------------------------------------------------------------------------

def test_every_component_is_in_the_guide_and_every_macro_of_the_guide_exists() -> None:
    guide = (ROOT / "docs" / "components.md").read_text("utf-8")
    described = set(re.findall(r"`ui\.(\w+)\(", guide))
    there = {file.stem for file in (ROOT / "templates" / "components").glob("*.html")}
    assert described == there


def test_style_sheets_use_only_tokens_that_exist() -> None:
    sheets = "\n".join((ROOT / "static" / "css" / f"{name}.css").read_text("utf-8") for name in ("tokens", "base", "components", "print"))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))
    assert used <= set(re.findall(r"(--[\w-]+):", sheets))


def test_both_dark_themes_say_the_same() -> None:
    """What the device asks for and what a person chooses must look alike."""
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text("utf-8")
    chosen = sheet.partition('[data-theme="dark"] {')[2].partition("}")[0]
    asked = sheet.partition(":root:not([data-theme]) {")[2].partition("}")[0]
    assert chosen.split() == asked.split()
    assert '[data-theme="dark"]' not in (ROOT / "static" / "css" / "components.css").read_text("utf-8")

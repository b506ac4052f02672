"""Every kind of page, opened once in Chromium, and held to what must be true of all of them."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.conftest import NODE, new_context
from tests.browser.pages import NOT_PAGES, PAGES, Kind
from tests.browser.site import Site
from tests.browser.walking import press

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK, NARROW = 375, 1280, 320

FIRST_VISIT, FIRST_REQUESTS, LATER_PAGE = 60_000, 8, 15_000
"""Bytes over the wire, headers included, and requests."""

MOST_STOPS = 45
"""As far as we go by Tab: long lists are the same from row to row."""

EVERYTHING: Final = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]}
COLOURS: Final = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""All that axe could find in another theme and not in the light one: a theme changes nothing but colours."""

SPACING: Final = "line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important"
"""What readers may set (WCAG 1.4.12); paragraphs get twice the size of their letters as well."""


@dataclass(slots=True)
class Opened:
    """A page in a browser that saw nothing before, with all that happened while it was opened."""

    kind: Kind
    page: Page
    status: int = 0
    said: list[str] = field(default_factory=list)
    """What stands on the console, and what was thrown."""
    asked: list[str] = field(default_factory=list)
    """Addresses that were asked for."""
    bytes: int = 0

    def at(self, width: int) -> Page:
        self.page.set_viewport_size({"width": width, "height": 740 if width < 700 else 860})
        return self.page


def open_kind(chromium: Browser, site: Site, kind: Kind, script: bool = True) -> Opened:
    context = new_context(chromium, site, kind.who, DESK, script)
    opened = Opened(kind, context.new_page())
    opened.page.on("console", lambda message: opened.said.append(message.text))
    opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
    context.on("request", lambda request: opened.asked.append(request.url))
    wire = context.new_cdp_session(opened.page)
    wire.send("Network.enable")

    def weigh(event: Mapping[str, Any]) -> None:
        opened.bytes += event["encodedDataLength"]

    wire.on("Network.loadingFinished", weigh)
    response = opened.page.goto(site.address(kind.path))
    assert response is not None
    opened.status = response.status
    if kind.press:
        with opened.page.expect_navigation() as arriving:
            opened.page.locator(kind.press).last.click()
        opened.status = arriving.value.status
    return opened


@pytest.fixture(scope="module", params=PAGES, ids=lambda kind: kind.name)
def opened(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> Iterator[Opened]:
    made = open_kind(chromium, site, request.param)
    yield made
    made.page.context.close()


def faults(page: Page, only: Mapping[str, Any] = EVERYTHING) -> Sequence[str]:
    """What axe finds wrong with the page as it stands, once no colour is on its way to another, in words."""
    page.evaluate("() => Promise.allSettled(document.getAnimations().map(each => each.finished))")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate((NODE / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate(
        """async (only) => (await axe.run(document, {runOnly: only, resultTypes: ['violations']})).violations
        .map(v => v.id + ': ' + v.help + '\\n' + v.nodes.map(n => '    ' + n.html.slice(0, 200) + ' ' + (n.any[0] || n.all[0] || n.none[0] || {}).message).join('\\n'))""",
        dict(only),
    )
    return [str(each) for each in found]


def test_a_page_is_what_it_is_said_to_be(opened: Opened) -> None:
    assert opened.status == opened.kind.status


def test_nothing_is_asked_of_others_and_nothing_goes_wrong_unseen(opened: Opened, site: Site) -> None:
    away = [url for url in opened.asked if not url.startswith(site.url)]
    assert not away
    unexpected = [said for said in opened.said if f"status of {opened.kind.status}" not in said]
    assert not unexpected


def test_a_first_visit_is_light(opened: Opened) -> None:
    if opened.kind.press:
        pytest.skip("two pages were fetched for this one")
    names = [url.rsplit("/", 1)[-1] for url in opened.asked]
    assert opened.bytes <= FIRST_VISIT and len(names) <= FIRST_REQUESTS, f"{opened.bytes} bytes: {names}"


def test_axe_finds_nothing_wrong(opened: Opened) -> None:
    for width in (DESK, PHONE):
        found = faults(opened.at(width))
        assert not found, f"{opened.kind.name} at {width}:\n" + "\n".join(found)


def test_nothing_runs_off_the_side(opened: Opened) -> None:
    page = opened.at(NARROW)
    found = {"as it is": _too_wide(page)}
    page.evaluate("document.documentElement.setAttribute('data-text', 'larger')")
    found["largest text"] = _too_wide(page)
    page.evaluate("document.documentElement.removeAttribute('data-text')")
    page.evaluate(_SPACE_OUT, SPACING)
    found["spaced out"] = _too_wide(page)
    cut = page.evaluate(_CUT_OFF)
    page.evaluate(_SPACE_OUT, "")
    assert not any(found.values()), {how: what for how, what in found.items() if what}
    assert not cut, f"cut off when letters are spaced out: {cut}"


_SPACE_OUT = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css ? '* {' + css + '} p {margin-bottom: 2em !important}' : '');
  document.adoptedStyleSheets = [sheet];
}"""

_CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
  const s = getComputedStyle(e);
  if (s.overflow !== 'hidden' || s.position === 'absolute' || e.clientHeight <= 2 || e.scrollHeight <= e.clientHeight + 2) return false;
  const end = e.getBoundingClientRect().bottom + 2;
  return [...e.querySelectorAll('h1, h2, h3, p, a, button, dt, dd, li, span')].some(w => w.innerText && w.getBoundingClientRect().bottom > end);
}).map(e => e.outerHTML.slice(0, 80))"""


def _too_wide(page: Page) -> Sequence[str]:
    """What makes the page wider than the window, or words that stick out into the outer half of its margin; nothing when neither is so.

    Where fonts are drawn on whole pixels, words are some hundredths wider than here: what is deep in the margin here is off the side there.
    """
    found: Sequence[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth > wide) {
            const over = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > wide + 1);
            return [document.documentElement.scrollWidth + ' of ' + wide, ...over.slice(-4).map(e => e.outerHTML.slice(0, 100))];
          }
          const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), out = [], range = document.createRange();
          while (words.nextNode()) {
            const holder = words.currentNode.parentElement, page = holder.closest('.wrap');
            if (!page || !words.currentNode.data.trim() || holder.closest('.hidden-text, .scroller, .name, svg, option')) continue;
            if (!holder.checkVisibility({visibilityProperty: true})) continue;
            range.selectNodeContents(words.currentNode);
            const edge = page.getBoundingClientRect().right - parseFloat(getComputedStyle(page).paddingRight) / 2;
            const most = Math.max(...[...range.getClientRects()].map(box => box.right));
            if (most > edge) out.push(Math.round(most - edge) + ' too far: ' + words.currentNode.data.trim().slice(0, 60));
          }
          return out.slice(0, 4);
        }"""
    )
    return found


def test_everything_can_be_reached_seen_and_pressed(opened: Opened) -> None:
    """WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11 and 2.5.8: by Tab alone, in the order of the page, never hidden, large enough."""
    page = opened.at(PHONE)
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); scrollTo(0, 0); }")
    there = page.evaluate(_STOPS)
    seen: list[int] = []
    while len(seen) < min(there["count"], MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop and stop["parts"] and seen and stop["place"] == seen[-1]:
            continue  # the day, the month and the year of one date
        assert stop, f"after {len(seen)} of {there['count']} stops the page is left"
        assert stop["shown"], f"no sign of where one is: {stop['what']}"
        assert stop["clear"], f"something lies over it: {stop['what']}"
        seen.append(stop["place"])
    assert seen == sorted(set(seen)), f"the order is not that of the page: {seen}"
    assert not there["small"], f"too small to press: {there['small']}"
    assert not there["turned"], f"shown in another order than it is read: {there['turned']}"


_STOPS = """() => {
  const can = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}));
  const groups = new Set();
  const stops = can.filter(e => {
    if (e.type !== 'radio') return true;
    const key = e.name;
    const chosen = can.find(o => o.type === 'radio' && o.name === key && o.checked);
    if (chosen) return e === chosen;
    if (groups.has(key)) return false;
    groups.add(key);
    return true;
  });
  stops.forEach((e, n) => { e.dataset.stop = n; });
  const small = can.filter(e => {
    if (e.classList.contains('skip') || (e.tagName === 'A' && getComputedStyle(e).display === 'inline')) return false;
    if (e.matches('button.link, button.as-link')) return false;
    const whole = e.closest('label') || (e.id && document.querySelector('label[for="' + CSS.escape(e.id) + '"]')) || e;
    const box = [e, whole].map(x => x.getBoundingClientRect());
    return !box.some(b => b.width >= 24 && b.height >= 24);
  }).map(e => e.outerHTML.slice(0, 100));
  // On phones the menu stands under the name of the site and the account: the three are apart, and any order of them makes sense.
  const turned = [...document.querySelectorAll('body *')].filter(e => !e.matches('.masthead .nav, .masthead .account')).filter(e => {
    const s = getComputedStyle(e), held = stops.filter(stop => e.contains(stop)).length;
    return e.tabIndex > 0 || (held && s.order !== '0') || (held > 1 && s.flexDirection.endsWith('reverse'));
  }).map(e => e.outerHTML.slice(0, 100));
  return {count: stops.length, small, turned};
}"""

_STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const ringed = x => { const s = getComputedStyle(x); return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'; };
  const box = e.getClientRects()[0] || e.getBoundingClientRect();
  const top = document.elementFromPoint(Math.min(box.x + box.width / 2, innerWidth - 1), box.y + Math.min(box.height / 2, 300));
  const near = e.closest('label, li, .field') || e;
  return {
    place: +(e.dataset.stop ?? -1), parts: e.type === 'date', what: e.outerHTML.slice(0, 120),
    shown: ringed(e) || ringed(near) || (e.parentElement && ringed(e.parentElement)) || [...near.querySelectorAll('*')].some(ringed),
    clear: !!top && (top === e || e.contains(top) || top.contains(e) || near.contains(top)),
  };
}"""


def test_axe_finds_nothing_wrong_in_the_dark_or_in_high_contrast(opened: Opened) -> None:
    theme = opened.page.evaluate("document.documentElement.getAttribute('data-theme')")
    for theme_there_is, width in (("dark", PHONE), ("contrast", DESK), ("contrast", PHONE), ("dark", DESK)):
        opened.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme_there_is)
        found = faults(opened.at(width), COLOURS)
        assert not found, f"{opened.kind.name} in {theme_there_is} at {width}:\n" + "\n".join(found)
    opened.page.evaluate("theme => theme === null ? delete document.documentElement.dataset.theme : document.documentElement.dataset.theme = theme", theme)


_AT_ONCE: Final = "window.setTimeout = (act, ms, ...rest) => { Promise.resolve().then(() => act(...rest)); return 0; }"
"""Where scripts are off, what we ask of the page is still answered, but no timer ever rings; axe waits for some."""


@pytest.mark.parametrize("who", sorted({kind.who for kind in PAGES}))
def test_later_pages_are_light_and_sound_without_scripts(chromium: Browser, site: Site, who: str) -> None:
    """One browser for each person, scripts off: pages after the first bring little more than themselves, and axe finds nothing
    wrong with what stands there instead of what scripts would have made."""
    heavy: list[str] = []
    wrong: list[str] = []
    context = new_context(chromium, site, who, PHONE, script=False)
    page, got = context.new_page(), [0]
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: got.__setitem__(0, got[0] + event["encodedDataLength"]))
    page.goto("/", wait_until="networkidle")
    for kind in (each for each in PAGES if each.who == who):
        got[0] = 0
        response = page.goto(site.address(kind.path))
        assert response is not None
        assert kind.press or response.status == kind.status
        if kind.press:
            press(page.locator(kind.press).last)
            assert page.title().startswith("Error: ")
            assert page.locator(".error-summary a").count()
        assert page.locator("h1").inner_text().strip()
        if got[0] > (2 if kind.press else 1) * LATER_PAGE:
            heavy.append(f"{kind.name}: {got[0]} bytes")
        page.evaluate(_AT_ONCE)
        wrong += [f"{kind.name}: {fault}" for fault in faults(page)]
    context.close()
    assert not heavy
    assert not wrong, "\n".join(wrong)


def test_every_page_there_is_was_looked_at(site: Site) -> None:
    found = site.app.url_map.bind("127.0.0.1")
    looked = {found.match(site.address(kind.path).partition("?")[0])[0] for kind in PAGES if not kind.path.startswith("/nothing")}
    there = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("fault")}
    assert there - looked - NOT_PAGES == set(), "these need a line in tests/browser/pages.py"

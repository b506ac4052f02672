"""Drawings: the ring, the covers, the mark and the seal.

One idea runs through all of them: the dot is the child, the arcs are the people around the child. Every drawing is a
handful of SVG paths coloured by CSS classes, so that themes recolour it and no inline style is needed. All of them are
made once and remembered.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from math import asin, cos, pi, sin

import segno
from markupsafe import Markup, escape

HIDDEN = 'aria-hidden="true" focusable="false"'
RING = 7


def _drawn(svg: str) -> Markup:
    """A drawing of our own as part of a page. What comes from outside, its label, is escaped where it goes in."""
    return Markup(svg)  # noqa: S704  (drawn in this file)


def _point(cx: float, cy: float, r: float, turns: float) -> tuple[float, float]:
    """Point at *turns* clockwise from twelve o'clock, to a tenth."""
    angle = turns * 2 * pi
    return round(cx + r * sin(angle), 1), round(cy - r * cos(angle), 1)


def _at(cx: float, cy: float, r: float, turns: float) -> str:
    x, y = _point(cx, cy, r, turns)
    return f"{x:.1f} {y:.1f}"


def segment(cx: float, cy: float, inner: float, outer: float, start: float, end: float, gap: float = 0.0) -> str:
    """Path of an annular sector from *start* to *end* (in turns), its sides pulled in so that neighbours stand a constant *gap* apart."""
    go = asin(min(1, gap / 2 / outer)) / (2 * pi)
    gi = asin(min(1, gap / 2 / inner)) / (2 * pi)
    big = 1 if end - start > 0.5 else 0
    return (
        f"M{_at(cx, cy, outer, start + go)}A{outer} {outer} 0 {big} 1 {_at(cx, cy, outer, end - go)}"
        f"L{_at(cx, cy, inner, end - gi)}A{inner} {inner} 0 {big} 0 {_at(cx, cy, inner, start + gi)}Z"
    )


def arc(cx: float, cy: float, r: float, start: float, end: float) -> str:
    """Open arc, to be stroked."""
    big = 1 if end - start > 0.5 else 0
    return f"M{_at(cx, cy, r, start)}A{r} {r} 0 {big} 1 {_at(cx, cy, r, end)}"


def path(d: str, cls: str) -> str:
    return f'<path class="{cls}" d="{d}"/>'


def dot(cx: float, cy: float, r: float, cls: str = "dot") -> str:
    return f'<circle class="{cls}" cx="{cx:g}" cy="{cy:g}" r="{r:g}"/>'


def _arcs(cx: float, cy: float, inner: float, outer: float, n: int = RING, gap: float = 4, skip: Sequence[int] = (), cls: str = "fg") -> str:
    """A ring of *n* arcs, without those in *skip*."""
    return "".join(path(segment(cx, cy, inner, outer, i / n, (i + 1) / n, gap), cls) for i in range(n) if i not in skip)


def _whole(cx: float, cy: float, inner: float, outer: float) -> str:
    """A full annulus as one path."""
    return (
        f"M{cx} {cy - outer}A{outer} {outer} 0 1 1 {cx - .01} {cy - outer}Z"
        f"M{cx} {cy - inner}A{inner} {inner} 0 1 0 {cx + .01} {cy - inner}Z"
    )


def ring(
    first: int = 0, current: int | None = None, total: int = RING, label: str | None = None, numbers: bool = False, cls: str = "",
    misses: Collection[int] = (), done: Collection[int] = (),
) -> Markup:
    """The progress ring of *total* segments.

    The *first* so many are filled, and those in *done* (from 1); *current* (from 1) is raised, those in *misses* are hatched, the rest are
    outlined: state never rests on colour alone. Without a *label* it is hidden from screen readers, and words beside it must say the same.
    """
    return _ring(frozenset(range(1, first + 1)) | frozenset(done), current, total, label, numbers, cls, frozenset(misses))


@lru_cache(maxsize=512)
def _ring(
    done: frozenset[int], current: int | None, total: int, label: str | None, numbers: bool, cls: str, misses: frozenset[int]
) -> Markup:
    parts = []
    for i in range(total):
        state = "now" if i + 1 == current else "miss" if i + 1 in misses else "done" if i + 1 in done else "todo"
        outer, inner = (58, 33) if state == "now" else (56, 36)
        parts.append(path(segment(60, 60, inner, outer, i / total, (i + 1) / total, 4), f"seg {state}"))
        if numbers:
            x, y = _point(60, 60, 46, (i + .5) / total)
            parts.append(f'<text class="num {state}" x="{x:.1f}" y="{y + 4.2:.1f}">{i + 1}</text>')
    parts.append(dot(60, 60, 13))
    said = f'role="img" aria-label="{escape(label)}" focusable="false"' if label else HIDDEN
    return _drawn(f'<svg class="{f"ring {cls}".strip()}" width="120" height="120" viewBox="0 0 120 120" {said}>{"".join(parts)}</svg>')


def _covers() -> Iterator[tuple[str, str, str]]:
    """Each subject as a small poster: name, ground colour, drawing."""
    yield "neglect", "petrol", (_arcs(60, 60, 26, 44, skip=(5,))
                                + path(segment(51.5, 58, 26, 44, 5 / 7, 6 / 7, 4), "fg2") + dot(60, 60, 10))
    yield "affluent", "plum", (_arcs(80, 78, 50, 58, cls="fg2") + _arcs(80, 78, 37, 46)
                               + _arcs(80, 78, 24, 33, cls="fg2") + _arcs(80, 78, 10, 20) + dot(22, 24, 10))
    yield "icon", "sky", (path("M97 66A39 39 0 1 1 50 22A31 31 0 1 0 97 66Z", "fg") + dot(66, 54, 10)
                          + "".join(f'<path class="line2" d="{arc(66, 54, r, .06, .2)}"/>' for r in (20, 30, 40)))
    yield "curious", "poppy", (path(segment(60, 88, 46, 58, -.155, .155), "fg")
                               + path(segment(60, 32, 46, 58, .345, .655), "fg")
                               + _arcs(60, 60, 15, 22, gap=3, cls="fg2") + dot(60, 60, 9))
    yield "sharing", "sage", (path(_whole(42, 60, 22, 32), "fg") + path(_whole(78, 60, 22, 32), "fg2")
                              + path(segment(42, 60, 22, 32, .16, .28), "fg") + dot(60, 60, 7))
    yield "disguised", "night", (dot(68, 60, 14) + path("M60 16A44 44 0 0 0 60 104Z", "fg")
                                 + "".join(path(segment(60, 60, 35, 44, .015 + i * .163, .145 + i * .163), "fg2") for i in range(3)))
    yield "level1", "sky", _arcs(60, 60, 26, 44) + dot(60, 60, 10)
    yield "gcp2", "blush", ("".join(path(segment(20, 100, 22 + i * 16, 32 + i * 16, 0, .25), c)
                                    for i, c in enumerate(("fg2", "fg", "fg", "fg", "fg"))) + dot(31, 89, 8))
    yield "adolescent", "sage", (_arcs(60, 60, 34, 44, skip=(0, 1)) + dot(60, 66, 7, "fg2")
                                 + dot(73, 48, 9, "fg") + dot(90, 26, 12))
    yield "aces", "night", ("".join(f'<path class="line" d="{arc(26, 94, r, -.08, .33)}"/>' for r in (24, 40, 56, 72, 88, 104))
                            + dot(26, 94, 11))
    yield "support", "blush", ("".join(path(f"M{14 + i * 24} 120V{84 - i * 17}A11 11 0 0 1 {36 + i * 24} {84 - i * 17}V120Z",
                                            "fg" if i % 2 else "fg2") for i in range(4)) + dot(97, 12, 7))
    yield "conference", "poppy", ("".join(dot(*_point(60, 60, 37, i / 7), 10, "fg") for i in range(7))
                                  + '<circle class="line2" cx="60" cy="60" r="18"/>' + dot(60, 60, 8))
    yield "trauma", "plum", (path(segment(60, 120, 80, 96, -.25, .25), "fg2") + path(segment(60, 120, 56, 72, -.25, .25), "fg")
                             + path(segment(60, 120, 32, 48, -.25, .25), "fg2") + dot(60, 106, 10))
    yield "listening", "poppy", (path(segment(52, 60, 40, 50, .42, .98), "fg2") + path(segment(52, 60, 25, 35, .42, .98), "fg")
                                 + path(segment(52, 60, 10, 20, .42, .98), "fg2") + dot(88, 60, 12))
    yield "done", "sage", _arcs(60, 60, 26, 44) + dot(60, 60, 16)
    yield "quiet", "sky", (path(segment(60, 96, 44, 56, -.25, .25), "fg") + path("M4 96h112v6H4z", "fg") + dot(60, 78, 11))
    yield "poster", "blush", (path("M30 18h60v84H30z", "fg2") + _arcs(60, 52, 13, 23, gap=3, cls="fg") + dot(60, 52, 5)
                              + path("M40 86h40v4H40zM40 93h26v4H40z", "fg"))
    yield "lost", "sky", (_arcs(48, 56, 20, 34) + path("M73 78l6-6 24 24a4.2 4.2 0 0 1-6 6z", "fg") + dot(99, 28, 8))
    yield "clear", "sage", (path(segment(60, 92, 38, 50, -.25, .25), "fg") + path(segment(60, 92, 18, 30, -.25, .25), "fg2")
                            + path("M10 96h100v5H10z", "fg") + dot(60, 30, 11))
    yield "broken", "night", (_arcs(60, 60, 26, 44, skip=(2, 3)) + path(segment(70, 71, 26, 44, 2 / 7, 3 / 7, 4), "fg2")
                              + path(segment(61, 78, 26, 44, 3 / 7, 4 / 7, 4), "fg2") + dot(60, 60, 10))


_ART = {name: (ground, body) for name, ground, body in _covers()}

NAMES = frozenset(_ART)
"""Every cover there is."""

_COVERS = {
    name: _drawn(
        f'<svg class="cover on-{ground}" width="80" height="80" viewBox="0 0 120 120" {HIDDEN}>'
        f'<path class="bg" d="M0 0h120v120H0z"/>{body}</svg>'
    )
    for name, (ground, body) in _ART.items()
}


def cover(name: str) -> Markup:
    """The small square picture of a subject; a plain one where the name is not known."""
    return _COVERS.get(name) or _COVERS["poster"]


def ground(name: str) -> str:
    """The colour a cover stands on, as in the classes ``on-...``."""
    return _ART.get(name, _ART["poster"])[0]


@lru_cache(maxsize=128)
def _drawing(name: str, cls: str, box: str) -> Markup:
    body = _ART.get(name, _ART["poster"])[1]
    return _drawn(f'<svg class="{cls}" width="160" height="160" viewBox="{box}" {HIDDEN}>{body}</svg>')


def poster(name: str) -> Markup:
    """A cover's drawing alone, large, for a poster that already has its ground."""
    return _drawing(name, "poster-art", "6 6 108 108")


def story(name: str) -> Markup:
    """A cover's drawing alone, for a story that already has its ground."""
    return _drawing(name, "story-art", "0 0 120 120")


_MARK = _drawn(
    f'<svg class="mark" width="40" height="40" viewBox="0 0 120 120" {HIDDEN}>{_arcs(60, 60, 34, 58, gap=6, cls="m")}{dot(60, 60, 17, "d")}</svg>'
)


def mark() -> Markup:
    """The brand mark: the ring, closed, with the child at the centre."""
    return _MARK


@lru_cache(maxsize=8)
def seal(lobes: int = 7, lines: int = 14) -> Markup:
    """A fine-line rosette, seven lobes round, as on banknotes: decoration that is tedious to forge."""
    steps, out = lobes * 8, []
    for k in range(lines):
        phase, points = k / lines * 2 * pi, []
        for j in range(steps):
            t = j / steps * 2 * pi
            r = 44 - k * .9 + (9 + k * .25) * cos(lobes * t + phase)
            points.append((60 + r * sin(t), 60 - r * cos(t)))
        out.append(f'<path d="{_smooth(points)}"/>')
    lines_drawn = f'<g fill="none" stroke="#7fa3a9" stroke-width=".16">{"".join(out)}</g>'
    return _drawn(f'<svg class="seal" width="120" height="120" viewBox="0 0 120 120" {HIDDEN}>{lines_drawn}</svg>')


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """Closed Catmull-Rom curve through *points*, as cubic Beziers."""
    n, d = len(points), [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for i in range(n):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (points[(i + o) % n] for o in (-1, 0, 1, 2))
        d.append(
            f"C{x1 + (x2 - x0) / 6:.1f} {y1 + (y2 - y0) / 6:.1f} {x2 - (x3 - x1) / 6:.1f} {y2 - (y3 - y1) / 6:.1f} {x2:.1f} {y2:.1f}"
        )
    return "".join(d) + "Z"


PALETTE = {"bg": "#0b4a56", "fg": "#f6cdba", "fg2": "#2f7f8b", "dot": "#ffb931", "m": "#f6cdba", "d": "#ffb931"}


def painted(svg: str) -> Markup:
    """Swap colour classes for fill attributes, for PDF, mail and icons, where page CSS does not reach."""
    for cls, colour in PALETTE.items():
        svg = svg.replace(f'class="{cls}"', f'fill="{colour}"')
    return _drawn(svg)


PAPER = {
    "petrol": ("#0b4a56", "#f6cdba", "#2f7f8b"), "plum": ("#5a2346", "#f6cdba", "#9a5578"), "poppy": ("#c8452a", "#ffe9d2", "#862710"),
    "night": ("#14262b", "#bbdde6", "#4d6a72"), "sky": ("#bbdde6", "#0b4a56", "#ffffff"), "sage": ("#c3d6b4", "#1f5a41", "#f7fbf1"),
    "blush": ("#f6cdba", "#b53c1e", "#0b4a56"),
}
"""Ground, first and second colour of each ground, where page CSS does not reach."""

SAID = {
    "neglect": "A dot in a ring of seven arcs. One arc has come away.",
    "adolescent": "A ring with a gap. One dot has moved out through it.",
    "listening": "A dot beside three arcs, like an ear turned towards it.",
}
"""What a drawing shows, for those who do not see it, where it stands for more than itself."""


@lru_cache(maxsize=64)
def on_paper(name: str, outline: bool = False) -> Markup:
    """A cover's drawing alone, painted, with its words as a title: the picture of a printed poster. In outline it saves ink."""
    ground, body = _ART.get(name, _ART["poster"])
    _, first, second = PAPER[ground]
    fills = {"fg": first, "fg2": second, "dot": "#ffb931"}
    strokes = {"line": (first, "7", ""), "line2": (second, "6", ' stroke-linecap="round"')}
    for cls, colour in fills.items():
        body = body.replace(f'class="{cls}"', 'fill="#fff" stroke="#14262b" stroke-width=".8"' if outline else f'fill="{colour}"')
    for cls, (colour, width, ends) in strokes.items():
        body = body.replace(f'class="{cls}"', f'fill="none" stroke="{"#14262b" if outline else colour}" stroke-width="{width}"{ends}')
    title = escape(SAID.get(name, "A dot with arcs around it"))
    return _drawn(f'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120" viewBox="0 0 120 120"><title>{title}</title>{body}</svg>')


@lru_cache(maxsize=2)
def whole_ring(outline: bool = False) -> Markup:
    """The closed ring, painted: the certificate's picture. In outline it saves ink."""
    body = _arcs(60, 60, 34, 58) + dot(60, 60, 15)
    if outline:
        body = re.sub(r'class="\w+"', 'fill="none" stroke="#0b4a56" stroke-width=".6"', body)
    return painted(f'<svg width="120" height="120" viewBox="0 0 120 120" {HIDDEN}>{body}</svg>')


@lru_cache(maxsize=1)
def numbered_ring() -> Markup:
    """The closed ring with its numbers, painted: the centre of the printed briefing."""
    parts = []
    for i in range(RING):
        x, y = _point(60, 60, 46, (i + .5) / RING)
        parts.append(
            f'<path fill="#0b4a56" d="{segment(60, 60, 34, 58, i / RING, (i + 1) / RING, 5)}"/><text x="{x:.1f}" y="{y + 4.6:.1f}" '
            f'font-family="Atkinson Next" font-weight="700" font-size="13" fill="#fff" text-anchor="middle">{i + 1}</text>'
        )
    return _small("".join(parts), 15)


@lru_cache(maxsize=RING)
def pointed_ring(n: int) -> Markup:
    """Small ring with only segment *n* (from 1) filled: which minute this box is."""
    return _small(
        "".join(
            f'<path d="{segment(60, 60, 30, 58, i / RING, (i + 1) / RING, 8)}" fill="{"#0b4a56" if i + 1 == n else "#d5e3e3"}"/>' for i in range(RING)
        ),
        13,
    )


def _small(parts: str, r: int) -> Markup:
    return _drawn(f'<svg width="120" height="120" viewBox="0 0 120 120" {HIDDEN}>{parts}<circle cx="60" cy="60" r="{r}" fill="#ffb931"/></svg>')


@lru_cache(maxsize=256)
def qr(text: str, label: str) -> Markup:
    """A QR code of *text* as one path, dark on white in every theme; *label* says where it leads."""
    code = segno.make(text, error="m", micro=False)
    size = code.symbol_size(border=0)[0] + 4
    d = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(code.matrix) for x, on in enumerate(row) if on)
    return _drawn(
        f'<svg class="qr" width="104" height="104" viewBox="-2 -2 {size} {size}" shape-rendering="crispEdges" role="img" '
        f'aria-label="{escape(label)}"><path fill="#fff" d="M-2-2h{size}v{size}H-2z"/><path fill="#14262b" d="{d}"/></svg>'
    )


GLOBALS: dict[str, Callable[..., Markup]] = {
    "cover": cover, "poster": poster, "story_art": story, "mark": mark, "ring": ring, "seal": seal, "whole_ring": whole_ring,
    "numbered_ring": numbered_ring, "pointed_ring": pointed_ring, "qr": qr,
}
"""What templates may call, by name."""

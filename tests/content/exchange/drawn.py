"""Questions of every kind that other systems share, drawn by hypothesis."""
from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from elearn.rules.questions import KINDS
from elearn.rules.questions.base import Question

SIGNS = "ab cdé’“”~=#{}:\\%*[]<>&;/|n$\"'"
"""Letters, and every sign that means something in some format."""

LINE = st.text(SIGNS, min_size=1, max_size=18).map(lambda text: " ".join(text.split())).filter(bool)
NOTE = LINE.map(lambda line: f"{line} because one two three four five six seven")
MARKS = st.fixed_dictionaries(
    {}, optional={
        "note": NOTE, "outcome": st.just("spot-signs"), "facts": st.just(["f-1", "f-2"]), "screen": st.just("unit/step"), "critical": st.just(True),
        "scenario": st.just(True),
    },
)


def lines(least: int, most: int = 5) -> st.SearchStrategy[list[str]]:
    """So many texts, no two alike however they are written."""
    return st.lists(LINE, min_size=least, max_size=most, unique_by=str.casefold)


@st.composite
def options(draw: st.DrawFn, right: int | None = 1) -> list[dict[str, Any]]:
    texts = draw(lines(2))
    many = right or draw(st.integers(1, len(texts)))
    chosen = draw(st.permutations(range(len(texts))))[:many]
    return [{"text": text, "note": draw(NOTE)} | ({"right": True} if n in chosen else {}) for n, text in enumerate(texts)]


def words() -> st.SearchStrategy[list[str]]:
    """What people may type: some letter or digit in each, and without an arrow, which GIFT takes for a pair."""
    return st.lists(LINE.map(lambda line: f"a{line}".replace("->", "-")), min_size=1, max_size=3, unique_by=str.casefold)


@st.composite
def questions(draw: st.DrawFn, kinds: tuple[str, ...], gaps: int = 3) -> Question:
    kind = draw(st.sampled_from(kinds))
    source: dict[str, Any] = {"kind": kind, "prompt": draw(LINE)} | draw(MARKS)
    if kind == "single-choice":
        source["choices"] = draw(options())
    elif kind == "multiple-choice":
        source["choices"] = draw(options(None))
    elif kind == "true-false":
        source |= {"answer": draw(st.booleans()), "notes": {"true": draw(NOTE), "false": draw(NOTE)}}
    elif kind in ("short-text", "numeric"):
        source["notes"] = {"right": draw(NOTE).replace("->", "-"), "again": draw(NOTE).replace("->", "-")}
        if kind == "short-text":
            source["accept"] = draw(words())
        else:
            source |= {"answer": draw(st.integers(-9999, 9999)) / 4, "tolerance": draw(st.integers(0, 40)) / 8}
    elif kind == "ordering":
        source["steps"] = draw(lines(3))
    elif kind == "matching":
        items, partners = draw(lines(2, 4)), draw(lines(2, 4))
        pairs = [(item.replace("->", "-"), partners[n % len(partners)]) for n, item in enumerate(items)]
        source["pairs"] = [{"item": f"{n} {item}", "partner": partner, "note": draw(NOTE)} for n, (item, partner) in enumerate(pairs)]
        source["extra"] = [text for text in partners if text not in dict(pairs).values()] or ["Nobody else at all"]
    elif kind == "gap-fill":
        count = draw(st.integers(1, gaps))
        around = [draw(LINE).replace("[[", "[").replace("]]", "]").strip("[]{}") + " x" for _ in range(count + 1)]
        source["text"] = "".join(f"{text} [[g{n}]] " for n, text in enumerate(around[:-1])) + around[-1]
        source["gaps"] = {
            f"g{n}": {"options": draw(options())} if draw(st.booleans()) else {"accept": draw(words()), "note": draw(NOTE).replace("->", "-")}
            for n in range(count)
        }
    else:
        source.pop("critical", None)
    return KINDS[kind].read("q", source)

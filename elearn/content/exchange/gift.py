"""GIFT, the text format of Moodle for questions: read into ours and written from ours, with what is lost in words.

As Moodle reads it (docs.moodle.org/en/GIFT_format): questions stand between empty lines, ``//`` begins a comment, ``\\`` takes the
meaning from ~ = # { } : and ``\\n`` is a new line. We write every text as [plain], so that it comes back as it was.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from elearn.content.exchange import making, plain
from elearn.content.exchange.bank import MOST_BYTES, MOST_TEXT, Bank, Fault, Loss, Reading, Source, Unusable, Written, own_hint, tags_of
from elearn.content.exchange.making import Given
from elearn.rules.questions.base import Question
from elearn.rules.questions.choices import Option
from elearn.rules.questions.gap_fill import GapFill
from elearn.rules.questions.matching import Matching
from elearn.rules.questions.multiple_choice import MultipleChoice
from elearn.rules.questions.numeric import Numeric
from elearn.rules.questions.ordering import Ordering
from elearn.rules.questions.reflection import Reflection
from elearn.rules.questions.short_text import ShortText
from elearn.rules.questions.single_choice import SingleChoice
from elearn.rules.questions.true_false import TrueFalse

# Unicode keeps these for inside programs; they stand for escaped characters while a question is taken apart.
_STANDS_FOR = {mark: chr(0xFDD0 + n) for n, mark in enumerate("~=#{}:\\")} | {"n": chr(0xFDD7)}
_BACK = str.maketrans({stand: "\n" if mark == "n" else mark for mark, stand in _STANDS_FOR.items()})
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
_RESERVED = re.compile(r"[\\~=#{}:]")

_FORM = re.compile(r"\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{0,10})?)%")
_IN_COMMENT = re.compile(r"\[(id|tag):([^\]\n]{1,200})\]")
_ORDER = """ALL EXACT RANDOM REL CONTIGUOUS CONTIG HORIZONTAL HORI H VERTICAL VERT V ALL_OR_NOTHING ABSOLUTE_POSITION ABSOLUTE ABS
RELATIVE_NEXT_EXCLUDE_LAST RELATIVE_NEXT_INCLUDE_LAST RELATIVE_ONE_PREVIOUS_AND_NEXT RELATIVE_ALL_PREVIOUS_AND_NEXT
RELATIVE_TO_CORRECT RELATIVE LONGEST_ORDERED_SUBSET LONGEST_CONTIGUOUS_SUBSET SHOW TRUE YES HIDE FALSE NO 0 1"""
_ORDER_WORDS = frozenset(_ORDER.split())
"""What may stand behind {> and the number of steps shown (Moodle, qtype_ordering)."""
_ALL = Decimal(100)
_HOLE = "\ue000"
"""Where the gap is while the words around it are made plain (of the private use area, which no text should have)."""


# ---- Reading -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one question, comments taken away, and what stood in the comments."""

    line: int
    text: str
    id: str
    tags: tuple[str, ...]


def read(data: bytes) -> Bank:
    """The questions of a GIFT file. Raises Unusable, with every fault, and then nothing is taken."""
    reading = Reading()
    for block in _blocks(_decoded(data), reading):
        _Parser(reading, block).read()
    return reading.done()


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Unusable(Fault(0, f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(Fault(data[: error.start].count(b"\n") + 1, "This is not UTF-8 text. Save the file as UTF-8.")) from None
    if hidden := re.search("[\0\ue000\ufdd0-\ufdef]", text):
        raise Unusable(Fault(text.count("\n", 0, hidden.start()) + 1, f"A character that nobody can see (U+{ord(hidden[0]):04X}). Delete it."))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str, reading: Reading) -> list[_Block]:
    found: list[_Block] = []
    lines: list[str] = []
    tags: list[str] = []
    first, id = 0, ""

    def close() -> None:
        nonlocal lines, first, id, tags
        if "".join(lines).strip():
            found.append(_Block(first, "\n".join(lines), id, tuple(tags)))
            id, tags = "", []
        lines, first = [], 0

    for n, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("//"):
            for key, value in _IN_COMMENT.findall(bare):
                id, tags = (value, tags) if key == "id" else (id, [*tags, value])
        elif bare.startswith("$CATEGORY:") and not lines:
            reading.lose("", f"the category “{bare.removeprefix('$CATEGORY:').strip()[:80]}” was left out: a module has one bank")
        elif bare:
            first = first or n
            lines.append(line)
        else:
            close()
    close()
    return found


class _Parser:
    """One question."""

    def __init__(self, reading: Reading, block: _Block) -> None:
        self._reading, self._block = reading, block
        self._name, self._form = "", "moodle"

    def read(self) -> None:
        if len(self._block.text) > MOST_TEXT:
            self._fault(f"this question is longer than {MOST_TEXT} characters. Is an empty line missing after it?")
            return
        text = _ESCAPE.sub(lambda found: _STANDS_FOR[found[1]], self._block.text).strip()
        if text.startswith("::") and (end := text.find("::", 2)) > 0:
            self._name, text = " ".join(text[2:end].translate(_BACK).split()), text[end + 2 :].strip()
        before, brace, rest = text.partition("{")
        inside, closing, after = rest.partition("}")
        wrong = self._braces(before, brace, closing, after)
        if wrong:
            self._fault(wrong)
            return
        if form := _FORM.match(before.lstrip()):
            self._form, before = form[1], before.lstrip()[form.end() :]
        self._name = self._name or " ".join(f"{before} {after}".translate(_BACK).split())[:60]
        if not brace:
            self._reading.lose(self._name, "it is a text without a question, and was left out")
            return
        self._answers(before, inside.strip(), after)

    def _fault(self, text: str) -> None:
        self._reading.fault(self._block.line, f"{self._name}: {text}" if self._name else text)

    def _braces(self, before: str, brace: str, closing: str, after: str) -> str:
        """What is wrong with the braces, and how to mend it; empty when they are sound."""
        if (brace and not closing) or (not brace and "}" in before):
            return "a { or } has no partner. Is there an empty line inside the question? Take it out, or write \\{ or \\} for the sign itself."
        if "}" in before or "{" in after or "}" in after:
            return "there is more than one { … }. A question has one; write \\{ and \\} for the signs themselves."
        return ""

    def _words(self, text: str) -> str:
        """The words of one text, in its own form or the question's."""
        text, form = text.strip(), self._form
        if found := _FORM.match(text):
            text, form = text[found.end() :], found[1]
        return self._reading.words(self._name, plain.read(text.translate(_BACK), form))

    def _answers(self, before: str, inside: str, after: str) -> None:
        inside, _, general = inside.rpartition("####") if "####" in inside else (inside, "", "")
        note, inside = self._words(general), inside.strip()
        prompt = self._words(f"{before} _____ {after}" if after.strip() else before)
        folded = inside.partition("#")[0].strip()
        if not inside:
            source: Source | None = making.base("reflection", prompt, note)
        elif inside.startswith(">"):
            source = self._ordering(prompt, note, inside[1:])
        elif inside.startswith("#"):
            source = self._numeric(prompt, note, inside[1:])
        elif "~" in inside:
            source = self._choice(prompt, note, inside, (before, after))
        elif "=" in inside and "->" in inside:
            source = self._matching(prompt, note, inside)
        elif folded in ("T", "TRUE", "F", "FALSE"):
            source = self._true_false(prompt, note, inside, folded.startswith("T"))
        else:
            source = self._short(prompt, note, inside, (before, after))
        if source is not None:
            self._reading.add(self._block.line, self._name, source, self._block.id, self._block.tags)

    def _pieces(self, inside: str, marks: str) -> list[tuple[str, str]] | None:
        """Each answer with the mark before it; None after a fault."""
        parts = re.split(f"([{marks}])", inside)
        if parts[0].strip():
            if len(parts) == 1 and marks == "=":
                return [("=", parts[0])]
            self._fault(f"the first answer, “{parts[0].strip()[:40].translate(_BACK)}”, has no mark before it. Write = or ~ in front of it.")
            return None
        found = list(zip(parts[1::2], parts[2::2], strict=True))
        return [(mark, body) for n, (mark, body) in enumerate(found) if body.strip() or not (mark == "~" and found[n + 1 : n + 2])]

    def _given(self, body: str, weight: Decimal, weighs: bool = True) -> Given:
        body = body.strip()
        if weighs and (found := _WEIGHT.match(body)):
            weight, body = Decimal(found[1]), body[found.end() :]
        answer, _, feedback = body.partition("#")
        return Given(self._words(answer), weight, self._words(feedback))

    def _choice(self, prompt: str, note: str, inside: str, around: tuple[str, str]) -> Source | None:
        pieces = self._pieces(inside, "~=")
        if pieces is None:
            return None
        given = [self._given(body, _ALL if mark == "=" else Decimal(0), weighs=mark == "~") for mark, body in pieces]
        single = any(mark == "=" for mark, _ in pieces)
        if single and around[1].strip() and sum(each.weight >= _ALL for each in given) == 1:
            return self._gap(note, around, making.gap_options(self._reading, self._name, given))
        return making.choice(self._reading, self._name, prompt, note, given, single)

    def _short(self, prompt: str, note: str, inside: str, around: tuple[str, str]) -> Source | None:
        pieces = self._pieces(inside, "=")
        if pieces is None:
            return None
        given = [self._given(body, _ALL) for _, body in pieces]
        if around[1].strip():
            return self._gap(note, around, making.gap_accept(self._reading, self._name, given))
        return making.short(self._reading, self._name, prompt, note, given)

    def _gap(self, note: str, around: tuple[str, str], gap: Source) -> Source:
        """The missing word format: the answers stand where the gap is."""
        text = (around[0] + _HOLE + around[1]).translate(_BACK).replace("[[", "[").replace("]]", "]")
        words = self._reading.words(self._name, plain.read(text, self._form))
        return making.gap_fill(making.FILL, note, words.replace(_HOLE, "[[gap]]"), {"gap": gap})

    def _matching(self, prompt: str, note: str, inside: str) -> Source | None:
        pieces = self._pieces(inside, "=")
        if pieces is None:
            return None
        pairs = []
        for _, body in pieces:
            item, arrow, partner = body.partition("->")
            if not arrow:
                self._fault(f"the pair “{body.strip()[:40].translate(_BACK)}” has no -> between its two parts. Write item -> partner.")
                return None
            words = self._reading.words(self._name, plain.read(partner.translate(_BACK).strip(), "plain" if self._form == "plain" else "moodle"))
            pairs.append((self._words(item), words))
        return making.matching(prompt, note, pairs)

    def _true_false(self, prompt: str, note: str, inside: str, answer: bool) -> Source:
        _, wrong, right = (*inside.split("#", 2), "", "")[:3]
        notes = (self._words(right), self._words(wrong))
        return making.true_false(prompt, note, answer, *(notes if answer else notes[::-1]))

    def _numeric(self, prompt: str, note: str, inside: str) -> Source | None:
        answers, _, rest = inside.partition("~")
        again = self._words(rest.partition("#")[2])
        found = []
        for _, body in self._pieces(answers, "=") or ():
            given = self._given(body, _ALL)
            value = self._range(given.text.replace(" ", ""))
            if value is None:
                self._fault(f"“{given.text[:40]}” is not a number. Write 9, or 9:1 for 8 to 10, or 8..10.")
                return None
            found.append((*value, given))
        if not found:
            self._fault("there is no number after {#. Write one, such as {#9}.")
            return None
        return making.numeric(self._reading, self._name, prompt, note, found, again)

    def _range(self, text: str) -> tuple[Decimal, Decimal] | None:
        """Answer and tolerance, from ``9``, ``9:1`` or ``8..10``."""
        low, dots, high = text.partition("..")
        answer, colon, tolerance = text.partition(":")
        first = making.number(low if dots else answer)
        second = making.number(high) if dots else making.number(tolerance) if colon else Decimal(0)
        if first is None or second is None:
            return None
        return ((first + second) / 2, abs(second - first) / 2) if dots else (first, second)

    def _ordering(self, prompt: str, note: str, inside: str) -> Source:
        head, _, rest = inside.strip().partition("\n")
        words = head.split()
        known = 0
        while known < len(words) and (words[known] in _ORDER_WORDS or words[known].isdigit()):
            known += 1
        first = " ".join(words[known:])
        steps = [step for line in ([first] if first else []) + rest.split("\n") if (step := self._words(line))]
        if words and words[0].isdigit() and int(words[0][:6]) < len(steps):
            self._reading.lose(self._name, f"it showed {words[0][:6]} of its steps at a time; here it shows all {len(steps)}")
        if not {"ABSOLUTE_POSITION", "ABSOLUTE", "ABS"} & set(words[:known]):
            self._reading.lose(self._name, "it is marked by how many steps are in their place")
        return making.base("ordering", prompt, note) | {"steps": steps}


# ---- Writing -----------------------------------------------------------------------------------------------------------

def write(questions: Sequence[Question]) -> Written:
    """The questions as a GIFT file, and what GIFT has no room for."""
    losses: list[Loss] = []
    blocks = [block for question in questions if (block := _Writer(question, losses).block())]
    return Written("\n\n".join(blocks) + "\n" if blocks else "", len(blocks), tuple(losses))


class _Writer:
    """One question."""

    def __init__(self, question: Question, losses: list[Loss]) -> None:
        self._question, self._losses = question, losses

    def block(self) -> str:
        """Its lines; empty when GIFT has nothing like it."""
        question = self._question
        body = self._body()
        if not body:
            return ""
        if own_hint(question):
            self._lose(f"its hint “{question.hint}” was left out")
        tags = "".join(f" [tag:{tag}]" for tag in tags_of(question))
        return f"// [id:{question.id}]{tags}\n::{_escaped(question.id)}::{body}"

    def _lose(self, text: str) -> None:
        self._losses.append(Loss(self._question.id, text))

    def _body(self) -> str:
        question = self._question
        note = f"\n\t####{_text(question.note)}" if question.note else ""
        stem = f"[plain]{_escaped(question.prompt)}"
        if isinstance(question, SingleChoice | MultipleChoice):
            if question.ordered:
                self._lose("its answers keep their order here; GIFT cannot say so")
            single = isinstance(question, SingleChoice)
            return f"{stem}{{\n\t{self._options(question.options, single)}{note}\n}}"
        if isinstance(question, TrueFalse):
            true, false = question.options
            right, wrong = (true, false) if true.right else (false, true)
            return f"{stem}{{{'TRUE' if true.right else 'FALSE'}#{_text(wrong.note)}#{_text(right.note)}{note}\n}}"
        if isinstance(question, ShortText):
            return f"{stem}{{\n\t{self._accepted(question.accept, question.right, question.again)}{note}\n}}"
        if isinstance(question, Numeric):
            if question.unit:
                self._lose(f"its unit “{question.unit}” was left out")
            value = f"{question.answer:f}:{question.tolerance:f}"
            return f"{stem}{{#\n\t=%100%{value}#{_text(question.right)}\n\t~#{_text(question.again)}{note}\n}}"
        if isinstance(question, Matching):
            return f"{stem}{{\n\t{self._pairs(question)}{note}\n}}"
        if isinstance(question, Ordering):
            return self._steps(question, stem)
        if isinstance(question, Reflection):
            return f"{stem}{{{note.strip()}}}"
        return self._gap(question, note) if isinstance(question, GapFill) else self._nothing_like_it()

    def _nothing_like_it(self) -> str:
        self._lose(f"GIFT has nothing like a {self._question.kind}, so it was left out")
        return ""

    def _options(self, options: Sequence[Option], single: bool) -> str:
        share = _share(sum(option.right for option in options))
        lines = []
        for option in options:
            if single:
                weight = "=" if option.right else "~%0%" if option.text.startswith("%") else "~"
            else:
                weight = f"~%{share}%" if option.right else f"~%-{share}%"
            lines.append(f"{weight}{_text(option.text)}#{_text(option.note)}")
        return "\n\t".join(lines)

    def _accepted(self, accept: Sequence[str], right: str, again: str) -> str:
        words = [self._no_arrow(each.replace("*", "\\*")) for each in accept]
        lines = [f"=%100%{_text(each)}#{_text(self._no_arrow(right))}" for each in words]
        return "\n\t".join([*lines, f"=%0%*#{_text(self._no_arrow(again))}"])

    def _no_arrow(self, text: str) -> str:
        if "->" not in text:
            return text
        self._lose("a -> became →, since GIFT would take it for a pair")
        return text.replace("->", "→")

    def _pairs(self, question: Matching) -> str:
        self._lose("the notes of its pairs were left out")
        texts = {partner.id: partner.text for partner in question.partners}
        lines = [f"={_text(self._no_arrow(pair.item))} -> {_escaped(texts[pair.partner])}" for pair in question.pairs]
        used = {pair.partner for pair in question.pairs}
        return "\n\t".join([*lines, *(f"= -> {_escaped(partner.text)}" for partner in question.partners if partner.id not in used)])

    def _steps(self, question: Ordering, stem: str) -> str:
        """Moodle takes the steps as they are, one on a line, and has no room for feedback to the whole."""
        if question.note:
            self._lose(f"its note “{question.note}” was left out")
        if any(re.match(r"//|\[(html|moodle|plain|markdown)\]", step.text) or _RESERVED.search(step.text) for step in question.steps):
            self._lose("a step has a sign (~ = # { } : \\ // or a form in brackets) that Moodle may show with a \\ before it")
        lines = [step.text if not step.text.startswith(("//", "[")) else f"[plain]{step.text}" for step in question.steps]
        head = f"{{>{len(lines)} ALL VERTICAL ABSOLUTE_POSITION SHOW"
        return stem + "\n".join([head, *(_escaped(line) for line in lines), "}"])

    def _gap(self, question: GapFill, note: str) -> str:
        if len(question.gaps) != 1 or not question.end.strip():
            self._lose("GIFT has one gap to a question, and words after it, so it was left out; Moodle XML can hold it")
            return ""
        if question.prompt != making.FILL:
            self._lose(f"its instruction “{question.prompt}” was left out")
        gap = question.gaps[0]
        inside = self._options(gap.options, single=True) if gap.options else self._accepted(gap.accept, gap.note, gap.note)
        return f"[plain]{_escaped(gap.before)}{{\n\t{inside}{note}\n}}{_escaped(question.end)}"


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found[0], text)


def _text(text: str) -> str:
    """A text that Moodle first looks at for its form: one that begins with a bracket says that it is plain."""
    return _escaped(f"[plain]{text}" if text.startswith("[") else text)


def _share(right: int) -> str:
    """What each of so many earns, as Moodle writes it: 33.33333."""
    return f"{100 / right:.5f}".rstrip("0").rstrip(".")

"""Moodle XML, in which Moodle hands over question banks: read into ours and written from ours, with what is lost in words.

The form is Moodle's own (docs.moodle.org/en/Moodle_XML_format). The parser is defusedxml's, which refuses entities and anything from
outside; a document type is refused as well, so that nothing in a file can grow or reach out (OWASP ASVS 1.5.1).
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from io import StringIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml import sax as safe_sax

from elearn.content.exchange import making, plain
from elearn.content.exchange.bank import MOST_BYTES, MOST_TEXT, Bank, Fault, Loss, Reading, Source, Unusable, Written, own_hint, tags_of
from elearn.content.exchange.making import Given
from elearn.rules.questions.base import Question
from elearn.rules.questions.choices import Option
from elearn.rules.questions.gap_fill import Gap, GapFill
from elearn.rules.questions.matching import Matching
from elearn.rules.questions.multiple_choice import MultipleChoice
from elearn.rules.questions.numeric import Numeric
from elearn.rules.questions.ordering import Ordering
from elearn.rules.questions.reflection import Reflection
from elearn.rules.questions.short_text import ShortText
from elearn.rules.questions.single_choice import SingleChoice
from elearn.rules.questions.true_false import TrueFalse

MOST_DEPTH = 16
"""Moodle nests six deep."""

MOST_ELEMENTS = 200_000

_FORMS = {"html": "html", "moodle_auto_format": "moodle", "plain_text": "plain", "markdown": "markdown"}
_ALL = Decimal(100)
_SHORT = "accepted|SHORTANSWER|SHORTANSWER_C|SA|SAC|MW|MWC"
_PICKED = "MULTICHOICE|MULTICHOICE_S|MULTICHOICE_V|MULTICHOICE_VS|MULTICHOICE_H|MULTICHOICE_HS|MC|MCS|MCV|MCVS|MCH|MCHS"
_CLOZE = re.compile(r"\{[0-9]{0,3}:([A-Z_]{2,20}):((?:\\.|[^\\{}])*)\}", re.DOTALL)
_SLOT = re.compile(r"\[\[([0-9]{1,3})\]\]")
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{0,10})?)%")


# ---- The tree ----------------------------------------------------------------------------------------------------------

@dataclass(slots=True)
class _Node:
    """An element: its own words, and what is in it. The bytes of embedded files are never kept."""

    name: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: list[_Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def own(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, name: str) -> list[_Node]:
        return [part for part in self.parts if part.name == name]

    def part(self, name: str) -> _Node:
        """The first of that name, or an empty one."""
        return next((part for part in self.parts if part.name == name), _Node(name, self.line))

    def said(self, name: str) -> str:
        """The words directly in a part, or in its <text>."""
        found = self.part(name)
        return found.own or found.part("text").own


class _Tree(ContentHandler):
    """Builds the tree, and stops at what no question bank needs."""

    def __init__(self) -> None:
        super().__init__()
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._count = 0
        self._place: Locator | None = None

    @property
    def line(self) -> int:
        return (self._place.getLineNumber() or 0) if self._place else 0

    def setDocumentLocator(self, locator: Locator) -> None:
        self._place = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._count += 1
        if len(self._open) >= MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise Unusable(Fault(self.line, "This is nested too deeply, or has too many parts, for a bank of questions. Nothing was read."))
        node = _Node(name, self.line, dict(attrs.items()))
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open and self._open[-1].name != "file":
            self._open[-1].pieces.append(content)


def _tree(data: bytes) -> _Node:
    if len(data) > MOST_BYTES:
        raise Unusable(Fault(0, f"The file is larger than {MOST_BYTES // 1_000_000} MB. Export it without pictures, or split it."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(Fault(data[: error.start].count(b"\n") + 1, "This is not UTF-8 text. Export it from Moodle again.")) from None
    tree = _Tree()
    try:
        safe_sax.parse(StringIO(text), tree, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        words = "The file has a document type or entities, which a bank of questions never needs. It was not read."
        raise Unusable(Fault(tree.line, words)) from None
    except SAXParseException as error:
        raise Unusable(Fault(error.getLineNumber() or 0, f"This is not sound XML ({error.getMessage()}). Export it from Moodle again.")) from None
    if tree.root is None or tree.root.name != "quiz":
        raise Unusable(Fault(1, "This is not Moodle XML: it should begin with <quiz>."))
    return tree.root


# ---- Reading -----------------------------------------------------------------------------------------------------------

def read(data: bytes) -> Bank:
    """The questions of a Moodle XML file. Raises Unusable, with every fault, and then nothing is taken."""
    reading = Reading()
    for node in _tree(data).all("question"):
        _Parser(reading, node).read()
    return reading.done()


class _Parser:
    """One question."""

    def __init__(self, reading: Reading, node: _Node) -> None:
        self._reading, self._node = reading, node
        self._name = " ".join(node.part("name").part("text").own.split())[:80] or f"the question on line {node.line}"

    def read(self) -> None:
        node, kind = self._node, self._node.attributes.get("type", "")
        if kind == "category":
            category = node.part("category").part("text").own
            self._reading.lose("", f"the category “{category[:80]}” was left out: a module has one bank")
            return
        readers: dict[str, Callable[[str, str], Source | None]] = {
            "multichoice": self._choice, "truefalse": self._true_false, "shortanswer": self._short, "numerical": self._numeric,
            "matching": self._matching, "ordering": self._ordering, "essay": lambda prompt, note: making.base("reflection", prompt, note),
            "cloze": self._cloze, "multianswer": self._cloze, "gapselect": self._slots, "ddwtos": self._slots,
        }
        if kind not in readers:
            self._reading.lose(self._name, f"it is of the kind “{kind[:40]}”, which we do not have, and was left out")
            return
        if any(len(each.own) > MOST_TEXT for each in _inside(node)):
            self._reading.fault(node.line, f"{self._name}: a text is longer than {MOST_TEXT} characters. Shorten it, or take it out.")
            return
        self._left_out()
        prompt = "" if kind in ("cloze", "multianswer", "gapselect", "ddwtos") else self._words(node.part("questiontext"))
        source = readers[kind](prompt, self._words(node.part("generalfeedback")))
        if source is not None:
            tags = [tag.part("text").own for tag in node.part("tags").all("tag")]
            self._reading.add(node.line, self._name, source, node.said("idnumber"), tags)

    def _left_out(self) -> None:
        files = [each.attributes.get("name", "")[:40] for each in _inside(self._node) if each.name == "file"]
        if files:
            self._reading.lose(self._name, f"embedded files were left out: {', '.join(files[:10])}")
        if any(self._node.part(f"{each}feedback").part("text").own for each in ("correct", "partiallycorrect", "incorrect")):
            self._reading.lose(self._name, "its feedback for a right, partly right or wrong answer as a whole was left out")
        if self._node.all("hint"):
            self._reading.lose(self._name, "its hints for further tries were left out")

    def _words(self, node: _Node) -> str:
        """The words of a part that has a <text>, in the form it says."""
        form = _FORMS.get(node.attributes.get("format", "html"), "html")
        return self._reading.words(self._name, plain.read(node.part("text").own, form))

    def _given(self, node: _Node) -> Given:
        weight = making.number(node.attributes.get("fraction", "0"))
        if weight is None:
            self._reading.fault(node.line, f"{self._name}: the weight “{node.attributes['fraction'][:20]}” is not a number.")
        return Given(self._words(node), weight or Decimal(0), self._words(node.part("feedback")))

    def _choice(self, prompt: str, note: str) -> Source:
        given = [self._given(answer) for answer in self._node.all("answer")]
        single, shuffled = (self._node.said(name).lower() not in ("false", "0") for name in ("single", "shuffleanswers"))
        return making.choice(self._reading, self._name, prompt, note, given, single, ordered=not shuffled)

    def _true_false(self, prompt: str, note: str) -> Source:
        given = {each.text.lower(): each for each in map(self._given, self._node.all("answer"))}
        true, false = given.get("true"), given.get("false")
        if true is None or false is None or true.right == false.right:
            self._reading.fault(self._node.line, f"{self._name}: exactly one of true and false should have the weight 100.")
            return making.true_false(prompt, note, True, "", "")
        return making.true_false(prompt, note, true.right, true.feedback, false.feedback)

    def _short(self, prompt: str, note: str) -> Source:
        if self._node.said("usecase") == "1":
            self._reading.lose(self._name, "capital letters mattered there; here they do not")
        return making.short(self._reading, self._name, prompt, note, [self._given(answer) for answer in self._node.all("answer")])

    def _numeric(self, prompt: str, note: str) -> Source:
        found, again = [], ""
        for answer in self._node.all("answer"):
            given = self._given(answer)
            value, tolerance = making.number(given.text), making.number(answer.said("tolerance") or "0")
            if given.text == "*":
                again = given.feedback
            elif value is None or tolerance is None:
                self._reading.fault(answer.line, f"{self._name}: “{given.text[:40]}” or its tolerance is not a number.")
            else:
                found.append((value, tolerance, given))
        units = [unit.said("unit_name") for unit in self._node.part("units").all("unit")]
        if len(units) > 1:
            self._reading.lose(self._name, f"of its units only “{units[0][:40]}” was kept")
        return making.numeric(self._reading, self._name, prompt, note, found, again, units[0] if units else "")

    def _matching(self, prompt: str, note: str) -> Source:
        pairs = []
        for each in self._node.all("subquestion"):
            partner = self._reading.words(self._name, plain.read(each.part("answer").part("text").own, "moodle"))
            pairs.append((self._words(each), partner))
        return making.matching(prompt, note, pairs)

    def _ordering(self, prompt: str, note: str) -> Source:
        steps = [self._words(answer) for answer in self._node.all("answer")]
        if self._node.said("gradingtype") not in ("ABSOLUTE_POSITION", "0"):
            self._reading.lose(self._name, "it is marked by how many steps are in their place")
        count = self._node.said("selectcount")
        if self._node.said("selecttype") not in ("ALL", "0") and count.isdigit() and 0 < int(count[:6]) < len(steps):
            self._reading.lose(self._name, f"it showed {count[:6]} of its steps at a time; here it shows all {len(steps)}")
        return making.base("ordering", prompt, note) | {"steps": steps}

    # ---- gaps in a text

    def _cloze(self, _: str, note: str) -> Source | None:
        text, prompt = self._running(_CLOZE)
        gaps: dict[str, Source] = {}
        pieces = [""]
        end = 0
        for n, found in enumerate(_CLOZE.finditer(text), 1):
            gap = self._cloze_gap(found[1], found[2])
            if gap is None:
                self._reading.lose(self._name, f"a gap of the kind {found[1]} is not known here, so the question was left out")
                return None
            gaps[f"gap{n}"] = gap
            pieces += [_unbracketed(text[end : found.start()]), f"[[gap{n}]]"]
            end = found.end()
        words = "".join([*pieces, _unbracketed(text[end:])])
        return making.gap_fill(prompt or (making.FILL if len(gaps) == 1 else making.FILL_ALL), note, words, gaps)

    def _running(self, gap: re.Pattern[str]) -> tuple[str, str]:
        """The text with its gaps, and the paragraphs before it, which say what to do."""
        node = self._node.part("questiontext")
        form = _FORMS.get(node.attributes.get("format", "html"), "html")
        if form == "plain":
            return node.part("text").own, ""
        parts, lost = plain.paragraphs(node.part("text").own)
        for each in lost:
            self._reading.lose(self._name, each)
        first = next((n for n, part in enumerate(parts) if gap.search(part)), 0)
        return " ".join(parts[first:]), " ".join(parts[:first])

    def _cloze_gap(self, kind: str, inside: str) -> Source | None:
        given = []
        for part in re.findall(r"(?:\\.|[^~\\])+", inside, re.DOTALL):
            weight = Decimal(0)
            if found := _WEIGHT.match(part):
                weight, part = Decimal(found[1]), part[found.end() :]
            elif part.startswith("="):
                weight, part = _ALL, part[1:]
            answer = re.match(r"(?:\\.|[^#\\])*", part, re.DOTALL)
            assert answer is not None
            said = [" ".join(re.sub(r"\\(.)", r"\1", each).split()) for each in (answer[0], part[answer.end() + 1 :])]
            given.append(Given(said[0], weight, said[1]))
        if kind in _PICKED.split("|"):
            return making.gap_options(self._reading, self._name, given)
        return making.gap_accept(self._reading, self._name, given) if kind in _SHORT.split("|") else None

    def _slots(self, _: str, note: str) -> Source:
        """Select missing words, and drag words into text: [[1]] stands for the first choice; the others of its group are wrong."""
        boxes = self._node.all("selectoption") or self._node.all("dragbox")
        if self._node.all("dragbox"):
            self._reading.lose(self._name, "words were dragged there; here they are picked from a list")
        choices = [(self._words(box), box.said("group") or "1") for box in boxes]
        text, prompt = self._running(_SLOT)
        gaps: dict[str, Source] = {}

        def slot(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            if not 0 <= place < len(choices):
                self._reading.fault(self._node.line, f"{self._name}: the gap [[{found[1]}]] has no choice of that number.")
                return ""
            name = f"gap{len(gaps) + 1}"
            words, group = choices[place]
            others = dict.fromkeys(other for other, its in choices if its == group and other != words)
            given = [Given(each, _ALL if each == words else Decimal(0)) for each in (words, *others)]
            gaps[name] = making.gap_options(self._reading, self._name, given)
            return f"[[{name}]]"

        words = _SLOT.sub(slot, text)
        return making.gap_fill(prompt or (making.FILL if len(gaps) == 1 else making.FILL_ALL), note, words, gaps)


def _inside(node: _Node) -> Iterator[_Node]:
    for part in node.parts:
        yield part
        yield from _inside(part)


def _unbracketed(text: str) -> str:
    """Two brackets would begin a gap of ours."""
    return text.replace("[[", "[").replace("]]", "]")


# ---- Writing -----------------------------------------------------------------------------------------------------------

def write(questions: Sequence[Question]) -> Written:
    """The questions as a Moodle XML file, and what Moodle has no room for."""
    losses: list[Loss] = []
    written = [text for question in questions if (text := _question(question, losses))]
    return Written('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "".join(written) + "</quiz>\n", len(written), tuple(losses))


def _question(question: Question, losses: list[Loss]) -> str:
    """One question; empty when Moodle has nothing like it."""
    found = _body(question, losses)
    if found is None:
        losses.append(Loss(question.id, f"Moodle has nothing like a {question.kind}, so it was left out"))
        return ""
    if own_hint(question):
        losses.append(Loss(question.id, f"its hint “{question.hint}” was left out"))
    kind, stem, parts = found
    tags = "".join(f"      <tag><text>{_xml(tag)}</text></tag>\n" for tag in tags_of(question))
    return (
        f'  <question type="{kind}">\n    <name><text>{_xml(question.id)}</text></name>\n'
        f'    <questiontext format="html"><text>{_xml(stem)}</text></questiontext>\n'
        f'    <generalfeedback format="html"><text>{_html(question.note)}</text></generalfeedback>\n'
        f"    <defaultgrade>1</defaultgrade>\n    <penalty>0</penalty>\n    <hidden>0</hidden>\n    <idnumber>{_xml(question.id)}</idnumber>\n"
        + "".join(f"    {part}\n" for part in parts) + (f"    <tags>\n{tags}    </tags>\n" if tags else "") + "  </question>\n"
    )


def _body(question: Question, losses: list[Loss]) -> tuple[str, str, list[str]] | None:
    """Moodle's kind, the HTML of the text, and the parts that are this kind's own."""
    stem = f"<p>{escape(question.prompt, quote=False)}</p>"
    if isinstance(question, SingleChoice | MultipleChoice):
        single = isinstance(question, SingleChoice)
        head = [f"<single>{str(single).lower()}</single>", f"<shuffleanswers>{str(not question.ordered).lower()}</shuffleanswers>"]
        return "multichoice", stem, [*head, "<answernumbering>none</answernumbering>", *_options(question.options, single)]
    if isinstance(question, TrueFalse):
        return "truefalse", stem, [_answer("100" if each.right else "0", each.id, each.note, "moodle_auto_format") for each in question.options]
    if isinstance(question, ShortText):
        right = [_answer("100", each.replace("*", "\\*"), question.right, "plain_text") for each in question.accept]
        return "shortanswer", stem, ["<usecase>0</usecase>", *right, _answer("0", "*", question.again, "plain_text")]
    if isinstance(question, Numeric):
        right = [_answer("100", f"{question.answer:f}", question.right, "plain_text", f"<tolerance>{question.tolerance:f}</tolerance>")]
        return "numerical", stem, [*right, _answer("0", "*", question.again, "plain_text", "<tolerance>0</tolerance>"), *_units(question.unit)]
    if isinstance(question, Matching):
        losses.append(Loss(question.id, "the notes of its pairs were left out"))
        return "matching", stem, ["<shuffleanswers>true</shuffleanswers>", *_pairs(question)]
    if isinstance(question, Ordering):
        head = ["<layouttype>VERTICAL</layouttype>", "<selecttype>ALL</selecttype>", f"<selectcount>{len(question.steps)}</selectcount>",
                "<gradingtype>ABSOLUTE_POSITION</gradingtype>", "<showgrading>SHOW</showgrading>", "<numberingstyle>none</numberingstyle>"]
        steps = [f'<answer fraction="{n}" format="html"><text>{_html(step.text)}</text></answer>' for n, step in enumerate(question.steps, 1)]
        return "ordering", stem, [*head, *steps]
    if isinstance(question, Reflection):
        return "essay", stem, ["<responseformat>plain</responseformat>", "<responserequired>0</responserequired>"]
    if isinstance(question, GapFill):
        running = "".join(f"{escape(gap.before, quote=False)}{escape(_cloze(gap), quote=False)}" for gap in question.gaps)
        return "cloze", f"{stem}<p>{running}{escape(question.end, quote=False)}</p>", []
    return None


def _options(options: Sequence[Option], single: bool) -> list[str]:
    right = sum(option.right for option in options)
    share = f"{100 / right:.5f}".rstrip("0").rstrip(".")
    return [_answer(share if option.right else "0" if single else f"-{share}", option.text, option.note, "html") for option in options]


def _answer(weight: str, text: str, note: str, form: str, more: str = "") -> str:
    words = _html(text) if form == "html" else _xml(text)
    return (
        f'<answer fraction="{weight}" format="{form}"><text>{words}</text>'
        f'<feedback format="html"><text>{_html(note)}</text></feedback>{more}</answer>'
    )


def _units(unit: str) -> list[str]:
    if not unit:
        return []
    return [f"<units><unit><multiplier>1</multiplier><unit_name>{_xml(unit)}</unit_name></unit></units>", "<unitgradingtype>0</unitgradingtype>",
            "<unitpenalty>0</unitpenalty>", "<showunits>0</showunits>", "<unitsleft>0</unitsleft>"]


def _pairs(question: Matching) -> list[str]:
    texts = {partner.id: partner.text for partner in question.partners}
    used = {pair.partner for pair in question.pairs}
    rows = [(pair.item, texts[pair.partner]) for pair in question.pairs]
    rows += [("", partner.text) for partner in question.partners if partner.id not in used]
    return [
        f'<subquestion format="html"><text>{_html(item)}</text><answer><text>{_html(partner)}</text></answer></subquestion>'
        for item, partner in rows
    ]


def _cloze(gap: Gap) -> str:
    """A gap as Moodle writes it inside a text."""
    if gap.options:
        parts = [f"{'=' if option.right else '%0%'}{_inner(option.text)}#{_inner(option.note)}" for option in gap.options]
        return f"{{1:MULTICHOICE_S:{'~'.join(parts)}}}"
    note = _inner(gap.note)
    words = [f"={_inner(each.replace('*', chr(92) + '*'))}#{note}" for each in gap.accept]
    return f"{{1:SHORTANSWER:{'~'.join([*words, f'%0%*#{note}'])}}}"


def _inner(text: str) -> str:
    """Inside a gap these signs have a meaning (Moodle: docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type)."""
    return re.sub(r"([\\~#}/\"{=%])", r"\\\1", text)


def _xml(text: str) -> str:
    return escape(text, quote=False)


def _html(text: str) -> str:
    """Words as HTML inside XML."""
    return _xml(escape(text, quote=False))

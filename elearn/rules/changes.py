"""What changed between two versions of a course, how much it matters, and who is asked to look at it.

A change is a typo, minor or material. Authors say which; what can be seen without understanding the words sets the least they may say,
so that a new answer key cannot pass as a typo. Only a material change asks people who hold the course to look at it; nobody loses what
they hold.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from enum import IntEnum
from html import unescape
from itertools import zip_longest
from random import Random

from elearn.rules.courses import Change, Course, Fact, Size
from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.questions.base import Number, Order, Question, Text
from elearn.rules.quiz import QuizSpec
from elearn.rules.validity import Validity, in_words

FEW_WORDS = 3
"""Words of one passage that a typo may touch."""

_BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|summary|tr|dt|dd)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[\w’'.%-]*\w[%]?")
_WEIGHTY = re.compile(r"\d|^(?:no|not|never|none|nobody|nothing|without|unless|only|always|must|should|may)$|n[’']t$", re.IGNORECASE)
"""Words that turn the meaning of a sentence: figures, negations, and what says whether one has to."""


class Part(IntEnum):
    """What a difference is about, in the order shown."""

    RULES = 0
    OUTCOMES = 1
    READING = 2
    QUESTIONS = 3
    FACTS = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph as it was and as it is; empty where it came or went."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that is not as it was: the least size of change it takes, and why."""

    part: Part
    place: str
    passages: tuple[Passage, ...]
    least: Size
    reason: str


def paragraphs(html: str) -> tuple[str, ...]:
    """The words of authored HTML, one string for each paragraph, heading or list item."""
    pieces = (" ".join(unescape(_TAG.sub(" ", piece)).split()) for piece in _BLOCK_END.split(html))
    return tuple(piece for piece in pieces if piece)


def compare(old: Course, new: Course) -> tuple[Difference, ...]:
    """Everything a learner could notice that differs, in the order of the course."""
    return (*_rules(old, new), *_outcomes(old, new), *_reading(old, new), *_questions(old, new), *_facts(old, new))


def least(differences: Iterable[Difference]) -> Size:
    """The smallest size that may be said of all of them together."""
    return max((difference.least for difference in differences), default=Size.TYPO)


def _rules(old: Course, new: Course) -> Iterator[Difference]:
    """The pass mark, what must be right and how long it counts: these decide over people, so no change of them is small."""
    was, now = old.quiz, new.quiz
    found = [("How long it counts", _counts(old.validity), _counts(new.validity))] if old.validity != new.validity else []
    if bool(was) != bool(now):
        found.append(("The quiz", "There is a quiz." if was else "There is no quiz.", "There is a quiz." if now else "There is no quiz."))
    if was and now and was.pass_percent != now.pass_percent:
        found.append(("To pass", f"{was.pass_percent}%", f"{now.pass_percent}%"))
    if was and now and (a := _critical(was)) != (b := _critical(now)):
        found.append(("Questions that must be right", str(len(a)), str(len(b)) if len(a) != len(b) else f"{len(b)}, but others"))
    for place, before, after in found:
        yield Difference(Part.RULES, place, (Passage(before, after),), Size.MATERIAL, f"{place.lower()} changed")
    if (was and now) and (was.draw, was.attempts, was.wait_after, was.wait) != (now.draw, now.attempts, now.wait_after, now.wait):
        yield Difference(
            Part.RULES, "How the quiz runs", (Passage(f"{was.draw} questions", f"{now.draw} questions"),), Size.MINOR, "how the quiz runs changed"
        )


def _critical(quiz: QuizSpec) -> frozenset[str]:
    return frozenset(question.id for question in quiz.questions if question.critical)


def _counts(validity: Validity) -> str:
    """How long it counts, for people. Rules that differ in small print may read the same."""
    match validity.rule:
        case "never":
            return "It has no end date."
        case "fixed":
            return f"It counts until a fixed day, for about {validity.months} months."
        case _:
            return f"It counts for {validity.months} months."


def _outcomes(old: Course, new: Course) -> Iterator[Difference]:
    """What a holder is said to be able to do: more than a slip of the pen here is another promise."""
    was, now = ({outcome.id: outcome.text for outcome in course.outcomes} for course in (old, new))
    for id in dict.fromkeys([*was, *now]):
        a, b = was.get(id, ""), now.get(id, "")
        if a != b:
            size = Size.TYPO if a and b and _size([Passage(a, b)]) is Size.TYPO else Size.MATERIAL
            yield Difference(Part.OUTCOMES, "What you will be able to do", (Passage(a, b),), size, "an outcome changed")


def _reading(old: Course, new: Course) -> Iterator[Difference]:
    was, now = ({f"{unit.id}/{screen.id}": screen for unit, screen in course.screens()} for course in (old, new))
    for id in _in_order(was, now):
        a, b = was.get(id), now.get(id)
        shown = b or a
        assert shown is not None
        passages = _passages(_words(a.title, a.body) if a else (), _words(b.title, b.body) if b else ())
        if passages:
            size, what = (_size(passages), "reads otherwise") if a and b else (Size.MINOR, "is new") if b else _left_out(passages, new)
            yield Difference(Part.READING, shown.title, passages, size, f"“{shown.title}” {what}")
    extra = _passages(_about(old), _about(new))
    if extra:
        yield Difference(Part.READING, "About the course", extra, _size(extra), "what is said about the course reads otherwise")


def _left_out(passages: Iterable[Passage], new: Course) -> tuple[Size, str]:
    """What became of a screen that is not in its place any more: people are no longer taught it, unless other screens say all of it."""
    elsewhere = {words for _, screen in new.screens() for words in _words(screen.title, screen.body)}
    moved = all(passage.old in elsewhere for passage in passages)
    return (Size.MINOR, "stands in another place") if moved else (Size.MATERIAL, "is gone")


def _about(course: Course) -> tuple[str, ...]:
    """What its own page says of it."""
    return (course.title, course.summary, course.audience, course.content_note, *paragraphs(course.about), *paragraphs(course.prepare))


def _words(title: str, body: str) -> tuple[str, ...]:
    return (title, *paragraphs(body))


def _questions(old: Course, new: Course) -> Iterator[Difference]:
    was, now = (_by_id(course) for course in (old, new))
    for id in _in_order(was, now):
        a, b = was.get(id), now.get(id)
        shown = b or a
        assert shown is not None
        passages = _passages(_said(a) if a else (), _said(b) if b else ())
        key = a is not None and b is not None and _key_changed(a, b)
        turned = a is not None and b is not None and _turned(a, b)
        if passages or key or (a and b and _works_otherwise(a, b)):
            size = Size.MATERIAL if key or turned else _size(passages) if a and b and passages else Size.MINOR
            same = "leads elsewhere" if turned else "reads otherwise" if passages else "works otherwise"
            what = "has another best answer" if key else same if a and b else "is new" if b else "is gone"
            yield Difference(Part.QUESTIONS, shown.prompt, passages, size, f"the question “{id}” {what}")


def _facts(old: Course, new: Course) -> Iterator[Difference]:
    """What the reading rests on. It can change under words that stay: the source says another thing, or was read again on another day."""
    was, now = ({fact.id: fact for fact in course.facts} for course in (old, new))
    for id in _in_order(was, now):
        a, b = was.get(id), now.get(id)
        passages = _passages(_sourced(a) if a else (), _sourced(b) if b else ())
        if passages:
            what = "changed" if a and b else "is new" if b else "is gone"
            yield Difference(Part.FACTS, "Where the facts come from", passages, Size.MINOR, f"the fact “{id}” {what}")


_READ_HOW = {"V": "Read in the source.", "K": "General knowledge.", "S": "Said by the partnership."}


def _sourced(fact: Fact) -> tuple[str, ...]:
    """A fact in words: what it says, where that was read and how, and between which days it may be relied on."""
    checked = f"Checked on {in_words(fact.checked_on)}, to be checked again by {in_words(fact.expires)}."
    return tuple(line for line in (fact.claim, fact.source, fact.url, _READ_HOW[fact.tag], checked) if line)


def _by_id(course: Course) -> Mapping[str, Question]:
    """The questions along the way, then those of the quiz."""
    checks = {f"{unit.id}/{step.id}": step.question for unit, step in course.steps() if hasattr(step, "question")}
    return {**checks, **{question.id: question for question in (course.quiz.questions if course.quiz else ())}}


def _said(question: Question) -> tuple[str, ...]:
    """Its words as learners meet them: prompt, parts, choices, and what is said of each."""
    inputs = question.inputs(Random(0))
    parts = [getattr(input, part, "") for input in inputs for part in ("story", "before", "legend", "after")]
    choices = [choice.text for input in inputs if not isinstance(input, Number | Text) for choice in sorted(input.choices, key=lambda c: c.id)]
    notes = [note.text for note in question.mark({}).notes]
    return tuple(dict.fromkeys(text for text in (question.prompt, question.hint, *parts, *choices, *notes, question.note) if text.strip()))


def _works_otherwise(old: Question, new: Question) -> bool:
    """Whether more differs than what only authors see of it: how it is marked, or what a choice leads to."""
    return new != replace(old, outcome=new.outcome, facts=new.facts, screen=new.screen, critical=new.critical, scenario=new.scenario)


def _key_changed(old: Question, new: Question) -> bool:
    """Whether the best answer is another one, and not only in other words or another place."""
    was, now = _key(old), _key(new)
    if len(was) != len(now):
        return True
    if was.keys() != now.keys():  # parts in other words: hold them against each other by their place
        return any(_other(a, b) for a, b in zip(was.values(), now.values(), strict=True))
    return any(_other(was[part], now[part]) for part in was)


def _turned(old: Question, new: Question) -> bool:
    """Whether a choice of a story leads to another part than it did, or ends what it did not end. Choices in new words are paired in their order."""
    for was, now in zip(old.scenes({}), new.scenes({}), strict=False):
        before, after = ({way.text: way.leads for way in scene.ways} for scene in (was, now))
        same = before.keys() & after.keys()
        reworded = [[leads for text, leads in ways.items() if text not in same] for ways in (before, after)]
        if reworded[0] != reworded[1] or any(before[text] != after[text] for text in same):
            return True
    return False


_Best = tuple[tuple[str, ...], frozenset[str]]
"""The best answer to one part of a question in its words, in order where that counts, and the choices there were."""


def _key(question: Question) -> Mapping[str, _Best]:
    """Each part, by its words, with its best answer. By words and not by ids, for an id is no more than a place in the file."""
    answer = question.mark({}).answer
    found: dict[str, _Best] = {}
    for input in question.inputs(Random(0)):
        texts = {} if isinstance(input, Number | Text) else {choice.id: _flat(choice.text) for choice in input.choices}
        best = [texts.get(value) or _flat(value) for value in answer.get(input.name, ())]
        part = input.legend if input.legend not in found else f"{input.legend} {input.name}"
        found[part] = (tuple(best if isinstance(input, Order) else sorted(best)), frozenset(texts.values()))
    return found


def _other(was: _Best, now: _Best) -> bool:
    """Whether a choice of both versions is best in one alone or has another place, or what to type is another thing."""
    (a, old), (b, new) = was, now
    if not old or not new:
        return a != b or bool(old) != bool(new)
    both = old & new
    if len(a) != len(b) or [text for text in a if text in both] != [text for text in b if text in both]:
        return True
    gone, come = ({word for text in texts if text not in both for word in text.split()} for texts in (a, b))
    return 3 * len(gone & come) < max(len(gone), len(come))  # fewer than a third of the words: not that answer said in other words


def _flat(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold())) or text


def _in_order(was: Iterable[str], now: Iterable[str]) -> list[str]:
    """Every id once, in the order of the new version; what is gone comes last."""
    return list(dict.fromkeys([*now, *was]))


def _passages(was: Sequence[str], now: Sequence[str]) -> tuple[Passage, ...]:
    """The paragraphs that differ, paired where one took another's place."""
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [Passage(old or "", new or "") for old, new in zip_longest(was[a:b], now[c:d])]
    return tuple(found)


def _size(passages: Iterable[Passage]) -> Size:
    """TYPO while each passage has only a few words touched, none of them weighty; else MINOR."""
    for passage in passages:
        was, now = _WORD.findall(passage.old), _WORD.findall(passage.new)
        touched = [
            (was[a:b], now[c:d]) for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes() if tag != "equal"
        ]
        if not was or not now or sum(max(len(a), len(b)) for a, b in touched) > FEW_WORDS:
            return Size.MINOR
        if any(_WEIGHTY.search(word) for a, b in touched for word in (*a, *b)):
            return Size.MINOR
    return Size.TYPO


def marked(passage: Passage) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """The old and the new words of a passage in runs, each with whether the other side lacks it."""
    was, now = passage.old.split(), passage.new.split()
    left, right = [], []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        left += [(" ".join(was[a:b]), tag != "equal")] if b > a else []
        right += [(" ".join(now[c:d]), tag != "equal")] if d > c else []
    return tuple(left), tuple(right)


# ---- May it go live --------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Verdict:
    """What a version is to what is live: its size, what decided that, whether it goes live by itself, and what is wrong if it never may."""

    size: Size
    reasons: tuple[str, ...]
    text: str = ""
    refused: str = ""

    @property
    def waits(self) -> bool:
        """Whether somebody has to look at its effect on people first."""
        return self.size is Size.MATERIAL and not self.refused


def judge(live: Course, new: Course) -> Verdict:
    """What the author says of *new*, held against what can be seen.

    The note of a new edition counts. While the edition is that of the live version, a typo or a minor change needs no note.
    """
    found = compare(live, new)
    needed = least(found)
    reasons = tuple(difference.reason for difference in found if difference.least is needed)
    note = _note(live, new)
    if note is None and needed is Size.MATERIAL:
        return Verdict(needed, reasons, refused="this changes what people were taught or what counts, and no note says so")
    if note and note.size < needed:
        return Verdict(needed, reasons, note.text, f"the note calls this {note.size.words}, but it is at least {needed.words}")
    return Verdict(note.size if note else needed, reasons, note.text if note else "")


def _note(live: Course, new: Course) -> Change | None:
    return next((note for note in new.changes if note.edition == new.edition), None) if new.edition != live.edition else None


# ---- Who is asked to look --------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Material:
    """A material change that went live: from which version to which, when, and what people should know."""

    slug: str
    version: str
    previous: str
    at: datetime
    text: str
    before: frozenset[str] = frozenset()
    """Every version that was live before it."""


def to_look_at(evidence: Iterable[Evidence], changes: Sequence[Material]) -> tuple[Material, ...]:
    """Those of *changes* to one course, oldest first, that somebody with this *evidence* has not seen.

    Whoever finished the course by an earlier version is asked, until they say they have read what changed. Whoever never
    finished it, or finished the newer version, is not.
    """
    if not changes:
        return ()
    slug = changes[0].slug
    mine = [fact for fact in evidence if fact.item == slug]
    done = max((fact for fact in mine if fact.kind is FactKind.COMPLETED), key=lambda fact: (fact.at, fact.id), default=None)
    if done is None:
        return ()
    read = max((fact.at for fact in mine if fact.kind is FactKind.ACKNOWLEDGED), default=None)
    return tuple(change for change in changes if done.version in change.before and (read is None or read < change.at))

"""Rules of good writing for screens and questions, each with its reason; to add one, write a function and a line in RULES.

The rules for questions follow Haladyna, Downing and Rodriguez, "A review of multiple-choice item-writing guidelines" (2002),
and Rodriguez, "Three options are optimal" (2005); those for reading follow GOV.UK's content design and the Plain English
Campaign. A draft has been read without a fatal problem before it comes here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elearn.content import readability
from elearn.content.markdown import SHORT_NUMBERS
from elearn.content.problems import Problem, Severity
from elearn.content.reader import ONE_UNIT, Draft, Item, Reading

LIMITS: dict[str, float] = {
    "stem words": 60,
    "option length ratio": 1.6,
    "short option": 30,  # options up to this many characters all look alike
    "key longest share": 0.4,
    "bank for shares": 10,  # below this many, a share says little
    "options": 4,
    "options of multiple choice": 6,  # each is a yes or a no, so more of them do not add guessing
    "note words": 8,
    "scenario share": 0.4,
    "number share": 0.1,
    "items for each outcome": 2,
    "grade target": 6,
    "grade most": 8,
    "grade words": 40,  # a grade over fewer words swings too much
    "sentence average": 15,
    "sentence words": 25,
    "paragraph sentences": 5,
    "screen least": 40,
    "screen most": 180,
    "words a minute": 200,
    "minutes for a check": 0.6,
    "minutes ratio": 1.5,
}

_CHI_SQUARE = {1: 3.841, 2: 5.991, 3: 7.815, 4: 9.488, 5: 11.070}
"""Critical values at p = 0.05 by degrees of freedom."""

_ABOVE = re.compile(
    r"\b(all|none|both|neither|any) of (the above|these answers|these options)\b|^(all|none|both|neither) of these$", re.IGNORECASE
)
_NEGATIVE = re.compile(r"\b(not|except)\b|n[’']t\b", re.IGNORECASE)
_LOUD = re.compile(r"\*\*NOT\*\*|\bNOT\b")
_SHAMING = re.compile(
    r"^(wrong|incorrect|false|no[.,!])|\b(obviously|stupid|silly|careless|you failed|bad answer|should know better)\b", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?<![\w/.-])(?:\+44|0)[\d() -]{7,}\d|\b116 ?\d{3}\b|\b(?:ring|call|dial|phone|text)(?: on| to)? (\d{3,6})\b", re.IGNORECASE
)
_VAGUE = re.compile(r"(click |tap )?(here|this|link|more|read more|this link|this page)", re.IGNORECASE)

Finding = tuple[str, int, str, str]
"""File, line, what is wrong, how to mend it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: why it is there, where it comes from, and how to find where it is broken."""

    id: str
    severity: Severity
    reason: str
    source: str
    check: Callable[[Draft], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class _Option:
    text: str
    right: bool
    line: int


@dataclass(frozen=True, slots=True)
class _Group:
    """One set of options with the words that ask for them."""

    item: Item
    line: int
    prompt: str
    options: tuple[_Option, ...]
    story: str = ""

    @property
    def right(self) -> list[int]:
        return [position for position, option in enumerate(self.options) if option.right]


def lint(draft: Draft) -> list[Problem]:
    """Everything the rules find in one course."""
    return [Problem(file, line, rule.id, text, mend, rule.severity) for rule in RULES for file, line, text, mend in rule.check(draft)]


def lint_prose(readings: Sequence[Reading]) -> list[Problem]:
    """What the rules for plain text find in a tool or a theme."""
    return [
        Problem(file, line, "N1", text, mend)
        for reading in readings
        for passage in reading.text.passages
        for file, line, text, mend in _telephone(passage.text, reading.file, passage.line)
    ]


def _groups(items: Iterable[Item]) -> Iterator[_Group]:
    """The sets of options of single choice, multiple choice and scenario."""
    for item in items:
        if item.question.kind in ("single-choice", "multiple-choice"):
            yield _group(item, item.written, ())
        elif item.question.kind == "scenario":
            for position, stage in enumerate(item.written["stages"]):
                yield _group(item, stage, ("stages", position))


def _group(item: Item, holder: Any, at: tuple[str | int, ...]) -> _Group:
    options = tuple(
        _Option(str(row["text"]).strip(), bool(row.get("right")), item.line(*at, "choices", position))
        for position, row in enumerate(holder["choices"])
    )
    prompt = str(holder.get("prompt") or item.written.get("prompt", ""))
    return _Group(item, item.line(*at), prompt, options, str(holder.get("story", "")))


def _bank(draft: Draft) -> list[Item]:
    """The items that count: a reflection is never marked."""
    return [item for item in draft.items if item.question.kind != "reflection"]


def _all(draft: Draft) -> tuple[Item, ...]:
    return (*draft.items, *draft.checks)


def _quiz_file(draft: Draft) -> str:
    return f"{draft.folder}/quiz.yaml"


def _stem(draft: Draft) -> Iterator[Finding]:
    for group in _groups(_all(draft)):
        count = len(readability.words(f"{group.story} {group.prompt}"))
        if count > LIMITS["stem words"]:
            yield group.item.file, group.line, f"{group.item.id}: {count} words before the options", "Use 60 or fewer: one clear problem."


def _option_length(draft: Draft) -> Iterator[Finding]:
    for group in _groups(_all(draft)):
        lengths = [len(option.text) for option in group.options]
        if max(lengths) > LIMITS["short option"] and max(lengths) > LIMITS["option length ratio"] * min(lengths):
            longest = group.options[lengths.index(max(lengths))]
            yield (
                group.item.file,
                longest.line,
                f"{group.item.id}: the longest option has {max(lengths)} characters, the shortest {min(lengths)}",
                "Keep the longest within 1.6 times the shortest.",
            )


def _key_longest(draft: Draft) -> Iterator[Finding]:
    groups = [group for group in _groups(_bank(draft)) if len(group.right) == 1]
    longest = [group for group in groups if _longest(group)]
    if len(groups) >= LIMITS["bank for shares"] and len(longest) > LIMITS["key longest share"] * len(groups):
        names = ", ".join(group.item.id for group in longest[:6])
        yield (
            _quiz_file(draft),
            0,
            f"the best answer is the longest option in {len(longest)} of {len(groups)} items",
            f"Bring it under 40%, for example in {names}.",
        )


def _longest(group: _Group) -> bool:
    key = len(group.options[group.right[0]].text)
    return all(key > len(option.text) for option in group.options if not option.right)


def _option_count(draft: Draft) -> Iterator[Finding]:
    for group in _groups(_all(draft)):
        most = LIMITS["options of multiple choice" if group.item.question.kind == "multiple-choice" else "options"]
        if len(group.options) > most:
            yield group.item.file, group.line, f"{group.item.id} has {len(group.options)} options", f"Use three, at most {most:.0f}."


def _two_options(draft: Draft) -> Iterator[Finding]:
    for group in _groups(_all(draft)):
        if len(group.options) < 3:
            yield (
                group.item.file,
                group.line,
                f"{group.item.id} has only {len(group.options)} options",
                "Write three, or use the kind true-false.",
            )


def _above(draft: Draft) -> Iterator[Finding]:
    for group in _groups(_all(draft)):
        for option in group.options:
            if _ABOVE.search(option.text):
                yield (
                    group.item.file,
                    option.line,
                    f"{group.item.id}: {option.text!r} rewards guessing",
                    "Name what is meant, or use multiple-choice.",
                )


def _negative(draft: Draft) -> Iterator[Finding]:
    loud = 0
    for item in _all(draft):
        for prompt, line in _prompts(item):
            asked = [part for part in readability.sentences(prompt) if part.rstrip("”’").endswith("?")]
            if not any(_NEGATIVE.search(part) for part in asked):
                continue
            loud += bool(_LOUD.search(prompt))
            if not _LOUD.search(prompt):
                yield (
                    item.file,
                    line,
                    f"{item.id} asks for what is not so",
                    "Ask it the other way round; if that cannot be, write NOT in capitals.",
                )
            elif loud > 1:
                yield (
                    item.file,
                    line,
                    f"{item.id} is the second question with NOT",
                    "One in a bank is the most: ask it the other way round.",
                )


def _prompts(item: Item) -> Iterator[tuple[str, int]]:
    if item.question.kind == "scenario":
        for position, stage in enumerate(item.written["stages"]):
            yield str(stage.get("prompt", "")), item.line("stages", position, "prompt")
    elif item.question.kind != "reflection":
        yield str(item.written.get("prompt", "")), item.line("prompt")


def _key_position(draft: Draft) -> Iterator[Finding]:
    places: dict[int, Counter[int]] = {}
    for group in _groups(_bank(draft)):
        if len(group.right) == 1:
            places.setdefault(len(group.options), Counter())[group.right[0]] += 1
    for options, counts in places.items():
        total = sum(counts.values())
        expected = total / options
        value = sum((counts[place] - expected) ** 2 / expected for place in range(options))
        if total >= LIMITS["bank for shares"] and value > _CHI_SQUARE.get(options - 1, 12.0):
            said = ", ".join(f"{counts[place]} in place {place + 1}" for place in range(options))
            yield (
                _quiz_file(draft),
                0,
                f"the best answers stand unevenly: {said}",
                "Spread them: print-outs and ordered items keep the order.",
            )


def _true_false(draft: Draft) -> Iterator[Finding]:
    answers = [bool(item.written["answer"]) for item in _bank(draft) if item.question.kind == "true-false"]
    if len(answers) >= 4 and min(answers.count(True), answers.count(False)) < len(answers) / 4:
        yield (
            _quiz_file(draft),
            0,
            f"{answers.count(True)} of {len(answers)} true-false items are true",
            "Keep between a quarter and three quarters.",
        )


def _notes(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every note in what an author wrote, with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "note" and isinstance(each, str):
                yield each, (*at, key)
            elif key == "notes" and isinstance(each, dict):
                yield from ((str(text), (*at, key, name)) for name, text in each.items())
            else:
                yield from _notes(each, (*at, key))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _notes(each, (*at, position))


def _short_note(draft: Draft) -> Iterator[Finding]:
    for item in _all(draft):
        for text, at in _notes(item.written):
            if len(text.split()) < LIMITS["note words"]:
                yield item.file, item.line(*at), f"{item.id}: the note has {len(text.split())} words", "Say why, in at least eight."


def _shame(draft: Draft) -> Iterator[Finding]:
    for item in _all(draft):
        for text, at in _notes(item.written):
            if found := _SHAMING.search(text.strip()):
                yield item.file, item.line(*at), f"{item.id}: {found[0]!r} may shame", "Say what the answer would lead to, and what helps."


def _linked(draft: Draft) -> Iterator[Finding]:
    for item in _bank(draft):
        missing = [what for what, there in (("outcome", item.question.outcome), ("facts", item.question.facts)) if not there]
        if missing:
            yield item.file, item.line(), f"{item.id} names no {' and no '.join(missing)}", "Add what it tests and the facts it rests on."


def _taught(draft: Draft) -> Iterator[Finding]:
    for item in _bank(draft):
        if not item.question.screen:
            yield (
                item.file,
                item.line(),
                f"{item.id} does not say which screen teaches it",
                "Add screen: so that the learner can read it again.",
            )


def _scenario_share(draft: Draft) -> Iterator[Finding]:
    bank = _bank(draft)
    cases = sum(item.question.scenario or item.question.kind == "scenario" for item in bank)
    if len(bank) >= LIMITS["bank for shares"] and cases < LIMITS["scenario share"] * len(bank):
        yield _quiz_file(draft), 0, f"{cases} of {len(bank)} items are scenarios", "Make it 40%: ask what to do, not only what is so."


def _number_share(draft: Draft) -> Iterator[Finding]:
    bank = _bank(draft)
    numbers = {item.id for item in bank if item.question.kind == "numeric"}
    numbers |= {group.item.id for group in _groups(bank) if all(re.fullmatch(r"[\d,.]+ ?%?", option.text) for option in group.options)}
    if len(bank) >= LIMITS["bank for shares"] and len(numbers) > LIMITS["number share"] * len(bank):
        yield _quiz_file(draft), 0, f"{len(numbers)} of {len(bank)} items ask for a number", "Keep them to 10%: figures are soon forgotten."


def _critical(draft: Draft) -> Iterator[Finding]:
    for item in _bank(draft):
        if item.question.critical and not (item.question.scenario or item.question.kind == "scenario"):
            yield item.file, item.line("critical"), f"{item.id} is critical but not a scenario", "Put it as a case, and add scenario: true."


def _outcomes(draft: Draft) -> Iterator[Finding]:
    if not draft.course.quiz:
        return
    counts = Counter(item.question.outcome for item in _bank(draft))
    for outcome in draft.course.outcomes:
        if counts[outcome.id] < LIMITS["items for each outcome"]:
            yield draft.file, draft.line("outcomes", outcome.id), f"{counts[outcome.id]} items test {outcome.id!r}", "Write at least two."


def _no_quiz(draft: Draft) -> Iterator[Finding]:
    if draft.course.kind != "live" and not draft.items:
        yield draft.file, 0, "there is no quiz", "Write quiz.yaml: recalling helps people to remember more than reading twice."


def _grades(draft: Draft) -> Iterator[tuple[Reading, float]]:
    for reading in _screens(draft):
        found = readability.measure(_text(reading), draft.course.glossary)
        if found.words >= LIMITS["grade words"]:
            yield reading, found.grade


def _screens(draft: Draft) -> list[Reading]:
    return [reading for reading in draft.readings if reading.screen]


def _text(reading: Reading) -> str:
    return "\n".join(passage.text for passage in reading.text.passages)


def _hard(draft: Draft) -> Iterator[Finding]:
    for reading, grade in _grades(draft):
        if grade > LIMITS["grade most"]:
            yield (
                reading.file,
                reading.line,
                f"the screen reads at grade {grade} (age {grade + 5:.0f})",
                "Bring it to 6: shorter words and sentences.",
            )


def _target(draft: Draft) -> Iterator[Finding]:
    found = readability.measure("\n".join(_text(reading) for reading in _screens(draft)), draft.course.glossary)
    if found.words and found.grade > LIMITS["grade target"]:
        yield draft.file, 0, f"the module reads at grade {found.grade} (age {found.grade + 5:.0f})", "Aim for 6, which is about age 11."
    if found.sentences and found.words > LIMITS["sentence average"] * found.sentences:
        yield draft.file, 0, f"its sentences have {found.words / found.sentences:.0f} words on average", "Aim for 15 or fewer."


def _hard_item(draft: Draft) -> Iterator[Finding]:
    for item in _all(draft):
        text = "\n".join(_visible(item.written))
        found = readability.measure(text, draft.course.glossary)
        if found.words >= LIMITS["grade words"] and found.grade > LIMITS["grade most"]:
            yield item.file, item.line(), f"{item.id} reads at grade {found.grade}", "Use shorter words and sentences."


_READ_BY_PEOPLE = frozenset(
    {
        "prompt",
        "hint",
        "note",
        "notes",
        "text",
        "then",
        "story",
        "choices",
        "stages",
        "pairs",
        "item",
        "partner",
        "extra",
        "steps",
        "gaps",
        "options",
        "right",
        "again",
        "true",
        "false",
    }
)


def _visible(value: Any) -> Iterator[str]:
    """The texts of a question that people read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _visible(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _READ_BY_PEOPLE or isinstance(each, dict):
                yield from _visible(each)


def _sentences(draft: Draft) -> Iterator[Finding]:
    for reading in _screens(draft):
        for passage in reading.text.passages:
            for sentence in readability.sentences(passage.text):
                count = len(readability.words(sentence))
                if count > LIMITS["sentence words"]:
                    yield reading.file, passage.line, f"a sentence of {count} words: “{sentence[:40]}…”", "Make two of it; 25 is the most."


def _paragraphs(draft: Draft) -> Iterator[Finding]:
    for reading in _screens(draft):
        for passage in reading.text.passages:
            count = len(readability.sentences(passage.text))
            if count > LIMITS["paragraph sentences"]:
                yield reading.file, passage.line, f"a paragraph of {count} sentences", "Make two of it."


def _screen_words(draft: Draft) -> Iterator[Finding]:
    if draft.course.kind == "elearning":
        for reading in _screens(draft):
            if not LIMITS["screen least"] <= reading.text.words <= LIMITS["screen most"]:
                yield reading.file, reading.line, f"the screen has {reading.text.words} words", "One idea: about 60 to 160."


def _minutes(draft: Draft) -> Iterator[Finding]:
    for unit in draft.course.units:
        if unit.id == ONE_UNIT:
            continue
        checks = sum(item.unit == unit.id for item in draft.checks)
        words = sum(reading.text.words for reading in _screens(draft) if reading.screen.startswith(f"{unit.id}/"))
        needed = words / LIMITS["words a minute"] + checks * LIMITS["minutes for a check"]
        if not needed / LIMITS["minutes ratio"] <= unit.minutes <= max(2, needed * LIMITS["minutes ratio"]):
            place = next((reading.file for reading in draft.readings if reading.screen.startswith(f"{unit.id}/")), draft.file)
            yield (
                place,
                1,
                f"the unit says {unit.minutes} minutes; {words} words and {checks} checks take about {needed:.0f}",
                "Correct minutes:",
            )


def _folded(draft: Draft) -> Iterator[Finding]:
    if draft.course.kind == "safer7":
        for reading in draft.readings:
            for line, name in reading.text.blocks:
                if name == "more":
                    yield (
                        reading.file,
                        line,
                        "a briefing cannot fold text away",
                        "It must print on one page: leave the text out, or show it.",
                    )


def _vague_links(draft: Draft) -> Iterator[Finding]:
    for file, link in draft.links():
        if _VAGUE.fullmatch(link.text.strip()) or not link.text.strip():
            yield file, link.line, f"the link text {link.text!r} says nothing by itself", "Name what the link opens."


def _numbers(draft: Draft) -> Iterator[Finding]:
    for reading in draft.readings:
        for passage in reading.text.passages:
            yield from _telephone(passage.text, reading.file, passage.line)
    for item in _all(draft):
        for text in _visible(item.written):
            yield from _telephone(text, item.file, item.line())


def _telephone(text: str, file: str, line: int) -> Iterator[Finding]:
    for found in _TELEPHONE.finditer(text):
        number = (found[1] or found[0]).strip()
        if number.replace(" ", "") not in SHORT_NUMBERS:
            yield (
                file,
                line,
                f"the number {number!r} does not belong in a module",
                "Use a contacts block: numbers are set, checked and dated on the site.",
            )


_ITEMS = "Haladyna, Downing and Rodriguez 2002"
_PLAIN = "GOV.UK content design; Plain English Campaign"

RULES: tuple[Rule, ...] = (
    Rule("Q1", "warning", "A long stem tests reading, not knowledge.", _ITEMS, _stem),
    Rule("Q2", "warning", "An option that stands out in length is guessed or ruled out.", _ITEMS, _option_length),
    Rule("Q2", "warning", "Writers say more in the best answer, and test-wise people know it.", _ITEMS, _key_longest),
    Rule("Q3", "error", "More options add reading, not information.", "Rodriguez 2005", _option_count),
    Rule("Q3", "warning", "Two options are a coin to toss.", "Rodriguez 2005", _two_options),
    Rule("Q4", "error", "“All of the above” is answered by knowing half.", _ITEMS, _above),
    Rule("Q5", "warning", "A negative is overlooked, most of all by people who read slowly.", _ITEMS, _negative),
    Rule("Q8", "warning", "A favourite place for the best answer can be guessed.", _ITEMS, _key_position),
    Rule("Q8", "warning", "A favourite truth value can be guessed.", _ITEMS, _true_false),
    Rule(
        "Q9",
        "error",
        "Saying why is what teaches; right or wrong alone hardly helps.",
        "Van der Kleij, Feskens and Eggen 2015",
        _short_note,
    ),
    Rule("Q9", "warning", "People who feel shamed stop learning.", "Our own tone of voice", _shame),
    Rule("Q10", "error", "An item that rests on nothing cannot be checked when the law changes.", "Our own rule", _linked),
    Rule("Q11", "warning", "The job is deciding what to do, so that is what to practise.", "Our own rule", _scenario_share),
    Rule("Q13", "warning", "Figures are soon forgotten and soon out of date.", "Our own rule", _number_share),
    Rule("Q14", "warning", "A question must not test reading.", _PLAIN, _hard_item),
    Rule("Q15", "error", "What must be right is an action in a situation, not a phrase.", "Our own rule", _critical),
    Rule("Q16", "warning", "Nobody should be asked what was not taught, and everybody may read it again.", _ITEMS, _taught),
    Rule("O1", "error", "One item can be guessed; an outcome nobody tests is a promise nobody checks.", "Our own rule", _outcomes),
    Rule("O2", "warning", "Recalling helps people to remember more than reading twice.", "Roediger and Karpicke 2006", _no_quiz),
    Rule("R1", "error", "About one adult in seven reads at or below the level of age 11.", _PLAIN, _hard),
    Rule("R2", "warning", "GOV.UK writes for a reading age of 9.", _PLAIN, _target),
    Rule("R3", "error", "Long sentences are read twice or not at all.", _PLAIN, _sentences),
    Rule("R4", "warning", "A wall of text is skipped.", _PLAIN, _paragraphs),
    Rule("W1", "warning", "One idea to a screen.", "Our own rule", _screen_words),
    Rule("W2", "warning", "Most people read 175 to 240 words a minute, and plan by what we promise.", "Brysbaert 2019", _minutes),
    Rule("W3", "error", "A briefing is printed and read together.", "Our own rule", _folded),
    Rule("L1", "warning", "Screen-reader users read links one after another, out of their place.", "WCAG 2.4.9", _vague_links),
    Rule("N1", "error", "A number in a text goes out of date unseen, and may be another area's.", "Our own rule", _numbers),
)

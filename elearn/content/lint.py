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

from elearn.content import readability, wording
from elearn.content.figures import Group, bank_of, chi_square, groups_of, scenarios, with_one_key
from elearn.content.limits import LIMITS, Limits
from elearn.content.markdown import SHORT_NUMBERS, Link
from elearn.content.problems import Problem, Severity
from elearn.content.reader import ONE_UNIT, Draft, Item, Reading

_ABOVE = re.compile(
    r"\b(all|none|both|neither|any) of (the above|these answers|these options)\b|^(all|none|both|neither|any) of (these|them)\.?$"
    r"|\b(both|neither) [A-F] (and|nor) [A-F]\b", re.IGNORECASE
)
_NEGATIVE = re.compile(r"\b(not|except)\b|n[’']t\b", re.IGNORECASE)
_LOUD = re.compile(r"\*\*NOT\*\*|\bNOT\b")
_SHAMING = re.compile(
    r"^(wrong|incorrect|false|no[.,!])|\b(obviously|stupid|silly|careless|you failed|bad answer|should know better)\b", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?<![\w/.-])(?:\+44|0)[\d() -]{7,}\d|\b116 ?\d{3}\b|\b(?:ring|call|dial|phone|text)(?: on| to| \w+ to)? (\d{3,6})\b", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
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
    check: Callable[[Draft, Limits], Iterable[Finding]]


def lint(draft: Draft, limits: Limits = LIMITS) -> list[Problem]:
    """Everything the rules find in one course."""
    found = ((rule, finding) for rule in RULES for finding in rule.check(draft, limits))
    return [Problem(file, line, rule.id, text, mend, rule.severity) for rule, (file, line, text, mend) in found]


def lint_prose(readings: Sequence[Reading], explained: Iterable[str] = (), limits: Limits = LIMITS) -> list[Problem]:
    """What the rules for texts find in a tool, a theme or a resource; *explained* words do not count as hard."""
    explained = tuple(explained)
    found: list[tuple[str, Severity, Finding]] = []
    for reading in readings:
        for passage in reading.text.passages:
            found += [("N1", "error", each) for each in _telephone(passage.text, reading.file, passage.line)]
            found += [("R6", "warning", each) for each in _official(passage.text, reading.file, passage.line, explained)]
            found += [("Q12", "error", each) for each in _real_cases(passage.text, reading.file, passage.line)]
            found += [("Q17", "warning", each) for each in _judging(passage.text, reading.file, passage.line)]
        found += [("L1", "warning", each) for link in reading.text.links for each in _vague(link, reading.file)]
    found += [("R1", "error", each) for each in _hard_readings(readings, explained, limits)]
    found += [("R3", "error", each) for each in _long_sentences(readings, limits)]
    found += [("R4", "warning", each) for each in _long_paragraphs(readings, limits)]
    found += [("R5", "warning", each) for each in _passive_sentences(readings, limits)]
    if readings:
        found += [("R2", "warning", each) for each in _beyond_target(readings, readings[0].file, explained, limits)]
    return [Problem(file, line, rule, text, mend, severity) for rule, severity, (file, line, text, mend) in found]


def _all(draft: Draft) -> tuple[Item, ...]:
    return (*draft.items, *draft.checks)


def _quiz_file(draft: Draft) -> str:
    return f"{draft.folder}/quiz.yaml"


def _stem(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        count = len(readability.words(f"{group.story} {group.prompt}"))
        if count > limits["stem words"]:
            mend = f"Use {limits['stem words']:.0f} or fewer: one clear problem."
            yield group.item.file, group.line, f"{group.item.id}: {count} words before the options", mend


def _option_length(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        lengths = [len(option.text) for option in group.options]
        if max(lengths) > limits["short option"] and max(lengths) > limits["option length ratio"] * min(lengths):
            longest = group.options[lengths.index(max(lengths))]
            yield (
                group.item.file,
                longest.line,
                f"{group.item.id}: the longest option has {max(lengths)} characters, the shortest {min(lengths)}",
                f"Keep the longest within {limits['option length ratio']:g} times the shortest.",
            )


def _key_longest(draft: Draft, limits: Limits) -> Iterator[Finding]:
    groups = with_one_key(bank_of(draft))
    longest = [group for group in groups if group.key_is_longest]
    if len(groups) >= limits["bank for shares"] and len(longest) > limits["key longest share"] * len(groups):
        names = ", ".join(group.item.id for group in longest[:6])
        yield (
            _quiz_file(draft),
            0,
            f"the best answer is the longest option in {len(longest)} of {len(groups)} items",
            f"Bring it to {limits['key longest share']:.0%} or less, for example in {names}.",
        )


def _option_count(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        most = limits["options of multiple choice" if group.item.question.kind == "multiple-choice" else "options"]
        if len(group.options) > most:
            yield group.item.file, group.line, f"{group.item.id} has {len(group.options)} options", f"Use three, at most {most:.0f}."


def _two_options(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        if len(group.options) < 3:
            yield (
                group.item.file,
                group.line,
                f"{group.item.id} has only {len(group.options)} options",
                "Write three, or use the kind true-false.",
            )


def _above(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        for option in group.options:
            if _ABOVE.search(option.text):
                yield (
                    group.item.file,
                    option.line,
                    f"{group.item.id}: {option.text!r} rewards guessing",
                    "Name what is meant, or use multiple-choice.",
                )


def _negative(draft: Draft, limits: Limits) -> Iterator[Finding]:
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


def _key_position(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for places in chi_square(bank_of(draft)):
        if places.total >= limits["bank for shares"] and places.uneven:
            said = ", ".join(f"{count} in place {place}" for place, count in enumerate(places.counts, 1))
            yield (
                _quiz_file(draft),
                0,
                f"the best answers stand unevenly: {said} (chi-square {places.value:.1f}, at most {places.critical:.1f})",
                "Spread them: print-outs and ordered items keep the order.",
            )


def _true_false(draft: Draft, limits: Limits) -> Iterator[Finding]:
    answers = [bool(item.written["answer"]) for item in bank_of(draft) if item.question.kind == "true-false"]
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


def _short_note(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in _all(draft):
        for text, at in _notes(item.written):
            if len(text.split()) < limits["note words"]:
                mend = f"Say why, in at least {limits['note words']:.0f}."
                yield item.file, item.line(*at), f"{item.id}: the note has {len(text.split())} words", mend


def _shame(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in _all(draft):
        for text, at in _notes(item.written):
            if found := _SHAMING.search(text.strip()):
                yield item.file, item.line(*at), f"{item.id}: {found[0]!r} may shame", "Say what the answer would lead to, and what helps."


def _linked(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in bank_of(draft):
        missing = [what for what, there in (("outcome", item.question.outcome), ("facts", item.question.facts)) if not there]
        if missing:
            yield item.file, item.line(), f"{item.id} names no {' and no '.join(missing)}", "Add what it tests and the facts it rests on."


def _taught(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in bank_of(draft):
        if not item.question.screen:
            yield (
                item.file,
                item.line(),
                f"{item.id} does not say which screen teaches it",
                "Add screen: so that the learner can read it again.",
            )


def _scenario_share(draft: Draft, limits: Limits) -> Iterator[Finding]:
    bank = bank_of(draft)
    cases = scenarios(bank)
    if len(bank) >= limits["bank for shares"] and cases < limits["scenario share"] * len(bank):
        mend = f"Make it {limits['scenario share']:.0%}: ask what to do, not only what is so."
        yield _quiz_file(draft), 0, f"{cases} of {len(bank)} items are scenarios", mend


def _number_share(draft: Draft, limits: Limits) -> Iterator[Finding]:
    bank = bank_of(draft)
    numbers = {item.id for item in bank if item.question.kind == "numeric"}
    numbers |= {group.item.id for group in groups_of(bank) if all(re.fullmatch(r"[\d,.]+ ?%?", option.text) for option in group.options)}
    if len(bank) >= limits["bank for shares"] and len(numbers) > limits["number share"] * len(bank):
        yield _quiz_file(draft), 0, f"{len(numbers)} of {len(bank)} items ask for a number", "Keep them to 10%: figures are soon forgotten."


def _critical(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in bank_of(draft):
        if item.question.critical and not (item.question.scenario or item.question.kind == "scenario"):
            yield item.file, item.line("critical"), f"{item.id} is critical but not a scenario", "Put it as a case, and add scenario: true."


def _outcomes(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if not draft.course.quiz:
        return
    counts = Counter(item.question.outcome for item in bank_of(draft))
    for outcome in draft.course.outcomes:
        if counts[outcome.id] < limits["items for each outcome"]:
            yield draft.file, draft.line("outcomes", outcome.id), f"{counts[outcome.id]} items test {outcome.id!r}", "Write at least two."


def _small_bank(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if draft.course.kind != "safer7" or not draft.course.quiz or not draft.items:
        return
    there, least = len(bank_of(draft)), limits["bank of a briefing"]
    if there < least:
        yield (
            draft.items[0].file,
            0,
            f"the bank has {there} questions, and {draft.course.quiz.draw} are drawn each time",
            f"Write {least:.0f} or more, so that people who try again meet new ones.",
        )


def _no_quiz(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if draft.course.kind != "live" and not draft.items:
        yield draft.file, 0, "there is no quiz", "Write quiz.yaml: recalling helps people to remember more than reading twice."


def _hard_readings(readings: Iterable[Reading], explained: Iterable[str], limits: Limits) -> Iterator[Finding]:
    for reading in readings:
        found = readability.measure(_text(reading), explained)
        if found.words >= limits["grade words"] and found.grade > limits["grade most"]:
            yield (
                reading.file,
                reading.line,
                f"the {'screen' if reading.screen else 'text'} reads at grade {found.grade} (age {found.grade + 5:.0f})",
                f"Bring it to {limits['grade target']:g}: shorter words and sentences.",
            )


def _screens(draft: Draft) -> list[Reading]:
    return [reading for reading in draft.readings if reading.screen]


def _text(reading: Reading) -> str:
    return "\n".join(passage.text for passage in reading.text.passages)


def _hard(draft: Draft, limits: Limits) -> Iterator[Finding]:
    readings = draft.readings if draft.course.kind == "live" else _screens(draft)
    yield from _hard_readings(readings, draft.course.glossary, limits)


def _target(draft: Draft, limits: Limits) -> Iterator[Finding]:
    yield from _beyond_target(_screens(draft), draft.file, draft.course.glossary, limits)


def _beyond_target(readings: Iterable[Reading], file: str, explained: Iterable[str], limits: Limits) -> Iterator[Finding]:
    found = readability.measure("\n".join(_text(reading) for reading in readings), explained)
    if found.words and found.grade > limits["grade target"]:
        yield file, 0, f"the module reads at grade {found.grade} (age {found.grade + 5:.0f})", "Aim for 6, which is about age 11."
    if found.sentences and found.words > limits["sentence average"] * found.sentences:
        yield file, 0, f"its sentences have {found.words / found.sentences:.0f} words on average", "Aim for 15 or fewer."


def _hard_item(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in _all(draft):
        text = "\n".join(visible(item.written))
        found = readability.measure(text, draft.course.glossary)
        if found.words >= limits["grade words"] and found.grade > limits["grade most"]:
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


def visible(value: Any) -> Iterator[str]:
    """The texts of a question that people read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from visible(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _READ_BY_PEOPLE or isinstance(each, dict):
                yield from visible(each)


def _long_sentences(readings: Iterable[Reading], limits: Limits) -> Iterator[Finding]:
    for reading in readings:
        for passage in reading.text.passages:
            for sentence in readability.sentences(passage.text):
                count = len(readability.words(sentence))
                if count > limits["sentence words"]:
                    mend = f"Make two of it; {limits['sentence words']:.0f} is the most."
                    yield reading.file, passage.line, f"a sentence of {count} words: “{sentence[:40]}…”", mend


def _sentences(draft: Draft, limits: Limits) -> Iterator[Finding]:
    yield from _long_sentences(draft.readings, limits)


def _long_paragraphs(readings: Iterable[Reading], limits: Limits) -> Iterator[Finding]:
    for reading in readings:
        for passage in reading.text.passages:
            count = len(readability.sentences(passage.text))
            if count > limits["paragraph sentences"]:
                yield reading.file, passage.line, f"a paragraph of {count} sentences", "Make two of it."


def _paragraphs(draft: Draft, limits: Limits) -> Iterator[Finding]:
    yield from _long_paragraphs(draft.readings, limits)


def _screen_words(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if draft.course.kind == "elearning":
        for reading in _screens(draft):
            if not limits["screen least"] <= reading.text.words <= limits["screen most"]:
                yield reading.file, reading.line, f"the screen has {reading.text.words} words", "One idea: about 60 to 160."


def _minutes(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for unit in draft.course.units:
        if unit.id == ONE_UNIT:
            continue
        checks = sum(item.unit == unit.id for item in draft.checks)
        words = sum(reading.text.words for reading in _screens(draft) if reading.screen.startswith(f"{unit.id}/"))
        needed = words / limits["words a minute"] + checks * limits["minutes for a check"]
        if not needed / limits["minutes ratio"] <= unit.minutes <= max(2, needed * limits["minutes ratio"]):
            place = next((reading.file for reading in draft.readings if reading.screen.startswith(f"{unit.id}/")), draft.file)
            yield (
                place,
                1,
                f"the unit says {unit.minutes} minutes; {words} words and {checks} checks take about {needed:.0f}",
                "Correct minutes:",
            )


def _folded(draft: Draft, limits: Limits) -> Iterator[Finding]:
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


def _vague(link: Link, file: str) -> Iterator[Finding]:
    if _VAGUE.fullmatch(link.text.strip()) or not link.text.strip():
        yield file, link.line, f"the link text {link.text!r} says nothing by itself", "Name what the link opens."


def _vague_links(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for file, link in draft.links():
        yield from _vague(link, file)


def _numbers(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for reading in draft.readings:
        for passage in reading.text.passages:
            yield from _telephone(passage.text, reading.file, passage.line)
    for item in _all(draft):
        for text in visible(item.written):
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
    for address in _EMAIL.finditer(text):
        yield file, line, f"the address {address[0]!r} does not belong in a module", "Send people to the contacts that are set on the site."


def _absolute(draft: Draft, limits: Limits) -> Iterator[Finding]:
    groups = with_one_key(bank_of(draft))
    told = [group for group in groups if absolute_tells(group)]
    if len(groups) >= limits["bank for shares"] and len(told) > limits["absolute share"] * len(groups):
        yield _share(
            draft, told, groups, "have “always”, “never” or “only” in a wrong option and not in the best", limits["absolute share"]
        )


def absolute_tells(group: Group) -> bool:
    """Whether a wrong option has a word such as “always” and the best one has none."""
    return not wording.ABSOLUTE.search(group.key.text) and any(wording.ABSOLUTE.search(option.text) for option in group.others)


def _echo(draft: Draft, limits: Limits) -> Iterator[Finding]:
    groups = with_one_key(bank_of(draft))
    told = [group for group in groups if echoes(group)]
    if len(groups) >= limits["bank for shares"] and len(told) > limits["echo share"] * len(groups):
        yield _share(draft, told, groups, "repeat a word of the question in the best answer only", limits["echo share"])


def echoes(group: Group) -> set[str]:
    """The telling words of the question that come back in the best answer and in no other."""
    others = _telling(" ".join(option.text for option in group.others))
    return (_telling(f"{group.story} {group.prompt}") & _telling(group.key.text)) - others


def _telling(text: str) -> set[str]:
    return {word for word in map(str.lower, readability.words(text)) if len(word) > 4} - wording.COMMON


def _one_sided(draft: Draft, limits: Limits) -> Iterator[Finding]:
    told = one_sided_words(bank_of(draft), limits)
    if told:
        said = ", ".join(f"“{word}” ({len(best)} best answers, {wrong} wrong options)" for word, best, wrong in told[:6])
        names = ", ".join(dict.fromkeys(id for _, best, _ in told for id in best[:3]))
        yield _quiz_file(draft), 0, f"words give the best answers away: {said}", f"Let wrong options use them too, or say it otherwise: {names}."


def one_sided_words(items: Iterable[Item], limits: Limits = LIMITS) -> list[tuple[str, list[str], int]]:
    """Words of four letters or more by which the best answers of a bank can be told without the question: each with the items in whose
    best answers it stands and the number of wrong options it stands in, the most telling first."""
    best: dict[str, list[str]] = {}
    wrong: Counter[str] = Counter()
    for group in groups_of(items):
        right = " ".join(option.text for option in group.options if option.right)
        for word in _spelt(right):
            best.setdefault(word, []).append(group.item.id)
        wrong.update(word for option in group.others for word in _spelt(option.text))
    found = [
        (word, ids, wrong[word]) for word, ids in best.items()
        if len(ids) >= limits["telling word"] and wrong[word] < limits["telling word share"] * len(ids)
    ]
    return sorted(found, key=lambda each: (-len(each[1]), each[0]))


def _spelt(text: str) -> set[str]:
    return {word.lower() for word in readability.words(text) if len(word) > 3}


def _share(draft: Draft, told: Sequence[Group], groups: Sequence[Group], what: str, most: float) -> Finding:
    names = ", ".join(group.item.id for group in told[:6])
    return _quiz_file(draft), 0, f"{len(told)} of {len(groups)} items {what}", f"Bring it to {most:.0%} or less, for example in {names}."


def _tone(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for item in _all(draft):
        text = " ".join(visible(item.written))
        if found := wording.JOKE.search(text):
            yield item.file, item.line(), f"{item.id}: {found[0]!r} makes light of it", "Every wrong option is what a kind person may believe."
        yield from _real_cases(text, item.file, item.line())
    for reading in draft.readings:
        for passage in reading.text.passages:
            yield from _real_cases(passage.text, reading.file, passage.line)


def _real_cases(text: str, file: str, line: int) -> Iterator[Finding]:
    if found := wording.REAL_CASE.search(text):
        yield file, line, f"this names a real child: {found[0]}", "Invent a scene, with an invented name."


def _stereotype(draft: Draft, limits: Limits) -> Iterator[Finding]:
    places = [(passage.text, reading.file, passage.line) for reading in draft.readings for passage in reading.text.passages]
    places += [(" ".join(visible(item.written)), item.file, item.line()) for item in _all(draft)]
    for place in places:
        yield from _judging(*place)


def _judging(text: str, file: str, line: int) -> Iterator[Finding]:
    if found := wording.STEREOTYPE.search(text):
        yield file, line, f"“{found[0]}” may judge a whole group", "Say what this person does, or leave it out."


_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")


def _names(draft: Draft, limits: Limits) -> Iterator[Finding]:
    bank = bank_of(draft)
    counts: Counter[str] = Counter()
    for item in bank:
        stories = [str(stage.get("story", "")) for stage in item.written.get("stages", ())]
        counts.update({name for text in (str(item.written.get("prompt", "")), *stories) for name in _NAME.findall(text)})
    for name, count in counts.items():
        if len(bank) >= limits["bank for shares"] and count > limits["name share"] * len(bank):
            yield _quiz_file(draft), 0, f"{count} of {len(bank)} items are about {name}", "Let names and families of many kinds take turns."


def _against(draft: Draft, limits: Limits) -> Iterator[Finding]:
    for group in groups_of(_all(draft)):
        if _NEGATIVE.search(group.prompt):
            continue
        for option in group.options:
            if option.right and (found := wording.AGAINST_THE_SPINE.search(option.text)) and not _turned(option.text, found.start()):
                yield (
                    group.item.file,
                    option.line,
                    f"{group.item.id}: the best answer says “{found[0]}”",
                    "The best answer notices, listens, tells the lead and records; it keeps no secret and investigates nothing.",
                )


def _turned(text: str, start: int) -> bool:
    return bool(wording.NEGATED.search(text[:start]))


def _untaught(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if draft.course.kind == "live":
        return
    taught = {outcome for _, screen in draft.course.screens() for outcome in screen.outcomes}
    for outcome in draft.course.outcomes:
        if outcome.id not in taught:
            yield (
                draft.file,
                draft.line("outcomes", outcome.id),
                f"no screen teaches {outcome.id!r}",
                "Name it on the screen that does: # Title {#id outcomes=...}",
            )


def _seven_minutes(draft: Draft, limits: Limits) -> Iterator[Finding]:
    if draft.course.kind != "safer7":
        return
    needed = minutes_needed(draft, limits)
    if needed > limits["briefing minutes"] or draft.course.minutes != limits["briefing minutes"]:
        asked = draft.course.quiz.draw if draft.course.quiz else 0
        yield (
            draft.file,
            draft.line("minutes"),
            f"the boxes and {asked} questions take {needed:.1f} minutes; the module says {draft.course.minutes}",
            f"A briefing takes {limits['briefing minutes']:.0f}: cut words, or draw fewer questions.",
        )


def minutes_needed(draft: Draft, limits: Limits = LIMITS) -> float:
    """Minutes to read every screen, answer the checks along the way, and sit the quiz as it is drawn."""
    words = sum(reading.text.words for reading in _screens(draft))
    asked = len(draft.checks) + (draft.course.quiz.draw if draft.course.quiz else 0)
    return words / limits["words a minute"] + asked * limits["minutes for a check"]


def _passive(draft: Draft, limits: Limits) -> Iterator[Finding]:
    yield from _passive_sentences(draft.readings, limits)


def _passive_sentences(readings: Iterable[Reading], limits: Limits) -> Iterator[Finding]:
    sentences = [
        (sentence, reading.file, passage.line)
        for reading in readings
        for passage in reading.text.passages
        for sentence in readability.sentences(passage.text)
    ]
    found = [each for each in sentences if wording.PASSIVE.search(each[0])]
    if len(sentences) >= limits["sentences for shares"] and len(found) > limits["passive share"] * len(sentences):
        first, file, line = found[0]
        yield (
            file,
            line,
            f"{len(found)} of {len(sentences)} sentences seem passive, the first here: “{first[:50]}”",
            f"Say who does it, in all but {limits['passive share']:.0%}.",
        )


def _jargon(draft: Draft, limits: Limits) -> Iterator[Finding]:
    explained = draft.course.glossary
    for reading in draft.readings:
        for passage in reading.text.passages:
            yield from _official(passage.text, reading.file, passage.line, explained)
    for item in _all(draft):
        for text in visible(item.written):
            yield from _official(text, item.file, item.line(), explained)


def _official(text: str, file: str, line: int, explained: Iterable[str]) -> Iterator[Finding]:
    known = {word.lower() for word in explained}
    for found in wording.JARGON.finditer(text):
        word = found[0].lower()
        if word not in known:
            yield file, line, f"“{found[0]}” is an official word", f"Write “{wording.PLAINER[word]}”, or explain it in the glossary."


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
    Rule("Q6", "warning", "“Always” and “never” give a wrong option away.", _ITEMS, _absolute),
    Rule("Q7", "warning", "A word of the question that only the best answer repeats gives it away.", _ITEMS, _echo),
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
    Rule("Q12", "error", "A joke is no belief to mend, and a real child is no teaching material.", _ITEMS, _tone),
    Rule("Q13", "warning", "Figures are soon forgotten and soon out of date.", "Our own rule", _number_share),
    Rule("Q14", "warning", "A question must not test reading.", _PLAIN, _hard_item),
    Rule("Q15", "error", "What must be right is an action in a situation, not a phrase.", "Our own rule", _critical),
    Rule("Q16", "warning", "Nobody should be asked what was not taught, and everybody may read it again.", _ITEMS, _taught),
    Rule("Q17", "warning", "People learn who is suspected and who is believed from the examples they are given.", _ITEMS, _stereotype),
    Rule("Q17", "warning", "A name that keeps coming back becomes a type.", "Our own rule", _names),
    Rule(
        "Q18",
        "error",
        "What is marked right is done: it must never be to keep a secret, to wait for proof or to investigate.",
        "Working Together to Safeguard Children 2023; What to do if you’re worried a child is being abused 2015",
        _against,
    ),
    Rule(
        "Q19",
        "warning",
        "A word that only best answers have lets people pass who know nothing but the word.",
        f"{_ITEMS}; NBME, Constructing Written Test Questions (word repeats, convergence)",
        _one_sided,
    ),
    Rule("O1", "error", "One item can be guessed; an outcome nobody tests is a promise nobody checks.", "Our own rule", _outcomes),
    Rule("O2", "warning", "Recalling helps people to remember more than reading twice.", "Roediger and Karpicke 2006", _no_quiz),
    Rule("O3", "error", "Nobody can recall what no screen says.", "Our own rule", _untaught),
    Rule("O4", "warning", "Whoever tries again should meet new questions, or the second try tests memory.", "Our own rule", _small_bank),
    Rule("R1", "error", "About one adult in seven reads at or below the level of age 11.", _PLAIN, _hard),
    Rule("R2", "warning", "GOV.UK writes for a reading age of 9.", _PLAIN, _target),
    Rule("R3", "error", "Long sentences are read twice or not at all.", _PLAIN, _sentences),
    Rule("R4", "warning", "A wall of text is skipped.", _PLAIN, _paragraphs),
    Rule("R5", "warning", "A passive hides who has to act.", _PLAIN, _passive),
    Rule("R6", "warning", "An official word is read by fewer and trusted by fewer.", _PLAIN, _jargon),
    Rule("W1", "warning", "One idea to a screen.", "Our own rule", _screen_words),
    Rule("W2", "warning", "Most people read 175 to 240 words a minute, and plan by what we promise.", "Brysbaert 2019", _minutes),
    Rule("W3", "error", "A briefing is printed and read together.", "Our own rule", _folded),
    Rule("W4", "error", "Seven minutes is what we promise, questions and all.", "Brysbaert 2019", _seven_minutes),
    Rule("L1", "warning", "Screen-reader users read links one after another, out of their place.", "WCAG 2.4.9", _vague_links),
    Rule("N1", "error", "A number in a text goes out of date unseen, and may be another area's.", "Our own rule", _numbers),
)

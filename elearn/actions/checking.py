"""What must always be true of the records. Each rule is one sentence; what breaks it is named, and nothing is repaired."""
from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from elearn.content.markdown import Outside
from elearn.content.reader import NotReadable, read_course
from elearn.content.source import Source
from elearn.records import releases, survey, tenancy
from elearn.records.requirements import validity_from_json
from elearn.rules import quiz
from elearn.rules.certificates import Certificate, clean_name, normalise
from elearn.rules.courses import Course, Kind
from elearn.rules.evidence import TAKES_BACK, Evidence, FactKind, completes
from elearn.rules.requirements import Member, Requirement
from elearn.rules.standing import standing
from elearn.rules.validity import Validity, local_day

CLOCK = timedelta(hours=25)
"""How far back the clock of a computer may be put between two facts: a day, and an hour of summer time."""

DIGEST = re.compile(r"[0-9a-f]{64}")
DONE = frozenset({FactKind.COMPLETED, FactKind.ATTENDED})
RESTS_ON_CONTENT = DONE | {FactKind.READ, FactKind.PASSED, FactKind.AWARDED}

CourseOf = Callable[[str, str], Course | None]
"""Slug and version to the course as it was."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule, and one thing that breaks it."""

    rule: str
    thing: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.thing}"


@dataclass(frozen=True, slots=True)
class Report:
    """How many rules were checked, and everything that breaks one."""

    checked: int
    breaches: tuple[Breach, ...]


@dataclass
class Everything:
    """The records as the rules read them, each table once."""

    session: Session
    now: datetime
    course: CourseOf
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(tenancy.partnership(self.session).zone)

    def rows(self, table: str, *columns: str) -> Iterator[Any]:
        return survey.rows(self.session, table, *columns)

    @cached_property
    def facts(self) -> Sequence[Any]:
        return list(self.rows("fact"))

    @cached_property
    def ledger(self) -> Mapping[int, Evidence]:
        """The facts that can be read, by id."""
        found = {}
        for row in self.facts:
            try:
                kind = FactKind(row.kind)
                found[row.id] = Evidence(row.id, row.person_id, kind, row.item, row.at, row.version, row.rule, row.actor_id, row.data)
            except ValueError:
                continue
        return found

    @cached_property
    def by_person(self) -> Mapping[int, Sequence[Evidence]]:
        found: dict[int, list[Evidence]] = defaultdict(list)
        for fact in self.ledger.values():
            found[fact.person_id].append(fact)
        return found

    @cached_property
    def certificates(self) -> Mapping[str, Any]:
        return {row.code: row for row in self.rows("certificate")}

    @cached_property
    def awards(self) -> Mapping[str, Sequence[Evidence]]:
        """Code to the facts that award it."""
        found: dict[str, list[Evidence]] = defaultdict(list)
        for fact in self.ledger.values():
            if fact.kind is FactKind.AWARDED:
                found[str(fact.data.get("code"))].append(fact)
        return found

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        return frozenset(row.code for row in self.rows("withdrawal", "code"))

    @cached_property
    def attempts(self) -> Mapping[int, Any]:
        return {row.id: row for row in self.rows("attempt")}

    @cached_property
    def answers(self) -> Mapping[int, Sequence[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self.rows("answer"):
            found[row.attempt_id].append(row)
        return found

    @cached_property
    def asks(self) -> Mapping[int, Any]:
        return {row.id: row for row in self.rows("ask")}

    @cached_property
    def live(self) -> Mapping[int, Any]:
        return {row.id: row for row in self.rows("live_session")}

    @cached_property
    def releases(self) -> frozenset[tuple[str, str]]:
        return releases.known(self.session)

    @cached_property
    def requirements(self) -> Mapping[str, Any]:
        """By the name under which facts mention them."""
        return {f"requirement-{row.id}": row for row in self.rows("requirement")}

    @cached_property
    def members(self) -> Mapping[int, Member]:
        agency = {row.id: row.agency_id for row in self.rows("team")}
        rows = self.rows("person", "id", "team_id", "role", "joined", "left")
        return {row.id: Member(row.id, agency[row.team_id], row.team_id, row.role, row.joined, row.left) for row in rows}

    def validity_of(self, fact: Evidence) -> Validity | None:
        """How long the completion counts, by the rule that it names; the last named sets the time."""
        name = fact.rule.rpartition("+")[2]
        if name in self.requirements:
            return validity_from_json(self.requirements[name].validity)
        course = self.course(fact.item, fact.version)
        return course.validity if course and name == f"module-{fact.version}" else None


Rule = Callable[[Everything], Iterator[str]]
RULES: dict[str, Rule] = {}
"""Every rule by its sentence. A rule yields each thing that breaks it."""


def rule(words: str) -> Callable[[Rule], Rule]:
    def name(check: Rule) -> Rule:
        assert words not in RULES
        RULES[words] = check
        return check

    return name


def check(session: Session, now: datetime, course: CourseOf) -> Report:
    """Hold everything recorded against every rule; reading only."""
    try:
        everything = Everything(session, now, course)
    except (ZoneInfoNotFoundError, ValueError):
        return Report(1, (Breach("The partnership's time zone is known", tenancy.partnership(session).zone),))
    return Report(len(RULES), tuple(Breach(words, thing) for words, holds in RULES.items() for thing in holds(everything)))


def reader(session: Session, outside: Outside) -> CourseOf:
    """Reads courses from the store of releases, each once."""

    @cache
    def read(slug: str, version: str) -> Course | None:
        found = releases.source(session, slug, version)
        if found is None:
            return None
        try:
            return read_course(Source.from_json(found[1]), cast(Kind, found[0]), slug, outside)
        except (NotReadable, ValueError):
            return None

    return read


# ---- The database ------------------------------------------------------------------------------------------------------

@rule("The database file is sound")
def _sound(all: Everything) -> Iterator[str]:
    yield from survey.damage(all.session)


@rule("Every table is there")
def _tables(all: Everything) -> Iterator[str]:
    yield from survey.missing_tables(all.session)


@rule("The database itself keeps evidence from being changed")
def _guarded(all: Everything) -> Iterator[str]:
    yield from (f"table {table} has lost its guard" for table in survey.unguarded(all.session))


# ---- The ledger --------------------------------------------------------------------------------------------------------

@rule("Every fact can be read")
def _readable(all: Everything) -> Iterator[str]:
    yield from (f"fact {row.id}" for row in all.facts if row.id not in all.ledger)


@rule("Nothing is written down before it happened")
def _after_it_happened(all: Everything) -> Iterator[str]:
    yield from (f"fact {row.id}" for row in all.facts if row.at > row.recorded)


@rule("Nothing is written down in the future")
def _no_future(all: Everything) -> Iterator[str]:
    yield from (f"fact {row.id}" for row in all.facts if row.recorded > all.now + CLOCK)


@rule("The ledger is written in the order of time")
def _in_order(all: Everything) -> Iterator[str]:
    latest: datetime | None = None
    for row in all.facts:
        if latest and row.recorded < latest - CLOCK:
            yield f"fact {row.id}"
        latest = max(latest, row.recorded) if latest else row.recorded


@rule("What is taken back was there before, about the same person and item")
def _taken_back(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        if fact.kind in TAKES_BACK:
            what = all.ledger.get(fact.data["of"])
            if what is None or what.id >= fact.id or (what.person_id, what.item) != (fact.person_id, fact.item):
                yield f"fact {fact.id}"


@rule("What is taken back has a reason")
def _reason(all: Everything) -> Iterator[str]:
    yield from (f"fact {fact.id}" for fact in all.ledger.values() if fact.kind in TAKES_BACK and not fact.reason)


@rule("Whatever was learned is kept in the version it was learned from")
def _version_kept(all: Everything) -> Iterator[str]:
    yield from (
        f"fact {fact.id}" for fact in all.ledger.values() if fact.kind in RESTS_ON_CONTENT and (fact.item, fact.version) not in all.releases
    )


@rule("Every completion names the rule it was judged by")
def _rule_known(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        if fact.kind in DONE and any(name not in all.requirements and name != f"module-{fact.version}" for name in fact.rule.split("+")):
            yield f"fact {fact.id}"


@rule("Every attendance was recorded by a trainer, and never by the person themselves")
def _by_trainer(all: Everything) -> Iterator[str]:
    yield from (f"fact {fact.id}" for fact in all.ledger.values() if fact.kind is FactKind.ATTENDED and not completes(fact))


@rule("Every attendance is of a session that was held, of the same course")
def _session_held(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        if fact.kind is FactKind.ATTENDED:
            held = all.live.get(fact.data.get("live") or fact.data.get("session") or 0)
            if held is None or held.course != fact.item:
                yield f"fact {fact.id}"


@rule("Every decision about a person has a reason, and was made by somebody else")
def _decided_by_other(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        if fact.kind in {FactKind.EXEMPTED, FactKind.EXTENDED} and (not fact.reason or fact.actor_id in {None, fact.person_id}):
            yield f"fact {fact.id}"


@rule("Every exemption and extension ends on a day, where it names one")
def _days(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        try:
            if fact.kind is FactKind.EXEMPTED:
                fact.day("until")
            elif fact.kind is FactKind.EXTENDED and fact.day("due") is None:
                yield f"fact {fact.id}"
        except (ValueError, TypeError):
            yield f"fact {fact.id}"


# ---- Certificates ------------------------------------------------------------------------------------------------------

@rule("Every award has its certificate")
def _award_has_certificate(all: Everything) -> Iterator[str]:
    for code, facts in all.awards.items():
        row = all.certificates.get(code)
        yield from (f"fact {fact.id}" for fact in facts if row is None or (row.person_id, row.item) != (fact.person_id, fact.item))


@rule("Every certificate was awarded, once")
def _certificate_awarded(all: Everything) -> Iterator[str]:
    yield from (f"certificate {code}" for code in all.certificates if len(all.awards.get(code, ())) != 1)


@rule("Every completion has a certificate")
def _completion_has_certificate(all: Everything) -> Iterator[str]:
    rested_on = {row.fact_id for row in all.certificates.values()}
    yield from (f"fact {fact.id}" for fact in all.ledger.values() if completes(fact) and fact.id not in rested_on)


@rule("Every certificate rests on a completion of the same person and item")
def _rests_on(all: Everything) -> Iterator[str]:
    for code, row in all.certificates.items():
        fact = all.ledger.get(row.fact_id)
        if fact is None or fact.kind not in DONE or (fact.person_id, fact.item) != (row.person_id, row.item):
            yield f"certificate {code}"


@rule("Every completion has one certificate that was not replaced")
def _one_each(all: Everything) -> Iterator[str]:
    replaced = {row.supersedes for row in all.certificates.values()}
    counted = Counter(row.fact_id for code, row in all.certificates.items() if code not in replaced)
    yield from (f"fact {fact_id}" for fact_id, count in counted.items() if count > 1)


@rule("Every certificate number is well formed")
def _well_formed(all: Everything) -> Iterator[str]:
    yield from (f"certificate {code}" for code in all.certificates if normalise(code) != code)


@rule("What a certificate says can be read, and is about its holder")
def _says(all: Everything) -> Iterator[str]:
    for code, row in all.certificates.items():
        said = _said(row)
        right = said and (said.code, said.person_id, said.issued_at) == (code, row.person_id, row.issued)
        if said is None or not right or clean_name(said.holder_name) != said.holder_name:
            yield f"certificate {code}"


@rule("A certificate names the day of the completion and the content learned from")
def _same_day(all: Everything) -> Iterator[str]:
    for code, row in all.certificates.items():
        said, fact = _said(row), all.ledger.get(row.fact_id)
        if said and fact and (said.completed, said.version) != (local_day(fact.at, all.zone), fact.version):
            yield f"certificate {code}"


@rule("A certificate names the course as its content does")
def _same_title(all: Everything) -> Iterator[str]:
    for code, row in all.certificates.items():
        said = _said(row)
        course = all.course(row.item, said.version) if said else None
        if said is None or course is None:
            continue  # other rules name it
        if (said.course, said.level, said.edition, said.law_as_at) != (course.title, course.level, course.edition, course.law_as_at):
            yield f"certificate {code}"


@rule("A certificate ends on the day that the standing of its holder showed when it was issued")
def _same_end(all: Everything) -> Iterator[str]:
    for code, row in all.certificates.items():
        said, fact, awards = _said(row), all.ledger.get(row.fact_id), all.awards.get(code, ())
        validity = all.validity_of(fact) if fact else None
        if said is None or fact is None or row.supersedes or validity is None or len(awards) != 1:
            continue
        known = [each for each in all.by_person[fact.person_id] if each.id < awards[0].id]
        if standing(known, row.item, None, all.members[fact.person_id], row.issued, all.zone, validity).until != said.until:
            yield f"certificate {code}"


@rule("What the ledger notes of the end of a certificate is what the certificate says")
def _noted_end(all: Everything) -> Iterator[str]:
    for code, awards in all.awards.items():
        said = _said(all.certificates[code]) if code in all.certificates else None
        for award in awards:
            if said and "until" in award.data and award.data["until"] != said.noted_end:
                yield f"fact {award.id}"


@rule("A certificate takes the place only of another of the same person and item, and no two of the same one")
def _supersedes(all: Everything) -> Iterator[str]:
    counted = Counter(row.supersedes for row in all.certificates.values() if row.supersedes)
    for code, row in all.certificates.items():
        if row.supersedes:
            old = all.certificates.get(row.supersedes)
            if old is None or (old.person_id, old.item) != (row.person_id, row.item) or counted[row.supersedes] > 1:
                yield f"certificate {code}"


@rule("No certificate takes, by any way round, the place of itself")
def _acyclic(all: Everything) -> Iterator[str]:
    for code in all.certificates:
        seen, at = {code}, all.certificates[code].supersedes
        while at and at in all.certificates and at not in seen:
            seen.add(at)
            at = all.certificates[at].supersedes
        if at == code:
            yield f"certificate {code}"


@rule("A replaced certificate is noted as replaced, by the number that replaced it")
def _noted_replaced(all: Everything) -> Iterator[str]:
    for fact in all.ledger.values():
        if fact.kind is FactKind.SUPERSEDED:
            new, award = all.certificates.get(str(fact.data.get("by"))), all.ledger.get(fact.data.get("of") or 0)
            if new is None or award is None or award.kind is not FactKind.AWARDED or new.supersedes != award.data.get("code"):
                yield f"fact {fact.id}"


@rule("The certificate of a completion that was taken back is withdrawn")
def _withdrawn(all: Everything) -> Iterator[str]:
    gone = {fact.data["of"] for fact in all.ledger.values() if fact.kind in TAKES_BACK}
    yield from (f"certificate {code}" for code, row in all.certificates.items() if row.fact_id in gone and code not in all.withdrawn)


@rule("Every withdrawal has a reason")
def _withdrawal_reason(all: Everything) -> Iterator[str]:
    yield from (f"certificate {row.code}" for row in all.rows("withdrawal") if not row.reason.strip())


@rule("Every printed certificate is as it was printed")
def _prints(all: Everything) -> Iterator[str]:
    for row in all.rows("print", "id", "code", "sha256", "pdf"):
        if hashlib.sha256(row.pdf).hexdigest() != row.sha256 or not row.pdf.startswith(b"%PDF"):
            yield f"print {row.id} of certificate {row.code}"


def _said(row: Any) -> Certificate | None:
    try:
        return Certificate.from_json(row.facts)
    except (KeyError, ValueError, TypeError):
        return None


# ---- Quizzes -----------------------------------------------------------------------------------------------------------

@rule("Nobody has two open tries at one quiz")
def _one_open(all: Everything) -> Iterator[str]:
    counted = Counter((row.person_id, row.course) for row in all.attempts.values() if row.finished is None)
    yield from (f"person {person}, {course}" for (person, course), count in counted.items() if count > 1)


@rule("Tries are numbered 1, 2, 3 and so on")
def _numbered(all: Everything) -> Iterator[str]:
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in all.attempts.values():
        found[row.person_id, row.course].append(row.number)
    yield from (f"person {person}, {course}" for (person, course), numbers in found.items() if not _counted(numbers))


@rule("A finished try has a result, and an open one has none")
def _scored(all: Everything) -> Iterator[str]:
    for row in all.attempts.values():
        scores = [value is None for value in (row.passed, row.right, row.total, row.percent)]
        if not (_all_same(scores) and scores[0] == (row.finished is None)):
            yield f"try {row.id}"


@rule("No try ends before it began")
def _not_before(all: Everything) -> Iterator[str]:
    yield from (f"try {row.id}" for row in all.attempts.values() if row.finished and row.finished < row.started)


@rule("Every try is kept in the version it was drawn from")
def _attempt_version(all: Everything) -> Iterator[str]:
    yield from (f"try {row.id}" for row in all.attempts.values() if (row.course, row.version) not in all.releases)


@rule("Every paper can be laid out again as it was drawn")
def _paper(all: Everything) -> Iterator[str]:
    for row in all.attempts.values():
        course = all.course(row.course, row.version)
        if course is None or course.quiz is None:
            continue  # the rule above names it
        try:
            quiz.redraw(course.quiz, row.paper, row.seed)
        except ValueError:
            yield f"try {row.id}"


@rule("Marking a finished try again gives the result that was recorded")
def _marks(all: Everything) -> Iterator[str]:
    for row in all.attempts.values():
        course = all.course(row.course, row.version)
        if row.finished is None or course is None or course.quiz is None:
            continue
        last = {answer.question: answer for answer in sorted(all.answers.get(row.id, ()), key=lambda answer: int(answer.revision))}
        given = {id: {name: tuple(values) for name, values in answer.given.items()} for id, answer in last.items()}
        try:
            result = quiz.mark(quiz.redraw(course.quiz, row.paper, row.seed), given, course.quiz)
        except ValueError:
            continue  # the rule above names it
        if (result.passed, result.right, result.total, result.percent) != (row.passed, row.right, row.total, row.percent):
            yield f"try {row.id}"


@rule("A try was passed if the ledger says so, with the same result, and only then")
def _passed(all: Everything) -> Iterator[str]:
    facts: dict[int, list[Evidence]] = defaultdict(list)
    for fact in all.ledger.values():
        if fact.kind is FactKind.PASSED:
            facts[int(fact.data.get("attempt", 0))].append(fact)
    for id, found in facts.items():
        row = all.attempts.get(id)
        for fact in found:
            said = tuple(fact.data.get(name) for name in ("right", "total", "percent"))
            if row is None or (row.person_id, row.course, row.right, row.total, row.percent) != (fact.person_id, fact.item, *said):
                yield f"fact {fact.id}"
    yield from (f"try {row.id}" for row in all.attempts.values() if len(facts.get(row.id, ())) != int(bool(row.passed)))


@rule("Every answer is to a question of its paper")
def _on_paper(all: Everything) -> Iterator[str]:
    for id, answers in all.answers.items():
        yield from (f"answer {answer.id}" for answer in answers if answer.question not in all.attempts[id].paper)


@rule("The answers to a question are numbered 1, 2, 3 and so on")
def _revisions(all: Everything) -> Iterator[str]:
    for id, answers in all.answers.items():
        found: dict[str, list[int]] = defaultdict(list)
        for answer in answers:
            found[answer.question].append(answer.revision)
        yield from (f"try {id}, question {question}" for question, numbers in found.items() if not _counted(numbers))


@rule("No answer was given before its try began or after it was finished")
def _in_time(all: Everything) -> Iterator[str]:
    for id, answers in all.answers.items():
        row = all.attempts[id]
        first, last = row.started - CLOCK, (row.finished or all.now) + CLOCK
        yield from (f"answer {answer.id}" for answer in answers if not first <= answer.at <= last)


@rule("An answer that stands was not changed afterwards")
def _stands(all: Everything) -> Iterator[str]:
    for answers in all.answers.values():
        last = {answer.question: answer.revision for answer in sorted(answers, key=lambda answer: int(answer.revision))}
        yield from (f"answer {answer.id}" for answer in answers if answer.checked and answer.revision < last[answer.question])


# ---- What people ask ---------------------------------------------------------------------------------------------------

@rule("A request is answered as a whole: by whom, when and how; and never by the one who asked")
def _answered(all: Everything) -> Iterator[str]:
    for row in all.asks.values():
        parts = [value is None for value in (row.decided, row.decided_by, row.agreed)]
        if not _all_same(parts) or row.decided_by == row.person_id or (row.decided and row.decided < row.asked - CLOCK):
            yield f"request {row.id}"


@rule("Every further try was asked for and agreed to, once")
def _allowed(all: Everything) -> Iterator[str]:
    allowed = [fact for fact in all.ledger.values() if fact.kind is FactKind.TRY_ALLOWED]
    counted = Counter(fact.data.get("ask") for fact in allowed)
    for fact in allowed:
        row = all.asks.get(fact.data.get("ask") or 0)
        if row is None or not row.agreed or (row.person_id, row.item) != (fact.person_id, fact.item) or counted[row.id] > 1:
            yield f"fact {fact.id}"
    yield from (f"request {row.id}" for row in all.asks.values() if row.kind == "try-again" and row.agreed and row.id not in counted)


# ---- People and rules --------------------------------------------------------------------------------------------------

@rule("Every address is kept in one spelling")
def _addresses(all: Everything) -> Iterator[str]:
    yield from (f"person {row.id}" for row in all.rows("person", "id", "email") if row.email != row.email.strip().casefold())


@rule("Every name can be printed, and shows what it is")
def _names(all: Everything) -> Iterator[str]:
    yield from (f"person {row.id}" for row in all.rows("person", "id", "name") if not row.name or clean_name(row.name) != row.name)


@rule("Nobody left before they came")
def _stayed(all: Everything) -> Iterator[str]:
    yield from (f"person {member.person_id}" for member in all.members.values() if member.left and member.left < member.joined)


@rule("No password is kept, only its Argon2id hash")
def _passwords(all: Everything) -> Iterator[str]:
    for row in all.rows("person", "id", "password"):
        if row.password and not row.password.startswith("$argon2id$"):
            yield f"person {row.id}"


@rule("Nobody stops managing a team before they begin")
def _managers(all: Everything) -> Iterator[str]:
    yield from (f"manager entry {row.id}" for row in all.rows("team_manager") if row.until and row.until < row.since)


@rule("Every requirement makes sense")
def _requirements(all: Everything) -> Iterator[str]:
    for row in all.rows("requirement"):
        try:
            Requirement(row.id, row.item, validity_from_json(row.validity), row.due_days, row.starts, row.ends, soon_days=row.soon_days)
        except (ValueError, TypeError):
            yield f"requirement {row.id}"


# ---- Secrets, jobs, releases and the site ------------------------------------------------------------------------------

@rule("No secret is kept, only its digest")
def _digests(all: Everything) -> Iterator[str]:
    for table, column in (("session", "secret"), ("link", "secret"), ("device", "secret"), ("tally", "key")):
        yield from (f"{table} {row.id}" for row in all.rows(table, "id", column) if not DIGEST.fullmatch(row[1]))


@rule("No session and no link ends before it begins")
def _ends(all: Everything) -> Iterator[str]:
    yield from (f"session {row.id}" for row in all.rows("session") if row.ends < row.started)
    yield from (f"link {row.id}" for row in all.rows("link") if row.expires < row.made)


@rule("What a finished job was told is forgotten")
def _forgotten(all: Everything) -> Iterator[str]:
    yield from (f"job {row.id}" for row in all.rows("job") if row.done and row.facts)


@rule("Every kept version of a module is as it was")
def _unchanged(all: Everything) -> Iterator[str]:
    for row in all.rows("release", "slug", "version", "source"):
        try:
            same = Source.from_json(row.source).version == row.version
        except ValueError:
            same = False
        if not same:
            yield f"{row.slug} {row.version}"


@rule("Every version that was live is kept")
def _live_kept(all: Everything) -> Iterator[str]:
    kept = {(row.slug, row.version) for row in all.rows("release", "slug", "version")}
    yield from (f"turn {row.id}: {row.slug} {row.version}" for row in all.rows("went_live") if (row.slug, row.version) not in kept)


@rule("Each version that went live took the place of the one before it")
def _in_turn(all: Everything) -> Iterator[str]:
    last: dict[str, str] = {}
    for row in sorted(all.rows("went_live"), key=lambda row: row.id):
        if row.previous != last.get(row.slug):
            yield f"turn {row.id}: {row.slug} {row.version}"
        last[row.slug] = row.version


@rule("Whoever was kept from a tool was told why")
def _told_why(all: Everything) -> Iterator[str]:
    yield from (f"gate entry {row.id}" for row in all.rows("gate_log") if not row.opened and not row.reasons)


@rule("No number for help was checked on a day to come")
def _checked(all: Everything) -> Iterator[str]:
    yield from (f"contact {row.id}" for row in all.rows("contact", "id", "checked_on") if row.checked_on > (all.now + CLOCK).date())


@rule("Every address of a tool begins with https")
def _secure(all: Everything) -> Iterator[str]:
    for row in all.rows("tool_address", "id", "address"):
        if row.address and not row.address.startswith("https://"):
            yield f"tool address {row.id}"


def _all_same(values: Sequence[bool]) -> bool:
    return len(set(values)) == 1


def _counted(numbers: Sequence[int]) -> bool:
    """Whether they are 1, 2, 3 and so on, in any order."""
    return sorted(numbers) == list(range(1, len(numbers) + 1))

"""The gate opens for the trained, explains itself to everyone, and stays shut when anything is wrong."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any as Anything
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.gates import (
    COULD_NOT_TELL,
    DEEPEST,
    Agency,
    All,
    Any,
    AtLeast,
    Attended,
    Current,
    Decision,
    From,
    GateFacts,
    Level,
    Not,
    Role,
    Step,
    Tree,
    Until,
    evaluate,
    from_json,
    leaves,
    parse_text,
    to_json,
    to_text,
)
from elearn.rules.requirements import Member
from elearn.rules.validity import NEVER, Validity

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 5, 26, 20, 20, tzinfo=LONDON)
TODAY = NOW.date()
AMIRA, TRAINER = 1, 9
MEMBER = Member(AMIRA, agency_id=3, team_id=7, role="volunteer", joined=date(2024, 1, 10))
TITLES = {"gcp2-day": "GCP2 training day", "level-1": "Child abuse and neglect"}
VALID = {"gcp2-day": Validity("rolling", 24, 60), "level-1": Validity("rolling", 36, 60), "icon": NEVER}
GCP2 = All((Current("level-1"), Attended("gcp2-day")))


def fact(id: int, item: str, day: date, kind: FactKind = FactKind.COMPLETED, actor: int | None = None, **data: Anything) -> Evidence:
    return Evidence(id, AMIRA, kind, item, datetime(day.year, day.month, day.day, 12, tzinfo=LONDON), actor_id=actor, data=data)


def trained(id: int = 2, day: date = date(2025, 7, 2), trainer: Anything = TRAINER, actor: int | None = TRAINER) -> Evidence:
    return fact(id, "gcp2-day", day, FactKind.ATTENDED, actor, trainer_id=trainer)


LEVEL_1 = fact(1, "level-1", date(2026, 1, 20))


def decide(tree: Tree, *facts: Evidence, member: Member = MEMBER, at: datetime = NOW, **more: Anything) -> Decision:
    return evaluate(tree, GateFacts(facts, member, VALID, TITLES, **more), at, LONDON)


def the_step(tree: Tree, *facts: Evidence, **more: Anything) -> Step:
    [step] = decide(tree, *facts, **more).steps
    return step


# ---- The gate to GCP2 --------------------------------------------------------------------------------------------------

def test_it_opens_for_someone_trained_and_says_what_it_rests_on() -> None:
    decision = decide(GCP2, LEVEL_1, trained())
    assert decision.open
    assert decision.missing == ()
    assert [(step.met, step.text, step.next, step.item, step.evidence, step.since, step.until) for step in decision.steps] == [
        (True, "Child abuse and neglect: done on 20 January 2026. It counts until 20 January 2029.", "", "level-1", (1,),
         date(2026, 1, 20), date(2029, 1, 20)),
        (True, "GCP2 training day: attended on 2 July 2025. It counts until 2 July 2027.", "", "gcp2-day", (2,),
         date(2025, 7, 2), date(2027, 7, 2)),
    ]


def test_it_stays_shut_for_someone_untrained_and_says_what_to_do() -> None:
    decision = decide(GCP2)
    assert not decision.open
    assert [(step.met, step.text, step.next) for step in decision.missing] == [
        (False, "Child abuse and neglect: not done yet.", "Do “Child abuse and neglect”."),
        (False, "GCP2 training day: no trainer has recorded it yet.", "Book a place on “GCP2 training day”. The trainer records who came."),
    ]


@pytest.mark.parametrize("kind", [kind for kind in FactKind if kind is not FactKind.ATTENDED])
def test_nothing_but_attendance_opens_it_whatever_else_is_on_record(kind: FactKind) -> None:
    decision = decide(GCP2, LEVEL_1, fact(2, "gcp2-day", date(2026, 1, 1), kind, TRAINER, trainer_id=TRAINER, of=99, reason="kind", percent=100))
    assert not decision.open


def test_a_quiz_passed_is_named_as_not_enough() -> None:
    step = the_step(Attended("gcp2-day"), fact(2, "gcp2-day", TODAY))
    assert step.text == "GCP2 training day: learning on screen does not count here. A trainer has to record it, and none has yet."


@pytest.mark.parametrize(("trainer", "actor"), list(product([AMIRA, TRAINER, 8, None, "9", 9.0, True], [AMIRA, TRAINER, 8, None])))
def test_of_all_pairings_only_someone_else_can_say_that_a_person_came(trainer: Anything, actor: int | None) -> None:
    by_another = type(trainer) is int and trainer != AMIRA and actor != AMIRA
    decision = decide(GCP2, LEVEL_1, trained(trainer=trainer, actor=actor))
    assert decision.open is by_another
    if not by_another:
        assert decision.missing[0].next == "Ask the trainer who was there to record it."


def test_an_exemption_from_training_does_not_open_a_tool() -> None:
    exempt = (fact(3, "level-1", TODAY, FactKind.EXEMPTED, reason="x"), fact(4, "gcp2-day", TODAY, FactKind.EXEMPTED, reason="x"))
    assert not decide(GCP2, *exempt).open


def test_it_shuts_when_attendance_is_taken_back_and_not_before() -> None:
    taken = fact(3, "gcp2-day", date(2026, 5, 20), FactKind.REVOKED, of=2, reason="left early")
    assert not decide(GCP2, LEVEL_1, trained(), taken).open
    assert decide(GCP2, LEVEL_1, trained(), taken, at=NOW - timedelta(days=10)).open


def test_training_in_the_future_or_of_another_person_does_not_open_it() -> None:
    assert not decide(GCP2, LEVEL_1, trained(day=TODAY + timedelta(days=1))).open
    others = Evidence(2, 77, FactKind.ATTENDED, "gcp2-day", NOW - timedelta(days=1), actor_id=TRAINER, data={"trainer_id": TRAINER})
    assert not decide(GCP2, LEVEL_1, others).open


LAST_DAYS = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25), date(2026, 7, 2), date(2026, 12, 31)]


@pytest.mark.parametrize("last", LAST_DAYS)
def test_it_is_open_at_the_last_second_of_the_last_day_in_london_and_shut_at_midnight(last: date) -> None:
    day = trained(day=date(last.year - 2, last.month, last.day))
    last_second = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=LONDON).astimezone(UTC)
    midnight = last_second + timedelta(seconds=1)
    assert midnight.astimezone(LONDON).time().isoformat() == "00:00:00"
    assert decide(Attended("gcp2-day"), day, at=last_second).open
    shut = decide(Attended("gcp2-day"), day, at=midnight)
    assert not shut.open
    assert "It ran out on" in shut.missing[0].text
    assert shut.missing[0].next == "Book a place on “GCP2 training day” again. The trainer records who came."


@pytest.mark.parametrize(("joined", "left", "open"), [
    (date(2024, 1, 10), None, True),
    (date(2024, 1, 10), TODAY, True),
    (date(2024, 1, 10), TODAY - timedelta(days=1), False),
    (TODAY + timedelta(days=1), None, False),
])
def test_it_is_open_only_to_someone_who_belongs_today(joined: date, left: date | None, open: bool) -> None:
    decision = decide(GCP2, LEVEL_1, trained(), member=Member(AMIRA, 3, 7, "volunteer", joined, left))
    assert decision.open is open
    assert bool(decision.missing) is not open


# ---- Each kind of condition --------------------------------------------------------------------------------------------

def test_current_holds_while_the_item_is_in_date() -> None:
    old = fact(1, "level-1", date(2022, 1, 20))
    assert the_step(Current("level-1"), old).text == "Child abuse and neglect: done on 20 January 2022. It ran out on 20 January 2025."
    assert the_step(Current("icon"), fact(1, "icon", date(2020, 1, 1))).text == "icon: done on 1 January 2020. It has no end date."
    assert the_step(Current("gcp2-day"), trained()).met, "being there counts as done"


@pytest.mark.parametrize(("taught", "own", "met"), [
    ({}, None, False), ({"icon": 1}, None, False), ({"icon": 2}, None, True), ({"icon": 1}, 3, True), ({"icon": 3}, 1, False),
])
def test_a_level_is_the_facts_own_or_the_one_the_item_is_taught_at(taught: Mapping[str, int], own: int | None, met: bool) -> None:
    data: dict[str, Anything] = {} if own is None else {"level": own}
    assert the_step(Level("icon", 2), fact(1, "icon", TODAY, **data), level_of=taught).met is met


def test_a_role_an_agency_and_days() -> None:
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    told: list[tuple[Tree, bool, str]] = [
        (Role("volunteer"), True, "For this role: volunteer."),
        (Role("staff"), False, "For one role only: staff. The role recorded is: volunteer."),
        (Agency(3), True, "For people at Oakfield."),
        (Agency(4), False, "For people at one agency only."),
        (From(TODAY), True, "Open since 26 May 2026."),
        (From(tomorrow), False, "Opens on 27 May 2026."),
        (Until(TODAY), True, "Open until 26 May 2026."),
        (Until(yesterday), False, "It closed at the end of 25 May 2026."),
    ]
    for leaf, met, text in told:
        step = the_step(leaf, agencies={3: "Oakfield"})
        assert (step.met, step.text, bool(step.next)) == (met, text, not met)


# ---- Trees -------------------------------------------------------------------------------------------------------------

YES, NO = Role("volunteer"), Role("staff")


@pytest.mark.parametrize(("tree", "open"), [
    (All((YES, YES)), True), (All((YES, NO)), False),
    (Any((NO, YES)), True), (Any((NO, NO)), False),
    (AtLeast(2, (YES, NO, YES)), True), (AtLeast(2, (YES, NO, NO)), False),
    (Not(NO), True), (Not(YES), False), (Not(Not(YES)), True),
    (Not(All((YES, NO))), True), (Not(Any((YES, NO))), False), (Not(AtLeast(2, (YES, NO, NO))), True), (Not(AtLeast(1, (YES, NO, NO))), False),
])
def test_a_tree_opens_as_it_reads(tree: Tree, open: bool) -> None:
    assert decide(tree).open is open


def test_one_of_several_ways_is_said_and_nothing_more_is_asked_once_one_is_met() -> None:
    first, second = decide(Any((Current("level-1"), Current("icon"))), LEVEL_1).steps
    assert (first.met, first.choice) == (True, "Any one of these is enough.")
    assert (second.met, second.next) == (False, "")
    assert [step.choice for step in decide(AtLeast(2, (YES, NO, NO))).steps] == ["At least 2 of these 3 are needed."] * 3
    assert decide(All((YES, NO))).steps[0].choice == ""


def test_what_must_not_be_so_is_said_and_is_met_when_it_is_not_so() -> None:
    step = the_step(Not(Role("student")))
    assert step.met
    assert step.text == "This opens only when the next line is not so. For one role only: student. The role recorded is: volunteer."
    assert not the_step(Not(Role("volunteer"))).met


words = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True) | st.sampled_from(["Family volunteer", "Siân’s team", "R&D"])
some_days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
some_leaves = st.one_of(
    st.builds(Current, words), st.builds(Attended, words), st.builds(Level, words, st.integers(1, 9)), st.builds(Role, words),
    st.builds(Agency, st.integers(1, 10**12)), st.builds(From, some_days), st.builds(Until, some_days),
)


def branches(inside: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(inside, min_size=1, max_size=3).map(tuple)
    at_least = several.flatmap(lambda of: st.builds(AtLeast, st.integers(1, len(of)), st.just(of)))
    return st.one_of(st.builds(All, several), st.builds(Any, several), st.builds(Not, inside), at_least)


trees: st.SearchStrategy[Tree] = st.recursive(some_leaves, branches, max_leaves=8)


def depth(tree: Tree) -> int:
    match tree:
        case All(of) | Any(of) | AtLeast(_, of):
            return 1 + max(depth(part) for part in of)
        case Not(part):
            return 1 + depth(part)
    return 0


@given(trees.filter(lambda tree: depth(tree) <= DEEPEST))
def test_json_and_text_give_back_the_same_tree(tree: Tree) -> None:
    assert from_json(to_json(tree)) == tree
    assert parse_text(to_text(tree)) == tree
    assert parse_text("  " + to_text(tree).replace("(", " (  ").replace(",", " , ") + "\n") == tree


def truth(tree: Tree) -> bool:
    """What the tree means, in the fewest words: only roles, so that nothing else can be wrong."""
    match tree:
        case All(of):
            return all(map(truth, of))
        case Any(of):
            return any(map(truth, of))
        case AtLeast(n, of):
            return sum(map(truth, of)) >= n
        case Not(part):
            return not truth(part)
    return tree == YES


@given(st.recursive(st.sampled_from([YES, NO]), branches, max_leaves=10))
def test_a_decision_agrees_with_plain_logic_and_lists_every_leaf(tree: Tree) -> None:
    decision = decide(tree)
    assert decision.open is truth(tree)
    assert [step.leaf for step in decision.steps] == list(leaves(tree))
    assert decision.open or decision.missing, "a shut gate always says why"
    assert decision.fault == ""


def test_the_text_form_reads_like_a_sentence() -> None:
    assert to_text(GCP2) == "all(current(level-1), attended(gcp2-day))"
    assert to_json(GCP2) == {"all": [{"current": "level-1"}, {"attended": "gcp2-day"}]}
    assert [leaf.item for leaf in leaves(GCP2) if isinstance(leaf, Current | Attended)] == ["level-1", "gcp2-day"]


@pytest.mark.parametrize(("source", "words"), [
    ("icon", "one name with its value"),
    (None, "one name with its value"),
    ([], "one name with its value"),
    ({}, "one name with its value"),
    ({"current": "a", "role": "b"}, "one name with its value"),
    ({"everyone": True}, "is not a condition"),
    ({1: 2}, "is not a condition"),
    ({"all": []}, "at least one condition"),
    ({"any": []}, "at least one condition"),
    ({"all": "icon"}, "needs a list"),
    ({"all": {"current": "icon"}}, "needs a list"),
    ({"not": []}, "one name with its value"),
    ({"at_least": {"n": 3, "of": [{"current": "a"}]}}, "could never open"),
    ({"at_least": {"n": 0, "of": [{"current": "a"}]}}, "1 or more"),
    ({"at_least": {"n": True, "of": [{"current": "a"}]}}, "1 or more"),
    ({"at_least": [{"current": "a"}]}, "needs n and of"),
    ({"level": {"item": "a"}}, "needs item and at_least"),
    ({"level": {"item": "a", "at_least": "2"}}, "1 or more"),
    ({"current": ""}, "needs a name"),
    ({"current": None}, "needs a name"),
    ({"attended": "a)"}, "needs a name"),
    ({"role": " a"}, "needs a name"),
    ({"agency": "3"}, "1 or more"),
    ({"from": "26 May"}, "written like 2026-05-26"),
    ({"until": 2026}, "written like 2026-05-26"),
])
def test_a_tree_that_cannot_be_read_is_refused_in_words(source: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_json(source)


@pytest.mark.parametrize(("text", "words"), [
    ("", "should stand at character 1"),
    ("icon", "should stand at character 1"),
    ("current(icon", "never closed"),
    ("current(icon))", "more after the end"),
    ("current(icon) role(x)", "more after the end"),
    ("all()", "at least one condition"),
    ("all(current(icon) role(x))", "a comma or"),
    ("all(icon)", "one name with its value"),
    ("current(a, b)", "cannot hold 2 values"),
    ("level(a)", "needs item and at_least"),
    ("level(a, 1, 2)", "cannot hold 3 values"),
    ("level(a, b)", "whole number"),
    ("agency(current(a))", "whole number"),
    ("current(role(a))", "needs a name"),
    ("at_least(two, current(a))", "whole number"),
    ("everyone(x)", "is not a condition"),
])
def test_text_that_cannot_be_read_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_text(text)


def test_a_tree_too_deep_to_be_read_by_people_is_refused() -> None:
    deep: dict[str, Anything] = {"current": "icon"}
    for _ in range(5_000):
        deep = {"not": deep}
    with pytest.raises(ValueError, match="deep inside"):
        from_json(deep)
    with pytest.raises(ValueError, match="deep inside"):
        parse_text("not(" * 5_000 + "current(icon)" + ")" * 5_000)


@given(st.text(alphabet="alnotcurenyg_(), 123-", max_size=40))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        tree = parse_text(text)
    except ValueError as refused:
        assert str(refused)
    else:
        assert parse_text(to_text(tree)) == tree


# ---- Whatever goes wrong, it stays shut --------------------------------------------------------------------------------

class Broken(Mapping[str, Anything]):
    """A mapping behind which something has failed."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def __getitem__(self, key: str) -> Anything:
        raise self.fault

    def __iter__(self) -> Iterator[str]:
        raise self.fault

    def __len__(self) -> int:
        return 1


FAULTS = [LookupError("x"), TimeoutError(), OSError("disk"), ValueError(), RecursionError(), ZeroDivisionError(), MemoryError(), AttributeError()]


def failing(fault: Exception) -> Iterator[Evidence]:
    yield LEVEL_1
    yield trained()
    raise fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("where", ["evidence", "validity_of", "titles", "data", "member"])
@pytest.mark.parametrize("tree", [GCP2, Any((Role("volunteer"), GCP2)), Not(GCP2), Not(Attended("gcp2-day"))], ids=to_text)
def test_any_fault_anywhere_leaves_it_shut_even_where_the_rest_would_open_it(fault: Exception, where: str, tree: Tree) -> None:
    broken = Broken(fault)
    evidence: Anything = failing(fault) if where == "evidence" else (LEVEL_1, trained())
    if where == "data":
        evidence = (LEVEL_1, Evidence(2, AMIRA, FactKind.ATTENDED, "gcp2-day", NOW - timedelta(days=1), actor_id=TRAINER, data=broken))
    facts = GateFacts(
        evidence, broken if where == "member" else MEMBER,  # type: ignore[arg-type]  # broken on purpose
        broken if where == "validity_of" else VALID, broken if where == "titles" else TITLES,
    )
    decision = evaluate(tree, facts, NOW, LONDON)
    assert not decision.open
    assert decision.steps == decision.missing == (COULD_NOT_TELL,)
    assert decision.fault


NOT_TREES: list[Anything] = [None, "all", {"role": "volunteer"}, True, 1]


@pytest.mark.parametrize("tree", [*NOT_TREES, *(All((YES, no)) for no in NOT_TREES), *(Any((YES, no)) for no in NOT_TREES), *map(Not, NOT_TREES)])
def test_what_is_not_a_tree_opens_nothing(tree: Anything) -> None:
    decision = decide(tree)
    assert not decision.open
    assert decision.fault


def test_an_item_with_no_known_validity_opens_nothing_even_where_another_way_is_met() -> None:
    assert decide(Any((YES, Attended("unknown"))), fact(1, "unknown", TODAY, FactKind.ATTENDED, TRAINER, trainer_id=TRAINER)).fault


def test_a_moment_without_a_zone_opens_nothing() -> None:
    assert not decide(YES, at=datetime(2026, 5, 26, 12, 0)).open


def test_a_level_that_is_not_a_number_opens_nothing() -> None:
    for level in ("2", None, True, 2.0):
        assert decide(Any((YES, Level("icon", 2))), fact(1, "icon", TODAY, level=level)).fault


def test_the_words_for_a_fault_tell_the_person_what_to_do_and_nothing_of_the_machine() -> None:
    decision = evaluate(GCP2, GateFacts(failing(OSError("/var/secret")), MEMBER, VALID), NOW, LONDON)
    assert decision.fault == "OSError: /var/secret"
    assert all("secret" not in step.text + step.next for step in decision.steps)

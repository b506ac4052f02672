"""Where people stand, and the words they are told: the same for the learner, the manager and the help desk."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elearn.rules.evidence import Evidence, FactKind
from elearn.rules.requirements import Member, Requirement
from elearn.rules.standing import (
    IN_DATE,
    SHOWN,
    WORST_FIRST,
    Figures,
    Standing,
    State,
    ago,
    ahead,
    cell,
    figures,
    overall,
    short,
    standing,
    worst,
)
from elearn.rules.validity import NEVER, Validity

LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 5, 26)
AMIRA = Member(1, agency_id=3, team_id=7, role="volunteer", joined=date(2026, 4, 1))
TWO_YEARS = Validity("rolling", months=24, window_days=60)


def at(day: date, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=LONDON)


def fact(id: int, day: date, kind: FactKind = FactKind.COMPLETED, **data: Any) -> Evidence:
    return Evidence(id, 1, kind, "icon", at(day), data=data)


def asked(due: date | None = date(2026, 12, 31), validity: Validity = TWO_YEARS) -> Requirement:
    return Requirement(1, "icon", validity, None if due is None else (due - AMIRA.joined).days, date(2025, 9, 1))


def stand(
    *facts: Evidence, requirement: Requirement | None = None, on: date = TODAY, in_progress: bool = False, validity: Validity = TWO_YEARS,
) -> Standing:
    return standing(facts, "icon", requirement, AMIRA, at(on), LONDON, validity, in_progress)


# ---- Each state, with its words ----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("held", "state", "reason", "few"), [
    (stand(), State.NOT_STARTED, "Not started yet. It is not required.", "Not needed"),
    (stand(requirement=asked(None)), State.NOT_STARTED, "Not started yet. It is required, with no date to do it by.", "Not yet"),
    (stand(requirement=asked()), State.NOT_STARTED, "Due by 31 December 2026, in 219 days.", "Not yet"),
    (stand(in_progress=True), State.IN_PROGRESS, "Started, and not finished yet. It is not required.", "Started"),
    (stand(requirement=asked(), in_progress=True), State.IN_PROGRESS,
     "Started, and not finished yet. Due by 31 December 2026, in 219 days.", "Started"),
    (stand(requirement=asked(date(2026, 5, 31))), State.DUE_SOON, "Due by 31 May 2026, in 5 days.", "Due 31 May"),
    (stand(requirement=asked(date(2026, 5, 31)), in_progress=True), State.DUE_SOON,
     "Started, and not finished yet. Due by 31 May 2026, in 5 days.", "Due 31 May"),
    (stand(requirement=asked(TODAY)), State.DUE_SOON, "Due by 26 May 2026, today.", "Due 26 May"),
    (stand(requirement=asked(date(2026, 5, 23))), State.OVERDUE, "It was due on 23 May 2026, 3 days ago.", "Late 3 days"),
    (stand(requirement=asked(date(2026, 5, 25))), State.OVERDUE, "It was due on 25 May 2026, yesterday.", "Late 1 day"),
    (stand(fact(1, date(2026, 2, 2)), requirement=asked()), State.CURRENT,
     "Done on 2 February 2026. It counts until 2 February 2028.", "Done 2 Feb"),
    (stand(fact(1, date(2024, 2, 2)), validity=NEVER), State.CURRENT, "Done on 2 February 2024. It has no end date.", "Done 2 Feb 2024"),
    (stand(fact(1, date(2024, 7, 4)), requirement=asked()), State.EXPIRING,
     "Done on 4 July 2024. It counts until 4 July 2026. Do it again by then to stay in date.", "Ends 4 Jul"),
    (stand(fact(1, date(2024, 5, 23)), requirement=asked(date(2026, 4, 30))), State.EXPIRED,
     "It ran out on 23 May 2026. Do it again to be in date.", "Ran out 23 May"),
    (stand(fact(1, date(2026, 5, 1), FactKind.EXEMPTED, reason="on leave.", until="2027-06-01"), requirement=asked()), State.EXEMPT,
     "Not needed until 1 June 2027: exempt, because on leave.", "Exempt"),
    (stand(fact(1, date(2026, 5, 1), FactKind.EXEMPTED, reason="not this role"), requirement=asked()), State.EXEMPT,
     "Not needed: exempt, because not this role.", "Exempt"),
])
def test_each_state_says_why_in_whole_sentences_and_in_few_words(held: Standing, state: State, reason: str, few: str) -> None:
    assert (held.state, held.reason, cell(held, TODAY)) == (state, reason, few)


@pytest.mark.parametrize(("until", "requirement", "on", "reason"), [
    ("2028-02-02", asked(), TODAY, "Done on 2 February 2026. It counts until 2 February 2028."),
    ("2029-02-02", asked(), TODAY,
     "Done on 2 February 2026. It counts until 2 February 2028. The certificate says 2 February 2029, which was right when it was made."),
    (None, asked(), TODAY,
     "Done on 2 February 2026. It counts until 2 February 2028. The certificate has no end date, which was right when it was made."),
    ("2027-02-02", asked(validity=NEVER), TODAY,
     "Done on 2 February 2026. It has no end date. The certificate says 2 February 2027, which was right when it was made."),
    ("2029-02-02", asked(), date(2028, 2, 2),
     "Done on 2 February 2026. It counts until 2 February 2028. Do it again by then to stay in date. "
     "The certificate says 2 February 2029, which was right when it was made."),
    ("2029-02-02", asked(), date(2028, 2, 3),
     "It ran out on 2 February 2028. Do it again to be in date. The certificate says 2 February 2029, which was right when it was made."),
])
def test_a_certificate_with_another_end_is_named_beside_the_end_that_holds_now(
    until: str | None, requirement: Requirement, on: date, reason: str
) -> None:
    """M28: nobody is left with two dates and no word about them."""
    done, other = fact(1, date(2026, 2, 2)), fact(3, date(2026, 2, 2), FactKind.AWARDED, of=99, until="2040-01-01")
    award = fact(2, date(2026, 2, 2), FactKind.AWARDED, code="X", of=1, until=until)
    assert stand(done, award, other, requirement=requirement, on=on).reason == reason
    renamed = fact(4, date(2026, 3, 1), FactKind.AWARDED, code="Y", of=1, until=until)
    assert stand(done, award, other, renamed, requirement=requirement, on=on).reason == reason


def test_an_award_of_before_its_end_was_noted_says_nothing() -> None:
    award = fact(2, date(2026, 2, 2), FactKind.AWARDED, code="X", of=1)
    assert stand(fact(1, date(2026, 2, 2)), award, requirement=asked()).reason == "Done on 2 February 2026. It counts until 2 February 2028."


def test_every_state_has_words_an_icon_and_a_place() -> None:
    assert set(SHOWN) == set(WORST_FIRST) == set(State)
    assert {kind for kind, _ in SHOWN.values()} <= {"done", "doing", "due", "late", "todo", "expired"}
    assert [state for state, (kind, _) in SHOWN.items() if kind == "done"] == [State.CURRENT], "only training has a tick"
    assert len({label for _, label in SHOWN.values()}) == len(State)


def test_it_carries_its_dates_and_the_facts_it_rests_on() -> None:
    held = stand(fact(4, date(2024, 2, 2)), fact(9, date(2026, 2, 2)), requirement=asked())
    assert (held.done_on, held.until, held.due, held.required, held.evidence) == (
        date(2026, 2, 2), date(2028, 2, 2), date(2028, 2, 2), True, (4, 9),
    )
    assert stand(fact(4, date(2026, 2, 2))).due is None, "nothing is due of what is not required"


# ---- Honest colours ----------------------------------------------------------------------------------------------------

def test_someone_who_never_trained_is_never_shown_as_in_order_due_day_or_not() -> None:
    for requirement in (None, asked(None), asked(), asked(TODAY)):
        for begun in (False, True):
            assert not stand(requirement=requirement, in_progress=begun).in_date


def test_training_that_ran_out_is_not_in_date_whether_required_or_not() -> None:
    old = fact(1, date(2020, 1, 1))
    assert stand(old).state is stand(old, requirement=asked()).state is State.EXPIRED
    assert not stand(old).in_date


def test_the_requirement_says_how_long_it_counts_and_not_the_item() -> None:
    done = fact(1, date(2025, 1, 1))
    assert stand(done, requirement=asked(validity=Validity("rolling", 12)), validity=NEVER).state is State.EXPIRED
    assert stand(done, validity=NEVER).state is State.CURRENT


def test_due_soon_begins_as_many_days_before_as_the_requirement_says() -> None:
    due = date(2026, 12, 31)
    assert stand(requirement=asked(due), on=due - timedelta(days=31)).state is State.NOT_STARTED
    assert stand(requirement=asked(due), on=due - timedelta(days=30)).state is State.DUE_SOON


def test_expiring_begins_when_the_window_opens() -> None:
    done = fact(1, date(2024, 7, 4))
    assert stand(done, on=date(2026, 5, 4)).state is State.CURRENT
    assert stand(done, on=date(2026, 5, 5)).state is State.EXPIRING


def test_in_the_window_the_old_training_counts_and_the_new_is_added() -> None:
    rule = Validity("anniversary", 12, 60)
    first, again = fact(1, date(2025, 6, 10)), fact(2, date(2026, 5, 20))
    before = stand(first, validity=rule, on=date(2026, 5, 19))
    after = stand(first, again, validity=rule, on=date(2026, 5, 20))
    assert (before.state, before.until) == (State.EXPIRING, date(2026, 6, 10))
    assert (after.state, after.until, after.evidence) == (State.CURRENT, date(2027, 6, 10), (1, 2))


# ---- Midnight ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("last", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25), date(2026, 7, 4), date(2026, 12, 31)])
def test_it_counts_to_the_last_second_of_its_last_day_in_london(last: date) -> None:
    done = fact(1, date(last.year - 2, last.month, last.day))
    last_second = at(last, 23, 59, 59).astimezone(UTC)
    midnight = last_second + timedelta(seconds=1)
    assert midnight.astimezone(LONDON).time().isoformat() == "00:00:00"
    states = [standing([done], "icon", None, AMIRA, moment, LONDON, TWO_YEARS).state for moment in (last_second, midnight)]
    assert states == [State.EXPIRING, State.EXPIRED]


@pytest.mark.parametrize("due", [date(2026, 10, 24), date(2026, 10, 25), date(2027, 3, 28)])
def test_it_is_late_only_when_the_due_day_is_over_in_london(due: date) -> None:
    last_second = at(due, 23, 59, 59).astimezone(UTC)
    states = [
        standing([], "icon", asked(due), AMIRA, moment, LONDON, TWO_YEARS).state for moment in (last_second, last_second + timedelta(seconds=1))
    ]
    assert states == [State.DUE_SOON, State.OVERDUE]


def test_done_late_on_a_summer_evening_is_done_on_the_day_on_the_wall() -> None:
    done = Evidence(1, 1, FactKind.COMPLETED, "icon", datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    held = standing([done], "icon", None, AMIRA, at(date(2026, 8, 1)), LONDON, TWO_YEARS)
    assert (held.done_on, held.until) == (date(2026, 7, 1), date(2028, 7, 1))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="which zone"):
        standing([], "icon", None, AMIRA, datetime(2026, 5, 26), LONDON, NEVER)


# ---- Decisions ---------------------------------------------------------------------------------------------------------

def test_an_extension_moves_the_due_day_and_is_part_of_the_evidence() -> None:
    extended = fact(5, date(2026, 5, 20), FactKind.EXTENDED, reason="was ill", due="2026-06-10")
    held = stand(extended, requirement=asked(date(2026, 5, 23)))
    assert (held.state, held.due, held.evidence) == (State.DUE_SOON, date(2026, 6, 10), (5,))
    assert stand(extended, requirement=asked(date(2026, 5, 23)), on=date(2026, 6, 11)).state is State.OVERDUE


def test_an_extension_never_makes_the_due_day_earlier() -> None:
    extended = fact(5, date(2026, 5, 20), FactKind.EXTENDED, reason="mistake", due="2026-05-21")
    assert stand(extended, requirement=asked(date(2026, 6, 23))).due == date(2026, 6, 23)


def test_the_newest_extension_holds_and_one_made_by_mistake_can_be_undone() -> None:
    long = fact(5, date(2026, 5, 1), FactKind.EXTENDED, reason="ill", due="2026-08-01")
    shorter = fact(6, date(2026, 5, 2), FactKind.EXTENDED, reason="better", due="2026-06-10")
    undone = fact(7, date(2026, 5, 3), FactKind.UNDONE, of=6, reason="wrong person")
    assert stand(long, shorter, requirement=asked(date(2026, 5, 23))).due == date(2026, 6, 10)
    assert stand(long, shorter, undone, requirement=asked(date(2026, 5, 23))).due == date(2026, 8, 1)


def test_of_two_decisions_the_one_written_last_holds_even_when_the_clock_was_set_back_between_them() -> None:
    first = fact(5, date(2026, 5, 2), FactKind.EXTENDED, reason="ill", due="2026-08-01")
    last = fact(6, date(2026, 5, 1), FactKind.EXTENDED, reason="better", due="2026-06-10")
    assert stand(first, last, requirement=asked(date(2026, 5, 23))).due == date(2026, 6, 10)


def test_what_ran_out_before_it_was_asked_for_is_due_when_it_is_for_those_who_never_did_it() -> None:
    held = stand(fact(1, date(2023, 5, 23)), requirement=asked(date(2026, 6, 20)))
    assert (held.state, held.until, held.due) == (State.EXPIRED, date(2025, 5, 23), date(2026, 6, 20))
    assert held.reason == "It ran out on 23 May 2025. Do it again by 20 June 2026 to be in date."
    assert stand(fact(1, date(2023, 5, 23)), requirement=asked(None)).due == date(2025, 5, 23)
    late = stand(fact(1, date(2023, 5, 23)), requirement=asked(date(2026, 5, 20)))
    assert (late.due, late.reason) == (date(2026, 5, 20), "It ran out on 23 May 2025. Do it again to be in date.")


def test_more_time_to_renew_is_said_but_does_not_hide_that_it_ran_out() -> None:
    extended = fact(5, date(2026, 5, 20), FactKind.EXTENDED, reason="ill", due="2026-06-10")
    held = stand(fact(1, date(2024, 5, 23)), extended, requirement=asked(date(2026, 4, 30)))
    assert (held.state, held.due) == (State.EXPIRED, date(2026, 6, 10))
    assert held.reason == "It ran out on 23 May 2026. Do it again by 10 June 2026 to be in date."


def test_an_exemption_holds_to_the_end_of_its_last_day_and_nobody_is_late_for_it_afterwards() -> None:
    exempted = fact(5, date(2026, 5, 1), FactKind.EXEMPTED, reason="on leave", until="2026-09-01")
    requirement = asked(date(2026, 5, 23))
    assert stand(exempted, requirement=requirement, on=date(2026, 9, 1)).state is State.EXEMPT
    after = stand(exempted, requirement=requirement, on=date(2026, 9, 2))
    assert (after.state, after.due, after.reason) == (State.OVERDUE, date(2026, 9, 1), "It was due on 1 September 2026, yesterday.")


def test_training_in_date_is_shown_before_an_exemption_and_the_exemption_before_training_that_ran_out() -> None:
    exempted = fact(5, date(2026, 5, 1), FactKind.EXEMPTED, reason="on leave")
    assert stand(exempted, fact(1, date(2026, 2, 2)), requirement=asked()).state is State.CURRENT
    held = stand(exempted, fact(1, date(2020, 2, 2)), requirement=asked())
    assert (held.state, held.done_on, held.evidence) == (State.EXEMPT, date(2020, 2, 2), (5,))


def test_what_was_taken_back_no_longer_counts_and_the_person_is_told() -> None:
    facts = (fact(1, date(2026, 2, 2)), fact(2, date(2026, 3, 3), FactKind.REVOKED, of=1, reason="the wrong Amira"))
    held = stand(*facts, requirement=asked(date(2026, 5, 23)))
    assert held.state is State.OVERDUE
    assert held.reason == (
        "What was recorded for 2 February 2026 was taken back on 3 March 2026, because the wrong Amira. It was due on 23 May 2026, 3 days ago."
    )
    assert stand(*facts, requirement=asked(), on=date(2026, 3, 2)).state is State.CURRENT, "until then it counted"


def test_attendance_on_a_trainers_register_counts_and_on_ones_own_does_not() -> None:
    assert stand(fact(1, date(2026, 2, 2), FactKind.ATTENDED, trainer_id=9)).state is State.CURRENT
    assert stand(fact(1, date(2026, 2, 2), FactKind.ATTENDED, trainer_id=1)).state is State.NOT_STARTED


def test_other_peoples_facts_and_other_items_do_not_count() -> None:
    other = Evidence(1, 2, FactKind.COMPLETED, "icon", at(TODAY))
    elsewhere = Evidence(2, 1, FactKind.COMPLETED, "neglect", at(TODAY))
    assert stand(other, elsewhere).state is State.NOT_STARTED


# ---- The past stays as it was ------------------------------------------------------------------------------------------

days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
kinds = st.sampled_from([FactKind.COMPLETED, FactKind.ATTENDED, FactKind.EXEMPTED, FactKind.EXTENDED, FactKind.REVOKED, FactKind.READ])


@st.composite
def ledgers(draw: st.DrawFn) -> list[Evidence]:
    facts = []
    for id in range(1, draw(st.integers(0, 8)) + 1):
        kind, day = draw(kinds), draw(days)
        by_kind: dict[FactKind, dict[str, Any]] = {
            FactKind.ATTENDED: {"trainer_id": draw(st.sampled_from([1, 9]))},
            FactKind.EXEMPTED: {"reason": "leave", "until": draw(st.sampled_from([None, "2026-09-01"]))},
            FactKind.EXTENDED: {"reason": "ill", "due": draw(days).isoformat()},
            FactKind.REVOKED: {"reason": "mistake", "of": draw(st.integers(1, 8))},
        }
        facts.append(fact(id, day, kind, **by_kind.get(kind, {})))
    return facts


validities = st.sampled_from([NEVER, TWO_YEARS, Validity("anniversary", 12, 60), Validity("fixed", 12, 60, (12, 1), 6)])
requirements = st.one_of(st.none(), st.builds(asked, st.one_of(st.none(), st.dates(date(2026, 4, 1), date(2027, 4, 1))), validities))


@given(ledgers(), ledgers(), requirements, validities, days, st.booleans())
def test_what_is_learned_later_never_changes_where_someone_stood(
    known: list[Evidence], later: list[Evidence], requirement: Requirement | None, validity: Validity, on: date, begun: bool,
) -> None:
    news = [Evidence(100 + one.id, 1, one.kind, "icon", one.at + timedelta(days=2_000), data=one.data) for one in later]
    then = stand(*known, requirement=requirement, on=on, validity=validity, in_progress=begun)
    assert stand(*known, *news, requirement=requirement, on=on, validity=validity, in_progress=begun) == then


@given(ledgers(), requirements, validities, days, st.booleans())
def test_every_standing_is_whole_and_honest(
    facts: list[Evidence], requirement: Requirement | None, validity: Validity, on: date, begun: bool,
) -> None:
    held = stand(*facts, requirement=requirement, on=on, validity=validity, in_progress=begun)
    assert held.reason.endswith(".")
    assert cell(held, on)
    if held.state in (State.CURRENT, State.EXPIRING):
        assert held.done_on and held.done_on <= on
        assert held.until is None or held.until >= on
    if held.state is State.EXPIRED:
        assert held.until and held.until < on
    if held.state is State.OVERDUE:
        assert held.due and held.due < on
    if held.in_date:
        assert held.evidence, "in order means that something says so"
    by_id = {one.id: one for one in facts}
    assert all(by_id[id].at <= at(on) for id in held.evidence)


@given(ledgers(), validities, days, st.integers(1, 900))
def test_time_alone_never_brings_training_back_into_date(facts: list[Evidence], validity: Validity, on: date, more: int) -> None:
    facts = [one for one in facts if one.kind is not FactKind.EXEMPTED]
    known = [one for one in facts if one.at <= at(on)]
    order = [State.CURRENT, State.EXPIRING, State.EXPIRED]
    now, then = (stand(*known, on=day, validity=validity).state for day in (on, on + timedelta(days=more)))
    if now in order:
        assert order.index(then) >= order.index(now)


# ---- Several together --------------------------------------------------------------------------------------------------

def a(state: State, *, due: date | None = None, until: date | None = None, required: bool = True) -> Standing:
    return Standing("icon", state, "Because.", None, until, due, required, ())


@pytest.mark.parametrize(("standings", "shown"), [
    ([a(State.OVERDUE), a(State.EXPIRED), a(State.CURRENT)], ("late", "2 overdue")),
    ([a(State.DUE_SOON, due=date(2026, 6, 20)), a(State.DUE_SOON, due=date(2026, 5, 31))], ("due", "Due in 5 days")),
    ([a(State.EXPIRING, until=date(2026, 5, 27)), a(State.NOT_STARTED)], ("due", "Ends tomorrow")),
    ([a(State.IN_PROGRESS), a(State.NOT_STARTED)], ("doing", "Started")),
    ([a(State.CURRENT), a(State.NOT_STARTED)], ("todo", "Not yet")),
    ([a(State.CURRENT), a(State.EXEMPT)], ("done", "Up to date")),
    ([a(State.CURRENT), a(State.EXPIRED, required=False)], ("done", "Up to date")),
    ([a(State.CURRENT, required=False)], ("todo", "Nothing needed")),
    ([], ("todo", "Nothing needed")),
])
def test_overall_a_person_is_shown_by_what_most_needs_doing(standings: list[Standing], shown: tuple[str, str]) -> None:
    assert overall(standings, TODAY) == shown


def test_the_worst_of_nothing_required_is_nothing_and_not_up_to_date() -> None:
    assert worst([]) is None
    assert worst([a(State.OVERDUE, required=False)]) is None
    assert worst([a(State.CURRENT), a(State.EXPIRING), a(State.OVERDUE)]) is State.OVERDUE


def test_all_that_is_in_order_comes_last() -> None:
    assert set(WORST_FIRST[-2:]) < IN_DATE


def test_the_figures_count_people_and_not_items() -> None:
    team: list[Sequence[Standing]] = [
        [a(State.CURRENT), a(State.EXEMPT)],
        [a(State.OVERDUE), a(State.EXPIRED), a(State.EXPIRING)],
        [a(State.DUE_SOON), a(State.DUE_SOON)],
        [a(State.EXPIRING)],
        [a(State.NOT_STARTED)],
        [a(State.CURRENT, required=False)],
        [],
    ]
    assert figures(team) == Figures(people=7, up_to_date=2, due_soon=1, late=1, ending=2, nothing_needed=2)


def test_a_short_date_names_the_year_only_when_it_could_be_mistaken() -> None:
    assert short(date(2025, 11, 9), TODAY) == "9 Nov"
    assert short(date(2025, 5, 26), TODAY) == "26 May 2025"
    assert short(date(2027, 5, 26), TODAY) == "26 May 2027"


def test_days_are_said_as_people_say_them() -> None:
    assert [ahead(0), ahead(1), ahead(2), ago(1), ago(2)] == ["today", "tomorrow", "in 2 days", "yesterday", "2 days ago"]

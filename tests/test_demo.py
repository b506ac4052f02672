"""The demo: believable, whole, the same every time, and sound by every rule the records are held to."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from elearn import demo
from elearn.actions import checking, passwords, reach
from elearn.actions.overview import Record, records
from elearn.content import library
from elearn.content.library import Library
from elearn.content.markdown import Outside
from elearn.demo.people import CAST
from elearn.records import ledger, outbox, people, tenancy
from elearn.records.certificates import CertificateRow, WithdrawalRow
from elearn.records.db import writing
from elearn.records.learning import AskRow
from elearn.records.people import AgencyRow, PersonRow, TeamRow
from elearn.records.resources import ResourceReadRow
from elearn.rules.evidence import FactKind
from elearn.rules.standing import State
from elearn.settings import ROOT
from tests import builders
from tests.databases import connect

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def content() -> Library:
    return library.load(ROOT / "modules", today=NOW.date())[0]


@pytest.fixture(scope="module")
def filled(content: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    address = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'elearn.sqlite'}"
    builders.make_tables(address)
    engine = connect(address)
    with Session(engine, expire_on_commit=False) as session, writing(session):
        demo.fill(session, content, NOW, Outside())
    yield engine
    engine.dispose()


@pytest.fixture
def session(filled: Engine) -> Iterator[Session]:
    with Session(filled) as opened:
        yield opened


@pytest.fixture
def everyone(session: Session, content: Library) -> list[Record]:
    teams = [team.id for team in people.teams(session)]
    return records(session, people.profiles_in(session, teams), content.courses, NOW, LONDON)


def test_there_are_6_agencies_20_teams_and_400_people(session: Session) -> None:
    assert [session.scalar(select(func.count()).select_from(row)) for row in (AgencyRow, TeamRow, PersonRow)] == [6, 20, 400]


def test_no_rule_of_the_records_is_broken(session: Session) -> None:
    assert checking.check(session, NOW, checking.reader(session, Outside())).breaches == ()


def test_every_standing_is_there(everyone: list[Record]) -> None:
    found = Counter(held.state for record in everyone for held in record.standings.values())
    assert set(found) == set(State)
    assert found[State.CURRENT] > sum(found.values()) / 2, "most people are in order, as in real life"


def test_a_theme_reached_some_of_every_kind_in_its_month_and_nobody_read_before_they_joined(session: Session, content: Library) -> None:
    theme = content.themes["2026-05-child-neglect"]
    cards = [slug for slug in theme.items if slug in content.resources]
    found = reach.of_theme(session, theme, cards, people.teams(session), LONDON)
    headcount, together = reach.together(found, cards)
    assert all(0 < together.items[slug].read < headcount / 2 for slug in cards), together.items
    briefings = [slug for slug in theme.items if slug in content.courses and content.courses[slug].kind == "safer7"]
    _, learned = reach.together(reach.of_theme(session, theme, briefings, people.teams(session), LONDON), briefings)
    assert all(0 < learned.items[slug].done <= learned.items[slug].read for slug in briefings), learned.items
    days = [slug for slug in theme.items if slug in content.courses and content.courses[slug].kind == "live"]
    _, taught = reach.together(reach.of_theme(session, theme, days, people.teams(session), LONDON), days)
    assert all(3 <= taught.items[slug].done <= 30 for slug in days), taught.items
    assert together.items["aces"].read > together.items["poster-worried"].read
    assert len({round(team.anything / team.people, 1) for team in found if team.people}) > 3, "teams differ"
    read = session.execute(select(ResourceReadRow.day, PersonRow.joined, PersonRow.left).join(PersonRow, PersonRow.id == ResourceReadRow.person_id))
    assert all(joined <= day <= (left or NOW.date()) for day, joined, left in read)


def test_every_kind_of_fact_and_request_is_there(session: Session) -> None:
    kinds = {fact.kind for person in session.scalars(select(PersonRow.id)) for fact in ledger.of_person(session, person)}
    assert kinds >= set(FactKind) - {FactKind.UNDONE}
    assert session.scalar(select(func.count()).select_from(WithdrawalRow)) == 1
    assert session.scalar(select(func.count()).select_from(CertificateRow).where(CertificateRow.supersedes.is_not(None))) == 1
    waiting = session.scalars(select(AskRow).where(AskRow.decided.is_(None))).all()
    assert [session.get_one(PersonRow, ask.person_id).name for ask in waiting] == ["Tomasz Nowak"]


def test_the_people_one_signs_in_as_are_as_they_are_said_to_be(everyone: list[Record]) -> None:
    held: Mapping[str, Mapping[str, State]] = {
        record.profile.name: {item: standing.state for item, standing in record.standings.items()} for record in everyone
    }
    assert held["Amira Khan"]["child-abuse-and-neglect"] is State.IN_PROGRESS
    assert set(held["Bethan Rees"].values()) <= {State.CURRENT, State.EXPIRING}
    assert held["Bethan Rees"]["graded-care-profile-2"] in {State.CURRENT, State.EXPIRING}
    assert set(held["Joan Pickering"].values()) <= {State.CURRENT, State.EXPIRING}
    assert State.OVERDUE in held["Kwame Mensah"].values()
    assert set(held["Siân Hughes"].values()) == {State.NOT_STARTED}


def test_history_goes_back_two_years_and_stops_before_now(session: Session) -> None:
    first, last = session.execute(select(func.min(ledger.FactRow.at), func.max(ledger.FactRow.recorded))).one()
    assert (NOW - first).days > 690
    assert last < NOW


def test_only_those_in_the_table_have_a_password_and_it_is_the_one_printed(session: Session) -> None:
    kept = {row.email: row.password for row in session.scalars(select(PersonRow)) if row.password}
    assert set(kept) == {plan.mail for plan in CAST if plan.signs_in}
    assert passwords.matches(kept["amira.khan@oakfield.example"], demo.PASSWORD)
    assert all(mail in demo.sign_ins() for mail in kept)


def test_nobody_real_can_be_reached(session: Session) -> None:
    assert all(row.email.endswith(".example") for row in session.scalars(select(PersonRow)))
    assert all(re.fullmatch(r"0306 999 0\d{3}", contact.number) for contact in tenancy.contacts(session))
    assert tenancy.tool_addresses(session) == {"gcp2": "https://tools.westmere.example/gcp2"}


def test_no_pdf_is_printed_before_someone_asks(session: Session) -> None:
    assert not outbox.waiting(session, NOW)


def test_names_come_from_everywhere_in_many_letters_and_lengths(session: Session) -> None:
    names = list(session.scalars(select(PersonRow.name)))
    assert len(set(names)) == 400
    assert any("\u0600" <= char <= "\u06ff" for name in names for char in name), "Arabic"
    assert max(map(len, names)) > 80
    assert min(map(len, names)) <= 2


def small(content: Library, folder: Path) -> list[tuple[object, ...]]:
    address = f"sqlite:///{folder / 'elearn.sqlite'}"
    builders.make_tables(address)
    engine = connect(address)
    with Session(engine, expire_on_commit=False) as session, writing(session):
        demo.fill(session, content, NOW, Outside(), plans=CAST)
    with Session(engine) as session:
        found: list[tuple[object, ...]] = [
            (fact.person_id, fact.kind, fact.item, fact.at)
            for id in session.scalars(select(PersonRow.id)) for fact in ledger.of_person(session, id)
        ]
    engine.dispose()
    return found


def test_the_same_day_makes_the_same_history(content: Library, tmp_path_factory: pytest.TempPathFactory) -> None:
    make: Callable[[], Path] = lambda: tmp_path_factory.mktemp("small")  # noqa: E731  (said twice below)
    assert small(content, make()) == small(content, make())


def test_it_never_mixes_with_people_who_are_here(session: Session, content: Library) -> None:
    with pytest.raises(demo.NotEmpty):
        demo.fill(session, content, NOW, Outside())

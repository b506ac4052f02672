"""What belongs to the partnership: its name, its numbers, the addresses of its tools. The newest entry counts."""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from elearn.records import tenancy
from elearn.records.db import writing
from elearn.records.tenancy import NEW, LocalContact
from tests import builders
from tests.databases import Database

NOW = datetime(2026, 5, 26, 8, 30, tzinfo=UTC)


def test_a_partnership_that_said_nothing_yet_has_a_name_to_show(database: Database) -> None:
    with database() as session:
        assert tenancy.partnership(session) == NEW


def test_the_partnership_is_one_row_and_may_be_changed(database: Database) -> None:
    westmere = replace(NEW, name="Westmere Safeguarding People Partnership", prefix="WM7", signer="Dr Nadia Sow", signer_role="Chair")
    westmere = replace(westmere, level_1="Everyday help", level_2="A bit more", level_3="Joined-up help", level_4="مساعدة")
    for facts in (NEW, westmere):
        with database() as session, writing(session):
            tenancy.save_partnership(session, facts)
    with database() as session:
        assert tenancy.partnership(session) == westmere
    assert westmere.levels == ("Everyday help", "A bit more", "Joined-up help", "مساعدة")


def test_the_newest_number_counts_for_each_agency_and_an_empty_one_hides_it(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)

        def save(number: str, agency_id: int | None = None, key: str = "childrens-services") -> None:
            tenancy.save_contact(session, LocalContact(key, agency_id, "Children’s services", number, "", date(2026, 5, 1)), who.ada.id, NOW)

        save("01632 960001")
        save("01632 960002")
        save("01632 960003", who.agency_id)
        save("01632 960004", key="lado")
        save("", key="lado")
    with database() as session:
        found = {(one.key, one.agency_id): one.number for one in tenancy.contacts(session)}
    assert found == {("childrens-services", None): "01632 960002", ("childrens-services", who.agency_id): "01632 960003"}


def test_a_tool_has_an_address_only_while_its_licence_is_confirmed(database: Database) -> None:
    with database() as session, writing(session):
        who = builders.everybody(session, NOW)
        tenancy.set_tool_address(session, "gcp2", "https://one.example", True, who.ada.id, NOW)
        tenancy.set_tool_address(session, "gcp2", "https://two.example", True, who.ada.id, NOW)
        tenancy.set_tool_address(session, "other", "https://three.example", False, who.ada.id, NOW)
    with database() as session:
        assert tenancy.tool_addresses(session) == {"gcp2": "https://two.example"}
    with database() as session, writing(session):
        tenancy.set_tool_address(session, "gcp2", "https://two.example", False, who.ada.id, NOW)
        assert tenancy.tool_addresses(session) == {}

"""The office corrects the name on a certificate and takes certificates back; nobody does so for themselves."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.records import certificates
from elearn.records.db import writing
from elearn.records.sessions import SessionRow
from elearn.rules.certificates import grouped
from elearn.rules.evidence import FactKind
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, course_of

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


@pytest.fixture
def issue(app: Flask, records: Records) -> Callable[[Who], str]:
    """Gives someone the certificate of the level 1 course; returns its number."""

    def give(who: Who) -> str:
        with records() as session, writing(session):
            return evidence.complete(
                session, who.id, course_of(app, LEVEL1), clock.now(), ZoneInfo("Europe/London"), FactKind.COMPLETED, who.id, "Passed, 18 of 20",
                via="quiz",
            )

    return give


@pytest.fixture
def bobs(issue: Callable[[Who], str], people: People) -> str:
    return issue(people.bob)


def office(browse: Browse, who: Who, code: str) -> Page:
    return browse(who).get(f"/office/certificates/{code}")


@pytest.mark.parametrize("name", ["Robert Adeyemi-Jones", "عبد الرحمن بن محمد الفارسي", "王" * 120])
def test_a_corrected_name_stands_on_a_new_certificate_and_the_old_number_leads_to_it(
    browse: Browse, people: People, bobs: str, records: Records, name: str
) -> None:
    page = browse(people.ada).get(f"/office/people/{people.bob.id}")
    page.get(page.link(grouped(bobs)))
    page.post(f"/office/certificates/{bobs}/name", {"holder": name}).says("There is a new certificate", name)
    new = page.path.split("/")[3].split("?")[0]
    assert new != bobs
    with records() as session:
        made = certificates.one(session, new)
    assert made is not None and made.holder_name == name and made.result == "Passed, 18 of 20"
    browse(None).get(f"/c/{bobs}").says("A newer certificate takes the place of this one", grouped(new))
    browse(None).get(f"/c/{new}").says("real and in date")
    office(browse, people.ada, bobs).says("It was replaced", grouped(new)).never_says("Correct the name", "Take it back")
    browse(people.bob).get("/my").says("Done")


def test_a_second_click_makes_no_second_certificate(browse: Browse, people: People, bobs: str, records: Records) -> None:
    page = office(browse, people.ada, bobs)
    twin = office(browse, people.ada, bobs)
    page.post(f"/office/certificates/{bobs}/name", {"holder": "Robert"})
    twin.post(f"/office/certificates/{bobs}/name", {"holder": "Robert"}).says("There is a new certificate")
    assert twin.path == page.path
    with records() as session:
        assert len(certificates.of_person(session, people.bob.id)) == 2


def test_what_is_taken_back_no_longer_counts_and_everyone_who_checks_is_told_why(browse: Browse, people: People, bobs: str) -> None:
    page, twin = office(browse, people.ada, bobs), office(browse, people.ada, bobs)
    reason = {"reason": "The quiz was taken by somebody else."}
    for one in (page, twin):
        one.post(f"/office/certificates/{bobs}/take-back", reason).says("The certificate is taken back", *reason.values())
    browse(None).get(f"/c/{bobs}").says(*reason.values())
    browse(people.bob).get("/tools/gcp2", 403).says("0 of 2 done")
    browse(people.alice).get(f"/team/people/{people.bob.id}").says("was taken back by", *reason.values())


@pytest.mark.parametrize(
    ("what", "given", "words"),
    [
        ("name", {"holder": " "}, "Type the name as it should stand"), ("name", {"holder": "n" * 121}, "120 letters at most"),
        ("name", {}, "The certificate has this name already"), ("take-back", {"reason": ""}, "Say why it is taken back"),
        ("take-back", {"reason": "r" * 301}, "300 letters at most"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    browse: Browse, people: People, bobs: str, what: str, given: dict[str, str], words: str
) -> None:
    page = office(browse, people.ada, bobs)
    sent = given or {"holder": people.bob.name}
    page.forge(f"/office/certificates/{bobs}/{what}", sent, status=422).says("There is a problem", words)
    kept = dict(page.form(f"/office/certificates/{bobs}/{what}").values)
    assert all(kept[name] == text.strip() for name, text in sent.items())


@pytest.mark.parametrize("what", [{"holder": "Robert"}, {"reason": "It was a mistake."}])
def test_a_computer_left_open_changes_no_certificate(
    browse: Browse, people: People, bobs: str, records: Records, what: dict[str, str]
) -> None:
    page = office(browse, people.ada, bobs)
    with records() as session, writing(session):
        session.execute(update(SessionRow).where(SessionRow.person_id == people.ada.id).values(fresh=clock.now() - timedelta(hours=1)))
    page.post(f"/office/certificates/{bobs}/{'name' if 'holder' in what else 'take-back'}", what)
    assert page.path.startswith("/account/confirm")
    page.get(f"/office/certificates/{bobs}?kept=1").says("We kept what you typed")
    assert what.items() <= dict([pair for form in page.forms for pair in form.values]).items()
    browse(None).get(f"/c/{bobs}").says("real and in date")


def test_nobody_changes_their_own_and_nobody_else_may(browse: Browse, people: People, issue: Callable[[Who], str], bobs: str) -> None:
    browse(people.ada).get(f"/office/certificates/{issue(people.ada)}", 404)
    for who in (people.bob, people.alice, people.tess):
        browse(who).get(f"/office/certificates/{bobs}", 404)
    browse(people.ada).get("/office/certificates/WM7-NOT-A-NUMBER", 404)

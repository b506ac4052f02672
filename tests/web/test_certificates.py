"""One's own certificates, their PDFs, and the page on which anyone checks a number."""
from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.actions.certificates import held, reissue, withdraw
from elearn.documents.certificate import NameNotPrinted
from elearn.records import certificates, membership, requirements
from elearn.records.db import writing
from elearn.records.people import PersonRow
from elearn.rules.certificates import LONGEST_NAME, Certificate, grouped, new_code
from elearn.rules.evidence import FactKind
from elearn.rules.requirements import Requirement
from elearn.rules.validity import NEVER, Validity, add_months, in_words
from elearn.web.areas import certificates as area
from tests.builders import People, Who
from tests.page import Page

LONDON = ZoneInfo("Europe/London")
Browse = Callable[..., Page]
Records = Callable[[], Session]
Give = Callable[..., str]

MOST_STATEMENTS = 3
"""The session with its person, the certificate or certificates, and at most one more for the frame."""


@pytest.fixture
def give(app: Flask, records: Records) -> Give:
    """Issues a certificate: ``give(who, "child-neglect", days=3)`` was earned three days ago."""

    def issue(who: Who, slug: str = "child-neglect", days: int = 0) -> str:
        course, at = app.extensions["catalogue"].courses[slug], clock.now() - timedelta(days=days)
        with records() as session, writing(session):
            return evidence.complete(session, who.id, course, at, LONDON, FactKind.COMPLETED, who.id, "Passed, 9 of 10", via="quiz")

    return issue


def _issued(records: Records, code: str) -> Certificate:
    with records() as session:
        found = certificates.one(session, code)
    assert found is not None
    return found


def _withdraw(records: Records, code: str, by: Who, reason: str = "Recorded for the wrong person") -> None:
    with records() as session, writing(session):
        withdraw(session, code, reason, by.id, clock.now())


def _reissue(records: Records, code: str, by: Who, name: str) -> str:
    with records() as session, writing(session):
        return reissue(session, code, name, by.id, clock.now(), LONDON)


@pytest.fixture(autouse=True)
def _nobody_has_guessed(app: Flask) -> None:
    app.extensions.pop("missed-numbers", None)


# ---- One's own

def test_nobody_has_certificates_to_begin_with(people: People, browse: Browse) -> None:
    page = browse(people.bob).get("/certificates").says("None yet")
    assert page.h1 == "Your certificates"
    assert not any("all.zip" in link for link in page.links())


@pytest.mark.breaks_invariants("The ledger is written in the order of time", reason="issued long ago, but written down by this test")
def test_the_list_shows_every_certificate_and_how_it_stands(people: People, browse: Browse, give: Give, records: Records) -> None:
    old, ending = give(people.bob, "child-neglect", 800), give(people.bob, "professional-curiosity", 330)
    wrong, named = give(people.bob, "child-abuse-and-neglect", 2), give(people.bob, "child-neglect", 1)
    _withdraw(records, wrong, people.ada)
    fresh = _reissue(records, named, people.ada, "Robert Adeyemi")
    page = browse(people.bob).get("/certificates")
    page.says("Ran out on " + in_words(_issued(records, old).until or date.max))
    page.says("Ends " + in_words(_issued(records, ending).until or date.max))
    page.says("In date until " + in_words(_issued(records, fresh).until or date.max))
    page.says("Taken back", "Replaced", "Download all 3", "Child abuse and neglect, level 1")
    shown = [link.rpartition("/")[2] for link in page.links() if link.startswith("/certificates/EX")]
    assert shown == [fresh, named, wrong, ending, old]
    assert len(page.statements) <= MOST_STATEMENTS, page.statements


def test_a_certificate_says_what_was_frozen(people: People, browse: Browse, give: Give, records: Records) -> None:
    code = give(people.bob, "child-abuse-and-neglect")
    said = _issued(records, code)
    page = browse(people.bob).get(f"/certificates/{code}")
    page.says("Bob Adeyemi", "Child abuse and neglect, level 1", "9 of 10", grouped(code))
    page.says(in_words(said.completed), in_words(said.until or date.max))
    assert f'value="http://localhost/c/{code}"' in page.response.get_data(as_text=True)
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.response.headers["Cache-Control"]
    assert len(page.statements) <= MOST_STATEMENTS + 3, page.statements


def test_the_end_is_the_same_on_every_page(people: People, browse: Browse, give: Give, records: Records) -> None:
    until = in_words(_issued(records, code := give(people.bob, "child-neglect")).until or date.max)
    page = browse(people.bob)
    for path in ("/my", "/certificates", f"/certificates/{code}", f"/c/{code}"):
        page.get(path).says(until)


def test_when_another_rule_holds_by_now_every_page_says_both_ends(people: People, browse: Browse, give: Give, records: Records) -> None:
    """M28: the certificate keeps its words, and nobody finds two dates without a word about them."""
    said = _issued(records, code := give(people.bob, "child-neglect"))
    with records() as session, writing(session):
        month = Requirement(0, "child-neglect", Validity("rolling", months=1), 28, clock.now().date(), team_id=people.team_id)
        requirements.add(session, month, people.ada.id, clock.now())
    now = in_words(add_months(said.completed, 1))
    then = f"The certificate says {in_words(said.until or date.max)}, which was right when it was made."
    browse(people.bob).get("/my").says(now, then)
    browse(people.bob).get(f"/certificates/{code}").says("Where you stand today", now, then)
    browse(people.alice).get(f"/team/people/{people.bob.id}").says(now, then)
    assert then in browse(people.alice).client.get(f"/team/{people.team_id}.csv").get_data(as_text=True)
    browse(None).get(f"/c/{code}").says(in_words(said.until or date.max)).never_says(now)


def test_someone_elses_certificate_is_no_more_there_than_an_unknown_one(people: People, browse: Browse, give: Give) -> None:
    code = give(people.bob)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
    for who in (people.alice, people.tess, people.ada, people.omar):
        page, answers = browse(who), set()
        for name in (code, wrong, "WM7", "no-such-number", "1"):
            for end in ("", ".pdf", "/plain.pdf"):
                page.get(f"/certificates/{name}{end}", 404).never_says("Bob Adeyemi")
                answers.add(page.main)
        assert len(answers) == 1


def test_a_visitor_is_asked_to_sign_in(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    for path in ("/certificates", f"/certificates/{code}", f"/certificates/{code}.pdf", "/certificates/all.zip"):
        response = page.client.get(path)
        assert (response.status_code, response.headers["Location"].partition("?")[0]) == (303, "/account/sign-in")


def test_a_replaced_certificate_leads_to_the_new_one(people: People, browse: Browse, give: Give, records: Records) -> None:
    old = give(people.bob)
    fresh = _reissue(records, old, people.ada, "Robert Adeyemi")
    page = browse(people.bob).get(f"/certificates/{old}").says("There is a newer one", "Bob Adeyemi")
    assert page.click(grouped(fresh)).says("Robert Adeyemi").path == f"/certificates/{fresh}"


# ---- PDFs

def test_the_same_bytes_come_out_whatever_is_renamed(people: People, browse: Browse, give: Give, records: Records) -> None:
    code, page = give(people.bob, "child-abuse-and-neglect"), browse(people.bob)
    first = page.download(f"/certificates/{code}.pdf")
    assert first.data.startswith(b"%PDF") and first.mimetype == "application/pdf"
    assert first.headers["Content-Disposition"] == 'attachment; filename="Child abuse and neglect, level 1.pdf"'
    assert "no-store" in first.headers["Cache-Control"]
    with records() as session, writing(session):
        row = session.get(PersonRow, people.bob.id)
        assert row is not None
        row.name = "Somebody Else"
    _reissue(records, code, people.ada, "Robert Adeyemi")
    assert page.download(f"/certificates/{code}.pdf").data == first.data
    assert page.download(f"/certificates/{code}/plain.pdf").data != first.data
    page.get(f"/certificates/{code}").says("One A4 page, ", " kB").says("Bob Adeyemi")


@pytest.mark.parametrize(("title", "header"), [
    (
        "Croeso: Diogelu’n “dda”",
        "attachment; filename=\"Croeso Diogelun dda.pdf\"; filename*=UTF-8''Croeso%20Diogelu%E2%80%99n%20%E2%80%9Cdda%E2%80%9D.pdf",
    ),
    ("安全", "attachment; filename=certificate.pdf; filename*=UTF-8''%E5%AE%89%E5%85%A8.pdf"),
    ('A/B\\C"D\r\nX: y', 'attachment; filename="A B C D X y.pdf"'),
])
def test_a_file_is_named_after_the_course_in_any_script(app: Flask, title: str, header: str) -> None:
    with app.test_request_context():
        response = area._attached(app.response_class(), f"{title}.pdf")
    assert response.headers["Content-Disposition"] == header


@pytest.mark.parametrize("path", ["/certificates/{}.pdf", "/certificates/{}/plain.pdf"])
def test_a_certificate_that_was_taken_back_is_not_given_out_again(
    people: People, browse: Browse, give: Give, records: Records, path: str
) -> None:
    code = give(people.bob)
    _withdraw(records, code, people.ada)
    page = browse(people.bob).get(path.format(code), 409).says("taken back")
    assert not any(".pdf" in link for link in page.get(f"/certificates/{code}").says("Recorded for the wrong person").links())


def test_a_press_that_fails_loses_nothing(people: People, browse: Browse, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise NameNotPrinted("no font")

    code, page = give(people.bob), browse(people.bob)
    monkeypatch.setattr(area, "printed", broken)
    page.get(f"/certificates/{code}.pdf", 503).says("Your PDF is not ready yet", "nothing is lost")
    assert page.response.headers["Retry-After"]
    page.get(f"/certificates/{code}")
    archive = zipfile.ZipFile(io.BytesIO(page.download("/certificates/all.zip").data))
    assert [name[-4:] for name in archive.namelist()] == [".txt"]


@pytest.mark.breaks_invariants("The ledger is written in the order of time", reason="issued long ago, but written down by this test")
def test_all_that_stand_come_in_one_file(
    people: People, browse: Browse, give: Give, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area, "printed", lambda session, printer, code, plain, url, now: f"{code} {plain}".encode())
    codes = [give(people.bob, "child-neglect", days) for days in (3, 2)]
    wrong, named = give(people.bob, "professional-curiosity"), give(people.bob, "child-abuse-and-neglect")
    give(people.omar)
    _withdraw(records, wrong, people.ada)
    codes.append(_reissue(records, named, people.ada, "Robert Adeyemi"))
    answer = browse(people.bob).download("/certificates/all.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="My certificates.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert {archive.read(name).decode() for name in archive.namelist()} == {f"{code} False" for code in codes}
        assert all(grouped(archive.read(name).decode().split()[0]) in name for name in archive.namelist())


def test_a_thousand_certificates_are_sent_piece_by_piece(
    app: Flask, people: People, give: Give, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = give(people.bob)
    with records() as session:
        one = held(session, code)
    assert one is not None
    monkeypatch.setattr(area, "_bytes", lambda found, plain: b"x" * 10_000)
    with app.test_request_context():
        many = [replace(one, certificate=replace(one.certificate, code=new_code("EX7", n.to_bytes(10)))) for n in range(1000)]
        sizes = [len(piece) for piece in area._zipped(("", found) for found in many)]
    assert len(sizes) == 1001
    assert max(sizes[:-1]) < 11_000


def test_an_administrator_takes_all_that_stand_of_an_agency(
    people: People, browse: Browse, give: Give, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(area, "printed", lambda session, printer, code, plain, url, now: code.encode())
    code, renewed, elsewhere = give(people.bob), give(people.alice), give(people.omar)
    fresh = _reissue(records, renewed, people.ada, "Alice Newname")
    wrong = give(people.tess)
    _withdraw(records, wrong, people.ada)
    with records() as session, writing(session):
        session.execute(text("UPDATE team SET name = '..' WHERE id = :id"), {"id": people.team_id})
    page = browse(people.ada).get("/office/teams")
    answer = page.client.post(f"/office/agencies/{people.agency_id}/certificates", data={"csrf": page.token})
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        inside = {archive.read(name).decode(): name for name in archive.namelist()}
    assert {code, fresh} <= set(inside) and not {renewed, wrong, elsewhere} & set(inside)
    assert inside[code].startswith("Team/Bob Adeyemi ") and inside[fresh].startswith("Team/Alice Newname ")
    with records() as session:
        facts = session.scalar(text("SELECT facts FROM audit WHERE act = 'took certificates' ORDER BY id DESC LIMIT 1"))
    assert str(len(inside)) in str(facts)


@pytest.mark.parametrize("letter", ["நி", "م", "é", "😀"])
def test_names_as_long_as_can_be_are_cut_to_what_a_disk_takes_and_the_number_is_not(
    people: People, browse: Browse, give: Give, records: Records, monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    monkeypatch.setattr(area, "printed", lambda session, printer, code, plain, url, now: code.encode())
    long = (letter * LONGEST_NAME)[:LONGEST_NAME]
    code = _reissue(records, give(people.bob), people.ada, long)
    with records() as session, writing(session):
        session.execute(text("UPDATE team SET name = :name WHERE id = :id"), {"name": long, "id": people.team_id})
    page = browse(people.ada).get("/office/teams")
    answer = page.client.post(f"/office/agencies/{people.agency_id}/certificates", data={"csrf": page.token})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        name = next(name for name in archive.namelist() if archive.read(name).decode() == code)
    assert all(0 < len(part.encode()) <= 255 for part in name.split("/")) and name.count("/") == 1
    assert name.startswith(letter * 10) and name.endswith(f"{grouped(code)}.pdf")


def test_an_agency_without_certificates_says_so(people: People, browse: Browse, records: Records) -> None:
    with records() as session, writing(session):
        empty = membership.add_agency(session, "An agency of nobody")
    page = browse(people.ada).get("/office/teams")
    answer = page.client.post(f"/office/agencies/{empty}/certificates", data={"csrf": page.token})
    assert answer.status_code == 409 and "Nobody in this agency has a certificate yet" in answer.get_data(as_text=True)


# ---- Anyone checks

def test_anyone_can_check_a_number_and_is_told_no_name(people: People, browse: Browse, give: Give, records: Records) -> None:
    code = give(people.bob, "child-abuse-and-neglect")
    said = _issued(records, code)
    page = browse(None).get(f"/c/{code}")
    assert page.h1 == "This certificate is real and in date"
    page.says("Child abuse and neglect, level 1", in_words(said.completed), in_words(said.until or date.max), said.issuer, grouped(code))
    page.never_says("Adeyemi", "Bob")
    assert "Adeyemi" not in page.response.get_data(as_text=True)
    assert "What the other answers look like" in page.text
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert len(page.statements) <= MOST_STATEMENTS, page.statements


def test_looking_changes_nothing_that_is_stored(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    for path in ("/c", "/c?number=abc", f"/c/{code}", f"/c/{code}?surname=Adeyemi", "/c/EX74KQX92PD7H3MK0TR8"):
        page.client.get(path)
        page.get("/c")
        assert all(statement.lstrip().startswith("SELECT") for statement in page.statements)
    page.get(f"/c/{code}?surname=Adeyemi").never_says("Adeyemi")


def test_a_number_may_be_typed_as_people_read_it(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    misread = grouped(code).lower().replace("0", "o").replace("1", "l").replace("-", " ")
    page.get("/c")
    form = page.form("/c")
    assert form.method == "get" and "number" in form.names
    for typed in (code, grouped(code), misread, f"  {misread} "):
        page.get("/c", query_string={"number": typed})
        assert page.h1 == "This certificate is real and in date"
    page.get(f"/c/{grouped(code)}").says(grouped(code))


@pytest.mark.parametrize("typed", ["", "WM7", "hello", "<script>alert(1)</script>", "\u202e", "x" * 5000])
def test_a_number_with_a_slip_says_so_and_is_kept(browse: Browse, typed: str) -> None:
    page = browse(None).get("/c", 422, query_string={"number": typed})
    assert page.title.startswith("Error: ")
    page.says("There is a problem", "Check each letter and digit" if typed else "Type the number")
    assert dict(page.form("/c").values)["number"] == typed[:100]


def test_one_wrong_character_shows(people: People, browse: Browse, give: Give) -> None:
    code = give(people.bob)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
    browse(None).get(f"/c/{wrong}", 404).says("Check each letter and digit")


def test_a_number_we_never_issued_is_not_found(browse: Browse) -> None:
    page = browse(None).get(f"/c/{new_code('EX7', b'0123456789')}", 404)
    assert page.h1 == "We have no certificate with this number"
    assert not [form for form in page.forms if "surname" in form.names]


def test_guessing_numbers_is_slowed_down(people: People, browse: Browse, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area, "MISSES", 3)
    code, page = give(people.bob), browse(None)
    for n in range(3):
        page.get(f"/c/{new_code('EX7', bytes([n] * 10))}", 404)
    page.get(f"/c/{new_code('EX7', bytes([9] * 10))}", 429).says("a lot at once")
    page.get(f"/c/{code}", 429)
    assert page.response.headers["Retry-After"] == "60"
    page.get(f"/c/{code}", environ_overrides={"REMOTE_ADDR": "198.51.100.9"})


def test_the_misses_of_a_minute_are_forgotten_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    at, misses = [100.0], area.Misses()
    monkeypatch.setattr("elearn.web.areas.certificates.time.monotonic", lambda: at[0])
    for _ in range(area.MISSES):
        misses.add("192.0.2.1")
    assert misses.too_many("192.0.2.1") and not misses.too_many("192.0.2.2")
    at[0] += area.MISSES_IN
    assert not misses.too_many("192.0.2.1")


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("", "unknown"), ("not an address", "unknown"),
])
def test_one_household_counts_as_one_network(app: Flask, address: str, network: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert area._network() == network


def test_the_name_is_shown_to_whoever_knows_the_surname(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    page.get(f"/c/{code}").post(f"/c/{code}", {"surname": "Smith"}, status=422).never_says("Adeyemi")
    page.says("That is not the name on this certificate")
    assert dict(page.form(f"/c/{code}").values)["surname"] == "Smith"
    page.post(f"/c/{code}", {"surname": " "}, status=422).says("Type the last part of the name")
    page.post(f"/c/{code}", {"surname": "  ADEYÉMI "}).says("Bob Adeyemi", "Compare the name with the person in front of you")
    assert page.h1 == "This certificate is real and in date"


def test_names_can_be_tried_five_times(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    page.get(f"/c/{code}")
    for n in range(5):
        page.post(f"/c/{code}", {"surname": f"Smith {n}"}, status=422)
    page.post(f"/c/{code}", {"surname": "Adeyemi"}, status=429).says("Too many names were tried")
    assert "Bob" not in page.main
    page.get(f"/c/{code}").says("real and in date")


def test_a_name_is_only_asked_for_from_our_own_page(people: People, browse: Browse, give: Give) -> None:
    code, page = give(people.bob), browse(None)
    page.get(f"/c/{code}")
    page.send(f"/c/{code}", [("surname", "Adeyemi")], 400).never_says("Bob Adeyemi")


@pytest.mark.breaks_invariants("The ledger is written in the order of time", reason="issued long ago, but written down by this test")
def test_every_answer_has_its_own_sentence(people: People, browse: Browse, give: Give, records: Records) -> None:
    page = browse(None)
    expired, wrong, named = give(people.bob, "child-neglect", 800), give(people.bob), give(people.bob)
    _withdraw(records, wrong, people.ada, "Recorded for the <b>wrong</b> person")
    fresh = _reissue(records, named, people.ada, "Robert Adeyemi")
    page.get(f"/c/{expired}").says("This certificate is real, but it ran out", "Ask if they have a newer one")
    page.get(f"/c/{wrong}").says("This certificate was taken back", "The reason given: Recorded for the <b>wrong</b> person.")
    page.get(f"/c/{named}").says("A newer certificate takes the place of this one").click(grouped(fresh))
    page.says("This certificate is real and in date", "Takes the place of", grouped(named))
    page.post(f"/c/{fresh}", {"surname": "Adeyemi"}).says("Robert Adeyemi").never_says("Bob Adeyemi")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "يوسف حداد", "Ng’andwe O'Brien \"Bo\"", "A" * 120])
def test_any_name_is_shown_as_it_is(people: People, browse: Browse, give: Give, records: Records, name: str) -> None:
    fresh = _reissue(records, give(people.bob), people.ada, name)
    browse(people.bob).get(f"/certificates/{fresh}").says(name)
    page = browse(None).get(f"/c/{fresh}")
    page.post(f"/c/{fresh}", {"surname": name.split()[-1]}).says(name)


@pytest.mark.breaks_invariants(
    "A certificate ends on the day that the standing of its holder showed when it was issued", reason="no module that we ship has no end"
)
def test_what_has_no_end_says_so(people: People, browse: Browse, app: Flask, records: Records) -> None:
    course = replace(app.extensions["catalogue"].courses["child-neglect"], validity=NEVER)
    with records() as session, writing(session):
        now, bob = clock.now(), people.bob.id
        code = evidence.complete(session, bob, course, now, LONDON, FactKind.COMPLETED, bob, "Passed, 9 of 10", via="quiz")
    browse(people.bob).get(f"/certificates/{code}").says("No end date", "In date")
    browse(None).get(f"/c/{code}").says("It has no end date", "No end date")

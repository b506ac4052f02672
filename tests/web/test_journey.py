"""The whole road, as one person walks it without scripts: from a briefing to a certificate, over days, devices and edits."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.records import learning, ledger, sessions
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from elearn.settings import ROOT
from elearn.web.catalogue import publish
from tests import builders
from tests.answering import right, wrong
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import LEVEL1, NEGLECT, Sitting, begin, read_briefing, read_course

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]


def test_from_a_briefing_to_a_certificate(browse: Browse, app: Flask, people: People, records: Records) -> None:
    visitor = read_briefing(browse(None))
    assert visitor.path == f"/7/{NEGLECT}/done"

    page = read_briefing(browse(people.bob))
    sitting = begin(page, app, records, NEGLECT)
    sitting.all(right)
    sitting.finish().says("You passed")

    read_course(records, app, people.bob)
    phone = begin(browse(people.bob), app, records)
    for number in range(1, 8):
        phone.page.get(phone.address(number))
        phone.say(number, right(phone.question(number)))

    with time_machine.travel(clock.now() + timedelta(days=1)):
        computer = browse(people.bob).get("/my")
        onward = f"/quiz/{phone.id}/8"
        assert onward in computer.links(), "the next day, on another device, one goes on where one stopped"
        there = Sitting(computer.get(onward), app, records)
        there.all(right, start=8)
        there.finish().says("20 of 20")
        assert LEVEL1 not in [link.rsplit("/", 1)[-1] for link in computer.links() if "/start" in link]
    with records() as session:
        found = [(fact.kind, fact.item) for fact in ledger.of_person(session, people.bob.id)]
    assert found == [
        (FactKind.READ, NEGLECT), (FactKind.PASSED, NEGLECT), (FactKind.COMPLETED, NEGLECT), (FactKind.AWARDED, NEGLECT),
        (FactKind.READ, LEVEL1), (FactKind.PASSED, LEVEL1), (FactKind.COMPLETED, LEVEL1), (FactKind.AWARDED, LEVEL1),
    ]


def test_what_is_answered_after_the_session_ended_is_kept_for_its_owner(
    browse: Browse, app: Flask, people: People, records: Records
) -> None:
    read_course(records, app, people.bob)
    sitting = begin(browse(people.bob), app, records)
    number = sitting.plain
    page, address = sitting.page.get(sitting.address(number)), sitting.address(number)
    filled = sitting.form(number, right(sitting.question(number)))
    pairs = page.form(address).fill(filled, None)
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        response = page.client.post(address, data={name: [value for key, value in pairs if key == name] for name, _ in pairs})
        assert response.status_code == 303
        assert "kept=1" in response.headers["Location"]
    with records() as session, writing(session):
        ((path, form),) = sessions.take_drafts(session, people.bob.id, clock.now() + timedelta(hours=3))
    assert path == address
    assert {name: tuple(values) for name, values in form.items() if name.startswith("q-")} == filled
    assert "csrf" not in form


# ---- the content changes under an open attempt


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Flask, Path]]:
    """A site of its own on a copy of the content, to be edited."""
    modules = tmp_path / "modules"
    shutil.copytree(ROOT / "modules", modules)
    app = builders.site(builders.settings(tmp_path, modules=modules))
    yield app, modules
    app.extensions["printer"].close()
    builders.engine_of(app).dispose()


def refresh(app: Flask) -> None:
    """What a request does every few seconds."""
    with app.app_context():
        assert app.extensions["catalogue"].refresh(clock.now().date())
        publish()


def rewrite(modules: Path, old: str, new: str) -> None:
    """Change words wherever they stand in the level 1 course."""
    for path in sorted((modules / "elearning" / LEVEL1).rglob("*.yaml")):
        source = path.read_text("utf-8")
        if old in source:
            path.write_text(source.replace(old, new), "utf-8")
            later = path.stat().st_mtime_ns + 2_000_000_000
            os.utime(path, ns=(later, later))


@pytest.mark.parametrize("change", ["put back", "edited", "withdrawn", "broken"])
def test_an_open_attempt_stays_as_it_was_drawn_whatever_happens_to_the_course(own: tuple[Flask, Path], change: str) -> None:
    app, modules = own
    records = builders.opener(builders.engine_of(app))
    with records() as session, writing(session):
        who = builders.everybody(session, clock.now()).bob
        secret = builders.sign_in(session, who, clock.now())
    catalogue = app.extensions["catalogue"]
    if change == "put back":
        module = modules / "elearning" / LEVEL1 / "module.yaml"
        module.write_text(module.read_text("utf-8") + "# another version\n", "utf-8")
        refresh(app)
    read_course(records, app, who)
    page = Page(app, builders.engine_of(app), secret)
    sitting = begin(page, app, records)
    prompts = [question.prompt for question in sitting.paper.questions]
    version = sitting.attempt.version
    for number in range(1, 11):
        page.get(sitting.address(number))
        sitting.say(number, (wrong, right)[number > 1](sitting.question(number)))

    if change == "put back":
        with records() as session, writing(session):
            assert catalogue.put_back(session, LEVEL1, None, None, clock.now()) != version
        with app.app_context():
            publish()
    elif change == "edited":
        rewrite(modules, prompts[10], "Something else entirely?")
    elif change == "withdrawn":
        shutil.rmtree(modules / "elearning" / LEVEL1)
    else:
        rewrite(modules, "kind: single-choice", "kind: singel-choice")
    if change != "put back":
        refresh(app)
    assert (LEVEL1 in catalogue.courses) is (change != "withdrawn")
    assert change not in ("edited", "put back") or catalogue.courses[LEVEL1].version != version

    page.get(sitting.address(11)).says(prompts[10].split(" ")[0])
    sitting.all(right, start=11)
    sitting.finish()
    attempt = sitting.attempt
    assert (attempt.version, attempt.right, attempt.total) == (version, 19, 20)
    page.get(f"/quiz/{attempt.id}/result").says("19 of 20")
    with records() as session:
        passed = [fact for fact in ledger.of_person(session, who.id) if fact.kind is FactKind.PASSED]
    assert [fact.version for fact in passed] == ([version] if attempt.passed else [])


def test_results_of_long_ago_read_the_same_after_many_edits(own: tuple[Flask, Path]) -> None:
    app, modules = own
    records = builders.opener(builders.engine_of(app))
    with records() as session, writing(session):
        who = builders.everybody(session, clock.now()).bob
        secret = builders.sign_in(session, who, clock.now())
    page = read_briefing(Page(app, builders.engine_of(app), secret))
    sitting = begin(page, app, records, NEGLECT)
    sitting.all(lambda question: wrong(question) if question == sitting.question(2) else right(question))
    before = sitting.finish().main
    quiz = modules / "safer7" / NEGLECT / "quiz.yaml"
    for turn in range(3):
        source = quiz.read_text("utf-8").replace("prompt: ", f"prompt: ({turn}) ")
        quiz.write_text(source, "utf-8")
        os.utime(quiz, ns=(quiz.stat().st_mtime_ns + 10**9, quiz.stat().st_mtime_ns + (turn + 1) * 2 * 10**9))
        refresh(app)
        assert page.get(page.path).main == before


@pytest.mark.breaks_invariants("Every try is kept in the version it was drawn from", reason="as it would be after records were lost")
def test_the_attempt_of_a_version_that_is_nowhere_is_not_there(app: Flask, browse: Browse, people: People, records: Records) -> None:
    with records() as session, writing(session):
        id = learning.add_attempt(session, people.bob.id, LEVEL1, "never-live", 1, 1, ["q"], clock.now())
    browse(people.bob).get(f"/quiz/{id}/1", 404)

"""A material change of what people hold: published by somebody who saw its effect, then read in two minutes by those who hold the old words."""
from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import evidence
from elearn.records.db import writing
from elearn.rules.evidence import FactKind
from elearn.web.catalogue import publish
from tests import briefing, builders
from tests.builders import People, Who
from tests.page import Page

SLUG = briefing.SLUG
WHAT = "Ring the team on the same day."


class Own:
    """A site of its own with one briefing, which somebody of each kind uses."""

    def __init__(self, folder: Path) -> None:
        self.modules = briefing.alone(folder)
        self.app: Flask = builders.site(builders.settings(folder, modules=self.modules))
        self.records: Callable[[], Session] = builders.opener(builders.engine_of(self.app))
        with self.records() as session, writing(session):
            self.people: People = builders.everybody(session, clock.now() - timedelta(days=400))
        self.version = self.app.extensions["catalogue"].courses[SLUG].version

    def browse(self, who: Who) -> Page:
        with self.records() as session, writing(session):
            secret = builders.sign_in(session, who, clock.now())
        return Page(self.app, builders.engine_of(self.app), secret)

    def finish(self, who: Who) -> None:
        course = self.app.extensions["catalogue"].courses[SLUG]
        with self.records() as session, writing(session):
            at = clock.now() - timedelta(days=3)
            evidence.complete(session, who.id, course, at, ZoneInfo("Europe/London"), FactKind.COMPLETED, who.id, "Read", via="reading")

    def change(self, size: str = "material") -> None:
        """A new pass mark and new words on a screen, as an author would announce them."""
        folder = self.modules / "safer7" / SLUG
        note = f"edition: '2'\nchanges: [{{edition: '2', size: {size}, text: {WHAT}}}]\n"
        told = re.sub(r"^(edition|changes):.*\n", "", (folder / "module.yaml").read_text("utf-8"), flags=re.MULTILINE)
        (folder / "module.yaml").write_text(note + told, "utf-8")
        quiz = (folder / "quiz.yaml").read_text("utf-8")
        (folder / "quiz.yaml").write_text(quiz.replace("pass_percent: 80", "pass_percent: 60"), "utf-8")
        boxes = (folder / "boxes.md").read_text("utf-8")
        (folder / "boxes.md").write_text(boxes + "\nTell your lead on the very same day, however small it seems to you then.\n", "utf-8")
        later = (folder / "module.yaml").stat().st_mtime_ns + 2_000_000_000
        os.utime(folder / "module.yaml", ns=(later, later))
        with self.app.app_context():
            self.app.extensions["catalogue"].refresh(clock.now().date())
            publish()

    @property
    def live(self) -> str:
        return str(self.app.extensions["catalogue"].courses[SLUG].version)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    made = Own(tmp_path)
    yield made
    made.app.extensions["printer"].close()
    builders.engine_of(made.app).dispose()
    shutil.rmtree(made.modules)


def test_an_administrator_sees_the_effect_and_publishes_once(own: Own) -> None:
    own.finish(own.people.bob)
    own.change()
    assert own.live == own.version, "it waits"
    page = own.browse(own.people.ada).get(f"/office/writing/{SLUG}").says(
        "It waits for you", "1 and will be asked to read what changed", WHAT, "What changed (",
    )
    form = page.form(f"/office/writing/{SLUG}/publish")
    pairs = form.fill({}, None)
    page.send(f"/office/writing/{SLUG}/publish", pairs).says("Published", "A change: material", WHAT)
    assert own.live != own.version
    page.send(f"/office/writing/{SLUG}/publish", pairs).says("is not what waits now")


def test_a_change_that_is_called_too_small_is_held_and_says_how_to_mend_it(own: Own) -> None:
    own.change("typo")
    page = own.browse(own.people.ada).get(f"/office/writing/{SLUG}").says("can’t be published yet", "at least material", "Rule C1")
    assert "Publish it for everyone" not in page.main and own.live == own.version


def test_a_fact_that_was_checked_again_is_told_in_words(own: Own) -> None:
    file = own.modules / "safer7" / SLUG / "sources.yaml"
    told, times = re.subn(r"expires: [\d-]+", "expires: 2027-09-20", file.read_text("utf-8"), count=1)
    assert times
    file.write_text(told, "utf-8")
    own.change()
    page = own.browse(own.people.ada).get(f"/office/writing/{SLUG}")
    page.says("changed: at least minor", "Before: Checked on", "Now: Checked on", "to be checked again by 20 September 2027.")


def test_whoever_holds_the_old_words_is_asked_and_says_that_they_read_the_new(own: Own) -> None:
    own.finish(own.people.bob)
    own.change()
    with own.records() as session, writing(session):
        own.app.extensions["catalogue"].publish(session, SLUG, own.people.ada.id, clock.now())
    with own.app.app_context():
        publish()
    bob = own.browse(own.people.bob).get("/my").says("Something changed in what you learned", "What you did still counts")
    bob.click("Read what changed").says(WHAT, "Before", "This was not there.", "very same day", "your certificate stands").never_says("pass_percent")
    manager = own.browse(own.people.ada).get(f"/team/people/{own.people.bob.id}").says("Asked to read what changed since")
    path = f"/learn/{SLUG}/changes"
    bob.send(path, bob.form(path).fill({}, None)).says("Thank you", "We have written down that you read it")
    assert "I have read what changed" not in bob.main
    bob.get("/my").never_says("Something changed in what you learned")
    manager.get(f"/team/people/{own.people.bob.id}").says("Read what changed in").never_says("Asked to read")


def test_whoever_does_not_hold_it_is_not_asked(own: Own) -> None:
    own.change()
    with own.records() as session, writing(session):
        own.app.extensions["catalogue"].publish(session, SLUG, own.people.ada.id, clock.now())
    with own.app.app_context():
        publish()
    alice = own.browse(own.people.alice).get("/my").never_says("Something changed")
    alice.get(f"/learn/{SLUG}/changes").says(WHAT).never_says("I have read what changed")


def test_without_a_change_the_page_says_so(own: Own) -> None:
    page = own.browse(own.people.bob).get(f"/learn/{SLUG}/changes").says("Nothing has changed here")
    page.get("/learn/no-such-course/changes", 404)

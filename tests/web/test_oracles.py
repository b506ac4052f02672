"""What can be learned from outside without being told: places and lengths, replies to right and wrong, and the work done for an address."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask
from sqlalchemy import delete, event, update
from sqlalchemy.orm import Session

from elearn import clock
from elearn.actions import passwords
from elearn.records.db import writing
from elearn.records.learning import AttemptRow
from elearn.records.outbox import JobRow
from elearn.records.people import PersonRow, TeamRow
from elearn.records.sessions import TallyRow
from elearn.rules.questions.base import OneOf
from tests import builders, databases
from tests.answering import right, wrong
from tests.builders import People, Who
from tests.page import Page
from tests.web.sitting import Sitting, begin, read_course

Browse = Callable[[Who | None], Page]
Records = Callable[[], Session]

DRAWS = 200
CHANCE = {2: 10.83, 3: 13.82, 4: 16.27, 5: 18.47}
"""Number of choices to the chi-square that chance alone exceeds once in a thousand."""


@pytest.fixture
def sitting(browse: Browse, app: Flask, people: People, records: Records) -> Sitting:
    read_course(records, app, people.bob)
    return begin(browse(people.bob), app, records)


def chi_square(counted: Counter[int], cells: int) -> float:
    expected = sum(counted.values()) / cells
    return sum((counted[cell] - expected) ** 2 / expected for cell in range(cells))


def test_neither_place_nor_name_nor_length_tells_the_best_answer(sitting: Sitting, records: Records) -> None:
    """As the page is served to two hundred people, each with a paper of their own (the same on every run of this test)."""
    number, question = next(
        (n, q) for n, q in enumerate(sitting.paper.questions, 1)
        if q.kind == "single-choice" and [type(each) for each in q.inputs(Random(0))] == [OneOf]  # true and false keep their places
    )
    (name, best), = right(question).items()
    places, names, lengths, choices = Counter[int](), Counter[int](), set(), 0
    random, address, id = Random(20260526), sitting.address(number), sitting.id
    for _ in range(DRAWS):
        with records() as session, writing(session):
            session.execute(update(AttemptRow).where(AttemptRow.id == id).values(seed=random.getrandbits(62)))
        body = sitting.page.client.get(address).get_data(as_text=True)
        offered = re.findall(rf'name="q-{name}"[^>]* value="([0-9a-f]+)"', body) or re.findall(rf'value="([0-9a-f]+)"[^>]* name="q-{name}"', body)
        (token,) = sitting.form(number, {name: best})[f"q-{name}"]
        places[offered.index(token)] += 1
        names[sorted(offered).index(token)] += 1
        lengths.add(len(body))
        choices = len(offered)
    assert choices in CHANCE
    assert chi_square(places, choices) < CHANCE[choices], places
    assert chi_square(names, choices) < CHANCE[choices], names
    assert len(lengths) == 1, "every paper is as long as any other"


def plain(page: Page) -> tuple[int, list[tuple[str, str]], str, int]:
    """An answer without what differs by itself: tokens, keys, times, the number of the receipt; and how much was asked of the database."""
    body = re.sub(r"[0-9a-f]{8,64}|A\d{5,}|\d{1,2}:\d\d[ap]m", "*", page.response.get_data(as_text=True))
    body = re.sub(r'value="[\w-]{16,}"| checked(="")?', "*", body)
    headers = [(name, value) for name, value in page.response.headers if name not in {"X-Request-Id", "Content-Length", "ETag", "Set-Cookie"}]
    return page.status, headers, "".join(sorted(body.split())), len(page.statements)


def test_before_the_end_right_and_wrong_get_the_same_reply(sitting: Sitting) -> None:
    """Not one bit per answer: whoever asks the site as often as they like hears the same."""
    plain_ones = [n for n, q in enumerate(sitting.paper.questions, 1) if not q.stages({}) and q.mark({}).available][:6]
    assert len(plain_ones) == 6
    for number in plain_ones:
        heard = []
        question = sitting.question(number)
        kinds = {type(each) for each in question.inputs(Random(0))}
        for answer in (wrong(question), right(question), wrong(question), right(question)):
            sitting.page.get(sitting.address(number))
            sitting.say(number, answer)
            reply = plain(sitting.page)
            heard.append(reply if kinds == {OneOf} else (*reply[:2], reply[3]))  # how much was ticked or typed shows, and is known
        assert heard[2] == heard[3], "a changed mind is taken alike"
        assert heard[1][:2] == heard[3][:2]
    review = [plain(sitting.page.get(f"/quiz/{sitting.id}/review"))]
    for number in plain_ones:
        sitting.page.get(sitting.address(number))
        sitting.say(number, wrong(sitting.question(number)))
    review.append(plain(sitting.page.get(f"/quiz/{sitting.id}/review")))
    assert review[0][0::3] == review[1][0::3]


@pytest.mark.parametrize("path", ["/account/sign-in", "/account/reset", "/account/join", "password"])
def test_whoever_has_an_account_or_not_costs_the_same_work(
    path: str, browse: Browse, app: Flask, people: People, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed (threat 54): hashes, statements, and commits, which wait for the disk. `bench/alike` takes the time."""
    kept = passwords.make("seven green hats at dawn")
    with records() as session, writing(session):
        session.execute(delete(TallyRow))
        session.execute(delete(JobRow))
        session.execute(update(PersonRow).where(PersonRow.id == people.bob.id).values(password=kept))
        session.execute(update(PersonRow).where(PersonRow.id == people.charlie.id).values(left=clock.now().date(), password=kept))
        session.execute(update(PersonRow).where(PersonRow.id == people.omar.id).values(suspended=clock.now()))
        session.execute(update(TeamRow).where(TeamRow.id == people.team_id).values(code=f"K{people.team_id:06d}"))
    hashes: list[str] = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda kept, given: (hashes.append(given), matches(kept, given))[1])
    done = []
    for email in (people.bob.email, "nobody-here@westmere.example", people.charlie.email, people.omar.email, people.alice.email):
        page = browse(None).get("/worried")
        fields = {"csrf": page.token, "email": email}
        if path == "/account/join":
            fields |= {"code": f"K{people.team_id:06d}", "name": "Someone", "role": "staff"}
        if path == "password":
            fields |= {"password": "eight blue coats at dusk", "how": "password"}
        hashes.clear()
        commits: list[object] = []
        counted = commits.append
        event.listen(builders.engine_of(app), "commit", counted)
        with databases.traced(builders.engine_of(app)) as statements:
            answer = page.client.post("/account/sign-in" if path == "password" else path, data=fields)
        event.remove(builders.engine_of(app), "commit", counted)
        assert answer.status_code == (422 if path == "password" else 303)
        done.append((len(hashes), len(commits), statements))
    for each in done[1:]:
        assert each == done[0]
    assert done[0][:2] == (1 if path == "password" else 0, 2 if path == "/account/join" else 1)

"""The threads that answer requests: one after another while each is quick, and nobody kept waiting by one that is not."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import pytest

from elearn import crew as module
from elearn.aside import aside
from elearn.crew import Crew

LONGEST = 30
"""Seconds that anything may take on a busy machine before the test is given up."""


@dataclass
class Door:
    """Where requests come in, one by one; stands for the sockets."""

    come: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)
    crew: Crew = field(init=False)
    listened: threading.Event = field(default_factory=threading.Event)

    def listen(self, seconds: float) -> None:
        self.listened.set()
        try:
            job = self.come.get(timeout=seconds)
        except Empty:
            return
        if job is not None:
            self.crew.add_task(job)

    def ask(self, work: Callable[[], None] = lambda: None) -> Job:
        job = Job(work)
        self.come.put(job)
        return job


@dataclass
class Job:
    """A request."""

    work: Callable[[], None]
    thread: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    cancelled: bool = False

    def service(self) -> None:
        self.thread = threading.get_ident()
        try:
            self.work()
        finally:
            self.done.set()

    def cancel(self) -> None:
        self.cancelled = True

    def is_done(self) -> bool:
        return self.done.wait(LONGEST)


@contextmanager
def at_work(many: int) -> Iterator[Door]:
    door = Door()
    door.crew = Crew(many, door.listen, lambda: door.come.put(None))
    door.crew.start()
    watch = threading.Thread(target=door.crew.watch)
    watch.start()
    try:
        yield door
    finally:
        door.crew.stop()
        watch.join(LONGEST)
        door.crew.shutdown()


def test_quick_requests_are_answered_in_turn_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN", LONGEST)  # however busy this machine is, each counts as quick
    order: list[int] = []
    with at_work(3) as door:
        jobs = [door.ask(lambda n=n: order.append(n)) for n in range(50)]  # type: ignore[misc]  # mypy does not see through the default
        assert all(job.is_done() for job in jobs)
    assert order == list(range(50)) and len({job.thread for job in jobs}) == 1


def test_a_long_request_goes_on_by_itself_while_others_are_answered() -> None:
    go_on = threading.Event()
    with at_work(3) as door:
        long = door.ask(lambda: assert_set(go_on))
        assert all(door.ask().is_done() for _ in range(5)) and not long.done.is_set()
        go_on.set()
        assert long.is_done() and door.ask().is_done()


def test_work_that_says_it_takes_long_steps_aside_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN", LONGEST)  # nobody notices by himself
    go_on = threading.Event()

    def work() -> None:
        with aside(), aside():  # said again, it does nothing
            assert_set(go_on)

    with at_work(3) as door:
        long = door.ask(work)
        quick = door.ask()
        assert quick.is_done() and not long.done.is_set() and quick.thread != long.thread
        go_on.set()
        assert long.is_done()
    with aside():  # nor does it outside such threads
        pass


def test_those_who_come_back_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN", LONGEST)
    inside, most, ready = [0], [0], threading.Barrier(3)

    def work() -> None:
        with aside():
            ready.wait(LONGEST)  # all three are aside at the same time
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.01)
        inside[0] -= 1

    with at_work(3) as door:
        assert all(job.is_done() for job in [door.ask(work) for _ in range(3)])
    assert most[0] == 1


def test_when_all_are_busy_somebody_still_listens_and_what_came_is_answered_as_soon_as_one_is_free() -> None:
    go_on = [threading.Event(), threading.Event()]
    with at_work(2) as door:
        long = [door.ask(lambda e=event: assert_set(e)) for event in go_on]  # type: ignore[misc]  # mypy does not see through the default
        third = door.ask()
        wait_until(lambda: len(door.crew.queue) == 1)
        door.listened.clear()
        door.come.put(None)
        assert door.listened.wait(LONGEST) and not third.done.is_set()
        go_on[1].set()
        assert third.is_done() and not long[0].done.is_set()
        go_on[0].set()
        assert long[0].is_done()


def test_a_request_that_fails_altogether_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    with at_work(1) as door:
        assert door.ask(lambda: exec("raise SystemExit(3)")).is_done()
        assert door.ask().is_done()
    assert "beyond the application" in caplog.text


def test_only_a_thread_beside_the_leader_wakes_it() -> None:
    with at_work(1) as door:
        door.ask(door.crew.wake).is_done()
        assert door.ask().is_done()
        door.listened.clear()
        door.crew.wake()
        assert door.listened.wait(LONGEST)


def test_when_nobody_can_listen_any_more_the_watch_ends_with_the_reason() -> None:
    def listen(_: float) -> None:
        raise OSError("no more sockets")

    crew = Crew(2, listen, lambda: None)
    crew.start()
    with pytest.raises(OSError, match="no more sockets"):
        crew.watch()
    crew.shutdown()


def test_at_the_end_what_nobody_took_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENDS_WITHIN", 0.05)
    go_on = threading.Event()
    with at_work(1) as door:
        long, late = door.ask(lambda: assert_set(go_on)), door.ask()
        wait_until(lambda: len(door.crew.queue) == 1)
        door.crew.stop()
        door.crew.shutdown()
        assert late.cancelled and not late.done.is_set()
        go_on.set()
        assert long.is_done()


def assert_set(event: threading.Event) -> None:
    assert event.wait(LONGEST)


def wait_until(true: Callable[[], bool]) -> None:
    ready = threading.Event()
    for _ in range(LONGEST * 100):
        if true():
            return
        ready.wait(0.01)
    raise AssertionError("it never came to that")

"""Threads that answer requests for waitress, one after another as long as each is quick.

Python runs one thread at a time, and its driver for SQLite lets the others go first at every row. Four requests at once then take turns
dozens of times each, and every turn costs more than the row; so does each handing over from the thread that listens to one that answers.
Here one thread, the leader, listens, answers what has come, and listens again. When a request takes long, the leader goes on with it alone
and another thread leads (the Leader/Followers pattern: Schmidt, Stal, Rohnert and Buschmann, Pattern-Oriented Software Architecture 2).
"""
from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from elearn.aside import take_turns

TURN = 0.02
"""Seconds after which a request goes on by itself, and another thread leads. Most take one or two thousandths."""

AT_ONE_GO = 0.005
"""Seconds for which the leader answers what has come before it listens again."""

LISTEN = 1.0
"""Seconds that the leader listens at most, when nothing comes, before it looks after idle connections."""

QUIET = 1.0
"""Seconds without a request after which nobody watches over the leader any more."""

A_MOMENT = 0.001
"""The shortest time, in seconds, that is worth waiting for."""

ENDS_WITHIN = 5.0
"""Seconds that threads are given to end."""

log = logging.getLogger(__name__)


class Task(Protocol):
    """A request that is ready to be answered; waitress's own."""

    def service(self) -> None: ...

    def cancel(self) -> None: ...


class Crew:
    """Threads of which one leads; to waitress, its task dispatcher.

    *listen* waits at most so many seconds for something to read or to send, deals with it, and calls ``add_task`` for each request that is then
    complete; *wake* has it return at once. At most *many* requests are answered at once: there is one thread more, so that one can always listen.
    """

    def __init__(self, many: int, listen: Callable[[float], None], wake: Callable[[], None]) -> None:
        self.queue: deque[Task] = deque()
        self._listen, self._wake = listen, wake
        self._lock = threading.Lock()
        self._follow = threading.Condition(self._lock)
        self._turn, self._held = threading.Lock(), threading.local()
        """What whoever needs Python waits for, though not for long; and what this thread has of it."""
        self._leader: int | None = None
        self._since: float | None = None
        """When the leader took the request it answers."""
        self._last = 0.0
        """When a leader last took one."""
        self._free = 0
        """How many threads could lead if the leader were to go on alone."""
        self._ended = False
        self._watched = False
        self._words: SimpleQueue[bool] = SimpleQueue()
        """What ``watch`` waits for: True to end, False when there is a leader to watch again. Safe to use in a handler of signals."""
        self._failure: Exception | None = None
        """Why nobody can listen any more."""
        self._threads = [threading.Thread(target=self._work, name=f"answers-{number}", daemon=True) for number in range(many + 1)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def add_task(self, task: Task) -> None:
        """A request is complete. Said by the leader while it listens, or by a thread that has answered one on a connection and found another."""
        self.queue.append(task)

    def wake(self) -> None:
        """Have the leader look again at what can be read or sent: a thread beside it has answered. The leader itself will look anyway."""
        if self._leader != threading.get_ident():
            self._wake()

    def leave(self) -> None:
        """What this thread does takes long: another one leads, and has the turn."""
        self._end_turn()
        with self._lock:
            if self._leader == threading.get_ident():
                self._hand_over()

    def come_back(self) -> None:
        """Wait for the turn, so that those who have done something long do not get in each other's way, nor in the leader's."""
        if self._held.turn is None:
            self._begin_turn()

    def watch(self) -> None:
        """Until ``stop``, see to it that no request keeps the others waiting. Raises what *listen* raised, if that is why all is over."""
        ended = False
        while not ended:
            try:
                ended = self._words.get(timeout=self._patience() if self._watched else None)
            except Empty:
                self.look()
        if self._failure is not None:
            raise self._failure

    def _patience(self) -> float:
        """Seconds until the leader will have been busy for too long; if it is not busy now, it cannot be before a whole turn has gone."""
        since = self._since
        return TURN if since is None else max(A_MOMENT, since + TURN - time.monotonic())

    def stop(self) -> None:
        """End ``watch``. Meant for handlers of signals: it may interrupt anything."""
        self._words.put(True)

    def shutdown(self) -> None:
        """End the threads, but for those that still answer after some seconds; requests that none of them took are given up."""
        with self._lock:
            self._ended = True
            self._follow.notify_all()
        self._wake()
        until = time.monotonic() + ENDS_WITHIN
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        while self.queue:
            self.queue.popleft().cancel()

    def look(self) -> None:
        """Hand over for a leader that has been busy for too long; look away when nothing has come for a while."""
        now = time.monotonic()
        with self._lock:
            if self._since is not None and now - self._since >= TURN:
                self._turn = threading.Lock()  # whoever has it is not waited for any longer
                self._hand_over()
            if now - self._last > QUIET:
                self._watched = False

    def _hand_over(self) -> None:
        self._leader = self._since = None
        self._follow.notify()

    def _work(self) -> None:
        take_turns(self)
        while self._follows():
            try:
                self._lead()
            except Exception as failure:
                self._failure = failure
                self.stop()
                return

    def _follows(self) -> bool:
        """Wait until there is no leader, and be it; False when all is over."""
        with self._lock:
            self._free += 1
            if self.queue and self._leader is not None:
                self._wake()  # there may be nobody it could leave the lead to until now
            while self._leader is not None and not self._ended:
                self._follow.wait()
            self._free -= 1
            self._leader = threading.get_ident()
            return not self._ended

    def _lead(self) -> None:
        """Listen and answer in turn, until somebody else leads."""
        while not self._ended:
            self._listen(0.0 if self.queue and self._free else LISTEN)
            until = time.monotonic() + AT_ONE_GO
            while (task := self._take()) is not None:
                self._answer(task)
                if not self._answered():
                    return
                if time.monotonic() > until:
                    break

    def _take(self) -> Task | None:
        with self._lock:
            if not self.queue or not self._free:
                return None
            self._since = self._last = time.monotonic()
            if not self._watched:
                self._watched = True
                self._words.put(False)
            return self.queue.popleft()

    def _answer(self, task: Task) -> None:
        self._begin_turn()
        try:
            task.service()
        except BaseException:  # whatever it was, the others are still to be answered
            log.exception("a request failed beyond the application")
        finally:
            self._end_turn()

    def _begin_turn(self) -> None:
        turn = self._turn
        self._held.turn = turn if turn.acquire(timeout=TURN) else None

    def _end_turn(self) -> None:
        turn, self._held.turn = self._held.turn, None
        if turn is not None:
            turn.release()

    def _answered(self) -> bool:
        """Whether this thread still leads after a request."""
        with self._lock:
            if self._leader != threading.get_ident():
                return False
            self._since = None
            return True

"""Two workers of which one runs at a time; a seed decides at each port call which one continues."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from tests.world.world import World

TIMEOUT = 5.0


class _Turns:
    """Which worker may run."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._changed = threading.Condition()
        self._running = [0, 1]
        self._next = self._chance.choice(self._running)

    def begin(self, number: int) -> None:
        """Wait for the thread's first turn."""
        with self._changed:
            self._wait(number)

    def choose(self, number: int) -> None:
        """Let the other worker go first, or not."""
        with self._changed:
            self._next = self._chance.choice(self._running)
            self._changed.notify_all()
            self._wait(number)

    def leave(self, number: int) -> None:
        """Let the other worker continue alone."""
        with self._changed:
            self._running.remove(number)
            self._next = 1 - number
            self._changed.notify_all()

    def _wait(self, number: int) -> None:
        assert self._changed.wait_for(lambda: self._next == number, TIMEOUT)


def interleaved(
    world: World, jobs: tuple[Callable[[], object], Callable[[], object]], seed: int
) -> None:
    """Run both jobs in the order of the seed; an exception in one of them fails the test."""
    turns, who = _Turns(seed), threading.local()
    errors: list[BaseException] = []

    def run(number: int) -> None:
        who.number = number
        turns.begin(number)
        try:
            jobs[number]()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)
        finally:
            turns.leave(number)

    def take_turns(call: str) -> None:
        turns.choose(who.number)

    world.line.before = take_turns
    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    world.line.before = lambda call: None

    assert errors == []
    assert not any(thread.is_alive() for thread in threads)

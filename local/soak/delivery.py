"""
Epic's side: several senders post one course, singly and in batches, until all is acknowledged.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Sequence
from random import Random

from local import seed
from local.demo.machine import Machine
from local.simulators.epic import messages

_LARGEST_BATCH = 20
_IN_BATCHES = 0.3
_TIMEOUT = 600
"""Seconds. A host that is down for longer than a restart is a defect."""
_BETWEEN_TRIES = 0.2


class NeverAcknowledged(Exception):
    """A message was not accepted within the time limit."""


class Delivery:
    """
    The posts of one phase; `work()` is one sender.

    `may_send` is set or cleared by the thread that watches the machine; `acknowledged` counts
    messages answered with AA.
    """

    def __init__(self, machine: Machine, sequence: Sequence[bytes], chance: Random) -> None:
        self._machine = machine
        self._posts = iter(envelopes(sequence, chance))
        self._lock = threading.Lock()
        self._given_up = threading.Event()
        self.may_send = threading.Event()
        self.acknowledged = 0
        self.posted_again = 0

    def work(self) -> None:
        """Post until nothing is left. Raises NeverAcknowledged."""
        while (post := self._next()) is not None:
            while not self.may_send.wait(1):
                if self._given_up.is_set():
                    return
            self._post(post)

    def give_up(self) -> None:
        """Make the senders stop after their current post."""
        self._given_up.set()

    def _next(self) -> tuple[bytes, ...] | None:
        with self._lock:
            return None if self._given_up.is_set() else next(self._posts, None)

    def _post(self, post: tuple[bytes, ...]) -> None:
        """Post repeatedly, like Epic, until every message of the post is acknowledged."""
        for _ in range(round(_TIMEOUT / _BETWEEN_TRIES)):
            if self._is_acknowledged(post):
                with self._lock:
                    self.acknowledged += len(post)
                return
            with self._lock:
                self.posted_again += 1
            if self._given_up.wait(_BETWEEN_TRIES):
                return
        raise NeverAcknowledged

    def _is_acknowledged(self, post: tuple[bytes, ...]) -> bool:
        body = post[0] if len(post) == 1 else messages.batch(post)
        try:
            answer = self._machine.post(body, seed.OTHER_NUMBER)
        except (OSError, http.client.HTTPException):
            return False  # the host is being restarted
        return answer.codes == ["AA"] * len(post)


def envelopes(sequence: Sequence[bytes], chance: Random) -> list[tuple[bytes, ...]]:
    """Split the sequence into posts: most with one message, some with several."""
    posts: list[tuple[bytes, ...]] = []
    rest = 0
    while rest < len(sequence):
        size = chance.randint(2, _LARGEST_BATCH) if chance.random() < _IN_BATCHES else 1
        posts.append(tuple(sequence[rest : rest + size]))
        rest += size
    return posts

"""
Requests that are held open until they are released or the client disconnects.

Which request is held is decided by a rule, not here.
"""

import select
import socket
import threading
import time
from enum import Enum

_GONE = select.POLLIN | select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Ending(Enum):
    """Why a held request continues."""

    RELEASED = "released"
    CLIENT_GONE = "client_gone"
    ELAPSED = "elapsed"


class Holds:
    """All requests of one process that are held at present."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._wakers: set[socket.socket] = set()
        self._closed = False

    def hold(self, connection: socket.socket) -> Ending:
        """Block the calling thread until `release`, or until the client closes its side."""
        return self._wait(connection, None)

    def delay(self, connection: socket.socket, seconds: float) -> Ending:
        """Block for some seconds. A delayed request does not count as waiting."""
        return self._wait(connection, seconds)

    def waiting(self) -> int:
        with self._changed:
            return len(self._wakers)

    def await_waiting(self, at_least: int, timeout: float) -> bool:
        """Return True as soon as that many requests are held, False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._wakers) >= at_least, timeout)

    def release(self) -> int:
        """Release every held request and return their number."""
        with self._changed:
            for waker in self._wakers:
                waker.send(b"r")
            count = len(self._wakers)
            self._wakers.clear()
            self._changed.notify_all()
            return count

    def close(self) -> None:
        """Release held requests as if their clients had disconnected, because the process ends."""
        with self._changed:
            self._closed = True
        self.release()

    def _wait(self, connection: socket.socket, seconds: float | None) -> Ending:
        waker, woken = socket.socketpair()
        with waker, woken:
            counted = seconds is None
            with self._changed:
                if self._closed:
                    return Ending.CLIENT_GONE
                if counted:
                    self._wakers.add(waker)
                    self._changed.notify_all()
            try:
                ending = _first(connection, woken, seconds)
            finally:
                with self._changed:
                    self._wakers.discard(waker)
                    self._changed.notify_all()
            return Ending.CLIENT_GONE if self._closed else ending


def _first(connection: socket.socket, woken: socket.socket, seconds: float | None) -> Ending:
    """
    Return why the wait ended.

    A client that waits for its answer sends nothing: readable data means that it disconnected.
    """
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    poll.register(connection, _GONE)
    limit = None if seconds is None else time.monotonic() + seconds
    while True:
        left = None if limit is None else max(0.0, limit - time.monotonic())
        ready = dict(poll.poll(None if left is None else left * 1000))
        if woken.fileno() in ready:
            return Ending.RELEASED
        if ready:
            return Ending.CLIENT_GONE
        if left == 0.0:
            return Ending.ELAPSED

"""One request to a service that has a circuit breaker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from shared_code.clock import Clock
from shared_code.errors import Conflict, ConnectorError, NotStored
from shared_code.oversight.ports import CircuitBreaker


@dataclass(slots=True)
class Attempt:
    """
    One request to a service. `wait_until` (UTC): when to ask again where none may be made;
    `answered`: whether it was answered, also by a no, and None while it was not made.
    """

    wait_until: datetime | None = None
    answered: bool | None = None


@contextmanager
def attempt(circuit: CircuitBreaker, clock: Clock, *, is_repeat: bool) -> Iterator[Attempt]:
    """
    Ask the circuit whether a request may be made, and tell it what became of it when left. A
    repeat does not ask. Raises NotStored and Conflict.
    """
    request = Attempt(None if is_repeat else circuit.acquire(clock()))
    acquired = request.wait_until is None and not is_repeat
    try:
        yield request
    except BaseException as error:  # a process that dies releases nothing
        acquired = acquired and isinstance(error, ConnectorError)
        raise
    finally:
        if request.answered is not None:
            with suppress(NotStored, Conflict):  # what became of the request is what counts
                circuit.record(request.answered, clock())
        elif acquired:
            circuit.release(clock())

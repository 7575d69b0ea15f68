"""Count the requests that the storage SDKs of this process make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests


@contextmanager
def counted() -> Iterator[list[int]]:
    """
    Count every request inside the block; item 0 is the number. All SDKs use one method for them.
    """
    seen, original = [0], requests.Session.send

    def counting(session: requests.Session, *arguments: Any, **more: Any) -> Any:
        seen[0] += 1
        return original(session, *arguments, **more)

    requests.Session.send = counting  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        requests.Session.send = original  # type: ignore[method-assign]

"""Count the requests that the storage SDKs of this process make, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from azure.core.pipeline import Pipeline


@dataclass(slots=True)
class Requests:
    """`seconds` is the time of this thread on a processor inside the SDKs."""

    number: int = 0
    seconds: float = 0.0


@contextmanager
def counted() -> Iterator[Requests]:
    """Count every request inside the block. All SDKs use the same two methods for them."""
    seen, send, run = Requests(), requests.Session.send, Pipeline.run

    def counting(session: requests.Session, *arguments: Any, **more: Any) -> Any:
        seen.number += 1
        return send(session, *arguments, **more)

    def timing(pipeline: Pipeline[Any, Any], *arguments: Any, **more: Any) -> Any:
        began = time.thread_time()
        try:
            return run(pipeline, *arguments, **more)
        finally:
            seen.seconds += time.thread_time() - began

    requests.Session.send = counting  # type: ignore[method-assign, assignment]
    Pipeline.run = timing  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        requests.Session.send = send  # type: ignore[method-assign]
        Pipeline.run = run  # type: ignore[method-assign]

"""
Structured logs: one JSON line for each event, with allow-listed fields and nothing of the input.

Event names are constants such as "text.sent". Identifiers in fields are keyed hashes. A field that
is not listed here is dropped; an exception is named only by its type.
"""

from __future__ import annotations

import contextvars
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO

FIELDS = frozenset(
    {
        "action",
        "attempt",
        "code",
        "connection",
        "correlation",
        "count",
        "dequeued",
        "due",
        "duty",
        "function",
        "kind",
        "letter",
        "milliseconds",
        "outcome",
        "queue",
        "row",
        "seconds",
        "segments",
        "state",
        "status",
        "trigger",
        "version",
    }
)
_QUIET = ("azure", "urllib3", "msal", "werkzeug", "httpx", "asyncio")
_LOGGER = logging.getLogger("connector")
_bound: contextvars.ContextVar[Mapping[str, object]] = contextvars.ContextVar(
    "bound",
    default=MappingProxyType({}),
)


class JsonLine(logging.Formatter):
    """Formats a record as one line of JSON; JSON escapes control characters."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without a line end."""
        ours = record.name == _LOGGER.name
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            # messages of other libraries may repeat input, so only the logger's name is kept
            "event": record.getMessage() if ours else f"library.{record.name}",
        }
        fields = {**_bound.get(), **getattr(record, "fields", {})}
        line |= {name: value for name, value in fields.items() if name in FIELDS}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """
    Add fields to every event inside the block.

    They are removed at its end: worker threads are reused, and a leftover field would name the
    wrong appointment.
    """
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def correlation() -> str:
    """Return the correlation id bound to this work, or an empty text."""
    return str(_bound.get().get("correlation", ""))


def event(name: str, /, **fields: object) -> None:
    """Log an event."""
    _LOGGER.info(name, extra={"fields": fields})


def warn(name: str, /, **fields: object) -> None:
    """Log an event that somebody should look at."""
    _LOGGER.warning(name, extra={"fields": fields})


def failure(name: str, error: BaseException, /, **fields: object) -> None:
    """Log a failure with the error's type, never its text."""
    _LOGGER.error(name, exc_info=(type(error), error, None), extra={"fields": fields})


def set_up(stream: TextIO | None = None) -> None:
    """
    Make the root logger write our lines, and silence libraries; called once by function_app.py.

    The host has a handler of its own on the root logger: it keeps that handler and sets our format
    on it, so that no line is written twice.
    """
    root = logging.getLogger()
    if stream is not None or not root.handlers:
        root.addHandler(logging.StreamHandler(stream or sys.stdout))
    for handler in root.handlers:
        handler.setFormatter(JsonLine())
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # 64 threads share one client: "pool is full" only means that a connection was not reused
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)

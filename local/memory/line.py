"""Intercepts every port call, so that a test can watch calls or make them fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

Watcher = Callable[[str], None]


def _nothing(call: str) -> None:
    """Do nothing: the call proceeds."""


@dataclass
class Line:
    """Records calls as `port.method`, in order. `before` and `after` may raise."""

    calls: list[str] = field(default_factory=list)
    before: Watcher = _nothing
    after: Watcher = _nothing

    def through[T](self, name: str, port: T) -> T:
        """Return a proxy of the port that records every call here."""
        return cast("T", _RecordedPort(name, port, self))


class _RecordedPort:
    def __init__(self, name: str, port: object, line: Line) -> None:
        self._name, self._port, self._line = name, port, line

    def __getattr__(self, method: str) -> Any:
        inner, line, call = getattr(self._port, method), self._line, f"{self._name}.{method}"
        if not callable(inner):
            return inner

        def watched(*args: Any, **kwargs: Any) -> Any:
            line.calls.append(call)
            line.before(call)
            result = inner(*args, **kwargs)
            line.after(call)
            return result

        return watched

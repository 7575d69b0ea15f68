"""One line that every port call passes, where a test may look or break in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

Watcher = Callable[[str], None]


def _nothing(call: str) -> None:
    """Lets the call pass."""


@dataclass
class Line:
    """The calls in their order, as `port.method`; `before` and `after` may raise."""

    calls: list[str] = field(default_factory=list)
    before: Watcher = _nothing
    after: Watcher = _nothing

    def through[T](self, name: str, port: T) -> T:
        """The port, with all its calls passing here."""
        return cast("T", _Watched(name, port, self))


class _Watched:
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

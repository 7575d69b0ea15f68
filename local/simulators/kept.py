"""
What a simulator must still know after a restart, in one file of its own folder.

The product's storage outlives the processes, so the world outside must not forget what the product
still refers to: a booking, a text, an opt-out.
"""

import json
import threading
from pathlib import Path
from typing import Any

from local.certificates import write_whole


class Kept:
    """
    JSON values by key, in the order in which their keys were first put.

    Each change appends one line to the file before the call returns, so that many values cost no
    more than few. One process at a time may have the file open.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        self._load()

    def put(self, key: str, value: Any) -> None:
        with self._lock:
            self._append([key, value])
            self._values[key] = value

    def remove(self, key: str) -> None:
        with self._lock:
            if key in self._values:
                self._append([key])
                del self._values[key]

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        with self._lock:
            return self._values.get(key)

    def items(self) -> list[tuple[str, Any]]:
        with self._lock:
            return list(self._values.items())

    def clear(self) -> None:
        with self._lock:
            self._file.unlink(missing_ok=True)
            self._values.clear()

    def _load(self) -> None:
        if not self._file.exists():
            return
        lines = self._file.read_text(encoding="utf-8").splitlines()
        for line in lines:
            try:
                key, *value = json.loads(line)
            except ValueError:
                continue  # the process was killed while it wrote this line
            if value:
                self._values[key] = value[0]
            else:
                self._values.pop(key, None)
        if len(lines) != len(self._values):
            left = "".join(_line([key, value]) for key, value in self._values.items())
            write_whole(self._file, left.encode(), 0o600)

    def _append(self, change: list[Any]) -> None:
        self._file.touch(0o600)
        with self._file.open("a", encoding="utf-8") as handle:
            handle.write(_line(change))


def _line(change: list[Any]) -> str:
    return json.dumps(change) + "\n"

"""Values under ETags, as in a table, in a dictionary under a lock."""

from __future__ import annotations

import threading
from itertools import count

from shared_code.errors import Conflict
from shared_code.rows import Stored


class Rows[K, V]:
    """Values by key, each under an ETag that changes with every write."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._rows: dict[K, Stored[V]] = {}

    def get(self, key: K) -> Stored[V] | None:
        """Return the value and its ETag."""
        with self._lock:
            return self._rows.get(key)

    def insert(self, key: K, value: V) -> str:
        """Store a new value and return its ETag. Raises Conflict if the key exists."""
        with self._lock:
            if key in self._rows:
                raise Conflict
            return self._write(key, value)

    def replace(self, key: K, value: V, etag: str) -> str:
        """
        Replace the value and return its ETag. Raises Conflict unless `etag` is the current one.
        """
        with self._lock:
            if key not in self._rows or self._rows[key].etag != etag:
                raise Conflict
            return self._write(key, value)

    def put(self, key: K, value: V) -> None:
        """Store the value, overwriting any other."""
        with self._lock:
            self._write(key, value)

    def put_if_absent(self, key: K, value: V) -> None:
        """Store the value unless the key exists."""
        with self._lock:
            if key not in self._rows:
                self._write(key, value)

    def remove(self, key: K, etag: str | None = None) -> None:
        """
        Erase the value. Does nothing if the key does not exist; raises Conflict if the ETag
        differs.
        """
        with self._lock:
            if key in self._rows and etag not in (None, self._rows[key].etag):
                raise Conflict
            self._rows.pop(key, None)

    def all_keys(self) -> list[K]:
        """Return all keys, in the order in which they were first written."""
        with self._lock:
            return list(self._rows)

    def values(self) -> list[V]:
        """Return all values, in the order in which their keys were first written."""
        with self._lock:
            return [row.value for row in self._rows.values()]

    def _write(self, key: K, value: V) -> str:
        etag = f'W/"{next(self._numbers)}"'
        self._rows[key] = Stored(value, etag)
        return etag

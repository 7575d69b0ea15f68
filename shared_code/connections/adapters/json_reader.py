"""
Read hand-written JSON without stopping at the first mistake. Knows no domain type.

For an invalid value, a line with its path, but never its content, is added to `problems`, and a
harmless value is returned instead. Callers must check `problems` before they use the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_HARMLESS_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """One JSON object at a path."""

    def __init__(self, value: object, path: str, problems: list[str]) -> None:
        self._path = path
        self._problems = problems
        self._seen: set[str] = set()
        self._values: dict[str, Any] = {}
        if isinstance(value, dict):
            self._values = value
        else:
            problems.append(f"{path}: must be an object")

    def wrong(self, name: str, demand: str) -> None:
        """Add a problem: what the value has to be."""
        self._problems.append(f"{self._path}.{name}: {demand}")

    def has(self, name: str) -> bool:
        """Return whether the name is present; null counts as absent."""
        self._seen.add(name)
        return self._values.get(name) is not None

    def text(self, name: str, pattern: str = r"(?s).*\S.*", default: str | None = None) -> str:
        """Return a text that matches the pattern. Without a default it is required."""
        if not self.has(name):
            if default is None:
                self.wrong(name, "must be set")
            return default or ""
        value = self._values[name]
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.wrong(name, f"must be a text that matches {pattern}")
            return ""
        return value

    def texts(self, name: str, pattern: str = r".+", default: tuple[str, ...] = ()) -> list[str]:
        """Return a list of texts that match the pattern."""
        if not self.has(name):
            return list(default)
        value = self._values[name]
        if isinstance(value, list) and all(
            isinstance(item, str) and re.fullmatch(pattern, item) for item in value
        ):
            return value
        self.wrong(name, f"must be a list of texts that match {pattern}")
        return []

    def checked(self, name: str, check: Callable[[str], object], default: str | None = None) -> str:
        """Return a text that `check` accepts; `check` raises ValueError for any other."""
        value = self.text(name, default=default)
        if value:
            self._check(name, value, check)
        return value

    def all_checked(
        self, name: str, check: Callable[[str], object], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return a list of texts that `check` accepts."""
        values = self.texts(name, default=default)
        for value in values:
            self._check(name, value, check)
        return tuple(values)

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value = self._values[name] if self.has(name) else default
        if not isinstance(value, bool):
            self.wrong(name, "must be true or false")
            return default
        return value

    def number(self, name: str, least: int, most: int, default: int) -> int:
        """Return a whole number from `least` to `most`."""
        value = self._values[name] if self.has(name) else default
        if _is_integer(value) and least <= value <= most:
            return int(value)
        self.wrong(name, f"must be a whole number from {least} to {most}")
        return default

    def numbers(self, name: str, least: int, most: int) -> tuple[int, ...]:
        """Return distinct whole numbers from `least` to `most`, the largest first."""
        value = self._values[name] if self.has(name) else []
        whole = isinstance(value, list) and all(map(_is_integer, value))
        if whole and len(set(value)) == len(value) and all(least <= each <= most for each in value):
            return tuple(sorted(value, reverse=True))
        self.wrong(name, f"must be a list of different whole numbers from {least} to {most}")
        return ()

    def choice[Choice: StrEnum](
        self, name: str, choices: type[Choice], default: Choice | None = None
    ) -> Choice:
        """Return a member of an enumeration. Without a default it is required."""
        value = self.text(name, "|".join(choices), default)
        return choices(value) if value else next(iter(choices))

    def time(self, name: str) -> datetime:
        """Return an ISO 8601 time that has an offset."""
        try:
            value = datetime.fromisoformat(self.text(name))
        except ValueError:
            value = _HARMLESS_TIME.replace(tzinfo=None)
        if value.tzinfo is None:
            self.wrong(name, "must be a time with an offset, as 2026-01-31T09:00:00-06:00")
            return _HARMLESS_TIME
        return value

    def words(
        self, name: str, check: Callable[[str], object], check_name: Callable[[str], object]
    ) -> dict[str, str]:
        """Return an object whose names and values are texts that the checks accept."""
        section = self.section(name)
        if section is None:
            return {}
        for key in section._values:
            self._check(f"{name}, a name", key, check_name)
        return {key: section.checked(key, check) for key in section._values}

    def names(self, pattern: str) -> list[str]:
        """Return the names in this object; each must match the pattern."""
        for name in self._values:
            if not re.fullmatch(pattern, name):
                self._problems.append(f"{self._path}: every name must match {pattern}")
                return []
        return list(self._values)

    def section(self, name: str) -> Reader | None:
        """Return a reader of a nested object, or None if it is absent."""
        if not self.has(name):
            return None
        return Reader(self._values[name], f"{self._path}.{name}", self._problems)

    def sections(self, name: str) -> list[Reader]:
        """Return readers of a list of objects."""
        value = self._values[name] if self.has(name) else []
        if not isinstance(value, list):
            self.wrong(name, "must be a list")
            return []
        path = f"{self._path}.{name}"
        return [Reader(item, f"{path}[{n}]", self._problems) for n, item in enumerate(value)]

    def end(self) -> None:
        """Add a problem for every name that was not read, so that typing errors are noticed."""
        for name in sorted(self._values.keys() - self._seen):
            self.wrong(name, "there is no such name")

    def _check(self, name: str, value: str, check: Callable[[str], object]) -> None:
        try:
            check(value)
        except ValueError as error:
            self.wrong(name, str(error))


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

"""A value read from a row, with the ETag under which it may be replaced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored[T]:
    """A value with the ETag under which it was read."""

    value: T
    etag: str

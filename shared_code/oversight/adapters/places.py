"""
The storage location of a problem or dead letter, contained in its id:

`{tenant or _unassigned}~{yyyymmdd}~{hash}`. An operator passes only the id, and no search is
needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_ID = re.compile(r"([A-Za-z0-9_-]{1,64})~([0-9]{8})~([0-9a-f]{8,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """The three parts of an id."""

    tenant: str
    day: str
    digest: str

    def __str__(self) -> str:
        return f"{self.tenant}~{self.day}~{self.digest}"

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Return the place, or None if the text is not an id."""
        parts = _ID.fullmatch(text)
        return cls(*parts.groups()) if parts else None

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the place of an id that we made ourselves. Raises ValueError."""
        found = cls.find(text)
        if found is None:
            raise ValueError("not an id of a problem or dead letter")
        return found

"""The port of the door out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class OutboundHttp(Protocol):
    """HTTPS to checked addresses."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        seconds: float = 5.0,
        largest: int = 1_000_000,
    ) -> Answer:
        """
        Return the answer, whatever its status. Redirects are not followed, nothing is repeated.

        `seconds` is the time for everything, of which connecting may take two; `largest` counts
        the bytes of the body. Raises AddressRefused, NotReached, NoAnswer or AnswerTooLarge.
        """

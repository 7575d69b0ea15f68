"""
What could be read in an account: every layer of base64 taken off and, with the keys, every seal
opened. What is sealed and opens in no place that we know is named, never passed over.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared_code.errors import Refused
from shared_code.security import keys
from shared_code.security.keys import KeyRing

_DEEPEST = 6
_TOKENS = (
    re.compile(rb"[A-Za-z0-9+/]{16,}"),
    re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9_-]{16,}(?![A-Za-z0-9+/_-])"),
)
_SHORTEST_SEAL = 28
"""A nonce and a tag."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything inside something: `plain` for anybody, `opened` for whoever has the keys."""

    plain: bytes
    opened: bytes


@dataclass(slots=True)
class Reader:
    """
    Opens what is sealed with a key of `ring` for one of the places in `contexts`. `unopened` keeps
    the names of the places where a seal stayed shut.
    """

    ring: KeyRing
    contexts: tuple[str, ...]
    unopened: set[str] = field(default_factory=set)

    def read(self, place: str, contents: Iterable[bytes]) -> Layers:
        """The contents and all that is in them."""
        layers = [layer for content in contents for layer in self._layers(place, content)]
        return Layers(
            plain=b"\n".join(layer for was_sealed, layer in layers if not was_sealed),
            opened=b"\n".join(layer for was_sealed, layer in layers if was_sealed),
        )

    def _layers(
        self, place: str, content: bytes, was_sealed: bool = False, depth: int = 0
    ) -> Iterator[tuple[bool, bytes]]:
        yield was_sealed, content
        if depth == _DEEPEST:
            return
        if _is_sealed(self.ring, content):
            plain = self._open(content)
            if plain is None:
                self.unopened.add(place)
            else:
                yield from self._layers(place, plain, True, depth + 1)
        for inner in _decoded(content):
            yield from self._layers(place, inner, was_sealed, depth + 1)

    def _open(self, content: bytes) -> bytes | None:
        for context in self.contexts:
            with suppress(Refused):
                return keys.unseal(self.ring, content, context)
        return None


def contexts(
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    letters: Iterable[str],
    connections: Iterable[str],
) -> tuple[str, ...]:
    """
    The places that the product seals for: rows of appointments, visits, launches, pages and EHR
    users, connections' messages, dead letters.
    """

    def keys_of(table: str) -> list[tuple[str, str]]:
        """Return the first part of each partition key, and the row key."""
        rows = tables.get(table, [])
        return [(str(row["PartitionKey"]).rpartition("-")[0], str(row["RowKey"])) for row in rows]

    return (
        *(f"phone|{connection}~{row}" for connection, row in keys_of("appointments")),
        *(
            f"visits/{connection}~{row}/{kind}"
            for connection, row in keys_of("visits")
            for kind in ("join", "guest")
        ),
        *(f"launch|{bucket}-{row}" for bucket, row in keys_of("launches")),
        *(f"session|{bucket}-{row}" for bucket, row in keys_of("sessions")),
        *(
            f"ehruser|{row['PartitionKey']}|{str(row['RowKey']).removeprefix('user~')}"
            for row in tables.get("ehrusers", [])
        ),
        *(f"hl7|{connection}" for connection in connections),
        *(f"letter|{letter}" for letter in letters),
    )


def _is_sealed(ring: KeyRing, content: bytes) -> bool:
    key_id, mark, rest = content.partition(b":")
    known = {each.encode("ascii") for each in ring.keys}
    return bool(mark) and key_id in known and len(rest) >= _SHORTEST_SEAL


def _decoded(content: bytes) -> Iterator[bytes]:
    found = {token for pattern in _TOKENS for token in pattern.findall(content)}
    for token in sorted(found):
        whole = token[: len(token) - (len(token) % 4 == 1)]
        padded = whole + b"=" * (-len(whole) % 4)
        yield base64.b64decode(padded, b"-_" if set(token) & set(b"-_") else None)

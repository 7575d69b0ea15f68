"""
Reads the answer of Epic's token endpoint: tokens, and the launch context beside them.

Every CONTEXT parameter of the integration record is a top-level field here. Fields are found by
name without regard to case; only strings and whole numbers are values, everything else is missing,
and so are the words that systems write for nothing. Nothing else of the answer is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared_code.errors import Refused
from shared_code.smart.errors import TOKEN_ANSWER_UNREADABLE

LARGEST = 65_536
"""Bytes of a token answer."""

_LONGEST_VALUE = 200
_LONGEST_TOKEN = 16_000
_TOKEN = re.compile(r"[\x21-\x7e]+")
_PLACEHOLDER = re.compile(r"%[A-Za-z][^%]*%")
_NOTHING = re.compile(r"|null|none|undefined|nan|-?0+|-1", re.IGNORECASE)
"""A number that everybody has would bring everybody into one room."""


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """
    What the launch says of the visit; None for what it does not say.

    `disagree`: one of the names stands there twice with different values, and counts as missing.
    `has_placeholder`: `sessionId` or `csn` is a literal `%…%`, which is a mistake of the record.
    """

    session_id: str | None = field(default=None, repr=False)
    disagree: bool = False
    patient: str | None = field(default=None, repr=False)
    encounter: str | None = field(default=None, repr=False)
    appointment: str | None = field(default=None, repr=False)
    csn: str | None = field(default=None, repr=False)
    has_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The context, and the tokens if they are there. The access token is opaque."""

    context: LaunchContext
    id_token: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)


def read_token_answer(body: bytes) -> TokenAnswer:
    """
    Return what the body says. Raises Refused(TOKEN_ANSWER_UNREADABLE) for what is no JSON object,
    is larger than 64 KB, or holds neither a token nor a context.
    """
    fields = _fields(body)
    context = _context(fields)
    answer = TokenAnswer(context, _token(fields, "id_token"), _token(fields, "access_token"))
    if answer == TokenAnswer(LaunchContext()):
        raise Refused(TOKEN_ANSWER_UNREADABLE)
    return answer


class _Fields:
    """The values of a JSON object by name, whatever the case; a name may stand there twice."""

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        self._texts: dict[str, set[str]] = {}
        for name, value in pairs:
            if isinstance(value, str):
                self._texts.setdefault(name.casefold(), set()).add(value)

    def get(self, name: str) -> set[str]:
        """Return the different texts that the name has."""
        return self._texts.get(name.casefold(), set())


def _fields(body: bytes) -> _Fields:
    if len(body) > LARGEST:
        raise Refused(TOKEN_ANSWER_UNREADABLE)
    try:
        # whole numbers as they are written: `7` and `"7"` are one value
        read = json.loads(body, parse_int=str, object_pairs_hook=_Fields)
    except (ValueError, RecursionError):
        raise Refused(TOKEN_ANSWER_UNREADABLE) from None
    if not isinstance(read, _Fields):
        raise Refused(TOKEN_ANSWER_UNREADABLE)
    return read


def _token(fields: _Fields, name: str) -> str | None:
    token = _only(fields.get(name)) or ""
    return token if len(token) <= _LONGEST_TOKEN and _TOKEN.fullmatch(token) else None


def _context(fields: _Fields) -> LaunchContext:
    names = ("sessionId", "patient", "encounter", "appointment", "csn")
    values = {name: _values(fields, name) for name in names}
    return LaunchContext(
        session_id=_only(values["sessionId"]),
        disagree=any(len(each) > 1 for each in values.values()),
        patient=_only(values["patient"]),
        encounter=_only(values["encounter"]),
        appointment=_only(values["appointment"]),
        csn=_only(values["csn"]),
        has_placeholder=any(
            _PLACEHOLDER.search(text) for name in ("sessionId", "csn") for text in fields.get(name)
        ),
    )


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _values(fields: _Fields, name: str) -> set[str]:
    """Return the different values of a name: without blanks around them, and never a nothing."""
    return {text for raw in fields.get(name) if _is_value(text := raw.strip())}


def _is_value(text: str) -> bool:
    return (
        len(text) <= _LONGEST_VALUE
        and text.isprintable()
        and not _NOTHING.fullmatch(text)
        and not _PLACEHOLDER.search(text)
    )

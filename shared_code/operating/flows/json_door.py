"""
The door for commands in JSON: every argument checked, every refusal answered with its code.

What a command does is in the story of its group; json_commands.py joins the two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from shared_code import logs
from shared_code.connections.domain import Connection
from shared_code.connections.errors import CONNECTION_UNKNOWN
from shared_code.connections.ports import Connections
from shared_code.errors import REQUEST_MALFORMED, Conflict, NotStored, Refused
from shared_code.operating.domain import Actor
from shared_code.operating.errors import ACTION_UNKNOWN

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Arguments:
    """
    The arguments of a command by name. Each verb raises Refused with REQUEST_MALFORMED for a value
    that is not as expected.
    """

    values: Mapping[str, object]
    connections: Connections

    @classmethod
    def read(cls, body: bytes, connections: Connections) -> Self:
        """The JSON object in the body; an empty body has no arguments."""
        try:
            values = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise Refused(REQUEST_MALFORMED) from None
        if not isinstance(values, dict):
            raise Refused(REQUEST_MALFORMED)
        return cls(values, connections)

    def text(self, name: str) -> str:
        """1 to 200 characters."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 200:
            raise Refused(REQUEST_MALFORMED)
        return value

    def text_if_given(self, name: str, *, or_empty: bool = False) -> str | None:
        """As text(); None if the argument is left out. `or_empty`: it may be empty as well."""
        if or_empty and self.values.get(name) == "":
            return ""
        return self.text(name) if name in self.values else None

    def connection(self) -> Connection:
        """The connection whose id is given. Raises Refused with CONNECTION_UNKNOWN too."""
        connection = self.connections.find(self.text("connection"))
        if connection is None:
            raise Refused(CONNECTION_UNKNOWN)
        return connection

    def connection_if_given(self) -> Connection | None:
        """As connection(); None if the argument is left out."""
        return self.connection() if "connection" in self.values else None

    def flag(self, name: str) -> bool:
        """True or false; false if the argument is left out."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise Refused(REQUEST_MALFORMED)
        return value

    def day_if_given(self, name: str) -> date | None:
        """A day as YYYY-MM-DD; None if the argument is left out."""
        if name not in self.values:
            return None
        text = self.text(name)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Refused(REQUEST_MALFORMED) from None
        if day.isoformat() != text:  # the other forms of ISO 8601 are easily misread
            raise Refused(REQUEST_MALFORMED)
        return day


Command = Callable[[Arguments, Actor], Answer]
"""Reads its arguments, calls one story, and writes the answer as what JSON can hold."""


@dataclass(frozen=True, slots=True)
class JsonDoor:
    """Carries out commands by their names."""

    commands: Mapping[str, Command]
    connections: Connections

    def run(self, action: str, body: bytes, actor: Actor) -> tuple[int, Answer]:
        """The HTTP status and the JSON to answer with; never raises for what a caller sent."""
        try:
            arguments = Arguments.read(body, self.connections)
            answer = self.commands.get(action, _unknown)(arguments, actor)
        except (Refused, NotStored, Conflict) as error:
            logs.warn("operation.refused", code=error.code)
            return error.info.status, {"code": error.code, "message": error.info.sentence}
        logs.event("operation.done", action=action)
        return 200, answer


def _unknown(arguments: Arguments, actor: Actor) -> Answer:
    raise Refused(ACTION_UNKNOWN)

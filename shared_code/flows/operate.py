"""
What an operator can do by command: list dead letters and put one back to work.

Every action that changes something is audited by the flow that does it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from shared_code import logs
from shared_code.errors import TABLE, ConnectorError, ErrorCode, NotStored, Refused
from shared_code.flows import bury
from shared_code.flows.bury import Graveyard

Answer = dict[str, object]


def operate(action: str, body: bytes, yard: Graveyard) -> tuple[int, Answer]:
    """The HTTP status and the JSON to answer with; never raises for what a caller sent."""
    try:
        answer = _ACTIONS.get(action, _unknown)(_arguments(body), yard)
    except (Refused, NotStored) as error:
        logs.warn("operation.refused", code=error.code)
        return _status(error), {"code": error.code, "message": TABLE[error.code].sentence}
    logs.event("operation.done", action=action)
    return 200, answer


def _arguments(body: bytes) -> Mapping[str, object]:
    try:
        arguments = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(ErrorCode.REQUEST_MALFORMED) from None
    if not isinstance(arguments, dict):
        raise Refused(ErrorCode.REQUEST_MALFORMED)
    return arguments


def _list_dead_letters(arguments: Mapping[str, object], yard: Graveyard) -> Answer:
    letters = [
        {
            "letter": letter.id,
            "connection": letter.connection,
            "queue": letter.queue,
            "code": letter.code,
            "at": letter.at.isoformat(),
        }
        for letter in yard.dead_letters.list()
    ]
    return {"deadLetters": letters}


def _replay(arguments: Mapping[str, object], yard: Graveyard) -> Answer:
    letter = arguments.get("letter")
    if not isinstance(letter, str):
        raise Refused(ErrorCode.REQUEST_MALFORMED)
    bury.replay(letter, yard)
    return {"replayed": letter}


def _unknown(arguments: Mapping[str, object], yard: Graveyard) -> Answer:
    raise Refused(ErrorCode.ACTION_UNKNOWN)


_ACTIONS: Mapping[str, Callable[[Mapping[str, object], Graveyard], Answer]] = {
    "dead-letters": _list_dead_letters,
    "replay": _replay,
}


def _status(error: ConnectorError) -> int:
    """A letter that cannot be read is there, but cannot be replayed: 409."""
    return TABLE[error.code].status or 409

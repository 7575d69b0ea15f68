"""
What an operator can do by command, here and in Azure alike.

Answers hold no phone, name or text; every action that changes something is audited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared_code import logs
from shared_code.connections.domain import Connection
from shared_code.errors import Conflict, NotStored, Refused
from shared_code.operating.errors import ACTION_UNKNOWN
from shared_code.operating.flows.metrics import metrics
from shared_code.operating.flows.request import (
    Answer,
    Arguments,
    Operator,
    arguments_of,
    audit,
    connection_of,
    text_of,
)
from shared_code.operating.flows.text_commands import history, problems, recompute, send_again
from shared_code.oversight.ports import Switch
from shared_code.texting.domain.next_step import BRAKE, DISCARDED, PAUSE, RELEASED


def operate(action: str, body: bytes, operator: Operator) -> tuple[int, Answer]:
    """The HTTP status and the JSON to answer with; never raises for what a caller sent."""
    try:
        answer = _ACTIONS.get(action, _unknown)(arguments_of(body), operator)
    except (Refused, NotStored, Conflict) as error:
        logs.warn("operation.refused", code=error.code)
        return error.info.status, {"code": error.code, "message": error.info.sentence}
    logs.event("operation.done", action=action)
    return 200, answer


def _list_dead_letters(arguments: Arguments, operator: Operator) -> Answer:
    letters = [
        {
            "letter": letter.id,
            "connection": letter.connection,
            "queue": letter.queue,
            "code": letter.code,
            "at": letter.at.isoformat(),
        }
        for letter in operator.dead_letters.store.list()
    ]
    return {"deadLetters": letters}


def _replay(arguments: Arguments, operator: Operator) -> Answer:
    letter = text_of(arguments, "letter")
    operator.dead_letters.replay(letter)
    return {"replayed": letter}


def _pause(arguments: Arguments, operator: Operator) -> Answer:
    """Without a connection, the whole installation."""
    name = _pause_name(arguments, operator)
    audit("pause", name, name.rpartition("~")[2], operator)
    operator.switches.set(Switch(name, "operator", operator.clock()))
    return {"paused": name}


def _resume(arguments: Arguments, operator: Operator) -> Answer:
    name = _pause_name(arguments, operator)
    audit("resume", name, name.rpartition("~")[2], operator)
    operator.switches.clear(name)
    return {"resumed": name}


def _pause_name(arguments: Arguments, operator: Operator) -> str:
    if "connection" not in arguments:
        return PAUSE
    return f"{PAUSE}~{connection_of(arguments, operator).id}"


def _release(arguments: Arguments, operator: Operator) -> Answer:
    """What the storm brake holds goes on its way."""
    connection = connection_of(arguments, operator)
    audit("release", connection.id, connection.id, operator)
    _let_go(RELEASED, connection, operator)
    return {"released": connection.id}


def _discard(arguments: Arguments, operator: Operator) -> Answer:
    """What the storm brake holds by now is never sent; what comes later is."""
    connection = connection_of(arguments, operator)
    audit("discard", connection.id, connection.id, operator)
    _let_go(DISCARDED, connection, operator)
    return {"discarded": connection.id}


def _let_go(how: str, connection: Connection, operator: Operator) -> None:
    """Notes when, for what comes after, and takes the brake off."""
    name = f"{how}~{connection.id}"
    operator.switches.clear(name)
    operator.switches.set(Switch(name, "operator", operator.clock()))
    operator.switches.clear(f"{BRAKE}~{connection.id}")


def _unknown(arguments: Arguments, operator: Operator) -> Answer:
    raise Refused(ACTION_UNKNOWN)


_ACTIONS: Mapping[str, Callable[[Arguments, Operator], Answer]] = {
    "dead-letters": _list_dead_letters,
    "replay": _replay,
    "pause": _pause,
    "resume": _resume,
    "release": _release,
    "discard": _discard,
    "history": history,
    "recompute": recompute,
    "problems": problems,
    "send-again": send_again,
    "metrics": metrics,
}

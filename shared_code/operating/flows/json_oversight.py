"""Commands about problems, the state of the installation and allow-lists: from JSON and to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.domain import Actor
from shared_code.operating.flows.allow_list import AllowListHash
from shared_code.operating.flows.json_door import Answer, Arguments, Command
from shared_code.operating.flows.json_erasing import e164
from shared_code.operating.flows.problem_list import ProblemList
from shared_code.operating.flows.status import ConnectionStatus, InstallationStatus, Status
from shared_code.oversight.domain.circuit import FAILURES, Circuit
from shared_code.oversight.domain.problem import Closing, Problem
from shared_code.oversight.ports import Switch


def problem_commands(problems: ProblemList) -> Mapping[str, Command]:
    """List and close."""

    def listed(arguments: Arguments, actor: Actor) -> Answer:
        found = problems.list(settled=arguments.flag("all"))
        return {"problems": [_problem(problem) for problem in found]}

    def close(arguments: Arguments, actor: Actor) -> Answer:
        try:
            why = Closing(arguments.text("reason"))
        except ValueError:
            raise Refused(REQUEST_MALFORMED) from None
        return _problem(problems.close(arguments.text("problem"), why, actor))

    return {"problems": listed, "close-problem": close}


def status_commands(status: Status) -> Mapping[str, Command]:
    """How things stand."""

    def shown(arguments: Arguments, actor: Actor) -> Answer:
        return _status(status.now())

    return {"status": shown}


def allow_list_commands(allow_list: AllowListHash) -> Mapping[str, Command]:
    """The hash of a number."""

    def hashed(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection()
        number = e164(arguments.text("number"))
        return {"connection": connection.id, "hash": allow_list.of(connection, number)}

    return {"hash-number": hashed}


def _problem(problem: Problem) -> Answer:
    return {
        "problem": problem.id,
        "connection": problem.connection,
        "code": problem.code,
        "state": problem.closed or ("open" if problem.is_open else "settled"),
        "count": problem.count,
        "settled": problem.settled,
        "subjects": list(problem.subjects),
        "at": problem.at.isoformat(),
        "last": problem.last.isoformat(),
    }


def _status(status: InstallationStatus) -> Answer:
    return {
        "at": status.at.isoformat(),
        "agendaAgeSeconds": status.agenda_age,
        "pause": _switch(status.pause),
        "circuits": {
            "sms": _circuit(status.sms),
            "graph": {tenant: _circuit(each) for tenant, each in status.graph.items()},
        },
        "queues": {
            name: {"waiting": depth.waiting, "failed": depth.failed}
            for name, depth in status.queues.items()
        },
        "connections": [_connection(each) for each in status.connections],
        "mistakes": list(status.mistakes),
        "openProblems": status.open_problems,
    }


def _connection(status: ConnectionStatus) -> Answer:
    connection = status.connection
    return {
        "connection": connection.id,
        "environment": connection.environment,
        "status": connection.status,
        "texts": connection.sms is not None and connection.may_text_now(),
        "pause": _switch(status.pause),
        "brake": _switch(status.brake),
        "lastMessage": _written(status.last_message),
    }


def _switch(switch: Switch | None) -> Answer | None:
    return {"since": switch.since.isoformat(), "by": switch.by} if switch else None


def _circuit(circuit: Circuit) -> Answer:
    state = "closed" if not circuit.failures else "half-open"
    return {
        "state": "open" if circuit.failures >= FAILURES else state,
        "failures": circuit.failures,
        "since": _written(circuit.since),
        "nextRequest": _written(circuit.next_probe),
    }


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

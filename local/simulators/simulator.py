"""
The frame around each simulator: records every request and plays its faults.

A simulator itself has no faults; withholding, delaying or damaging an answer is done here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Protocol

from local.faults.holds import Ending, Holds
from local.faults.listener import Answer, HangUp, Request, json_headers
from local.faults.rules import Fault, Plan
from local.simulators.clock import Clock
from local.simulators.memory import FAULT, Memory, Record

KINDS = frozenset(
    {
        "status",
        "late",
        "drop_after_acting",
        "hold_before_acting",
        "hold_after_acting",
        "garbage",
        "truncate",
    }
)


@dataclass(frozen=True)
class Outcome:
    """A simulator's correct answer and what to record of it."""

    answer: Answer
    verdict: str
    acted: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


class Simulator(Protocol):
    """The service behind one listener or path."""

    def remembered(self, request: Request) -> Any:
        """Return what may be recorded of the body; None for nothing."""

    def act(self, request: Request) -> Outcome: ...


class Framed:
    """One simulator within its frame; listeners call `serve`."""

    def __init__(
        self,
        target: str,
        simulator: Simulator,
        *,
        clock: Clock,
        plan: Plan,
        holds: Holds,
        memory: Memory,
    ) -> None:
        self._target = target
        self._simulator = simulator
        self._clock = clock
        self._plan = plan
        self._holds = holds
        self._memory = memory
        self._plays: Mapping[str, Callable[[Request, Fault, int], Answer]] = MappingProxyType(
            {
                "status": self._status,
                "late": self._late,
                "drop_after_acting": self._drop_after_acting,
                "hold_before_acting": self._hold_before_acting,
                "hold_after_acting": self._hold_after_acting,
                "garbage": self._garbage,
                "truncate": self._truncate,
            }
        )

    def serve(self, request: Request) -> Answer:
        fault = self._plan.take(self._target, request.method, request.path)
        number = self._memory.arrived(lambda number: self._record(number, request, fault))
        if fault is None:
            return self._act(request, number)
        return self._plays[fault.kind](request, fault, number)

    def _record(self, number: int, request: Request, fault: Fault | None) -> Record:
        return Record(
            number=number,
            at=self._clock.now(),
            real_at=self._clock.real_now(),
            target=self._target,
            method=request.method,
            path=request.path,
            body=self._simulator.remembered(request),
            fault=fault.kind if fault else None,
        )

    def _act(self, request: Request, number: int, *, answered: bool = True) -> Answer:
        outcome = self._simulator.act(request)
        self._memory.finished(
            number,
            verdict=outcome.verdict,
            acted=outcome.acted,
            status=outcome.answer.status if answered else None,
            details=dict(outcome.details),
        )
        return outcome.answer

    def _status(self, _: Request, fault: Fault, number: int) -> Answer:
        self._memory.finished(number, verdict=FAULT, status=fault.status)
        wait = fault.retry_after
        headers = json_headers({} if wait is None else {"Retry-After": str(wait)})
        code = HTTPStatus(fault.status).name if fault.status in set(HTTPStatus) else "Fault"
        body = f'{{"error":{{"code":"{code}","message":"As the test asked."}}}}'
        return Answer(fault.status, body.encode(), headers)

    def _late(self, request: Request, fault: Fault, number: int) -> Answer:
        answer = self._act(request, number)
        self._holds.delay(request.connection, fault.seconds)
        return answer

    def _drop_after_acting(self, request: Request, _: Fault, number: int) -> Answer:
        self._act(request, number, answered=False)
        raise HangUp

    def _hold_before_acting(self, request: Request, _: Fault, number: int) -> Answer:
        if self._holds.hold(request.connection) is Ending.CLIENT_GONE:
            self._memory.finished(number, verdict=FAULT, details={"ending": "client_gone"})
            raise HangUp
        return self._act(request, number)

    def _hold_after_acting(self, request: Request, _: Fault, number: int) -> Answer:
        answer = self._act(request, number)
        self._holds.hold(request.connection)
        return answer

    def _garbage(self, request: Request, _: Fault, number: int) -> Answer:
        return replace(self._act(request, number), body=b"<html>not what you expect</html>")

    def _truncate(self, request: Request, fault: Fault, number: int) -> Answer:
        answer = self._act(request, number)

        def linger() -> object:
            return self._holds.hold(request.connection) if fault.stall else None

        return replace(answer, broken_off=linger)

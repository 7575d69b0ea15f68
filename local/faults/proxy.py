"""
A reverse proxy that can refuse or delay a request, or execute it and lose its answer.

It stands between the storage SDKs and the storage emulator (or any HTTP service). Other requests
are forwarded unchanged: method, raw path, headers in their order, body.
"""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

from local.faults.control import CONTROL, Control
from local.faults.holds import Ending, Holds
from local.faults.listener import Answer, HangUp, Listener, Request
from local.faults.rules import Fault, Plan
from local.faults.upstream import Upstream

_LOG_LIMIT = 100_000


@dataclass(frozen=True)
class Passage:
    """What happened to one request; without query (it may be a signature) and bodies."""

    method: str
    path: str
    fault: str | None
    executed: bool
    status: int | None


class RunningProxy:
    """A started proxy: its address, its rules and its log."""

    def __init__(self, target: str, port: int, ca_file: Path | None, timeout: float) -> None:
        self.plan = Plan()
        self.holds = Holds()
        self._log: list[Passage] = []
        self._tally: Counter[tuple[str, str, str | None, bool]] = Counter()
        self._lock = threading.Lock()
        self._upstream = Upstream(target, ca_file, timeout)
        self._control = Control(
            self.plan,
            self.holds,
            read_log=lambda: [asdict(passage) for passage in self.log()],
            clear_log=self.clear_log,
            read_tally=self.tally,
        )
        self._plays: Mapping[str, Callable[[Request, Fault], Answer]] = MappingProxyType(
            {
                "pass": self._pass,
                "status": self._status,
                "refuse": self._refuse,
                "lose_answer": self._lose_answer,
                "delay": self._delay,
                "hold_before_acting": self._hold_before_acting,
                "hold_after_acting": self._hold_after_acting,
            }
        )
        self._listener = Listener(self._serve, port)
        self.url = f"http://127.0.0.1:{self._listener.port}"
        self._listener.start()

    def log(self) -> list[Passage]:
        with self._lock:
            return list(self._log)

    def clear_log(self) -> None:
        with self._lock:
            self._log.clear()

    def tally(self) -> list[dict[str, Any]]:
        """Return counts of all requests so far, by path without keys."""
        names = ("method", "path", "fault", "executed")
        with self._lock:
            counted = self._tally.items()
            return [dict(zip(names, kind, strict=True)) | {"count": n} for kind, n in counted]

    def stop(self) -> None:
        self.holds.close()
        self._listener.stop()
        self._upstream.close()

    def _serve(self, request: Request) -> Answer:
        if request.path.startswith(CONTROL):
            return self._control.answer(request)
        fault = self.plan.take("", request.method, request.path)
        if fault is None:
            return self._execute(request, None)
        return self._plays[fault.kind](request, fault)

    def _execute(self, request: Request, fault: Fault | None) -> Answer:
        try:
            answer = self._upstream.forward(request)
        except (OSError, http.client.HTTPException):
            self._note(request, fault, executed=False, status=None)
            raise HangUp from None
        self._note(request, fault, executed=True, status=answer.status)
        return answer

    def _pass(self, request: Request, fault: Fault) -> Answer:
        return self._execute(request, fault)

    def _status(self, request: Request, fault: Fault) -> Answer:
        self._note(request, fault, executed=False, status=fault.status)
        code = "ServerBusy" if fault.status == HTTPStatus.SERVICE_UNAVAILABLE else "InternalError"
        headers = [("x-ms-error-code", code)]
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        return Answer(fault.status, headers=headers)

    def _refuse(self, request: Request, fault: Fault) -> Answer:
        self._note(request, fault, executed=False, status=None)
        raise HangUp

    def _lose_answer(self, request: Request, fault: Fault) -> Answer:
        self._execute(request, fault)
        raise HangUp

    def _delay(self, request: Request, fault: Fault) -> Answer:
        answer = self._execute(request, fault)
        self.holds.delay(request.connection, fault.seconds)
        return answer

    def _hold_before_acting(self, request: Request, fault: Fault) -> Answer:
        if self.holds.hold(request.connection) is Ending.CLIENT_GONE:
            self._note(request, fault, executed=False, status=None)
            raise HangUp
        return self._execute(request, fault)

    def _hold_after_acting(self, request: Request, fault: Fault) -> Answer:
        answer = self._execute(request, fault)
        self.holds.hold(request.connection)
        return answer

    def _note(
        self, request: Request, fault: Fault | None, *, executed: bool, status: int | None
    ) -> None:
        passage = Passage(
            request.method, request.path, fault.kind if fault else None, executed, status
        )
        place = request.path.partition("(")[0]
        with self._lock:
            self._tally[passage.method, place, passage.fault, executed] += 1
            if len(self._log) < _LOG_LIMIT:
                self._log.append(passage)


def start(
    target: str, *, port: int = 0, ca_file: Path | None = None, timeout: float = 60.0
) -> RunningProxy:
    """
    Start a proxy in front of `target` (scheme, host, port).

    `timeout` is for the target's answers, in seconds.
    """
    return RunningProxy(target, port, ca_file, timeout)

"""The control endpoints: faults to play, requests received, and the simulators' behaviour."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.faults.holds import Holds
from local.faults.listener import Answer, Request, json_headers
from local.faults.rules import Plan, UnusableRule, parse_rule
from local.simulators.acs.events import events
from local.simulators.acs.inbox import DELIVERED, FAILED
from local.simulators.acs.service import ANSWER, CODE, WORDS, Acs
from local.simulators.memory import Memory
from local.simulators.simulator import KINDS

_TIMEOUT = 10.0


class Unusable(ValueError):
    """An invalid control request; the text names the field."""


@dataclass
class Faults:
    """Rules not yet played, requests held at present, and the simulators that can play them."""

    plan: Plan
    holds: Holds
    targets: set[str] = field(default_factory=set)

    def add(self, document: Mapping[str, Any]) -> None:
        """Add a rule as `POST /control/faults` takes it. Raises UnusableRule."""
        rule = parse_rule(document, KINDS)
        if rule.match.target not in {None, *self.targets}:
            raise UnusableRule(f"target is one of {', '.join(sorted(self.targets))}")
        self.plan.add(rule)

    def clear(self) -> None:
        self.plan.clear()

    def waiting(self) -> int:
        return self.holds.waiting()

    def await_waiting(self, at_least: int = 1, timeout: float = _TIMEOUT) -> bool:
        return self.holds.await_waiting(at_least, timeout)

    def release(self) -> int:
        return self.holds.release()


class Control:
    """Everything below `/control/`."""

    def __init__(
        self,
        *,
        faults: Faults,
        memory: Memory,
        acs: Acs,
        conducts: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]],
        reset: Callable[[], None],
    ) -> None:
        self._faults = faults
        self._memory = memory
        self._acs = acs
        self._reset_all = reset
        self._conducts = conducts
        self._actions: Mapping[tuple[str, str], Callable[[Request], Any]] = MappingProxyType(
            {
                ("POST", "faults"): self._add_fault,
                ("DELETE", "faults"): self._clear_faults,
                ("GET", "requests"): self._requests,
                ("GET", "tally"): lambda request: memory.tally(request.query.get("target")),
                ("GET", "waiting"): self._waiting,
                ("POST", "release"): self._release,
                ("POST", "reset"): self._reset,
                ("GET", "acs"): self._acs_state,
                ("POST", "acs"): self._configure_acs,
                ("GET", "events"): self._events,
            }
        )

    def answer(self, request: Request) -> Answer:
        """Answer with JSON: 400 with the name of an invalid field, 404 for an unknown path."""
        name = request.path.removeprefix("/control/")
        action = self._actions.get((request.method, name))
        if name in self._conducts and request.method in {"GET", "POST"}:
            action = self._configure
        if action is None:
            return to_json(HTTPStatus.NOT_FOUND, {"error": "no such control"})
        try:
            return to_json(HTTPStatus.OK, action(request))
        except (UnusableRule, Unusable) as refused:
            return to_json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})

    def _add_fault(self, request: Request) -> Any:
        self._faults.add(read_json(request))
        return {"faults": self._faults.plan.pending()}

    def _clear_faults(self, _: Request) -> Any:
        self._faults.clear()
        return {"faults": 0}

    def _requests(self, request: Request) -> Any:
        target, verdict = request.query.get("target"), request.query.get("verdict")
        at_least, timeout = wait_limits(request)
        found = self._memory.await_requests(at_least, timeout, target, verdict)
        return [record.as_json() for record in found]

    def _waiting(self, request: Request) -> Any:
        at_least, timeout = wait_limits(request)
        self._faults.await_waiting(at_least, timeout)
        return {"waiting": self._faults.waiting()}

    def _release(self, _: Request) -> Any:
        return {"released": self._faults.release()}

    def _reset(self, _: Request) -> Any:
        self._reset_all()
        return {"reset": True}

    def _acs_state(self, _: Request) -> Any:
        return {
            **asdict(self._acs.conduct),
            **self._acs.opt_outs.as_json(),
        }

    def _configure_acs(self, request: Request) -> Any:
        document = read_json(request)
        block = document.pop("block", None)
        unknown = set(document) - set(asdict(self._acs.conduct))
        if unknown or not isinstance(document.get("honour_repeatability"), bool | None):
            raise Unusable(
                "fields are honour_repeatability (true, false), block, delivery, details, opted_out"
            )
        if document.get("delivery") not in {None, DELIVERED, FAILED}:
            raise Unusable(f"delivery is {DELIVERED} or {FAILED}")
        if document.get("opted_out") not in {None, WORDS, CODE, ANSWER}:
            raise Unusable(f"opted_out is {WORDS}, {CODE} or {ANSWER}")
        if not isinstance(document.get("details"), str | None):
            raise Unusable("details are the carrier's words")
        if block is not None and not _are_texts(block):
            raise Unusable("block is a list of numbers")
        self._acs.configure(**document)
        if block is not None:
            self._acs.opt_outs.block(block)
        return self._acs_state(request)

    def _configure(self, request: Request) -> Any:
        """Change what the document names, and show how that simulator now behaves."""
        configure = self._conducts[request.path.removeprefix("/control/")]
        return configure({} if request.method == "GET" else read_json(request))

    def _events(self, request: Request) -> Any:
        try:
            after = max(0, int(request.query.get("after", "0")))
        except ValueError:
            raise Unusable("after is a number") from None
        return events(self._acs.memory.entries(), after)


def read_json(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except ValueError:
        raise Unusable("the body is not JSON") from None
    if not isinstance(document, dict):
        raise Unusable("the body is a JSON object")
    return document


def wait_limits(request: Request) -> tuple[int, float]:
    """Read `?at_least=N&timeout=SECONDS`: the number to wait for, and the longest wait."""
    try:
        at_least = int(request.query.get("at_least", "0"))
        return at_least, float(request.query.get("timeout", _TIMEOUT))
    except ValueError:
        raise Unusable("at_least and timeout are numbers") from None


def to_json(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode(), json_headers())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)

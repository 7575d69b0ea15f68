"""The proxy's control endpoints below `/__faults__/`. They never reach the target."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from local.faults.holds import Holds
from local.faults.listener import Answer, Request, json_headers
from local.faults.rules import Plan, UnusableRule, parse_rule

CONTROL = "/__faults__/"
KINDS = frozenset(
    {
        "pass",
        "status",
        "refuse",
        "lose_answer",
        "delay",
        "hold_before_acting",
        "hold_after_acting",
    }
)


class Control:
    """Rules, held requests and the log over HTTP, for tests in another process."""

    def __init__(
        self,
        plan: Plan,
        holds: Holds,
        *,
        read_log: Callable[[], list[dict[str, Any]]],
        clear_log: Callable[[], None],
        read_tally: Callable[[], list[dict[str, Any]]],
    ) -> None:
        self._plan = plan
        self._holds = holds
        self._read_log = read_log
        self._empty_log = clear_log
        self._read_tally = read_tally

    def answer(self, request: Request) -> Answer:
        actions: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("POST", "rules"): self._add,
            ("DELETE", "rules"): self._clear,
            ("GET", "waiting"): self._waiting,
            ("POST", "release"): self._release,
            ("GET", "log"): self._log,
            ("DELETE", "log"): self._clear_log,
            ("GET", "tally"): self._tally,
        }
        action = actions.get((request.method, request.path.removeprefix(CONTROL)))
        if action is None:
            return _json(HTTPStatus.NOT_FOUND, {"error": "no such control"})
        return action(request)

    def _add(self, request: Request) -> Answer:
        try:
            self._plan.add(parse_rule(json.loads(request.body), KINDS))
        except UnusableRule as refused:
            return _json(HTTPStatus.BAD_REQUEST, {"error": str(refused)})
        except ValueError:
            return _json(HTTPStatus.BAD_REQUEST, {"error": "a rule is a JSON object"})
        return _json(HTTPStatus.OK, {"rules": self._plan.pending()})

    def _clear(self, _: Request) -> Answer:
        self._plan.clear()
        return _json(HTTPStatus.OK, {"rules": 0})

    def _waiting(self, request: Request) -> Answer:
        at_least, timeout = request.query.get("at_least"), request.query.get("timeout", "10")
        if at_least is not None:
            self._holds.await_waiting(int(at_least), float(timeout))
        return _json(HTTPStatus.OK, {"waiting": self._holds.waiting()})

    def _release(self, _: Request) -> Answer:
        return _json(HTTPStatus.OK, {"released": self._holds.release()})

    def _log(self, _: Request) -> Answer:
        return _json(HTTPStatus.OK, {"log": self._read_log()})

    def _tally(self, _: Request) -> Answer:
        return _json(HTTPStatus.OK, {"tally": self._read_tally()})

    def _clear_log(self, _: Request) -> Answer:
        self._empty_log()
        return _json(HTTPStatus.OK, {"log": []})


def _json(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode(), json_headers())

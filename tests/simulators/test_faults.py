"""Every fault as a client sees it, and what the simulator records of it."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from local.simulators.memory import ACCEPTED, FAULT
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import PATIENT, TOLL_FREE, Desk, OpenClient, retry_after


def _send(client: Any) -> Any:
    return client.send(TOLL_FREE, [PATIENT], "Hello")[0]


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_a_status_is_answered_without_acting(
    sms: Any, simulators: RunningSimulators, desk: Desk, status: int
) -> None:
    rule = {"target": "acs", "kind": "status", "status": status, "retry_after": 2}
    desk.call("POST", "/control/faults", rule)

    with pytest.raises(HttpResponseError) as refusal:
        _send(sms)
    _send(sms)

    first, second = simulators.memory.requests("acs")
    assert refusal.value.status_code == status
    assert retry_after(refusal.value) == "2"
    assert (first.verdict, first.acted, second.verdict) == (FAULT, False, ACCEPTED)


def test_an_answer_can_be_later_than_the_client_waits(
    open_client: OpenClient, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "late", "seconds": 30})

    with pytest.raises(ServiceResponseTimeoutError):
        _send(open_client(read_timeout=0.2))

    (record,) = simulators.memory.requests("acs")
    assert (record.verdict, record.acted) == (ACCEPTED, True)


def test_a_late_answer_still_arrives(sms: Any, desk: Desk) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "late", "seconds": 0.05})

    assert _send(sms).successful


def test_an_answer_can_be_lost_after_acting(
    sms: Any, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "drop_after_acting"})

    with pytest.raises(ServiceResponseError):
        _send(sms)

    (record,) = simulators.memory.requests("acs")
    assert len(simulators.acs.memory.texts(PATIENT)) == 1
    assert (record.acted, record.status, record.fault) == (True, None, "drop_after_acting")


def test_a_request_held_before_acting_acts_when_released(
    sms: Any, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "hold_before_acting"})

    with ThreadPoolExecutor(1) as pool:
        sending: Future[Any] = pool.submit(_send, sms)
        held = desk.call("GET", "/control/waiting?at_least=1&timeout=10")
        before = simulators.acs.memory.texts()
        released = desk.call("POST", "/control/release")
        assert sending.result(10).successful

    assert (held, before, released) == ({"waiting": 1}, [], {"released": 1})
    assert len(simulators.acs.memory.texts()) == 1


def test_a_request_held_before_acting_never_acts_when_its_client_leaves(
    open_client: OpenClient, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "hold_before_acting"})

    with pytest.raises(ServiceResponseTimeoutError):
        _send(open_client(read_timeout=0.2))

    (record,) = simulators.memory.await_requests(1, 10, "acs", FAULT)
    desk.call("POST", "/control/release")
    assert (record.acted, record.details) == (False, {"ending": "client_gone"})
    assert simulators.acs.memory.texts() == []
    assert simulators.faults.waiting() == 0


def test_a_request_held_after_acting_has_already_acted(
    sms: Any, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "hold_after_acting"})

    with ThreadPoolExecutor(1) as pool:
        sending: Future[Any] = pool.submit(_send, sms)
        assert simulators.faults.await_waiting(1)
        delivered = len(simulators.acs.memory.texts())
        simulators.faults.release()
        assert sending.result(10).successful

    assert delivered == 1


@pytest.mark.parametrize(
    "rule", [{"kind": "garbage"}, {"kind": "truncate"}, {"kind": "truncate", "stall": True}]
)
def test_an_answer_can_be_spoiled_after_acting(
    open_client: OpenClient, simulators: RunningSimulators, desk: Desk, rule: dict[str, object]
) -> None:
    desk.call("POST", "/control/faults", {"target": "acs", **rule})

    with pytest.raises((AzureError, ValueError)):
        _send(open_client(read_timeout=0.2))

    assert len(simulators.acs.memory.texts()) == 1


def test_faults_meet_only_their_target_and_end_after_their_times(
    sms: Any, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/faults", {"target": "keyvault", "kind": "status", "times": 1})
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "status", "times": 2})

    for _ in range(2):
        with pytest.raises(HttpResponseError):
            _send(sms)

    assert _send(sms).successful
    assert simulators.faults.plan.pending() == 1


def test_faults_can_be_cleared(sms: Any, desk: Desk) -> None:
    desk.call("POST", "/control/faults", {"kind": "status", "times": None})
    desk.call("DELETE", "/control/faults")

    assert _send(sms).successful


def test_chance_plays_the_same_faults_for_the_same_seed(sms: Any, desk: Desk) -> None:
    def play() -> list[bool]:
        desk.call("POST", "/control/reset")
        rule = {"kind": "random", "target": "acs", "probability": 0.5, "seed": 7}
        desk.call("POST", "/control/faults", {**rule, "kinds": [{"kind": "status", "status": 500}]})
        return [_succeeds(sms) for _ in range(12)]

    first = play()

    assert first == play()
    assert set(first) == {True, False}


def _succeeds(client: Any) -> bool:
    try:
        return bool(_send(client).successful)
    except HttpResponseError:
        return False


@pytest.mark.parametrize(
    "rule",
    [
        [],
        {"kind": "explode"},
        {"kind": "status", "status": "many"},
        {"kind": "status", "status": 700},
        {"kind": "status", "target": "fax"},
        {"kind": "late", "seconds": -1},
        {"kind": "status", "match": "everything"},
        {"kind": "random", "kinds": []},
    ],
)
def test_an_unusable_rule_is_refused(desk: Desk, simulators: RunningSimulators, rule: Any) -> None:
    status, _ = desk.try_call("POST", "/control/faults", rule)

    assert status == 400
    assert simulators.faults.plan.pending() == 0

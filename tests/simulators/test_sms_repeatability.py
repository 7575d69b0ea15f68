"""The same request again: sent once and answered with the first answer while it is remembered."""

import pytest
from azure.core.exceptions import HttpResponseError

from local.simulators.memory import ACCEPTED, DUPLICATE, REFUSED
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import (
    PATIENT,
    TOLL_FREE,
    Desk,
    MovableClock,
    OpenClient,
    Repeatability,
)


def _verdicts(simulators: RunningSimulators) -> list[str]:
    return [record.verdict for record in simulators.memory.requests("acs")]


def test_a_repeated_request_gets_the_first_answer_and_sends_nothing(
    open_client: OpenClient, simulators: RunningSimulators
) -> None:
    sms = open_client(per_call_policies=[Repeatability()])

    (first,) = sms.send(TOLL_FREE, [PATIENT], "Hello", tag="t1")
    (second,) = sms.send(TOLL_FREE, [PATIENT], "Hello", tag="t1")

    assert first.message_id == second.message_id
    assert _verdicts(simulators) == [ACCEPTED, DUPLICATE]
    assert len(simulators.acs.memory.texts()) == 1


def test_repeatability_can_be_ignored_on_demand(
    open_client: OpenClient, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/acs", {"honour_repeatability": False})
    sms = open_client(per_call_policies=[Repeatability()])

    for _ in range(2):
        sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert _verdicts(simulators) == [ACCEPTED, ACCEPTED]


def test_the_same_request_id_for_other_words_is_rejected(
    open_client: OpenClient, simulators: RunningSimulators
) -> None:
    sms = open_client(per_call_policies=[Repeatability()])
    sms.send(TOLL_FREE, [PATIENT], "Hello")

    (result,) = sms.send(TOLL_FREE, [PATIENT], "Good bye")

    assert (result.successful, result.http_status_code) == (False, 400)
    assert _verdicts(simulators) == [ACCEPTED, REFUSED]


def test_another_first_sent_date_is_another_request(
    open_client: OpenClient, simulators: RunningSimulators
) -> None:
    policy = Repeatability(first_sent="Mon, 23 Nov 2026 15:00:00 GMT")
    sms = open_client(per_call_policies=[policy])
    sms.send(TOLL_FREE, [PATIENT], "Hello")
    policy.first_sent = "Mon, 23 Nov 2026 15:01:00 GMT"

    sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert _verdicts(simulators) == [ACCEPTED, ACCEPTED]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(299, [ACCEPTED, DUPLICATE]), (301, [ACCEPTED, ACCEPTED])]
)
def test_a_repetition_is_recognised_for_five_minutes(
    open_client: OpenClient,
    simulators: RunningSimulators,
    clock: MovableClock,
    seconds: float,
    expected: list[str],
) -> None:
    sms = open_client(per_call_policies=[Repeatability()])
    sms.send(TOLL_FREE, [PATIENT], "Hello")
    clock.move(seconds=seconds)

    sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert expected == _verdicts(simulators)


@pytest.mark.parametrize(
    ("identifier", "first_sent"),
    [
        ("short", "Mon, 23 Nov 2026 15:00:00 GMT"),
        ("6f1c2f3e-9a52-4a3e-8a41-1f5f4c2f0001", "2026-11-23T15:00:00Z"),
    ],
)
def test_malformed_repeatability_is_refused(
    open_client: OpenClient, identifier: str, first_sent: str
) -> None:
    sms = open_client(per_call_policies=[Repeatability(identifier, first_sent)])

    with pytest.raises(HttpResponseError) as refusal:
        sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert refusal.value.status_code == 400

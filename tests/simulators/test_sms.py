"""Sending texts with the real SDK: access, formats, refusals, delivery, rates."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ManagedIdentityCredential

from local.simulators.acs.service import BLOCKED, OPTED_OUT
from local.simulators.memory import ACCEPTED, RATE_LIMITED, REFUSED
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import (
    PATIENT,
    SHORT_CODE,
    TOLL_FREE,
    Desk,
    MovableClock,
    OpenClient,
    retry_after,
)


def _verdicts(simulators: RunningSimulators) -> list[str]:
    return [record.verdict for record in simulators.memory.requests("acs")]


def test_a_text_reaches_the_phone_with_everything_that_was_asked(
    sms: Any, simulators: RunningSimulators
) -> None:
    (result,) = sms.send(TOLL_FREE, [PATIENT], "Hello", enable_delivery_report=True, tag="t1")

    (text,) = simulators.acs.memory.texts(PATIENT)
    (record,) = simulators.memory.requests("acs")
    assert (True, 202, text.message_id) == (
        result.successful,
        result.http_status_code,
        result.message_id,
    )
    assert (
        text.sender,
        text.text,
        text.tag,
        text.report_wanted,
        text.delivery,
    ) == (TOLL_FREE, "Hello", "t1", True, "Delivered")
    assert (
        record.path,
        record.verdict,
        record.acted,
        record.status,
    ) == ("/sms", ACCEPTED, True, 202)
    assert record.body["message"] == "Hello"


def test_a_wrong_key_is_refused(open_client: OpenClient, simulators: RunningSimulators) -> None:
    stranger = open_client(key=base64.b64encode(b"k" * 64).decode())

    with pytest.raises(ClientAuthenticationError) as refusal:
        stranger.send(TOLL_FREE, [PATIENT], "Hello")

    assert refusal.value.status_code == 401
    assert _verdicts(simulators) == [REFUSED]
    assert simulators.acs.memory.texts() == []


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_of_another_quarter_hour_is_refused(
    sms: Any, clock: MovableClock, minutes: int
) -> None:
    clock.real_moved = timedelta(minutes=minutes)

    with pytest.raises(ClientAuthenticationError):
        sms.send(TOLL_FREE, [PATIENT], "Hello")


def test_a_moved_demo_clock_does_not_invalidate_signatures(
    sms: Any, simulators: RunningSimulators, clock: MovableClock
) -> None:
    clock.move(days=2)

    sms.send(TOLL_FREE, [PATIENT], "Hello")

    (text,) = simulators.acs.memory.texts()
    assert text.at > clock.real_now() + timedelta(days=1)


def test_a_managed_identity_may_send(
    open_client: OpenClient, simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)

    with ManagedIdentityCredential() as credential:
        open_client(credential=credential).send(TOLL_FREE, [PATIENT], "Hello")

    assert _verdicts(simulators) == [ACCEPTED]


@pytest.mark.parametrize(
    ("sender", "status"), [("+18885550199", 401), ("+1800", 400), ("hospital", 400)]
)
def test_only_numbers_of_the_account_may_send(
    sms: Any, simulators: RunningSimulators, sender: str, status: int
) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        sms.send(sender, [PATIENT], "Hello")

    assert status == refusal.value.status_code
    assert simulators.acs.memory.texts() == []


@pytest.mark.parametrize("message", ["", "\ud83d", "a" * 2049, "á" * 1025])
def test_empty_broken_and_oversized_messages_are_refused(sms: Any, message: str) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        sms.send(TOLL_FREE, [PATIENT], message)

    assert refusal.value.status_code == 400


def test_a_malformed_recipient_is_refused_alone(sms: Any, simulators: RunningSimulators) -> None:
    bad, good = sms.send(TOLL_FREE, ["(608)555-0142", PATIENT], "Hello")

    assert (bad.successful, bad.http_status_code, bad.message_id) == (False, 400, None)
    assert (good.successful, good.http_status_code) == (True, 202)
    assert [text.to for text in simulators.acs.memory.texts()] == [PATIENT]


def test_a_blocked_recipient_is_accepted_and_reported_failed(
    sms: Any, simulators: RunningSimulators, desk: Desk
) -> None:
    desk.call("POST", "/control/acs", {"block": [PATIENT]})

    (result,) = sms.send(TOLL_FREE, [PATIENT], "Hello", enable_delivery_report=True, tag="t1")

    (event,) = desk.call("GET", "/control/events")
    assert (result.successful, result.http_status_code) == (True, 202)
    assert event["eventType"] == "Microsoft.Communication.SMSDeliveryReportReceived"
    assert ("Failed", BLOCKED, "t1", result.message_id) == (
        event["data"]["deliveryStatus"],
        event["data"]["deliveryStatusDetails"],
        event["data"]["tag"],
        event["data"]["messageId"],
    )
    assert simulators.acs.memory.conversation(PATIENT) == []


def test_carrier_trouble_is_reported_on_demand(sms: Any, desk: Desk) -> None:
    desk.call("POST", "/control/acs", {"delivery": "Failed"})

    sms.send(TOLL_FREE, [PATIENT], "Hello", enable_delivery_report=True)

    (text,) = desk.call("GET", "/phone/%2B16085550142.json")
    assert text["delivery"] == "Failed"


def test_a_carrier_says_why_and_that_a_recipient_opted_out(
    sms: Any, desk: Desk, simulators: RunningSimulators
) -> None:
    words = "ErrorCode: 4010. ErrorMessage: Message was blocked: the number is not verified."
    said = []
    for settings in (
        {"delivery": "Failed", "details": words},
        {"delivery": "Delivered", "block": [PATIENT], "opted_out": "code"},
        {"opted_out": "answer"},
    ):
        desk.call("POST", "/control/acs", settings)
        (result,) = sms.send(TOLL_FREE, [PATIENT], "Hello", enable_delivery_report=True)
        said.append((result.http_status_code, result.error_message))
    reports = desk.call("GET", "/control/events")

    assert [each["data"]["deliveryStatusDetails"] for each in reports] == [words, OPTED_OUT]
    assert said == [(202, None), (202, None), (400, OPTED_OUT)]


def test_a_toll_free_number_is_limited_until_its_window_has_passed(
    sms: Any, simulators: RunningSimulators, clock: MovableClock
) -> None:
    for _ in range(2):
        sms.send(TOLL_FREE, [f"+160855501{place:02d}" for place in range(100)], "Hello")

    with pytest.raises(HttpResponseError) as refusal:
        sms.send(TOLL_FREE, [PATIENT], "Hello")
    wait = int(retry_after(refusal.value))
    clock.move(seconds=wait)
    sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert refusal.value.status_code == 429
    assert 0 < wait <= 60
    assert _verdicts(simulators) == [ACCEPTED, ACCEPTED, RATE_LIMITED, ACCEPTED]


def test_long_texts_use_the_rate_up_by_their_segments(sms: Any) -> None:
    sms.send(TOLL_FREE, [f"+160855501{place:02d}" for place in range(100)], "a" * 161)

    with pytest.raises(HttpResponseError) as refusal:
        sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert refusal.value.status_code == 429


def test_each_number_has_its_own_rate_and_short_codes_a_higher_one(sms: Any) -> None:
    crowd = [f"+160855501{place:02d}" for place in range(100)]
    for _ in range(2):
        sms.send(TOLL_FREE, crowd, "Hello")

    for _ in range(3):
        assert all(result.successful for result in sms.send(SHORT_CODE, crowd, "Hello"))

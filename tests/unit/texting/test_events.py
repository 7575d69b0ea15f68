"""What the reader makes of Event Grid's words: documented, the simulator's, and nonsense."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulators.acs import service
from local.simulators.acs.events import events
from local.simulators.acs.inbox import DELIVERED, FAILED, Reply, Text
from shared_code.texting.adapters.acs.events import works_in
from shared_code.texting.domain.reasons import (
    SMS_EVENT_UNKNOWN,
    SMS_EVENT_UNREADABLE,
    SMS_REPLY_MEANINGLESS,
    SMS_TEXT_UNKNOWN,
)

SENDER, PATIENT = "+18005550100", "+16085550142"
TAG = "lamna~1-00000000000000000000000000000000~20260610~1-3fa9c1d2~confirmation~0"
AT = datetime(2026, 6, 1, 12, 0, 7, tzinfo=UTC)
BLOCKED = "Sender blocked for given recipient."
KIND = "Microsoft.Communication."
OPTED_OUT = {
    "delivery": "failed",
    "reason": "delivery_opted_out",
    "sender": SENDER,
    "recipient": PATIENT,
}
REPORT = {
    "event": "report",
    "text": TAG,
    "message": "Outgoing_1",
    "at": "2026-06-01T12:00:07+00:00",
}
UNREADABLE = [{"event": "ignored", "code": SMS_EVENT_UNREADABLE.code}]
UNKNOWN = [{"event": "ignored", "code": SMS_EVENT_UNKNOWN.code}]
TEXT_UNKNOWN = [{"event": "ignored", "code": SMS_TEXT_UNKNOWN.code}]
MEANINGLESS = [{"event": "ignored", "code": SMS_REPLY_MEANINGLESS.code}]


def _read(document: object) -> list[dict[str, str]]:
    return works_in(json.dumps(document).encode())


def _report(**changes: Any) -> dict[str, Any]:
    data = {
        "messageId": "Outgoing_1",
        "from": SENDER,
        "to": PATIENT,
        "deliveryStatus": "Delivered",
        "deliveryStatusDetails": "No error.",
        "deliveryAttempts": [{"segmentsSucceeded": 1}],
        "receivedTimestamp": AT.isoformat(),
        "tag": TAG,
    }
    return {"id": "1", "eventType": f"{KIND}SMSDeliveryReportReceived", "data": data | changes}


def _reply(message: object, **changes: Any) -> dict[str, Any]:
    data = {"messageId": "Incoming_1", "from": PATIENT, "to": SENDER, "message": message}
    return {"id": "2", "eventType": f"{KIND}SMSReceived", "data": data | changes}


def test_the_documented_events_are_read() -> None:
    """An array, names in capitals, a number without its +, seven digits of a second."""
    report = {
        "id": "Outgoing_1",
        "topic": "/subscriptions/x",
        "subject": "/phonenumber/18005550100",
        "data": {
            "MessageId": "Outgoing_1",
            "From": "18005550100",
            "To": PATIENT,
            "DeliveryStatus": "Failed",
            "DeliveryStatusDetails": BLOCKED,
            "ReceivedTimestamp": "2026-06-01T12:00:07.2855749Z",
            "DeliveryAttempts": [],
            "Tag": TAG,
        },
        "eventType": f"{KIND}SMSDeliveryReportReceived",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": "2026-06-01T12:00:07Z",
    }
    reply = {
        "data": {"From": "16085550142", "To": "18005550100", "Message": "Stop"},
        "eventType": f"{KIND}SMSReceived",
    }

    assert _read([report, reply]) == [
        {
            **REPORT,
            "delivery": "failed",
            "at": "2026-06-01T12:00:07.285574+00:00",
            "reason": "delivery_opted_out",
            "sender": SENDER,
            "recipient": PATIENT,
        },
        {"event": "stop", "sender": SENDER, "recipient": PATIENT},
    ]


@pytest.mark.parametrize(
    ("delivery", "details", "expected"),
    [
        (DELIVERED, "Delivered.", {"delivery": "delivered"}),
        (FAILED, "Carrier error.", {"delivery": "failed", "reason": "delivery_other"}),
        (FAILED, BLOCKED, OPTED_OUT),
        (FAILED, service.OPTED_OUT, OPTED_OUT),
        (FAILED, "ErrorCode: 5000. ErrorMessage: recipient opted out", OPTED_OUT),
        (FAILED, "recipient sent STOP", OPTED_OUT),
    ],
)
def test_the_simulators_reports_are_read(
    delivery: str, details: str, expected: dict[str, str]
) -> None:
    """One event, as Event Grid puts it on a queue."""
    text = Text(
        at=AT,
        sender=SENDER,
        to=PATIENT,
        text="Hello",
        encoding="GSM-7",
        segments=1,
        message_id="Outgoing_1",
        tag=TAG,
        report_wanted=True,
        delivery=delivery,
        delivery_details=details,
    )
    (event,) = events([text])
    assert _read(event) == [REPORT | expected]


def test_the_simulators_replies_are_read() -> None:
    """To a toll-free number and to a short code."""
    found = events([Reply(AT, PATIENT, to, "STOP", "Incoming_1", 1) for to in (SENDER, "55501")])
    assert _read(found) == [
        {"event": "stop", "sender": sender, "recipient": PATIENT} for sender in (SENDER, "55501")
    ]


def test_cloud_events_are_read_too() -> None:
    """A subscription may be set to either schema."""
    event = _reply("UNSTOP")
    event |= {"specversion": "1.0", "type": event.pop("eventType")}
    assert _read(event) == [{"event": "start", "sender": SENDER, "recipient": PATIENT}]


@pytest.mark.parametrize(
    ("message", "event"),
    [("“STOP”", "stop"), (" UnStop\n", "start"), ("please don't text me", "unclear")],
)
def test_of_a_reply_only_the_wish_is_read(message: str, event: str) -> None:
    """What each word means is in test_replies.py."""
    assert _read(_reply(message)) == [{"event": event, "sender": SENDER, "recipient": PATIENT}]


@pytest.mark.parametrize("message", ["", "YES", "don't stop"])
def test_other_replies_mean_nothing(message: str) -> None:
    """They are counted by their code."""
    assert _read(_reply(message)) == MEANINGLESS


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "anonymous"},
        {"from": ""},
        {"from": None},
        {"to": "+1 800 555 0100"},
        {"to": "１８００５５５０１００"},
        {"to": 18005550100},
        {"from": "+1" + "6" * 15},
    ],
)
def test_a_reply_between_no_numbers_is_unreadable(changes: dict[str, object]) -> None:
    """Whose wish it is cannot be told."""
    assert _read(_reply("STOP", **changes)) == UNREADABLE


@pytest.mark.parametrize(
    "tag", [None, "", 5, "two words", "é", "a" * 201, "a\x00", ["lamna"], "\ud800"]
)
def test_a_report_without_a_tag_of_ours_is_about_no_text(tag: object) -> None:
    """Somebody else texts with the same resource."""
    assert _read(_report(tag=tag)) == TEXT_UNKNOWN
    assert _read(_report(messageId=tag)) == TEXT_UNKNOWN


@pytest.mark.parametrize("status", ["Queued", "", None, "delivered ", True])
def test_a_status_that_is_no_outcome_is_not_used(status: object) -> None:
    """Only `Delivered` and `Failed` say something."""
    assert _read(_report(deliveryStatus=status)) == UNKNOWN


@pytest.mark.parametrize(
    "moment", ["", "soon", None, "2026-06-01", "2026-06-01T12:00:07", "0001-01-01T00:00:00+14:00"]
)
def test_a_report_without_a_readable_time_is_a_report(moment: object) -> None:
    """Whoever records it knows when it came."""
    (work,) = _read(_report(receivedTimestamp=moment))
    assert work == REPORT | {"delivery": "delivered", "at": ""}


@pytest.mark.parametrize("changes", [{"to": ""}, {"from": None}, {"to": "x"}])
def test_a_block_between_no_numbers_is_a_failure_only(changes: dict[str, object]) -> None:
    """There is nobody to remember."""
    blocked = {"deliveryStatus": "Failed", "deliveryStatusDetails": BLOCKED}
    assert _read(_report(**(blocked | changes))) == [
        REPORT | {"delivery": "failed", "reason": "delivery_opted_out"}
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, UNKNOWN),
        ({"eventType": f"{KIND}ChatMessageReceived", "data": {}}, UNKNOWN),
        ({"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}, UNKNOWN),
        ({"eventType": ["x"], "data": {}}, UNKNOWN),
        ({"eventType": f"{KIND}SMSReceived"}, UNREADABLE),
        ({"eventType": f"{KIND}SMSReceived", "data": "STOP"}, UNREADABLE),
        ({"eventType": f"{KIND}SMSDeliveryReportReceived", "data": [1]}, UNREADABLE),
        ({"eventType": f"{KIND}SMSDeliveryReportReceived", "data": {}}, UNKNOWN),
        ("STOP", UNREADABLE),
        (5, UNREADABLE),
        (None, UNREADABLE),
        ([], []),
        ([[]], UNREADABLE),
        ({"v": 1, "work": {"event": 5}}, UNKNOWN),
        ({"v": 2, "work": {"event": "stop"}}, UNKNOWN),
    ],
)
def test_what_is_no_event_of_ours_is_told_apart(
    event: object, expected: list[dict[str, str]]
) -> None:
    """Unknown kinds, and known ones that cannot be read."""
    assert _read(event) == expected


@pytest.mark.parametrize(
    "body", [b"", b"{", b"STOP", b"\xff\xfe", b"[" * 100_000, b"NaN", b'"\\ud800"']
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    """It is acknowledged; nobody could read it later either."""
    assert works_in(body) == UNREADABLE


def test_work_that_was_put_back_comes_as_it_was() -> None:
    """With its attempt."""
    work = {"event": "stop", "sender": SENDER, "recipient": PATIENT, "attempt": "3"}
    assert _read({"v": 1, "work": work}) == [work]


def test_one_bad_event_does_not_hide_the_others() -> None:
    """Each is read alone."""
    assert [work["event"] for work in _read([5, _reply("STOP"), {}, _report()])] == [
        "ignored",
        "stop",
        "ignored",
        "report",
    ]


def test_what_a_patient_wrote_goes_no_further() -> None:
    """Neither a wish nor a chat is repeated."""
    for message in ("STOP.", "my name is canary", "canary says quit"):
        assert not {"canary", "STOP."} & set(str(_read(_reply(message))).split("'"))


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([TAG, SENDER, "Failed"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["eventType", "data", "from", "to", "tag", "message", "v", "work"])
            | st.text(),
            inner | st.sampled_from([f"{KIND}SMSReceived", f"{KIND}SMSDeliveryReportReceived"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_whatever_the_json_there_is_work_and_no_exception(document: object) -> None:
    """Texts only, of a known event, or put back by ourselves."""
    for work in _read(document):
        assert all(isinstance(item, str) for each in work.items() for item in each)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_there_is_no_exception(body: bytes) -> None:
    """Nothing a queue can hold stops the reader."""
    assert all(work.get("event") == "ignored" for work in works_in(body))

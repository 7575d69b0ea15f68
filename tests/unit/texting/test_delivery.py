"""What carriers say becomes one of our codes; and when failures are too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.texting.domain.delivery import (
    REASONS,
    carrier_reason,
    says_opted_out,
    why_many_fail,
)


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ("ErrorCode: 4000. ErrorMessage: Message is rejected due to fraud detection", "filtered"),
        ("4001", "sender_invalid"),
        ("Message is rejected due to invalid Source/From number format.", "sender_invalid"),
        ("4002 invalid Destination/To number format", "number_invalid"),
        ("Message failed to deliver due to unsupported destination.", "not_mobile"),
        ("4003", "not_mobile"),
        ("LANDLINE", "not_mobile"),
        ("Message failed to deliver since Destination/To number doesn't exist.", "number_invalid"),
        ("errorcode:4004", "number_invalid"),
        ("Message blocked by Destination carrier.", "blocked"),
        ("(4005)", "blocked"),
        ("The Destination/To number isn't reachable.", "unreachable"),
        ("ErrorCode: 4006.", "unreachable"),
        ("Absent subscriber", "unreachable"),
        ("ErrorCode: 4007. ErrorMessage: …", "opted_out"),
        ("The Destination/To number has opted out of receiving messages from you", "opted_out"),
        ("Sender blocked for given recipient.", "opted_out"),
        ("You exceeded the maximum number of messages allowed for your profile.", "filtered"),
        ("4009", "filtered"),
        ("Message was blocked due to the toll-free number not being verified.", "unverified"),
        ("toll-free number not verified", "unverified"),
        ("ErrorCode: 4010. ErrorMessage: Message was blocked", "unverified"),
        ("Message rejected by the carrier due to a volumetric violation.", "filtered"),
        ("blocked as spam", "filtered"),
        ("5001", "service_fault"),
        ("ErrorCode: 5002. ErrorMessage: Message Delivery Timeout", "timeout"),
        ("Carrier does not support delivery report", "timeout"),
        ("ErrorCode: 9999.", "other"),
        ("ErrorCode: 9999. The number is unreachable", "unreachable"),
        ("Carrier error.", "other"),
        ("", "other"),
        ("+14007550142 said no", "other"),
        ("the operator generated it", "other"),
    ],
)
def test_a_carriers_words_are_a_code(details: str, code: str) -> None:
    """By the documented number, else by what it says."""
    expected = {"unverified": "number_unverified"}.get(code, code)
    assert carrier_reason(details).code == f"delivery_{expected}"
    assert says_opted_out(details) is (code == "opted_out")


@given(st.text(max_size=600))
def test_whatever_a_carrier_writes_is_one_of_the_codes(details: str) -> None:
    """Nothing of it goes further."""
    assert carrier_reason(details) in REASONS


@pytest.mark.parametrize(
    ("reported", "why"),
    [
        ({}, None),
        ({"delivered": 100}, None),
        ({"delivery_other": 4}, None),
        ({"delivery_other": 5}, "delivery_other"),
        ({"delivery_other": 5, "delivered": 20}, "delivery_other"),
        ({"delivery_other": 5, "delivered": 21}, None),
        ({"delivery_other": 2, "delivery_blocked": 3, "delivered": 9}, "delivery_blocked"),
        ({"delivery_other": 3, "delivery_blocked": 3}, "delivery_blocked"),
    ],
)
def test_five_failures_that_are_a_fifth_are_too_many(
    reported: dict[str, int], why: str | None
) -> None:
    """The most frequent reason names the problem."""
    assert why_many_fail(reported) == why

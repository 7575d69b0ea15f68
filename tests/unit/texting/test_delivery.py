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
        (
            "ErrorCode: 4000. ErrorMessage: Message is rejected due to fraud detection",
            "delivery_filtered",
        ),
        ("4001", "delivery_sender_invalid"),
        (
            "Message is rejected due to invalid Source/From number format.",
            "delivery_sender_invalid",
        ),
        ("4002 invalid Destination/To number format", "delivery_number_invalid"),
        ("Message failed to deliver due to unsupported destination.", "delivery_not_mobile"),
        ("4003", "delivery_not_mobile"),
        ("LANDLINE", "delivery_not_mobile"),
        (
            "Message failed to deliver since Destination/To number doesn't exist.",
            "delivery_number_invalid",
        ),
        ("errorcode:4004", "delivery_number_invalid"),
        ("Message blocked by Destination carrier.", "delivery_blocked"),
        ("(4005)", "delivery_blocked"),
        ("The Destination/To number isn't reachable.", "delivery_unreachable"),
        ("ErrorCode: 4006.", "delivery_unreachable"),
        ("Absent subscriber", "delivery_unreachable"),
        ("ErrorCode: 4007. ErrorMessage: …", "delivery_opted_out"),
        (
            "The Destination/To number has opted out of receiving messages from you",
            "delivery_opted_out",
        ),
        ("Sender blocked for given recipient.", "delivery_opted_out"),
        ("recipient sent STOP", "delivery_opted_out"),
        ("Recipient has replied with the word 'STOP'.", "delivery_opted_out"),
        ("STOP received", "delivery_opted_out"),
        ("STOP keyword", "delivery_opted_out"),
        ("stop request from handset", "delivery_opted_out"),
        ("STOP", "delivery_opted_out"),
        ("ErrorCode: 5000. ErrorMessage: STOP.", "delivery_opted_out"),
        ("opt_out", "delivery_opted_out"),
        ("RECIPIENT_OPTED_OUT", "delivery_opted_out"),
        ("RecipientOptedOut", "delivery_opted_out"),
        ("user opts out", "delivery_opted_out"),
        ("optout", "delivery_opted_out"),
        ("UNSUBSCRIBE", "delivery_opted_out"),
        ("SENDER_BLOCKED_FOR_GIVEN_RECIPIENT", "delivery_opted_out"),
        ("5000 opted out", "delivery_opted_out"),
        ("ErrorCode: 4005. Sender blocked for given recipient.", "delivery_opted_out"),
        ("5000 … 4007", "delivery_opted_out"),
        ("9999 recipient texted stop", "delivery_opted_out"),
        ("Recipient has not opted out, carrier error", "delivery_other"),
        ("5000 opt-out service unavailable", "delivery_service_fault"),
        ("5001 the service stopped", "delivery_service_fault"),
        ("Stop sending: volumetric violation", "delivery_filtered"),
        ("5000 UNKNOWN_SUBSCRIBER", "delivery_number_invalid"),
        ("5000. Please reach out to the Microsoft support team", "delivery_service_fault"),
        ("subscriber in do not disturb mode", "delivery_other"),
        ("on the do-not-text list", "delivery_opted_out"),
        ("AbsentSubscriber", "delivery_unreachable"),
        (
            "You exceeded the maximum number of messages allowed for your profile.",
            "delivery_filtered",
        ),
        ("4009", "delivery_filtered"),
        (
            "Message was blocked due to the toll-free number not being verified.",
            "delivery_number_unverified",
        ),
        ("toll-free number not verified", "delivery_number_unverified"),
        ("The toll-free number isn't verified", "delivery_number_unverified"),
        ("sender hasn’t been registered", "delivery_number_unverified"),
        ("TFN un-verified", "delivery_number_unverified"),
        ("the destination isn't a mobile", "delivery_not_mobile"),
        ("ErrorCode: 4010. ErrorMessage: Message was blocked", "delivery_number_unverified"),
        ("Message rejected by the carrier due to a volumetric violation.", "delivery_filtered"),
        ("blocked as spam", "delivery_filtered"),
        ("5001", "delivery_service_fault"),
        ("ErrorCode: 5002. ErrorMessage: Message Delivery Timeout", "delivery_timeout"),
        ("Carrier does not support delivery report", "delivery_timeout"),
        ("ErrorCode: 9999.", "delivery_other"),
        ("ErrorCode: 9999. The number is unreachable", "delivery_unreachable"),
        ("Carrier error.", "delivery_other"),
        ("", "delivery_other"),
        ("+14007550142 said no", "delivery_other"),
        ("the operator generated it", "delivery_other"),
    ],
)
def test_a_carriers_words_are_a_code(details: str, code: str) -> None:
    """By the documented number, else by what it says."""
    assert carrier_reason(details).code == code
    assert says_opted_out(details) is (code == "delivery_opted_out")


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

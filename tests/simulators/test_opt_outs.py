"""STOP and START as the carrier and the opt-out interface treat them."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from local.simulators.server import RunningSimulators
from tests.simulators.conftest import PATIENT, SHORT_CODE, TOLL_FREE, Desk


def _reply(desk: Desk, to: str, text: str) -> None:
    desk.submit("/phone/%2B16085550142", to=to, text=text)


def _opt_outs(simulators: RunningSimulators, action: str, document: object) -> tuple[int, Any]:
    """Call the opt-out interface, signed by hand: it has no SDK for this version."""
    body = json.dumps(document).encode()
    target = f"/sms/optouts:{action}?api-version=2024-12-10-preview"
    date = format_datetime(datetime.now(UTC), usegmt=True)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    host = simulators.acs_url.removeprefix("https://")
    words = f"POST\n{target}\n{date};{host};{digest}".encode()
    key = base64.b64decode(simulators.acs_connection_key)
    signature = base64.b64encode(hmac.new(key, words, hashlib.sha256).digest()).decode()
    headers = {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
        f"&Signature={signature}",
    }
    context = ssl.create_default_context(cafile=simulators.ca_file)
    connection = http.client.HTTPSConnection(host, context=context, timeout=10)
    try:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("sender", "first_words"),
    [(TOLL_FREE, "NETWORK MSG: You replied"), (SHORT_CODE, "You have successfully been un")],
)
def test_after_stop_the_carrier_answers_and_delivers_nothing_more(
    sms: Any, desk: Desk, simulators: RunningSimulators, sender: str, first_words: str
) -> None:
    _reply(desk, sender, " stop ")

    sms.send(sender, [PATIENT], "Hello", enable_delivery_report=True)

    _, notice = simulators.acs.memory.conversation(PATIENT)
    received, report = desk.call("GET", "/control/events")
    assert notice.text.startswith(first_words)
    assert (
        received["eventType"],
        received["data"]["message"],
    ) == ("Microsoft.Communication.SMSReceived", "stop")
    assert report["data"]["deliveryStatus"] == "Failed"


def test_stop_counts_for_one_number_and_start_ends_it(sms: Any, desk: Desk) -> None:
    _reply(desk, TOLL_FREE, "STOP")
    sms.send(SHORT_CODE, [PATIENT], "from the other number")
    _reply(desk, TOLL_FREE, "UNSTOP")
    sms.send(TOLL_FREE, [PATIENT], "again")

    texts = desk.call("GET", "/phone/%2B16085550142.json")
    assert [text["delivery"] for text in texts] == ["Delivered", "Delivered"]


def test_opt_outs_can_be_added_checked_and_removed(simulators: RunningSimulators) -> None:
    document = {"from": TOLL_FREE, "recipients": [{"to": PATIENT}, {"to": "+123"}]}

    before = _opt_outs(simulators, "check", document)
    _opt_outs(simulators, "add", document)
    during = _opt_outs(simulators, "check", document)
    _opt_outs(simulators, "remove", document)
    after = _opt_outs(simulators, "check", document)

    refused = {
        "to": "+123",
        "httpStatusCode": 400,
        "errorMessage": "Invalid recipient phone number format",
    }
    found = [
        (200, {"value": [{"to": PATIENT, "httpStatusCode": 200, "isOptedOut": known}, refused]})
        for known in (False, True, False)
    ]
    assert found == [before, during, after]


def test_opt_outs_need_a_number_of_the_account(simulators: RunningSimulators) -> None:
    document = {"from": "+18885550199", "recipients": [{"to": PATIENT}]}

    assert _opt_outs(simulators, "check", document)[0] == 401

"""Long runs are judged by counts and by new events: neither may grow with the past."""

from typing import Any

from tests.simulators.conftest import PATIENT, TOLL_FREE, Desk


def test_requests_are_counted_by_how_they_ended(sms: Any, desk: Desk) -> None:
    """Answered, acted without an answer, and refused by a fault are counted separately."""
    sms.send(TOLL_FREE, [PATIENT], "Hello")
    sms.send(TOLL_FREE, [PATIENT], "Hello again")
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "status", "status": 503})
    desk.call("POST", "/control/faults", {"target": "acs", "kind": "drop_after_acting"})
    for _ in range(2):
        try_to_send(sms)

    tally = desk.call("GET", "/control/tally?target=acs")

    ends = {(row["verdict"], row["acted"], row["status"], row["fault"]): row for row in tally}
    assert {end: row["count"] for end, row in ends.items()} == {
        ("accepted", True, 202, None): 2,
        ("fault", False, 503, "status"): 1,
        ("accepted", True, None, "drop_after_acting"): 1,
    }
    assert desk.call("GET", "/control/tally?target=keyvault") == []


def test_events_can_be_read_from_where_one_was(sms: Any, desk: Desk) -> None:
    """Only what came after the first N."""
    for words in ("one", "two", "three"):
        sms.send(TOLL_FREE, [PATIENT], words, enable_delivery_report=True, tag=words)

    every, later = (desk.call("GET", f"/control/events{query}") for query in ("", "?after=2"))

    assert [event["data"]["tag"] for event in every] == ["one", "two", "three"]
    assert [event["data"]["tag"] for event in later] == ["three"]
    assert desk.call("GET", "/control/events?after=3") == []


def try_to_send(sms: Any) -> None:
    """Send and ignore the SDK's result."""
    from azure.core.exceptions import AzureError

    try:
        sms.send(TOLL_FREE, [PATIENT], "Hello")
    except AzureError:
        return

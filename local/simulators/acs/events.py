"""
The Event Grid events that the service would raise: delivery reports and received texts.

They are not delivered here; a stack or a test reads them and puts them on the queue.
"""

from typing import Any

from local.simulators.acs.inbox import DELIVERED, Entry, Reply, Text

TOPIC = "/subscriptions/local/providers/microsoft.communication/communicationservices/local"


def events(entries: list[Entry], after: int = 0) -> list[dict[str, Any]]:
    """
    Return events in the Event Grid schema, oldest first, without the first `after`.

    Only a text that requested a report gets one.
    """
    raised = [
        entry
        for entry in entries
        if isinstance(entry, Reply) or (isinstance(entry, Text) and entry.report_wanted)
    ]
    return [
        _report(entry) if isinstance(entry, Text) else _received(entry) for entry in raised[after:]
    ]


def _report(text: Text) -> dict[str, Any]:
    at = text.at.isoformat()
    arrived = text.delivery == DELIVERED
    attempt = {
        "timestamp": at,
        "segmentsSucceeded": text.segments if arrived else 0,
        "segmentsFailed": 0 if arrived else text.segments,
    }
    data = {
        "messageId": text.message_id,
        "from": text.sender,
        "to": text.to,
        "deliveryStatus": text.delivery,
        "deliveryStatusDetails": text.delivery_details,
        "deliveryAttempts": [attempt],
        "receivedTimestamp": at,
        "tag": text.tag,
    }
    return _event("SMSDeliveryReportReceived", text.to, text.message_id, at, data)


def _received(reply: Reply) -> dict[str, Any]:
    at = reply.at.isoformat()
    data = {
        "messageId": reply.message_id,
        "from": reply.phone,
        "to": reply.to,
        "message": reply.text,
        "receivedTimestamp": at,
        "segmentCount": reply.segments,
    }
    return _event("SMSReceived", reply.to, reply.message_id, at, data)


def _event(
    kind: str, number: str, identifier: str, at: str, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"{kind}-{identifier}",
        "topic": TOPIC,
        "subject": f"/phonenumber/{number}",
        "data": data,
        "eventType": f"Microsoft.Communication.{kind}",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": at,
    }

"""
HL7 v2 scheduling messages in: from the bytes at the door to the appointment's row.

The door checks who sent the message, stores it sealed on queue `hl7-inbound` (large ones in a blob
of container `hl7-inbound`) and acknowledges it. Behind the queue the message is read and decided
on (`domain/decide.py`), agenda rows and the appointment are written in that order, and hints for
its texts are sent. What cannot be applied is dead-lettered until the visit is over.
In: `POST /hl7/{connection_id}`; queue `hl7-inbound`.
Out: rows of appointments; hints on `sms-urgent` and `sms-outbound`; problems, among them pinned
certificates that end.
Duties: `retire_payload` erases a blob when its message was applied.
"""

PAYLOADS = "hl7-inbound"

CONTAINERS = {
    PAYLOADS: "HL7 messages above 30,000 bytes, sealed",
}

LOG_EVENTS = (
    "certificate.not_reported",
    "certificate.warning",
    "hl7.not_stored",
    "hl7.received",
    "hl7.refused",
    "schedule.again",
    "schedule.applied",
    "schedule.problem",
    "schedule.unchanged",
)

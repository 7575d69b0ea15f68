"""
Reads what the SMS service reports, in Event Grid's words, and keeps of it only what is needed.

Each event becomes one piece of work for flows/results.py: `report` (a delivery
report), `stop`, `start`, `unclear` (a reply that may have meant `stop`), or `ignored` with a code.
What a patient wrote goes no further than that decision, what a carrier wrote than the code of it.
Documentation and service disagree on the case of names and on the `+` of
numbers, so neither matters here. Pure; whatever the bytes, nothing is raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared_code.errors import Reason
from shared_code.texting.domain.delivery import DELIVERY_OPTED_OUT, carrier_reason
from shared_code.texting.domain.reasons import (
    SMS_EVENT_UNKNOWN,
    SMS_EVENT_UNREADABLE,
    SMS_REPLY_MEANINGLESS,
    SMS_TEXT_UNKNOWN,
)
from shared_code.texting.domain.replies import wish_of
from shared_code.texting.domain.text import DELIVERED, FAILED

_STATUSES = frozenset({DELIVERED, FAILED})
_NUMBER = re.compile(r"\+?[0-9]{5,15}", re.ASCII)
_SHORT_CODE = 6
_PLAIN = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)

type Work = dict[str, str]


def works_in(body: bytes) -> list[Work]:
    """The work of a message: of one event, of an array of them, or of work that was put back."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return [_ignored(SMS_EVENT_UNREADABLE)]
    put_back = _work_of_ours(document)
    if put_back is not None:
        return [put_back]
    return [_work(event) for event in (document if isinstance(document, list) else [document])]


def _work_of_ours(document: Any) -> Work | None:
    work = document.get("work") if isinstance(document, dict) and document.get("v") == 1 else None
    if not isinstance(work, dict) or not all(isinstance(item, str) for item in work.values()):
        return None
    return {str(name): item for name, item in work.items()}


def _work(event: Any) -> Work:
    if not isinstance(event, dict):
        return _ignored(SMS_EVENT_UNREADABLE)
    kind = event.get("eventType") or event.get("type")  # Event Grid's schema, or CloudEvents
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        return _ignored(SMS_EVENT_UNKNOWN)
    data = event.get("data")
    if not isinstance(data, dict):
        return _ignored(SMS_EVENT_UNREADABLE)
    texts = {str(name).lower(): item for name, item in data.items() if isinstance(item, str)}
    return read(texts)


def _report(data: Mapping[str, str]) -> Work:
    status = data.get("deliverystatus", "").lower()
    if status not in _STATUSES:
        return _ignored(SMS_EVENT_UNKNOWN)
    work = {
        "event": "report",
        "text": data.get("tag", ""),
        "delivery": status,
        "at": _moment(data.get("receivedtimestamp", "")),
        "message": data.get("messageid", ""),
    }
    if not all(_PLAIN.fullmatch(work[name]) for name in ("text", "message")):
        return _ignored(SMS_TEXT_UNKNOWN)
    if status == FAILED:
        why = carrier_reason(data.get("deliverystatusdetails", ""))
        work |= {"reason": why.code} | (_blocked(data) if why == DELIVERY_OPTED_OUT else {})
    return work


def _blocked(data: Mapping[str, str]) -> Work:
    sender, recipient = _number(data.get("from", "")), _number(data.get("to", ""))
    return {"sender": sender, "recipient": recipient} if sender and recipient else {}


def _received(data: Mapping[str, str]) -> Work:
    sender, recipient = _number(data.get("to", "")), _number(data.get("from", ""))
    if not sender or not recipient:
        return _ignored(SMS_EVENT_UNREADABLE)
    wish = wish_of(data.get("message", ""))
    if wish is None:
        return _ignored(SMS_REPLY_MEANINGLESS)
    return {"event": wish.value, "sender": sender, "recipient": recipient}


def _number(text: str) -> str:
    """E.164 or a short code; empty for anything else."""
    number = text.strip()
    if not _NUMBER.fullmatch(number):
        return ""
    is_whole = number.startswith("+") or len(number) <= _SHORT_CODE
    return number if is_whole else f"+{number}"


def _moment(text: str) -> str:
    """The time in UTC; empty when it cannot be read or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).isoformat() if moment.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def _ignored(reason: Reason) -> Work:
    return {"event": "ignored", "code": reason.code}


_KINDS: Mapping[str, Callable[[Mapping[str, str]], Work]] = {
    "Microsoft.Communication.SMSDeliveryReportReceived": _report,
    "Microsoft.Communication.SMSReceived": _received,
}

"""The JSON of the service: requirements of a request, and the form of its refusals."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from local.faults.listener import Answer, json_headers

SEND_VERSIONS = frozenset({"2021-03-07", "2024-12-10-preview", "2026-01-23"})
OPT_OUT_VERSIONS = frozenset({"2024-12-10-preview", "2026-01-23"})
MESSAGE_BYTES = 2048
RECIPIENTS = 100

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[1-9][0-9]{4,5}")


class Refusal(Exception):
    """The whole request is refused with this status and code."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after

    def answer(self) -> Answer:
        body = {"error": {"code": self.code, "message": self.message, "innerError": None}}
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Answer(self.status, json.dumps(body).encode(), json_headers(wait))


@dataclass(frozen=True)
class Recipient:
    """One phone to text; `repeatability` is the pair of request id and first-sent date."""

    to: str
    repeatability: tuple[str, str] | None


@dataclass(frozen=True)
class Sending:
    """A valid request to send."""

    sender: str
    recipients: tuple[Recipient, ...]
    message: str
    report_wanted: bool
    tag: str | None


def is_e164(number: str) -> bool:
    return _E164.fullmatch(number) is not None


def check_version(found: str | None, known: frozenset[str]) -> None:
    if found not in known:
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "InvalidApiVersion", "The API version is not supported."
        )


def read_document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
        # Half a surrogate pair is valid JSON, but not a text that a phone could show.
        json.dumps(document, ensure_ascii=False).encode()
    except ValueError:
        raise _bad("The request body is not JSON.") from None
    if not isinstance(document, dict):
        raise _bad("The request body is not an object.")
    return document


def read_sending(body: bytes) -> Sending:
    """
    Read a request to send. Raises Refusal if the service would refuse the whole request.

    As on the real service, a refusal quotes what it refuses: callers must not log it or pass it on.
    """
    document = read_document(body)
    message = document.get("message")
    options = document.get("smsSendOptions")
    options = {} if options is None else options
    if not isinstance(message, str) or not message:
        raise _bad("The message is required.")
    if len(message.encode()) > MESSAGE_BYTES:
        raise _bad(f"The message is longer than {MESSAGE_BYTES} bytes: '{message[:20]}…'.")
    if not isinstance(options, dict):
        raise _bad("smsSendOptions is not an object.")
    tag = options.get("tag")
    if not isinstance(tag, str | None):
        raise _bad("tag is not text.")
    return Sending(
        sender=read_sender(document),
        recipients=tuple(_recipient(one) for one in _list(document, "smsRecipients")),
        message=message,
        report_wanted=options.get("enableDeliveryReport") is True,
        tag=tag,
    )


def read_sender(document: dict[str, Any]) -> str:
    sender = document.get("from")
    if not isinstance(sender, str) or not (is_e164(sender) or _SHORT_CODE.fullmatch(sender)):
        raise _bad(f"The from number '{sender}' is not valid.")
    return sender


def read_numbers(document: dict[str, Any]) -> list[str]:
    """Return the recipients of an opt-out request."""
    return [_to(one) for one in _list(document, "recipients")]


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list) or not 1 <= len(found) <= RECIPIENTS:
        raise _bad(f"{name} needs between 1 and {RECIPIENTS} recipients.")
    return found


def _to(document: Any) -> str:
    to = document.get("to") if isinstance(document, dict) else None
    if not isinstance(to, str):
        raise _bad("A recipient has no 'to'.")
    return to


def _recipient(document: Any) -> Recipient:
    to = _to(document)
    identifier = document.get("repeatabilityRequestId")
    first_sent = document.get("repeatabilityFirstSent")
    if identifier is None and first_sent is None:
        return Recipient(to, None)
    if not (_is_uuid(identifier) and _is_http_date(first_sent)):
        raise _bad("repeatabilityRequestId is a UUID, repeatabilityFirstSent an HTTP date.")
    return Recipient(to, (identifier.lower(), first_sent))


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str) or len(value) != 36:
        return False
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _is_http_date(value: object) -> bool:
    if not isinstance(value, str) or not value.endswith(" GMT"):
        return False
    try:
        return isinstance(parsedate_to_datetime(value), datetime)
    except ValueError:
        return False


def _bad(message: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", message)

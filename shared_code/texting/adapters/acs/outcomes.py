"""
What an answer or a failure of the SMS service proves, and nothing more than that.

Only a connection that never opened and an answer that says no prove that nothing was sent.
Everything else, time-outs, 5xx and broken answers included, leaves it open: `OutcomeUnknown`.
Of a text it is only read whether it says that the recipient said STOP.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import HttpResponseError, ServiceRequestError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from shared_code.retry import read_date, retry_after
from shared_code.texting.domain.delivery import says_opted_out
from shared_code.texting.domain.reasons import (
    OPTED_OUT,
    REFUSED_BY_CARRIER,
    REFUSED_BY_SERVICE,
    SMS_NOT_ADMITTED,
)
from shared_code.texting.ports import Accepted, NotSent, OutcomeUnknown, RefusedText, SendResult

AFTER_A_WRONG_KEY = 60
"""Seconds until the next attempt after a refused key: an operator may have replaced it."""

_NOT_ADMITTED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_REFUSALS = frozenset(range(400, 500)) - {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_NEVER_OPENED = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
"""
Not the other TLS errors: one of them may also come after the request. A certificate is looked at
only before it.
"""


def of_answers(answers: Sequence[Any]) -> SendResult:
    """What a 202 says of its only recipient; a shape that it should not have says nothing."""
    if len(answers) != 1:
        return OutcomeUnknown()
    (answer,) = answers
    if answer.successful is True:
        return Accepted(answer.message_id or "")
    status = answer.http_status_code
    if answer.successful is not False or not isinstance(status, int):
        return OutcomeUnknown()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotSent()
    if says_opted_out(f"{status} {answer.error_message}"):
        return RefusedText(OPTED_OUT)
    if 400 <= status < 500:
        return RefusedText(REFUSED_BY_CARRIER)
    return OutcomeUnknown()


def of_error(error: Exception, first_sent: datetime) -> SendResult:
    """What the SDK's exception proves about a request that was handed to the transport."""
    response = error.response if isinstance(error, HttpResponseError) else None
    if response is not None and response.status_code is not None:
        status = response.status_code
        if status in _REFUSALS and _is_opt_out(error):
            return RefusedText(OPTED_OUT)
        return _of_status(status, getattr(response, "headers", {}), first_sent)
    return NotSent(opened=False) if _never_opened(error) else OutcomeUnknown()


def _is_opt_out(error: Exception) -> bool:
    """Whether the body of a refusal says that the recipient said STOP."""
    said = getattr(error, "error", None)  # ODataV4Format, where the body was one
    return said is not None and says_opted_out(f"{said.code} {said.message}")


def _of_status(status: int, headers: Mapping[str, str], first_sent: datetime) -> SendResult:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answered_at = read_date(headers.get("Date")) or first_sent
        return NotSent(retry_after(headers.get("Retry-After"), answered_at))
    if status in _NOT_ADMITTED:
        return NotSent(AFTER_A_WRONG_KEY, reason=SMS_NOT_ADMITTED)
    if 300 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:
        return RefusedText(REFUSED_BY_SERVICE)
    return OutcomeUnknown()


def _never_opened(error: Exception) -> bool:
    """
    Whether the failure was one of opening the connection. ServiceRequestError alone does not
    prove it: the SDK raises it as well when the body of an answer stalls.
    """
    if not isinstance(error, ServiceRequestError):
        return False
    seen: set[int] = set()
    open_ends: list[object] = [error]
    while open_ends:
        one = open_ends.pop()
        if id(one) in seen or not isinstance(one, BaseException):
            continue
        seen.add(id(one))
        if isinstance(one, _NEVER_OPENED):
            return True
        inside = (getattr(one, "inner_exception", None), getattr(one, "reason", None))
        open_ends += [*inside, one.__cause__, *one.args]
    return False

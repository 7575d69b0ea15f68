"""
From a function's return value to the HTTP response that the real host would send.

Observed on the real host 4.1037: no return value, a bad header or a wrong Content-Length is a 500;
a string that is JSON is re-indented, and one that looks like a description of a response becomes
that response; of repeated headers only the last is kept; cookies are rebuilt (cookies.py).
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from local.host.cookies import rebuild
from local.host.errors import BadAnswer
from local.host.http_wire import BODILESS, Response
from local.host.runtime import Datum

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_SET_BY_HOST = {"server", "date", "connection", "keep-alive", "transfer-encoding"}
_TEXT = ("Content-Type", "text/plain; charset=utf-8")


def answer(returned: Datum | None) -> Response:
    """Return the response for a function's return value. Raises BadAnswer for a 500."""
    if returned is None or returned.type is None:
        raise BadAnswer("the function returned nothing")
    if returned.type == "string":
        return _from_text(returned.value)
    if returned.type != "http":
        raise BadAnswer(f"a return value of kind {returned.type} is no answer")
    value = returned.value
    pairs = [(name, item.value) for name, item in value["headers"].items()]
    body = value["body"].value
    cookies = rebuild(value["cookies"] or ())
    return _response(
        value["status_code"].value,
        pairs,
        body.encode() if isinstance(body, str) else body,
        [("Set-Cookie", cookie) for cookie in cookies],
    )


def indented(value: object) -> str:
    """Return JSON as the host rewrites it: indented by two spaces, with minimal escaping."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _from_text(text: str) -> Response:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict) and value.keys() & {"body", "status", "headers"}:
        return _described(value)
    if isinstance(value, dict | list):
        text = indented(value)
    return Response(200, [_TEXT], text.encode())


def _described(value: dict[str, Any]) -> Response:
    body = value.get("body", "")
    headers = {name.lower(): (name, str(each)) for name, each in value.get("headers", {}).items()}
    headers.setdefault("content-type", _TEXT)
    text = body if isinstance(body, str) else indented(body)
    return _response(value.get("status", 200), headers.values(), text.encode(), [])


def _response(
    status: object, pairs: Iterable[tuple[str, str]], body: bytes, cookies: list[tuple[str, str]]
) -> Response:
    headers: dict[str, tuple[str, str]] = {}
    for name, text in pairs:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
            raise BadAnswer("a header cannot be sent")
        if name.lower() not in _SET_BY_HOST:
            headers[name.lower()] = (name, text)
    code = _status(status)
    if code in BODILESS:
        headers.pop("content-length", None)
        body = b""
    elif "content-length" in headers and headers["content-length"][1] != str(len(body)):
        raise BadAnswer("Content-Length is not the length of the body")
    return Response(code, [*headers.values(), *cookies], body)


def _status(value: object) -> int:
    try:
        code = int(str(value))
    except ValueError:
        raise BadAnswer("the status is no number") from None
    if not 200 <= code <= 999:
        raise BadAnswer("the status cannot be sent")
    return code

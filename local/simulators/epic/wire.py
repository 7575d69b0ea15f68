"""How the simulator's answers are written, and how parameters are read."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from local.faults.listener import Answer, Request, json_headers
from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.simulator import Outcome

HTML = Answer(
    HTTPStatus.OK,
    b"<!doctype html><title>Sign in</title><p>Please sign in.</p>",
    [("Content-Type", "text/html; charset=utf-8")],
)
BUSY = Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"", [("Retry-After", "5")])
NO_STORE = ("Cache-Control", "no-store")


def to_json(
    document: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(status, json.dumps(document).encode(), [*json_headers(headers), NO_STORE])


def accepted(answer: Answer, **details: Any) -> Outcome:
    return Outcome(answer, ACCEPTED, acted=True, details=details)


def refused(answer: Answer, why: str, **details: Any) -> Outcome:
    """Refuse; `why` names the broken rule for the records of requests, never a value."""
    return Outcome(answer, REFUSED, details={"why": why, **details})


def page(status: int, words: str) -> Answer:
    """Return a page of Epic's own, which a browser stays on."""
    body = f"<!doctype html><html lang=en><title>Epic</title><h1>{words}</h1>"
    headers = [("Content-Type", "text/html; charset=utf-8"), NO_STORE]
    return Answer(status, body.encode(), headers)


def parameters(request: Request) -> dict[str, str]:
    """
    Return the parameters of a form or of the query. Raises ValueError if one is there twice.
    """
    text = request.target.partition("?")[2]
    if request.method == "POST":
        if request.header("Content-Type").split(";")[0] != "application/x-www-form-urlencoded":
            raise ValueError("content_type")
        text = request.body.decode("ascii", "strict")
    pairs = parse_qsl(text, keep_blank_values=True)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled")
    return found

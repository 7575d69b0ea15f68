"""HTML of the meeting page: templates that escape everything, and strict headers."""

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.faults.listener import Answer, Request
from local.simulators.desk.pages import HEADERS, not_modified, static

_HERE = Path(__file__).parent
STATIC = "/static/"


def page(
    request: Request, template: str, status: HTTPStatus = HTTPStatus.OK, **values: object
) -> Answer:
    """Return the page, or 304 if the browser has it as it is."""
    body = _environment().get_template(template).render(**values).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.header("If-None-Match") == etag:
        return not_modified(etag)
    kind = ("Content-Type", "text/html; charset=utf-8")
    return Answer(status, body, [kind, ("ETag", etag), *HEADERS])


def style_or_script(name: str) -> Answer:
    """Return the style sheet of these pages, or what they share with the desk's."""
    if name != "meeting.css":
        return static(name)
    body = (_HERE / "static" / name).read_bytes()
    return Answer(HTTPStatus.OK, body, [("Content-Type", "text/css; charset=utf-8"), *HEADERS])


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )

"""HTML of the desk: templates that escape everything, and strict headers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.faults.listener import Answer, Request

_HERE = Path(__file__).parent
_STATIC = {"style.css": "text/css", "live.js": "text/javascript"}
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]")
_POLICY = "Content-Security-Policy"
HEADERS = (
    (_POLICY, "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
)


@dataclass(frozen=True)
class Piece:
    """A part of a text; `href` is set if a phone would show it as a link."""

    text: str
    href: str | None = None


def pieces(text: str) -> list[Piece]:
    """Split a text at its links; joined, the parts are the text again."""
    found, end = [], 0
    for match in _LINK.finditer(text):
        found += [Piece(text[end : match.start()]), Piece(match[0], match[0])]
        end = match.end()
    return [piece for piece in [*found, Piece(text[end:])] if piece.text]


def page(
    template: str, *, etag: str | None = None, policy: str | None = None, **values: object
) -> Answer:
    """Return the page; `policy` replaces the usual Content-Security-Policy."""
    body = _environment().get_template(template).render(**values).encode()
    answer = _answer(body, "text/html", [] if etag is None else [("ETag", etag)])
    if policy is None:
        return answer
    others = [(name, value) for name, value in answer.headers if name != _POLICY]
    return replace(answer, headers=[*others, (_POLICY, policy)])


def static(name: str) -> Answer:
    kind = _STATIC.get(name)
    if kind is None:
        return not_found()
    return _answer((_HERE / "static" / name).read_bytes(), kind, [])


def see_other(place: str) -> Answer:
    return Answer(HTTPStatus.SEE_OTHER, headers=[("Location", place), *HEADERS])


def not_modified(etag: str) -> Answer:
    return Answer(HTTPStatus.NOT_MODIFIED, headers=[("ETag", etag), *HEADERS])


def not_found() -> Answer:
    headers = [("Content-Type", "text/plain; charset=utf-8"), *HEADERS]
    return Answer(HTTPStatus.NOT_FOUND, b"There is no such page.\n", headers)


def not_allowed() -> Answer:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Allow", "GET, HEAD, POST")]
    body = b"A page is read, and its forms are sent.\n"
    return Answer(HTTPStatus.METHOD_NOT_ALLOWED, body, [*headers, *HEADERS])


def no_icon() -> Answer:
    """Browsers ask for one beside every page."""
    return Answer(HTTPStatus.NO_CONTENT, headers=HEADERS)


def bad_form(field: str) -> Answer:
    """Return 400 with the name of the field, never with its value."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), *HEADERS]
    return Answer(HTTPStatus.BAD_REQUEST, f"Please check: {field}.\n".encode(), headers)


def form_of(request: Request) -> dict[str, str]:
    fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["pieces"] = pieces
    environment.filters["path_part"] = lambda value: quote(value, safe="")
    return environment


def _answer(body: bytes, kind: str, headers: Sequence[tuple[str, str]]) -> Answer:
    content_type = ("Content-Type", f"{kind}; charset=utf-8")
    return Answer(HTTPStatus.OK, body, [content_type, *headers, *HEADERS])

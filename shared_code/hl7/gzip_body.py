"""
Unpack the body of a request whose Content-Encoding is gzip (RFC 1952), never more than is allowed.

zlib is imported inside the function that needs it: most senders do not pack.
"""

from __future__ import annotations

from shared_code.errors import Refused
from shared_code.hl7.errors import (
    BODY_TOO_LARGE,
    CONTENT_ENCODING_UNSUPPORTED,
    GZIP_TOO_DENSE,
    GZIP_UNREADABLE,
)

MAX_RATIO = 200
"""Batches of messages that differ in a number are packed to a fiftieth."""

_MAGIC = b"\x1f\x8b"
_NAMES = frozenset({"gzip", "x-gzip"})
_MAX_MEMBERS = 8


def unpacked(body: bytes, content_encoding: str, largest: int) -> bytes:
    """
    Return the body as it was before it was packed; it is at most `largest` bytes.

    A gzip file is also recognized without the header. Raises Refused(CONTENT_ENCODING_UNSUPPORTED |
    GZIP_UNREADABLE | GZIP_TOO_DENSE | BODY_TOO_LARGE).
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    encodings = [name for name in names if name not in ("", "identity")]
    if len(encodings) > 1 or not _NAMES.issuperset(encodings):
        raise Refused(CONTENT_ENCODING_UNSUPPORTED)
    if not encodings and not body.startswith(_MAGIC):
        return body
    content = _members(body, largest)
    if len(content) > MAX_RATIO * len(body):
        raise Refused(GZIP_TOO_DENSE)
    return content


def _members(body: bytes, largest: int) -> bytes:
    """Return the content of all members of a gzip file; zeros may fill it up (RFC 1952 §2.2)."""
    import zlib

    content = b""
    for _ in range(_MAX_MEMBERS):
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            content += member.decompress(body, largest + 1 - len(content))
        except zlib.error:
            raise Refused(GZIP_UNREADABLE) from None
        if len(content) > largest:
            raise Refused(BODY_TOO_LARGE)
        if not member.eof:
            break
        body = member.unused_data.lstrip(b"\0")
        if not body:
            return content
    raise Refused(GZIP_UNREADABLE)

"""
From the bytes of an HTTP body to messages: framing bytes, line ends, batches, character sets.

Standard library only, because it is imported on every cold start. Of the fields, only MSH-1, MSH-2
and MSH-18 are read here. Rules: HL7 v2.5.1 §2.10.3 (batches), §2.15.9.18 (character sets), appendix
of MLLP release 2 (framing bytes), HAPI's HL7 over HTTP (content types).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from encodings.aliases import aliases
from itertools import pairwise
from string import punctuation

from shared_code.errors import Refused
from shared_code.hl7.errors import (
    BATCH_TOO_LARGE,
    CHARSET_UNSUPPORTED,
    CONTENT_TYPE_UNSUPPORTED,
    NOT_HL7,
)
from shared_code.hl7.message import encoding_characters

MAX_MESSAGES = 500

# Engines spell the type of HL7 v2 in many ways. Whether it is HL7 is told from the body.
_CONTENT_TYPE = re.compile(
    r"(?:x-)?(?:application|text)/(?:x-)?(?:edi-)?hl7(?:-?v2)?(?:\+er7)?"
    r"|application/octet-stream|text/plain"
)
_DEFAULT_CONTENT_TYPE = "application/hl7-v2"

_TRAILERS = frozenset({b"BTS", b"FTS"})
_ENVELOPE = _TRAILERS | {b"FHS", b"BHS"}
_PUNCTUATION = frozenset(mark.encode() for mark in punctuation)
_MESSAGE_ENDS = re.compile(rb"\x1c|\x0b(?=(?:\xef\xbb\xbf)?(?:MSH|FHS|BHS))")
_BYTE_ORDER_MARKS = re.compile(rb"(\A|\r)\xef\xbb\xbf")

# Character sets in which the bytes CR, LF, 0x0B and 0x1C are never part of another character:
# Python's name, then the IANA name. (A body in UTF-16, EBCDIC or ISO 2022 could not be split.)
_CHARACTER_SETS = {
    "utf_8": "utf-8",
    "ascii": "us-ascii",
    "latin_1": "iso-8859-1",
    **{f"iso8859_{number}": f"iso-8859-{number}" for number in (*range(2, 12), *range(13, 17))},
    **{f"cp{number}": f"windows-{number}" for number in range(1250, 1259)},
    **{name: name.replace("_", "-") for name in ("koi8_r", "koi8_u", "tis_620")},
    **{name: name.replace("_", "-") for name in ("big5", "gbk", "gb2312", "gb18030")},
    **{name: name.replace("_", "-") for name in ("shift_jis", "euc_jp", "euc_kr")},
}
# Names of HL7 table 0211 that Python does not know as aliases.
_HL7_CHARACTER_SETS = {
    "unicode_utf_8": "utf_8",
    "8859_1": "latin_1",
    **{f"8859_{number}": f"iso8859_{number}" for number in range(2, 16)},
    "big_5": "big5",
    "gb_18030_2000": "gb18030",
    "ks_x_1001": "euc_kr",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The messages of one body, with CR as the line end, still in their character set."""

    messages: tuple[bytes, ...]
    enveloped: bool


def parse_content_type(value: str | None) -> tuple[str, str | None]:
    """
    Return the media type and charset of the header; without a header, HL7 is assumed.

    Raises Refused(CONTENT_TYPE_UNSUPPORTED).
    """
    media_type, *parameters = (value or "").split(";")
    media_type = media_type.strip().lower() or _DEFAULT_CONTENT_TYPE
    if not _CONTENT_TYPE.fullmatch(media_type):
        raise Refused(CONTENT_TYPE_UNSUPPORTED)
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type, text.strip().strip('"').strip() or None
    return media_type, None


def split_body(body: bytes) -> Frame:
    """
    Return the messages of a body, with or without a batch envelope.

    If one message is not recognizable as HL7, the whole body is refused and nothing of it is
    stored, so that no message is lost unnoticed. Raises Refused(NOT_HL7) or
    Refused(BATCH_TOO_LARGE).
    """
    messages: list[list[bytes]] = []
    separators: set[bytes] = set()
    enveloped = inside = False
    for segment, following in pairwise([*_segments(body), b""]):
        if inside and not _is_header(segment, separators, following if enveloped else None):
            messages[-1].append(segment)
            continue
        name, separator = segment[:3], segment[3:4]
        inside = name == b"MSH"
        if inside:
            encoding_characters(segment[:16].decode("latin-1"))
            messages.append([segment])
        elif name in _ENVELOPE and (not separator or separator in _PUNCTUATION):
            enveloped = True
        else:
            raise Refused(NOT_HL7)
        separators |= {separator} - {b""}
    if not messages:
        raise Refused(NOT_HL7)
    if len(messages) > MAX_MESSAGES:
        raise Refused(BATCH_TOO_LARGE)
    return Frame(tuple(b"\r".join([*lines, b""]) for lines in messages), enveloped)


def decode(message: bytes, http_charset: str | None) -> str:
    """Return one message as text. Raises Refused(CHARSET_UNSUPPORTED) as `charset_of` does."""
    return message.decode(charset_of(message, http_charset))


def charset_of(message: bytes, http_charset: str | None) -> str:
    """
    Return the IANA name of the character set that the message is really in.

    The first of these that can decode the bytes: the charset of the HTTP header, UTF-8, the one
    that MSH-18 declares, Latin-1 (which decodes anything). UTF-8 precedes MSH-18 because senders
    declare 8859/1 or BIG5 and send UTF-8. Raises Refused(CHARSET_UNSUPPORTED) for an HTTP charset
    that is unknown or cannot carry HL7.
    """
    candidates = ["utf-8", _known(_declared(message))]
    if http_charset is not None:
        asked = _known(http_charset)
        if asked is None:
            raise Refused(CHARSET_UNSUPPORTED)
        candidates.insert(0, asked)
    for candidate in candidates:
        if candidate is not None and _decodes(message, candidate):
            return candidate
    return "iso-8859-1"


def answer_charset(frame: Frame, http_charset: str | None) -> str:
    """Return the character set to answer in: that of all messages, or UTF-8 if they differ."""
    found = {charset_of(message, http_charset) for message in frame.messages}
    return found.pop() if len(found) == 1 else "utf-8"


def _segments(body: bytes) -> list[bytes]:
    body = body.replace(b"\r\n", b"\r").replace(b"\n", b"\r").lstrip(b" \t\r")
    body = _MESSAGE_ENDS.sub(b"\r", body).replace(b"\x0b", b"")
    body = _BYTE_ORDER_MARKS.sub(rb"\1", body)
    return [segment for segment in body.split(b"\r") if segment.strip()]


def _is_header(segment: bytes, separators: set[bytes], following: bytes | None) -> bool:
    """
    Return whether a line inside a message ends it, and is no text with a line feed before it.

    A header has a separator that this body's headers use. An MSH may have another one if it
    declares all that a header must; a trailer may have none if another header, or nothing, is
    `following` it in an envelope (None: there is no envelope).
    """
    name, separator = segment[:3], segment[3:4]
    if name != b"MSH" and name not in _ENVELOPE:
        return False
    if not separator and (name not in _TRAILERS or following is None):
        return False
    if not separator:
        return following in (b"", *_TRAILERS) or _is_header(following or b"", separators, None)
    return separator in separators or (name == b"MSH" and _declares_delimiters(segment))


def _declares_delimiters(segment: bytes) -> bool:
    try:
        declared = encoding_characters(segment[:16].decode("latin-1"))
    except Refused:
        return False
    return segment[4:16].find(declared.field.encode()) > 0


def _known(charset: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "_", charset.strip().lower())
    name = _HL7_CHARACTER_SETS.get(name, name)
    return _CHARACTER_SETS.get(aliases.get(name, name))


def _declared(message: bytes) -> str:
    header = message.split(b"\r", 1)[0]
    fields = header.split(header[3:4] or b"|")
    declared = fields[17] if len(fields) > 17 else b""
    return declared.decode("latin-1").split(chr(header[5]), 1)[0] if declared else ""


def _decodes(message: bytes, charset: str) -> bool:
    try:
        message.decode(charset)
    except UnicodeDecodeError:
        return False
    return True

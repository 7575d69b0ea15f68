"""Bytes of a body become messages, whatever stands around them."""

from __future__ import annotations

import pytest

from shared_code.errors import Refused
from shared_code.hl7.errors import (
    BATCH_TOO_LARGE,
    CHARSET_UNSUPPORTED,
    CONTENT_TYPE_UNSUPPORTED,
    NOT_HL7,
)
from shared_code.hl7.framing import (
    Frame,
    answer_charset,
    charset_of,
    decode,
    parse_content_type,
    split_body,
)
from tests.world.messages import NOT_MESSAGES, s12, sample

PLAIN = s12().encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(PLAIN.rstrip(b"\r"), id="no last segment end"),
        pytest.param(PLAIN.replace(b"\r", b"\n"), id="line feeds"),
        pytest.param(PLAIN.replace(b"\r", b"\r\n"), id="both"),
        pytest.param(PLAIN.replace(b"\r", b"\r\r\n\n"), id="blank lines"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN, id="byte order mark"),
        pytest.param(b"\x0b" + PLAIN + b"\x1c\r", id="MLLP"),
        pytest.param(b"\x0b\xef\xbb\xbf" + PLAIN + b"\x1c", id="MLLP and byte order mark"),
        pytest.param(b" \r\n" + PLAIN, id="leading blanks"),
        pytest.param(PLAIN.replace(b"VIDEO", b"VI\x0bDEO"), id="vertical tab in a text"),
    ],
)
def test_what_stands_around_a_message_is_taken_off(body: bytes) -> None:
    """Line ends become CR; framing bytes and byte order marks vanish."""
    frame = split_body(body)

    assert frame == Frame((PLAIN,), enveloped=False)


@pytest.mark.parametrize(
    ("body", "enveloped"),
    [
        pytest.param(PLAIN + PLAIN, False, id="one after the other"),
        pytest.param(b"\x0b" + PLAIN + b"\x1c\r\x0b" + PLAIN + b"\x1c\r", False, id="MLLP blocks"),
        pytest.param(PLAIN.rstrip() + b"\x1c\x0b" + PLAIN, False, id="MLLP blocks without CR"),
        pytest.param(b"BHS|^~\\&\r" + PLAIN + PLAIN + b"BTS|2\r", True, id="batch"),
        pytest.param(
            b"FHS|^~\\&\rBHS|^~\\&\r" + PLAIN + b"BTS|1\rBHS|^~\\&\r" + PLAIN + b"BTS\rFTS|2",
            True,
            id="file of two batches",
        ),
    ],
)
def test_a_body_may_hold_several_messages(body: bytes, enveloped: bool) -> None:
    """Each MSH at the beginning of a segment begins a message, in an envelope or not."""
    assert split_body(body) == Frame((PLAIN, PLAIN), enveloped)


def test_a_text_line_that_begins_like_a_header_belongs_to_the_message() -> None:
    """Line breaks inside a note do not cut a message in two."""
    body = PLAIN + b"NTE|1||see\nMSHA clinic\nBTS2\n"

    assert len(split_body(body).messages) == 1


@pytest.mark.parametrize("name", ["MSH", "FHS", "BHS", "BTS", "FTS"])
@pytest.mark.parametrize(
    "text",
    [
        *(
            " intake form before the visit",
            "\tintake",
            ": intake",
            "-2",
            ", see",
            "...",
            "'s",
            "/2",
        ),
        *("A clinic", "2", "_x", "^~\\&", "!", "\xa0intake", " | intake | form |", ""),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_header_needs_the_separator_of_its_sender(name: str, text: str, ends: str) -> None:
    """Whatever else follows one of its names in a line of its own is a line of text."""
    body = PLAIN + f"NTE|1||see{ends}{name}{text}{ends}and so on\r".encode("latin-1") + PLAIN
    first, second = split_body(body).messages

    assert name.encode() + text.encode("latin-1") in first.split(b"\r")
    assert second == PLAIN


def test_notes_that_name_headers_stay_in_their_message() -> None:
    """A sample with several of them is one message without an envelope."""
    frame = split_body(sample("header-words-in-notes"))

    assert (len(frame.messages), frame.enveloped) == (1, False)


def test_the_notes_of_a_batch_may_name_headers() -> None:
    """A trailer without fields is one only in front of another header, or at the end."""
    noted = PLAIN + b"NTE|1||see\nBTS\nFTS is closed\nBHS\nMSH\n"
    body = b"FHS|^~\\&\rBHS|^~\\&\r" + noted + PLAIN + b"BTS\rBHS|^~\\&\r" + PLAIN + b"BTS\rFTS\r"

    frame = split_body(body)

    assert frame == Frame((noted.replace(b"\n", b"\r"), PLAIN, PLAIN), enveloped=True)


def test_each_sender_in_a_body_has_its_own_separator() -> None:
    """A message may declare others than the first one, in full or in short."""
    other = b"MSH!:*?%!EPIC!!!!!!SIU:S12\rSCH!1!36996\r"
    short = b"MSH$:*$EPIC$$$$$$SIU:S12\rSCH$1$36996\r"

    assert split_body(PLAIN + other + short + PLAIN).messages == (PLAIN, other, short, PLAIN)
    assert split_body(b"BHS!:*?%\r" + PLAIN + other + b"BTS!2\r").messages == (PLAIN, other)


@pytest.mark.parametrize(
    "body",
    [
        *(pytest.param(sample(name), id=name) for name in sorted(NOT_MESSAGES)),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x0b\x1c\r", id="empty MLLP block"),
        pytest.param(b"MSH", id="MSH alone"),
        pytest.param(b"MSH|^~\\&@#|", id="six encoding characters"),
        pytest.param(b"MSH ^~\\&", id="blank as separator"),
        pytest.param(b"MSH|^~\\\xe9|", id="not ASCII"),
        pytest.param(b"BHS|^~\\&\rBTS|0\r", id="empty batch"),
        pytest.param(b"PID|1\r" + PLAIN, id="text before the first message"),
        pytest.param(PLAIN + b"BTS|1\rPID|1\r", id="text behind the envelope"),
        pytest.param(PLAIN + b"MSH|^\r", id="one of two is none"),
        pytest.param(b"BHS intake form\r" + PLAIN, id="text that looks like a header, first"),
        pytest.param(PLAIN + b"BTS|1\rBHS intake form\r", id="and last"),
        pytest.param(b"MSH intake form\r" + PLAIN, id="as a message"),
        pytest.param(bytes(range(256)), id="binary"),
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Without a usable MSH, or with anything outside of messages, nothing is accepted."""
    with pytest.raises(Refused) as refused:
        split_body(body)

    assert refused.value.code == NOT_HL7.code


@pytest.mark.parametrize(("count", "accepted"), [(500, True), (501, False)])
def test_a_batch_has_at_most_500_messages(count: int, accepted: bool) -> None:
    """The 501st message refuses the body."""
    body = b"MSH|^~\\&|EPIC\r" * count

    if accepted:
        assert len(split_body(body).messages) == count
    else:
        with pytest.raises(Refused) as refused:
            split_body(body)
        assert refused.value.code == BATCH_TOO_LARGE.code


def _with_name(charset: str, declared: str = "", name: str = "NIÑA") -> bytes:
    text = s12(head=f"||||||{declared}", pid=f"1||203711||PRUEBA^{name}")
    return text.encode(charset)


@pytest.mark.parametrize(
    ("message", "http_charset", "expected"),
    [
        pytest.param(_with_name("utf-8"), None, "utf-8", id="UTF-8, nothing declared"),
        pytest.param(_with_name("utf-8", "8859/1"), None, "utf-8", id="UTF-8 declared 8859/1"),
        pytest.param(_with_name("latin-1"), None, "iso-8859-1", id="Latin-1, nothing declared"),
        pytest.param(
            _with_name("latin-1", "UNICODE UTF-8"), None, "iso-8859-1", id="Latin-1 declared UTF-8"
        ),
        pytest.param(
            _with_name("iso8859-2", "8859/2", "ŁÓDŹ"), None, "iso-8859-2", id="MSH-18 decides"
        ),
        pytest.param(_with_name("big5", "BIG-5", "功能許"), None, "big5", id="BIG5 declared"),
        pytest.param(
            _with_name("latin-1", "8859/1~UNICODE"), None, "iso-8859-1", id="MSH-18 repeated"
        ),
        pytest.param(_with_name("latin-1", "KLINGON"), None, "iso-8859-1", id="unknown MSH-18"),
        pytest.param(
            _with_name("utf-8"), "ISO-8859-1", "iso-8859-1", id="the HTTP header beats all"
        ),
        pytest.param(_with_name("utf-8"), "us-ascii", "utf-8", id="the HTTP header lies"),
        pytest.param(_with_name("latin-1"), "UTF-8", "iso-8859-1", id="the header lies again"),
        pytest.param(_with_name("cp1252"), "windows-1252", "windows-1252", id="Windows"),
    ],
)
def test_the_first_set_the_bytes_agree_with_is_used(
    message: bytes, http_charset: str | None, expected: str
) -> None:
    """HTTP header, UTF-8, MSH-18, Latin-1; the text is what that set says."""
    assert charset_of(message, http_charset) == expected
    assert decode(message, http_charset) == message.decode(expected)


@pytest.mark.parametrize(
    "charset",
    ["utf-16", "UTF-16LE", "utf-32", "utf-7", "cp037", "iso-2022-jp", "base64", "rot13", "x", ""],
)
def test_a_set_that_cannot_carry_hl7_is_refused(charset: str) -> None:
    """Unknown sets, and those in which CR may be part of a letter, are refused."""
    with pytest.raises(Refused) as refused:
        decode(PLAIN, charset)

    assert refused.value.code == CHARSET_UNSUPPORTED.code


@pytest.mark.parametrize(
    "charset",
    ["UTF-8", "utf8", "US-ASCII", "ISO-8859-1", "latin1", "ISO-8859-15", "windows-1252", "KOI8-R"]
    + ["Big5", "GB18030", "Shift_JIS", "EUC-JP", "EUC-KR", "TIS-620", "8859/15", "UNICODE UTF-8"],
)
def test_known_sets_are_read(charset: str) -> None:
    """By the names of IANA, of Python and of HL7 table 0211, in any case."""
    assert decode(PLAIN, charset) == s12()


def test_the_answer_uses_the_set_of_the_request() -> None:
    """One set for all messages is kept; messages that differ are answered in UTF-8."""
    latin, other = _with_name("latin-1"), _with_name("utf-8")

    assert answer_charset(split_body(latin + latin), None) == "iso-8859-1"
    assert answer_charset(split_body(latin + other), None) == "utf-8"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ("application/hl7-v2", None)),
        ("", ("application/hl7-v2", None)),
        ("application/hl7-v2", ("application/hl7-v2", None)),
        ("application/hl7-v2+er7; charset=UTF-8", ("application/hl7-v2+er7", "UTF-8")),
        ('x-application/hl7-v2+er7;CharSet="utf-8"', ("x-application/hl7-v2+er7", "utf-8")),
        ("TEXT/PLAIN; format=flowed ; charset = latin1", ("text/plain", "latin1")),
        ("text/hl7;charset=", ("text/hl7", None)),
        ("application/octet-stream;;", ("application/octet-stream", None)),
        ("application/x-hl7-v2+er7", ("application/x-hl7-v2+er7", None)),
        ("application/edi-hl7; charset=utf-8", ("application/edi-hl7", "utf-8")),
        ("application/EDI-HL7v2", ("application/edi-hl7v2", None)),
        ("text/x-hl7", ("text/x-hl7", None)),
        ("application/hl7", ("application/hl7", None)),
        ("text/x-hl7v2+er7", ("text/x-hl7v2+er7", None)),
    ],
)
def test_content_types_of_hl7_over_http(
    header: str | None, expected: tuple[str, str | None]
) -> None:
    """The known types are accepted in any spelling, with or without a charset."""
    assert parse_content_type(header) == expected


@pytest.mark.parametrize(
    "header",
    ["application/json", "application/hl7-v2+xml", "text/html", "multipart/form-data", "*"]
    + ["application/edi-x12", "application/hl7-v3", "application/x-hl7-v2+xml", "text/hl7v22"],
)
def test_other_content_types_are_refused(header: str) -> None:
    """XML and everything else is not read."""
    with pytest.raises(Refused) as refused:
        parse_content_type(header)

    assert refused.value.code == CONTENT_TYPE_UNSUPPORTED.code

"""
HL7 v2 messages in the form of Epic's outgoing scheduling interface, with invented contents.

Only names of the TESTPATIENT kind and numbers (608)555-0100 to 0199 are used. Nothing is sent, and
no clock is read: every time is an argument.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

PHONES = tuple(f"(608)555-{number:04d}" for number in range(102, 200))
"""Patients' mobiles. (608)555-0100 is the organization's, (608)555-0101 the phone of every home."""
_HOME = "(608)555-0101"
VIDEO_VISIT = ("2950", "VIDEO VISIT")
OFFICE_VISIT = ("1001", "OFFICE VISIT")

EPIC, HL7 = "epic", "hl7"
"""How a message types phones: `P^H` and `P^M`, home first, or `PRN^CP` by HL7's tables."""

_AREA = re.compile(r"^\([2-79][0-9]{2}\)")
_LINE_END = re.compile(rb"(\r\n|\r|\n)")
_STATUS = {"S15": "3^CAN", "S17": "3^CAN", "S26": "4^NOS"}
_REASON = {"S15": "PATIENT REQUEST"}
_CODECS = {"UNICODE UTF-8": "utf-8", "8859/1": "latin-1", "ASCII": "ascii", "": "utf-8"}
_CLINICIAN = "1004^DOCTOR^DANA^^^^^^^^PROVID"
_DEPARTMENT = "10501101^^^LAMNA"


def schedule_message(
    event: str = "S12",
    *,
    key: str,
    start_local: datetime,
    control_id: str,
    created: datetime,
    phone: str = "(608)555-0142",
    dialect: str = EPIC,
    language: str = "ENG",
    visit_code: str = VIDEO_VISIT[0],
    visit_name: str = VIDEO_VISIT[1],
    processing: str = "T",
    patient_id: str = "203711",
    family: str = "TESTPATIENT",
    given: str = "ALEX",
    minutes: int = 30,
    charset: str = "",
    accept_ack: str = "",
    version: str = "2.3",
) -> bytes:
    """
    Return one SIU. `start_local` is the hospital's wall clock, written without a zone as Epic does;
    `created` becomes MSH-7, with its offset if it has one. `charset` is an MSH-18 value.
    """
    reason = _REASON.get(event, "")
    segments = [
        _header(f"SIU^{event}", control_id, created, processing, version, charset, accept_ack),
        _schedule(key, start_local, minutes, reason, _STATUS.get(event, "1^SCH")),
    ]
    if reason:
        segments.append("NTE|1||Patient cancelled by phone")
    segments += [
        _patient(patient_id, family, given, _telecom(phone, dialect), language),
        f"PV1|1|O|{_DEPARTMENT}||||{_CLINICIAN}||||||||||||{_safe(key)}",
        "RGS|1",
        f"AIS|1||{_safe(visit_code)}^{_safe(visit_name)}",
        f"AIP|1||{_CLINICIAN}",
    ]
    return _encode(segments, charset)


def patient_message(
    event: str = "A08",
    *,
    control_id: str,
    created: datetime,
    phone: str = "(608)555-0142",
    language: str = "ENG",
    patient_id: str = "203711",
    processing: str = "T",
) -> bytes:
    """Return an ADT, which a scheduling endpoint gets only by mistake."""
    segments = [
        _header(f"ADT^{event}", control_id, created, processing, "2.3", ""),
        f"EVN|{event}|{_stamp(created)}",
        _patient(patient_id, "TESTPATIENT", "ALEX", _telecom(phone, EPIC), language),
        f"PV1|1|O|{_DEPARTMENT}||||{_CLINICIAN}",
    ]
    return _encode(segments, "")


def fresh(sample: bytes, start: datetime, created: datetime, control_id: str) -> bytes:
    """
    Return a stored sample with a new start (SCH-11.4), creation time (MSH-7) and id (MSH-10).

    Peculiarities of the sample (delimiters, line ends, missing fields) are kept.
    """
    begin = sample.find(b"MSH")
    if begin < 0 or len(sample) < begin + 5:
        return sample
    field, component = sample[begin + 3 : begin + 4], sample[begin + 4 : begin + 5]
    renewals = {
        b"MSH": {6: _stamp(created).encode("ascii"), 9: control_id.encode("ascii")},
        b"SCH": {11: component * 3 + f"{start:%Y%m%d%H%M}".encode("ascii")},
    }
    lines = _LINE_END.split(sample)
    return b"".join(_renewed(line, field, renewals) for line in lines)


def batch(messages: Sequence[bytes], *, created: datetime | None = None) -> bytes:
    """Return several messages in one body; with `created`, in a file and batch envelope."""
    body = b"".join(messages)
    if created is None:
        return body
    stamp = _stamp(created)
    names = f"|EPIC|LAMNA|CONNECTOR|LAMNA|{stamp}"
    head = f"FHS|^~\\&{names}\rBHS|^~\\&{names}\r".encode("ascii")
    return head + body + f"BTS|{len(messages)}\rFTS|1\r".encode("ascii")


def garbage(seed: int, length: int = 512) -> bytes:
    """Return bytes that are not HL7; the same for the same seed."""
    # Random numbers for a test, not for a key.
    return b"\x00" + Random(seed).randbytes(length)  # noqa: S311


def duplicated(messages: Sequence[bytes], copies: int) -> list[bytes]:
    """Return every message `copies` times, with the copies right behind it."""
    return [message for message in messages for _ in range(copies)]


def shuffled(messages: Sequence[bytes], seed: int) -> list[bytes]:
    """Return the messages in another order; the same order for the same seed."""
    # Random numbers for a test, not for a key.
    return Random(seed).sample(list(messages), len(messages))  # noqa: S311


def _header(
    kind: str,
    control_id: str,
    created: datetime,
    processing: str,
    version: str,
    charset: str,
    accept_ack: str = "",
) -> str:
    fields = [
        "MSH|^~\\&|EPIC|LAMNA|CONNECTOR|LAMNA",
        _stamp(created),
        "SCHEDUSER",
        kind,
        _safe(control_id),
        processing,
        version,
        "",
        "",
        accept_ack,
        "NE" if accept_ack else "",
        "",
        charset,
    ]
    return "|".join(fields).rstrip("|")


def _schedule(key: str, start: datetime, minutes: int, reason: str, status: str) -> str:
    return (
        f"SCH|1|{_safe(key)}||||{reason}|||{minutes}|MIN|^^^{start:%Y%m%d%H%M}"
        f"|1042^SCHEDULER^SAM^^^^^^^^PROVID|(608)555-0100||||||||||||{status}"
    )


def _telecom(phone: str, dialect: str) -> str:
    """
    Return PID-13. In Epic's dialect a patient with one of PHONES, in any area, has one at home too.
    """
    mail = "^NET^Internet^pat@example.org"
    if dialect == HL7:
        return f"{_safe(phone)}^PRN^CP~{mail}"
    home = f"{_HOME}^P^H~" if _AREA.sub("(608)", phone) in PHONES else ""
    return f"{home}{mail}~{_safe(phone)}^P^M"


def _patient(patient_id: str, family: str, given: str, telecom: str, language: str) -> str:
    return (
        f"PID|1||{_safe(patient_id)}^^^LAMNA^MRN||{_safe(family)}^{_safe(given)}^Q||19800214|F"
        f"|||1 MAIN ST^^MADISON^WI^53703||{telecom}||{_safe(language)}|S"
    )


def _renewed(line: bytes, field: bytes, renewals: Mapping[bytes, Mapping[int, bytes]]) -> bytes:
    fields = line.split(field)
    for place, value in renewals.get(fields[0][-3:], {}).items():
        if place < len(fields):
            fields[place] = value
    return field.join(fields)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S%z}"


def _safe(value: str) -> str:
    """Return a value as HL7: delimiters escaped, and no line end that would start a segment."""
    for plain, escaped in (
        ("\\", "\\E\\"),
        ("|", "\\F\\"),
        ("^", "\\S\\"),
        ("&", "\\T\\"),
        ("~", "\\R\\"),
        ("\r", " "),
        ("\n", " "),
    ):
        value = value.replace(plain, escaped)
    return value


def _encode(segments: Sequence[str], charset: str) -> bytes:
    codec = _CODECS.get(charset, "utf-8")
    return "".join(f"{segment}\r" for segment in segments).encode(codec)

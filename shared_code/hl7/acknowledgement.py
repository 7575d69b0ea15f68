"""
The verdict on one message, and the acknowledgement that reports it.

Pure: the answer depends only on the bytes of the message and on the connection's configuration, so
a repeated message gets the same bytes back. Sentences come from the error, never from the message.
Echoed fields are returned exactly as sent, with the sender's own delimiters. Rules: HL7 v2.5.1
§2.9.2 and §2.9.3 (modes), §2.15.5 (ERR), §2.15.8 (MSA).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from shared_code.errors import ErrorInfo
from shared_code.hl7.errors import (
    APPOINTMENT_KEY_MISSING,
    EVENT_UNSUPPORTED,
    MESSAGE_TYPE_UNSUPPORTED,
    TRIGGER_MISSING,
)
from shared_code.hl7.framing import Frame
from shared_code.hl7.message import NULL, Message, Path, escape
from shared_code.hl7.schedule_event import BLOCKS, SUPPORTED

_TYPE = Path("MSH", 9, 1)
_TRIGGER = Path("MSH", 9, 2)
_EVENT_CODE = re.compile("[A-Z][0-9]{2}")
_OTHER_TYPE = re.compile("(?!SIU)(?:[A-Z]{3}|Z[A-Z0-9]{2})")
_OTHERS_WITH_SCHEDULE = frozenset({"SRM", "SRR", "SQM", "SQR"})
"""Requests for appointments and their answers: they hold an SCH, and book nothing."""
# Bytes that end a segment or an MLLP block: never allowed in a field of an answer.
_ENDS = str.maketrans("", "", "\r\n\x0b\x1c")
_COMMIT = {"AA": "CA", "AE": "CE", "AR": "CR"}
_CONDITIONS = {
    "101": "Required field missing",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What happens to a message: accepted if `error` is None, and processed further if `store`.

    `location` is the field that the error is about.
    """

    error: ErrorInfo | None
    store: bool = False
    location: Path | None = None


def judge(message: Message, key_path: str, *, ignore_other_messages: bool) -> Verdict:
    """
    Decide whether the message is accepted.

    Only errors that the sender can correct are refused here; everything else is found after the
    message is stored. Blocked slots (S23, S24) belong to no patient: they are accepted and dropped,
    as are other message types and other events if the connection says so. What may be a booking
    whose MSH-9 is wrong is refused even then. Raises ValueError if `key_path` is not a path.
    """
    kind, trigger = message.value(_TYPE).upper(), message.value(_TRIGGER).upper()
    if kind in ("", "SIU") and trigger in ("", NULL):
        return Verdict(TRIGGER_MISSING, location=_TRIGGER)
    if kind != "SIU" and ignore_other_messages and _is_other(message, kind, trigger):
        return Verdict(None)
    if kind != "SIU":
        return Verdict(MESSAGE_TYPE_UNSUPPORTED, location=_TYPE)
    if trigger not in SUPPORTED and ignore_other_messages and _EVENT_CODE.fullmatch(trigger):
        return Verdict(None)
    if trigger not in SUPPORTED:
        return Verdict(EVENT_UNSUPPORTED, location=_TRIGGER)
    if trigger in BLOCKS:
        return Verdict(None)
    path = Path.parse(key_path)
    if all(value in ("", NULL) for value in _keys(message, path)):
        return Verdict(APPOINTMENT_KEY_MISSING, location=path)
    return Verdict(None, store=True)


def _keys(message: Message, path: Path) -> list[str]:
    """The key of each patient group, where there are several; else that of the first segment."""
    several = len(message.named("PID")) > 1
    return message.values(path) if several else [message.value(path)]


def _is_other(message: Message, kind: str, trigger: str) -> bool:
    """
    Return whether a message that does not say SIU is surely none: it names another type, and
    neither an event of SIU nor the segment of an appointment is there.
    """
    if not _OTHER_TYPE.fullmatch(kind) or trigger in SUPPORTED:
        return False
    return kind in _OTHERS_WITH_SCHEDULE or not message.named("SCH")


def acknowledge(message: Message, raw: bytes, verdict: Verdict) -> str:
    """
    Return the acknowledgement of `message`, whose bytes are `raw`; segments end with CR.

    It is a commit acknowledgement (CA, CE, CR) or one of the application (AA, AE, AR), as MSH-15
    and MSH-16 ask for.
    """
    error = verdict.error
    code = error.acknowledgement if error else "AA"
    if _is_commit(message, failed=error is not None):
        code = _COMMIT[code]
    separator = message.encoding.field
    sentence = escape(error.sentence, message.encoding) if error else ""
    confirmation = ["MSA", code, _echo(message, 10), *([sentence] if sentence else [])]
    segments = [_header(message, raw), separator.join(confirmation)]
    if error:
        segments.append(_error(message, error, verdict.location, sentence))
    return "".join(f"{segment}\r" for segment in segments)


def acknowledge_batch(frame: Frame, acknowledgements: Sequence[str]) -> str:
    """Return one answer to one body: in a batch envelope if the request had one."""
    answers = "".join(acknowledgements)
    if not frame.enveloped:
        return answers
    return f"BHS|^~\\&\r{answers}BTS|{len(acknowledgements)}\r"


def _is_commit(message: Message, *, failed: bool) -> bool:
    """
    Return whether the one answer that HTTP has room for is a commit acknowledgement.

    Without MSH-15 it never is: that is the original mode, which equals NE with AL. If both kinds
    are asked for, it is the commit, which precedes the other. If neither is, HTTP needs a response
    all the same: it is of the kind that the sender reads in other cases.
    """
    accept, application = (message.text(_echo(message, n)).upper() for n in (15, 16))
    if accept in ("", NULL):
        return False
    if accept == "NE":
        return application not in ("AL", "ER", "SU")
    if _is_asked(accept, failed=failed):
        return True
    return not _is_asked(application, failed=failed)


def _is_asked(condition: str, *, failed: bool) -> bool:
    """Return whether table 0155 asks for an acknowledgement of this outcome."""
    return {"ER": failed, "SU": not failed, "NE": False, "": False, NULL: False}.get(
        condition, True
    )


def _header(message: Message, raw: bytes) -> str:
    encoding = message.encoding
    trigger = message.value(_TRIGGER).upper()
    kind = ["ACK", trigger, "ACK"] if _EVENT_CODE.fullmatch(trigger) else ["ACK"]
    fields = [
        "MSH",
        _echo(message, 2),
        *(_echo(message, field) for field in (5, 6, 3, 4, 7)),
        "",
        encoding.component.join(kind),
        sha256(raw).hexdigest()[:20],
        _echo(message, 11),
        _echo(message, 12),
    ]
    return encoding.field.join(fields)


def _error(message: Message, error: ErrorInfo, path: Path | None, sentence: str) -> str:
    encoding = message.encoding
    where: list[object] = [path.segment, 1, path.field, 1, path.component or 1] if path else []
    condition = [error.condition, _CONDITIONS[error.condition], "HL70357"]
    fields = [
        "ERR",
        "",
        encoding.component.join(map(str, where)),
        encoding.component.join(escape(part, encoding) for part in condition),
        "E",
        "",
        "",
        "",
        sentence,
    ]
    return encoding.field.join(fields)


def _echo(message: Message, field: int) -> str:
    return message.raw("MSH", field).translate(_ENDS)

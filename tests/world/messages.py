"""Messages: the sample visit as Epic writes it, small ones by segment, and the samples in files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from local.simulators.epic.messages import schedule_message
from shared_code.connections.domain import Connection
from shared_code.hl7.framing import decode, split_body
from shared_code.hl7.message import Message
from shared_code.hl7.schedule_event import ScheduleEvent
from shared_code.intake.siu import read_schedule_events
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.visit import KEY, WALL

SAMPLES = Path(__file__).parents[1] / "samples"
NOT_MESSAGES = frozenset(
    {
        "msh-too-short",
        "msh-absent",
        "msh-delimiters-repeated",
        "msh-delimiters-letters",
        "json",
        "utf-16",
    }
)


def siu(trigger: str = "S12", at: datetime = NOW, **changes: Any) -> bytes:
    """Return the same visit as an HL7 message."""
    return schedule_message(
        trigger,
        **{
            "key": KEY,
            "start_local": WALL,
            "control_id": "1000241",
            "created": at,
            "processing": "P",
            **changes,
        },
    )


def altered(body: bytes, **fields: str) -> bytes:
    """Return the message with some fields replaced, as they are sent: `PID_30="Y"`."""
    segments = [segment.split("|") for segment in body.decode().split("\r")]
    for name, value in fields.items():
        wanted, number = name.split("_")
        at = int(number) - (wanted == "MSH")  # MSH-1 is the separator itself
        for parts in segments:
            if parts[0] == wanted:
                parts += [""] * (at + 1 - len(parts))
                parts[at] = value
    return "\r".join("|".join(parts) for parts in segments).encode()


def sample(name: str) -> bytes:
    """Return the bytes of a sample, which is named after its defect."""
    return (SAMPLES / f"{name}.hl7").read_bytes()


def sample_names() -> list[str]:
    """Return the names of all samples that are HL7."""
    return sorted(path.stem for path in SAMPLES.glob("*.hl7") if path.stem not in NOT_MESSAGES)


def texts(name: str) -> list[str]:
    """Return the sample's messages as text."""
    return [decode(message, None) for message in split_body(sample(name)).messages]


def message(name: str) -> Message:
    """Return the sample's first message."""
    return Message.read(texts(name)[0])


def read_schedule_event(text: str, known: Connection) -> ScheduleEvent:
    """Return what the reader makes of a message about one appointment."""
    (only,) = read_schedule_events(text, known)
    return only


def read_sample(name: str, **changes: Any) -> ScheduleEvent:
    """Return what the reader makes of the sample's first message."""
    return read_schedule_event(texts(name)[0], connection(**changes))


def s12(**parts: str) -> str:
    """
    Return a small S12 message; `sch`, `pid` and `more` replace the segments after their names.
    """
    sch = parts.get("sch", "1|36996|||||||30|MIN|^^^202606101330")
    pid = parts.get("pid", "1||203711||TESTPATIENT^ALEX||||||||(608)555-0142^PRN^CP||ENG")
    more = parts.get("more", "AIS|1||2950^VIDEO VISIT")
    kind = parts.get("kind", "SIU^S12")
    head = f"MSH|^~\\&|EPIC|LAMNA|CONNECTOR|LAMNA|20260601101502||{kind}|1000241|P|2.3"
    return f"{head}{parts.get('head', '')}\rSCH|{sch}\rPID|{pid}\r{more}\r"

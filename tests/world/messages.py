"""Connections and sample messages for the tests of the HL7 reader. Nothing here is a secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    Proofs,
    VirtualVisitRule,
)
from shared_code.hl7.framing import decode, split_body
from shared_code.hl7.message import Message
from shared_code.hl7.schedule_event import ScheduleEvent
from shared_code.intake.siu import read_schedule_event

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

CONNECTION = Connection(
    id="c1",
    tenant="11111111-1111-1111-1111-111111111111",
    organization_name="Lamna Healthcare",
    contact="(608) 555-0100",
    environment=Environment.PRODUCTION,
    status=ConnectionStatus.APPROVED,
    epic_zone="America/Chicago",
    proofs=Proofs(),
    virtual_visits=VirtualVisitRule(codes=frozenset({"2950"})),
)


def connection(**changes: Any) -> Connection:
    """An approved production connection whose virtual visits have the code 2950."""
    return replace(CONNECTION, **changes)


def sample(name: str) -> bytes:
    """The bytes of a sample, which is named after its defect."""
    return (SAMPLES / f"{name}.hl7").read_bytes()


def sample_names() -> list[str]:
    """All samples that are HL7."""
    return sorted(path.stem for path in SAMPLES.glob("*.hl7") if path.stem not in NOT_MESSAGES)


def texts(name: str) -> list[str]:
    """The sample's messages as text."""
    return [decode(message, None) for message in split_body(sample(name)).messages]


def message(name: str) -> Message:
    """The sample's first message."""
    return Message.read(texts(name)[0])


def event(name: str, **changes: Any) -> ScheduleEvent:
    """What the reader makes of the sample's first message."""
    return read_schedule_event(texts(name)[0], connection(**changes))


def siu(**parts: str) -> str:
    """A small S12 message; `sch`, `pid` and `more` replace the segments after their names."""
    sch = parts.get("sch", "1|36996|||||||30|MIN|^^^202606101330")
    pid = parts.get("pid", "1||203711||TESTPATIENT^ALEX||||||||(608)555-0142^PRN^CP||ENG")
    more = parts.get("more", "AIS|1||2950^VIDEO VISIT")
    kind = parts.get("kind", "SIU^S12")
    head = f"MSH|^~\\&|EPIC|LAMNA|CONNECTOR|LAMNA|20260601101502||{kind}|1000241|P|2.3"
    return f"{head}{parts.get('head', '')}\rSCH|{sch}\rPID|{pid}\r{more}\r"

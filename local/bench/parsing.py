"""
Read the parts of a message that we need, compared with hl7apy's parse_message, on all valid
samples.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from local import processes
from local.bench.due_texts import connection
from shared_code.hl7 import framing
from shared_code.intake.siu import read_schedule_events

_CONNECTION = connection("bench")
_ROUNDS = 15


def measure() -> dict[str, float]:
    """Measure both alternately on the same messages, in one process."""
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_message

    folder = processes.ROOT / "tests" / "samples"
    texts = [
        framing.decode(framing.split_body(file.read_bytes()).messages[0], None)
        for file in sorted(folder.glob("SIU-*.hl7"))
    ]

    def ours(text: str) -> object:
        return read_schedule_events(text, _CONNECTION)

    def theirs(text: str) -> object:
        as_251 = text.replace("|2.3\r", "|2.5.1\r", 1)
        return parse_message(as_251, validation_level=VALIDATION_LEVEL.TOLERANT)

    own, other = [], []
    for _ in range(_ROUNDS):
        own.append(_timed(ours, texts))
        other.append(_timed(theirs, texts))
    return {
        "messages_per_second": 1 / statistics.median(own),
        "parse_vs_hl7apy_parse_message": statistics.median(other) / statistics.median(own),
    }


def _timed(read: Callable[[str], object], texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        read(text)
    return (time.perf_counter() - began) / len(texts)

"""Our splitter and hl7apy's whole-message parser say the same of every clean sample."""

from __future__ import annotations

from typing import Any

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from shared_code.hl7.message import Message, Segment
from tests.world.messages import texts

# Every field the reader or the door reads.
FIELDS = {
    "MSH": (3, 4, 5, 6, 7, 9, 10, 11, 15, 18),
    "SCH": (1, 2, 9, 10, 11),
    "TQ1": (7,),
    "PID": (3, 13, 15),
    "PV1": (3, 19),
    "AIS": (2, 3, 4),
    "AIG": (8,),
    "AIL": (6,),
    "AIP": (6,),
}
# Not clean: where hl7apy has no reading to compare with (a fifth encoding character, glued
# segments), and samples whose defect is in a value, not in its place.
CLEAN = [
    *("SIU-S12-1000241", "SIU-S14-1000242", "SIU-S15-1000243", "SIU-S26-1000244"),
    *("byte-order-mark", "line-feeds", "carriage-return-line-feeds", "mixed-line-ends"),
    *("mllp-bytes-left-in", "custom-delimiters", "start-in-tq1-only", "start-stale-in-sch-11"),
    *("start-with-offset", "start-null", "phone-null", "phone-empty", "phone-in-parts"),
    *("phone-cell-after-home", "pid-missing", "name-arabic-utf-8", "name-chinese-utf-8"),
    *("big5-with-pipe-bytes", "batch-without-envelope", "batch-with-envelope", "enhanced-mode"),
    *("resource-deleted", "visit-code-repeated", "tq1-in-version-2-3", "null-fields"),
    *("key-with-escapes", "z-segments", "blocked-slot", "enhanced-mode-application"),
    *("encoding-characters-three", "encoding-characters-two"),
]


def _ours(message: Message, segment: Segment, field: int) -> list[str]:
    ends = message.encoding.component + message.encoding.subcomponent
    return [raw.rstrip(ends) for raw in message.raw_repetitions(segment, field)]


def _theirs(segment: Any, name: str, field: int, characters: dict[str, str]) -> list[str]:
    repetitions = getattr(segment, f"{name}_{field}".lower())
    return [str(repetition.to_er7(characters)) for repetition in repetitions]


@pytest.mark.parametrize("name", CLEAN)
def test_the_splitter_agrees_with_hl7apy(name: str) -> None:
    """Field by field and repetition by repetition, for all fields that are read."""
    for text in texts(name):
        ours = Message.read(text)
        version = ours.raw("MSH", 12)
        separator = ours.encoding.field
        specials = ours.raw("MSH", 2)
        whole = specials + "\x1e\x1f"[len(specials) - 4 :] if len(specials) < 4 else specials
        theirs = parse_message(
            text.replace(f"{separator}{version}", f"{separator}2.5.1", 1).replace(
                specials, whole, 1
            ),
            validation_level=VALIDATION_LEVEL.TOLERANT,
            find_groups=False,
        )

        assert _fields_of(ours) == _fields_of_hl7apy(theirs, ours)


def _fields_of(message: Message) -> list[tuple[str, int, list[str]]]:
    return [
        (segment.name, field, _ours(message, segment, field))
        for segment in message.segments
        for field in FIELDS.get(segment.name, ())
    ]


def _fields_of_hl7apy(theirs: Any, ours: Message) -> list[tuple[str, int, list[str]]]:
    return [
        (segment.name, field, _theirs(segment, segment.name, field, theirs.encoding_chars))
        for segment in theirs.children
        for field in FIELDS.get(segment.name, ())
    ]

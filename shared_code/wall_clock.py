"""
Local times of hospitals, and what they mean in UTC.

HL7 times are local, to the minute, and mostly without an offset (HL7 v2.5.1 §2.A.21). Only this
module resolves the two hours a year that do not exist or occur twice. All results are aware and in
UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared_code.errors import Code, Reason

START_IN_GAP = Reason(
    Code("start_in_gap"), "The start time does not exist on that day (clocks go forward)."
)
START_AMBIGUOUS = Reason(
    Code("start_ambiguous"), "The start time exists twice on that day (clocks go back)."
)
START_OFFSET_DIFFERS = Reason(
    Code("start_offset_differs"), "The start time's offset is not the one of the configured zone."
)


_NO_ZONES = re.compile("localtime|Factory|posixrules|(posix|right)/.*|EST|MST|HST")
"""Names of the machine's own clock, of clocks with leap seconds, and of zones without summer."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time in a message: naive wall clock, and the offset if one was written."""

    wall: datetime
    offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Instant:
    """A resolved time in UTC, with a remark if anything about it was unusual."""

    utc: datetime
    remarks: tuple[Reason, ...] = ()


def zone(name: str) -> ZoneInfo:
    """
    Return the IANA zone. Raises ValueError if the name does not exist, or is not that of a place's
    clock: a hospital whose times are called EST has summer time, the zone of that name has not.
    """
    if _NO_ZONES.fullmatch(name):
        raise ValueError("must be the time zone of a place, such as America/New_York")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("unknown time zone") from error


def resolve(local: LocalTime, where: ZoneInfo) -> Instant:
    """
    Return the start of a visit in UTC.

    A written offset wins, with a remark if it differs from the zone's. An hour that occurs twice
    means its first occurrence; an hour that does not exist is read with the offset before the
    change. Both get a remark, so that somebody looks at them.
    """
    expected = local.wall.replace(tzinfo=where)
    if local.offset is not None:
        remarks = () if local.offset in _offsets(expected) else (START_OFFSET_DIFFERS,)
        return Instant((local.wall - local.offset).replace(tzinfo=UTC), remarks)
    utc = expected.astimezone(UTC)
    if utc.astimezone(where).replace(tzinfo=None) != local.wall:
        return Instant(utc, (START_IN_GAP,))
    if len(_offsets(expected)) > 1:
        return Instant(utc, (START_AMBIGUOUS,))
    return Instant(utc)


def resolve_near(local: LocalTime, where: ZoneInfo, near: datetime) -> datetime:
    """Resolve the time a message was made (MSH-7): of two readings, the one nearest to `near`."""
    if local.offset is not None:
        return (local.wall - local.offset).replace(tzinfo=UTC)
    readings = [local.wall.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(readings, key=lambda reading: abs(reading - near))


def _offsets(expected: datetime) -> set[timedelta | None]:
    return {expected.replace(fold=fold).utcoffset() for fold in (0, 1)}

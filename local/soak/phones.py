"""
The texts on the patients' phones, read like a patient: which visit, when, cancelled or not.

A phone and a start identify one event of one appointment (bookings.py).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.soak.bookings import Booking

_WHEN = re.compile(r"[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}, \d{1,2}:\d{2} [AP]M")


@dataclass(frozen=True, slots=True)
class Said:
    """One text: the start as written in it, and whether it says that the visit is cancelled."""

    when: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """
    Texts by the key of their appointment, in the order of arrival.

    `strange` counts texts about a visit that was never booked, `double` superfluous texts: the same
    words about the same visit, or the same tag, again.
    """

    told: Mapping[str, tuple[Said, ...]]
    strange: int
    double: int

    @property
    def executed(self) -> int:
        """Return the number of texts that are about a booked visit."""
        return sum(len(said) for said in self.told.values())


def written(start: datetime) -> str:
    """Return a start as an English text writes it: `Tue, Dec 1, 9:02 AM`."""
    return f"{start:%a, %b} {start.day}, {start.hour % 12 or 12}:{start:%M %p}"


def read_phones(texts: Mapping[str, list[dict[str, Any]]], bookings: Iterable[Booking]) -> Shown:
    """Read the phones. `texts` is by phone, as the desk shows them, the oldest first."""
    whose = {
        (booking.phone, written(event.start)): booking.key
        for booking in bookings
        for event in booking.events
    }
    told: defaultdict[str, list[Said]] = defaultdict(list)
    tags: Counter[str] = Counter()
    strange = 0
    for phone, shown in texts.items():
        for text in shown:
            tags[text["tag"]] += 1
            when = _WHEN.search(text["text"])
            key = whose.get((phone, when.group())) if when else None
            if when is None or key is None:
                strange += 1
            else:
                told[key].append(Said(when.group(), "cancelled" in text["text"]))
    said_again = sum(len(said) - len(set(said)) for said in told.values())
    double = max(said_again, sum(tags.values()) - len(tags))
    return Shown({key: tuple(said) for key, said in told.items()}, strange, double)

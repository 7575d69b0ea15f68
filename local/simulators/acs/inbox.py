"""
The patients' phones: texts that reached them, their replies, the carrier's notices.

Tests judge the product by this record.
"""

import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from local.simulators.kept import Kept

DELIVERED = "Delivered"
FAILED = "Failed"


@dataclass(frozen=True)
class Text:
    """A text that was accepted for a phone; `delivery` Failed means that it never arrived."""

    at: datetime
    sender: str
    to: str
    text: str
    encoding: str
    segments: int
    message_id: str
    tag: str | None
    report_wanted: bool
    delivery: str
    delivery_details: str

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "encoding": self.encoding,
            "segments": self.segments,
            "tag": self.tag,
            "message_id": self.message_id,
            "delivery": self.delivery,
            "delivery_details": self.delivery_details,
        }


@dataclass(frozen=True)
class Reply:
    """What the patient replied to a number."""

    at: datetime
    phone: str
    to: str
    text: str
    message_id: str
    segments: int


@dataclass(frozen=True)
class CarrierNotice:
    """An answer of the carrier itself, not caused by the product."""

    at: datetime
    sender: str
    to: str
    text: str


type Entry = Text | Reply | CarrierNotice

_KINDS = MappingProxyType({kind.__name__: kind for kind in (Text, Reply, CarrierNotice)})


class Inbox:
    """All phones in one list, in the order of events; `version` grows with each event."""

    def __init__(self, kept: Kept) -> None:
        self._changed = threading.Condition()
        self._kept = kept
        self._entries: list[Entry] = [_read(document) for _, document in kept.items()]
        self._version = 0

    def add(self, entry: Entry) -> None:
        with self._changed:
            self._kept.put(str(len(self._entries)), _written(entry))
            self._entries.append(entry)
            self._version += 1
            self._changed.notify_all()

    def version(self) -> int:
        with self._changed:
            return self._version

    def texts(self, number: str | None = None) -> list[Text]:
        """Return every accepted text, or those for one phone."""
        with self._changed:
            return self._texts(number)

    def await_texts(self, at_least: int, timeout: float, number: str | None = None) -> list[Text]:
        """
        Return the texts as soon as there are that many, or those there are after `timeout` seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._texts(number)) >= at_least, timeout)
            return self._texts(number)

    def conversation(self, number: str) -> list[Entry]:
        """Return what one phone shows: delivered texts, replies, and the carrier's notices."""
        with self._changed:
            return [entry for entry in self._entries if _is_seen_on(entry, number)]

    def entries(self) -> list[Entry]:
        with self._changed:
            return list(self._entries)

    def phones(self) -> list[str]:
        """Return every phone that has received or sent a text."""
        with self._changed:
            return sorted({_phone(entry) for entry in self._entries})

    def reset(self) -> None:
        with self._changed:
            self._kept.clear()
            self._entries.clear()
            self._version += 1
            self._changed.notify_all()

    def _texts(self, number: str | None) -> list[Text]:
        return [
            entry
            for entry in self._entries
            if isinstance(entry, Text) and number in (None, entry.to)
        ]


def _written(entry: Entry) -> dict[str, Any]:
    return {"kind": type(entry).__name__, **asdict(entry), "at": entry.at.isoformat()}


def _read(document: dict[str, Any]) -> Entry:
    fields = {**document, "at": datetime.fromisoformat(document["at"])}
    entry: Entry = _KINDS[fields.pop("kind")](**fields)
    return entry


def _phone(entry: Entry) -> str:
    return entry.phone if isinstance(entry, Reply) else entry.to


def _is_seen_on(entry: Entry, number: str) -> bool:
    if _phone(entry) != number:
        return False
    return not isinstance(entry, Text) or entry.delivery == DELIVERED

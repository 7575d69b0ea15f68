"""
Table and blob container `deadletters`: complete messages that failed, for replay.

Partition: day and tenant, so that the last days are one range; row: the hash in the letter's id.
The content is only in the blob named by the id, sealed for that id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from shared_code.clock import Clock
from shared_code.errors import Code
from shared_code.oversight import DEAD_LETTERS
from shared_code.oversight.adapters.places import Place
from shared_code.oversight.ports import DeadLetter
from shared_code.security.keys import Rings, seal, unseal
from shared_code.storage.blobs import Container
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, row, written

LISTED = timedelta(days=7)


class StoredDeadLetters:
    """The port DeadLetterStore. Raises Refused(PAYLOAD_UNREADABLE) if the content's key is gone."""

    def __init__(self, account: StorageAccount, rings: Rings, clock: Clock) -> None:
        self._table = Table(account, DEAD_LETTERS)
        self._container = Container(account, DEAD_LETTERS)
        self._rings = rings
        self._clock = clock

    def keep(self, letter: DeadLetter) -> None:
        """Write the content before the row, so that every listed letter can be replayed."""
        place = Place.of(letter.id)
        sealed = seal(self._rings.payload, letter.content.encode("utf-8"), _context(letter.id))
        self._container.put(letter.id, sealed)
        self._table.insert_if_absent(
            row(
                *_keys(place),
                connection=letter.connection,
                queue=letter.queue,
                code=letter.code,
                at=written(letter.at),
            )
        )

    def find(self, letter_id: str) -> DeadLetter | None:
        """Return the letter with its content, or None."""
        place = Place.find(letter_id)
        found = self._table.get(*_keys(place)) if place else None
        sealed = self._container.get(letter_id) if found else None
        if place is None or found is None or sealed is None:
            return None
        content = unseal(self._rings.payload, sealed, _context(letter_id)).decode("utf-8")
        return _letter(place, found.value, content)

    def list(self) -> Sequence[DeadLetter]:
        """Return the letters of the last seven days, the newest first, without their content."""
        first = (self._clock() - LISTED).strftime("%Y%m%d")
        rows = self._table.rows("PartitionKey ge @first", first=first)
        letters = [_letter(_place(found), found, "") for found in rows]
        return sorted(letters, key=lambda letter: letter.at, reverse=True)

    def remove(self, letter_id: str) -> None:
        """Erase the row, then the content. Does nothing if the letter does not exist."""
        place = Place.find(letter_id)
        if place is not None:
            self._table.remove(*_keys(place))
            self._container.remove(letter_id)


def _keys(place: Place) -> tuple[str, str]:
    return f"{place.day}-{place.tenant}", place.digest


def _place(found: Row) -> Place:
    day, _, tenant = found["PartitionKey"].partition("-")
    return Place(tenant, day, found["RowKey"])


def _letter(place: Place, found: Row, content: str) -> DeadLetter:
    return DeadLetter(
        id=str(place),
        tenant=place.tenant,
        connection=found["connection"],
        queue=found["queue"],
        code=Code(found["code"]),
        at=read_moment(found["at"]),
        content=content,
    )


def _context(letter_id: str) -> str:
    return f"letter|{letter_id}"

"""The port of attendance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared_code.attendance.domain import Attendee
from shared_code.visits.domain.visit import VisitRef


class Attendees(Protocol):
    """The persons of each visit."""

    def record(self, attendee: Attendee) -> None:
        """
        Write the person, or add the newer moments to the row that exists.

        Recording the same moments again changes nothing. Of two writes at the same time, one may
        lose its `opened` or `pressed_join` to the other; both are of the same second.
        """

    def of(self, visit: VisitRef) -> Sequence[Attendee]:
        """Return the persons of a visit."""

    def remove(self, visit: VisitRef) -> None:
        """Erase all persons of a visit. Does nothing if there are none."""

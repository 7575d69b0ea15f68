"""
The persons of a visit: when each opened it and when each pressed join. No names.

Both moments are our own facts. What Microsoft Graph reports about a meeting is not kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from shared_code.visits.domain.visit import VisitRef

FADES_AFTER = timedelta(minutes=10)
"""A press on join that nothing followed counts as waiting for this long."""
SHOWN_FOR = timedelta(hours=12)
"""As long as a page lives at most: whoever was here before that has left."""


class Role(StrEnum):
    """Which side of the visit a person is on."""

    STAFF = "staff"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Attendee:
    """
    One person of a visit. `person` is a keyed hash; all times are UTC.

    `account` is the Entra object id of a clinician who has signed in; patients have none.
    """

    visit: VisitRef
    person: str
    role: Role
    opened: datetime
    pressed_join: datetime | None = None
    account: str = ""

    def merged(self, newer: Self) -> Self:
        """Return this person after another launch or press; the newest moments count."""
        return replace(
            self,
            role=newer.role,
            opened=max(self.opened, newer.opened),
            pressed_join=_latest(self.pressed_join, newer.pressed_join),
            account=newer.account or self.account,
        )


@dataclass(frozen=True, slots=True)
class Some:
    """How many persons, and the newest of their moments (UTC)."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """
    The persons of one side, each counted once: who opened the visit and did not press join, who
    pressed join within FADES_AFTER, and who pressed it longer ago and was not seen since: they may
    still be in the lobby, which nothing here can see. What is older than SHOWN_FOR is left out.
    """

    opened: Some = Some()
    pressed: Some = Some()
    faded: Some = Some()


def side_of(attendees: Iterable[Attendee], role: Role, now: datetime, but: str = "") -> Side:
    """Return what is known of one side at `now`, without the person `but`."""
    since = now - SHOWN_FOR
    persons = [
        (
            each.opened,
            each.pressed_join if each.pressed_join and each.pressed_join > since else None,
        )
        for each in attendees
        if each.role is role and each.person != but and each.opened > since
    ]
    opened = [opened for opened, press in persons if press is None]
    presses = [press for _, press in persons if press is not None]
    return Side(
        opened=_some(opened),
        pressed=_some([press for press in presses if now - press < FADES_AFTER]),
        faded=_some([press for press in presses if now - press >= FADES_AFTER]),
    )


def _some(moments: list[datetime]) -> Some:
    return Some(len(moments), max(moments, default=None))


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)

"""
The link between an EHR user and a Microsoft account, made once by the clinician.

The EHR user is known by a keyed hash of what Epic's verified id_token says, never by a cookie or a
parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

KEPT_UNUSED = timedelta(days=400)
_NOTED_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LinkedUser:
    """
    An EHR user of a connection with an Entra account.

    `user` is the keyed hash; `account` the object id, `name` the sign-in name (sealed when stored).
    """

    connection: str
    user: str
    tenant: str
    account: str
    name: str = field(repr=False)
    used: datetime

    def needs_note(self, now: datetime) -> bool:
        """Return whether the use is to be noted: at most once a day."""
        return self.used + _NOTED_AGAIN <= now

    def used_at(self, now: datetime) -> Self:
        """Return the link after a launch."""
        return replace(self, used=now)

    def is_unused(self, now: datetime) -> bool:
        """Return whether the link is to be erased."""
        return self.used + KEPT_UNUSED <= now

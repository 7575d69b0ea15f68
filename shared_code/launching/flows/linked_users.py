"""Erase the link of an EHR user that nobody has used for 400 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared_code.agenda.domain import DONE, AgendaRow, Duty, Later, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.clock import Clock
from shared_code.launching.domain.user import KEPT_UNUSED, LinkedUser
from shared_code.launching.ports import LinkedUsers

RETIRE_LINKED_USER = Duty("retire_ehr_user")
"""A duty of the agenda: it names a connection and the keyed hash of an EHR user."""


def subject_of(linked: LinkedUser) -> str:
    """Return what an agenda row calls the link."""
    return f"{linked.connection}~{linked.user}"


@dataclass(frozen=True, slots=True)
class RetireLinkedUsers:
    """The erasing duty of linked EHR users."""

    users: LinkedUsers
    clock: Clock

    def handlers(self) -> Mapping[Duty, Handler]:
        """Return what the agenda calls."""
        return {RETIRE_LINKED_USER: self.retire}

    def retire(self, row: AgendaRow) -> RowOutcome:
        """Erase the link, or wait for 400 days after its last use."""
        connection, user = row.subject.split("~")
        stored = self.users.load(connection, user)
        if stored is None:
            return DONE
        if not stored.value.is_unused(self.clock()):
            return Later(stored.value.used + KEPT_UNUSED)
        self.users.remove(connection, user)
        return DONE

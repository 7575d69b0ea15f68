"""
Say in time that a pinned certificate ends, and that one is meant for something else.

Neither is a mistake of the connections file: both would otherwise stop the app at its next start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.errors import Code, ConnectorError, Reason
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.security.certificates import Pinned, look_at_pinned

CERTIFICATE_ENDS = Reason(
    Code("certificate_ends"), "A pinned certificate ends within 30 days, or has ended."
)
CERTIFICATE_USAGE_FOREIGN = Reason(
    Code("certificate_usage_foreign"),
    "A pinned certificate is not meant for client authentication; it is accepted.",
)

AHEAD = timedelta(days=30)
LOOK_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PinnedCertificates:
    """
    Reports both as problems, and warns in the log.

    `looked` is when this worker last looked, by connection.
    """

    connections: Connections
    problems: Problems
    clock: Clock
    looked: dict[str, datetime] = field(default_factory=dict)

    def look(self) -> None:
        """
        Look at every connection that accepts messages, at most once an hour. Never raises.

        A connection whose problem could not be reported is looked at again by the next call.
        """
        now = self.clock()
        try:
            for connection in self.connections.all():
                before = self.looked.get(connection.id)
                recent = before is not None and before <= now < before + LOOK_EVERY
                if connection.accepts_messages() and not recent:
                    self._look_at(connection, now)
                    self.looked[connection.id] = now
        except ConnectorError as error:
            logs.warn("certificate.not_reported", code=error.code)

    def _look_at(self, connection: Connection, now: datetime) -> None:
        """Name certificates by their place in the file, counted as its mistakes are: from 0."""
        proofs = connection.proofs
        pinned = {
            f"certificates[{number}]": look_at_pinned(der)
            for number, der in enumerate(proofs.certificates)
        }
        ending = [place for place, each in pinned.items() if each.ends <= now + AHEAD]
        foreign = [place for place, each in pinned.items() if not each.for_clients]
        self._report(CERTIFICATE_ENDS, connection, _named(pinned, ending), now)
        if proofs.client_certificate:
            self._report(CERTIFICATE_USAGE_FOREIGN, connection, _named(pinned, foreign), now)

    def _report(self, reason: Reason, connection: Connection, subject: str, now: datetime) -> None:
        """One subject for all certificates of a connection makes one problem a day."""
        if not subject:
            return
        logs.warn("certificate.warning", connection=connection.id, code=reason.code)
        owner = Owner(connection.tenant, connection.id)
        self.problems.report(reason.code, subject, now, owner)


def _named(pinned: dict[str, Pinned], places: list[str]) -> str:
    return ", ".join(f"{place} ends {pinned[place].ends:%Y-%m-%d}" for place in places)

"""The port of opt-outs: those the connector itself has recorded."""

from __future__ import annotations

from typing import Protocol


class OptOuts(Protocol):
    """
    Who has opted out, for a whole tenant.

    `recipient` is a keyed hash of the number. `sender` is the number to which STOP was sent, `link`
    for *Stop text messages* on the patient's page, or `operator` for a person's command.
    """

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Record an opt-out. Recording it again changes nothing."""

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """
        Withdraw the opt-out for one sender, or all of them if `sender` is None.

        None stands for *Turn text messages back on*.
        """

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """
        Return the senders to whom the number said STOP. If there are any, the tenant must not text.
        """

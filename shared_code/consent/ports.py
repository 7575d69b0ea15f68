"""Who wants no texts, as the connector itself knows it."""

from __future__ import annotations

from typing import Protocol


class OptOuts(Protocol):
    """
    Who said STOP, for a whole tenant. `recipient` is a keyed hash of the number, `sender` the
    number it was said to, or `link` for *no more texts* on the patient's page.
    """

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Adding again changes nothing."""

    def remove(self, tenant: str, recipient: str, sender: str | None = None) -> None:
        """Takes back one STOP, or with None all of them (START, *allow texts again*)."""

    def stops(self, tenant: str, recipient: str) -> frozenset[str]:
        """The senders to whom the number said STOP; with any, the tenant must not text."""

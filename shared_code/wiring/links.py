"""Patients' links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.links.flows import PatientLinks, RetireLinks


class LinksStories(Stories):
    """The stories of `links`."""

    @once
    def patient_links(self) -> PatientLinks:
        """Patients' links."""
        from shared_code.links.flows import PatientLinks

        return PatientLinks(
            links=self._ports.links,
            appointments=self._ports.appointments,
            connections=self._ports.connections,
            opt_outs=self._ports.opt_outs,
            agenda=self._ports.agenda,
            rings=self._ports.rings,
            public_url=self._settings.public_url,
            clock=self._ports.clock,
        )

    @once
    def retire_links(self) -> RetireLinks:
        """Erases links."""
        from shared_code.links.flows import RetireLinks

        return RetireLinks(
            links=self._ports.links,
            appointments=self._ports.appointments,
            connections=self._ports.connections,
            clock=self._ports.clock,
        )

"""EHR launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.launching.flows.public_keys import PublicKeys


class LaunchingStories(Stories):
    """The stories of `launching`."""

    @once
    def public_keys(self) -> PublicKeys:
        """Our public keys, for Epic."""
        from shared_code.launching.flows.public_keys import PublicKeys

        return PublicKeys(self._ports.connections, self._ports.secrets)

"""The port of the key vault."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    """The key vault."""

    def get(self, name: str) -> str | None:
        """
        Return the current value of the secret, or None. Raises NotStored if the vault does not
        answer.
        """

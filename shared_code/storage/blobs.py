"""One blob container: bytes under a name. Callers seal the content."""

from __future__ import annotations

from shared_code.storage.connect import StorageAccount
from shared_code.storage.translate import Missing, made_on_demand, translated


class Container:
    """A container that the first write creates."""

    def __init__(self, account: StorageAccount, name: str) -> None:
        self._account = account
        self._name = name

    def put(self, name: str, content: bytes) -> None:
        """Write the blob, overwriting any content."""
        made_on_demand(
            lambda: self._account.container(self._name).upload_blob(name, content, overwrite=True),
            lambda: self._account.container(self._name).create_container(),
        )

    def get(self, name: str) -> bytes | None:
        """Return the content, or None."""
        try:
            with translated():
                return self._account.container(self._name).download_blob(name).readall()
        except Missing:
            return None

    def remove(self, name: str) -> None:
        """Erase the blob. Does nothing if it does not exist."""
        try:
            with translated():
                self._account.container(self._name).delete_blob(name)
        except Missing:
            return

"""
Connect to one storage account: endpoint, credential, timeouts and retries.

Local work uses a connection string, Azure the app's managed identity. Clients are created when
first needed and shared by all threads. Nothing here knows what is stored.

Retries: anything the SDK repeats may be done twice, which every port allows: queue messages may
arrive twice, blobs are written whole under their name, and deleting a missing row does nothing. Two
writes can mistake their own lost answer for another worker's write: an insert, and a replace under
an ETag. Both then raise Conflict. For an appointment the caller reads and decides again (the row
holds the event's hash, so nothing is done twice); for a claim on a text, the text waits 30 seconds
as if another worker had claimed it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from shared_code.identity.credential import managed_identity
from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse
    from azure.data.tables import TableClient, TableServiceClient
    from azure.identity import ManagedIdentityCredential
    from azure.storage.blob import BlobServiceClient, ContainerClient
    from azure.storage.queue import QueueClient, QueueServiceClient

_TIMEOUTS: Mapping[str, Any] = MappingProxyType({"connection_timeout": 2, "read_timeout": 6})


def _without_waiting(response: PipelineResponse[Any, Any]) -> None:
    """Remove Retry-After headers: the SDK would sleep that long in a worker's thread."""
    for name in ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms"):
        response.http_response.headers.pop(name, None)


_FAST_RETRIES: Mapping[str, Any] = MappingProxyType(
    {**_TIMEOUTS, "retry_total": 2, "retry_backoff_factor": 0.2, "retry_backoff_max": 1}
)
_TABLE_POLICY: Mapping[str, Any] = MappingProxyType(
    {**_FAST_RETRIES, "raw_response_hook": _without_waiting}
)
_IDENTITY_POLICY: Mapping[str, Any] = MappingProxyType({**_FAST_RETRIES, "retry_status": 0})
# by default the SDKs of queues and blobs wait 15 seconds before a retry
_QUEUE_AND_BLOB_POLICY: Mapping[str, Any] = MappingProxyType(
    {
        **_TIMEOUTS,
        "retry_total": 1,
        "initial_backoff": 0.3,
        "increment_base": 0,
        "random_jitter_range": 0.2,
    }
)


class StorageAccount:
    """The tables, queues and blob containers of one account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._account = settings.storage_account
        self._connection_string = settings.storage_connection_string
        self._lock = threading.RLock()
        self._made: dict[str, object] = {}

    def table(self, name: str) -> TableClient:
        """Return the client of a table, which need not exist."""
        return self._once(f"table {name}", lambda: self._tables().get_table_client(name))

    def queue(self, name: str) -> QueueClient:
        """
        Return the client of a queue, which need not exist. It encodes base64 and decodes nothing.
        """
        return self._once(f"queue {name}", lambda: self._queue(name))

    def container(self, name: str) -> ContainerClient:
        """Return the client of a blob container, which need not exist."""
        return self._once(f"blob {name}", lambda: self._blobs().get_container_client(name))

    def close(self) -> None:
        """Close all connections. A later call connects again."""
        with self._lock:
            made: dict[str, Any] = {**self._made}
            self._made.clear()
        for name in made.keys() & {"table", "queue", "blob", "credential"}:
            made[name].close()

    def _queue(self, name: str) -> QueueClient:
        from azure.storage.queue import TextBase64EncodePolicy

        policy = TextBase64EncodePolicy()
        return self._queues().get_queue_client(name, message_encode_policy=policy)

    def _tables(self) -> TableServiceClient:
        from azure.data.tables import TableServiceClient

        return self._service("table", TableServiceClient, _TABLE_POLICY)

    def _queues(self) -> QueueServiceClient:
        from azure.storage.queue import QueueServiceClient

        return self._service("queue", QueueServiceClient, _QUEUE_AND_BLOB_POLICY)

    def _blobs(self) -> BlobServiceClient:
        from azure.storage.blob import BlobServiceClient

        return self._service("blob", BlobServiceClient, _QUEUE_AND_BLOB_POLICY)

    def _service[T](self, kind: str, client: type[T], policy: Mapping[str, Any]) -> T:
        def make() -> T:
            sdk: Any = client
            made: T
            if self._connection_string:
                made = sdk.from_connection_string(self._connection_string, **policy)
            else:
                url = f"https://{self._account}.{kind}.core.windows.net"
                made = sdk(url, credential=self._credential(), **policy)
            return made

        return self._once(kind, make)

    def _credential(self) -> ManagedIdentityCredential:
        return self._once(
            "credential", lambda: managed_identity(self._settings, **_IDENTITY_POLICY)
        )

    def _once[T](self, name: str, make: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return cast("T", self._made[name])

"""
The way to one storage account: which endpoint, with which proof, how patiently.

A connection string is used on one machine, the app's managed identity in Azure. Clients are made
when first needed and then shared by all threads. Nothing here knows what is stored.

Retries. Whatever the SDK repeats here may be done twice, which every port allows: queue messages
may arrive twice, blobs are written whole under their name, deletes accept a missing row. The two
writes that can mistake their own lost answer for somebody else's are safe too: an insert then
says Conflict, and so does a replace under an ETag. For an appointment that means to read and
decide again (the event's hash is in the row, so nothing is done twice), for a claim on a text it
means that the text waits 30 seconds for a worker that is ourselves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse
    from azure.data.tables import TableClient, TableServiceClient
    from azure.identity import ManagedIdentityCredential
    from azure.storage.blob import BlobServiceClient, ContainerClient
    from azure.storage.queue import QueueClient, QueueServiceClient

_TIMEOUTS: Mapping[str, Any] = MappingProxyType({"connection_timeout": 2, "read_timeout": 6})


def _without_waiting(response: PipelineResponse[Any, Any]) -> None:
    """The SDK would sleep in a worker's thread for as long as an answer asks it to."""
    for name in ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms"):
        response.http_response.headers.pop(name, None)


_SOON: Mapping[str, Any] = MappingProxyType(
    {**_TIMEOUTS, "retry_total": 2, "retry_backoff_factor": 0.2, "retry_backoff_max": 1}
)
_TABLES: Mapping[str, Any] = MappingProxyType({**_SOON, "raw_response_hook": _without_waiting})
_IDENTITY: Mapping[str, Any] = MappingProxyType({**_SOON, "retry_status": 0})
# the SDKs of queues and blobs wait 15 seconds before a retry unless they are told otherwise
_QUEUES_AND_BLOBS: Mapping[str, Any] = MappingProxyType(
    {
        **_TIMEOUTS,
        "retry_total": 1,
        "initial_backoff": 0.3,
        "increment_base": 0,
        "random_jitter_range": 0.2,
    }
)


class StorageAccount:
    """One account's tables, queues and blob containers."""

    def __init__(self, settings: Settings) -> None:
        self._account = settings.storage_account
        self._connection_string = settings.storage_connection_string
        self._lock = threading.RLock()
        self._made: dict[str, object] = {}

    def table(self, name: str) -> TableClient:
        """The client of a table, which need not exist."""
        return self._once(f"table {name}", lambda: self._tables().get_table_client(name))

    def queue(self, name: str) -> QueueClient:
        """The client of a queue, which need not exist: it encodes base64 and decodes nothing."""
        return self._once(f"queue {name}", lambda: self._queue(name))

    def container(self, name: str) -> ContainerClient:
        """The client of a blob container, which need not exist."""
        return self._once(f"blob {name}", lambda: self._blobs().get_container_client(name))

    def close(self) -> None:
        """Ends all connections. What is asked for afterwards connects anew."""
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

        return self._service("table", TableServiceClient, _TABLES)

    def _queues(self) -> QueueServiceClient:
        from azure.storage.queue import QueueServiceClient

        return self._service("queue", QueueServiceClient, _QUEUES_AND_BLOBS)

    def _blobs(self) -> BlobServiceClient:
        from azure.storage.blob import BlobServiceClient

        return self._service("blob", BlobServiceClient, _QUEUES_AND_BLOBS)

    def _service[T](self, kind: str, client: type[T], patience: Mapping[str, Any]) -> T:
        def make() -> T:
            sdk: Any = client
            made: T
            if self._connection_string:
                made = sdk.from_connection_string(self._connection_string, **patience)
            else:
                url = f"https://{self._account}.{kind}.core.windows.net"
                made = sdk(url, credential=self._credential(), **patience)
            return made

        return self._once(kind, make)

    def _credential(self) -> ManagedIdentityCredential:
        from azure.identity import ManagedIdentityCredential

        return self._once("credential", lambda: ManagedIdentityCredential(**_IDENTITY))

    def _once[T](self, name: str, make: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return cast("T", self._made[name])

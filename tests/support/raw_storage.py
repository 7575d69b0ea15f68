"""What really lies in an account: read with the SDK alone, past every adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient


def tables(connection_string: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table."""
    with TableServiceClient.from_connection_string(connection_string) as service:
        names = [table.name for table in service.list_tables()]
        return {
            name: [dict(row) for row in service.get_table_client(name).list_entities()]
            for name in names
        }


def queues(connection_string: str) -> dict[str, list[str]]:
    """The texts of up to 32 messages of every queue, as they lie there."""
    with QueueServiceClient.from_connection_string(connection_string) as service:
        names = [queue.name for queue in service.list_queues()]
        return {
            name: [
                str(message.content)
                for message in service.get_queue_client(name).peek_messages(max_messages=32)
            ]
            for name in names
        }


def waiting(connection_string: str) -> dict[str, int]:
    """How many messages every queue has, those included that are hidden for a while."""
    with QueueServiceClient.from_connection_string(connection_string) as service:
        names = [queue.name for queue in service.list_queues()]
        counted = (service.get_queue_client(name).get_queue_properties() for name in names)
        return {
            name: int(properties.approximate_message_count or 0)
            for name, properties in zip(names, counted, strict=True)
        }


def blobs(connection_string: str) -> dict[str, dict[str, bytes]]:
    """The content of every blob of every container."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        names = [container.name for container in service.list_containers()]
        found: dict[str, dict[str, bytes]] = {}
        for name in names:
            container = service.get_container_client(name)
            found[name] = {
                blob: container.download_blob(blob).readall()
                for blob in container.list_blob_names()
            }
        return found


def everything(connection_string: str) -> Iterator[tuple[str, bytes]]:
    """All of it as bytes, with the name of the place."""
    for name, rows in tables(connection_string).items():
        yield f"table {name}", repr(rows).encode("utf-8")
        yield f"table {name} as JSON", json.dumps(rows, default=str).encode("utf-8")
    for name, texts in queues(connection_string).items():
        yield f"queue {name}", "\n".join(texts).encode("utf-8")
    for name, contents in blobs(connection_string).items():
        yield f"container {name}", b"\n".join([*map(str.encode, contents), *contents.values()])

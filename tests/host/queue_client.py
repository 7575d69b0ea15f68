"""The official queue client on the emulator, with the encoding of our product. No test is here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from local.azurite.emulator import Emulator


@contextmanager
def queue(storage: Emulator, name: str) -> Iterator[QueueClient]:
    """Return a client of an existing queue; its messages are encoded in base64."""
    client = QueueClient.from_connection_string(
        storage.connection_string,
        name,
        message_encode_policy=TextBase64EncodePolicy(),
        message_decode_policy=TextBase64DecodePolicy(),
    )
    with client:
        with suppress(ResourceExistsError):
            client.create_queue()
        yield client

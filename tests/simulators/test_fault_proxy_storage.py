"""The fault proxy between the real storage SDKs and the storage emulator."""

import contextlib
from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ServiceResponseError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from local import processes
from local.azurite import emulator
from local.azurite.emulator import Emulator
from local.faults import proxy
from local.faults.control import KINDS
from local.faults.proxy import RunningProxy
from local.faults.rules import parse_rule


@pytest.fixture(scope="module")
def storage() -> Iterator[Emulator]:
    started = emulator.start(processes.node(), None)
    yield started
    started.stop()


def _play(running: RunningProxy, rule: object) -> None:
    running.plan.add(parse_rule(rule, KINDS))


def _proxied(storage: Emulator, service_url: str) -> tuple[RunningProxy, str]:
    """
    Start a proxy in front of one service and return a connection string that leads through it.
    """
    target = service_url.removesuffix(f"/{emulator.ACCOUNT}")
    running = proxy.start(target)
    return running, storage.connection_string.replace(target, running.url)


def test_table_signatures_survive_the_proxy_and_a_lost_insert_was_executed(
    storage: Emulator,
) -> None:
    running, connection = _proxied(storage, storage.table)
    try:
        with TableServiceClient.from_connection_string(connection, retry_total=0) as service:
            table = service.create_table("texts")
            _play(running, {"match": {"method": "POST"}, "kind": "lose_answer"})
            entity = {"PartitionKey": "p", "RowKey": "r", "Value": 1}

            with pytest.raises(ServiceResponseError):
                table.create_entity(entity)

            with pytest.raises(ResourceExistsError):
                table.create_entity(entity)
            assert table.get_entity("p", "r")["Value"] == 1
            table.submit_transaction([("upsert", {**entity, "Value": 2})])
            assert [one["Value"] for one in table.query_entities("PartitionKey eq 'p'")] == [2]
    finally:
        running.stop()


def test_queue_signatures_survive_the_proxy(storage: Emulator) -> None:
    running, connection = _proxied(storage, storage.queue)
    try:
        with QueueServiceClient.from_connection_string(connection, retry_total=0) as service:
            queue = service.create_queue("work")
            _play(running, {"kind": "status", "status": 503})
            with pytest.raises(HttpResponseError) as busy:
                queue.send_message("lost")
            queue.send_message("kept", time_to_live=-1)
            (message,) = queue.receive_messages()
            queue.delete_message(message)

            assert (busy.value.status_code, message.content) == (503, "kept")
            with contextlib.closing(queue):
                assert queue.get_queue_properties().approximate_message_count == 0
    finally:
        running.stop()

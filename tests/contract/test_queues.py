"""Queues: the envelope, the delay, and poison queues that may hold anything."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from azure.storage.queue import QueueClient

from local.azurite.emulator import Emulator
from shared_code.errors import NotStored
from shared_code.queues import POISON
from shared_code.wiring.ports import Ports
from tests.contract.ports import in_storage, poison
from tests.support.unreachable import closed_port

HOST_METADATA = {
    "id",
    "dequeuecount",
    "popreceipt",
    "insertiontime",
    "expirationtime",
    "nextvisibletime",
    "queuetrigger",
}
"""Top-level names with which a JSON body would overwrite what the host knows of the message."""
HOSTILE_WORK = {"id": "5", "dequeueCount": "99", "text": "é漢😀 \"<&>'"}


class TestSending:
    def test_the_body_is_the_envelope_in_base64(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        stored_ports.queues.send(mine, HOSTILE_WORK)

        with QueueClient.from_connection_string(azurite.connection_string, mine) as client:
            (message,) = client.receive_messages()
        body = json.loads(base64.b64decode(message.content, validate=True))
        assert body == {"v": 1, "work": HOSTILE_WORK}
        assert not HOST_METADATA & {name.lower() for name in body}

    def test_a_message_never_expires(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        stored_ports.queues.send(mine, {"text": "1"})

        with QueueClient.from_connection_string(azurite.connection_string, mine) as client:
            (message,) = client.peek_messages()
        assert message.inserted_on is not None
        assert message.expires_on is not None
        assert message.expires_on - message.inserted_on > timedelta(days=36_500)

    def test_a_delayed_message_is_not_seen_before_its_time(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        stored_ports.queues.send(mine, {"text": "later"}, delay_seconds=600)
        stored_ports.queues.send(mine, {"text": "now"})

        with QueueClient.from_connection_string(azurite.connection_string, mine) as client:
            seen = [base64.b64decode(message.content) for message in client.receive_messages()]
            waiting = client.get_queue_properties().approximate_message_count
        assert seen == [b'{"v":1,"work":{"text":"now"}}']
        assert waiting == 2

    def test_the_largest_inline_message_fits(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        sealed = base64.b64encode(bytes(30_000 + 30)).decode()

        stored_ports.queues.send(mine, {"sealed": sealed, "arrival": "2026-03-08T09:59:59+00:00"})

        with QueueClient.from_connection_string(azurite.connection_string, mine) as client:
            assert client.get_queue_properties().approximate_message_count == 1

    def test_a_queue_that_answers_can_be_sent_to(self, ports: Ports, mine: str) -> None:
        assert ports.queues.can_send(mine)

    def test_storage_that_is_down_cannot(self) -> None:
        assert not in_storage(closed_port()).queues.can_send("hl7-inbound")


class TestDepth:
    def test_every_message_counts_also_one_that_is_not_seen_yet(
        self, ports: Ports, mine: str
    ) -> None:
        assert ports.queues.depth(mine) == 0

        ports.queues.send(mine, {"text": "now"})
        ports.queues.send(mine, {"text": "later"}, delay_seconds=600)
        poison(ports, mine, "broken")

        assert (ports.queues.depth(mine), ports.queues.depth(f"{mine}{POISON}")) == (2, 1)

    def test_storage_that_is_down_is_said(self) -> None:
        with pytest.raises(NotStored):
            in_storage(closed_port()).queues.depth("hl7-inbound")


class TestPoison:
    def test_no_poison_queue_is_no_poison(self, ports: Ports, mine: str) -> None:
        assert ports.queues.drain_poison(mine, pytest.fail) == 0

    def test_undecodable_texts_are_handed_over_as_they_lie_there(
        self, ports: Ports, mine: str
    ) -> None:
        texts = ["{not base64 <&>", "////", "plain words"]
        for text in texts:
            poison(ports, mine, text)
        kept: list[str] = []

        assert ports.queues.drain_poison(mine, kept.append) == 3
        assert sorted(texts) == sorted(kept)

    def test_decodable_texts_are_handed_over_decoded(self, stored_ports: Ports, mine: str) -> None:
        text = json.dumps({"v": 1, "work": HOSTILE_WORK})
        poison(stored_ports, mine, base64.b64encode(text.encode()).decode())
        kept: list[str] = []

        assert stored_ports.queues.drain_poison(mine, kept.append) == 1
        assert [text] == kept

    def test_more_than_one_page_is_drained_once(self, ports: Ports, mine: str) -> None:
        for number in range(40):
            poison(ports, mine, f"#{number}")
        kept: list[str] = []

        assert ports.queues.drain_poison(mine, kept.append) == 40
        assert {f"#{number}" for number in range(40)} == set(kept)
        assert ports.queues.drain_poison(mine, kept.append) == 0

    def test_what_could_not_be_buried_stays(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        poison(stored_ports, mine, "#1")

        def reject(_: str) -> None:
            raise NotStored

        with pytest.raises(NotStored):
            stored_ports.queues.drain_poison(mine, reject)
        name = f"{mine}-poison"
        with QueueClient.from_connection_string(azurite.connection_string, name) as client:
            assert client.get_queue_properties().approximate_message_count == 1

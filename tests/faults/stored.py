"""
The installation of the tests on a storage account, with the adapters as deployed.

`rows` reads what is stored without passing the line at which a worker may die.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from local.memory.ports import MemoryConnections
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.queues import StorageQueues
from shared_code.texting.domain.text import TextRef
from shared_code.wiring.azure import AzurePorts
from tests.support.settings import settings_for
from tests.world.connection import CONNECTION
from tests.world.stored import StoredPorts
from tests.world.world import World

EVER = datetime(2099, 1, 1, tzinfo=UTC)


class SharedAccount(StorageAccount):
    """An account in which each installation has its own tables, queues and containers."""

    def __init__(self, connection_string: str) -> None:
        super().__init__(settings_for(AzureWebJobsStorage=connection_string))
        self.installation = 0

    def table(self, name: str) -> Any:
        """Return the installation's own table."""
        return super().table(f"faults{self.installation}{name}")

    def queue(self, name: str) -> Any:
        """Return the installation's own queue."""
        return super().queue(f"faults{self.installation}-{name}")

    def container(self, name: str) -> Any:
        """Return the installation's own container."""
        return super().container(f"faults{self.installation}-{name}")

    def entities(self, name: str) -> list[dict[str, Any]]:
        """Return all rows of a table, without any adapter."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return [dict(row) for row in self.table(name).list_entities()]
        except ResourceNotFoundError:
            return []


class PromptQueues(StorageQueues):
    """
    Queues whose messages can be taken at once and carry the time they are due.

    The clock is the test's, while storage uses real time.
    """

    def __init__(self, account: StorageAccount) -> None:
        super().__init__(account)
        self._own = account
        self._waiting: dict[str, int] = {}

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Put the work on the queue."""
        super().send(queue, {**work, "delay": str(delay_seconds)})
        self._waiting[queue] = self._waiting.get(queue, 0) + 1

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """Remove and return all messages."""
        taken = []
        while self._waiting.get(queue):
            client = self._own.queue(queue)
            for message in client.receive_messages(messages_per_page=32):
                work = json.loads(base64.b64decode(message.content or ""))["work"]
                client.delete_message(message)
                taken.append((work, int(work.pop("delay"))))
                self._waiting[queue] -= 1
        return taken


class Seen:
    """A port that shows its rows like the one in memory."""

    def __init__(self, port: object, values: Callable[[], list[Any]]) -> None:
        self._port = port
        self.rows = SimpleNamespace(values=values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


@dataclass
class StoredWorld(World):
    """An installation of one hospital on an account, with an SMS service in memory."""

    account: SharedAccount = field(kw_only=True)

    def __post_init__(self) -> None:
        """Replace the ports in memory by those that are deployed."""
        super().__post_init__()
        self.prompt = PromptQueues(self.account)
        connections = MemoryConnections({self.connection.id: self.connection})
        own = {"account": self.account, "queues": self.prompt, "connections": connections}
        ports = StoredPorts(settings_for(), **own, rings=self.rings, clock=self.clock)
        for name, rows in self._rows(ports).items():
            port = getattr(ports, name)
            setattr(self, name, self.line.through(name, Seen(port, rows) if rows else port))

    def _rows(self, ports: AzurePorts) -> Mapping[str, Callable[[], list[Any]] | None]:
        """Return the rows of the tables that tests read."""
        rows, appointments = self.account.entities, ports.appointments
        return {
            **dict.fromkeys(("queues", "payloads", "switches", "audit", "opt_outs", "counts")),
            **dict.fromkeys(("rate", "circuit")),
            "appointments": lambda: _values(map(appointments.load, appointments.of(CONNECTION.id))),
            "agenda": lambda: list(ports.agenda.due(EVER)),
            "texts": lambda: _values(ports.texts.load(_ref(row)) for row in rows("texts")),
            "links": lambda: [row["PartitionKey"] + row["RowKey"] for row in rows("links")],
            "problem_store": lambda: list(ports.problem_store.list()),
            "dead_letter_store": lambda: list(ports.dead_letter_store.list()),
        }

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """Remove and return all work on the queue; the two queues of texts count as one."""
        names = [SMS_URGENT, SMS_OUTBOUND] if queue == SMS_OUTBOUND else [queue]
        return [taken for name in names for taken in self.prompt.take(name)]


def _ref(row: Mapping[str, str]) -> TextRef:
    connection, _, day = row["PartitionKey"].rpartition("-")
    subject, _, rest = row["RowKey"].partition("~")
    return TextRef.parse(f"{connection}~{subject}~{day}~{rest}")


def _values(found: Iterable[Stored[Any] | None]) -> list[Any]:
    return [each.value for each in found if each]

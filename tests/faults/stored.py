"""
The installation of tests/world/world.py on a storage account, with the adapters that are
deployed. `rows` reads what lies there, past the line at which a worker may die.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared_code.agenda.adapters import TableAgenda
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.adapters import TableAppointments
from shared_code.appointments.domain import Appointment
from shared_code.consent.adapters import TableOptOuts
from shared_code.intake.adapters.payloads import BlobPayloads
from shared_code.links.adapters import TableLinks
from shared_code.oversight.adapters.audit import TableAudit
from shared_code.oversight.adapters.dead_letters import StoredDeadLetters
from shared_code.oversight.adapters.problems import TableProblems
from shared_code.oversight.adapters.switches import TableSwitches
from shared_code.oversight.ports import DeadLetter, Problem
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.storage.connect import StorageAccount
from shared_code.storage.queues import StorageQueues
from shared_code.texting.adapters.circuit import TableCircuitBreaker
from shared_code.texting.adapters.counts import TableCounts
from shared_code.texting.adapters.rate import TableRateWindow
from shared_code.texting.adapters.texts import TableTexts
from shared_code.texting.domain.text import TextRecord, TextRef
from tests.support.settings import settings_for
from tests.world.connection import CONNECTION
from tests.world.world import World

EVER = datetime(2099, 1, 1, tzinfo=UTC)


class SharedAccount(StorageAccount):
    """An account of which each installation has tables, queues and containers of its own."""

    def __init__(self, connection_string: str) -> None:
        super().__init__(settings_for(AzureWebJobsStorage=connection_string))
        self.installation = 0

    def table(self, name: str) -> Any:
        """The installation's own."""
        return super().table(f"faults{self.installation}{name}")

    def queue(self, name: str) -> Any:
        """The installation's own."""
        return super().queue(f"faults{self.installation}-{name}")

    def container(self, name: str) -> Any:
        """The installation's own."""
        return super().container(f"faults{self.installation}-{name}")

    def entities(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, past every adapter."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return [dict(row) for row in self.table(name).list_entities()]
        except ResourceNotFoundError:
            return []


@dataclass(frozen=True, slots=True)
class Rows[T]:
    """What lies in a table, shown as the ports in memory show it."""

    found: list[T]

    def values(self) -> list[T]:
        """All of it."""
        return self.found


class PromptQueues(StorageQueues):
    """
    Every message can be taken at once and says when it was to come: the clock is the test's, and
    storage keeps real time.
    """

    def __init__(self, account: StorageAccount) -> None:
        super().__init__(account)
        self._own = account
        self._waiting: dict[str, int] = {}

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        """Puts the work on the queue."""
        super().send(queue, {**work, "delay": str(delay_seconds)})
        self._waiting[queue] = self._waiting.get(queue, 0) + 1

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """All that lies there, and it lies there no longer."""
        taken = []
        while self._waiting.get(queue):
            client = self._own.queue(queue)
            for message in client.receive_messages(messages_per_page=32):
                work = json.loads(base64.b64decode(message.content or ""))["work"]
                client.delete_message(message)
                taken.append((work, int(work.pop("delay"))))
                self._waiting[queue] -= 1
        return taken


class SeenAppointments(TableAppointments):
    """With all rows of the only connection."""

    @property
    def rows(self) -> Rows[Appointment]:
        """What lies there."""
        refs = list(self.of(CONNECTION.id))
        found = [self.load(ref) for ref in refs]
        return Rows([each.value for each in found if each])


class SeenAgenda(TableAgenda):
    """With all rows, due or not."""

    @property
    def rows(self) -> Rows[AgendaRow]:
        """What lies there."""
        return Rows(list(self.due(EVER)))


class SeenTexts(TableTexts):
    """With all rows, of which the account tells the names."""

    def __init__(self, account: SharedAccount) -> None:
        super().__init__(account)
        self._own = account

    @property
    def rows(self) -> Rows[TextRecord]:
        """What lies there."""
        found = [self.load(_ref(row)) for row in self._own.entities("texts")]
        return Rows([each.value for each in found if each])


class SeenLinks(TableLinks):
    """With the digests of all links."""

    def __init__(self, account: SharedAccount) -> None:
        super().__init__(account)
        self._own = account

    @property
    def rows(self) -> Rows[str]:
        """What lies there."""
        return Rows([row["PartitionKey"] + row["RowKey"] for row in self._own.entities("links")])


class SeenProblems(TableProblems):
    """With all problems."""

    @property
    def rows(self) -> Rows[Problem]:
        """What lies there."""
        return Rows(list(self.list()))


class SeenDeadLetters(StoredDeadLetters):
    """With all letters."""

    @property
    def rows(self) -> Rows[DeadLetter]:
        """What lies there."""
        return Rows(list(self.list()))


@dataclass
class StoredWorld(World):
    """One hospital's installation on an account, with an SMS service in memory."""

    account: SharedAccount = field(kw_only=True)

    def __post_init__(self) -> None:
        """The ports that are deployed, in place of those in memory."""
        super().__post_init__()
        account, rings = self.account, self.rings
        self.prompt = PromptQueues(account)
        adapters: Mapping[str, object] = {
            "appointments": SeenAppointments(account, rings),
            "agenda": SeenAgenda(account),
            "texts": SeenTexts(account),
            "links": SeenLinks(account),
            "queues": self.prompt,
            "payloads": BlobPayloads(account),
            "problems": SeenProblems(account),
            "letters": SeenDeadLetters(account, rings, self.clock),
            "switches": TableSwitches(account),
            "audit": TableAudit(account),
            "opt_outs": TableOptOuts(account),
            "counts": TableCounts(account),
            "rate": TableRateWindow(account),
            "circuit": TableCircuitBreaker(account, "https://faults.invalid"),
        }
        for name, adapter in adapters.items():
            setattr(self, name, self.line.through(name, adapter))

    def take(self, queue: str) -> list[tuple[dict[str, str], int]]:
        """All work that waits on the queue; the two queues of texts count as one."""
        names = [SMS_URGENT, SMS_OUTBOUND] if queue == SMS_OUTBOUND else [queue]
        return [taken for name in names for taken in self.prompt.take(name)]


def _ref(row: Mapping[str, str]) -> TextRef:
    connection, _, day = row["PartitionKey"].rpartition("-")
    subject, _, rest = row["RowKey"].partition("~")
    return TextRef.parse(f"{connection}~{subject}~{day}~{rest}")

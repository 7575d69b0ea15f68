"""
Dead letters: work that could not be done, kept complete and sealed for at most seven days.

An operator can replay a letter by command. The agenda row that erases a letter is written before
the letter. The content is not interpreted here: the caller says whom a letter concerns and how long
it may be kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.ports import Agenda
from shared_code.clock import Clock
from shared_code.errors import Code, ErrorInfo, Reason, Refused
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import (
    UNASSIGNED,
    Audit,
    AuditEntry,
    DeadLetter,
    DeadLetterStore,
    Owner,
)
from shared_code.queues import QUEUES, Payloads, Queues
from shared_code.security.keys import PAYLOAD_UNREADABLE

ATTEMPTS_EXHAUSTED = Reason(Code("attempts_exhausted"), "The message failed five times.")
DEAD_LETTER_UNKNOWN = ErrorInfo(Code("dead_letter_unknown"), "There is no such dead letter.", 404)

RETIRE_LETTER = Duty("retire_letter")
"""A duty of the agenda: it names a dead letter."""
KEPT = timedelta(days=7)
"""The longest time that a letter is kept."""
_LARGEST_INLINE = 44_000
"""Characters of base64 that fit into a queue message together with the envelope."""

Work = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Keeps and replays dead letters. Every method may raise NotStored."""

    store: DeadLetterStore
    problems: Problems
    agenda: Agenda
    payloads: Payloads
    queues: Queues
    audit: Audit
    clock: Clock

    def keep(
        self,
        work: Work,
        queue: str,
        code: Code,
        owner: Owner = UNASSIGNED,
        until: datetime | None = None,
    ) -> str:
        """
        Keep the work until `until` (UTC), at most KEPT, report a problem, and return the letter's
        id.

        Keeping the same work twice on one day makes one letter.
        """
        content = json.dumps(self._self_contained(work), sort_keys=True)
        return self._keep(content, queue, code, owner, until)

    def keep_unreadable(self, text: str, queue: str) -> str:
        """Keep a message that is not in our envelope, as keep() does."""
        return self._keep(text, queue, PAYLOAD_UNREADABLE.code, UNASSIGNED, None)

    def replay(self, letter_id: str, actor: str = "") -> None:
        """
        Put the letter's work back on its queue, then erase the letter and settle its problem.
        Raises Refused.
        """
        letter = self.store.find(letter_id)
        if letter is None:
            raise Refused(DEAD_LETTER_UNKNOWN)
        work = work_in(letter.content)
        if work is None:
            raise Refused(PAYLOAD_UNREADABLE)
        # if it fails again, it becomes a new letter
        work["replay"] = str(retry.number_in(work, "replay", 0) + 1)
        fit = self._fit_for_queue(work)
        now, owner = self.clock(), Owner(letter.tenant, letter.connection)
        self.audit.record(AuditEntry(letter.tenant, "replay", letter.id, now, actor))
        self.queues.send(letter.queue, fit)
        self.store.remove(letter_id)
        self.problems.settle(letter.code, letter_id, owner, now)
        logs.event("letter.replayed", letter=letter_id, queue=letter.queue)

    def _keep(
        self, content: str, queue: str, code: Code, owner: Owner, until: datetime | None
    ) -> str:
        now = self.clock()
        latest = now + KEPT
        digest = hashlib.sha256(f"{queue}|{content}".encode()).hexdigest()[:24]
        letter_id = f"{owner.tenant}~{now:%Y%m%d}~{digest}"
        due = min(until, latest) if until else latest
        self.agenda.add([AgendaRow(due, RETIRE_LETTER, letter_id)])
        self.store.keep(
            DeadLetter(letter_id, owner.tenant, owner.connection, queue, code, now, content)
        )
        self.problems.report(code, letter_id, now, owner)
        logs.warn(
            "letter.buried", code=code, queue=queue, letter=letter_id, connection=owner.connection
        )
        return letter_id

    def _self_contained(self, work: Work) -> dict[str, str]:
        """
        Return the work with its blob's content inside: the blob is erased before the letter.

        The number of attempts is left out, so that it does not make a different letter.
        """
        whole = {name: value for name, value in work.items() if name != "attempt"}
        name = whole.pop("blob", "")
        sealed = self.payloads.get(name) if name else None
        if sealed is not None:
            whole["sealed"] = base64.b64encode(sealed).decode("ascii")
        return whole

    def _fit_for_queue(self, work: dict[str, str]) -> dict[str, str]:
        """Return the work with content that is too large for a queue message moved to a blob."""
        if len(work.get("sealed", "")) <= _LARGEST_INLINE:
            return work
        try:
            sealed = base64.b64decode(work.pop("sealed"), validate=True)
        except ValueError:
            raise Refused(PAYLOAD_UNREADABLE) from None
        work["blob"] = f"replayed-{hashlib.sha256(sealed).hexdigest()}"
        self.payloads.put(work["blob"], sealed)
        return work


@dataclass(frozen=True, slots=True)
class PoisonQueues:
    """
    Moves messages that failed five times to dead letters.

    `keepers` holds, by queue, the function that keeps readable work under its owner. Other work is
    kept without an owner.
    """

    queues: Queues
    dead_letters: DeadLetters
    keepers: Mapping[str, Callable[[Work], None]]

    def drain(self) -> int:
        """
        Drain every poison queue and return the number of messages.

        Raises NotStored; the remaining messages stay for the next run.
        """
        return sum(self.queues.drain_poison(queue, self._keeper(queue)) for queue in QUEUES)

    def _keeper(self, queue: str) -> Callable[[str], None]:
        def keep(text: str) -> None:
            work = work_in(text)
            if work is None:
                self.dead_letters.keep_unreadable(text, queue)
            elif queue in self.keepers:
                self.keepers[queue](work)
            else:
                self.dead_letters.keep(work, queue, ATTEMPTS_EXHAUSTED.code)

        return keep


def work_in(text: str) -> dict[str, str] | None:
    """Return the work of an envelope, or of bare work; None if it is neither."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    work = value.get("work", value) if isinstance(value, dict) else None
    if not isinstance(work, dict) or not all(isinstance(item, str) for item in work.values()):
        return None
    return {str(name): item for name, item in work.items()}

"""Where every message went: sent, superseded, not sent with a reason, or unknown."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.storage.queue import QueueClient

from local import seed
from local.demo.machine import Machine, StepFailed
from local.simulators.epic.messages import PHONES
from local.soak.bookings import Course, Expected

_FINAL = frozenset({"accepted", "not_sent", "unknown"})
_PATIENCE = 1800
"""Seconds: what storage refused again and again comes back after ten minutes at the latest."""
_STEP_SECONDS = 65
_STEPS = 90


@dataclass(slots=True)
class Account:
    """`lost`: appointments in a wrong state or without an outcome for what they are now."""

    messages: int
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    double: int = 0
    out_of_date: int = 0
    examples: list[str] = field(default_factory=list)

    def last_line(self) -> str:
        """What the soak ends with."""
        return (
            f"soak: {self.messages} messages, {self.lost} lost, {self.double} double, "
            f"{self.out_of_date} out of date"
        )


def take_account(machine: Machine, course: Course) -> Account:
    """Lets the clock run until every text has its outcome, then looks at everything."""
    account = Account(len(course.bodies))
    machine.wait_for("every message to be applied", lambda: _is_applied(machine), _PATIENCE)
    histories = _settled(machine, course)
    for expected in course.expected:
        _judge(expected, histories[expected.key], account)
    tags = Counter(
        text["tag"] for phone in PHONES for text in machine.texts(f"+1608555{phone[-4:]}")
    )
    account.double = sum(number - 1 for number in tags.values())
    return account


def _is_applied(machine: Machine) -> bool:
    """Nothing waits in the queue of messages, hidden ones counted."""
    connection_string = machine.stack.storage.connection_string
    with QueueClient.from_connection_string(connection_string, "hl7-inbound") as queue:
        return queue.get_queue_properties().approximate_message_count == 0


def _settled(machine: Machine, course: Course) -> dict[str, Any]:
    keys = [expected.key for expected in course.expected]
    histories: dict[str, Any] = {}
    for _ in range(_STEPS):
        with ThreadPoolExecutor(8) as pool:
            asked = pool.map(lambda key: _history(machine, key), keys)
            histories |= dict(zip(keys, asked, strict=True))
        keys = [key for key in keys if not _is_settled(histories[key])]
        if not keys:
            break
        # an operator looks at the burst, finds it right, and takes the storm brake off
        machine.operate("release", connection=seed.OTHER_NUMBER)
        machine.move_clock(seconds=_STEP_SECONDS)
        machine.wait_for("the agenda", lambda: _agenda_ran(machine), 60)
    return histories


def _agenda_ran(machine: Machine) -> bool:
    status, _ = machine.page(f"{machine.stack.http_url}/health")
    return status == 200


def _history(machine: Machine, key: str) -> Any:
    status, answer = machine.operate("history", connection=seed.OTHER_NUMBER, appointment=key)
    if status not in (200, 404):
        raise StepFailed(f"no history: {status}")
    return answer if status == 200 else None


def _is_settled(history: Any) -> bool:
    if history is None:
        return False
    version, status = history["appointment"]["version"], history["appointment"]["status"]
    kind = "confirmation" if status == "active" else "cancellation"
    wanted = [t for t in history["texts"] if t["version"] == version and t["kind"] == kind]
    if status == "cancelled" and not wanted:
        return not history["appointment"]["phoneKept"]
    return bool(wanted) and all(text["state"] in _FINAL for text in wanted)


def _judge(expected: Expected, history: Any, account: Account) -> None:
    if history is None or not _is_settled(history):
        _lose(account, "no outcome", history)
        return
    found = history["appointment"]
    for text in history["texts"]:
        if text["kind"] != "reminder":
            reason = f" ({text['reason']})" if text["state"] == "not_sent" else ""
            account.outcomes[f"{text['state']}{reason}"] += 1
    if expected.start is None:
        if found["status"] != "cancelled":
            _lose(account, "not cancelled", history)
        return
    start = datetime.fromisoformat(found["start"]) if found["start"] else None
    if found["status"] != "active" or start != expected.start.astimezone(UTC):
        _lose(account, "wrong state", history)
        return
    told = [t for t in history["texts"] if t["kind"] == "confirmation" and t["state"] == "accepted"]
    last = max(told, key=lambda text: text["firstSent"], default=None)
    current = [t for t in history["texts"] if t["version"] == found["version"]]
    unknown = any(text["state"] == "unknown" for text in current)
    if not unknown and (last is None or last["version"] != found["version"]):
        account.out_of_date += 1
        account.examples.append("out of date: " + str(history)[:600])


def _lose(account: Account, why: str, history: Any) -> None:
    account.lost += 1
    account.examples.append(f"{why}: {str(history)[:600]}")

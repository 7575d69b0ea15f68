"""What could not be worked on, what operators can do about it, and whether the app is well."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared_code.errors import REQUEST_MALFORMED, Code, NotStored
from shared_code.hl7.errors import NOT_HL7
from shared_code.operating.domain import OPERATOR
from shared_code.operating.errors import ACTION_UNKNOWN
from shared_code.operating.flows.json_door import Answer
from shared_code.oversight.flows.dead_letters import (
    ATTEMPTS_EXHAUSTED,
    DEAD_LETTER_UNKNOWN,
    RETIRE_LETTER,
)
from shared_code.oversight.flows.problems import RETIRE_PROBLEM
from shared_code.oversight.ports import Owner
from shared_code.queues import HL7_INBOUND, QUEUES, SMS_OUTBOUND
from shared_code.security.keys import PAYLOAD_UNREADABLE
from tests.world.clock import NOW
from tests.world.connection import TENANT, ZONE
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import GRACE
from tests.world.world import World

BROKEN = b"\r".join([siu().split(b"\r")[0], b"SCH|1|36996", b"PID|1||" + b"~" * 60, b""])
HINT = {"text": "lamna~1-0~20260610~1-3fa9c1d2~confirmation~0", "connection": "lamna"}


def _work(world: World, body: bytes) -> dict[str, str]:
    assert world.post(body).status == 200
    ((work, _),) = world.take(HL7_INBOUND)
    return work


def _keep(world: World) -> str:
    owner = Owner(TENANT, "lamna")
    code = ATTEMPTS_EXHAUSTED.code
    return world.services.oversight.dead_letters.keep(HINT, SMS_OUTBOUND, code, owner)


def _envelope(work: dict[str, Any]) -> str:
    return json.dumps({"v": 1, "work": work})


def _run(world: World, action: str, body: bytes) -> tuple[int, Answer]:
    return world.services.operating.json_door.run(action, body, OPERATOR)


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Answer]:
    return _run(world, action, json.dumps(arguments).encode())


def test_a_letter_says_whose_it_is_and_when_and_not_what() -> None:
    """Tenant, day and hash; the same work twice is one letter."""
    world = World()
    first = _keep(world)
    again = _keep(world)
    tenant, day, digest = first.split("~")

    assert (tenant, day, len(digest)) == (TENANT, "20260601", 24)
    assert (first, 1) == (again, len(world.dead_letter_store.rows.values()))


def test_a_letter_of_nobody_is_unassigned() -> None:
    """What a stranger wrote as connection is not kept as one."""
    world = World()
    letter = world.services.intake.dead_messages.keep({"connection": "x"}, NOT_HL7.code)
    (kept,) = world.dead_letter_store.rows.values()

    assert letter.split("~")[0] == "_unassigned"
    assert (kept.tenant, kept.connection) == ("_unassigned", "")


@pytest.mark.parametrize(
    ("days", "until"),
    [(2, NOW + timedelta(days=2) + GRACE), (30, NOW + timedelta(days=7)), (-3, NOW)],
)
def test_a_letter_goes_with_the_visit_that_it_is_about(days: int, until: datetime) -> None:
    """As the phone in it would; at the latest after a week, and at once when the visit is over."""
    world = World()
    start = NOW.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None) + timedelta(days=days)
    work = _work(world, siu(start_local=start))
    world.services.intake.dead_messages.keep(work, ATTEMPTS_EXHAUSTED.code)
    world.clock.now = max(NOW, until - timedelta(minutes=1))
    world.run_agenda()
    kept = len(world.dead_letter_store.rows.values())
    world.clock.now = until + timedelta(seconds=1)
    world.run_agenda()

    assert (kept, len(world.dead_letter_store.rows.values())) == (int(until > NOW), 0)


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_envelope(HINT), ATTEMPTS_EXHAUSTED.code),
        (json.dumps(HINT), ATTEMPTS_EXHAUSTED.code),
        ("", PAYLOAD_UNREADABLE.code),
        ("\x00\ufffd", PAYLOAD_UNREADABLE.code),
        ("[" * 100_000, PAYLOAD_UNREADABLE.code),
        ("9" * 10_000, PAYLOAD_UNREADABLE.code),
        (_envelope({"text": 7}), PAYLOAD_UNREADABLE.code),
        ('{"v": 1, "work": []}', PAYLOAD_UNREADABLE.code),
    ],
)
def test_poison_is_drained_whatever_it_is(queue: str, text: str, code: Code) -> None:
    """Decodable or not, it becomes one letter."""
    world = World()
    world.queues.poison[queue] = [text, text]
    count = world.services.poison_queues.drain()

    assert (2, [code]) == (count, [letter.code for letter in world.dead_letter_store.rows.values()])
    assert world.queues.poison[queue] == []
    assert {RETIRE_LETTER, RETIRE_PROBLEM} == {row.duty for row in world.agenda.rows.values()}


def test_poison_that_cannot_be_kept_stays() -> None:
    """It is deleted only once the letter exists."""
    world = World()
    world.queues.poison[HL7_INBOUND] = [_envelope(HINT)]
    world.line.before = unavailable("letters.keep")

    with pytest.raises(NotStored):
        world.services.poison_queues.drain()
    assert len(world.queues.poison[HL7_INBOUND]) == 1


def test_a_letter_takes_its_blob_with_it() -> None:
    """The blob beside the queue is erased, so the letter must be whole."""
    world = World()
    work = _work(world, siu() + b"NTE|1||" + b"x" * 30_000 + b"\r")
    world.queues.poison[HL7_INBOUND] = [_envelope(work)]
    world.services.poison_queues.drain()
    (letter,) = world.dead_letter_store.rows.values()
    world.payloads.remove(work["blob"])
    world.services.oversight.dead_letters.replay(letter.id)
    ((again, _),) = world.take(HL7_INBOUND)
    world.services.intake.apply_schedule.on_message(again)

    assert len(world.appointments.rows.values()) == 1


def test_the_blob_of_a_dead_lettered_poison_message_is_erased() -> None:
    """Its content is in the letter, where seven days are counted."""
    world = World()
    work = _work(world, siu() + b"NTE|1||" + b"x" * 30_000 + b"\r")
    world.queues.poison[HL7_INBOUND] = [_envelope(work)]
    world.services.poison_queues.drain()
    world.clock.advance(minutes=30)
    world.run_agenda()

    assert world.payloads.rows.values() == []


def test_a_letter_is_listed_without_its_content_and_replayed() -> None:
    """By command, audited; then it is gone."""
    world = World()
    letter = _keep(world)
    status, listed = _ask(world, "dead-letters")
    replayed = _ask(world, "replay", letter=letter)
    (entry,) = world.audit.entries

    assert (200, letter) == (status, listed["deadLetters"][0]["letter"])  # type: ignore[index]
    assert "3fa9c1d2" not in json.dumps(listed)
    assert (200, {"replayed": letter}) == replayed
    assert world.take(SMS_OUTBOUND) == [({**HINT, "replay": "1"}, 0)]
    assert ("replay", letter, TENANT, NOW) == (entry.action, entry.subject, entry.tenant, entry.at)
    assert world.dead_letter_store.rows.values() == []


def test_a_replayed_message_that_fails_again_at_once_is_not_lost() -> None:
    """A worker may take it from the queue before the replay has erased the letter."""
    world = World()
    world.services.intake.apply_schedule.on_message(_work(world, BROKEN))
    (letter,) = world.dead_letter_store.rows.values()

    def at_once(call: str) -> None:
        for work, _ in world.take(HL7_INBOUND):
            world.services.intake.apply_schedule.on_message(work)

    world.line.after = at_once
    world.services.oversight.dead_letters.replay(letter.id)

    assert len(world.dead_letter_store.rows.values()) == 1


def test_a_replay_that_fails_leaves_the_letter() -> None:
    """Replaying twice is harmless, losing it is not."""
    world = World()
    letter = _keep(world)
    world.line.before = unavailable("queues.send")

    assert _ask(world, "replay", letter=letter)[0] == 503
    assert len(world.dead_letter_store.rows.values()) == 1


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("", b"{}", 404, ACTION_UNKNOWN.code),
        ("erase", b"{}", 404, ACTION_UNKNOWN.code),
        ("replay", b"", 400, REQUEST_MALFORMED.code),
        ("replay", b"{", 400, REQUEST_MALFORMED.code),
        ("replay", b"[]", 400, REQUEST_MALFORMED.code),
        ("replay", b"\xff", 400, REQUEST_MALFORMED.code),
        ("replay", b"[" * 100_000, 400, REQUEST_MALFORMED.code),
        ("replay", b'{"letter": 7}', 400, REQUEST_MALFORMED.code),
        ("replay", b'{"letter": "x"}', 404, DEAD_LETTER_UNKNOWN.code),
    ],
)
def test_a_wrong_command_is_refused(action: str, body: bytes, status: int, code: Code) -> None:
    """With a code, and without a word of it in the log."""
    world = World()
    with captured_logs() as log:
        answer = _run(world, action, body)

    assert (status, code) == (answer[0], answer[1]["code"])
    assert world.audit.entries == []
    assert "erase" not in log.getvalue()


@pytest.mark.parametrize(
    "sealed", [None, "ä" + "A" * 44_001, "A" * 44_001], ids=["foreign", "not_ascii", "not_base64"]
)
def test_a_letter_that_cannot_be_replayed_says_so(sealed: str | None) -> None:
    """It is there, but nothing can be made of it: 409, never an exception."""
    world = World()
    world.queues.poison[HL7_INBOUND] = [_envelope({"sealed": sealed}) if sealed else "foreign"]
    world.services.poison_queues.drain()
    (letter,) = world.dead_letter_store.rows.values()

    assert _ask(world, "replay", letter=letter.id)[0] == 409
    assert len(world.dead_letter_store.rows.values()) == 1


def test_a_message_of_another_attempt_is_the_same_letter() -> None:
    """How often it was tried does not make another message of it."""
    world = World()
    work = _work(world, BROKEN)
    world.services.intake.apply_schedule.on_message(work)
    world.services.intake.apply_schedule.on_message({**work, "attempt": "3"})

    assert len(world.dead_letter_store.rows.values()) == 1
    assert NOW + timedelta(days=7) == max(row.due for row in world.agenda.rows.values())


@pytest.mark.parametrize("count", ["x", "", "-1", "1e3", "9" * 5_000], ids=list("abcde"))
def test_a_strangers_count_of_replays_is_no_trouble(count: str) -> None:
    """Only a foreign message can hold one; it is replayed or refused, never an exception."""
    world = World()
    world.queues.poison[HL7_INBOUND] = [_envelope({**HINT, "replay": count})]
    world.services.poison_queues.drain()
    (letter,) = world.dead_letter_store.rows.values()

    assert _ask(world, "replay", letter=letter.id)[0] in (200, 409)

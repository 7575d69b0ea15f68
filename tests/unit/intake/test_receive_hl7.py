"""The HL7 door: what is acknowledged is stored, and what is stored is sealed."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from local.simulators.epic.messages import batch, patient_message
from shared_code.connections.domain import ConnectionStatus
from shared_code.errors import Code
from shared_code.hl7.errors import (
    APPOINTMENT_KEY_MISSING,
    EVENT_UNSUPPORTED,
    MESSAGE_TYPE_UNSUPPORTED,
    TRIGGER_MISSING,
)
from shared_code.intake.flows.sealed_message import QueuedMessage
from shared_code.queues import HL7_INBOUND
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import KEY, MRN
from tests.world.world import World

WORDS = ("TESTPATIENT", "ALEX", "555", "0142", MRN, KEY, "19800214", "MAIN ST")
PENDING = connection(status=ConnectionStatus.PENDING_APPROVAL)


def _codes(body: bytes) -> list[bytes]:
    return [line.split(b"|")[1] for line in body.split(b"\r") if line.startswith(b"MSA")]


def _unpacked(world: World) -> list[QueuedMessage]:
    unpack = world.services.intake.sealed_messages.unpack
    return [unpack(work) for work, _ in world.take(HL7_INBOUND)]


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15", "S17", "S18", "S26"])
def test_a_message_is_stored_sealed_and_acknowledged(trigger: str) -> None:
    """With its arrival, its charset and its correlation."""
    world = World()
    answer = world.post(siu(trigger), content_type="application/hl7-v2; charset=utf-8")

    assert (answer.status, _codes(answer.body)) == (200, [b"AA"])
    assert answer.content_type == "application/hl7-v2; charset=utf-8"
    assert [QueuedMessage("lamna", NOW, "utf-8", "c0ffee", siu(trigger))] == _unpacked(world)


@pytest.mark.parametrize(
    "specials", ["^~\\", "^~", "^~\\&#"], ids=["no subcomponents", "no escapes", "truncation"]
)
def test_a_message_with_a_short_header_books_a_visit(specials: str) -> None:
    """From the door to the patient's text, as with all delimiters."""
    world, usual = World(), World()
    usual.apply()
    world.apply(siu().replace(b"^~\\&", specials.encode(), 1))
    world.send(world.hint())

    assert (usual.row().start, usual.row().texting) == (world.row().start, world.row().texting)
    assert len(world.service.executed) == 1


@pytest.mark.parametrize("kind", [b"SIU^Z02", b"SIU^S25", b"SIU^S27", b"SRR^S01", b"SIU^S23"])
def test_other_messages_are_acknowledged_and_forgotten(kind: bytes) -> None:
    """Where the connection says so; nothing of them is stored."""
    world = World(connection(ignore_other_messages=True))
    answer = world.post(siu().replace(b"SIU^S12", kind, 1))

    assert (answer.status, _codes(answer.body)) == (200, [b"AA"])
    assert world.take(HL7_INBOUND) == []


def test_a_note_that_names_a_batch_stays_in_its_message() -> None:
    """One acknowledgement without an envelope, and one message stored whole."""
    world = World()
    body = siu() + b"NTE|1||see\nBHS intake form before the visit\nBTS: two of three\r"
    answer = world.post(body)

    assert (answer.status, _codes(answer.body)) == (200, [b"AA"])
    assert [body.replace(b"\n", b"\r")] == [each.content for each in _unpacked(world)]
    assert not answer.body.startswith(b"BHS")


def test_what_lies_on_the_queue_says_nothing() -> None:
    """No word of the message, in plain or in base64."""
    world = World()
    world.post(siu())
    ((work, _),) = world.take(HL7_INBOUND)
    content = str(work) + str(base64.b64decode(work["sealed"]))

    assert [word for word in WORDS if word in content.replace(work["correlation"], "")] == []


def test_the_same_bytes_get_the_same_bytes_back() -> None:
    """Whenever, and whether or not they were stored before."""
    world = World()
    first = world.post(siu())
    world.clock.advance(hours=3)

    assert first == world.post(siu())
    assert first != world.post(siu(control_id="1000242"))


def test_enhanced_mode_gets_its_own_codes() -> None:
    """A valued MSH-15 asks for CA instead of AA."""
    assert _codes(World().post(siu(accept_ack="AL")).body) == [b"CA"]


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (siu().replace(b"SIU^S12", b"SIU^"), b"AE", TRIGGER_MISSING.code),
        (siu(key=""), b"AE", APPOINTMENT_KEY_MISSING.code),
        (siu("S25"), b"AR", EVENT_UNSUPPORTED.code),
        (
            patient_message(control_id="7", created=NOW),
            b"AR",
            MESSAGE_TYPE_UNSUPPORTED.code,
        ),
        (siu("S23"), b"AA", None),
    ],
)
def test_what_only_the_sender_can_mend_is_not_stored(
    body: bytes, code: bytes, reason: Code | None
) -> None:
    """It is answered with 200 and its code; the reason is in the log."""
    world = World()
    with captured_logs() as log:
        answer = world.post(body)

    assert (200, [code]) == (answer.status, _codes(answer.body))
    assert world.take(HL7_INBOUND) == []
    assert f'"code": {f'"{reason}"' if reason else "null"}' in log.getvalue()


def test_other_messages_are_accepted_and_ignored_where_the_connection_says_so() -> None:
    """An engine that sends everything is not told off."""
    world = World(connection(ignore_other_messages=True))
    answer = world.post(patient_message(control_id="7", created=NOW))

    assert (_codes(answer.body), world.take(HL7_INBOUND)) == ([b"AA"], [])


def test_a_message_that_cannot_be_stored_is_not_acknowledged() -> None:
    """503, and the sender sends it again."""
    world = World()
    world.line.before = unavailable("queues.send")
    answer = world.post(siu())

    assert (answer.status, _codes(answer.body)) == (503, [])
    assert answer.body[:21] == b"storage_unavailable: "


@pytest.mark.parametrize("envelope", [None, NOW])
def test_a_batch_is_stored_whole_or_answered_503(envelope: object) -> None:
    """A repeat of the part that was stored is harmless."""
    bodies = [siu(key=str(n), control_id=str(n)) for n in range(3)]
    whole = batch(bodies, created=NOW if envelope else None)
    world = World()
    world.line.before = unavailable("queues.send", first=3)
    failed = world.post(whole)
    stored = len(world.take(HL7_INBOUND))
    world.line.before = unavailable()
    answer = world.post(whole)

    assert (failed.status, _codes(failed.body)) == (503, [])
    assert stored == 2
    assert (answer.status, _codes(answer.body)) == (200, [b"AA"] * 3)
    assert bodies == [message.content for message in _unpacked(world)]


def test_a_batch_acknowledges_each_message() -> None:
    """Those with a fault of their own are not stored, the others are."""
    world = World()
    answer = world.post(batch([siu(key="1"), siu(key=""), siu(key="3")]))

    assert _codes(answer.body) == [b"AA", b"AE", b"AA"]
    assert [siu(key="1"), siu(key="3")] == [one.content for one in _unpacked(world)]


def test_a_large_message_goes_into_a_blob_before_the_queue() -> None:
    """Above 30,000 bytes; the queue carries its name."""
    world = World()
    large = siu() + b"NTE|1||" + b"x" * 30_000 + b"\r"
    world.line.calls.clear()
    assert world.post(large).status == 200
    writes = [call for call in world.line.calls if call in ("payloads.put", "queues.send")]
    assert large == _unpacked(world)[0].content

    assert writes == ["payloads.put", "queues.send"]
    assert b"TESTPATIENT" not in b"".join(world.payloads.rows.values())


@pytest.mark.parametrize("size", [0, 1])
def test_a_message_of_30000_bytes_still_fits_the_queue(size: int) -> None:
    """And one byte more does not."""
    world = World()
    begin = siu() + b"NTE|1||"
    body = begin + b"x" * (30_000 + size - len(begin) - 1) + b"\r"
    world.post(body)
    ((work, _),) = world.take(HL7_INBOUND)

    assert (30_000 + size, bool(size)) == (len(body), "blob" in work)


def test_a_blob_that_cannot_be_stored_is_not_acknowledged() -> None:
    """Nothing is on the queue either."""
    world = World()
    world.line.before = unavailable("payloads.put")
    answer = world.post(siu() + b"NTE|1||" + b"x" * 30_000 + b"\r")

    assert (answer.status, world.take(HL7_INBOUND)) == (503, [])


def test_a_connection_approved_before_is_heard_while_a_change_waits() -> None:
    """AA, stored; the texts are held elsewhere."""
    world = World(connection(status=ConnectionStatus.PENDING_APPROVAL, approved_before=True))

    assert world.post(siu()).status == 200
    assert len(world.take(HL7_INBOUND)) == 1


def test_the_messages_of_a_body_arrive_in_its_order_at_one_time() -> None:
    """A microsecond apart, however long it takes to store them."""
    world = World()
    world.line.after = lambda call: world.clock.advance(seconds=1)
    world.post(batch([siu(key="1"), siu(key="2")]))
    first, second = (message.arrival for message in _unpacked(world))

    assert second - first == timedelta(microseconds=1)
    assert first - NOW <= timedelta(seconds=2)


def test_the_log_names_the_connection_and_nothing_of_the_message() -> None:
    """Neither when it is stored nor when it is refused."""
    world = World()
    with captured_logs() as log:
        world.post(siu())
        world.post(siu("S25"))
        world.post(b"TESTPATIENT ALEX (608)555-0142 36996")

    assert '"connection": "lamna"' in log.getvalue()
    assert [word for word in WORDS if word in log.getvalue()] == []


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (siu(), "INFO"),
        (siu(key=""), "WARNING"),
        (siu().replace(b"S12", b"S99"), "WARNING"),
        (siu().replace(b"SIU^S12", b"ADT^A08"), "WARNING"),
        (siu().replace(b"SIU^S12", b"SIU"), "WARNING"),
        (siu().replace(b"S12", b"S23"), "INFO"),
    ],
)
def test_a_message_that_is_not_kept_is_a_warning(body: bytes, level: str) -> None:
    """Nobody is texted about it unless its sender corrects it: somebody must see the line."""
    with captured_logs() as lines:
        World().post(body)
    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]

    assert (line["event"], line["level"]) == ("hl7.received", level)

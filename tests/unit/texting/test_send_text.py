"""One hint, one text: what is checked, written and posted, in this order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.connections.domain import Connection
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.plan import CLAIM_CHECK, RETIRE_TEXT
from shared_code.texting.domain.text import TextState
from tests.world.clock import NOW
from tests.world.connection import SENDER, connection
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import PHONE, START
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
HINT = NOW + timedelta(seconds=30)


def _booked(agreed: Connection | None = None) -> World:
    """A world with one booked visit; half a minute has passed."""
    world = World(agreed or connection())
    world.apply()
    world.clock.now = HINT
    world.line.calls.clear()
    return world


def test_a_hint_becomes_one_text() -> None:
    """From the connection's number to the patient's, in the patient's language."""
    world = _booked()
    work = world.hint()
    world.send(work)
    (post,), record = world.service.posts, world.record()

    assert (SENDER, PHONE, work["text"], HINT) == (
        post.from_number,
        post.to,
        post.tag,
        post.first_sent,
    )
    assert "https://visits.example.org/v/" in post.body
    assert (
        record.state,
        record.message_id,
        record.finished_at,
    ) == (TextState.ACCEPTED, "sent", HINT)
    assert record.composed is not None
    assert (record.composed.segments, record.claimed_by, len(world.service.executed)) == (
        1,
        "worker-1",
        1,
    )


def test_everything_is_written_before_the_post() -> None:
    """The rows that look after claim and record, then the claim, then the one POST; who counts
    comes last of all."""
    world = _booked()
    world.send(world.hint())
    ports = ("agenda", "links", "texts", "sender", "counts")
    reading = ("texts.load", "texts.of")
    steps = [call for call in world.line.calls if call.startswith(ports) and call not in reading]

    assert steps == [
        "agenda.add",
        "links.put",
        "agenda.add",
        "texts.insert",
        "sender.send",
        "texts.replace",
        "counts.add",
        "agenda.add",
    ]


def test_the_claim_is_looked_after_in_the_next_minute_but_one() -> None:
    """And the record is erased 180 days after the day of the visit."""
    world = _booked()
    work = world.hint()
    world.send(work)
    rows = set(world.agenda.rows.values())
    version = str(world.row().version)
    midnight = START.replace(hour=0, minute=0) + timedelta(days=180)
    minute = NOW.replace(minute=2)

    assert AgendaRow(minute, CLAIM_CHECK, work["text"], version) in rows
    assert AgendaRow(midnight, RETIRE_TEXT, work["text"]) in rows


def test_the_same_hint_again_posts_nothing() -> None:
    """Now, and next year."""
    world = _booked()
    work = world.hint()
    world.send(work)
    world.send(work, "worker-2")
    world.clock.advance(days=365)
    world.send(work)

    assert len(world.service.posts) == 1
    assert world.take(SMS_OUTBOUND) == []


def test_a_record_holds_no_number_and_no_words() -> None:
    """Reports need neither."""
    world = _booked()
    world.send(world.hint())
    record = str(world.record())

    assert PHONE[2:] not in record
    assert world.service.posts[0].body not in record


@pytest.mark.parametrize("text", ["", "nonsense", "a~b~20260610~1-x~poem~0"])
def test_a_foreign_hint_is_an_error(text: str) -> None:
    """The host makes a dead letter of it."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's
        World().send({"text": text})


def test_the_language_of_the_last_message_is_used() -> None:
    """Words are made at the moment of sending."""
    world = _booked()
    work = world.hint()
    world.apply(siu("S14", LATER, language="SPA"))
    world.send(work)

    assert world.service.posts[0].body.startswith("scheduled es ")
    assert world.row().version.counter == 1


def test_the_log_knows_neither_number_nor_words_nor_link() -> None:
    """Row, version and outcome are enough."""
    world = _booked()
    work = world.hint()
    with captured_logs() as log:
        world.send(work)
    token = world.service.posts[0].body.rsplit("/", 1)[1]

    assert "text.sent" in log.getvalue()
    for word in (PHONE, PHONE[2:], "5550142", token, "visits.example.org"):
        assert word not in log.getvalue()

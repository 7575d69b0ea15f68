"""Delivery reports and replies: what they change, in any order, twice, late, or never."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from local.memory.counts import MemoryCounts
from local.memory.line import Line
from local.memory.optouts import MemoryOptOuts
from local.memory.ports import (
    MemoryAgenda,
    MemoryConnections,
    MemoryQueues,
    MemoryRings,
    MemoryTexts,
)
from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.connections.domain import Connection, NumberKind, SmsSetup
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.queues import SMS_EVENTS
from shared_code.texting.adapters.acs.events import works_in
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.reasons import (
    OUTCOME_UNKNOWN,
    SMS_EVENT_UNKNOWN,
    SMS_EVENT_UNREADABLE,
    SMS_NUMBER_UNKNOWN,
    SMS_REPLY_MEANINGLESS,
    SMS_TEXT_UNKNOWN,
    SUPERSEDED,
)
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState
from shared_code.texting.flows.counting import Counting
from shared_code.texting.flows.results import TextResults, with_delivery
from tests.support.canaries import find, numbers
from tests.world.clock import NOW, FixedClock
from tests.world.connection import CONNECTION, SENDER, TENANT, connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.visit import PHONE

REF = TextRef(
    AppointmentRef("lamna", "1-" + "0" * 32),
    Version(1, "3fa9c1d2"),
    TextKind.CONFIRMATION,
    0,
    date(2026, 6, 10),
)
CLAIMED = TextRecord(REF, TextState.CLAIMED, "worker-1", claimed_at=NOW, first_sent=NOW)
ACCEPTED = replace(CLAIMED, state=TextState.ACCEPTED, message_id="sent", finished_at=NOW)
UNKNOWN = replace(CLAIMED, state=TextState.UNKNOWN, reason=OUTCOME_UNKNOWN)
NOT_SENT = replace(CLAIMED, state=TextState.NOT_SENT, reason=SUPERSEDED)
READY = replace(CLAIMED, state=TextState.READY, not_before=NOW)
AT = NOW - timedelta(seconds=5)
OTHER_TENANT = "22222222-2222-2222-2222-222222222222"
SHORT_CODE = SmsSetup("55501", NumberKind.SHORT_CODE, NOW)
STOP = {"event": "stop", "sender": SENDER, "recipient": PHONE}
START = STOP | {"event": "start"}


@dataclass
class World:
    """One organization's connection and one text of it."""

    record: TextRecord | None = ACCEPTED
    clock: FixedClock = field(default_factory=FixedClock)
    line: Line = field(default_factory=Line)
    rings: MemoryRings = field(default_factory=MemoryRings)

    def __post_init__(self) -> None:
        """Makes the ports."""
        through = self.line.through
        self.connections = through("connections", MemoryConnections({"lamna": CONNECTION}))
        self.texts = through("texts", MemoryTexts())
        self.opt_outs = through("opt_outs", MemoryOptOuts())
        self.queues = through("queues", MemoryQueues())
        self.counts = MemoryCounts()
        if self.record:
            self.texts.insert(self.record)

    def do(self, *works: dict[str, str]) -> None:
        """The events arrive one after the other."""
        counting = Counting(self.counts, MemoryAgenda(), self.clock)
        results = TextResults(
            self.connections,
            self.texts,
            self.opt_outs,
            self.queues,
            self.rings,
            counting,
            self.clock,
            works_in,
        )
        for work in works:
            results.on_event(work)

    def now(self) -> TextRecord:
        """The text as it stands."""
        stored = self.texts.load(REF)
        assert stored is not None
        return stored.value

    def opted_out(self, tenant: str = TENANT) -> bool:
        """Whether the patient is not to be texted."""
        return bool(self.opt_outs.stops(tenant, recipient_hash(self.rings, tenant, PHONE)))

    def configure(self, **connections: Connection) -> None:
        """Other connections beside the usual one."""
        self.connections.connections.update(connections)


def report(delivery: str = "delivered", **more: str) -> dict[str, str]:
    """As the reader makes it."""
    usual = {"event": "report", "text": str(REF), "message": "reported", "at": AT.isoformat()}
    return usual | {"delivery": delivery} | more


DELIVERED, FAILED = report(), report("failed")
ORDERS = list(itertools.permutations([DELIVERED, DELIVERED, FAILED, FAILED]))
BLOCKED = report("failed", sender=SENDER, recipient=PHONE)


def logged(world: World, *works: dict[str, str]) -> str:
    """What the log says while the events arrive."""
    with captured_logs() as log:
        world.do(*works)
    return log.getvalue()


def test_a_report_sets_the_delivery_and_nothing_else() -> None:
    """The text was accepted before, with the id that the service gave it."""
    world = World()
    world.do(DELIVERED)
    assert world.now() == replace(ACCEPTED, delivery="delivered", delivery_at=AT)


@pytest.mark.parametrize("record", [CLAIMED, UNKNOWN, READY, NOT_SENT], ids=lambda r: r.state)
@pytest.mark.parametrize("delivery", ["delivered", "failed"])
def test_a_report_settles_a_text_whose_outcome_was_another(
    record: TextRecord, delivery: str
) -> None:
    """The service had it, so it was accepted; nobody makes the request once more."""
    world = World(record)
    world.do(report(delivery))
    assert world.now() == replace(
        record,
        state=TextState.ACCEPTED,
        reason=None,
        message_id="reported",
        finished_at=NOW,
        delivery=delivery,
        delivery_at=AT,
    )


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_the_order_delivered_is_the_end(order: tuple[dict[str, str], ...]) -> None:
    """A later failure is about another attempt of the carrier's."""
    world = World()
    world.do(*order)
    assert world.now() == replace(ACCEPTED, delivery="delivered", delivery_at=AT)


def test_a_repeated_report_writes_nothing() -> None:
    """Not even a later time."""
    world = World()
    world.do(FAILED, report("failed", at=NOW.isoformat()), report("failed", at=""))
    assert world.now().delivery_at == AT
    assert world.line.calls.count("texts.replace") == 1


def test_a_report_without_time_happened_when_it_came() -> None:
    """An unreadable one too."""
    for at in ("", "soon", "2026-06-01T12:00:00"):
        world = World()
        world.do(report(at=at))
        assert world.now().delivery_at == NOW


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("", "delivered", "delivered"),
        ("", "failed", "failed"),
        ("failed", "delivered", "delivered"),
        ("delivered", "failed", "delivered"),
    ],
)
def test_with_delivery(before: str, status: str, after: str) -> None:
    """The rule alone."""
    assert with_delivery(replace(ACCEPTED, delivery=before), status, AT).delivery == after


@pytest.mark.parametrize(
    "tag",
    [
        "order 66",
        "",
        "a~b~c~d~e~f",
        str(REF).replace("lamna", "other"),
        str(REF).replace("1-00", "1/00"),
        str(REF).replace("20260610", "2026-06-10"),
        str(REF).replace("~0", "~00").replace("1-3fa9", "01-3fa9"),
        str(REF).replace("confirmation", "greeting"),
        str(REF).replace("~confirmation", "~reminder"),
    ],
)
def test_a_report_about_no_text_of_ours_is_counted_and_forgotten(tag: str) -> None:
    """Another system's tag, another spelling, a text that was erased or never was."""
    world = World()
    assert SMS_TEXT_UNKNOWN.code in logged(world, report(text=tag))
    assert world.now() == ACCEPTED
    assert world.queues.sent == []


def test_a_text_whose_record_is_erased_is_unknown() -> None:
    """The report came after the retention."""
    assert SMS_TEXT_UNKNOWN.code in logged(World(None), DELIVERED)


@pytest.mark.parametrize(
    ("work", "code"),
    [
        ({"event": "ignored", "code": "sms_event_unknown"}, SMS_EVENT_UNKNOWN.code),
        ({"event": "ignored", "code": "sms_reply_meaningless"}, SMS_REPLY_MEANINGLESS.code),
        ({"event": "ignored", "code": PHONE}, SMS_EVENT_UNREADABLE.code),
        ({"event": "other"}, SMS_EVENT_UNREADABLE.code),
        ({}, SMS_EVENT_UNREADABLE.code),
        (report("lost"), SMS_EVENT_UNREADABLE.code),
        (STOP | {"sender": "+18005550999"}, SMS_NUMBER_UNKNOWN.code),
        (START | {"sender": ""}, SMS_NUMBER_UNKNOWN.code),
    ],
)
def test_what_means_nothing_here_is_counted_by_its_code(work: dict[str, str], code: Reason) -> None:
    """Nothing is kept of it, and nothing of it is said."""
    world = World()
    said = logged(world, work)
    assert f'"sms.event_ignored", "code": "{code}"' in said
    assert find(said.encode(), numbers(PHONE)) == []
    assert world.opt_outs.senders == {}
    assert world.now() == ACCEPTED
    assert world.queues.sent == []


def test_a_blocked_text_opts_its_recipient_out() -> None:
    """The carrier knows of a STOP that we had not heard of."""
    world = World()
    world.do(BLOCKED, BLOCKED)
    assert world.now().delivery == "failed"
    assert world.opted_out()
    assert not world.opted_out(OTHER_TENANT)


def test_a_block_counts_even_when_the_record_is_gone() -> None:
    """The tenant is the connection's."""
    world = World(None)
    world.do(BLOCKED)
    assert world.opted_out()


def test_any_other_failure_opts_nobody_out() -> None:
    """A phone may be switched off."""
    world = World()
    world.do(FAILED)
    assert world.opt_outs.senders == {}


def test_stop_counts_for_every_tenant_that_texts_from_the_number() -> None:
    """And for no other."""
    world = World()
    world.configure(
        second=connection(id="second"),
        shared=connection(id="shared", tenant=OTHER_TENANT),
        foreign=connection(id="foreign", tenant="3" * 8, sms=SHORT_CODE),
        silent=connection(id="silent", tenant="4" * 8, sms=None),
    )

    world.do(STOP, STOP)

    assert {tenant for tenant, _ in world.opt_outs.senders} == {TENANT, OTHER_TENANT}
    assert world.opted_out(TENANT)
    assert world.opted_out(OTHER_TENANT)


def test_start_takes_back_the_stop_to_that_number_only() -> None:
    """What was said to another number, or on the patient's page, stays said."""
    world = World()
    world.configure(short=connection(id="short", sms=SHORT_CODE))
    world.do(STOP, STOP | {"sender": "55501"})

    world.do(START)
    assert world.opted_out()
    world.do(START | {"sender": "55501"}, START)
    assert not world.opted_out()


def test_start_of_somebody_who_never_stopped_changes_nothing() -> None:
    """There is nothing to take back."""
    world = World()
    world.do(START)
    assert not world.opted_out()


@pytest.mark.parametrize(
    ("work", "call"),
    [
        (DELIVERED, "texts.load"),
        (DELIVERED, "texts.replace"),
        (BLOCKED, "opt_outs.add"),
        (STOP, "opt_outs.add"),
        (START, "opt_outs.remove"),
        (STOP, "connections.all"),
    ],
)
def test_while_storage_does_not_answer_the_event_is_put_back(
    work: dict[str, str], call: str
) -> None:
    """With ever longer delays; the second delivery does what the first could not."""
    world = World()
    world.line.before = unavailable(call, times=2)

    world.do(work)
    ((queue, again, delay),) = world.queues.sent
    assert (queue, again, delay) == (SMS_EVENTS, work | {"attempt": "2"}, 0)
    world.do(again)
    assert world.queues.sent[1] == (SMS_EVENTS, work | {"attempt": "3"}, 30)

    world.do(world.queues.sent[1][1])
    assert len(world.queues.sent) == 2
    assert world.now().delivery == work.get("delivery", "")
    assert world.opted_out() is (work in (BLOCKED, STOP))


def test_a_report_that_meets_another_writer_is_put_back() -> None:
    """Its worker wrote its outcome meanwhile: read and decide again."""
    world = World(CLAIMED)

    def somebody_is_first(call: str) -> None:
        if call == "texts.replace" and not world.queues.sent:
            raise Conflict

    world.line.before = somebody_is_first
    world.do(DELIVERED)
    ((_, again, _),) = world.queues.sent
    world.do(again)
    assert (world.now().state, world.now().delivery) == (TextState.ACCEPTED, "delivered")


def test_when_even_the_queue_is_away_the_host_tries_again() -> None:
    """That is the one exception."""
    world = World()
    world.line.before = unavailable("texts.load", "queues.send")
    with pytest.raises(NotStored):
        world.do(DELIVERED)


def test_no_log_holds_a_number() -> None:
    """Whatever happens."""
    world = World()
    world.line.before = unavailable("opt_outs.add", "opt_outs.remove", times=2)
    said = logged(world, STOP, BLOCKED, STOP, BLOCKED, START, DELIVERED)
    events = ("sms.event_again", "optout.added", "optout.removed", "text.reported")
    assert [event for event in events if event not in said] == []
    assert find(said.encode(), numbers(PHONE, SENDER)) == []


def test_a_report_in_the_far_past_or_future_is_still_a_report() -> None:
    """Times of the service are kept as they are."""
    world = World()
    world.do(report(at=datetime(1, 1, 1, tzinfo=UTC).isoformat()))
    assert world.now().delivery == "delivered"


@pytest.mark.parametrize("record", [UNKNOWN, CLAIMED, ACCEPTED])
def test_a_text_that_is_reported_on_counts_as_sent_once(record: TextRecord) -> None:
    """Where it was not known before; a second report adds nothing."""
    world = World(record)
    world.do(report(), report("failed"), report())

    counted = [dict(numbers) for numbers in world.counts.sums.values()]
    assert counted == ([] if record is ACCEPTED else [{Metric.SENT: 1}])

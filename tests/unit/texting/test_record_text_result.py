"""Delivery reports and replies: what they change, in any order, twice, late, or never."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.connections.sms_setup import NumberKind, SmsSetup
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.queues import SMS_EVENTS
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
from shared_code.texting.flows.results import with_delivery
from tests.support.canaries import find, numbers
from tests.world.clock import NOW
from tests.world.connection import SENDER, TENANT, connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.visit import PHONE
from tests.world.world import World

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
class Reports(World):
    """The world with one text of its organization, unless there is none."""

    text: TextRecord | None = field(default=ACCEPTED, kw_only=True)

    def __post_init__(self) -> None:
        """Puts the text there."""
        super().__post_init__()
        if self.text:
            self.texts.insert(self.text)

    def do(self, *works: dict[str, str]) -> None:
        """The events arrive one after the other."""
        for work in works:
            self.services.texting.text_results.on_event(work)

    def opted_out(self, tenant: str = TENANT) -> bool:
        """Whether the patient is not to be texted."""
        return bool(self.opt_outs.stops(tenant, recipient_hash(self.rings, tenant, PHONE)))


def report(delivery: str = "delivered", **more: str) -> dict[str, str]:
    """As the reader makes it."""
    usual = {"event": "report", "text": str(REF), "message": "reported", "at": AT.isoformat()}
    return usual | {"delivery": delivery} | more


DELIVERED, FAILED = report(), report("failed")
ORDERS = list(itertools.permutations([DELIVERED, DELIVERED, FAILED, FAILED]))
BLOCKED = report("failed", sender=SENDER, recipient=PHONE)


def logged(world: Reports, *works: dict[str, str]) -> str:
    """What the log says while the events arrive."""
    with captured_logs() as log:
        world.do(*works)
    return log.getvalue()


def test_a_report_sets_the_delivery_and_nothing_else() -> None:
    """The text was accepted before, with the id that the service gave it."""
    world = Reports()
    world.do(DELIVERED)
    assert world.record() == replace(ACCEPTED, delivery="delivered", delivery_at=AT)


@pytest.mark.parametrize("record", [CLAIMED, UNKNOWN, READY, NOT_SENT], ids=lambda r: r.state)
@pytest.mark.parametrize("delivery", ["delivered", "failed"])
def test_a_report_settles_a_text_whose_outcome_was_another(
    record: TextRecord, delivery: str
) -> None:
    """The service had it, so it was accepted; nobody makes the request once more."""
    world = Reports(text=record)
    world.do(report(delivery))
    assert world.record() == replace(
        record,
        state=TextState.ACCEPTED,
        reason=None,
        message_id="reported",
        finished_at=NOW,
        delivery=delivery,
        delivery_at=AT,
        delivery_reason="delivery_other" if delivery == "failed" else "",
    )


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_the_order_delivered_is_the_end(order: tuple[dict[str, str], ...]) -> None:
    """A later failure is about another attempt of the carrier's."""
    world = Reports()
    world.do(*order)
    assert world.record() == replace(ACCEPTED, delivery="delivered", delivery_at=AT)


def test_a_repeated_report_writes_nothing() -> None:
    """Not even a later time."""
    world = Reports()
    world.do(FAILED, report("failed", at=NOW.isoformat()), report("failed", at=""))
    assert world.record().delivery_at == AT
    assert world.line.calls.count("texts.replace") == 1


def test_a_report_without_time_happened_when_it_came() -> None:
    """An unreadable one too."""
    for at in ("", "soon", "2026-06-01T12:00:00"):
        world = Reports()
        world.do(report(at=at))
        assert world.record().delivery_at == NOW


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
    world = Reports()
    assert SMS_TEXT_UNKNOWN.code in logged(world, report(text=tag))
    assert world.record() == ACCEPTED
    assert world.queues.sent == []


def test_a_text_whose_record_is_erased_is_unknown() -> None:
    """The report came after the retention."""
    assert SMS_TEXT_UNKNOWN.code in logged(Reports(text=None), DELIVERED)


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
    world = Reports()
    said = logged(world, work)
    assert f'"sms.event_ignored", "code": "{code}"' in said
    assert find(said.encode(), numbers(PHONE)) == []
    assert world.opt_outs.senders == {}
    assert world.record() == ACCEPTED
    assert world.queues.sent == []


def test_a_blocked_text_opts_its_recipient_out() -> None:
    """The carrier knows of a STOP that we had not heard of."""
    world = Reports()
    world.do(BLOCKED, BLOCKED)
    assert world.record().delivery == "failed"
    assert world.opted_out()
    assert not world.opted_out(OTHER_TENANT)


def test_a_block_counts_even_when_the_record_is_gone() -> None:
    """The tenant is the connection's."""
    world = Reports(text=None)
    world.do(BLOCKED)
    assert world.opted_out()


def test_any_other_failure_opts_nobody_out() -> None:
    """A phone may be switched off."""
    world = Reports()
    world.do(FAILED)
    assert world.opt_outs.senders == {}


def test_stop_counts_for_every_tenant_that_texts_from_the_number() -> None:
    """And for no other."""
    world = Reports()
    for each in (
        connection(id="second"),
        connection(id="shared", tenant=OTHER_TENANT),
        connection(id="foreign", tenant="3" * 8, sms=SHORT_CODE),
        connection(id="silent", tenant="4" * 8, sms=None),
    ):
        world.configure(each)

    world.do(STOP, STOP)

    assert {tenant for tenant, _ in world.opt_outs.senders} == {TENANT, OTHER_TENANT}
    assert world.opted_out(TENANT)
    assert world.opted_out(OTHER_TENANT)


def test_start_takes_back_the_stop_to_that_number_only() -> None:
    """What was said to another number, or on the patient's page, stays said."""
    world = Reports()
    world.configure(connection(id="short", sms=SHORT_CODE))
    world.do(STOP, STOP | {"sender": "55501"})

    world.do(START)
    assert world.opted_out()
    world.do(START | {"sender": "55501"}, START)
    assert not world.opted_out()


def test_start_of_somebody_who_never_stopped_changes_nothing() -> None:
    """There is nothing to take back."""
    world = Reports()
    world.do(START)
    assert not world.opted_out()


@pytest.mark.parametrize(
    ("work", "call"),
    [
        (DELIVERED, "texts.load"),
        (DELIVERED, "texts.replace"),
        (BLOCKED, "optouts.add"),
        (STOP, "optouts.add"),
        (START, "optouts.remove"),
        (STOP, "connections.all"),
    ],
)
def test_while_storage_does_not_answer_the_event_is_put_back(
    work: dict[str, str], call: str
) -> None:
    """With ever longer delays; the second delivery does what the first could not."""
    world = Reports()
    world.line.before = unavailable(call, times=2)

    world.do(work)
    ((queue, again, delay),) = world.queues.sent
    assert (queue, again, delay) == (SMS_EVENTS, work | {"attempt": "2"}, 0)
    world.do(again)
    assert world.queues.sent[1] == (SMS_EVENTS, work | {"attempt": "3"}, 30)

    world.do(world.queues.sent[1][1])
    assert len(world.queues.sent) == 2
    assert world.record().delivery == work.get("delivery", "")
    assert world.opted_out() is (work in (BLOCKED, STOP))


def test_a_report_that_meets_another_writer_is_put_back() -> None:
    """Its worker wrote its outcome meanwhile: read and decide again."""
    world = Reports(text=CLAIMED)

    def somebody_is_first(call: str) -> None:
        if call == "texts.replace" and not world.queues.sent:
            raise Conflict

    world.line.before = somebody_is_first
    world.do(DELIVERED)
    ((_, again, _),) = world.queues.sent
    world.do(again)
    assert (world.record().state, world.record().delivery) == (TextState.ACCEPTED, "delivered")


def test_when_even_the_queue_is_away_the_host_tries_again() -> None:
    """That is the one exception."""
    world = Reports()
    world.line.before = unavailable("texts.load", "queues.send")
    with pytest.raises(NotStored):
        world.do(DELIVERED)


def test_no_log_holds_a_number() -> None:
    """Whatever happens."""
    world = Reports()
    world.line.before = unavailable("optouts.add", "optouts.remove", times=2)
    said = logged(world, STOP, BLOCKED, STOP, BLOCKED, START, DELIVERED)
    events = ("sms.event_again", "optout.added", "optout.removed", "text.reported")
    assert [event for event in events if event not in said] == []
    assert find(said.encode(), numbers(PHONE, SENDER)) == []


def test_a_report_in_the_far_past_or_future_is_still_a_report() -> None:
    """Times of the service are kept as they are."""
    world = Reports()
    world.do(report(at=datetime(1, 1, 1, tzinfo=UTC).isoformat()))
    assert world.record().delivery == "delivered"


@pytest.mark.parametrize("record", [UNKNOWN, CLAIMED, ACCEPTED])
def test_a_text_that_is_reported_on_counts_as_sent_once(record: TextRecord) -> None:
    """Where it was not known before; a second report adds nothing."""
    world = Reports(text=record)
    world.do(report(), report("failed"), report())

    (counted,) = world.counts.sums.values()
    sent = {} if record is ACCEPTED else {Metric.SENT: 1}
    assert counted == {**sent, Metric.DELIVERED: 1}

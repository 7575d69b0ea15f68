"""What is read of a message reaches the row: starts on other clocks, documents, birth dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import START_MISSING, Status
from shared_code.connections.domain import MinorsRule, TimesOf
from shared_code.errors import Code
from shared_code.hl7.errors import MESSAGE_OVER_LIMITS
from shared_code.hl7.schedule_event import BIRTH_DATE_UNREADABLE
from shared_code.intake.siu import MESSAGE_UNPARSEABLE
from shared_code.oversight.flows.dead_letters import RETIRE_LETTER
from shared_code.queues import HL7_INBOUND
from shared_code.texting.adapters.wording import MessageTemplates
from tests.world.connection import connection
from tests.world.messages import altered, s12, sample, siu
from tests.world.visit import GRACE, PHONE, START
from tests.world.world import World

ZONES = {"10501101": "America/Denver"}
BORN = "1||203711^^^LAMNA^MRN||TESTPATIENT^ALEX||{}||||||(608)555-0142^PRN^CP||ENG"


def _applied(*bodies: bytes, **changes: Any) -> World:
    world = World(connection(**changes))
    for body in bodies:
        world.apply(body)
    return world


def _born(day: str, trigger: str = "S12", control: str = "1000241") -> bytes:
    text = s12(pid=BORN.format(day), kind=f"SIU^{trigger}")
    return text.replace("|1000241|", f"|{control}|").encode()


def _problems(world: World) -> set[Code]:
    return {each.code for each in world.problem_store.rows.values()}


@pytest.mark.parametrize(
    ("changes", "hour"),
    [
        ({"display_zones": ZONES}, 18),
        ({"times_of": TimesOf.DEPARTMENT, "display_zones": ZONES}, 19),
        ({"times_of": TimesOf.DEPARTMENT, "display_zones": {"10102": "America/Denver"}}, 18),
        ({"times_of": TimesOf.DEPARTMENT}, 18),
    ],
)
def test_a_start_may_be_on_the_departments_clock(changes: dict[str, Any], hour: int) -> None:
    """13:30 in Denver is 19:30 UTC; MSH-7 stays on Epic's clock."""
    row = _applied(sample("start-in-tq1-only"), **changes).row()

    assert row.start == datetime(2026, 6, 10, hour, 30, tzinfo=UTC)
    assert row.order.moment == datetime(2026, 6, 1, 14, 10, tzinfo=UTC)  # 15:15:02, too far ahead


def test_a_move_without_department_is_on_the_clock_of_the_known_one() -> None:
    """The message leaves PV1 out."""
    changes: dict[str, Any] = {"times_of": TimesOf.DEPARTMENT, "display_zones": ZONES}
    moved = s12(kind="SIU^S14", sch="1|36996|||||||30|MIN|^^^202606101400")
    moved = moved.replace("|1000241|", "|1000999|")

    row = _applied(sample("start-in-tq1-only"), moved.encode(), **changes).row()

    assert row.start == datetime(2026, 6, 10, 20, tzinfo=UTC)


def test_a_broken_message_is_kept_until_the_departments_visit_is_over() -> None:
    """An hour longer than on Epic's clock."""
    ends: list[datetime] = []
    for times_of in TimesOf:
        world = World(connection(times_of=times_of, display_zones=ZONES))
        assert world.post(sample("start-in-tq1-only")).status == 200
        ((work, _),) = world.take(HL7_INBOUND)
        world.clock.now = START  # later than this, seven days would end first
        world.services.intake.dead_messages.keep(work, MESSAGE_UNPARSEABLE.code)
        rows = world.agenda.rows.values()
        ends += [row.due for row in rows if row.duty == RETIRE_LETTER]

    assert ends == [START + GRACE, START + GRACE + timedelta(hours=1)]


def test_a_cancellation_with_a_document_is_applied() -> None:
    """36 KB in an OBX that nobody reads."""
    world = _applied(siu(), sample("document-in-obx"))

    assert len(sample("document-in-obx")) > 36_000
    assert world.row().status is Status.CANCELLED


def test_a_start_at_midnight_is_missing() -> None:
    """Nobody is texted for a time that nobody said; the old one does not stay either."""
    booked = _applied(siu())
    booked.apply(sample("start-at-midnight"))
    row = booked.row()

    assert (row.start, row.texting.blocked) == (None, START_MISSING)
    assert _problems(booked) == {START_MISSING.code}


def test_a_cancellation_without_time_is_of_the_visit_that_is_known() -> None:
    """Its patient is told which visit it was."""
    body = sample("start-at-midnight").replace(b"SIU^S12", b"SIU^S15")
    row = _applied(siu(), body.replace(b"1000355", b"1000999")).row()

    assert (row.status, row.start, row.texting.phone) == (Status.CANCELLED, START, PHONE)


@pytest.mark.parametrize("rule", [MinorsRule.GUARDIAN, MinorsRule.NOBODY])
@pytest.mark.parametrize("born", ["", "20141301", "02/03/2014", '""'])
def test_whose_age_cannot_be_read_is_not_texted(rule: MinorsRule, born: str) -> None:
    """Whoever it is, no phone is kept, and a person is asked to look."""
    world = _applied(_born(born), minors=rule)
    row = world.row()

    assert (row.texting.blocked, row.texting.phone) == (BIRTH_DATE_UNREADABLE, None)
    assert _problems(world) == {BIRTH_DATE_UNREADABLE.code}


def test_a_birth_date_left_out_later_changes_nothing() -> None:
    """The first message had one."""
    world = _applied(_born("19800214"), _born("", "S14", "1000242"), minors=MinorsRule.GUARDIAN)

    assert (world.row().texting.blocked, world.row().texting.phone) == (None, PHONE)
    assert _problems(world) == set()


def test_where_ages_do_not_matter_nobody_asks_for_birth_dates() -> None:
    world = _applied(_born("unknown"))

    assert (world.row().texting.phone, _problems(world)) == (PHONE, set())


@pytest.mark.parametrize(
    ("name", "usual", "word"),
    [
        ("language-chinese-in-taiwan", "en", "視訊"),
        ("language-french-creole", "en", "videyo"),
        ("language-refused", "es", "Videoconsulta"),
    ],
)
def test_the_language_reaches_the_text(name: str, usual: str, word: str) -> None:
    """In the script that was named, or in the connection's language."""
    world = World(connection(language=usual), wording=MessageTemplates())
    world.apply(sample(name))
    world.send(world.hint())

    (text,) = world.service.executed
    assert word in text.body


UNREAD = [
    {"PID_39": "x" * 36_000},
    {"AIS_15": "x" * 36_000},
    {"PV1_250": "x"},
    {"SCH_26": "~" * 60},
    {"SCH_12": "~".join(["X^Y"] * 80), "PID_11": "x" * 40_000},
    {"MSH_21": "~" * 60},
]


@pytest.mark.parametrize("fields", UNREAD)
def test_what_nobody_reads_has_no_limit(fields: dict[str, str]) -> None:
    """Also in a segment of which other fields are read: the cancellation counts."""
    world = _applied(siu("S12"))
    world.clock.advance(minutes=1)
    world.apply(altered(siu("S15", world.clock()), **fields))

    assert world.row().status is Status.CANCELLED


@pytest.mark.parametrize(
    "fields",
    [
        {"PID_13": "~".join(["(608)555-0142^PRN^CP"] * 51)},
        {"PID_3": "x" * 33_000},
        {"SCH_25": "~" * 50},
        {"AIS_3": "~" * 50},
        {"SCH_11": "x" * 33_000},
    ],
)
def test_what_is_read_has_limits(fields: dict[str, str]) -> None:
    """The message is kept for a person, and changes nothing."""
    world = _applied(altered(siu("S12"), **fields))

    assert list(world.appointments.rows.values()) == []
    assert MESSAGE_OVER_LIMITS.code in _problems(world)

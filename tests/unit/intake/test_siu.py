"""What the reader makes of scheduling messages, sample by sample and field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import pytest

from shared_code.connections.domain import FieldPaths, VirtualVisitRule
from shared_code.errors import Code, Reason, Refused
from shared_code.hl7.errors import MESSAGE_OVER_LIMITS, NOT_HL7
from shared_code.hl7.schedule_event import (
    DELETED,
    MESSAGE_TIME_UNREADABLE,
    PHONE_UNUSABLE,
    START_DISAGREES,
    START_UNREADABLE,
    Deleted,
    PatientId,
    ScheduleEvent,
)
from shared_code.intake.siu import MESSAGE_UNPARSEABLE
from shared_code.wall_clock import LocalTime
from tests.world.connection import CONNECTION, connection
from tests.world.messages import read_sample, read_schedule_event, s12, texts


def _at(*parts: int, offset: float | None = None) -> LocalTime:
    hours = None if offset is None else timedelta(hours=offset)
    return LocalTime(datetime(*parts), hours)  # type: ignore[arg-type]  # noqa: DTZ001


START = _at(2026, 6, 10, 13, 30)
PHONE = "+16085550142"
USUAL = ScheduleEvent(
    trigger="S12",
    key="36996",
    control_id="",
    created=_at(2026, 6, 1, 10, 15, 2),
    processing_id="P",
    start=START,
    phone=PHONE,
    patients=(PatientId("203711", "LAMNA"),),
    language="es",
    department="10501101",
    visit_codes=("2950",),
    minor=False,
    csn="36996",
    minutes=30,
    status_cancels=False,
)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("SIU-S12-1000241", {"processing_id": "T"}),
        ("encoding-characters-three", {"processing_id": "T"}),
        ("encoding-characters-two", {"processing_id": "T"}),
        ("header-words-in-notes", {"processing_id": "T"}),
        ("enhanced-mode-application", {}),
        (
            "SIU-S14-1000242",
            {"processing_id": "T", "trigger": "S14", "start": _at(2026, 6, 11, 15)},
        ),
        (
            "SIU-S15-1000243",
            {
                "processing_id": "T",
                "trigger": "S15",
                "start": _at(2026, 6, 11, 15),
                "status_cancels": True,
            },
        ),
        (
            "SIU-S26-1000244",
            {"processing_id": "T", "trigger": "S26", "start": _at(2026, 6, 11, 15)},
        ),
        ("byte-order-mark", {}),
        ("line-feeds", {}),
        ("carriage-return-line-feeds", {}),
        ("mixed-line-ends", {}),
        ("mllp-bytes-left-in", {}),
        ("custom-delimiters", {}),
        ("truncation-character", {}),
        ("start-in-tq1-only", {}),
        ("start-stale-in-sch-11", {"trigger": "S14", "remarks": (START_DISAGREES,)}),
        ("start-with-offset", {"start": _at(2026, 6, 10, 13, 30, offset=-5)}),
        ("start-without-time", {"start": None, "remarks": (START_UNREADABLE,)}),
        ("start-with-slashes", {"start": None, "remarks": (START_UNREADABLE,)}),
        ("start-null", {"trigger": "S14", "start": DELETED}),
        (
            "start-in-dst-gap",
            {"start": _at(2026, 3, 8, 2, 30), "created": _at(2026, 3, 1, 10, 15, 2)},
        ),
        (
            "start-in-dst-overlap",
            {"start": _at(2026, 11, 1, 1, 30), "created": _at(2026, 10, 1, 10, 15, 2)},
        ),
        ("phone-null", {"trigger": "S14", "phone": DELETED}),
        ("phone-empty", {"trigger": "S14", "phone": None}),
        ("phone-seven-digits", {"phone": None, "remarks": (PHONE_UNUSABLE,)}),
        ("phone-with-remark", {"phone": "+16085550147"}),
        ("phone-vanity-letters", {"phone": None, "remarks": (PHONE_UNUSABLE,)}),
        ("phone-two-in-one-field", {"phone": None, "remarks": (PHONE_UNUSABLE,)}),
        ("phone-email-in-xtn-4", {"phone": None, "remarks": (PHONE_UNUSABLE,)}),
        ("phone-in-parts", {"phone": "+16085550144"}),
        ("phone-cell-after-home", {"phone": "+16085550143"}),
        (
            "pid-missing",
            {
                "trigger": "S13",
                "phone": None,
                "patients": (),
                "language": None,
                "minor": None,
            },
        ),
        ("name-spanish-utf-8", {}),
        ("name-arabic-utf-8", {"language": "ar"}),
        ("name-chinese-utf-8", {"language": "zh"}),
        ("utf-8-declared-8859-1", {}),
        ("latin-1-declared-utf-8", {}),
        ("big5-with-pipe-bytes", {"language": "zh"}),
        ("batch-without-envelope", {}),
        ("batch-with-envelope", {}),
        ("key-with-escapes", {"key": "A&B^7", "csn": "A&B^7"}),
        ("enhanced-mode", {}),
        ("resource-deleted", {"trigger": "S14", "visit_codes": ("1010",)}),
        ("visit-code-repeated", {"visit_codes": ("1010", "2950")}),
        ("segment-glued", {"language": "es"}),
        ("tq1-in-version-2-3", {}),
        ("z-segments", {}),
        ("message-time-in-sixteen-digits", {}),
        ("message-time-empty", {"created": None, "remarks": (MESSAGE_TIME_UNREADABLE,)}),
        ("start-of-resource-with-offset", {}),
        ("start-of-resource-in-the-visit", {}),
        (
            "start-of-two-resources-later-first",
            {"visit_codes": ("2950", "2950"), "remarks": (START_DISAGREES,)},
        ),
        ("start-at-midnight", {"start": DELETED}),
        ("birth-date-without-day", {}),
        ("birth-date-empty", {"minor": None}),
        ("language-refused", {"language": None}),
        ("language-chinese-in-taiwan", {"language": "zh-Hant"}),
        ("language-french-creole", {"language": "ht"}),
        ("document-in-obx", {"trigger": "S15"}),
        ("null-fields", {"trigger": "S14", "patients": (), "language": None}),
    ],
)
def test_samples(name: str, changes: dict[str, Any]) -> None:
    """Each sample differs from the usual message in what its name says, and in nothing else."""
    read = read_sample(name)

    assert replace(read, control_id="") == replace(USUAL, **changes)
    assert read.control_id.startswith("1000")


def test_a_blocked_slot_without_key_is_no_appointment() -> None:
    """It never comes this far; if it did, it would be a dead letter."""
    with pytest.raises(Refused) as refused:
        read_sample("blocked-slot")

    assert refused.value.code == MESSAGE_UNPARSEABLE.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("{}", NOT_HL7.code, id="no HL7"),
        pytest.param(texts("adt-a08")[0], MESSAGE_UNPARSEABLE.code, id="no SIU"),
        pytest.param(texts("event-unsupported")[0], MESSAGE_UNPARSEABLE.code, id="other event"),
        pytest.param(texts("trigger-missing")[0], MESSAGE_UNPARSEABLE.code, id="no trigger"),
        pytest.param(texts("key-empty")[0], MESSAGE_UNPARSEABLE.code, id="no key"),
        pytest.param(s12(sch='1|""'), MESSAGE_UNPARSEABLE.code, id="null key"),
        pytest.param(s12(more="\r".join(["AIS|1"] * 501)), MESSAGE_OVER_LIMITS.code, id="segments"),
    ],
)
def test_what_cannot_be_an_event_is_refused(text: str, code: Code) -> None:
    """With a code, and never with a word of the message."""
    with pytest.raises(Refused) as refused:
        read_schedule_event(text, CONNECTION)

    assert refused.value.code == code
    assert str(refused.value) == refused.value.info.sentence
    assert refused.value.__cause__ is None


def test_a_broken_configuration_is_a_dead_letter() -> None:
    """A path that is none cannot be saved; if it were, the message waits for the correction."""
    broken = connection(fields=FieldPaths(department="nonsense"))

    with pytest.raises(Refused) as refused:
        read_schedule_event(s12(), broken)

    assert refused.value.code == MESSAGE_UNPARSEABLE.code


@pytest.mark.parametrize(
    ("sch", "more", "minutes"),
    [
        pytest.param("1|1|||||||30|MIN", "AIS|1", 30, id="SCH-9"),
        pytest.param("1|1|||||||1800|S^Seconds", "AIS|1", 30, id="SCH-9 in seconds"),
        pytest.param("1|1|||||||30", "AIS|1||||||20|MIN", 30, id="SCH-9 first, without unit"),
        pytest.param("1|1", "TQ1|1|||||45^MIN&Minute&ISO+", 45, id="TQ1-6"),
        pytest.param("1|1", "TQ1|1|||||1^hr\rAIS|1||||||20", 60, id="TQ1-6 before AIS-7"),
        pytest.param("1|1", "AIS|1||||||20|MIN^Minutes", 20, id="AIS-7"),
        pytest.param("1|1", "AIS|1\rAIS|2||||||20|MIN", 20, id="AIS-7 of the second"),
        pytest.param("1|1", "AIS|1||||||1200\rAIS|2||||||15|MIN", 15, id="1200 of what"),
        pytest.param("1|1", "AIS|1||||||1200|S\rAIS|2||||||15|MIN", 20, id="each its unit"),
        pytest.param("1|1|||||||0|MIN", "AIS|1||||||20|MIN", 20, id="zero is none"),
        pytest.param("1|1|||||||30|LIGHTYEAR", "AIS|1||||||20|MIN", 20, id="no known unit"),
        pytest.param("1|1|||||||0|MIN", "AIS|1", DELETED, id="nothing usable"),
        pytest.param('1|1|||||||""', "AIS|1", DELETED, id="null"),
        pytest.param("1|1|||||||25|HR", "AIS|1", DELETED, id="more than a day"),
        pytest.param("1|1|||||||", "AIS|1", None, id="nothing said"),
        pytest.param("1|1", "AIS|1|D|||||20|MIN", None, id="of a resource taken away"),
    ],
)
def test_the_duration_is_the_first_usable_one(
    sch: str, more: str, minutes: int | Deleted | None
) -> None:
    assert read_schedule_event(s12(sch=sch, more=more), CONNECTION).minutes == minutes


@pytest.mark.parametrize(
    ("fields", "csn"),
    [
        (FieldPaths(), "36996"),
        (FieldPaths(key="PID-3.1"), "203711"),
        (FieldPaths(csn="ZCS-2.1"), "0036996"),
        (FieldPaths(csn="ZCS-3"), None),
        (FieldPaths(csn="ZCS-4"), None),
    ],
)
def test_the_csn_is_read_at_its_path_or_is_the_key(fields: FieldPaths, csn: str | None) -> None:
    """Leading zeros belong to it, blanks around it do not; null is no CSN."""
    text = s12(more='ZCS|1| 0036996 ^CSN|""||')

    assert read_schedule_event(text, connection(fields=fields)).csn == csn


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        (None, "AIS|1||2950", None),
        (VirtualVisitRule(), "AIS|1||2950^VIDEO~ 31 ^X", ("2950", "31")),
        (VirtualVisitRule(), "AIS|1||vv\\T\\x^VIDEO", ("vv&x",)),
        (VirtualVisitRule(), 'AIS|1||""\rAIS|2||', ()),
        (VirtualVisitRule(), "AIP|1||2950", None),
        (VirtualVisitRule(path="AIS-3.2"), "AIS|1||2950^Video Visit", ("Video Visit",)),
        (VirtualVisitRule(path="ZCS-2"), "ZCS|1|VIDEO\rZCS|2|HOME", ("VIDEO", "HOME")),
        (VirtualVisitRule(every_visit=True), "AIS|1||2950", ("2950",)),
    ],
)
def test_visit_codes(
    rule: VirtualVisitRule | None, more: str, expected: tuple[str, ...] | None
) -> None:
    """All values at the rule's path; None without a rule or without such a segment."""
    read = read_schedule_event(s12(more=more), connection(virtual_visits=rule))

    assert read.visit_codes == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("SPA^Spanish^ISO639", "es"),
        ("22^Spanish^EPIC", "es"),
        ("22^Chinese (Traditional)", "zh-Hant"),
        ("SPA^English", "es"),
        ("CHI^Chinese (Trad)", "zh-Hant"),
        ("zho^Simplified Chinese", "zh-Hans"),
        ("CHI^Mandarin", "zh"),
        ("CHI^Declined interpreter", "zh"),
        ("zh-Hans^Traditional Chinese", "zh-Hans"),
        ("22^Declined", None),
        ("22", None),
        ("^Spanish", "es"),
        ('""', None),
    ],
)
def test_the_language_is_a_code_or_the_text_beside_it(field: str, expected: str | None) -> None:
    """A site's own codes are numbers that only the site understands."""
    pid = f"1||203711||TESTPATIENT^ALEX||||||||(608)555-0142^PRN^CP||{field}"

    assert read_schedule_event(s12(pid=pid), CONNECTION).language == expected


def test_a_site_may_keep_its_fields_elsewhere() -> None:
    """Key, phone, language, patient and department follow the connection's paths."""
    text = s12(more="PV1|1" + "|" * 18 + "77^X\rZVV|(608)555-0148~|fra|Z 1 ^x|D\\T\\1")
    paths = FieldPaths(
        key="PV1-19.1", phone="ZVV-1.1", language="ZVV-2", patient="ZVV-3.1", department="ZVV-4"
    )

    read = read_schedule_event(text, connection(fields=paths))

    assert read.key == "77"
    assert read.phone == "+16085550148"
    assert read.language == "fr"
    assert read.patients == (PatientId("Z 1"),)
    assert read.department == "D&1"


@pytest.mark.parametrize(
    ("field", "phone", "remarks"),
    [
        ("ZVV|5550148", None, (PHONE_UNUSABLE,)),
        ('ZVV|""', DELETED, ()),
        ("ZVV|", None, ()),
        ("ZVW|1", None, ()),
    ],
)
def test_a_phone_at_a_component(
    field: str, phone: str | Deleted | None, remarks: tuple[Reason, ...]
) -> None:
    """Null, empty and unusable mean the same there as in PID-13."""
    paths = FieldPaths(phone="ZVV-1.1")

    read = read_schedule_event(s12(more=field), connection(fields=paths))

    assert read.phone == phone
    assert read.remarks == remarks


def test_hl7apy_is_asked_about_real_fields_only() -> None:
    """Thousands of parts in one field are read by the splitter, in no time and correctly."""
    wide = [f"AIS|{n}||2950" + "^x" * 15_000 for n in range(1, 5)]
    text = s12(more="\r".join([*wide, "AIS|5||" + "~".join(["7^y"] * 50)]))

    begun = perf_counter()
    read = read_schedule_event(text, CONNECTION)
    taken = perf_counter() - begun

    assert read.visit_codes == (*["2950"] * 4, *["7"] * 50)
    assert taken < 1  # hl7apy would take two seconds for each of the four


def test_damage_done_by_hl7apy_does_not_reach_the_event() -> None:
    """It re-escapes sequences that it does not know; the splitter's value stands."""
    read = read_schedule_event(s12(sch="1|A\\X0A\\B|||||||||^^^202606101330"), CONNECTION)

    assert read.key == "A\nB"

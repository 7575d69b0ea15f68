"""The messages that the Epic simulator sends."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.simulators.epic.messages import (
    HL7,
    PHONES,
    batch,
    duplicated,
    fresh,
    garbage,
    patient_message,
    schedule_message,
    shuffled,
)

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.hl7"))
CREATED = datetime(2026, 6, 1, 10, 15, 2)  # noqa: DTZ001 the hospital's wall clock has no zone
START = datetime(2026, 6, 10, 13, 30)  # noqa: DTZ001
MOVED = datetime(2026, 6, 11, 15, 0)  # noqa: DTZ001


def _message(control_id: str = "1", **values: Any) -> bytes:
    return schedule_message(
        key="36996", start_local=START, control_id=control_id, created=CREATED, **values
    )


def _fields(message: bytes, segment: str) -> list[str]:
    lines = message.decode().split("\r")
    return next(line for line in lines if line.startswith(segment)).split("|")


@pytest.mark.parametrize(
    ("event", "control_id", "start"),
    [
        ("S12", "1000241", START),
        ("S14", "1000242", MOVED),
        ("S15", "1000243", MOVED),
        ("S26", "1000244", MOVED),
    ],
)
def test_messages_have_the_shape_of_the_samples(
    samples: Path, event: str, control_id: str, start: datetime
) -> None:
    built = schedule_message(
        event,
        key="36996",
        start_local=start,
        control_id=control_id,
        created=CREATED,
        language="SPA",
    )

    assert built == (samples / f"SIU-{event}-{control_id}.hl7").read_bytes()


def test_a_creation_time_with_an_offset_shows_it() -> None:
    message = schedule_message(
        key="1", start_local=START, control_id="1", created=CREATED.replace(tzinfo=UTC)
    )

    assert _fields(message, "MSH")[6] == "20260601101502+0000"


def test_values_cannot_open_fields_or_segments() -> None:
    message = _message(family="O|BRIEN^\\&~\rEVN|A01")

    assert _fields(message, "PID")[5] == "O\\F\\BRIEN\\S\\\\E\\\\T\\\\R\\ EVN\\F\\A01^ALEX^Q"
    assert b"\rEVN" not in message


@pytest.mark.parametrize(
    ("charset", "expected"), [("8859/1", b"NI\xd1O"), ("UNICODE UTF-8", b"NI\xc3\x91O")]
)
def test_the_declared_character_set_is_used(charset: str, expected: bytes) -> None:
    message = _message(given="NIÑO", charset=charset)

    assert expected in message
    assert message.split(b"\r")[0].split(b"|")[17] == charset.encode()


def test_an_acknowledgement_mode_can_be_asked_for() -> None:
    assert _fields(_message(accept_ack="AL"), "MSH")[14:16] == ["AL", "NE"]


def test_a_sample_is_given_new_times_and_nothing_else(samples: Path) -> None:
    sample = (samples / "SIU-S12-1000241.hl7").read_bytes()

    renewed = fresh(sample, MOVED, datetime(2026, 6, 2, 8, 0), "77")  # noqa: DTZ001

    expected = (
        sample.replace(b"20260601101502", b"20260602080000")
        .replace(b"1000241", b"77")
        .replace(b"202606101330", b"202606111500")
    )
    assert renewed == expected


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_is_odd_about_a_sample_stays_odd(sample: Path) -> None:
    original = sample.read_bytes()

    renewed = fresh(original, MOVED, CREATED, "77")

    for separator in (b"\r", b"\n", b"|", b"!"):
        assert renewed.count(separator) == original.count(separator)


def test_a_batch_holds_every_message_with_or_without_envelope() -> None:
    messages = [_message("1"), _message("2")]

    bare, wrapped = batch(messages), batch(messages, created=CREATED)

    assert bare == messages[0] + messages[1]
    assert wrapped.startswith(b"FHS|^~\\&|EPIC")
    assert wrapped.endswith(b"BTS|2\rFTS|1\r")
    assert bare in wrapped


def test_order_and_noise_depend_on_their_seed_alone() -> None:
    messages = duplicated([_message(str(number)) for number in range(10)], 2)

    assert len(messages) == 20
    assert shuffled(messages, 1) == shuffled(messages, 1)
    assert shuffled(messages, 1) != shuffled(messages, 2)
    assert sorted(shuffled(messages, 1)) == sorted(messages)
    assert garbage(3) == garbage(3)
    assert b"MSH" not in garbage(3)


def test_a_patient_message_is_no_scheduling_message() -> None:
    message = patient_message(control_id="5", created=CREATED)

    assert _fields(message, "MSH")[8] == "ADT^A08"


def test_phones_are_the_fictitious_ones_that_nobody_else_has() -> None:
    """The first two are the organization's and the phone at everybody's home."""
    assert (PHONES[0], PHONES[-1], len(PHONES)) == ("(608)555-0102", "(608)555-0199", 98)


@pytest.mark.parametrize(
    ("values", "telecom"),
    [
        ({}, "(608)555-0101^P^H~^NET^Internet^pat@example.org~(608)555-0142^P^M"),
        ({"dialect": HL7}, "(608)555-0142^PRN^CP~^NET^Internet^pat@example.org"),
        ({"phone": "555-0142"}, "^NET^Internet^pat@example.org~555-0142^P^M"),
    ],
)
def test_phones_are_typed_as_epic_does_it_or_by_hl7s_tables(
    values: dict[str, str], telecom: str
) -> None:
    """Home first; who has no usable mobile has no phone at home either."""
    assert _fields(_message(**values), "PID")[13] == telecom

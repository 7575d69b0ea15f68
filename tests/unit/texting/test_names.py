"""Names that travel through queues, row keys and links."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.language.segments import is_gsm7, measure
from shared_code.links.domain import digest_of, is_token, signed_words, token_of
from shared_code.texting.domain.plan import SEND, SETTLE
from shared_code.texting.domain.text import TextKind, TextRef
from tests.world.clock import NOW
from tests.world.visit import REF

VERSION = Version(7, "3fa9c1d2")
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)


@settings(max_examples=100, derandomize=True, database=None)
@given(
    connection=WORDS,
    row=WORDS,
    counter=st.integers(0, 10**9),
    day=st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    offset=st.integers(0, 20_000),
)
def test_the_name_of_a_text_is_read_back(
    connection: str, row: str, counter: int, day: date, offset: int
) -> None:
    """From the words of a hint to the same text."""
    subject, version = AppointmentRef(connection, row), Version(counter, "3fa9c1d2")
    ref = TextRef(subject, version, TextKind.CONFIRMATION, offset, day)

    assert ref == TextRef.parse(str(ref))
    assert (subject, version) == (AppointmentRef.parse(str(subject)), Version.parse(str(version)))


@pytest.mark.parametrize(
    "text",
    ["", "~", "a~b", "a~b~20260610~1-x~poem~0", "a~b~20261310~1-x~confirmation~0"]
    + ["a~b~20260610~1~confirmation~0", "a~b~20260610~1-x~confirmation~", "a~b~c~d~e~f~g"],
)
def test_a_foreign_name_is_no_text(text: str) -> None:
    """Whatever is wrong with it, the answer is a ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's
        TextRef.parse(text)


@pytest.mark.parametrize(
    ("due", "minute"),
    [
        ("12:00:00", "12:00"),
        ("12:00:00.000001", "12:01"),
        ("12:00:01", "12:01"),
        ("12:59:59.999999", "13:00"),
        ("23:59:30", "00:00"),
    ],
)
def test_a_due_second_is_rounded_up_to_its_minute(due: str, minute: str) -> None:
    """So that nothing acts early."""
    row = AgendaRow(datetime.fromisoformat(f"2026-06-01T{due}+00:00"), SETTLE, str(REF))

    assert minute == f"{row.minute():%H:%M}"
    assert timedelta(0) <= row.minute() - row.due < timedelta(minutes=1)


def test_a_row_of_another_version_is_stale_a_quarter_of_an_hour_after_its_minute() -> None:
    """Until then its object may be about to be committed."""
    row = AgendaRow(NOW + timedelta(seconds=1), SETTLE, str(REF), str(VERSION))
    stale = NOW + timedelta(minutes=16)

    assert (row.is_stale(stale - timedelta(microseconds=1)), row.is_stale(stale)) == (False, True)


def test_a_token_is_26_letters_and_is_kept_as_its_digest() -> None:
    """128 bits of the signature; the table knows only the SHA-256."""
    signature = hashlib.sha256(b"words").digest()
    token = token_of(signature)

    assert (len(token), is_token(token)) == (26, True)
    assert hashlib.sha256(token.encode()).hexdigest() == digest_of(token)
    assert token == token_of(signature[:16])
    assert token != token_of(hashlib.sha256(b"other words").digest())


@pytest.mark.parametrize(
    "text",
    ["", "a" * 25, "a" * 27, "A" * 26, "1" * 26, "a" * 25 + "\n", "a" * 26 + "\n", "ä" * 26],
)
def test_what_has_not_the_shape_of_a_token_is_none(text: str) -> None:
    """So that it is never looked up."""
    assert not is_token(text)


def test_every_appointment_and_version_signs_other_words() -> None:
    """A link belongs to one of each."""
    refs = [AppointmentRef(c, r) for c, r in product(("lamna", "relecloud"), ("1-a", "1-b"))]
    versions = [Version(1, "3fa9c1d2"), Version(1, "00000000"), Version(2, "3fa9c1d2")]
    signed = {signed_words(ref, v) for ref, v in product(refs, versions)}

    assert len(refs) * len(versions) == len(signed)


def test_what_is_signed_never_changes() -> None:
    """Else every link that was texted would lead nowhere."""
    words = signed_words(AppointmentRef("lamna", "1-a"), Version(1, "3fa9c1d2"))

    assert words == "lamna|1-a|1-3fa9c1d2|patient"


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("ñ" * 160, "GSM-7", 1),
        ("í" * 70, "UCS-2", 1),
        ("í" * 71, "UCS-2", 2),
        ("漢" * 134, "UCS-2", 2),
        ("漢" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("😀" * 66, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),
        ("`", "UCS-2", 1),
    ],
)
def test_texts_are_measured_as_carriers_count(text: str, encoding: str, segments: int) -> None:
    """160 and 153 septets, 70 and 67 UTF-16 units; a pair is never split over two parts."""
    length = measure(text)

    assert (encoding, segments) == (length.encoding, length.segments)
    assert (encoding == "GSM-7") == is_gsm7(text)


def test_rows_are_equal_when_they_name_the_same_duty() -> None:
    """A row moved to another time is another row."""
    row = AgendaRow(datetime(2026, 6, 1, tzinfo=UTC), SEND, str(REF), str(VERSION))

    assert row.later(NOW) == AgendaRow(NOW, row.duty, row.subject, row.version)

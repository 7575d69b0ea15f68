"""The names of texts, as they travel through queues and row keys."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.texting.domain.text import TextKind, TextRef

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

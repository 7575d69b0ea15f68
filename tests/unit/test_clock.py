"""The only reader of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared_code.clock import clock_with_offset, system_clock

MOMENT = timedelta(seconds=10)


def _offset(file: Path) -> timedelta:
    return clock_with_offset(file)() - datetime.now(UTC)


def test_the_clock_is_aware_and_in_utc() -> None:
    """And tells the real time."""
    now = system_clock()

    assert timedelta(0) == now.utcoffset()
    assert abs(datetime.now(UTC) - now) < MOMENT


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        ("86400", 86_400),
        (" -3600.5\n", -3600.5),
        ("0", 0),
        ("", 0),
        ("\n", 0),
        ("tomorrow", 0),
        ("1,5", 0),
        ("nan", 0),
        ("inf", 0),
        ("-inf", 0),
        ("1e300", 0),
        ("1e13", 0),
        ("ä", 0),
    ],
)
def test_the_clock_is_ahead_by_what_the_file_says(
    tmp_path: Path, content: str, seconds: float
) -> None:
    """A broken file means none."""
    file = tmp_path / "offset"
    file.write_text(content, encoding="utf-8")

    assert abs(_offset(file) - timedelta(seconds=seconds)) < MOMENT


def test_a_missing_file_means_none(tmp_path: Path) -> None:
    """As does a directory."""
    assert abs(_offset(tmp_path / "absent")) < MOMENT
    assert abs(_offset(tmp_path)) < MOMENT


def test_the_file_is_read_each_time(tmp_path: Path) -> None:
    """A demonstration moves the clock while the app runs."""
    file = tmp_path / "offset"
    clock = clock_with_offset(file)
    before = clock()
    file.write_text("3600", encoding="ascii")

    assert abs(clock() - before - timedelta(hours=1)) < MOMENT

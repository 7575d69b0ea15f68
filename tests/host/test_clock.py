"""The movable clock of the timers."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.host.clock import MovableClock


def _offset(clock: MovableClock) -> int:
    return round((clock.now() - datetime.now(UTC)).total_seconds())


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """Missing and empty mean zero; a partly written number keeps the last offset."""
    file = tmp_path / "offset"
    clock = MovableClock(file)
    seen = [_offset(clock)]
    for text in ("", "120", "-", "-30.0\n"):
        file.write_text(text)
        seen.append(_offset(clock))
    file.unlink()
    seen.append(_offset(clock))

    assert seen == [0, 0, 120, 120, -30, 0]


def test_waiting_ends_when_the_clock_is_moved(tmp_path: Path) -> None:
    """A wait of an hour is over within a second of moving the clock by an hour."""
    file = tmp_path / "offset"
    clock = MovableClock(file)

    async def wait() -> None:
        waiting = asyncio.create_task(clock.wait_until(clock.now() + timedelta(hours=1)))
        await asyncio.sleep(0)
        file.write_text("3600")
        await asyncio.wait_for(waiting, 1)
        assert waiting.done()

    asyncio.run(wait())


def test_without_a_file_it_is_the_real_time() -> None:
    """Without a file the offset is zero; a moment that has passed is not waited for."""
    clock = MovableClock(None)
    asyncio.run(clock.wait_until(clock.now() - timedelta(seconds=1)))

    assert _offset(clock) == pytest.approx(0)

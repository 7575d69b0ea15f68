"""What `make run` promises beside its addresses: one run in a folder, and time that goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local import run, stack
from local.simulators.table import PORTS

NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)
NIGHT = datetime(2026, 6, 2, 3, tzinfo=UTC)
HOUR = 3600.0


def test_a_second_run_in_the_same_folder_is_told_where_the_first_is(tmp_path: Path) -> None:
    """Two would destroy each other's data, so the second one names the first and ends."""
    with run.alone_in(tmp_path) as file:
        file.write_text("http://localhost:7071", encoding="ascii")
        with (
            pytest.raises(run.RunningAlready, match="http://localhost:7071"),
            run.alone_in(tmp_path),
        ):
            pass


def test_a_folder_is_free_when_its_run_has_ended(tmp_path: Path) -> None:
    """The next one does not find the address of the last."""
    with run.alone_in(tmp_path) as file:
        file.write_text("http://localhost:7071", encoding="ascii")
    with run.alone_in(tmp_path) as file:
        assert file.read_text(encoding="ascii") == ""


@pytest.mark.parametrize(
    ("kept", "now", "expected"),
    [
        (0.0, NOON, 0.0),
        (0.0, NIGHT, 12 * HOUR),
        (12 * HOUR, NIGHT, 12 * HOUR),
        (12 * HOUR, NOON, 22 * HOUR),
        (48 * HOUR, NOON, 48 * HOUR),
    ],
)
def test_a_restart_never_turns_the_clock_back(kept: float, now: datetime, expected: float) -> None:
    """The offset of the run before stays, and grows to the next morning where it would be night."""
    assert stack.offset_by_day(kept, now) == expected


@pytest.mark.parametrize("content", ["", "no number", "-3600"])
def test_an_unusable_offset_counts_as_none(content: str, tmp_path: Path) -> None:
    """A file that was broken by hand does not stop the machine."""
    file = tmp_path / "clock-offset"
    file.write_text(content, encoding="ascii")

    assert stack.read_offset(file) == 0.0


def test_the_simulated_time_is_said_with_its_zone() -> None:
    """A reader learns that only the simulation is ahead, and why."""
    said = run.simulated_time(NIGHT, 12 * HOUR)

    assert "Tuesday, 02 June 2026, 10:00 CDT" in said
    assert "12.0 h ahead" in said
    assert "The computer's own clock is as it was." in said


def test_ports_that_were_taken_are_named() -> None:
    """Who has another copy running is told why the addresses are not the usual ones."""
    usual = stack.Ports(http=7071, https=7443, simulators=PORTS)
    moved = stack.Ports(http=0, https=7443, simulators={**PORTS, "desk": 0})

    assert run.taken_ports(usual) == ""
    assert run.taken_ports(moved) == "7071, 7080 are"

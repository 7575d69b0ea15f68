"""Timers: the movable clock, past due, the stored status."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, override

import pytest
from azure.storage.blob import BlobClient

from local.azurite.emulator import Emulator
from local.host.clock import MovableClock
from local.host.functions import HostedFunction, TimerSettings
from local.host.invocations import Invoker
from local.host.ncrontab import Schedule
from local.host.runtime import Datum, Outcome, Runtime
from local.host.timer_status import NEVER, ScheduleStatus
from local.host.timers import Timer, at_start
from tests.host.conftest import RunHost
from tests.host.running import RunningHost, call, until

_APP = """
@app.timer_trigger(arg_name="timer", schedule="0 0 * * * *")
def hourly(timer: func.TimerRequest) -> None:
    record(past_due=timer.past_due, status=timer.schedule_status)
"""
_HOURLY = Schedule.parse("0 0 * * * *")
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _status(storage: Emulator, host: RunningHost) -> dict[str, datetime]:
    host_id = host.directory.name.replace("_", "-")
    name = f"timers/{host_id}/Host.Functions.hourly/status"
    with BlobClient.from_connection_string(
        storage.connection_string, "azure-webjobs-hosts", name
    ) as blob:
        content = json.loads(blob.download_blob().readall())
    return {key: datetime.fromisoformat(value) for key, value in content.items()}


def test_a_jump_of_the_clock_fires_once(
    run_host: RunHost, tmp_path: Path, storage: Emulator
) -> None:
    """Five days at once: one run, soon, not past due; then the next hour: one more."""
    offset = tmp_path / "offset"
    host = run_host(_APP, environment={"CONNECTOR_CLOCK_OFFSET_FILE": str(offset)})
    days = timedelta(days=5).total_seconds()

    offset.write_text(str(days))
    moved = time.monotonic()
    until(lambda: len(host.records()) == 1)
    assert time.monotonic() - moved < 2.0
    until(lambda: _status(storage, host)["Last"] > NEVER)
    offset.write_text(str(days + 3600))
    until(lambda: len(host.records()) == 2)
    assert host.stop() == 0

    first, second = host.records()
    assert [first["past_due"], second["past_due"]] == [False, False]
    assert first["status"]["Last"].startswith("0001-01-01")
    assert datetime.fromisoformat(second["status"]["Next"]) > datetime.now(UTC) + timedelta(days=5)


def test_missed_occurrences_are_past_due_once(
    run_host: RunHost, tmp_path: Path, storage: Emulator
) -> None:
    """A host that comes back after three days runs a missed timer once, as past due."""
    offset = tmp_path / "offset"
    environment = {"CONNECTOR_CLOCK_OFFSET_FILE": str(offset)}
    host = run_host(_APP, environment=environment)
    offset.write_text("3600")
    until(lambda: len(host.records()) == 1)
    until(lambda: _status(storage, host)["Last"] > NEVER)
    host.stop()

    offset.write_text(str(timedelta(days=3).total_seconds()))
    late = run_host(environment=environment)
    until(lambda: len(late.records()) == 2)
    until(lambda: _status(storage, late)["Next"] > datetime.now(UTC) + timedelta(days=3))
    late.stop()
    again = run_host(environment=environment)
    assert again.call("/").status == 200
    again.stop()

    records = again.records()
    assert [each["past_due"] for each in records] == [False, True]
    assert records[1]["status"]["Last"] < records[1]["status"]["Next"]


def test_run_by_hand_is_not_past_due(run_host: RunHost) -> None:
    """POST /admin/functions/<name> runs a timer at once, past due False."""
    host = run_host(_APP)
    headers = {"x-functions-key": "test-master", "content-type": "application/json"}
    answer = call(host.port, "/admin/functions/hourly", "POST", b'{"input": ""}', headers)
    assert answer.status == 202
    until(lambda: host.records())

    assert [each["past_due"] for each in host.records()] == [False]


@pytest.mark.parametrize(
    ("stored", "past_due"),
    [
        (None, False),
        (ScheduleStatus(NEVER, _NOON - timedelta(days=1), NEVER), False),
        (ScheduleStatus(_NOON - timedelta(hours=3), _NOON - timedelta(hours=2), NEVER), True),
        (ScheduleStatus(_NOON - timedelta(hours=3), _NOON - timedelta(days=1), NEVER), False),
        (ScheduleStatus(_NOON, _NOON + timedelta(hours=1), NEVER), False),
    ],
    ids=["new", "never ran", "missed", "schedule changed", "on time"],
)
def test_status_at_the_start(stored: ScheduleStatus | None, *, past_due: bool) -> None:
    """Only a timer that ran before, on the same schedule, can be past due."""
    now = _NOON + timedelta(minutes=1)

    status, found = at_start(stored, _HOURLY, now)

    assert past_due == found
    assert found or status.next == _NOON + timedelta(hours=1)


class _Clock(MovableClock):
    """Jumps to the moment that is waited for, and ends the test at the end."""

    def __init__(self, start: datetime, end: datetime) -> None:
        super().__init__(None)
        self.moment, self._end = start, end

    @override
    def now(self) -> datetime:
        return self.moment

    @override
    async def wait_until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)
        if self.moment > self._end:
            raise asyncio.CancelledError


class _Runtime(Runtime):
    """Stores values unchanged."""

    def __init__(self) -> None:
        pass

    @override
    def datum(self, value: object, kind: str) -> Datum:
        return _Value(value, kind)


class _Value:
    def __init__(self, value: Any, kind: str | None) -> None:
        self.value, self.type = value, kind


class _Invoker(Invoker):
    """Records when a run starts; each run takes as long as the list says."""

    def __init__(self, clock: _Clock, durations: list[timedelta]) -> None:
        self._clock, self._durations = clock, durations
        self.starts: list[tuple[datetime, bool]] = []

    @override
    async def run(
        self,
        function: HostedFunction,
        value: Datum,
        metadata: Mapping[str, Datum] | None = None,
        *,
        reason: str,
        trace_id: str = "",
    ) -> Outcome:
        self.starts.append((self._clock.moment, json.loads(value.value)["IsPastDue"]))
        self._clock.moment += self._durations.pop(0) if self._durations else timedelta()
        return Outcome(ok=True)


def test_a_run_over_three_ticks_is_followed_by_one() -> None:
    """The next occurrence counts from the start of the run: one more at once, not past due."""
    clock = _Clock(_NOON + timedelta(minutes=59), _NOON + timedelta(hours=5))
    invoker = _Invoker(clock, [timedelta(hours=3, minutes=30)])
    settings = TimerSettings(_HOURLY, monitored=False, run_on_startup=False)
    function = HostedFunction("1", "hourly", {"name": "timer"}, {}, disabled=False, timer=settings)
    timer = Timer(function, settings, _Runtime(), invoker, clock, None)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(timer.run())

    early = timedelta(milliseconds=2)
    first = _NOON + timedelta(hours=1) - early
    late = first + timedelta(hours=3, minutes=30)
    assert [(first, False), (late, False)] == invoker.starts[:2]
    assert _NOON + timedelta(hours=5) - early == invoker.starts[2][0]

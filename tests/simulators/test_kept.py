"""What the simulators still know after a restart."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from azure.communication.sms import SmsClient
from azure.core.credentials import AzureKeyCredential

from local.simulators.kept import Kept
from local.simulators.server import RunningSimulators, start
from local.simulators.table import PORTS, SIMULATORS
from tests.simulators.conftest import (
    PATIENT,
    TOLL_FREE,
    Desk,
    MovableClock,
    Repeatability,
    opened,
)


@contextmanager
def _running(directory: Path, clock: MovableClock) -> Iterator[RunningSimulators]:
    running = start(directory, clock=clock)
    try:
        yield running
    finally:
        running.stop()


def _send(running: RunningSimulators, policy: Repeatability) -> str:
    client: Any = SmsClient(
        running.acs_url,
        AzureKeyCredential(running.acs_connection_key),
        connection_verify=str(running.ca_file),
        per_call_policies=[policy],
    )
    with opened(client):
        (result,) = client.send(TOLL_FREE, [PATIENT], "Hello", enable_delivery_report=True)
    return str(result.message_id)


def test_values_are_read_again_in_their_order(tmp_path: Path) -> None:
    """Later values replace earlier ones in their place; removed ones are gone."""
    file = tmp_path / "new" / "file"
    kept = Kept(file)
    kept.put("b", {"n": 1})
    kept.put("a", "é")
    kept.put("c", None)
    kept.put("b", {"n": 2})
    kept.remove("c")
    kept.remove("never there")

    again = Kept(file)

    assert again.items() == kept.items() == [("b", {"n": 2}), ("a", "é")]
    assert again.get("b") == {"n": 2}
    assert again.get("c") is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().splitlines()) == 2


def test_half_a_line_is_no_value(tmp_path: Path) -> None:
    """A process that was killed while it wrote loses that value only, and writing goes on."""
    file = tmp_path / "file"
    Kept(file).put("whole", 1)
    with file.open("a") as handle:
        handle.write('["half", {"n"')

    Kept(file).put("next", 2)

    assert Kept(file).items() == [("whole", 1), ("next", 2)]


def test_nothing_is_left_after_clear(tmp_path: Path) -> None:
    """After clear() a new process starts empty."""
    kept = Kept(tmp_path / "file")
    kept.put("key", 1)

    kept.clear()

    assert kept.items() == Kept(tmp_path / "file").items() == []


def test_phones_and_opt_outs_survive_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    """Texts, replies, notices, events and opt-outs are those of before."""
    with _running(tmp_path, clock) as first:
        _send(first, Repeatability())
        first.acs.reply(PATIENT, TOLL_FREE, "STOP")
        before = first.acs.memory.entries()
        events = Desk(first.desk_url).call("GET", "/control/events")

    with _running(tmp_path, clock) as second:
        assert second.acs.memory.entries() == before
        assert second.acs.opt_outs.refuses(TOLL_FREE, PATIENT)
        assert Desk(second.desk_url).call("GET", "/control/events") == events
        second.acs.reply(PATIENT, TOLL_FREE, "START")

    with _running(tmp_path, clock) as third:
        assert len(third.acs.memory.entries()) == len(before) + 2
        assert not third.acs.opt_outs.refuses(TOLL_FREE, PATIENT)


def test_a_repeated_send_is_recognised_after_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    """The same repeatability id gets the first answer from a new process too, for five minutes."""
    policy = Repeatability()
    with _running(tmp_path, clock) as first:
        sent = _send(first, policy)

    with _running(tmp_path, clock) as second:
        assert _send(second, policy) == sent
        clock.move(minutes=6)
        assert _send(second, policy) != sent


def test_bookings_survive_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    """The next process knows every appointment, until a reset."""
    start_local = datetime(2026, 12, 1, 13, 30)  # noqa: DTZ001 the hospital's wall clock
    with _running(tmp_path, clock) as first:
        first.bookings.door_url = "http://127.0.0.1:1/hl7/c1"
        for minutes in (0, 30):
            first.bookings.book(
                phone="(608)555-0142",
                language="SPA",
                start=start_local + timedelta(minutes=minutes),
                is_video=True,
                processing="P",
                certificate="none",
            )
        before = first.bookings.appointments()

    with _running(tmp_path, clock) as second:
        assert second.bookings.appointments() == before
        second.reset()

    with _running(tmp_path, clock) as third:
        assert third.bookings.appointments() == []


def test_every_listener_has_a_name_a_port_and_an_option_of_its_own() -> None:
    """The table is unambiguous."""
    assert len(PORTS) == len({row.port for row in SIMULATORS}) == len(SIMULATORS)

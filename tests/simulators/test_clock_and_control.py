"""The movable clock, and the control endpoints for tests in another process."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.simulators.clock import OFFSET_FILE_VARIABLE, SimulatorClock, clock_from_environment
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import PATIENT, TOLL_FREE, Desk

NEARLY = timedelta(seconds=5)


def _offset(clock: SimulatorClock) -> timedelta:
    return clock.now() - clock.real_now()


def _is_near(found: timedelta, seconds: float) -> bool:
    return abs(found - timedelta(seconds=seconds)) < NEARLY


def test_the_clock_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = SimulatorClock(file)

    without = _offset(clock)
    file.write_text("3600\n")
    moved = _offset(clock)
    file.write_text("-86400.5")
    back = _offset(clock)
    file.write_text("")
    emptied = _offset(clock)
    file.write_text("90")
    again = _offset(clock)
    file.unlink()

    assert _is_near(without, 0)
    assert _is_near(moved, 3600)
    assert _is_near(back, -86400.5)
    assert _is_near(emptied, 0)
    assert _is_near(again, 90)
    assert _is_near(_offset(clock), 0)


def test_a_half_written_file_does_not_stop_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = SimulatorClock(file)
    file.write_text("60")
    before = _offset(clock)
    file.write_text("6x")

    assert _is_near(before, 60)
    assert _is_near(_offset(clock), 60)


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "offset"
    file.write_text("7200")
    monkeypatch.setenv(OFFSET_FILE_VARIABLE, str(file))

    assert _is_near(_offset(clock_from_environment()), 7200)


def test_requests_can_be_read_by_target_and_verdict(sms: Any, desk: Desk) -> None:
    sms.send(TOLL_FREE, [PATIENT], "Hello", tag="t1")

    (found,) = desk.call("GET", "/control/requests?target=acs&verdict=accepted&at_least=1")
    none = desk.call("GET", "/control/requests?target=keyvault")

    assert (found["target"], found["path"], found["status"]) == ("acs", "/sms", 202)
    assert found["body"]["smsRecipients"][0]["to"] == PATIENT
    assert found["details"]["tag"] == "t1"
    assert none == []


def test_a_reset_forgets_everything_but_keys(
    sms: Any, desk: Desk, simulators: RunningSimulators
) -> None:
    conduct = {
        "honour_repeatability": False,
        "block": [PATIENT],
        "details": "Spam",
        "opted_out": "code",
    }
    desk.call("POST", "/control/acs", conduct)
    desk.call("POST", "/control/faults", {"target": "keyvault", "kind": "status"})
    sms.send(TOLL_FREE, [PATIENT], "Hello")
    key = simulators.acs_connection_key

    desk.call("POST", "/control/reset")

    assert desk.call("GET", "/control/requests") == []
    assert desk.call("GET", "/phone.json") == {}
    assert desk.call("GET", "/control/acs") == {
        "honour_repeatability": True,
        "delivery": "Delivered",
        "opt_outs": [],
        "blocked": [],
        "details": "Carrier error.",
        "opted_out": "words",
    }
    assert simulators.faults.plan.pending() == 0
    assert simulators.acs_connection_key == key


@pytest.mark.parametrize(
    "document",
    [[], {"blocked": []}, {"block": "all"}, {"delivery": "Maybe"}, {"honour_repeatability": "no"}],
)
def test_unusable_conduct_is_refused(desk: Desk, document: object) -> None:
    assert desk.try_call("POST", "/control/acs", document)[0] == 400


def test_unknown_controls_are_not_found(desk: Desk) -> None:
    assert desk.try_call("POST", "/control/everything", {})[0] == 404
    assert desk.try_call("GET", "/control/requests?at_least=many")[0] == 400

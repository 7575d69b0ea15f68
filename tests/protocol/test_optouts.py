"""Asking for opt-outs with the real SDK's client, against the simulated service."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from local.memory.ports import MemorySecrets
from local.simulators.server import RunningSimulators, start
from shared_code.texting.adapters.acs.optouts import ServiceOptOuts
from shared_code.vault.ports import Secrets
from tests.protocol.sms_sending import KEY_SECRET, PATIENT, SENDER, ClosedVault
from tests.support.canaries import find, numbers
from tests.support.settings import settings_for
from tests.support.unreachable import closed_port

OTHER_PATIENT = "+16085550143"
READ_TIMEOUT = 10.0
"""Seconds. Read timeout if an answer is expected: a busy machine may be slow."""

type Open = Callable[..., ServiceOptOuts]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators for all tests of this module."""
    simulators = start(tmp_path_factory.mktemp("sms"))
    yield simulators
    simulators.stop()


@pytest.fixture
def simulators(running: RunningSimulators) -> RunningSimulators:
    """Return the simulators, reset before each test."""
    running.reset()
    return running


@pytest.fixture
def open_service(simulators: RunningSimulators) -> Iterator[Open]:
    """Create clients and close them after the test."""
    made: list[ServiceOptOuts] = []

    def open_one(
        key: str | Secrets | None = simulators.acs_connection_key,
        url: str = simulators.acs_url,
        ca_file: Path | str = simulators.ca_file,
        read_timeout: float = READ_TIMEOUT,
    ) -> ServiceOptOuts:
        settings = settings_for(
            CONNECTOR_ACS_ENDPOINT=url,
            CONNECTOR_ACS_KEY_SECRET="" if key is None else KEY_SECRET,
            CONNECTOR_TRUSTED_CA_FILE=str(ca_file),
        )
        secrets = MemorySecrets({KEY_SECRET: key}) if isinstance(key, str) else key
        made.append(
            ServiceOptOuts(
                settings,
                secrets or MemorySecrets(),
                connection_timeout=0.5,
                read_timeout=read_timeout,
            )
        )
        return made[-1]

    yield open_one
    for each in made:
        each.close()


def _asked(simulators: RunningSimulators) -> int:
    return len(simulators.memory.requests("acs"))


def test_stop_and_start_are_told_by_sender_and_recipient(
    open_service: Open, simulators: RunningSimulators
) -> None:
    """The service stores them for each pair."""
    service = open_service()
    assert service.opted_out(SENDER, PATIENT) is False

    simulators.acs.reply(PATIENT, SENDER, "stop")

    assert service.opted_out(SENDER, PATIENT) is True
    assert service.opted_out(SENDER, OTHER_PATIENT) is False
    assert service.opted_out("55501", PATIENT) is False
    simulators.acs.reply(PATIENT, SENDER, "START")
    assert service.opted_out(SENDER, PATIENT) is False


def test_what_the_service_refuses_is_unknown(
    open_service: Open, simulators: RunningSimulators
) -> None:
    """A sending number that is not ours, and a text that is not a number."""
    service = open_service()
    assert service.opted_out("+18005550999", PATIENT) is None
    assert service.opted_out(SENDER, "(608)555-0142") is None
    assert _asked(simulators) == 2


@pytest.mark.parametrize("status", [200, 204, 307, 400, 401, 403, 404, 408, 429, 500, 503])
def test_every_other_status_is_unknown_after_one_request(
    open_service: Open, simulators: RunningSimulators, status: int
) -> None:
    """The SDK does not retry or wait."""
    fault = {"kind": "status", "status": status, "retry_after": 1, "times": None}
    simulators.faults.add({"target": "acs", **fault})

    assert open_service().opted_out(SENDER, PATIENT) is None
    assert _asked(simulators) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after_acting"},
        {"kind": "hold_before_acting"},
        {"kind": "late", "seconds": 5},
        {"kind": "garbage"},
        {"kind": "truncate"},
        {"kind": "truncate", "stall": True},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_lost_late_or_broken_answer_is_unknown(
    open_service: Open, simulators: RunningSimulators, fault: dict[str, object]
) -> None:
    """The text does not wait for the answer."""
    simulators.faults.add({"target": "acs", **fault})

    assert open_service(read_timeout=0.4).opted_out(SENDER, PATIENT) is None


def test_a_closed_port_and_a_foreign_certificate_are_unknown(open_service: Open) -> None:
    """A service that cannot prove its identity is not asked."""
    address = closed_port().partition("BlobEndpoint=")[2].partition(";")[0]
    nobody = "https://" + address.split("/")[2]

    assert open_service(url=nobody).opted_out(SENDER, PATIENT) is None
    assert open_service(ca_file="").opted_out(SENDER, PATIENT) is None


@pytest.mark.parametrize(
    "secrets",
    [
        MemorySecrets(),
        MemorySecrets({KEY_SECRET: ""}),
        MemorySecrets({KEY_SECRET: "not base64"}),
        ClosedVault(),
    ],
    ids=["missing", "empty", "unusable", "vault-closed"],
)
def test_without_a_key_nothing_leaves(
    open_service: Open, simulators: RunningSimulators, secrets: Secrets
) -> None:
    """An unsigned request would not be answered, so none is made."""
    assert open_service(key=secrets).opted_out(SENDER, PATIENT) is None
    assert _asked(simulators) == 0


def test_a_wrong_key_is_mended_without_a_restart(
    open_service: Open, simulators: RunningSimulators
) -> None:
    """The next request uses the vault's current key."""
    secrets = MemorySecrets({KEY_SECRET: base64.b64encode(b"k" * 64).decode()})
    service = open_service(key=secrets)
    assert service.opted_out(SENDER, PATIENT) is None

    secrets.secrets[KEY_SECRET] = simulators.acs_connection_key

    assert service.opted_out(SENDER, PATIENT) is False


def test_without_a_key_secret_the_managed_identity_asks(
    open_service: Open, simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It uses the token of App Service's endpoint; without a token the result is unknown."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    simulators.faults.add({"target": "msi", "kind": "status", "status": 500})

    assert open_service(key=None).opted_out(SENDER, PATIENT) is None
    assert _asked(simulators) == 0
    assert open_service(key=None).opted_out(SENDER, PATIENT) is False


def test_many_threads_share_one_client(open_service: Open, simulators: RunningSimulators) -> None:
    """Each gets the answer to its own request."""
    service, barrier = open_service(), Barrier(16, timeout=30)
    patients = [f"+160855501{number:02d}" for number in range(16)]
    for patient in patients[::2]:
        simulators.acs.reply(patient, SENDER, "STOP")

    def ask(patient: str) -> bool | None:
        barrier.wait()
        return service.opted_out(SENDER, patient)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, patients)) == [True, False] * 8


def test_a_closed_client_opens_again(open_service: Open) -> None:
    """Closing ends connections, not the client."""
    service = open_service()
    assert service.opted_out(SENDER, PATIENT) is False
    service.close()
    assert service.opted_out(SENDER, PATIENT) is False


@pytest.mark.parametrize("kind", ["status", "garbage", "truncate", "late"])
def test_no_log_holds_a_number(
    open_service: Open, simulators: RunningSimulators, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """Not even with every library at DEBUG."""
    caplog.set_level(logging.DEBUG)
    more: dict[str, Any] = {"status": {"status": 500}, "late": {"seconds": 0}}.get(kind, {})
    simulators.faults.add({"target": "acs", "kind": kind, **more})

    open_service().opted_out(SENDER, PATIENT)

    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert caplog.records != []
    assert find(logged.encode(), numbers(PATIENT, SENDER)) == []

"""The key vault as simulated: managed identity, challenge, cache, failures."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from local.memory.ports import MemorySecrets
from local.simulators.server import RunningSimulators, start
from shared_code.errors import NotStored
from shared_code.security.keys import PAYLOAD_KEY, RINGS, KeyRing
from shared_code.vault.rings import VaultRings
from shared_code.vault.secrets import KEPT, VaultSecrets
from tests.support.settings import settings_for
from tests.world.clock import FixedClock

CANARY = "canary-value"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators for all tests of this module."""
    simulators = start(tmp_path_factory.mktemp("vault"))
    yield simulators
    simulators.stop()


@pytest.fixture
def simulators(running: RunningSimulators, monkeypatch: pytest.MonkeyPatch) -> RunningSimulators:
    """Return the simulators after a reset, with the identity endpoint set as in App Service."""
    running.reset()
    monkeypatch.setenv("IDENTITY_ENDPOINT", running.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", running.identity_header)
    return running


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def new_worker(
    simulators: RunningSimulators, clock: FixedClock
) -> Iterator[Callable[..., VaultSecrets]]:
    """Create what a newly started worker would use."""
    made: list[VaultSecrets] = []

    def make(ca_file: str = str(simulators.ca_file)) -> VaultSecrets:
        settings = settings_for(
            CONNECTOR_VAULT_URL=simulators.keyvault_url, CONNECTOR_TRUSTED_CA_FILE=ca_file
        )
        made.append(VaultSecrets(settings, clock))
        return made[-1]

    yield make
    for vault in made:
        vault.close()


@pytest.fixture
def vault(new_worker: Callable[..., VaultSecrets]) -> VaultSecrets:
    """Return the vault client of the app."""
    return new_worker()


def test_a_secret_is_read_with_the_managed_identity(
    vault: VaultSecrets, simulators: RunningSimulators
) -> None:
    _put(simulators, "acs-key", CANARY)

    assert vault.get("acs-key") == CANARY
    assert len(simulators.memory.requests("msi")) == 1


def test_a_secret_is_asked_for_once_an_hour(
    vault: VaultSecrets, simulators: RunningSimulators, clock: FixedClock
) -> None:
    _put(simulators, "rotated", "old")
    vault.get("rotated")
    _put(simulators, "rotated", "new")

    clock.now += KEPT - timedelta(seconds=1)
    assert vault.get("rotated") == "old"
    clock.now += timedelta(seconds=1)
    assert vault.get("rotated") == "new"


def test_a_clock_that_goes_back_does_not_keep_a_secret_longer(
    vault: VaultSecrets, simulators: RunningSimulators, clock: FixedClock
) -> None:
    _put(simulators, "moved", "old")
    vault.get("moved")
    _put(simulators, "moved", "new")

    clock.now -= timedelta(days=1)

    assert vault.get("moved") == "new"


def test_a_missing_secret_is_none_and_asked_for_again(
    vault: VaultSecrets, simulators: RunningSimulators
) -> None:
    assert vault.get("late-secret") is None

    _put(simulators, "late-secret", "there")

    assert vault.get("late-secret") == "there"


@pytest.mark.parametrize("target", ["keyvault", "msi"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429, "retry_after": 600},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 500},
        {"kind": "garbage"},
        {"kind": "drop_after_acting"},
        {"kind": "truncate"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_trouble_is_not_stored_without_a_word_of_the_sdk(
    vault: VaultSecrets,
    simulators: RunningSimulators,
    new_worker: Callable[..., VaultSecrets],
    target: str,
    fault: dict[str, object],
) -> None:
    _put(simulators, "troubled", CANARY)
    simulators.faults.add({"target": target, "times": None, **fault})

    with pytest.raises(NotStored) as raised:
        vault.get("troubled")

    trace = "".join(traceback.format_exception(raised.value))
    assert "127.0.0.1" not in trace
    assert "azure" not in trace.replace("/site-packages/azure", "")
    assert CANARY not in trace
    simulators.faults.clear()
    # MSAL caches an identity endpoint's refusal for some seconds
    healed = vault if target == "keyvault" else new_worker()
    assert healed.get("troubled") == CANARY


def test_a_vault_of_an_unknown_authority_is_not_trusted(
    new_worker: Callable[..., VaultSecrets],
) -> None:
    with pytest.raises(NotStored):
        new_worker(ca_file="").get("acs-key")


def test_a_closed_vault_connects_anew(vault: VaultSecrets, simulators: RunningSimulators) -> None:
    _put(simulators, "before", "1")
    _put(simulators, "after", "2")
    vault.get("before")

    vault.close()
    vault.close()

    assert vault.get("after") == "2"


def test_each_ring_is_read_by_its_name(vault: VaultSecrets, simulators: RunningSimulators) -> None:
    rings = {name: KeyRing.new() for name in RINGS}
    for name, ring in rings.items():
        _put(simulators, name, ring.write())

    read = VaultRings(vault)

    assert (read.hash, read.payload, read.link, read.cookie) == tuple(rings.values())


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        CANARY,
        "[]",
        "5",
        '{"current": "1"}',
        '{"current": "2", "keys": {}}',
        '{"current": [], "keys": {}}',
        '{"current": "1", "keys": {"1": "c2hvcnQ="}}',
        '{"current": "1", "keys": {"1": 5}}',
        '{"current": "1", "keys": ["1"]}',
    ],
)
def test_a_ring_that_is_missing_or_broken_is_not_stored(secret: str | None) -> None:
    rings = VaultRings(MemorySecrets({} if secret is None else {PAYLOAD_KEY: secret}))

    with pytest.raises(NotStored) as raised:
        _ = rings.payload

    assert CANARY not in "".join(traceback.format_exception(raised.value))


def _put(simulators: RunningSimulators, name: str, value: str) -> None:
    simulators.keyvault.store.add(
        name=name,
        value=value,
        content_type=None,
        tags=None,
        created=0,
        enabled=True,
        not_before=None,
        expires=None,
    )

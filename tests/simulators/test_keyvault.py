"""The vault with its real SDK: challenge, tokens, versions, and secrets that persist."""

import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets._shared import http_challenge_cache

from local.simulators.memory import ACCEPTED, REFUSED
from local.simulators.server import RunningSimulators, start
from tests.simulators.conftest import MovableClock


class FixedToken:
    """A credential that always returns the same token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken(self.token, int((datetime.now(UTC) + timedelta(hours=1)).timestamp()))


type OpenVault = Callable[[object], SecretClient]


@pytest.fixture(autouse=True)
def _new_challenges() -> None:
    """Clear the SDK's challenges, which are cached for the whole process."""
    http_challenge_cache.clear()


@pytest.fixture
def open_vault(simulators: RunningSimulators) -> Iterator[OpenVault]:
    clients: list[SecretClient] = []

    def make(credential: object) -> SecretClient:
        client = SecretClient(
            simulators.keyvault_url,
            credential,  # type: ignore[arg-type]
            connection_verify=str(simulators.ca_file),
            retry_total=0,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def identity(
    simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ManagedIdentityCredential]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    with ManagedIdentityCredential() as credential:
        yield credential


@pytest.fixture
def vault(open_vault: OpenVault, identity: ManagedIdentityCredential) -> SecretClient:
    return open_vault(identity)


def test_the_first_call_is_challenged_and_the_second_brings_a_token(
    vault: SecretClient, simulators: RunningSimulators
) -> None:
    vault.set_secret("signing-1", "first")

    challenged, answered = simulators.memory.requests("keyvault")
    (token,) = simulators.memory.requests("msi")
    assert (challenged.verdict, challenged.status, challenged.body["bytes"]) == (REFUSED, 401, 0)
    assert (answered.verdict, answered.status) == (ACCEPTED, 200)
    assert token.body == {"resource": simulators.keyvault.resource}


def test_no_value_of_a_secret_is_remembered(
    vault: SecretClient, simulators: RunningSimulators
) -> None:
    vault.set_secret("signing-2", "CANARY-VALUE")

    assert "CANARY-VALUE" not in repr(simulators.memory.requests())


def test_versions_are_kept_and_the_newest_is_the_answer(vault: SecretClient) -> None:
    first = vault.set_secret("rotated", "one", content_type="text/plain", tags={"kid": "k1"})
    second = vault.set_secret("rotated", "two")

    versions = [found.version for found in vault.list_properties_of_secret_versions("rotated")]
    latest = vault.get_secret("rotated")
    older = vault.get_secret("rotated", first.properties.version)
    assert versions == [first.properties.version, second.properties.version]
    assert (latest.value, older.value) == ("two", "one")
    assert (older.properties.content_type, older.properties.tags) == ("text/plain", {"kid": "k1"})
    assert "rotated" in [found.name for found in vault.list_properties_of_secrets()]


def test_attributes_come_back_and_a_disabled_secret_is_not_given_out(vault: SecretClient) -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    kept = vault.set_secret("limited", "x", expires_on=until)
    vault.set_secret("disabled", "x", enabled=False)

    with pytest.raises(HttpResponseError) as refusal:
        vault.get_secret("disabled")
    assert (kept.properties.enabled, kept.properties.expires_on) == (True, until)
    assert refusal.value.status_code == 403


@pytest.mark.parametrize("version", [None, "0" * 32])
def test_what_is_not_there_is_not_found(vault: SecretClient, version: str | None) -> None:
    with pytest.raises(ResourceNotFoundError) as missing:
        vault.get_secret("nothing-here", version)

    assert missing.value.error is not None
    assert missing.value.error.code == "SecretNotFound"


def test_an_unknown_token_is_refused(open_vault: OpenVault) -> None:
    with pytest.raises(ClientAuthenticationError):
        open_vault(FixedToken("forged")).get_secret("any")


def test_a_token_for_another_audience_is_refused(
    open_vault: OpenVault, simulators: RunningSimulators
) -> None:
    until = simulators.clock.real_now() + timedelta(hours=1)
    token = simulators.tokens.issue("https://communication.azure.com/", until)

    with pytest.raises(ClientAuthenticationError):
        open_vault(FixedToken(token)).get_secret("any")


def test_an_expired_token_is_refused(
    open_vault: OpenVault, simulators: RunningSimulators, clock: MovableClock
) -> None:
    until = clock.real_now() + timedelta(hours=1)
    vault = open_vault(FixedToken(simulators.tokens.issue(simulators.keyvault.resource, until)))
    vault.set_secret("kept", "x")
    clock.real_moved = timedelta(hours=2)

    with pytest.raises(ClientAuthenticationError):
        vault.get_secret("kept")


def test_the_identity_endpoint_wants_its_header(
    open_vault: OpenVault, simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")

    with ManagedIdentityCredential() as credential, pytest.raises(ClientAuthenticationError):
        open_vault(credential).get_secret("any")

    assert [record.verdict for record in simulators.memory.requests("msi")] == [REFUSED]


def test_secrets_and_keys_outlive_the_process(tmp_path: Path, clock: MovableClock) -> None:
    first = start(tmp_path, clock=clock)
    first.keyvault.store.add(
        name="kept",
        value="still here",
        content_type=None,
        tags=None,
        created=0,
        enabled=True,
        not_before=None,
        expires=None,
    )
    first.stop()

    second = start(tmp_path, clock=clock)
    second.stop()

    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("keyvault/secrets.json", "acs/key")
    ]
    assert [secret.value for secret in second.keyvault.store.versions("kept")] == ["still here"]
    assert first.acs_connection_key == second.acs_connection_key
    assert modes == [0o600, 0o600]

"""The Microsoft leg over the wire: the real MSAL, the real door out, Entra's pages and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.simulators.entra.directory import CLIENT_ID, FABRIKAM, LAMNA, USER_IDENTITY
from local.simulators.server import RunningSimulators, start
from shared_code.errors import ConnectorError
from shared_code.identity.errors import CredentialRefused, SignInError, SignInRefused
from shared_code.identity.msal_app_tokens import MsalAppTokens
from shared_code.identity.msal_sign_in import MsalSignIn
from shared_code.identity.sign_in import MicrosoftAccount
from shared_code.outbound.gate import Gate
from shared_code.outbound.key_sets import PAUSE, KeySets
from tests.simulators.sign_in import CALLBACK, DANA, GUEST, KIM, Browser, Page
from tests.support.settings import settings_for

OID = "0a000000-0000-4000-8000-00000000000d"
SCOPE = "https://graph.microsoft.com/.default"


class Worker:
    """One worker of ours at the simulated Entra."""

    def __init__(self, simulators: RunningSimulators, **changes: str) -> None:
        self.simulators = simulators
        self.ahead = timedelta(0)
        settings = settings_for(
            **{
                "CONNECTOR_ENTRA_CLIENT_ID": CLIENT_ID,
                "CONNECTOR_ENTRA_TENANT_ID": LAMNA,
                "CONNECTOR_ENTRA_SECRET_NAME": "entra-secret",
                "CONNECTOR_LOGIN_URL": simulators.urls["entra"],
                "CONNECTOR_PUBLIC_URL": CALLBACK.removesuffix("/signin/callback"),
                "CONNECTOR_OUTBOUND_LOOPBACK": "on",
                "CONNECTOR_TRUSTED_CA_FILE": str(simulators.ca_file),
                **changes,
            }
        )
        self.gate = Gate(settings)
        secrets = {"entra-secret": simulators.entra.registration.secret}
        sets = KeySets(self.gate, lambda: datetime.now(UTC) + self.ahead)
        self.sign_in = MsalSignIn(settings, self.gate, secrets.get, sets)
        self.app_tokens = MsalAppTokens(settings, self.gate, secrets.get)

    def signed_in(self, username: str = DANA) -> MicrosoftAccount:
        """Go to the account picker, choose, and come back."""
        started = self.sign_in.start("state-1")
        return self.sign_in.finish(started.flow, self.chosen(started.url, username).returned)

    def chosen(self, url: str, username: str = DANA) -> Page:
        """Choose an account."""
        return Browser().press(url, account=username)

    def play(self, code: str) -> None:
        """Let Entra make that error once."""
        self.simulators.entra.configure({"errors": [{"code": code}]})

    def failure(self) -> ConnectorError:
        """Sign in and be refused."""
        with pytest.raises(ConnectorError) as failed:
            self.signed_in()
        return failed.value


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators for all tests of this module."""
    simulators = start(tmp_path_factory.mktemp("entra"))
    yield simulators
    simulators.stop()


@pytest.fixture
def worker(running: RunningSimulators) -> Iterator[Worker]:
    """A worker of a registered app."""
    running.reset()
    running.entra.registration.change("redirect_uris", [CALLBACK])
    worker = Worker(running)
    yield worker
    worker.gate.close()


def test_a_clinician_signs_in(worker: Worker) -> None:
    """With the account that was chosen, as the verified id_token names it."""
    assert MicrosoftAccount(LAMNA, OID, DANA, guest=False) == worker.signed_in()


def test_guests_and_foreign_accounts(worker: Worker) -> None:
    """A guest is one of this tenant; Entra shows a foreign account its own page."""
    for name in (GUEST, "rae@partner.example", "lee@partner.example"):
        found = worker.signed_in(name)
        assert (found.tenant, found.username, found.guest) == (LAMNA, name, True)
    assert 200 <= worker.chosen(worker.sign_in.start("state-1").url, KIM).status < 500


@pytest.mark.parametrize(
    ("code", "error", "digits"),
    [
        ("cancelled", SignInError.CANCELLED, ""),
        ("65004", SignInError.CONSENT, "65004"),
        ("50079", SignInError.INTERACTION, "50079"),
        ("90033", SignInError.UNAVAILABLE, "90033"),
        ("54005", SignInError.OTHER, "54005"),
        ("70008", SignInError.OTHER, "70008"),
        ("50076", SignInError.INTERACTION, "50076"),
        ("id_token_issuer", SignInError.TOKEN, ""),
        ("id_token_audience", SignInError.TOKEN, ""),
        ("id_token_nonce", SignInError.TOKEN, ""),
        ("id_token_expired", SignInError.TOKEN, ""),
        ("id_token_not_yet_valid", SignInError.TOKEN, ""),
        ("id_token_unknown_key", SignInError.TOKEN, ""),
        ("id_token_missing", SignInError.TOKEN, ""),
    ],
)
def test_what_does_not_succeed_has_a_reason(
    worker: Worker, code: str, error: SignInError, digits: str
) -> None:
    """And the next attempt does."""
    worker.play(code)
    failure = worker.failure()

    assert isinstance(failure, SignInRefused)
    assert (error, digits) == (failure.error, failure.aadsts)
    assert worker.signed_in().oid == OID


def test_an_id_token_of_another_tenant_says_so(worker: Worker) -> None:
    """It is verified as that tenant's; whether it may come in is decided elsewhere."""
    worker.play("id_token_tenant")

    assert worker.signed_in().tenant == FABRIKAM


def test_new_keys_are_found_by_their_first_token(worker: Worker) -> None:
    """A minute after the last look at them."""
    worker.signed_in()
    worker.simulators.entra.configure({"rotate_keys": "withdraw"})
    worker.ahead = PAUSE

    assert worker.signed_in().oid == OID


@pytest.mark.parametrize("code", ["7000215", "7000222", "700024", "700213"])
def test_our_credential_fails(worker: Worker, code: str) -> None:
    """In the sign-in and for the app's tokens; both mend themselves."""
    worker.play(code)
    failure = worker.failure()
    assert isinstance(failure, CredentialRefused)
    assert code == failure.aadsts
    worker.play(code)
    with pytest.raises(CredentialRefused) as refused:
        worker.app_tokens.token(LAMNA, SCOPE)

    assert code == refused.value.aadsts
    assert worker.signed_in().oid == OID
    assert worker.app_tokens.token(LAMNA, SCOPE)


def test_an_access_token_is_kept(worker: Worker) -> None:
    """Microsoft is asked once."""
    tokens = {worker.app_tokens.token(LAMNA, SCOPE) for _ in range(5)}

    assert len(tokens) == 1


def test_the_managed_identity_signs(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Azure: no secret, for the app's tokens and for the sign-in."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", worker.simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", worker.simulators.identity_header)
    federated: dict[str, Any] = {
        "CONNECTOR_ENTRA_SECRET_NAME": "",
        "CONNECTOR_IDENTITY_CLIENT_ID": USER_IDENTITY,
    }
    azure = Worker(worker.simulators, **federated)

    assert azure.app_tokens.token(LAMNA, SCOPE)
    assert azure.signed_in().oid == OID
    azure.gate.close()

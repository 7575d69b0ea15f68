"""The managed identity as App Service offers it: one factory, and what signs for the Entra app."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from local.faults.listener import Answer, Listener, Request, json_headers
from shared_code.identity.credential import managed_identity
from shared_code.identity.errors import CredentialRefused
from shared_code.identity.msal_app_tokens import MsalAppTokens
from tests.support.entra import CLIENT, TENANT, TOKEN, Entra, assertion, secrets, settings

IDENTITY = "5d1f1b7c-0000-4000-8000-000000000009"
GRAPH = "https://graph.microsoft.com/.default"
HEADER = "the header's value"


class IdentityEndpoint:
    """Issues a token for whatever is asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200

    def __call__(self, request: Request) -> Answer:
        """Serve one request."""
        self.requests.append(request)
        issued = {
            "access_token": f"identity token {len(self.requests)}",
            "expires_on": str(int(time.monotonic()) + 10**10),
            "resource": request.query["resource"],
            "token_type": "Bearer",
        }
        if self.status != 200:
            issued = {"statusCode": str(self.status), "message": "No User Assigned identity"}
        return Answer(self.status, json.dumps(issued).encode("utf-8"), json_headers())


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    """The endpoint, announced as App Service does."""
    endpoint = IdentityEndpoint()
    listener = Listener(endpoint)
    listener.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{listener.port}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    yield endpoint
    listener.stop()


@pytest.mark.parametrize("client_id", ["", IDENTITY])
def test_the_identity_is_the_one_of_the_setting(endpoint: IdentityEndpoint, client_id: str) -> None:
    """A user-assigned one is named by its client id; without it the app's own is asked for."""
    app = settings(CONNECTOR_IDENTITY_CLIENT_ID=client_id)
    with managed_identity(app, retry_total=0) as credential:
        credential.get_token("https://vault.azure.net/.default")

    (sent,) = endpoint.requests
    assert sent.query["resource"] == "https://vault.azure.net"
    assert client_id == sent.query.get("client_id", "")
    assert sent.header("X-IDENTITY-HEADER") == HEADER


def test_in_azure_the_identity_signs_for_the_app(endpoint: IdentityEndpoint) -> None:
    """Its token is the app's assertion, asked for once; there is no secret."""
    entra = Entra()
    app = settings(CONNECTOR_ENTRA_SECRET_NAME="", CONNECTOR_IDENTITY_CLIENT_ID=IDENTITY)
    tokens = MsalAppTokens(app, entra, secrets({}))

    assert tokens.token(TENANT, GRAPH) == "opaque"
    assert tokens.token(TENANT, "https://other.example/.default") == "opaque"
    first, second = entra.asked(TOKEN)
    assert {"identity token 1"} == {assertion(first), assertion(second)}
    assert (
        (first.form["client_assertion_type"])
        == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    )
    assert (first.form["client_id"], first.form.get("client_secret")) == (CLIENT, None)
    (sent,) = endpoint.requests
    assert (
        sent.query["resource"],
        sent.query["client_id"],
    ) == ("api://AzureADTokenExchange", IDENTITY)


def test_an_identity_that_is_not_there_is_our_mistake(endpoint: IdentityEndpoint) -> None:
    """Not assigned, or not allowed: said without the endpoint's words."""
    endpoint.status = 400
    app = settings(CONNECTOR_ENTRA_SECRET_NAME="")

    with pytest.raises(CredentialRefused) as refused:
        MsalAppTokens(app, Entra(), secrets({})).token(TENANT, GRAPH)
    assert refused.value.__suppress_context__
    assert refused.value.aadsts == ""

"""Access tokens of the Entra app: cached, and every failure in our words."""

from __future__ import annotations

from itertools import count
from typing import Any

import jwt
import pytest
import trustme

from shared_code.errors import ConnectorError, NotStored
from shared_code.identity.errors import CREDENTIAL_REFUSED, CredentialRefused
from shared_code.identity.msal_app_tokens import MsalAppTokens
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from tests.support.entra import (
    CLIENT,
    DISCOVERY,
    SECRET,
    TENANT,
    TOKEN,
    Entra,
    assertion,
    refusal,
    secrets,
    settings,
)
from tests.support.outbound import Scripted, answer

GRAPH = "https://graph.microsoft.com/.default"
OTHER_TENANT = "72f988bf-0000-4000-8000-000000000009"


def _tokens(entra: Entra, secret: str | None = SECRET) -> MsalAppTokens:
    """Return tokens on a clock on which every failure is old at once."""
    kept = {} if secret is None else {"entra-secret": secret}
    return MsalAppTokens(settings(), entra, secrets(kept), count(step=60).__next__)


def _failure(tokens: MsalAppTokens) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        tokens.token(TENANT, GRAPH)
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    assert SECRET not in repr(failed.value)
    return failed.value


def test_a_token_is_asked_for_once() -> None:
    """With the secret from the vault; later ones come from memory."""
    entra = Entra()
    tokens = _tokens(entra)

    assert [tokens.token(TENANT, GRAPH) for _ in range(3)] == ["opaque"] * 3
    (sent,) = entra.asked(TOKEN)
    assert tuple(sent.form[name] for name in ("client_id", "scope", "grant_type")) == (
        CLIENT,
        GRAPH,
        "client_credentials",
    )
    assert sent.form["client_secret"] == SECRET
    assert len(entra.asked(DISCOVERY)) == 1


def test_nobody_else_is_asked() -> None:
    """Neither for a list of Microsoft's clouds nor for the person's realm."""
    entra = Entra()
    _tokens(entra).token(TENANT, GRAPH)

    assert {DISCOVERY, TOKEN} == {sent.url for sent in entra.sent}


def test_each_tenant_has_its_own_tokens() -> None:
    """A token of one is never used for the other."""
    entra = Entra()
    for url in (DISCOVERY, TOKEN):
        entra.answers[url.replace(TENANT, OTHER_TENANT)] = entra.answers[url]
    entra.answers[DISCOVERY.replace(TENANT, OTHER_TENANT)] = answer(
        {
            "authorization_endpoint": "https://x.example/a",
            "token_endpoint": TOKEN.replace(TENANT, OTHER_TENANT),
        }
    )
    entra.answers[TOKEN.replace(TENANT, OTHER_TENANT)] = answer(
        {"access_token": "another", "expires_in": 3600}
    )
    tokens = _tokens(entra)

    assert [tokens.token(tenant, GRAPH) for tenant in (TENANT, OTHER_TENANT, TENANT)] == [
        "opaque",
        "another",
        "opaque",
    ]


def test_a_certificate_signs_an_assertion() -> None:
    """A PEM with key and certificate in the vault; the secret itself does not travel."""
    rsa = trustme.KeyType.RSA
    leaf = trustme.CA(key_type=rsa).issue_cert("connector.lamna.example", key_type=rsa)
    pem = leaf.private_key_and_cert_chain_pem.bytes()
    entra = Entra()

    assert _tokens(entra, pem.decode("ascii")).token(TENANT, GRAPH) == "opaque"
    (sent,) = entra.asked(TOKEN)
    assert "client_secret" not in sent.form
    claims = jwt.decode(assertion(sent), options={"verify_signature": False})
    assert tuple(claims[name] for name in ("iss", "sub", "aud")) == (CLIENT, CLIENT, TOKEN)
    assert {"x5t#S256", "x5c"} & jwt.get_unverified_header(assertion(sent)).keys()


@pytest.mark.parametrize(
    ("error", "description", "status", "digits"),
    [
        (
            "invalid_client",
            f"AADSTS7000215: Invalid client secret {SECRET} for app",
            401,
            "7000215",
        ),
        ("invalid_client", "AADSTS7000222: expired", 401, "7000222"),
        (
            "invalid_client",
            "AADSTS700024: Client assertion is not within its time range",
            401,
            "700024",
        ),
        ("invalid_client", "AADSTS700213: No matching federated identity record", 401, "700213"),
        ("unauthorized_client", "AADSTS700016: Application not found", 400, "700016"),
        ("invalid_request", "AADSTS90002: Tenant not found", 400, "90002"),
        ("invalid_client", "", 401, ""),
    ],
)
def test_our_credential_is_refused(error: str, description: str, status: int, digits: str) -> None:
    """Of Microsoft's words only the digits are kept."""
    failure = _failure(_tokens(Entra(refusal(error, description, status))))

    assert isinstance(failure, CredentialRefused)
    assert (digits, CREDENTIAL_REFUSED) == (failure.aadsts, failure.info)


def test_a_credential_that_was_mended_works_at_once() -> None:
    """MSAL would repeat its refusal from memory, and keep the old secret."""
    entra = Entra(refusal("invalid_client", "AADSTS7000222: expired", 401))
    kept = {"entra-secret": "old"}
    tokens = MsalAppTokens(settings(), entra, secrets(kept))
    assert getattr(_failure(tokens), "aadsts", None) == "7000222"

    entra.answers[TOKEN] = answer({"access_token": "opaque", "expires_in": 3600})
    kept["entra-secret"] = "new"

    assert tokens.token(TENANT, GRAPH) == "opaque"
    assert entra.asked(TOKEN)[-1].form["client_secret"] == "new"


@pytest.mark.parametrize(
    "said",
    [
        answer(b"", 500),
        answer({"error": "x"}, 503, retry_after="5"),
        refusal("temporarily_unavailable", "AADSTS90033: transient", 400),
        refusal("invalid_request", "AADSTS90055: throttled", 429),
        answer(b"<html>", 200),
        answer(b"<html>", 400),
        answer(b"[]", 200),
    ],
    ids=lambda said: f"{said.status} {said.body[:20]!r}",
)
def test_trouble_is_no_refusal(said: Scripted) -> None:
    """Nobody is told that the credential is wrong while Microsoft has trouble."""
    assert isinstance(_failure(_tokens(Entra(said))), NoAnswer)


@pytest.mark.parametrize("url", [DISCOVERY, TOKEN])
@pytest.mark.parametrize("trouble", [NotReached(Phase.CONNECT), NoAnswer(Phase.BODY)], ids=str)
def test_what_the_door_raises_is_raised(url: str, trouble: ConnectorError) -> None:
    """And a later call tries again."""
    entra = Entra()
    good, entra.answers[url] = entra.answers[url], trouble
    tokens = _tokens(entra)

    assert trouble is _failure(tokens)
    entra.answers[url] = good
    assert tokens.token(TENANT, GRAPH) == "opaque"


@pytest.mark.parametrize(("status", "kind"), [(400, CredentialRefused), (503, NoAnswer)])
def test_a_tenant_that_microsoft_does_not_know_is_our_mistake(
    status: int, kind: type[ConnectorError]
) -> None:
    """A busy discovery is not."""
    entra = Entra()
    entra.answers[DISCOVERY] = answer({"error": "invalid_tenant"}, status)

    assert isinstance(_failure(_tokens(entra)), kind)


def test_a_secret_that_is_not_there_is_our_mistake() -> None:
    """Neither a missing one, nor a vault that does not answer, is the caller's."""

    def silent(name: str) -> str | None:
        raise NotStored

    assert isinstance(_failure(_tokens(Entra(), None)), CredentialRefused)
    assert isinstance(_failure(MsalAppTokens(settings(), Entra(), silent)), CredentialRefused)


def test_a_first_token_takes_no_longer_than_it_may() -> None:
    """Discovery and token together."""
    given = list[float]()

    class Timed(Entra):
        def request(self, *args: Any, seconds: float = 5.0, **rest: Any) -> Answer:
            given.append(seconds)
            return super().request(*args, **rest)

    _tokens(Timed()).token(TENANT, GRAPH, seconds=2.0)

    assert len(given) == 2
    assert all(0 < seconds <= 2.0 for seconds in given)

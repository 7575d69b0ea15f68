"""The Microsoft sign-in: who it was, or why it was nobody, and never a word of Microsoft's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.errors import ConnectorError
from shared_code.identity.errors import (
    SIGN_IN_REFUSED,
    CredentialRefused,
    SignInError,
    SignInRefused,
)
from shared_code.identity.msal_sign_in import MsalSignIn
from shared_code.identity.sign_in import MicrosoftAccount, SignInStart
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.outbound.key_sets import KeySets
from tests.support.entra import (
    AUTHORIZE,
    CLIENT,
    DANA,
    DISCOVERY,
    KEYS,
    LOGIN,
    SECRET,
    TENANT,
    TOKEN,
    Entra,
    account,
    refusal,
    secrets,
    settings,
)
from tests.support.outbound import answer
from tests.support.tokens import Signed, rsa_key

STATE = "one-time-state"
OTHER = "72f988bf-0000-4000-8000-000000000009"


class Site:
    """A sign-in over a script, started once."""

    def __init__(self) -> None:
        self.entra = Entra()
        self.moved = timedelta(0)
        self.vault = {"entra-secret": SECRET}
        sets = KeySets(self.entra, lambda: datetime.now(UTC) + self.moved)
        self.sign_in = MsalSignIn(settings(), self.entra, secrets(self.vault), sets)
        self.started: SignInStart = self.sign_in.start(STATE)

    def finish(self, flow: str | None = None, **parameters: str) -> MicrosoftAccount:
        """Come back with a code, or with these parameters."""
        given = {"state": STATE, **(parameters or {"code": "0.AX"})}
        return self.sign_in.finish(flow or self.started.flow, given)

    def failure(self, flow: str | None = None, **parameters: str) -> ConnectorError:
        """Come back and be refused."""
        with pytest.raises(ConnectorError) as failed:
            self.finish(flow, **parameters)
        error = failed.value
        assert error.__suppress_context__ or error.__context__ is None
        assert not any(word in repr(vars(error)) for word in ("dana", SECRET, STATE))
        return error


def _told(failure: ConnectorError) -> tuple[str, str]:
    assert isinstance(failure, SignInRefused)
    assert failure.info == SIGN_IN_REFUSED
    return failure.error, failure.aadsts


def test_it_starts_at_the_account_picker() -> None:
    """With PKCE, a nonce, our state and the one address that is registered."""
    started = Site().started
    url = urlsplit(started.url)
    asked = {name: value for name, (value,) in parse_qs(url.query).items()}

    assert f"{url.scheme}://{url.netloc}{url.path}" == AUTHORIZE
    assert {"openid", "profile"} == set(asked.pop("scope").split())
    assert asked.pop("nonce")
    assert asked.pop("code_challenge")
    asked.pop("client_info", None)
    assert asked == {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": "https://visits.example.org/signin/callback",
        "state": STATE,
        "prompt": "select_account",
        "response_mode": "query",
        "code_challenge_method": "S256",
    }
    assert json.loads(started.flow)["state"] == STATE
    assert repr(started) == "SignInStart()"


def test_every_start_is_its_own() -> None:
    """No verifier or nonce twice, and Microsoft's configuration read once."""
    site = Site()
    flows = [json.loads(site.sign_in.start(STATE).flow) for _ in range(5)]

    for name in ("code_verifier", "nonce"):
        assert len({flow[name] for flow in flows}) == 5
    assert [sent.url for sent in site.entra.sent] == [DISCOVERY]


def test_who_signed_in_is_returned() -> None:
    """After one request for the token and one for the keys."""
    site = Site()
    site.entra.sign_in(site.started.url)

    assert MicrosoftAccount(TENANT, DANA, "dana@lamna.example", guest=False) == site.finish()
    (sent,) = site.entra.asked(TOKEN)
    assert ("0.AX", json.loads(site.started.flow)["code_verifier"]) == (
        sent.form["code"],
        sent.form["code_verifier"],
    )
    assert [sent.url for sent in site.entra.sent[2:]] == [KEYS]
    assert "dana" not in repr(site.finish())


def test_what_else_comes_back_is_ignored() -> None:
    """Microsoft adds session_state, and client_info."""
    site = Site()
    site.entra.sign_in(site.started.url)

    assert site.finish(code="0.AX", session_state="x", foo="1").oid == DANA


@pytest.mark.parametrize(
    ("changes", "account"),
    [
        (
            {"preferred_username": "dana_gmail.com#EXT#@lamna.example"},
            MicrosoftAccount(TENANT, DANA, "dana_gmail.com#EXT#@lamna.example", guest=True),
        ),
        (
            {"preferred_username": "dana_gmail.com#ext#@lamna.example"},
            MicrosoftAccount(TENANT, DANA, "dana_gmail.com#ext#@lamna.example", guest=True),
        ),
        (
            {"tid": OTHER, "iss": f"{LOGIN}/{OTHER}/v2.0"},
            MicrosoftAccount(OTHER, DANA, "dana@lamna.example", guest=False),
        ),
    ],
)
def test_guests_and_other_tenants_are_named(
    changes: Mapping[str, Any], account: MicrosoftAccount
) -> None:
    """What that means is not decided here."""
    site = Site()
    site.entra.sign_in(site.started.url, **changes)

    assert account == site.finish()


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"iss": f"{LOGIN}/{OTHER}/v2.0"},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"iss": f"{LOGIN}/{TENANT}/v2.0/"},
        {"tid": OTHER},
        {"tid": None},
        {"tid": "common"},
        {"tid": f"{TENANT}/../{OTHER}"},
        {"tid": [TENANT]},
        {"oid": None},
        {"oid": ""},
        {"oid": 5},
        {"sub": None},
        {"exp": None},
        {"exp": 1_000_000_000},
        {"nonce": "another"},
        {"nonce": None},
    ],
    ids=str,
)
def test_a_wrong_id_token_is_nobody(changes: Mapping[str, Any]) -> None:
    """Signature, issuer, audience, times, nonce and tenant: MSAL looks at the nonce alone."""
    site = Site()
    site.entra.sign_in(site.started.url, **changes)

    assert _told(site.failure()) == (SignInError.TOKEN, "")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b.c",
        str(Signed(account(), key=rsa_key("2"), algorithm="RS256")),
        str(Signed(account(), key="x" * 64, algorithm="HS256")),
    ],
    ids=lambda token: token[:10],
)
def test_a_forged_id_token_is_nobody(token: str) -> None:
    """Also what is no token."""
    site = Site()
    site.entra.answers[TOKEN] = answer({"access_token": "opaque", "id_token": token})

    failure = site.failure()
    assert isinstance(failure, SignInRefused)
    assert failure.error in (SignInError.TOKEN, SignInError.OTHER)


def test_a_signature_of_another_key_is_refused() -> None:
    """With everything else right."""
    site = Site()
    nonce = parse_qs(urlsplit(site.started.url).query)["nonce"][0]
    forged = Signed(account(nonce=nonce), key=rsa_key("2"), algorithm="RS256")
    site.entra.answers[TOKEN] = answer({"access_token": "x", "id_token": str(forged)})

    assert _told(site.failure()) == (SignInError.TOKEN, "")


def test_our_clock_decides() -> None:
    """A token that the machine's clock finds good may be old on ours."""
    site = Site()
    site.entra.sign_in(site.started.url)
    site.moved = timedelta(hours=2)

    assert _told(site.failure()) == (SignInError.TOKEN, "")


@pytest.mark.parametrize(
    ("said", "error", "digits"),
    [
        ({"error": "access_denied", "error_subcode": "cancel"}, "cancelled", ""),
        (
            {"error": "consent_required", "error_description": "AADSTS65004: dana@lamna.example"},
            "consent",
            "65004",
        ),
        ({"error": "access_denied", "error_description": "AADSTS65004: no"}, "consent", "65004"),
        ({"error": "interaction_required", "error_description": "x"}, "interaction", ""),
        ({"error": "login_required"}, "interaction", ""),
        ({"error": "temporarily_unavailable"}, "unavailable", ""),
        ({"error": "server_error", "error_description": "AADSTS90033"}, "unavailable", "90033"),
        ({"error": "<script>alert(1)</script>"}, "other", ""),
        ({"error": "invalid_client", "error_description": "AADSTS7000215"}, "other", "7000215"),
        ({"error": ""}, "other", ""),
        ({"foo": "1"}, "other", ""),
    ],
    ids=str,
)
def test_an_error_that_comes_back_has_a_reason(
    said: dict[str, str], error: str, digits: str
) -> None:
    """From a fixed list, with Microsoft's digits and nothing else; nothing is redeemed."""
    site = Site()

    assert (error, digits) == _told(site.failure(**said))
    assert site.entra.asked(TOKEN) == []


@pytest.mark.parametrize(
    ("error", "description", "reason", "digits"),
    [
        ("invalid_grant", "AADSTS54005: already redeemed", "other", "54005"),
        ("invalid_grant", "AADSTS70008: dana@lamna.example expired", "other", "70008"),
        ("invalid_grant", "AADSTS50076: second factor", "interaction", "50076"),
        ("consent_required", "AADSTS65001", "consent", "65001"),
        ("invalid_grant", "AADSTS90094: admin", "consent", "90094"),
        ("temporarily_unavailable", "AADSTS90033", "unavailable", "90033"),
    ],
)
def test_the_token_endpoint_refuses(error: str, description: str, reason: str, digits: str) -> None:
    """A code that is used or old: begin again."""
    site = Site()
    site.entra.answers[TOKEN] = refusal(error, description)

    assert (reason, digits) == _told(site.failure())


@pytest.mark.parametrize("digits", ["7000215", "7000222", "700024", "700213"])
def test_our_own_credential_is_not_the_clinicians_fault(digits: str) -> None:
    """And a mended one works at once."""
    site = Site()
    site.entra.answers[TOKEN] = refusal("invalid_client", f"AADSTS{digits}: {SECRET}", 401)
    failure = site.failure()

    assert isinstance(failure, CredentialRefused)
    assert digits == failure.aadsts
    site.vault["entra-secret"] = "a new secret"
    site.entra.sign_in(site.started.url)
    assert site.finish().oid == DANA
    assert site.entra.asked(TOKEN)[-1].form["client_secret"] == "a new secret"


@pytest.mark.parametrize(
    ("parameters", "flow"),
    [
        ({"code": "0.AX", "state": "another"}, {}),
        ({"code": "0.AX", "state": ""}, {}),
        ({"code": "0.AX"}, {"state": "another"}),
    ],
)
def test_a_state_of_another_attempt_is_refused(
    parameters: dict[str, str], flow: dict[str, str]
) -> None:
    """Whatever MSAL says of it stays inside."""
    site = Site()
    kept = json.dumps({**json.loads(site.started.flow), **flow})

    assert _told(site.failure(kept, **parameters)) == (SignInError.OTHER, "")
    assert site.entra.asked(TOKEN) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_token_endpoint_is_unavailable(status: int) -> None:
    """Try again."""
    site = Site()
    site.entra.answers[TOKEN] = answer({"error": "x"}, status)

    assert _told(site.failure()) == (SignInError.UNAVAILABLE, "")


@pytest.mark.parametrize("trouble", [NotReached(Phase.TLS), NoAnswer(Phase.NO_REPLY)], ids=str)
def test_what_the_door_raises_is_raised(trouble: ConnectorError) -> None:
    """At the token endpoint, and for the keys."""
    for url in (TOKEN, KEYS):
        site = Site()
        site.entra.sign_in(site.started.url)
        site.entra.answers[url] = trouble
        assert trouble is site.failure()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer({"error": "invalid_tenant"}, 400), CredentialRefused),
        (answer(b"<html>", 200), CredentialRefused),
        (answer(b"", 503), NoAnswer),
        (NotReached(Phase.DNS), NotReached),
    ],
)
def test_a_sign_in_that_cannot_start_says_why(said: Any, kind: type[ConnectorError]) -> None:
    """A wrong tenant is our mistake; a later start tries again."""
    entra = Entra()
    good, entra.answers[DISCOVERY] = entra.answers[DISCOVERY], said
    kept = secrets({"entra-secret": SECRET})
    sets, ticks = KeySets(entra, lambda: datetime.now(UTC)), count(step=60).__next__
    sign_in = MsalSignIn(settings(), entra, kept, sets, ticks)

    with pytest.raises(kind):
        sign_in.start(STATE)
    entra.answers[DISCOVERY] = good
    assert sign_in.start(STATE).url


def test_nobodys_tokens_are_kept() -> None:
    """MSAL's cache would hold them for the life of the worker."""
    site = Site()
    site.entra.sign_in(site.started.url)
    site.finish()

    client = site.sign_in._app.client(TENANT)
    assert client.get_accounts() == []
    for kind in ("AccessToken", "IdToken", "RefreshToken", "Account"):
        assert list(client.token_cache.search(kind)) == []

"""Epic's side of a launch: SMART on FHIR with the connection's signing key from the vault."""

from __future__ import annotations

import secrets as chance

from shared_code.connections.launch_setup import EpicSetup
from shared_code.errors import NotStored
from shared_code.launching.domain.launch import Issuer
from shared_code.launching.ports import Redemption
from shared_code.security.signing_keys import SigningKey
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.client import SmartClient
from shared_code.smart.discovery import Discovery
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.token_answer import TokenAnswer
from shared_code.smart.user import EhrUser, read_user
from shared_code.vault.ports import Secrets


class SmartEpic:
    """The port Epic. A key is loaded once and again when the vault holds another."""

    def __init__(self, client: SmartClient, discovery: Discovery, secrets: Secrets) -> None:
        self._client = client
        self._discovery = discovery
        self._secrets = secrets
        self._loaded: dict[str, tuple[str, SigningKey]] = {}

    def endpoints(self, setup: EpicSetup) -> Endpoints:
        """Return Epic's addresses. Raises EndpointsUnknown, EndpointsElsewhere."""
        return self._discovery.endpoints(setup.base_url, setup.client_id, setup.endpoint_hosts)

    def redeem(self, redemption: Redemption) -> TokenAnswer:
        """Redeem the code; it is tried once. Raises as the port says."""
        return self._client.redeem(
            _endpoints(redemption.issuer),
            client_id=redemption.setup.client_id,
            key=self._key(redemption.setup.signing_keys[0]),
            code=redemption.code,
            verifier=redemption.verifier,
            redirect_uri=redemption.redirect_uri,
        )

    def user(self, id_token: str, setup: EpicSetup, issuer: Issuer, nonce: str) -> EhrUser:
        """Return who Epic says launched. Raises as the port says."""
        claims = self._client.verify_user(id_token, _endpoints(issuer), setup.client_id, nonce)
        user = read_user(claims)
        if user is None:
            raise TokenRefused(Why.CLAIM_MISSING)
        return user

    def csn(self, setup: EpicSetup, answer: TokenAnswer) -> str | None:
        """Return the CSN of the launch's appointment or encounter, as FHIR says it."""
        if answer.access_token is None:
            return None
        return self._client.read_csn(setup.base_url, answer.context, answer.access_token)

    def _key(self, name: str) -> SigningKey:
        """Return the key. Raises NotStored if the vault does not hold a usable one."""
        pem = self._secrets.get(name)
        if pem is None:
            raise NotStored
        held, key = self._loaded.get(name, ("", None))
        if key is None or held != pem:
            try:
                key = SigningKey.load(pem)
            except ValueError:
                raise NotStored from None
            self._loaded[name] = (pem, key)
        return key


def _endpoints(issuer: Issuer) -> Endpoints:
    """Return the addresses that the launch started with."""
    return Endpoints("", issuer.token, issuer.issuer, issuer.keys_url)


def new_jti() -> str:
    """Return the id of a client assertion: no two are equal."""
    return chance.token_urlsafe(24)

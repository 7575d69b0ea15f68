"""The connector's app registration: addresses it may return to, and credentials it may show."""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from local.simulators.entra.directory import (
    CLIENT_ID,
    EXCHANGE,
    LAMNA,
    PRINCIPALS,
    ROLES,
    USER_IDENTITY,
)
from local.simulators.entra.errors import EntraError
from local.simulators.entra.signer import SIGNATURE_ONLY, Signer
from local.simulators.kept import Kept

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CERTIFICATE_ALGORITHM = "PS256"

type Form = Mapping[str, str]


class Registration:
    """What the administrator registered; it outlives a restart. The secret is made once."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._lock = threading.Lock()

    @property
    def secret(self) -> str:
        with self._lock:
            if self._kept.get("secret") is None:
                self._kept.put("secret", secrets.token_urlsafe(30))
            return str(self._kept.get("secret"))

    @property
    def redirect_uris(self) -> list[str]:
        return list(self._kept.get("redirect_uris") or [])

    @property
    def certificates(self) -> list[str]:
        """Return the registered certificates as PEM."""
        return list(self._kept.get("certificates") or [])

    @property
    def roles(self) -> list[str]:
        """Return the permissions that the administrator granted."""
        found = self._kept.get("roles")
        return list(ROLES if found is None else found)

    def change(self, name: str, values: list[str]) -> None:
        self._kept.put(name, values)


class Credentials:
    """Checks how the app proves itself: secret, certificate, or a managed identity's token."""

    def __init__(self, registration: Registration, signer: Signer) -> None:
        self._registration = registration
        self._signer = signer

    def check(self, form: Form, token_url: str, login_url: str, now: datetime) -> str:
        """
        Return the kind of the credential. Raises EntraError. `now` is real time: SDKs sign with it.
        """
        if form.get("client_id") != CLIENT_ID:
            raise EntraError("700016")
        if "client_secret" in form:
            expected = self._registration.secret.encode()
            if not hmac.compare_digest(form["client_secret"].encode(), expected):
                raise EntraError("7000215")
            return "secret"
        assertion = form.get("client_assertion", "")
        if not assertion or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise EntraError("7000218")
        return self._check_assertion(assertion, token_url, login_url, now)

    def _check_assertion(
        self, assertion: str, token_url: str, login_url: str, now: datetime
    ) -> str:
        try:
            unproven = jwt.decode(assertion, options={"verify_signature": False, **SIGNATURE_ONLY})
            is_own = unproven.get("iss") == CLIENT_ID
            claims = self._own(assertion) if is_own else self._signer.verify(assertion)
        except jwt.PyJWTError:
            raise EntraError("700027") from None
        seconds = now.timestamp()
        if not claims.get("nbf", seconds) <= seconds < claims.get("exp", 0):
            raise EntraError("700024")
        if is_own:
            if claims.get("aud") != token_url or claims.get("sub") != CLIENT_ID:
                raise EntraError("700027")
            return "certificate"
        _check_federated(claims, login_url)
        return "federated"

    def _own(self, assertion: str) -> dict[str, Any]:
        """Return the claims of an assertion that a registered certificate signed."""
        wanted = jwt.get_unverified_header(assertion).get("x5t#S256", "")
        for pem in self._registration.certificates:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            key = certificate.public_key()
            der = certificate.public_bytes(serialization.Encoding.DER)
            thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=")
            if thumbprint.decode() == wanted.rstrip("=") and isinstance(key, RSAPublicKey):
                return jwt.decode(assertion, key, [CERTIFICATE_ALGORITHM], options=SIGNATURE_ONLY)
        raise jwt.InvalidKeyError("no registered certificate")


def _check_federated(claims: Mapping[str, Any], login_url: str) -> None:
    """The one federated credential of the app; its three values are compared exactly."""
    if claims.get("iss") != f"{login_url}/{LAMNA}/v2.0":
        raise EntraError("700211")
    if claims.get("aud") != EXCHANGE:
        raise EntraError("700212")
    if claims.get("sub") != PRINCIPALS[USER_IDENTITY]:
        raise EntraError("700213")

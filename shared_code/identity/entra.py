"""
The Entra app as MSAL objects, one for each tenant, and MSAL's errors in our words.

In Azure the app has no secret: the managed identity signs for it (a federated credential). On one
machine a certificate or secret comes from the vault. MSAL's errors have two shapes and hold
addresses, states and secrets: none of their words leave this room.
"""

from __future__ import annotations

import re
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shared_code.errors import ConnectorError, NotStored
from shared_code.identity.credential import managed_identity
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.outbound.http import OutboundHttp
from shared_code.outbound.msal_http import MsalHttp
from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.identity import ManagedIdentityCredential
    from msal import ConfidentialClientApplication

PAUSE = 5.0
"""Seconds in which a tenant whose object could not be made is not asked for again."""
PATIENCE = 1.0
"""Seconds that a thread waits for the one that makes the object."""
EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
_IDENTITY_POLICY: Mapping[str, Any] = MappingProxyType(
    {
        "connection_timeout": 2,
        "read_timeout": 5,
        "retry_total": 1,
        "retry_status": 0,  # the SDK would sleep as long as a Retry-After header demands
        "retry_backoff_factor": 0.2,
    }
)
_AADSTS = re.compile(r"AADSTS(\d{4,9})\b")
_CERTIFICATES = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?PRIVATE KEY-----", re.DOTALL)


@dataclass(slots=True)
class _Tenant:
    """What is kept of one tenant. `making` is held by the one thread that asks Microsoft."""

    making: threading.Lock = field(default_factory=threading.Lock)
    client: ConfidentialClientApplication | None = None
    problem: ConnectorError | None = None
    failed: float = 0.0

    def known(self, tick: float) -> ConfidentialClientApplication | None:
        """Return the object, or None if it may be made now. Raises a problem that is new."""
        if self.client is None and self.problem is not None and tick - self.failed < PAUSE:
            raise self.problem.with_traceback(None)
        return self.client


class EntraApp:
    """
    Makes the MSAL object of a tenant when it is first asked for; shared by all threads.

    That asks Microsoft, who may be silent: one thread does it for all, the others wait for it no
    longer than a moment, and what it learns of a failure holds for some seconds. `ticks` are
    seconds of a steady clock.
    """

    def __init__(
        self,
        settings: Settings,
        http: OutboundHttp,
        secrets: Callable[[str], str | None],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.http = MsalHttp(http)
        self._secrets = secrets
        self._ticks = ticks
        self._lock = threading.Lock()
        self._tenants: dict[str, _Tenant] = {}
        self._identity: ManagedIdentityCredential | None = None

    def client(self, tenant: str, **options: Any) -> ConfidentialClientApplication:
        """Return the tenant's object. Raises CredentialRefused, NotReached or NoAnswer."""
        with self._lock:
            kept = self._tenants.setdefault(tenant, _Tenant())
        if (client := kept.known(self._ticks())) is not None:
            return client
        if not kept.making.acquire(timeout=min(PATIENCE, max(self.http.left(), 0))):
            raise NoAnswer(Phase.NO_REPLY)
        try:
            client = kept.known(self._ticks())
            if client is None:
                try:
                    client = kept.client = self._made(tenant, options)
                except ConnectorError as problem:
                    kept.problem, kept.failed = problem, self._ticks()
                    raise
        finally:
            kept.making.release()
        return client

    def forget(self, tenant: str) -> None:
        """Make a new object next time: MSAL repeats a refusal from memory."""
        with self._lock:
            self._tenants.pop(tenant, None)

    def _made(self, tenant: str, options: Mapping[str, Any]) -> ConfidentialClientApplication:
        from msal import ConfidentialClientApplication
        from msal.exceptions import MsalServiceError

        # we ask for the query: a cross-site POST would come without our cookies
        warnings.filterwarnings("ignore", "response_mode='form_post' is recommended")
        try:
            return ConfidentialClientApplication(
                self.settings.entra_client_id,
                client_credential=self._credential(),
                authority=f"{self.settings.login_url}/{tenant}",
                instance_discovery=False,
                http_client=self.http,
                **options,
            )
        except ValueError:  # also what MSAL makes of a tenant that Microsoft does not know
            raise CredentialRefused from None
        except MsalServiceError:
            raise NoAnswer(Phase.BODY) from None

    def _credential(self) -> str | dict[str, Any]:
        name = self.settings.entra_secret_name
        if not name:
            return {"client_assertion": self._assertion}
        try:
            secret = self._secrets(name)
        except NotStored:
            raise CredentialRefused from None
        if not secret:
            raise CredentialRefused
        certificates, key = _CERTIFICATES.findall(secret), _PRIVATE_KEY.search(secret)
        if certificates and key:
            return {"private_key": key[0], "public_certificate": "\n".join(certificates)}
        return secret

    def _assertion(self) -> str:
        """Return a token of the managed identity, which its credential keeps."""
        with self._lock:
            if self._identity is None:
                self._identity = managed_identity(self.settings, **_IDENTITY_POLICY)
            identity = self._identity
        try:
            return str(identity.get_token(EXCHANGE_SCOPE).token)
        except Exception:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            raise CredentialRefused from None


def aadsts(description: object) -> str:
    """Return the digits of Microsoft's code in a description, or an empty text."""
    found = _AADSTS.search(description) if isinstance(description, str) else None
    return found[1] if found else ""

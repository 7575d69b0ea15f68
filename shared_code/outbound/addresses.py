"""
Which URLs and addresses may be called. Nothing here resolves or connects.

`ipaddress` alone is not enough: `is_global` is true for multicast, for 168.63.129.16 (Azure's own
services, also inside a virtual network) and for several IPv6 spellings of a private IPv4 address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

from shared_code.outbound.errors import AddressRefused
from shared_code.settings import NEVER_OPENED, Network, Settings

MAX_URL_LENGTH = 8_192
_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_URL = re.compile(
    rf"""https://
    (?P<host>(?:{_LABEL}\.)+[A-Za-z](?:[0-9A-Za-z-]{{0,61}}[0-9A-Za-z])?|127\.0\.0\.1|localhost)
    (?::(?P<port>[1-9][0-9]{{0,4}}))?
    (?P<path>/(?:[0-9A-Za-z._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{{2}})*)?
    (?P<query>\?(?:[0-9A-Za-z._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{{2}})*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost"})
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
_GLOBAL_UNICAST = ip_network("2000::/3")
_CLOSED = tuple(
    ip_network(closed)
    for closed in (
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",  # Teredo, ORCHID and other assignments of the protocol
        "2002::/16",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts: the host in small letters, path and query as they were written."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What this installation may call.

    `own`: our own hosts, as name or name:port, never called. `allowed`: the operator's hosts with
    private addresses. `loopback`: whether loopback addresses may be called (one machine).
    """

    own: frozenset[str] = frozenset()
    allowed: tuple[tuple[str, Network], ...] = ()
    loopback: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the rules of an installation."""
        account = settings.storage_account
        storage = {f"{account}.{kind}.core.windows.net" for kind in ("table", "queue", "blob")}
        urls = (settings.public_url, settings.vault_url)
        own = storage | {_own(url) for url in urls}
        return cls(frozenset(own), settings.outbound_allowed, settings.outbound_loopback)

    def target(self, url: str) -> Target:
        """Return the URL in parts. Raises AddressRefused if it may not be called."""
        found = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
        if found is None:
            raise AddressRefused
        host, port = found["host"].lower(), int(found["port"] or 443)
        path = found["path"] or "/"
        if len(host) > 253 or port > 65535 or {".", ".."} & set(path.split("/")):
            raise AddressRefused
        if host in _LOOPBACK_HOSTS and not self.loopback:
            raise AddressRefused
        if {host, f"{host}:{port}"} & self.own:
            raise AddressRefused
        return Target(host, port, path + (found["query"] or ""))

    def checked(self, host: str, addresses: Iterable[str]) -> tuple[str, ...]:
        """
        Return the addresses of a host, each once, in their order.

        Raises AddressRefused if any of them may not be called: a name with one good and one bad
        address is an attack, or a mistake that somebody must mend.
        """
        opened = [network for name, network in self.allowed if name == host]
        unique = tuple(dict.fromkeys(addresses))
        if not all(self._may_call(address, opened) for address in unique):
            raise AddressRefused
        return unique

    def _may_call(self, written: str, opened: list[Network]) -> bool:
        try:
            address = ip_address(written)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.scope_id:
            return False
        if self.loopback and any(address in network for network in _LOOPBACK):
            return True
        return is_public(address) or (
            any(address in network for network in opened)
            and not any(address in network for network in NEVER_OPENED)
        )


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a global unicast address that leads to nothing of Azure's or ours."""
    if any(address in network for network in _CLOSED):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _own(url: str) -> str:
    """On one machine every address is a loopback one: there the port tells ours from others."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return f"{host}:{parts.port or 443}" if host in _LOOPBACK_HOSTS else host

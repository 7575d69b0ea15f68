"""Cookies kept as a browser keeps them that blocks third-party cookies."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
"""Browsers trust these hosts without TLS, so that `Secure` and `__Host-` hold there too."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """
    One request of a page: to `url`, from a page of `initiator` ("" for the address bar).

    `top` is the site of the window; another site than that of `url` only inside a frame.
    """

    url: str
    initiator: str
    top: str
    posts: bool = False

    @property
    def site(self) -> str:
        """Return the site of the address that is asked for."""
        return site_of(self.url)

    @property
    def relation(self) -> str:
        """Return the value of Sec-Fetch-Site."""
        if not self.initiator:
            return "none"
        if origin_of(self.initiator) == origin_of(self.url):
            return "same-origin"
        return "same-site" if site_of(self.initiator) == self.site else "cross-site"


@dataclass(slots=True)
class _Kept:
    value: str
    path: str
    same_site: str
    secure: bool
    until: float


@dataclass(slots=True)
class CookieJar:
    """Cookies by their host, their partition ("" for none) and their name."""

    _kept: dict[tuple[str, str, str], _Kept] = field(default_factory=dict)

    def header(self, to: Navigation) -> str:
        """Return the Cookie header of a request, or ""."""
        parts, now = urlsplit(to.url), time.monotonic()
        pairs = [
            f"{name}={cookie.value}"
            for (host, partition, name), cookie in self._kept.items()
            if host == parts.hostname and now < cookie.until and _is_sent(partition, cookie, to)
        ]
        return "; ".join(pairs)

    def keep(self, header: str, answered: Navigation) -> bool:
        """Keep the cookie of one Set-Cookie header. Return False if a browser would not."""
        first, *rest = header.split(";")
        name, mark, value = (part.strip() for part in first.partition("="))
        pairs = (part.partition("=") for part in rest)
        said = {key.strip().lower(): text.strip() for key, _, text in pairs}
        url = urlsplit(answered.url)
        partition = answered.top if "partitioned" in said else ""
        if not mark or not _is_kept(name, said, url, answered):
            return False
        seconds = float(said["max-age"]) if said.get("max-age") else float("inf")
        self._kept[url.hostname or "", partition, name] = _Kept(
            value=value,
            path=said.get("path") or "/",
            same_site=said.get("samesite", "lax").lower(),
            secure="secure" in said,
            until=time.monotonic() + seconds,
        )
        return True

    def names(self) -> list[str]:
        """Return the names of what is kept and has not expired."""
        now = time.monotonic()
        return [name for (_, _, name), cookie in self._kept.items() if now < cookie.until]


def site_of(url: str) -> str:
    """Return the site of a URL; the hosts of one machine have no subdomains."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def origin_of(url: str) -> str:
    """Return the origin of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_trusted(url: SplitResult) -> bool:
    return url.scheme == "https" or url.hostname in _LOOPBACK


def _is_kept(name: str, said: dict[str, str], url: SplitResult, answered: Navigation) -> bool:
    secure = "secure" in said
    if secure and not _is_trusted(url):
        return False
    if name.startswith("__Host-") and not (
        secure and said.get("path") == "/" and not said.get("domain")
    ):
        return False
    if said.get("domain") not in (None, "", url.hostname):
        return False
    if not secure and ("partitioned" in said or said.get("samesite", "").lower() == "none"):
        return False
    third_party = answered.top != answered.site
    return not third_party or "partitioned" in said


def _is_sent(partition: str, cookie: _Kept, to: Navigation) -> bool:
    url = urlsplit(to.url)
    if cookie.secure and not _is_trusted(url):
        return False
    if not f"{url.path or '/'}/".startswith(f"{cookie.path.rstrip('/')}/"):
        return False
    if partition:
        return partition == to.top
    if to.top != to.site:
        return False
    cross = to.relation == "cross-site"
    if cookie.same_site == "strict":
        return not cross
    return cookie.same_site == "none" or not (cross and to.posts)

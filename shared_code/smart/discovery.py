"""
Fetches and keeps the endpoints of base URLs.

A good answer is fresh for ten minutes and used for a day while Epic is silent. What cannot be read
never replaces it, and neither does an answer that names a host nobody approved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code.clock import Clock
from shared_code.errors import ConnectorError
from shared_code.outbound.http import OutboundHttp
from shared_code.smart.endpoints import (
    DocumentReader,
    Endpoints,
    first_unapproved,
    json_type,
    openid_keys_url,
)
from shared_code.smart.errors import EndpointsElsewhere, EndpointsUnknown

FRESH = timedelta(minutes=10)
STALE = timedelta(days=1)
RETRY = timedelta(seconds=15)
"""After an answer that was no use, launches wait so long before Epic is asked again."""

SECONDS = 8.0
"""For all documents of one discovery."""

_FIRST_SECONDS = 4.0  # a `.well-known` that hangs leaves time for the metadata


@dataclass(slots=True)
class _Kept:
    """What is known of one base URL. `fetching` is held by the one thread that asks Epic."""

    fetching: threading.Lock = field(default_factory=threading.Lock)
    endpoints: Endpoints | None = None
    elsewhere: str = ""
    answered: datetime | None = None
    asked_again_at: datetime | None = None

    def is_settled(self, now: datetime) -> bool:
        """Return whether Epic need not be asked now; a clock that went back asks again."""
        return self.asked_again_at is not None and (
            timedelta(0) < self.asked_again_at - now <= FRESH
        )

    def usable(self, now: datetime) -> Endpoints | None:
        """Return the endpoints if they were good within a day."""
        if self.answered is None or not now - self.answered <= STALE:
            return None
        return self.endpoints


class Discovery:
    """
    The endpoints of base URLs, for all threads of a worker. One thread asks Epic at a time; others
    wait for it only if there is no older answer. `ticks` are seconds of a steady clock.
    """

    def __init__(
        self,
        http: OutboundHttp,
        clock: Clock,
        *,
        browser_http: bool = False,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._clock = clock
        self._reader = DocumentReader(browser_http)
        self._ticks = ticks
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str, frozenset[str]], _Kept] = {}

    def endpoints(self, base_url: str, client_id: str, hosts: frozenset[str]) -> Endpoints:
        """
        Return the endpoints; `hosts` are approved besides the base URL's own.

        Raises EndpointsElsewhere or EndpointsUnknown if there is no older answer either.
        """
        with self._lock:
            kept = self._all.setdefault((base_url, client_id, hosts), _Kept())
        now = self._clock()
        if not kept.is_settled(now) and kept.fetching.acquire(blocking=kept.usable(now) is None):
            try:
                if not kept.is_settled(now := self._clock()):
                    self._ask(kept, base_url, client_id, hosts)
            finally:
                kept.fetching.release()
        found = kept.usable(now)
        if found is None:
            raise EndpointsElsewhere(kept.elsewhere) if kept.elsewhere else EndpointsUnknown()
        return found

    def _ask(self, kept: _Kept, base_url: str, client_id: str, hosts: frozenset[str]) -> None:
        """Ask Epic and keep what is better than before."""
        found = self._fetch(base_url, client_id, hosts)
        now = self._clock()
        older, kept.elsewhere = kept.endpoints, ""
        kept.asked_again_at = now + RETRY
        if found is None:
            return
        kept.elsewhere = first_unapproved(found, base_url, hosts)
        if kept.elsewhere and older is None:
            return
        if kept.elsewhere and older is not None:
            found = replace(older, elsewhere=kept.elsewhere)
        elif older and not found.keys_url and older.issuer == found.issuer:
            found = replace(found, keys_url=older.keys_url)
        kept.endpoints, kept.answered = found, now
        if found.keys_url:
            kept.asked_again_at = now + FRESH

    def _fetch(self, base_url: str, client_id: str, hosts: frozenset[str]) -> Endpoints | None:
        until = self._ticks() + SECONDS
        base = base_url.rstrip("/")
        headers = {"Epic-Client-ID": client_id, "Accept": json_type(base_url)}
        body = self._get(f"{base}/.well-known/smart-configuration", headers, until, _FIRST_SECONDS)
        found = self._reader.smart_configuration(body)
        if found is None:
            found = self._reader.metadata(self._get(f"{base}/metadata", headers, until))
        if found is None or found.keys_url or first_unapproved(found, base_url, hosts):
            return found
        well_known = f"{found.issuer.rstrip('/')}/.well-known/openid-configuration"
        return replace(found, keys_url=openid_keys_url(self._get(well_known, headers, until)))

    def _get(
        self, url: str, headers: Mapping[str, str], until: float, longest: float = SECONDS
    ) -> bytes:
        """Return the body of a 200; nothing for every other answer and for none."""
        seconds = min(until - self._ticks(), longest)
        if seconds <= 0:
            return b""
        try:
            answer = self._http.request("GET", url, headers=headers, seconds=seconds)
        except ConnectorError:
            return b""
        return answer.body if answer.status == 200 else b""

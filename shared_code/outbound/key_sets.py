"""
The key sets of other issuers: fetched, kept for a day, and fetched again when a key is unknown.

A key that changed is found by the first token that it signed. That costs one request a minute and
address at most, however many tokens name however many unknown keys.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from shared_code.clock import Clock
from shared_code.errors import ConnectorError
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.outbound.http import OutboundHttp
from shared_code.security.tokens import Claims, Expected, KeySet, TokenRefused, Why, verify

FRESH = timedelta(hours=1)
"""Then it is fetched again, so that a withdrawn key does not stay."""
KEPT = timedelta(hours=24)
"""So long a set bridges an outage."""
PAUSE = timedelta(minutes=1)
SECONDS = 5.0
_MOST = 200


@dataclass(slots=True)
class _Source:
    """What is known of one address. `tries` tells a thread that another one fetched meanwhile."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: KeySet | None = None
    fetched: datetime | None = None
    tried: datetime | None = None
    tries: int = 0
    problem: ConnectorError | None = None

    def usable(self, now: datetime) -> KeySet | None:
        return self.keys if _within(self.fetched, now, KEPT) else None


class KeySets:
    """Shared by all threads."""

    def __init__(self, http: OutboundHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._sources: dict[str, _Source] = {}

    def verify(self, token: str, keys_url: str, expected: Expected) -> Claims:
        """
        Return the claims of a token that one of the keys at that address signed.

        Raises TokenRefused; AddressRefused, NotReached or NoAnswer where there is no usable set.
        """
        source = self._source(keys_url)
        keys = self._keys(source, keys_url)
        try:
            return verify(token, keys, expected, self._clock())
        except TokenRefused as refused:
            if refused.why not in (Why.UNKNOWN_KEY, Why.SIGNATURE):
                raise
            newer = self._newer(source, keys_url)
            if newer is keys:
                raise
        return verify(token, newer, expected, self._clock())

    def _source(self, url: str) -> _Source:
        with self._lock:
            source = self._sources.pop(url, None) or _Source()
            self._sources[url] = source
            if len(self._sources) > _MOST:
                self._sources.pop(next(iter(self._sources)))
        return source

    def _keys(self, source: _Source, url: str) -> KeySet:
        """Return the set. Those who have an old one do not wait for the thread that renews it."""
        now, tries = self._clock(), source.tries
        keys = source.usable(now)
        if keys is not None and (_within(source.fetched, now, FRESH) or self._paused(source, now)):
            return keys
        if not source.lock.acquire(blocking=keys is None):
            return keys or self._required(source)
        try:
            if source.tries == tries:
                self._fetch(source, url)
        finally:
            source.lock.release()
        return self._required(source)

    def _newer(self, source: _Source, url: str) -> KeySet:
        with source.lock:
            if not self._paused(source, self._clock()):
                self._fetch(source, url)
        return self._required(source)

    def _required(self, source: _Source) -> KeySet:
        keys = source.usable(self._clock())
        if keys is None:
            raise source.problem or NoAnswer(Phase.BODY)
        return keys

    def _paused(self, source: _Source, now: datetime) -> bool:
        return _within(source.tried, now, PAUSE)

    def _fetch(self, source: _Source, url: str) -> None:
        source.tried = self._clock()
        try:
            answer = self._http.request(
                "GET", url, headers={"Accept": "application/json"}, seconds=SECONDS
            )
            if answer.status != HTTPStatus.OK:
                raise ValueError("no key set")  # noqa: TRY301 - as what cannot be read
            source.keys, source.fetched = KeySet.read(answer.body), source.tried
        except ValueError:
            source.problem = NoAnswer(Phase.BODY)
        except ConnectorError as problem:
            source.problem = problem
        finally:
            source.tries += 1


def _within(since: datetime | None, now: datetime, span: timedelta) -> bool:
    return since is not None and timedelta(0) <= now - since < span

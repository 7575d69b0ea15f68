"""
The port OutboundHttp over urllib3: resolve once, check, connect to what was checked.

The name is resolved for each request, every address must be allowed, and the connection goes to one
of those addresses while the certificate must be the name's: a name that leads elsewhere a moment
later changes nothing. No redirects, no retries after something was sent, no proxies, no cookies.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import TYPE_CHECKING, NoReturn

from shared_code.outbound.addresses import Rules, Target
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.outbound.http import NO_HEADERS, Answer
from shared_code.settings import Settings

if TYPE_CHECKING:
    import ssl

    from urllib3 import HTTPSConnectionPool

    from shared_code.outbound.bounded import Progress

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError."""

CONNECT_SECONDS = 2.0
_ADDRESSES = 2
"""How many addresses of a host are tried, the later ones only if nothing could be sent."""
_POOLS = 32
_IDLE_SECONDS = 30.0
"""Older connections are not used again: what lies between may have forgotten them silently."""
_RESOLVERS = 8
_OURS = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding"}
)


_Place = tuple[str, str, int]


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Gate:
    """Shared by all threads. `ticks` are seconds that never go back."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolve: Resolve = resolve,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = Rules.of(settings)
        self._ca_file = settings.trusted_ca_file
        self._user_agent = f"virtual-visit-connector (+{settings.public_url})"
        self._resolve = resolve
        self._ticks = ticks
        self._lock = threading.Lock()
        self._made: tuple[Progress, ssl.SSLContext] | None = None
        self._resolvers: ThreadPoolExecutor | None = None
        self._pools: OrderedDict[_Place, tuple[HTTPSConnectionPool, float]] = OrderedDict()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        seconds: float = 5.0,
        largest: int = 1_000_000,
    ) -> Answer:
        """Return the answer, whatever its status; see the port."""
        target = self._rules.target(url)
        until = self._ticks() + seconds
        addresses = self._addresses(target, until)[:_ADDRESSES]
        share = min(CONNECT_SECONDS, max(until - self._ticks(), 0.0)) / len(addresses)
        sent = {name: value for name, value in headers.items() if name.lower() not in _OURS}
        sent |= {"Host": target.authority, "User-Agent": self._user_agent}
        problem = NotReached(Phase.CONNECT)
        for address in addresses:
            progress, pool = self._connections(address, target)
            progress.begin(self._ticks() + share, until)
            try:
                return _exchange(progress, pool, method, target.path, sent, body, largest)
            except NotReached as failed:
                problem = failed
                if failed.phase is not Phase.CONNECT:
                    break
        raise problem

    def close(self) -> None:
        """Close all idle connections. A later request connects again."""
        with self._lock:
            for pool, _ in self._pools.values():
                pool.close()
            self._pools.clear()
            if self._resolvers is not None:
                self._resolvers.shutdown(wait=False, cancel_futures=True)
            self._resolvers = None

    def _addresses(self, target: Target, until: float) -> Sequence[str]:
        """Return the checked addresses, those with a connection first."""
        with self._lock:
            self._resolvers = self._resolvers or ThreadPoolExecutor(_RESOLVERS, "resolver")
            asked = self._resolvers.submit(self._resolve, target.host, target.port)
        try:
            found = asked.result(until - self._ticks())
        except (OSError, UnicodeError):  # the time-out of a future is an OSError too
            asked.cancel()
            raise NotReached(Phase.DNS) from None
        addresses = self._rules.checked(target.host, found)
        if not addresses:
            raise NotReached(Phase.DNS)
        return sorted(addresses, key=lambda address: _place(address, target) not in self._pools)

    def _connections(self, address: str, target: Target) -> tuple[Progress, HTTPSConnectionPool]:
        from shared_code.outbound.bounded import Progress, make_context, make_pool

        place = _place(address, target)
        now = self._ticks()
        with self._lock:
            if self._made is None:
                progress = Progress(self._ticks)
                self._made = progress, make_context(progress, self._ca_file)
            progress, context = self._made
            pool, used = self._pools.pop(place, (None, now))
            if pool is not None and now - used > _IDLE_SECONDS:
                pool.close()
                pool = None
            if pool is None:
                pool = make_pool(progress, context, address, target.port, target.host)
            self._pools[place] = pool, now
            while len(self._pools) > _POOLS:
                self._pools.popitem(last=False)[1][0].close()
        return progress, pool


def _place(address: str, target: Target) -> _Place:
    return address, target.host, target.port


def _exchange(
    progress: Progress,
    pool: HTTPSConnectionPool,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    largest: int,
) -> Answer:
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError

    from shared_code.outbound.bounded import read_body

    try:
        response = pool.urlopen(
            method,
            path,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            timeout=Timeout(connect=progress.left(), read=progress.left()),
            preload_content=False,
            decode_content=False,
        )
        progress.phase = Phase.BODY
        read = read_body(response, largest)
    except (HTTPError, HTTPException, OSError):
        _fail(progress.phase)
    if read is None:
        response.close()
        raise AnswerTooLarge
    found = response.headers.itermerged()
    return Answer(response.status, {name.lower(): value for name, value in found}, read)


def _fail(phase: Phase) -> NoReturn:
    """Raise what it means that a request failed in that phase."""
    if phase in (Phase.CONNECT, Phase.TLS):
        raise NotReached(phase) from None
    raise NoAnswer(phase) from None

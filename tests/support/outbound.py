"""The port OutboundHttp, answering from a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from shared_code.outbound.http import NO_HEADERS, Answer

type Scripted = Answer | Exception | Callable[[Sent], Answer]


@dataclass(frozen=True)
class Sent:
    """A request that was made."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def form(self) -> dict[str, str]:
        """The fields of its form."""
        fields = parse_qs((self.body or b"").decode("ascii"), keep_blank_values=True)
        return {name: value for name, (value,) in fields.items()}


@dataclass
class ScriptedHttp:
    """Answers by address (without the query): the same every time, until it is changed."""

    answers: dict[str, Scripted] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        """Return or raise what the script says."""
        request = Sent(method, url, headers, body)
        with self._lock:
            self.sent.append(request)
            answer = self.answers[url.partition("?")[0]]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Answer) else answer(request)

    def asked(self, url: str) -> list[Sent]:
        """Return the requests for an address."""
        return [sent for sent in self.sent if sent.url.partition("?")[0] == url]


def answer(content: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer: bytes as they are, everything else as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode("utf-8")
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

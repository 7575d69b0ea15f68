"""host.json: its settings for HTTP, queues and the time limit. Unknown parts prevent the start."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.host.errors import StartRefused

DEFAULT_FUNCTION_TIMEOUT = 1800.0  # seconds, the default of Flex Consumption
IGNORED_ON_PURPOSE = {"version", "logging", "extensionBundle", "$schema"}
KNOWN = IGNORED_ON_PURPOSE | {"functionTimeout", "extensions"}
KNOWN_HTTP = {"routePrefix", "customHeaders", "maxConcurrentRequests", "maxOutstandingRequests"}
KNOWN_QUEUES = {
    "batchSize", "newBatchThreshold", "maxDequeueCount", "visibilityTimeout",
    "maxPollingInterval", "messageEncoding",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """extensions.http; -1 means no limit."""

    route_prefix: str = "api"
    custom_headers: Mapping[str, str] = field(default_factory=dict)
    running: int = -1
    waiting: int = -1


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """extensions.queues; times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    retry_delay: float = 0.0
    max_polling: float = 60.0
    base64: bool = True


@dataclass(frozen=True, slots=True)
class HostJson:
    """The parts of host.json that this host honours."""

    http: HttpOptions
    queues: QueueOptions
    function_timeout: float | None

    @classmethod
    def read(cls, app_directory: Path) -> "HostJson":
        """Read the file. Raises StartRefused naming what is invalid or unsupported."""
        path = app_directory / "host.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StartRefused(f"host.json cannot be read: {type(error).__name__}") from None
        if content.get("version") != "2.0":
            raise StartRefused('host.json: "version" must be "2.0"')
        extensions = content.get("extensions", {})
        _only("host.json", content, KNOWN)
        _only("host.json extensions", extensions, {"http", "queues"})
        try:
            return cls(
                http=_http(extensions.get("http", {})),
                queues=_queues(extensions.get("queues", {})),
                function_timeout=_timeout(content.get("functionTimeout")),
            )
        except (TypeError, ValueError) as error:
            raise StartRefused(f"host.json: {error}") from None


def _only(place: str, content: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(content) - known):
        raise StartRefused(f"{place}: the local host does not support {', '.join(unknown)}")


def _http(content: Mapping[str, Any]) -> HttpOptions:
    _only("host.json extensions.http", content, KNOWN_HTTP)
    prefix = str(content.get("routePrefix", "api"))
    if prefix.startswith("/") or prefix.endswith("/"):
        # Observed on the real host 4.1037: every request is answered 503, permanently.
        raise StartRefused("host.json: routePrefix begins or ends with a slash")
    return HttpOptions(
        route_prefix=prefix,
        custom_headers=dict(content.get("customHeaders", {})),
        running=int(content.get("maxConcurrentRequests", -1)),
        waiting=int(content.get("maxOutstandingRequests", -1)),
    )


def _queues(content: Mapping[str, Any]) -> QueueOptions:
    _only("host.json extensions.queues", content, KNOWN_QUEUES)
    batch = int(content.get("batchSize", 16))
    if not 1 <= batch <= 32:
        raise ValueError("batchSize must be between 1 and 32")
    encoding = str(content.get("messageEncoding", "base64")).lower()
    if encoding not in {"base64", "none"}:
        raise ValueError("messageEncoding must be base64 or none")
    # Observed on the real host 4.1037: half a batch for each processor.
    threshold = batch // 2 * (os.cpu_count() or 1)
    return QueueOptions(
        batch_size=batch,
        new_batch_threshold=int(content.get("newBatchThreshold", threshold)),
        max_dequeue_count=int(content.get("maxDequeueCount", 5)),
        retry_delay=time_span(content.get("visibilityTimeout", "00:00:00")),
        max_polling=time_span(content.get("maxPollingInterval", "00:01:00")),
        base64=encoding == "base64",
    )


def _timeout(value: str | None) -> float | None:
    if value is None:
        return DEFAULT_FUNCTION_TIMEOUT
    return None if value == "-1" else time_span(value)


def time_span(text: str) -> float:
    """Return `[d.]hh:mm:ss[.fff]` in seconds. Raises ValueError."""
    hours, minutes, seconds = str(text).split(":")
    days, _, hours = hours.rpartition(".")
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)

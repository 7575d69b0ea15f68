"""Hosts that end with their test, on the storage emulator of the run."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.azurite.emulator import Emulator
from tests.host.running import RunningHost, write_app

type RunHost = Callable[..., RunningHost]


@pytest.fixture(scope="session")
def storage(azurite: Emulator) -> Emulator:
    """Return the emulator that all tests share; hosts use queues and blobs of their own."""
    return azurite


@pytest.fixture
def run_host(tmp_path: Path, storage: Emulator) -> Iterator[RunHost]:
    """Start hosts on an app given as source; a host still running at the end is killed."""
    started: list[RunningHost] = []

    def run(
        source: str | None = None,
        host_json: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> RunningHost:
        if source is not None:
            write_app(tmp_path, source, host_json)
        own = {
            "AzureWebJobsStorage": storage.connection_string,
            "AzureFunctionsWebHost__hostid": tmp_path.name.replace("_", "-"),
            "LOCAL_HOST_POLLING_SECONDS": "0.1",
        }
        host = RunningHost(tmp_path, own | dict(environment or {}), port)
        started.append(host)
        return host

    yield run
    for host in started:
        if host.process.poll() is None:
            host.kill()

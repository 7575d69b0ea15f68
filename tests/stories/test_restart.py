"""The whole machine is stopped and started again on the same data, as `make run` does."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from local import run, seed, stack
from local.demo.__main__ import SETTINGS

PHONE = "/phone/%2B16085550142.json"
BOOKING = {
    "phone": "(608)555-0142",
    "language": "ENG",
    "kind": "video",
    "processing": "P",
    "certificate": "epic",
}


@contextmanager
def _running(directory: Path) -> Iterator[stack.Stack]:
    running = stack.start(stack.Options(directory, keep=True, settings=SETTINGS))
    try:
        run.connect_desk(running)
        yield running
    finally:
        running.stop()


def _start(running: stack.Stack, clock: str) -> str:
    """Return that time of day, in two days at the hospital, as the desk's form takes it."""
    now = datetime.now(seed.ZONE) + timedelta(seconds=running.clock_offset)
    return f"{now + timedelta(days=2):%Y-%m-%d}T{clock}"


def _read(running: stack.Stack, path: str, **form: str) -> str:
    body = urlencode(form).encode() if form else None
    with urllib.request.urlopen(running.desk_url + path, body, timeout=90) as answer:
        return str(answer.read().decode())


def _texts(running: stack.Stack, at_least: int) -> list[dict[str, Any]]:
    return list(json.loads(_read(running, f"{PHONE}?at_least={at_least}&timeout=60")))


def _public_keys(running: stack.Stack) -> str:
    url = f"{running.http_url}/keys/lamna-production/jwks.json"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def test_a_restart_forgets_nothing_that_storage_remembers(tmp_path: Path) -> None:
    """
    A visit that was booked before is moved after it, and the patient gets the second text. A host
    that was killed is started again.
    """
    with _running(tmp_path) as first:
        _read(first, "/epic/book", start=_start(first, "14:30"), **BOOKING)
        before = _texts(first, 1)
        keys = _public_keys(first)

    with _running(tmp_path) as second:
        page = _read(second, "/epic")
        (key,) = re.findall(r'name="key" value="(\d+)"', page)
        _read(second, "/epic/move", key=key, start=_start(second, "15:30"), certificate="epic")
        after = _texts(second, 2)
        assert _public_keys(second) == keys
        second.hosts["web"].kill()
        run.restart_dead_hosts(second)
        assert _public_keys(second) == keys

    assert after[:1] == before[:1]
    assert "2:30 PM" in before[0]["text"]
    assert "3:30 PM" in after[1]["text"]

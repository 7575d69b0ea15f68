"""The fault proxy in front of a counting target and of the storage emulator."""

import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.certificates import Certificates
from local.faults import proxy
from local.faults.listener import Answer, Listener, Request, server_tls
from local.faults.proxy import RunningProxy

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Target:
    """Counts the requests it executes and echoes them."""

    seen: list[Request] = field(default_factory=list)

    def serve(self, request: Request) -> Answer:
        self.seen.append(request)
        if request.target.startswith("/empty"):
            return Answer(204)
        return Answer(200, request.body or b"nothing", [("X-Echo", request.header("X-Sent"))])


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def running(target: Target) -> Iterator[RunningProxy]:
    listener = Listener(target.serve)
    listener.start()
    started = proxy.start(f"http://127.0.0.1:{listener.port}")
    yield started
    started.stop()
    listener.stop()


def _call(
    running: RunningProxy, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    host = running.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _control(running: RunningProxy, method: str, path: str, document: object = None) -> Any:
    body = None if document is None else json.dumps(document).encode()
    return json.loads(_call(running, method, f"/__faults__/{path}", body)[1])


def test_what_is_not_touched_passes_unchanged(running: RunningProxy, target: Target) -> None:
    path = "/a%2Fb/T(PartitionKey='x')?sig=a%2Bb"

    answered = _call(running, "POST", path, b"body", **{"X-Sent": "yes", "Host": "original:1"})

    (request,) = target.seen
    assert answered == (200, b"body")
    assert (request.method, request.target, request.body) == ("POST", path, b"body")
    assert (request.header("X-Sent"), request.header("Host")) == ("yes", "original:1")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "MERGE", "PATCH"])
def test_every_method_of_the_storage_services_passes(
    running: RunningProxy, target: Target, method: str
) -> None:
    status, _ = _call(running, method, "/x")
    empty, _ = _call(running, method, "/empty")

    assert (status, empty) == (200, 204)
    assert [request.method for request in target.seen] == [method, method]


def test_an_answer_can_be_lost_after_executing(running: RunningProxy, target: Target) -> None:
    rule = {"match": {"method": "POST", "path_contains": "texts"}, "kind": "lose_answer"}
    _control(running, "POST", "rules", rule)

    assert _call(running, "POST", "/other")[0] == 200
    with pytest.raises(ConnectionError):
        _call(running, "POST", "/texts")
    assert _call(running, "POST", "/texts")[0] == 200

    log = _control(running, "GET", "log")["log"]
    assert [request.path for request in target.seen] == ["/other", "/texts", "/texts"]
    assert [(one["fault"], one["executed"]) for one in log] == [
        (None, True),
        ("lose_answer", True),
        (None, True),
    ]


def test_a_request_can_be_refused_without_executing(running: RunningProxy, target: Target) -> None:
    _control(running, "POST", "rules", {"kind": "refuse"})

    with pytest.raises(ConnectionError):
        _call(running, "POST", "/x")

    assert target.seen == []


@pytest.mark.parametrize("status", [500, 503])
def test_an_error_can_be_answered_without_executing(
    running: RunningProxy, target: Target, status: int
) -> None:
    _control(running, "POST", "rules", {"kind": "status", "status": status})

    assert _call(running, "POST", "/x")[0] == status
    assert target.seen == []


def test_an_answer_can_be_delayed(running: RunningProxy, target: Target) -> None:
    _control(running, "POST", "rules", {"kind": "delay", "seconds": 0.05})

    assert _call(running, "POST", "/x", b"body") == (200, b"body")


@pytest.mark.parametrize(
    ("kind", "executed"), [("hold_before_acting", 0), ("hold_after_acting", 1)]
)
def test_a_request_can_be_held_until_released(
    running: RunningProxy, target: Target, kind: str, executed: int
) -> None:
    _control(running, "POST", "rules", {"kind": kind})

    with ThreadPoolExecutor(1) as pool:
        calling: Future[tuple[int, bytes]] = pool.submit(_call, running, "POST", "/x", b"body")
        waiting = _control(running, "GET", "waiting?at_least=1")
        before = len(target.seen)
        _control(running, "POST", "release")
        assert calling.result(10) == (200, b"body")

    assert (waiting, before, len(target.seen)) == ({"waiting": 1}, executed, 1)


def test_rules_can_be_cleared_and_unusable_ones_are_refused(running: RunningProxy) -> None:
    _control(running, "POST", "rules", {"kind": "refuse", "times": None})

    refused = _call(running, "POST", "/__faults__/rules", b'{"kind":"explode"}')[0]
    unread = _call(running, "POST", "/__faults__/rules", b"not json")[0]
    missing = _call(running, "GET", "/__faults__/nothing")[0]
    _control(running, "DELETE", "rules")

    assert (refused, unread, missing) == (400, 400, 404)
    assert _call(running, "GET", "/x")[0] == 200


def test_chance_follows_its_seed(running: RunningProxy, target: Target) -> None:
    kinds = [{"kind": "status", "status": 500}, {"kind": "status", "status": 503}, "pass"]
    rule = {"kind": "random", "probability": 0.5, "kinds": kinds, "seed": 7}

    def play() -> list[int]:
        _control(running, "DELETE", "rules")
        _control(running, "POST", "rules", rule)
        return [_call(running, "GET", "/x")[0] for _ in range(20)]

    first = play()

    assert first == play()
    assert {200} < set(first) <= {200, 500, 503}


def test_what_passed_is_counted_without_keys(running: RunningProxy) -> None:
    _call(running, "PUT", "/texts(PartitionKey='1',RowKey='2')")
    _call(running, "PUT", "/texts(PartitionKey='1',RowKey='3')")
    _control(running, "POST", "rules", {"kind": "lose_answer"})
    with pytest.raises(ConnectionError):
        _call(running, "PUT", "/texts(PartitionKey='1',RowKey='4')")
    _control(running, "DELETE", "log")

    about = {"method": "PUT", "path": "/texts", "executed": True}
    assert _control(running, "GET", "tally")["tally"] == [
        about | {"fault": None, "count": 2},
        about | {"fault": "lose_answer", "count": 1},
    ]


def test_a_target_that_is_away_is_a_closed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    running = proxy.start(f"http://127.0.0.1:{port}")
    try:
        with pytest.raises(ConnectionError):
            _call(running, "GET", "/x")
        assert [passage.executed for passage in running.log()] == [False]
    finally:
        running.stop()


def test_an_https_target_is_checked_against_its_ca(
    certificates: Certificates, target: Target
) -> None:
    server = certificates.server
    tls = server_tls(str(server.certificate), str(server.key))
    listener = Listener(target.serve, tls=tls)
    listener.start()
    url = f"https://localhost:{listener.port}"
    trusting = proxy.start(url, ca_file=certificates.ca_file)
    doubting = proxy.start(url)
    try:
        assert _call(trusting, "GET", "/x")[0] == 200
        with pytest.raises(ConnectionError):
            _call(doubting, "GET", "/x")
    finally:
        for one in (trusting, doubting, listener):
            one.stop()

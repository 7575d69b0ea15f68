"""Limits: time, size, requests at once."""

import socket
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from tests.host.conftest import RunHost
from tests.host.running import until

_BLOCKING = """
worker = os.urandom(8).hex()

@app.route(route="block/{name}")
def block(req: func.HttpRequest) -> func.HttpResponse:
    record(started=req.route_params["name"])
    wait_for("go")
    record(finished=req.route_params["name"])
    return func.HttpResponse(req.route_params["name"])

@app.route(route="worker")
def which_worker(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(worker)

@app.route(route="size", methods=["POST"])
def size(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(len(req.get_body())))
"""


def test_one_overrun_kills_the_neighbours_and_the_worker(run_host: RunHost, tmp_path: Path) -> None:
    """Both calls answer 500; a new worker serves the same port and the old threads are gone."""
    host = run_host(_BLOCKING, {"functionTimeout": "00:00:02"})
    before = host.call("/worker").body

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(host.call, "/block/first")
        until(lambda: len(host.records()) == 1)
        second = pool.submit(host.call, "/block/second")
        until(lambda: len(host.records()) == 2)
        assert [first.result().status, second.result().status] == [500, 500]

    after = host.call("/worker")
    assert after.status == 200
    assert before != after.body
    (tmp_path / "go").touch()
    assert (host.call("/block/third").status, host.call("/block/third").body) == (200, b"third")
    finished = {each["finished"] for each in host.records() if "finished" in each}
    assert {"third"} == finished
    assert host.stop() == 0


def test_body_above_the_limit_is_a_500_that_closes(run_host: RunHost) -> None:
    """A byte too many: 500 and Connection: close, but an unknown route is a 404 first."""
    host = run_host(_BLOCKING, environment={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"})

    assert host.call("/size", "POST", b"x" * 1000).body == b"1000"
    refused = host.call("/size", "POST", b"x" * 1001)
    assert (refused.status, refused.headers.get("Connection")) == (500, "close")
    assert host.call("/unknown", "POST", b"x" * 1001).status == 404


def test_long_heads_are_refused(run_host: RunHost) -> None:
    """Request line above 8 KiB: 414; headers above 32 KiB: 431; not HTTP: 400."""
    host = run_host(_BLOCKING)

    assert host.call("/worker?x=" + "a" * 9000).status == 414
    assert _status(host.port, b"GET /worker HTTP/1.1\r\nX: " + b"a" * 40_000) == b"431"
    assert _status(host.port, b"no HTTP") == b"400"
    assert host.call("/worker").status == 200


def _status(port: int, head: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + b"\r\n\r\n")
        return connection.recv(100).split(b" ")[1]


def test_requests_beyond_the_queue_are_refused(run_host: RunHost, tmp_path: Path) -> None:
    """One runs, one waits, the third is a 429 at once without Retry-After."""
    http = {"routePrefix": "", "maxConcurrentRequests": 1, "maxOutstandingRequests": 1}
    host = run_host(_BLOCKING, {"extensions": {"http": http}})

    with ThreadPoolExecutor(3) as pool:
        running = pool.submit(host.call, "/block/running")
        until(lambda: len(host.records()) == 1)
        both = {pool.submit(host.call, "/block/waiting") for _ in range(2)}
        (first,), (second,) = wait(both, return_when=FIRST_COMPLETED)
        (tmp_path / "go").touch()
        assert [running.result().status, second.result().status] == [200, 200]

    refused = first.result()
    assert refused.status == 429
    assert "Retry-After" not in refused.headers

"""The orderly stop and the drain."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.azurite.emulator import Emulator
from tests.host.conftest import RunHost
from tests.host.queue_client import queue
from tests.host.running import refuses_connections, until

_APP = """
@app.route(route="block")
def block(req: func.HttpRequest) -> func.HttpResponse:
    record(started="http")
    wait_for("go")
    return func.HttpResponse("done")

@app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="AzureWebJobsStorage")
def receive(msg: func.QueueMessage) -> None:
    record(started="queue")
    wait_for("go-queue")
    record(finished="queue")
"""


def test_http_in_flight_is_answered(run_host: RunHost, tmp_path: Path) -> None:
    """SIGTERM refuses new connections at once, lets the running call finish and exits with 0."""
    host = run_host(_APP, environment={"QUEUE": "stopping-http"})
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(host.call, "/block")
        until(lambda: host.records())
        host.process.send_signal(signal.SIGTERM)
        until(lambda: refuses_connections(host.port))
        assert not answer.done()
        (tmp_path / "go").touch()

        assert (answer.result().status, answer.result().body) == (200, b"done")
    assert host.wait() == 0


def test_queue_function_in_flight_finishes(
    run_host: RunHost, tmp_path: Path, storage: Emulator
) -> None:
    """A queue function that ends within ten seconds completes: its message is deleted."""
    host = run_host(_APP, environment={"QUEUE": "stopping-queue"})
    with queue(storage, "stopping-queue") as messages:
        messages.send_message("x")
        until(lambda: host.records())
        host.process.send_signal(signal.SIGINT)
        until(lambda: refuses_connections(host.port))
        (tmp_path / "go-queue").touch()

        assert host.wait() == 0
        assert host.records()[-1] == {"finished": "queue"}
        assert messages.get_queue_properties().approximate_message_count == 0


def test_queue_function_that_does_not_finish_leaves_its_message(
    run_host: RunHost, storage: Emulator
) -> None:
    """After about ten seconds the host exits with 0 anyway; the message stays, invisible."""
    host = run_host(_APP, environment={"QUEUE": "stopping-never"})
    with queue(storage, "stopping-never") as messages:
        messages.send_message("x")
        until(lambda: host.records())

        assert host.stop() == 0
        assert list(messages.receive_messages()) == []
        assert messages.get_queue_properties().approximate_message_count == 1


def test_drain_stops_the_listeners_only(run_host: RunHost, storage: Emulator) -> None:
    """After POST /admin/host/drain messages stay where they are and HTTP is still served."""
    host = run_host(_APP, environment={"QUEUE": "draining"})

    assert host.call("/admin/host/drain", "POST", b"").status == 202
    with queue(storage, "draining") as messages:
        messages.send_message("x")
        assert host.call("/admin/host/drain/status").status == 200
        assert host.stop() == 0
        assert host.records() == []
        assert len(messages.peek_messages()) == 1

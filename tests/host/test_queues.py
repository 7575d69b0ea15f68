"""Queue triggers: a killed host, renewal, disabled functions, poison without a poison queue."""

import time

from local.azurite.emulator import Emulator
from tests.host.conftest import RunHost
from tests.host.queue_client import queue
from tests.host.running import until

_APP = """
@app.queue_trigger(arg_name="msg", queue_name="%QUEUE%", connection="AzureWebJobsStorage")
def receive(msg: func.QueueMessage) -> None:
    record(at=time.time(), count=msg.dequeue_count, body=msg.get_body().decode())
    if msg.get_body() == b"first attempt hangs" and msg.dequeue_count == 1:
        wait_for("never")
    if msg.get_body() == b"takes its time":
        threading.Event().wait(3.5)
    if msg.get_body() == b"fails":
        raise ValueError("the words of a patient")

@app.route(route="ping")
def ping(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("pong")
"""
_SOON = {"extensions": {"http": {"routePrefix": ""}, "queues": {"visibilityTimeout": "00:00:00"}}}


def test_a_killed_host_leaves_the_message_invisible(run_host: RunHost, storage: Emulator) -> None:
    """kill -9: another host gets the message only after the fetch invisibility, as attempt two."""
    environment = {"QUEUE": "killed", "LOCAL_HOST_INVISIBILITY_SECONDS": "4"}
    host = run_host(_APP, environment=environment)
    with queue(storage, "killed") as messages:
        messages.send_message("first attempt hangs")
        until(lambda: host.records())
        host.kill()
        second = run_host(environment=environment)
        until(lambda: len(second.records()) == 2)

        first_run, second_run = second.records()
        assert (first_run["count"], second_run["count"]) == (1, 2)
        assert second_run["at"] - first_run["at"] > 3.0
        until(lambda: messages.get_queue_properties().approximate_message_count == 0)


def test_a_long_run_is_renewed(run_host: RunHost, storage: Emulator) -> None:
    """A function that runs longer than the fetch invisibility still runs once."""
    environment = {"QUEUE": "renewed", "LOCAL_HOST_INVISIBILITY_SECONDS": "2"}
    host = run_host(_APP, environment=environment)
    with queue(storage, "renewed") as messages:
        messages.send_message("takes its time")
        until(lambda: host.records())
        until(lambda: messages.get_queue_properties().approximate_message_count == 0)

    assert len(host.records()) == 1


def test_five_attempts_then_poison_and_no_exception_text_in_the_log(
    run_host: RunHost, storage: Emulator
) -> None:
    """The fifth failure moves the body to the poison queue; logs hold the type, not the words."""
    host = run_host(_APP, _SOON, {"QUEUE": "failing"})
    with queue(storage, "failing") as messages, queue(storage, "failing-poison") as poison:
        messages.send_message("fails")
        until(lambda: poison.peek_messages())

        assert [each["count"] for each in host.records()] == [1, 2, 3, 4, 5]
        assert poison.peek_messages()[0].content == "fails"
    assert host.stop() == 0
    log = host.log.read_text()
    assert "ValueError" in log
    assert "the words of a patient" not in log


def test_a_queue_named_poison_has_none_of_its_own(run_host: RunHost, storage: Emulator) -> None:
    """A failing message of a `-poison` queue stays invisible and comes back as a next attempt."""
    environment = {"QUEUE": "last-poison", "LOCAL_HOST_INVISIBILITY_SECONDS": "1"}
    host = run_host(_APP, _SOON, environment)
    with queue(storage, "last-poison") as messages:
        messages.send_message("fails")
        until(lambda: len(host.records()) == 2)

    first_run, second_run = host.records()
    assert second_run["at"] - first_run["at"] > 0.5


def test_a_disabled_function_is_not_fed(run_host: RunHost, storage: Emulator) -> None:
    """Both spellings of the switch are honoured; the message waits."""
    host = run_host(_APP, environment={"QUEUE": "off", "AzureWebJobs_receive_Disabled": "true"})
    with queue(storage, "off") as messages:
        messages.send_message("x")
        assert host.call("/ping").status == 200
        host.stop()

        assert host.records() == []
        assert messages.peek_messages()[0].dequeue_count == 0


def test_twelve_slow_messages_run_side_by_side(run_host: RunHost, storage: Emulator) -> None:
    """batchSize and newBatchThreshold bound what is in flight: 8 + 4."""
    options = {"batchSize": 8, "newBatchThreshold": 4}
    host_json = {"extensions": {"http": {"routePrefix": ""}, "queues": options}}
    host = run_host(_APP, host_json, {"QUEUE": "crowded"})
    with queue(storage, "crowded") as messages:
        started = time.monotonic()
        for _ in range(12):
            messages.send_message("takes its time")
        until(lambda: messages.get_queue_properties().approximate_message_count == 0)

    assert len(host.records()) == 12
    assert time.monotonic() - started < 2 * 3.5 + 5

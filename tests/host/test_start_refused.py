"""
What this host does not support, or Azure would not run, prevents the start with a clear message.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.host.conftest import RunHost
from tests.host.running import start_host, write_app

_GOOD = """
@app.route(route="fine")
def fine(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("fine")
"""
_BLOB_TRIGGER = """
@app.blob_trigger(arg_name="blob", path="in/{name}", connection="AzureWebJobsStorage")
def on_blob(blob: func.InputStream) -> None:
    pass
"""
_RETRY = '@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:01")'
_RETRIED = _GOOD.replace("def fine", f"{_RETRY}\ndef fine")
_TWO_OF_ONE_NAME = (
    _GOOD
    + """
@app.function_name("fine")
@app.route(route="other")
def other(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("other")
"""
)


def _refusal(directory: Path, source: str, host_json: Mapping[str, Any] | None = None) -> str:
    app = write_app(directory, source, host_json)
    log = directory / "host.log"
    with log.open("w") as file, start_host(app, {}, 0, file) as process:
        output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (1, "")
    return log.read_text()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            _BLOB_TRIGGER,
            "function on_blob: the local host does not support the binding blobTrigger",
        ),
        (_GOOD.replace('"fine")\ndef', '"/fine")\ndef'), "its route begins with a slash"),
        (_TWO_OF_ONE_NAME, "does not have a unique function name"),
        (_GOOD + "\nimport no_such_module\n", "No module named 'no_such_module'"),
        (_RETRIED, "function fine: the local host does not support retry"),
        ("", "the app has no function_app.py, or no function in it"),
        (
            _GOOD.replace("HttpRequest)", "HttpRequest, extra: int)"),
            "Azure would run zero functions",
        ),
    ],
    ids=[
        "binding",
        "leading slash",
        "duplicate",
        "import error",
        "retry",
        "no function",
        "signature",
    ],
)
def test_app_is_refused(tmp_path: Path, source: str, message: str) -> None:
    """The host exits with status 1, no ready line, and the reason on stderr."""
    assert message in _refusal(tmp_path, source)


@pytest.mark.parametrize(
    ("host_json", "message"),
    [
        ({"version": "1.0"}, '"version" must be "2.0"'),
        ({"retry": {}}, "the local host does not support retry"),
        ({"extensions": {"eventHubs": {}}}, "does not support eventHubs"),
        ({"extensions": {"http": {"hsts": {}}}}, "does not support hsts"),
        ({"extensions": {"http": {"routePrefix": "/api"}}}, "begins or ends with a slash"),
        ({"extensions": {"queues": {"batchSize": 33}}}, "batchSize must be between 1 and 32"),
        ({"functionTimeout": "five minutes"}, "host.json: "),
    ],
)
def test_host_json_is_refused(tmp_path: Path, host_json: dict[str, Any], message: str) -> None:
    """A setting that would silently have no effect here prevents the start."""
    assert message in _refusal(tmp_path, _GOOD, host_json)


def test_one_bad_function_stays_off_alone(run_host: RunHost) -> None:
    """A reserved route, a bad queue name, schedule, connection or setting: only that one is off."""
    host = run_host(
        _GOOD
        + """
@app.route(route="admin/x")
def reserved(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("never")

@app.queue_trigger(arg_name="msg", queue_name="Not_Valid", connection="AzureWebJobsStorage")
def bad_queue(msg: func.QueueMessage) -> None:
    pass

@app.queue_trigger(arg_name="msg", queue_name="some", connection="NoSuchSetting")
def bad_connection(msg: func.QueueMessage) -> None:
    pass

@app.timer_trigger(arg_name="timer", schedule="61 * * * * *")
def bad_schedule(timer: func.TimerRequest) -> None:
    pass

@app.timer_trigger(arg_name="timer", schedule="%NO_SUCH_SETTING%")
def bad_setting(timer: func.TimerRequest) -> None:
    pass
"""
    )

    assert host.ready["functions"] == ["fine"]
    assert (host.call("/admin/x").status, host.call("/fine").status) == (404, 200)
    log = host.log.read_text()
    for name in ("reserved", "bad_queue", "bad_connection", "bad_schedule", "bad_setting"):
        assert f"The '{name}' function is in error" in log

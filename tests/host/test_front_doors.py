"""The front doors: forged headers, client certificates, framing, a host that is down."""

import http.client
import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import processes
from local.azurite.emulator import Emulator
from tests.host.conftest import RunHost
from tests.host.running import ROOT, RunningHost, call, until, write_app
from tests.world import certificates

_APP = """
@app.route(route="echo")
def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"headers": dict(req.headers), "url": req.url, "length": len(req.get_body())}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")
"""
_FORGED = {
    "X-ARR-ClientCert": "Zm9yZ2Vk",
    "X-ARR-LOG-ID": "forged",
    "X-MS-CLIENT-PRINCIPAL": "forged",
    "X-MS-CLIENT-PRINCIPAL-ID": "forged",
    "X-MS-TOKEN-AAD-ID-TOKEN": "forged",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "forged",
    "DISGUISED-HOST": "forged",
    "X-Original-URL": "/forged",
    "X-WAWS-Unencoded-URL": "/forged",
    "X-SITE-DEPLOYMENT-ID": "forged",
    "CLIENT-IP": "203.0.113.9",
}


@dataclass(frozen=True)
class Doors:
    """Both front doors in front of one host."""

    process: subprocess.Popen[str]
    http: int
    https: int


def _open(target: int, directory: Path, idle_seconds: float = 230) -> Doors:
    certificate, key = certificates.write(directory, "p256")
    tls = {"key": str(key), "cert": str(certificate)}
    listeners = [
        {"port": 0, "target": target, "tls": False},
        {"port": 0, "target": target, "tls": tls},
    ]
    config = {"listeners": listeners, "idleSeconds": idle_seconds}
    process = subprocess.Popen(
        [processes.node(), str(ROOT / "local" / "host" / "front.js"), json.dumps(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ports = json.loads(process.stdout.readline())["ports"]
    return Doors(process, *ports)


def _close(doors: Doors) -> int:
    assert doors.process.stdin is not None
    assert doors.process.stdout is not None
    doors.process.stdin.close()
    doors.process.stdout.close()
    return doors.process.wait(20)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, storage: Emulator) -> Iterator[RunningHost]:
    """Return one host for all tests here."""
    directory = tmp_path_factory.mktemp("doors")
    write_app(directory, _APP)
    running = RunningHost(directory, {"AzureWebJobsStorage": storage.connection_string})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def doors(host: RunningHost) -> Iterator[Doors]:
    """Return the host's front doors."""
    opened = _open(host.port, host.directory)
    yield opened
    assert _close(opened) == 0


def _ask_tls(
    port: int, headers: dict[str, str], identity: tuple[Path, Path] | None = None
) -> dict[str, Any]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # otherwise the client refuses its own RSA-1024 key
    if identity is not None:
        context.load_cert_chain(*identity)
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    try:
        connection.request("GET", "/echo", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        seen: dict[str, Any] = json.loads(response.read())
        return seen
    finally:
        connection.close()


def test_forged_platform_headers_are_stripped_on_http(doors: Doors) -> None:
    """The plain front door forwards only the platform headers that it sets itself."""
    seen = json.loads(call(doors.http, "/echo", headers=_FORGED | {"X-Own": "kept"}).body)

    forged = {name.lower() for name in _FORGED} - {"x-forwarded-for"}
    assert set() == forged & seen["headers"].keys()
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["headers"]["x-forwarded-for"].startswith("127.0.0.1:")
    assert seen["headers"]["x-own"] == "kept"
    assert f"http://127.0.0.1:{doors.http}/echo" == seen["url"]


def test_forged_platform_headers_are_stripped_on_https(doors: Doors) -> None:
    """A client without a certificate cannot make the app believe that it has one."""
    seen = _ask_tls(doors.https, _FORGED)

    forged = {name.lower() for name in _FORGED} - {"x-forwarded-for"}
    assert set() == forged & seen["headers"].keys()
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert f"https://127.0.0.1:{doors.https}/echo" == seen["url"]


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        pytest.param("p256", {}, id="good"),
        pytest.param("p256", {"ends": -certificates.DAY / 2}, id="expired"),
        pytest.param("rsa2048-other", {}, id="issued by nobody known"),
        pytest.param("rsa1024", {}, id="weak"),
        pytest.param("p256", {"usages": (certificates.SERVER_AUTH,)}, id="server only"),
    ],
)
def test_every_client_certificate_reaches_the_app(
    doors: Doors, tmp_path: Path, key: str, changes: dict[str, Any]
) -> None:
    """Valid, expired, unknown, RSA-1024 or for servers only: the app judges them."""
    identity = certificates.write(tmp_path, key, **changes)
    seen = _ask_tls(doors.https, {"X-ARR-ClientCert": "Zm9yZ2Vk"}, identity)

    presented = certificates.presented(certificates.der(key, **changes))
    assert presented == seen["headers"]["x-arr-clientcert"]


def test_framing_passes_unchanged(doors: Doors) -> None:
    """A body with a length arrives whole, a chunked one empty, a POST without body unframed."""
    whole = json.loads(call(doors.http, "/echo", "POST", b"abc").body)
    chunked_headers = {"Transfer-Encoding": "chunked"}
    chunked = json.loads(
        call(doors.http, "/echo", "POST", b"3\r\nabc\r\n0\r\n\r\n", chunked_headers).body
    )
    bare = json.loads(call(doors.http, "/echo", "PROPFIND").body)

    assert (whole["length"], whole["headers"]["content-length"]) == (3, "3")
    assert (chunked["length"], chunked["headers"]["transfer-encoding"]) == (0, "chunked")
    assert {"content-length", "transfer-encoding"}.isdisjoint(bare["headers"])


def test_host_down_is_a_502_and_its_return_is_noticed(run_host: RunHost, tmp_path: Path) -> None:
    """A killed host answers 502 with an empty body; restarted on its port, it serves again."""
    first = run_host(_APP)
    doors = _open(first.port, tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", doors.http, timeout=20)
    try:
        assert _status_and_empty(connection) == (200, False)
        first.kill()
        assert _status_and_empty(connection) == (502, True)
        run_host(port=first.port)
        until(lambda: _status_and_empty(connection) == (200, False))
    finally:
        connection.close()
        assert _close(doors) == 0


def test_a_silent_host_is_a_502_after_the_idle_limit(run_host: RunHost, tmp_path: Path) -> None:
    """
    The front door gives up at its limit (230 s as on Azure, 1 s here); the function continues.
    """
    slow = """
@app.route(route="slow")
def slow(req: func.HttpRequest) -> func.HttpResponse:
    wait_for("go")
    record(finished=True)
    return func.HttpResponse("late")
"""
    host = run_host(slow)
    doors = _open(host.port, tmp_path, idle_seconds=1)
    try:
        assert call(doors.http, "/slow").status == 502
        (tmp_path / "go").touch()
        until(lambda: host.records() == [{"finished": True}])
    finally:
        assert _close(doors) == 0


def test_an_oversized_body_gets_its_answer_through_the_door(
    run_host: RunHost, tmp_path: Path
) -> None:
    """The host refuses after the head; a client that continues to send still reads the 500."""
    host = run_host(_APP, environment={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"})
    doors = _open(host.port, tmp_path)
    try:
        refused = call(doors.http, "/echo", "POST", b"x" * 20_000_000)
        assert (refused.status, refused.headers.get("Connection")) == (500, "close")
    finally:
        assert _close(doors) == 0


def _status_and_empty(connection: http.client.HTTPConnection) -> tuple[int, bool]:
    connection.request("GET", "/echo")
    response = connection.getresponse()
    return response.status, response.read() == b""


def test_a_command_without_its_configuration_is_answered_in_a_sentence() -> None:
    """No traceback: who typed it learns what is missing."""
    front = str(ROOT / "local" / "host" / "front.js")
    done = subprocess.run(
        [processes.node(), front], capture_output=True, text=True, check=False, timeout=20
    )

    assert done.returncode == 1
    assert "usage: node front.js CONFIG" in done.stderr
    assert "    at " not in done.stderr

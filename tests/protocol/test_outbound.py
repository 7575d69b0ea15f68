"""The door out against a real TLS server that misbehaves: what is known afterwards."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import trustme

from local.faults.listener import Answer as Served
from local.faults.listener import HangUp, Listener, Request
from shared_code.errors import ConnectorError
from shared_code.outbound.errors import (
    UPSTREAM_TOO_LARGE,
    AnswerTooLarge,
    NoAnswer,
    NotReached,
    Phase,
)
from shared_code.outbound.gate import Gate
from shared_code.outbound.http import Answer
from tests.support.settings import settings_for

HOST = "fhir.lamna.example"
LOOPBACK = "127.0.0.1"


ANSWERS = {
    "/redirect": Served(302, b"moved", [("Location", f"https://{HOST}/elsewhere")]),
    "/busy": Served(503, b"later", [("Retry-After", "5"), ("X-A", "1"), ("X-A", "2")]),
    "/cut": Served(200, b"half of this", broken_off=lambda: None),
    "/large": Served(200, b"x" * 2_001),
    "/lying": Served(200, b"x", declared_length="99999999999"),
    "/last": Served(200, b"bye", [("Connection", "close")]),
}


class Server:
    """Answers by path and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.stopping = threading.Event()

    def __call__(self, request: Request) -> Served:
        """Serve one request."""
        self.requests.append(request)
        if misbehave := getattr(self, f"_{request.path[1:].replace('-', '_')}", None):
            misbehave(request.connection)
        return ANSWERS.get(request.path) or Served(200, request.body or b"ok")

    def _reset(self, connection: socket.socket) -> None:
        raise HangUp

    def _slow_head(self, connection: socket.socket) -> None:
        self.stopping.wait(2.2)

    def _trickling_head(self, connection: socket.socket) -> None:
        self._trickle(connection, b"HTTP/1.1 200 OK\r\nX-Slow: ")

    def _trickling_body(self, connection: socket.socket) -> None:
        self._trickle(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")

    def _endless(self, connection: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self._send(connection, head, b"1000\r\n" + b"x" * 4096 + b"\r\n", 0)

    def _trickle(self, connection: socket.socket, head: bytes) -> None:
        self._send(connection, head, b"x", 0.05)

    def _send(self, connection: socket.socket, head: bytes, piece: bytes, pause: float) -> None:
        with suppress(OSError):
            connection.sendall(head)
            while not self.stopping.wait(pause):
                connection.sendall(piece)
        raise HangUp


class Ticks:
    """A monotonic clock that a test may move."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return time.monotonic() + self.ahead


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that the gate trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


def _tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def server() -> Server:
    """A new server."""
    return Server()


@pytest.fixture
def port(server: Server, authority: trustme.CA) -> Iterator[int]:
    """Its port."""
    listener = Listener(server, tls=_tls(authority.issue_cert(HOST, LOOPBACK)))
    listener.start()
    yield listener.port
    server.stopping.set()
    listener.stop()


@pytest.fixture
def ticks() -> Ticks:
    """The gate's seconds."""
    return Ticks()


@pytest.fixture
def looked_up() -> list[str]:
    """What was resolved."""
    return []


@pytest.fixture
def gate(ca_file: Path, ticks: Ticks, looked_up: list[str]) -> Iterator[Gate]:
    """A gate for which every name leads to this machine, once: later it leads elsewhere."""

    def resolve(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return [LOOPBACK]

    settings = settings_for(
        CONNECTOR_OUTBOUND_LOOPBACK="on", CONNECTOR_TRUSTED_CA_FILE=str(ca_file)
    )
    gate = Gate(settings, resolve=resolve, ticks=ticks)
    yield gate
    gate.close()


def _failure(gate: Gate, port: int, path: str, seconds: float = 5.0) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        gate.request("GET", f"https://{HOST}:{port}{path}", seconds=seconds)
    assert failed.value.__suppress_context__
    return failed.value


def test_a_request_goes_out_as_it_was_written(gate: Gate, port: int, server: Server) -> None:
    """Method, path, query and body; Host and User-Agent are ours, whatever the caller says."""
    answer = gate.request(
        "POST",
        f"https://{HOST}:{port}/token?a=b%2Bc",
        headers={"Accept": "application/json", "host": "evil.test", "User-Agent": "x"},
        body=b"grant_type=x",
    )

    (seen,) = server.requests
    assert (answer.status, answer.body) == (200, b"grant_type=x")
    assert (seen.method, seen.target) == ("POST", "/token?a=b%2Bc")
    assert [f"{HOST}:{port}"] == seen.headers.get_all("Host")
    assert seen.headers.get_all("User-Agent") == [
        "virtual-visit-connector (+https://visits.example.org)"
    ]
    assert seen.header("Accept") == "application/json"


@pytest.mark.parametrize(
    ("path", "status", "body"), [("/redirect", 302, b"moved"), ("/busy", 503, b"later")]
)
def test_any_status_is_an_answer(
    gate: Gate, port: int, server: Server, path: str, status: int, body: bytes
) -> None:
    """A redirect stays a redirect; nothing is repeated."""
    answer = gate.request("GET", f"https://{HOST}:{port}{path}")

    assert (status, body, 1) == (answer.status, answer.body, len(server.requests))


def test_names_of_headers_are_small_and_repeated_ones_joined(gate: Gate, port: int) -> None:
    """As callers look them up."""
    answer = gate.request("GET", f"https://{HOST}:{port}/busy")

    assert (answer.headers["retry-after"], answer.headers["x-a"]) == ("5", "1, 2")
    assert Answer(503, {}, b"").status == answer.status
    assert "later" not in repr(answer)


def test_a_certificate_must_be_the_names(gate: Gate, port: int, server: Server) -> None:
    """A right certificate of another name is refused before anything is sent."""
    with pytest.raises(NotReached) as failed:
        gate.request("GET", f"https://evil.test:{port}/secret")

    assert (failed.value.phase, server.requests) == (Phase.TLS, [])


def test_an_unknown_authority_is_refused(gate: Gate, server: Server) -> None:
    """Self-signed, or by an authority that is not ours."""
    listener = Listener(server, tls=_tls(trustme.CA().issue_cert(HOST)))
    listener.start()
    try:
        failure = _failure(gate, listener.port, "/")
    finally:
        listener.stop()

    assert isinstance(failure, NotReached)
    assert (failure.phase, server.requests) == (Phase.TLS, [])


def test_nobody_listening_is_not_reached(gate: Gate) -> None:
    """The connection is refused."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        failure = _failure(gate, taken.getsockname()[1], "/")

    assert isinstance(failure, NotReached)
    assert failure.phase is Phase.CONNECT


def test_a_silent_handshake_is_not_reached(gate: Gate) -> None:
    """It accepts the connection and says nothing."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        began = time.monotonic()
        failure = _failure(gate, silent.getsockname()[1], "/", seconds=0.3)

    assert isinstance(failure, NotReached)
    assert failure.phase is Phase.TLS
    assert time.monotonic() - began < 2


def test_a_body_that_nobody_reads_ends_in_time(gate: Gate, authority: trustme.CA) -> None:
    """It was sent in part, so the other side may act on it."""
    context = _tls(authority.issue_cert(HOST))
    with socket.create_server((LOOPBACK, 0)) as listening, ExitStack() as opened:

        def accept() -> None:
            connection, _ = listening.accept()
            opened.enter_context(context.wrap_socket(connection, server_side=True))

        accepting = threading.Thread(target=accept)
        accepting.start()
        url = f"https://{HOST}:{listening.getsockname()[1]}/"
        with pytest.raises(NoAnswer) as failed:
            gate.request("POST", url, body=b"x" * 20_000_000, seconds=0.5)
        accepting.join()

    assert failed.value.phase is Phase.SEND


@pytest.mark.parametrize(
    ("path", "phase"),
    [
        ("/reset", Phase.NO_REPLY),
        ("/slow-head", Phase.NO_REPLY),
        ("/trickling-head", Phase.NO_REPLY),
        ("/trickling-body", Phase.BODY),
        ("/cut", Phase.BODY),
    ],
)
def test_what_was_sent_may_have_been_carried_out(
    gate: Gate, port: int, server: Server, path: str, phase: Phase
) -> None:
    """However the answer fails, it fails in time: a byte now and then keeps nothing alive."""
    began = time.monotonic()
    failure = _failure(gate, port, path, seconds=0.5)

    assert isinstance(failure, NoAnswer)
    assert (phase, 1) == (failure.phase, len(server.requests))
    assert time.monotonic() - began < 2


def test_an_answer_may_take_longer_than_connecting(gate: Gate, port: int) -> None:
    """The two seconds are for connecting alone."""
    assert gate.request("GET", f"https://{HOST}:{port}/slow-head", seconds=8).status == 200


@pytest.mark.parametrize("path", ["/large", "/lying", "/endless"])
def test_more_than_was_asked_for_is_refused(gate: Gate, port: int, path: str) -> None:
    """Declared or not; not even a byte more is kept."""
    with pytest.raises(AnswerTooLarge) as failed:
        gate.request("GET", f"https://{HOST}:{port}{path}", largest=2_000)

    assert failed.value.info == UPSTREAM_TOO_LARGE
    assert len(gate.request("GET", f"https://{HOST}:{port}/large", largest=2_001).body) == 2_001


def test_connections_are_used_again(gate: Gate, port: int, server: Server, ticks: Ticks) -> None:
    """Until they have been idle for half a minute, or the server has closed them."""
    connections = []
    for path, pause in (("/", 0), ("/", 20), ("/redirect", 0), ("/", 40), ("/last", 0), ("/", 0)):
        ticks.ahead += pause
        gate.request("GET", f"https://{HOST}:{port}{path}")
        connections.append(id(server.requests[-1].connection))

    first, second, third, fourth, fifth, sixth = connections
    assert first == second == third
    assert third != fourth
    assert fourth == fifth
    assert fifth != sixth


def test_every_request_is_resolved_once(gate: Gate, port: int, looked_up: list[str]) -> None:
    """What was checked is what is connected to: there is no second look-up in between."""
    for _ in range(3):
        gate.request("GET", f"https://{HOST}:{port}/")

    assert looked_up == [HOST] * 3


def test_the_second_address_is_tried_if_the_first_cannot_be_reached(
    ca_file: Path, port: int, server: Server
) -> None:
    """Only then: nothing had been sent."""
    settings = settings_for(
        CONNECTOR_OUTBOUND_LOOPBACK="on", CONNECTOR_TRUSTED_CA_FILE=str(ca_file)
    )
    gate = Gate(settings, resolve=lambda host, port: ["127.0.0.2", LOOPBACK])

    assert gate.request("GET", f"https://{HOST}:{port}/").status == 200
    assert _failure(gate, port, "/reset").info.code == "upstream_silent"
    assert len(server.requests) == 2
    gate.close()


def test_many_threads_share_the_door(gate: Gate, port: int) -> None:
    """Each keeps its own deadline."""
    answers: list[object] = []

    def ask(number: int) -> None:
        body = str(number).encode()
        try:
            path, seconds = ("/slow-head", 0.3) if number % 4 == 0 else ("/", 5.0)
            url = f"https://{HOST}:{port}{path}"
            answers.append(gate.request("POST", url, body=body, seconds=seconds).body == body)
        except NoAnswer as failure:
            answers.append(failure.phase)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count(True) == 12
    assert answers.count(Phase.NO_REPLY) == 4

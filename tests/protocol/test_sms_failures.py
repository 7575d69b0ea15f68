"""What each failure on the wire proves about the text, on raw sockets below the real SDK."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.certificates import Certificates, ensure
from local.faults.listener import server_tls
from shared_code.texting.adapters.acs.sender import AcsSender
from shared_code.texting.domain.reasons import (
    OPTED_OUT,
    REFUSED_BY_CARRIER,
    REFUSED_BY_SERVICE,
    SMS_NOT_ADMITTED,
)
from shared_code.texting.ports import Accepted, NotSent, OutcomeUnknown, RefusedText, SendResult
from tests.protocol.sms_sending import PATIENT, TEXT, OpenSender, senders
from tests.support.canaries import find, numbers

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
HEAD = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
TIMEOUT = 10.0


@dataclass(frozen=True)
class Conduct:
    """Whether the server speaks TLS, what it answers, and how the connection ends."""

    speaks: str = "tls"
    answer: bytes = b""
    ending: str = "close"


class RawServer:
    """Treats every connection in the same way. `requests` counts complete requests."""

    def __init__(self, conduct: Conduct, tls: ssl.SSLContext) -> None:
        self.requests = 0
        self._conduct = conduct
        self._tls = tls
        self._finished = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Release waiting clients."""
        self._finished.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(TIMEOUT)

    def _serve(self) -> None:
        while not self._finished.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(TIMEOUT)
                    self._treat(connection)

    def _treat(self, connection: socket.socket) -> None:
        if self._conduct.speaks == "nothing":
            self._finished.wait(TIMEOUT)
        elif self._conduct.speaks == "nonsense":
            connection.sendall(b"this is no TLS\r\n")
        else:
            with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                self._answer(wrapped)

    def _answer(self, connection: ssl.SSLSocket) -> None:
        received = b""
        while not _is_whole(received):
            more = connection.recv(65_536)
            if not more:
                return
            received += more
        self.requests += 1
        if self._conduct.answer:
            connection.sendall(self._conduct.answer)
        if self._conduct.ending == "stall":
            self._finished.wait(TIMEOUT)
        elif self._conduct.ending == "reset":
            at_once = b"\x01\0\0\0\0\0\0\0"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


def _is_whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    return bool(found) and len(body) >= sum(lengths)


def _reply(status: str, body: str = "", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers]
    lines.append("Content-Type: application/json")
    return ("\r\n".join([*lines, "", ""]) + body).encode()


def _said(item: str) -> bytes:
    return _reply("202 Accepted", f'{{"value":[{item}]}}')


def _item(status: int, successful: str, rest: str = "") -> bytes:
    fields = f'"to":"{PATIENT}","httpStatusCode":{status},"successful":{successful}{rest}'
    return _said(f"{{{fields}}}")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Create an authority and a server certificate."""
    return ensure(tmp_path_factory.mktemp("certificates"), datetime.now(UTC))


@pytest.fixture
def open_sender() -> Iterator[OpenSender]:
    """Create senders and close them after the test."""
    with senders() as opened:
        yield opened


@dataclass
class Exchange:
    """Sends the text to a server with a given conduct."""

    open_sender: OpenSender
    certificates: Certificates
    requests: int = 0

    def send(self, conduct: Conduct, ca_file: Path | None = None) -> SendResult:
        """Send the text and record how many requests the server read."""
        server = self.certificates.server
        tls = server_tls(str(server.certificate), str(server.key))
        with closing(RawServer(conduct, tls)) as raw:
            result = self._send_to(raw.url, ca_file or self.certificates.ca_file)
            self.requests = raw.requests
        return result

    def _send_to(self, url: str, ca_file: Path) -> SendResult:
        sender: AcsSender = self.open_sender(url, ca_file, KEY)
        with closing(sender):
            return sender.send(TEXT)


@pytest.fixture
def exchange(open_sender: OpenSender, certificates: Certificates) -> Exchange:
    """Return an exchange of one text with one server."""
    return Exchange(open_sender, certificates)


@pytest.mark.parametrize(
    "conduct",
    [
        Conduct(ending="close"),
        Conduct(ending="reset"),
        Conduct(ending="stall"),
        Conduct(answer=HEAD + b"{", ending="close"),
        Conduct(answer=HEAD + b"{", ending="reset"),
        Conduct(answer=HEAD + b"{", ending="stall"),
        Conduct(answer=HEAD[:20], ending="close"),
        Conduct(answer=HEAD[:20], ending="stall"),
        Conduct(answer=b"220 mail.example.org ESMTP\r\n"),
        Conduct(answer=_reply("202 Accepted", "<html>")),
        Conduct(answer=_reply("202 Accepted", "")),
        Conduct(answer=_reply("202 Accepted", "null")),
        Conduct(answer=_reply("202 Accepted", "[]")),
        Conduct(answer=_reply("202 Accepted", '{"value":null}')),
        Conduct(answer=_reply("202 Accepted", '{"value":[]}')),
        Conduct(answer=_reply("202 Accepted", '{"value":[5]}')),
        Conduct(answer=_said("{}")),
        Conduct(answer=_said('{"successful":"perhaps"}')),
        Conduct(answer=_said('{"successful":true},{"successful":true}')),
        Conduct(answer=_item(500, "false")),
        Conduct(answer=_item(202, "false")),
        Conduct(answer=_reply("503 Service Unavailable", "{", "Retry-After: 1")),
        Conduct(answer=_reply("999 Odd", "{}")),
    ],
)
def test_after_the_request_only_a_clear_answer_proves_anything(
    exchange: Exchange, conduct: Conduct
) -> None:
    """The text may have been sent; there was one request."""
    assert exchange.send(conduct) == OutcomeUnknown()
    assert exchange.requests == 1


@pytest.mark.parametrize("speaks", ["nothing", "nonsense"])
def test_an_unfinished_handshake_is_left_open(exchange: Exchange, speaks: str) -> None:
    """The same TLS errors may follow a request, so they prove nothing."""
    assert exchange.send(Conduct(speaks=speaks)) == OutcomeUnknown()
    assert exchange.requests == 0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_item(202, "true", ',"messageId":"m-1"'), Accepted("m-1")),
        (_item(202, "true"), Accepted("")),
        (_item(400, "false", ',"errorMessage":"x"'), RefusedText(REFUSED_BY_CARRIER)),
        (
            _item(400, "false", ',"errorMessage":"ErrorCode: 4007. It has opted out."'),
            RefusedText(OPTED_OUT),
        ),
        (_item(4007, "false"), RefusedText(OPTED_OUT)),
        (
            _reply("400 Bad Request", '{"error":{"code":"4007","message":"x"}}'),
            RefusedText(OPTED_OUT),
        ),
        (
            _reply("403 Forbidden", '{"error":{"code":"x","message":"Recipient has opted out"}}'),
            RefusedText(OPTED_OUT),
        ),
        (_reply("403 Forbidden", "{"), NotSent(60, reason=SMS_NOT_ADMITTED)),
        (_item(429, "false"), NotSent(None)),
        (_reply("400 Bad Request", "{"), RefusedText(REFUSED_BY_SERVICE)),
        (_reply("429 Too Many Requests", "{", "Retry-After: 7"), NotSent(7)),
        (
            _reply(
                "429 Too Many Requests",
                "",
                "Date: Mon, 01 Jun 2026 12:00:00 GMT",
                "Retry-After: Mon, 01 Jun 2026 12:00:30 GMT",
            ),
            NotSent(30),
        ),
        (
            _reply("429 Too Many Requests", "", "Retry-After: Mon, 01 Jun 2026 12:00:30 GMT"),
            NotSent(23),
        ),
        (_reply("429 Too Many Requests", "", "Retry-After: soon"), NotSent(None)),
        (
            _reply("307 Temporary Redirect", "", "Location: https://127.0.0.1:1/sms"),
            RefusedText(REFUSED_BY_SERVICE),
        ),
    ],
)
def test_a_clear_answer_is_believed(
    exchange: Exchange, answer: bytes, expected: SendResult
) -> None:
    """Whatever else is unusual about it; redirects are not followed."""
    assert exchange.send(Conduct(answer=answer)) == expected
    assert exchange.requests == 1


def test_a_refused_connection_proves_that_nothing_was_sent(open_sender: OpenSender) -> None:
    """Nothing listens on the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
    assert open_sender(url, None, KEY).send(TEXT) == NotSent(None, opened=False)


def test_a_name_that_does_not_exist_proves_that_nothing_was_sent(open_sender: OpenSender) -> None:
    """There is no address to send to."""
    assert open_sender("https://acs.invalid", None, KEY).send(TEXT) == NotSent(None, opened=False)


def test_a_connection_that_never_opens_proves_that_nothing_was_sent(
    open_sender: OpenSender,
) -> None:
    """The queue of the listener is full: no answer to the first packet."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
    ):
        url = f"https://127.0.0.1:{full.getsockname()[1]}"
        assert open_sender(url, None, KEY).send(TEXT) == NotSent(None, opened=False)


def test_an_untrusted_certificate_proves_that_nothing_was_sent(
    exchange: Exchange, tmp_path: Path
) -> None:
    """The certificate is checked before the request, and only then."""
    stranger = ensure(tmp_path, datetime.now(UTC))
    assert exchange.send(Conduct(), stranger.ca_file) == NotSent(None, opened=False)
    assert exchange.requests == 0


@pytest.mark.parametrize(
    "answer",
    [
        _reply("400 Bad Request", f'{{"error":{{"message":"{PATIENT} is odd"}}}}'),
        _reply("500 Error", f"{PATIENT}"),
        _reply("202 Accepted", f"<{PATIENT}>"),
        _item(400, "false", f',"errorMessage":"{PATIENT} opted out"'),
    ],
)
def test_an_answer_that_repeats_the_number_goes_no_further(
    exchange: Exchange, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    """The number reaches neither a log nor the result."""
    caplog.set_level(logging.DEBUG)

    result = exchange.send(Conduct(answer=answer))

    logged = repr(result) + caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert find(logged.encode(), numbers(PATIENT)) == []

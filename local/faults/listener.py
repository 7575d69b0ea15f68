"""
A local HTTP/1.1 listener that can break off its answers on purpose.

It handles connections, TLS and framing; its service decides what to answer. Used by the simulators
and the fault proxy.
"""

import socket
import ssl
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs

HOST = "127.0.0.1"
_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class HangUp(Exception):
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Request:
    """A received request; `target` is path and query exactly as sent, still percent-encoded."""

    method: str
    target: str
    headers: Message
    body: bytes
    connection: socket.socket

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """Return the first value of each parameter."""
        values = parse_qs(self.target.partition("?")[2], keep_blank_values=True)
        return {name: found[0] for name, found in values.items()}

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))


@dataclass(frozen=True)
class Answer:
    """
    The response to send.

    If `broken_off` is set, only the head and half of the body are sent; then it is called (it may
    keep the client waiting), and the connection is closed.
    """

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    broken_off: Callable[[], object] | None = None
    declared_length: str | None = None


type Service = Callable[[Request], Answer]


class Listener:
    """Serves one service on one port, with a thread for each connection, until stopped."""

    def __init__(self, service: Service, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server((HOST, port), service, tls)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, close every connection, and wait up to two seconds for all threads."""
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join(2)


def server_tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


class _Server(TCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], service: Service, tls: ssl.SSLContext | None
    ) -> None:
        self.service = service
        self._tls = tls
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self._serve, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[thread] = request
        thread.start()

    def _serve(self, raw: socket.socket, client_address: Any) -> None:
        """Do the TLS handshake in this thread, so that a silent client cannot block the others."""
        connection = raw
        try:
            if self._tls is not None:
                raw.settimeout(10)
                connection = self._tls.wrap_socket(raw, server_side=True)
                connection.settimeout(None)
                with self._lock:
                    self._open[threading.current_thread()] = connection
            self.finish_request(connection, client_address)
        except OSError:
            pass  # the client disconnected or does not trust our certificate
        except Exception as mistake:  # noqa: BLE001 a broken simulator must say so, without contents
            print(f"local listener: {type(mistake).__name__} while serving", file=sys.stderr)
        finally:
            connection.close()
            raw.close()
            with self._lock:
                self._open.pop(threading.current_thread(), None)

    def close_connections(self) -> None:
        with self._lock:
            current = dict(self._open)
        for connection in current.values():
            try:
                # Not SSLSocket.shutdown: it removes the TLS object from the reading thread.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in current:
            thread.join(2)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server: _Server

    def _serve(self) -> None:
        try:
            body = self._body()
        except ValueError:
            self.close_connection = True
            self._send(Answer(HTTPStatus.BAD_REQUEST))
            return
        request = Request(self.command, self.path, self.headers, body, self.connection)
        try:
            answer = self.server.service(request)
        except HangUp:
            self._reset()
            return
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_MERGE = do_OPTIONS = _serve

    def _body(self) -> bytes:
        if "chunked" not in str(self.headers.get("Transfer-Encoding", "")).lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(pieces)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.declared_length is not None:
            self.send_header("Content-Length", answer.declared_length)
        elif answer.status != HTTPStatus.NO_CONTENT and answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.broken_off is not None:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            answer.broken_off()
            self.close_connection = True
            return
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Send RST instead of FIN, so that no client takes the end for an empty answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: request lines may contain a token or a number."""


def json_headers(extra: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    return [("Content-Type", "application/json; charset=utf-8"), *(extra or {}).items()]

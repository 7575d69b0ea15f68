"""
The HL7 door: proof, acknowledgement, durable storage, in that order.

The acknowledgement is a pure function of the bytes and the connection's configuration; nothing
is looked up for it and nothing is parsed deeper than trigger and appointment key. Everything
else happens behind the queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.errors import CONNECTION_NOT_APPROVED, CONNECTION_UNKNOWN
from shared_code.connections.ports import Connections
from shared_code.errors import ConnectorError, NotStored, Refused
from shared_code.hl7 import acknowledgement, framing, gzip_body
from shared_code.hl7.acknowledgement import Verdict
from shared_code.hl7.errors import BODY_CHUNKED, BODY_TOO_LARGE
from shared_code.hl7.message import Message
from shared_code.intake.flows.sealed_message import QueuedMessage, SealedMessages
from shared_code.security import certificates, signatures

if TYPE_CHECKING:
    from shared_code.connections.domain import Connection

LARGEST_BODY = 1_000_000
_APART = timedelta(microseconds=1)
"""The messages of one body arrive one after the other, in its order."""
CERTIFICATE_HEADER = "x-arr-clientcert"
SIGNATURE_HEADER = "hl7-signature"


@dataclass(frozen=True, slots=True)
class Hl7Request:
    """One POST: header names in lower case, the body as it came. A signature is over that body."""

    connection_id: str
    headers: Mapping[str, str]
    body: bytes
    correlation: str


@dataclass(frozen=True, slots=True)
class Hl7Answer:
    """An acknowledgement with 200, or a plain sentence with its code."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class ReceiveHl7:
    """The door. `certificates_from_platform`: whether the certificate header may be believed."""

    connections: Connections
    messages: SealedMessages
    clock: Clock
    certificates_from_platform: bool

    def receive(self, request: Hl7Request) -> Hl7Answer:
        """Never raises for anything a caller sent; 503 when the message could not be stored."""
        try:
            return self._receive(request)
        except Refused as error:
            logs.warn("hl7.refused", code=error.code, connection=self._known(request))
            return refusal(error)
        except ConnectorError as error:  # storage, vault or our own configuration: not the sender
            logs.failure("hl7.not_stored", error, code=error.code)
            return refusal(NotStored())

    def _receive(self, request: Hl7Request) -> Hl7Answer:
        _check_size(request)
        connection = self.connections.find(request.connection_id)
        if connection is None:
            raise Refused(CONNECTION_UNKNOWN)
        now = self.clock()
        self._check_proof(request, connection, now)
        if not connection.accepts_messages():
            raise Refused(CONNECTION_NOT_APPROVED)
        media_type, charset = framing.parse_content_type(request.headers.get("content-type"))
        encoding = request.headers.get("content-encoding", "")
        frame = framing.split_body(gzip_body.unpacked(request.body, encoding, LARGEST_BODY))
        judged = [_judge(raw, charset, connection) for raw in frame.messages]
        for nth, (raw, (_, verdict)) in enumerate(zip(frame.messages, judged, strict=True)):
            if verdict.store:
                arrival = now + nth * _APART
                self.messages.enqueue(
                    QueuedMessage(connection.id, arrival, charset or "", request.correlation, raw)
                )
            if verdict.error:  # what may be a booking is lost unless somebody sends it again
                logs.warn("hl7.received", connection=connection.id, code=verdict.error.code)
            else:
                logs.event("hl7.received", connection=connection.id, code=None)
        acks = [
            acknowledgement.acknowledge(message, raw, verdict)
            for raw, (message, verdict) in zip(frame.messages, judged, strict=True)
        ]
        answered_in = framing.answer_charset(frame, charset)
        body = acknowledgement.acknowledge_batch(frame, acks).encode(answered_in)
        return Hl7Answer(200, body, f"{media_type}; charset={answered_in}")

    def _check_proof(self, request: Hl7Request, connection: Connection, now: datetime) -> None:
        proofs, signature = connection.proofs, request.headers.get(SIGNATURE_HEADER)
        if proofs.signature and (signature or not proofs.client_certificate):
            signatures.check_detached_signature(signature, request.body, proofs.certificates, now)
            return
        believed = self.certificates_from_platform
        header = request.headers.get(CERTIFICATE_HEADER) if believed else None
        certificates.check_client_certificate(header, proofs.certificates, now)

    def _known(self, request: Hl7Request) -> str:
        """The connection's id if it exists: only then it goes into a log line."""
        try:
            known = self.connections.find(request.connection_id) is not None
        except ConnectorError:
            known = False
        return request.connection_id if known else ""


def refusal(error: ConnectorError) -> Hl7Answer:
    """The plain answer: reason code and sentence, not a word of the input."""
    text = f"{error.code}: {error.info.sentence}\n"
    return Hl7Answer(error.info.status, text.encode("ascii"), "text/plain; charset=utf-8")


def _check_size(request: Hl7Request) -> None:
    """Chunked bodies arrive empty on this platform; a large body is refused before any work."""
    if "transfer-encoding" in request.headers and not request.body:
        raise Refused(BODY_CHUNKED)
    if len(request.body) > LARGEST_BODY:
        raise Refused(BODY_TOO_LARGE)


def _judge(raw: bytes, charset: str | None, connection: Connection) -> tuple[Message, Verdict]:
    message = Message.read(framing.decode(raw, charset))
    verdict = acknowledgement.judge(
        message,
        connection.fields.key,
        ignore_other_messages=connection.ignore_other_messages,
    )
    return message, verdict

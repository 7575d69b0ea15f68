"""A stand-in for the product's HL7 endpoint: TLS that accepts every client certificate."""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.certificates import Certificates
from local.faults.listener import Answer, Listener, Request, server_tls

_NO_CHECK_TIME = 0x200000


@dataclass
class Door:
    """
    The messages received, and the acknowledgement code to answer with; or `sentence` in its place.
    """

    url: str = ""
    code: str = "AA"
    status: int = 200
    sentence: str = ""
    bodies: list[bytes] = field(default_factory=list)
    certificates: list[str | None] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def serve(self, request: Request) -> Answer:
        connection = request.connection
        assert isinstance(connection, ssl.SSLSocket)
        der = connection.getpeercert(binary_form=True)
        self.certificates.append(None if der is None else hashlib.sha256(der).hexdigest())
        self.bodies.append(request.body)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.sentence:
            kind = ("Content-Type", "text/plain; charset=utf-8")
            return Answer(self.status, f"{self.sentence}\n".encode(), [kind])
        ids = [line.split(b"|")[9] for line in request.body.split(b"\r") if line[:3] == b"MSH"]
        answers = [
            b"MSH|^~\\&|CONNECTOR|LAMNA|EPIC|LAMNA|20260601101503||ACK|1|T|2.3\r"
            b"MSA|" + self.code.encode() + b"|" + identifier + b"\r"
            for identifier in ids
        ]
        return Answer(self.status, b"".join(answers), [("Content-Type", "application/hl7-v2")])


@contextmanager
def open_door(certificates: Certificates) -> Iterator[Door]:
    door = Door()
    server = certificates.server
    tls = server_tls(str(server.certificate), str(server.key))
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    tls.verify_mode = ssl.CERT_OPTIONAL
    tls.verify_flags |= _NO_CHECK_TIME
    tls.load_verify_locations(certificates.ca_file)
    listener = Listener(door.serve, tls=tls)
    door.url = f"https://localhost:{listener.port}/hl7/c1"
    listener.start()
    yield door
    listener.stop()

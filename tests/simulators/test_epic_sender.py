"""
The sender with real TLS: valid and invalid certificates, signatures, chunks, the command line.
"""

import base64
import hashlib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local.certificates import Certificates
from local.simulators.epic.messages import schedule_message
from local.simulators.epic.sender import post, sign_detached
from tests.simulators.door import Door, open_door

ROOT = Path(__file__).parent.parent.parent
BODY = schedule_message(
    key="36996",
    start_local=datetime.now(UTC) + timedelta(days=2),
    control_id="1000241",
    created=datetime.now(UTC),
)


@pytest.fixture
def door(certificates: Certificates) -> Iterator[Door]:
    with open_door(certificates) as opened:
        yield opened


def _thumbprint(certificates: Certificates, name: str) -> str:
    pem = certificates.identities[name].certificate.read_bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    return hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("name", ["epic", "epic_next", "unknown", "expired", "weak"])
def test_every_certificate_reaches_the_door(
    door: Door, certificates: Certificates, name: str
) -> None:
    identity = certificates.identities[name]

    answer = post(door.url, BODY, identity=identity, ca_file=certificates.ca_file)

    assert (answer.status, answer.codes, answer.acknowledged) == (200, ["AA"], ["1000241"])
    assert answer.accepted
    assert door.bodies == [BODY]
    assert door.certificates == [_thumbprint(certificates, name)]


def test_a_certificate_can_be_left_out(door: Door, certificates: Certificates) -> None:
    post(door.url, BODY, identity=None, ca_file=certificates.ca_file)

    assert door.certificates == [None]


def test_a_door_that_is_not_ours_is_not_spoken_to(door: Door) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        post(door.url, BODY, identity=None, ca_file=None)

    assert door.bodies == []


@pytest.mark.parametrize(("code", "status"), [("AE", 200), ("AR", 200), ("AA", 503)])
def test_only_an_accepting_answer_is_accepted(
    door: Door, certificates: Certificates, code: str, status: int
) -> None:
    door.code, door.status = code, status

    assert not post(door.url, BODY, identity=None, ca_file=certificates.ca_file).accepted


def test_a_body_can_be_sent_in_chunks(door: Door, certificates: Certificates) -> None:
    post(door.url, BODY * 10, identity=None, ca_file=certificates.ca_file, chunked=True)

    (headers,) = door.headers
    assert door.bodies == [BODY * 10]
    assert "content-length" not in headers
    assert headers["transfer-encoding"] == "chunked"


def test_an_answer_that_comes_before_the_whole_body_is_read() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def refuse(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(refusal)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(refuse, server)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hl7/c1"
        answer = post(url, b"x" * 5_000_000, identity=None, ca_file=None)

    assert answer.status == 413


@pytest.mark.parametrize(
    ("name", "algorithm"), [("epic_next", "SHA512withRSA"), ("epic", "SHA512withECDSA")]
)
def test_a_signature_covers_the_bytes_through_signed_attributes(
    door: Door, certificates: Certificates, name: str, algorithm: str
) -> None:
    value = sign_detached(BODY, certificates.identities[name])
    post(door.url, BODY, identity=None, ca_file=certificates.ca_file, signature=value)

    token, _, encoded = door.headers[0]["hl7-signature"].partition(" ")
    signed = cms.ContentInfo.load(base64.b64decode(encoded))["content"]
    (signer,) = signed["signer_infos"]
    attributes = {one["type"].native: one["values"][0].native for one in signer["signed_attrs"]}
    assert token == algorithm
    assert signed["encap_content_info"]["content"].native is None
    assert attributes["message_digest"] == hashlib.sha512(BODY).digest()


def _run(door: Door, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.simulators.epic", "--url", door.url]
    return subprocess.run(
        [*command, "--directory", str(directory), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=ROOT,
        check=False,
    )


def test_the_command_line_sends_prints_and_succeeds(door: Door, certificates: Certificates) -> None:
    done = _run(door, certificates.directory, "--duplicate", "2", "--shuffle", "7", "--sign")

    first, second = done.stdout.splitlines()
    assert (done.returncode, done.stderr, first) == (0, "", second)
    assert first.startswith("HTTP 200 MSA|AA|")
    assert door.bodies[0] == door.bodies[1]
    assert "555-" not in done.stdout


def test_the_command_line_renews_a_sample(
    door: Door, certificates: Certificates, samples: Path
) -> None:
    sample = str(samples / "SIU-S15-1000243.hl7")

    done = _run(door, certificates.directory, "--sample", sample, "--in", "3")

    assert done.returncode == 0
    assert b"SIU^S15" in door.bodies[0]
    assert b"1000243" not in door.bodies[0]


@pytest.mark.parametrize("identity", ["none", "expired"])
def test_the_command_line_fails_when_a_message_is_not_accepted(
    door: Door, certificates: Certificates, identity: str
) -> None:
    door.code, door.status = "", 403

    done = _run(door, certificates.directory, "--identity", identity)

    assert done.returncode == 1
    assert done.stdout.startswith("HTTP 403")

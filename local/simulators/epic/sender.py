"""
Post HL7 over HTTPS like Epic's interface: client certificate, detached signature, ACK.

It presents any certificate it is given, also weak ones: refusing them is the receiver's task.
"""

import base64
import contextlib
import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from local.certificates import Identity

CONTENT_TYPE = "application/hl7-v2"
ACCEPTED = frozenset({"AA", "CA"})
_CHUNK = 1024
_LONGEST_SENTENCE = 300


@dataclass(frozen=True)
class Answer:
    """The answer to a post; `headers` have lower-case names."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def codes(self) -> list[str]:
        """Return MSA-1 of every acknowledgement in the answer."""
        return [fields[1] for fields in self._segments("MSA") if len(fields) > 1]

    @property
    def acknowledged(self) -> list[str]:
        """Return MSA-2 of every acknowledgement in the answer."""
        return [fields[2] for fields in self._segments("MSA") if len(fields) > 2]

    @property
    def accepted(self) -> bool:
        """Return whether there is at least one acknowledgement and all of them accept."""
        codes = self.codes
        return self.status == HTTPStatus.OK and bool(codes) and ACCEPTED.issuperset(codes)

    @property
    def sentence(self) -> str:
        """Return what the receiver says to people where it sent no acknowledgement."""
        if self._segments("MSA"):
            return ""
        first = next((line.strip() for line in self._lines() if line.strip()), "")
        return first[:_LONGEST_SENTENCE]

    def segments(self, *names: str) -> list[str]:
        return [line for line in self._lines() if line.split("|")[0] in names]

    def _segments(self, name: str) -> list[list[str]]:
        return [line.split("|") for line in self.segments(name)]

    def _lines(self) -> list[str]:
        return self.text.replace("\n", "\r").split("\r")


def post(
    url: str,
    body: bytes,
    *,
    identity: Identity | None,
    ca_file: Path | None,
    content_type: str = CONTENT_TYPE,
    signature: str | None = None,
    chunked: bool = False,
    timeout: float = 30.0,
) -> Answer:
    """
    Make one POST on its own connection.

    `signature` is the value of the HL7-Signature header (`sign_detached`); `chunked` sends the body
    without a length. Raises OSError or HTTPException if there is no answer.
    """
    parts = urlsplit(url)
    headers = {"Content-Type": content_type}
    if signature is not None:
        headers["HL7-Signature"] = signature
    connection = _connect(url, identity, ca_file, timeout)
    try:
        # A receiver that refuses a large body answers and closes before it has read everything.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                "POST",
                parts.path + (f"?{parts.query}" if parts.query else ""),
                _chunks(body) if chunked else body,
                headers,
                encode_chunked=chunked,
            )
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, text)
    finally:
        connection.close()


def sign_detached(body: bytes, identity: Identity) -> str:
    """
    Return the HL7-Signature value: algorithm, then base64 of a detached CMS over the raw bytes.
    """
    certificate = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    key = serialization.load_pem_private_key(identity.key.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("an identity has an RSA or EC key")
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(body)
        .add_signer(certificate, key, hashes.SHA512())
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )
    algorithm = "SHA512withRSA" if isinstance(key, rsa.RSAPrivateKey) else "SHA512withECDSA"
    return f"{algorithm} {base64.b64encode(signed).decode()}"


def _connect(
    url: str, identity: Identity | None, ca_file: Path | None, timeout: float
) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context(cafile=ca_file)
    # RSA-1024 must reach the receiver, or the receiver's own check is never tested.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]

"""
Read how a sender proves its identity: the section `proofs`. Certificates are accepted in any of the
forms in which administrators upload them.
"""

from __future__ import annotations

import base64

from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.domain import Proofs
from shared_code.errors import Refused
from shared_code.security.certificates import load_pinned


def read_proofs(connection: Reader) -> Proofs:
    """Return how a sender proves who it is."""
    at = connection.section("proofs")
    if at is None:
        connection.wrong("proofs", "must be set")
        return Proofs()
    proofs = Proofs(
        client_certificate=at.flag("client_certificate", True),
        signature=at.flag("signature", False),
        certificates=_certificates(at),
    )
    if not proofs.client_certificate and not proofs.signature:
        connection.wrong("proofs", "must demand client_certificate, signature or both")
    at.end()
    return proofs


def _certificates(at: Reader) -> tuple[bytes, ...]:
    uploads = at.texts("certificates", r"(?s).+")
    if not uploads:
        at.wrong("certificates", "must hold at least one certificate")
    certificates = []
    for number, text in enumerate(uploads):
        try:
            certificates.append(load_pinned(_upload(text)))
        except Refused as refused:
            at.wrong(f"certificates[{number}]", str(refused))
    return tuple(certificates)


def _upload(text: str) -> bytes:
    """Return the uploaded bytes: decoded from base64, or a PEM text unchanged."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode("utf-8")

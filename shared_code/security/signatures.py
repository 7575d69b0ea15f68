"""
The detached signature of HAPI's HL7-over-HTTP profile: `HL7-Signature: <algorithm> <base64>`.

The second part is a CMS SignedData (RFC 5652 §5) over the raw bytes of the body. It is verified
only with keys of registered certificates; certificates inside the CMS are ignored. The profile
tells receivers to ignore the first part.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared_code.errors import Code, ErrorInfo, Refused
from shared_code.security.certificates import check_usable, read_certificate

if TYPE_CHECKING:
    from cryptography import x509

SIGNATURE_MISSING = ErrorInfo(
    Code("signature_missing"), "The HL7-Signature header is missing.", 401
)
SIGNATURE_MALFORMED = ErrorInfo(
    Code("signature_malformed"), "The HL7-Signature header cannot be read.", 403
)
SIGNATURE_INVALID = ErrorInfo(
    Code("signature_invalid"), "The signature does not match the body or the registered key.", 403
)

MAX_HEADER_LENGTH = 32_768

_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_RSA = "rsassa_pkcs1v15"  # then only digest_algorithm names the digest
_SET_TAG = b"\x31"


@dataclass(frozen=True, slots=True)
class _Signature:
    """A CMS with one signer; `signed` holds the bytes that were signed."""

    digest: str
    algorithm: str
    content_types: tuple[str, ...]
    body_digests: tuple[bytes, ...]
    signed: bytes
    value: bytes


def check_detached_signature(
    header: str | None, body: bytes, pinned: Iterable[bytes], now: datetime
) -> None:
    """
    Check that a registered key signed exactly these bytes.

    A registered certificate that is weak or out of date is ignored. Raises
    Refused(SIGNATURE_MISSING | SIGNATURE_MALFORMED | SIGNATURE_INVALID).
    """
    if header is None or not header.strip():
        raise Refused(SIGNATURE_MISSING)
    signature = _read(_decoded(header))
    if not _covers(signature, body):
        raise Refused(SIGNATURE_INVALID)
    if not any(_verifies(signature, der, now) for der in pinned):
        raise Refused(SIGNATURE_INVALID)


def _decoded(header: str) -> bytes:
    words = header.split()
    if len(header) > MAX_HEADER_LENGTH or len(words) != 2:
        raise Refused(SIGNATURE_MALFORMED)
    try:
        return base64.b64decode(words[1], validate=True)
    except ValueError:
        raise Refused(SIGNATURE_MALFORMED) from None


def _read(der: bytes) -> _Signature:
    try:
        return _parsed(der)
    except Exception:  # noqa: BLE001 - a foreign, lazy parser on hostile bytes: any failure is one
        raise Refused(SIGNATURE_MALFORMED) from None


def _parsed(der: bytes) -> _Signature:
    from asn1crypto import cms

    content = cms.ContentInfo.load(der, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("not signed data")
    signed_data = content["content"]
    (signer,) = signed_data["signer_infos"]
    attributes = signer["signed_attrs"]
    if signed_data["encap_content_info"]["content"].native is not None or not len(attributes):
        raise ValueError("not detached, or without signed attributes")
    return _Signature(
        signer["digest_algorithm"]["algorithm"].native,
        signer["signature_algorithm"]["algorithm"].native,
        _values(attributes, "content_type"),
        tuple(bytes(memoryview(digest)) for digest in _values(attributes, "message_digest")),
        # The attributes are sent with the tag [0] but signed as SET OF (RFC 5652 §5.4).
        _SET_TAG + attributes.dump()[1:],
        bytes(memoryview(signer["signature"].native)),
    )


def _values(attributes: Any, kind: str) -> tuple[Any, ...]:
    found = [attribute for attribute in attributes if attribute["type"].native == kind]
    return tuple(value.native for attribute in found for value in attribute["values"])


def _covers(signature: _Signature, body: bytes) -> bool:
    if signature.digest not in _DIGESTS or len(signature.body_digests) != 1:
        return False
    digest = hashlib.new(signature.digest, body).digest()
    return signature.content_types == ("data",) and hmac.compare_digest(
        digest, signature.body_digests[0]
    )


def _verifies(signature: _Signature, der: bytes, now: datetime) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate = read_certificate(der)
        check_usable(certificate, now)
        _verify(signature, certificate)
    except (Refused, InvalidSignature):
        return False
    return True


def _verify(signature: _Signature, certificate: x509.Certificate) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    chosen: hashes.HashAlgorithm = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }[signature.digest]
    key, algorithm = certificate.public_key(), signature.algorithm
    if isinstance(key, rsa.RSAPublicKey) and algorithm in (_RSA, f"{signature.digest}_rsa"):
        key.verify(signature.value, signature.signed, padding.PKCS1v15(), chosen)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == f"{signature.digest}_ecdsa":
        key.verify(signature.value, signature.signed, ec.ECDSA(chosen))
    else:
        raise Refused(SIGNATURE_INVALID)

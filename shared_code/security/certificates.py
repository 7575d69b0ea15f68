"""
Certificates: those that administrators upload, and the one a caller of the HL7 endpoint presents.

The platform forwards a client certificate without validating it. Only this module decides whether
it is a registered certificate, strong and in date. Trust is a pinned public key, never a chain and
never a purpose: public authorities issue certificates for servers only, and whoever pinned the key
has said what it is for. Nothing here logs, reads a clock or looks at a message.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from shared_code.errors import Code, ErrorInfo, Refused

if TYPE_CHECKING:
    from cryptography import x509

CERTIFICATE_MISSING = ErrorInfo(
    Code("certificate_missing"), "No client certificate was presented.", 403
)
CERTIFICATE_MALFORMED = ErrorInfo(
    Code("certificate_malformed"), "The client certificate cannot be read.", 403
)
CERTIFICATE_UNKNOWN = ErrorInfo(
    Code("certificate_unknown"),
    "The client certificate is not registered for this connection.",
    403,
)
CERTIFICATE_EXPIRED = ErrorInfo(
    Code("certificate_expired"), "The client certificate has expired.", 403
)
CERTIFICATE_NOT_YET_VALID = ErrorInfo(
    Code("certificate_not_yet_valid"), "The client certificate is not valid yet.", 403
)
CERTIFICATE_WEAK = ErrorInfo(
    Code("certificate_weak"),
    "The certificate's key is none of RSA from 2048 bits, P-256 and P-384.",
    403,
)

MAX_CERTIFICATE_LENGTH = 16_384
MAX_UPLOAD_LENGTH = 131_072
MIN_RSA_BITS = 2048

_DER_SEQUENCE = b"\x30"
_PEM = re.compile(r"-----BEGIN (?:X509 )?CERTIFICATE-----(.+?)-----END", re.DOTALL)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Pinned:
    """What an administrator should know of a pinned certificate; `ends` is its last second."""

    ends: datetime
    for_clients: bool


def load_pinned(uploaded: bytes) -> bytes:
    """
    Return the DER of the first certificate in an uploaded file, in any common encoding.

    PEM or DER, bare base64 with or without line breaks, base64url, base64 of PEM, UTF-8 with or
    without BOM, UTF-16. DER is tried first and never trimmed: its last byte may look like a blank.
    Dates do not matter here, because they change while nobody changes the file. Raises
    Refused(CERTIFICATE_MALFORMED), and Refused(CERTIFICATE_WEAK) for a key of a kind or size that
    would never be accepted.
    """
    if len(uploaded) > MAX_UPLOAD_LENGTH:
        raise Refused(CERTIFICATE_MALFORMED)
    der = uploaded
    for _ in range(3):
        certificate = _certificate(der) if der.startswith(_DER_SEQUENCE) else None
        if certificate is not None:
            _check_strong(certificate)
            return der
        der = _unarmoured(der)
    raise Refused(CERTIFICATE_MALFORMED)


def check_client_certificate(header: str | None, pinned: Iterable[bytes], now: datetime) -> None:
    """
    Check that the caller presented a registered certificate; `header` is base64 DER.

    Raises Refused with the first that applies: CERTIFICATE_MISSING, _MALFORMED, _WEAK, _EXPIRED or
    _NOT_YET_VALID, _UNKNOWN.
    """
    if header is None or not header.strip():
        raise Refused(CERTIFICATE_MISSING)
    certificate = _presented(header)
    check_usable(certificate, now)
    presented, known = _key_hash(certificate), False
    for der in pinned:  # always compare all of them, so that timing reveals nothing
        known |= hmac.compare_digest(presented, _key_hash_of(der))
    if not known:
        raise Refused(CERTIFICATE_UNKNOWN)


def look_at_pinned(der: bytes) -> Pinned:
    """
    Return what is known of a pinned certificate. Raises Refused(CERTIFICATE_MALFORMED).

    Without the extension, or with "any", a certificate may be used by clients (RFC 5280
    §4.2.1.12).
    """
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    certificate = read_certificate(der)
    allowed = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    try:
        usages = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        usages = ExtendedKeyUsage(allowed)
    return Pinned(certificate.not_valid_after_utc, not allowed.isdisjoint(usages))


def read_certificate(der: bytes) -> x509.Certificate:
    """
    Return the certificate after checking that its key and extensions are readable.

    Raises Refused.
    """
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        _ = certificate.extensions
    except Exception:  # noqa: BLE001 - a foreign parser on hostile bytes: any failure is one
        raise Refused(CERTIFICATE_MALFORMED) from None
    return certificate


def check_usable(certificate: x509.Certificate, now: datetime) -> None:
    """Check that the key is RSA from 2048 bits, P-256 or P-384, and in date. Raises Refused."""
    _check_strong(certificate)
    if now > certificate.not_valid_after_utc:
        raise Refused(CERTIFICATE_EXPIRED)
    if now < certificate.not_valid_before_utc:
        raise Refused(CERTIFICATE_NOT_YET_VALID)


def _presented(header: str) -> x509.Certificate:
    if len(header) > MAX_CERTIFICATE_LENGTH:
        raise Refused(CERTIFICATE_MALFORMED)
    try:
        der = base64.b64decode(header.strip(), validate=True)
    except ValueError:
        raise Refused(CERTIFICATE_MALFORMED) from None
    return read_certificate(der)


def _check_strong(certificate: x509.Certificate) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(
        key.curve, (ec.SECP256R1, ec.SECP384R1)
    ):
        return
    raise Refused(CERTIFICATE_WEAK)


def _key_hash(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = certificate.public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def _key_hash_of(der: bytes) -> bytes:
    try:
        return _key_hash(read_certificate(der))
    except Refused:
        return b""


def _certificate(der: bytes) -> x509.Certificate | None:
    try:
        return read_certificate(der)
    except Refused:
        return None


def _unarmoured(data: bytes) -> bytes:
    text = _text(data)
    armoured = _PEM.search(text)
    encoded = _BLANKS.sub("", armoured[1] if armoured else text).rstrip("=")
    encoded = encoded.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raise Refused(CERTIFICATE_MALFORMED) from None


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[1:2] == b"\0":
        encoding = "utf-16-le"
    else:
        encoding = "utf-8-sig"
    return data.decode(encoding, errors="replace")

"""Keys and certificates for the tests, made once for each run."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.world.clock import NOW

DAY = timedelta(days=1)
NAME = "epic.example.org"
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_KINDS = {"rsa2048": trustme.KeyType.RSA, "p256": trustme.KeyType.ECDSA}
_CURVES = {"p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "p256k1": ec.SECP256K1()}


@cache
def _authority(number: int) -> trustme.CA:
    return trustme.CA()


@cache
def _issued(name: str) -> trustme.LeafCert | None:
    """Return a valid certificate, in date at any time; `-other` names are of another authority."""
    kind, _, other = name.partition("-")
    if kind not in _KINDS:
        return None
    return _authority(len(other)).issue_cert(NAME, common_name=NAME, key_type=_KINDS[kind])


@cache
def key(name: str) -> Any:
    """
    Return a key: `rsa2048`, `p256`, each with `-other`; `rsa1024`, `p384`, `p521`, `p256k1`,
    `ed25519`.
    """
    if issued := _issued(name):
        return load_pem_private_key(issued.private_key_pem.bytes(), None)
    if name.startswith("rsa"):
        return rsa.generate_private_key(65537, int(name[3:7]))
    if name == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(_CURVES[name])


@cache
def certificate(name: str = "rsa2048", **changes: Any) -> x509.Certificate:
    """Return a valid certificate for that key, or a self-signed one if anything is to differ."""
    issued = None if changes else _issued(name)
    if issued is None:
        return _self_signed(name, **changes)
    return x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())


def _self_signed(
    name: str,
    *,
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
    usages: tuple[x509.ObjectIdentifier, ...] = (),
    serial: int = 1,
) -> x509.Certificate:
    """Return one with any key, date and usage; by default valid around NOW."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = (
        x509.CertificateBuilder(subject, subject, key(name).public_key(), serial)
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(key(name), None if name == "ed25519" else hashes.SHA256())


def der(name: str = "rsa2048", **changes: Any) -> bytes:
    """Return the certificate in DER."""
    return certificate(name, **changes).public_bytes(Encoding.DER)


def presented(encoded: bytes) -> str:
    """Return the value of X-ARR-ClientCert for a certificate in DER."""
    return base64.b64encode(encoded).decode()


def write(directory: Path, name: str, **changes: Any) -> tuple[Path, Path]:
    """Write the certificate and its key as PEM files."""
    certificate_file, key_file = directory / "tls.crt", directory / "tls.key"
    certificate_file.write_bytes(certificate(name, **changes).public_bytes(Encoding.PEM))
    pem = key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_file.write_bytes(pem)
    return certificate_file, key_file

"""
The local certificate authority, and every certificate that a local installation needs.

The CA that local clients trust, the server certificate of the local listeners, and Epic's client
identities, valid and invalid. Nothing here is deployed, and no product code reads it: the product
gets these files only in the way it gets a customer's certificates.
"""

import fcntl
import ipaddress
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

EXPIRY_MARGIN = timedelta(days=30)


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key, both PEM files."""

    name: str
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    """The files; `identities` maps a name of `IDENTITIES` to its certificate and key."""

    directory: Path
    ca_file: Path
    server: Identity
    identities: Mapping[str, Identity]


@dataclass(frozen=True)
class _Profile:
    """The properties of a certificate; times are days from now."""

    common_name: str
    key: str
    usages: tuple[x509.ObjectIdentifier, ...]
    first_day: int
    last_day: int
    names: tuple[x509.GeneralName, ...] = ()


_CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
_SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)

IDENTITIES: Mapping[str, _Profile] = MappingProxyType(
    {
        "epic": _Profile("EPIC LAMNA TEST", "P-256", _CLIENT, -30, 1825),
        "epic_next": _Profile("EPIC LAMNA TEST NEXT", "RSA-2048", _CLIENT, -30, 1825),
        "unknown": _Profile("EPIC ELSEWHERE TEST", "P-256", _CLIENT, -30, 1825),
        "expired": _Profile("EPIC EXPIRED TEST", "P-256", _CLIENT, -60, -1),
        "weak": _Profile("EPIC WEAK TEST", "RSA-1024", _CLIENT, -30, 1825),
        "server_only": _Profile("EPIC SERVER ONLY TEST", "P-256", _SERVER, -30, 1825),
    }
)

_SERVER_PROFILE = _Profile(
    "localhost",
    "P-256",
    _SERVER,
    -1,
    396,
    (
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ),
)


def ensure(directory: Path, now: datetime) -> Certificates:
    """
    Create what is missing or about to expire and keep the rest; safe in two processes at once.

    `now` is the real time, aware: moving the demo clock must not expire the local TLS certificates.
    """
    directory.mkdir(parents=True, exist_ok=True)
    found = Certificates(
        directory=directory,
        ca_file=directory / "ca.pem",
        server=_identity(directory, "server"),
        identities=MappingProxyType({name: _identity(directory, name) for name in IDENTITIES}),
    )
    with _locked(directory / ".certificates.lock"):
        ca_key = directory / "ca.key"
        renewed = not _is_valid_for_long(found.ca_file, ca_key, now)
        if renewed:
            _create_ca(found.ca_file, ca_key, now)
        if renewed or not _is_valid_for_long(found.server.certificate, found.server.key, now):
            _issue(found.server, _SERVER_PROFILE, found.ca_file, ca_key, now)
        for name, profile in IDENTITIES.items():
            identity = found.identities[name]
            if renewed or not _is_current(identity, profile, now):
                _issue(identity, profile, found.ca_file, ca_key, now)
    return found


def _identity(directory: Path, name: str) -> Identity:
    return Identity(name, directory / f"{name}.crt", directory / f"{name}.key")


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _is_current(identity: Identity, profile: _Profile, now: datetime) -> bool:
    if profile.last_day < 0:
        return identity.certificate.exists() and identity.key.exists()
    return _is_valid_for_long(identity.certificate, identity.key, now)


def _is_valid_for_long(certificate: Path, key: Path, now: datetime) -> bool:
    if not (certificate.exists() and key.exists()):
        return False
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        return False
    return loaded.not_valid_after_utc > now + EXPIRY_MARGIN


def _new_key(kind: str) -> PrivateKey:
    if kind == "P-256":
        return ec.generate_private_key(ec.SECP256R1())
    size = int(kind.removeprefix("RSA-"))
    # The product must refuse RSA-1024, so a test identity needs one.
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Local simulators"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _create_ca(certificate: Path, key_file: Path, now: datetime) -> None:
    key = _new_key("P-256")
    name = _name("Local simulators CA")
    public = key.public_key()
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    write_whole(certificate, signed.public_bytes(serialization.Encoding.PEM), 0o644)


def _issue(
    identity: Identity, profile: _Profile, ca_file: Path, ca_key_file: Path, now: datetime
) -> None:
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    ca_key = serialization.load_pem_private_key(ca_key_file.read_bytes(), password=None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the local CA signs with a P-256 key")
    key = _new_key(profile.key)
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(profile.common_name))
        .issuer_name(ca.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=profile.first_day))
        .not_valid_after(now + timedelta(days=profile.last_day))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(profile.usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
    )
    if profile.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(profile.names), critical=False)
    signed = builder.sign(ca_key, hashes.SHA256())
    _write_key(identity.key, key)
    write_whole(identity.certificate, signed.public_bytes(serialization.Encoding.PEM), 0o644)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_whole(path, pem, 0o600)


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write the file atomically and with its final permissions from the start."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
    draft.replace(path)

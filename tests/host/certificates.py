"""Certificates for the front doors' tests, good and bad. No test lives here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Identity:
    """A key and its certificate."""

    name: str
    der: bytes
    certificate_pem: bytes
    key_pem: bytes

    def write(self, directory: Path) -> tuple[Path, Path]:
        """Write key and certificate as PEM files; returns both paths."""
        key, certificate = directory / "tls.key", directory / "tls.crt"
        key.write_bytes(self.key_pem)
        certificate.write_bytes(self.certificate_pem)
        return key, certificate


def make_identity(
    name: str,
    *,
    issuer: str = "",
    bits: int = 2048,
    expired: bool = False,
    server_only: bool = False,
) -> Identity:
    """A certificate for `name`; signed by its own key unless an issuer is named."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    signer = rsa.generate_private_key(public_exponent=65537, key_size=2048) if issuer else key
    now = datetime.now(UTC)
    end = now - timedelta(days=1) if expired else now + timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer or name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(end)
    )
    if server_only:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=True)
    certificate = builder.sign(signer, hashes.SHA256())
    return Identity(
        name,
        certificate.public_bytes(serialization.Encoding.DER),
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

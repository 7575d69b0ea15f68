"""The local CA and the identities it issues."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from local.certificates import IDENTITIES, Certificates, ensure

NOW = datetime.now(UTC)


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _content(certificates: Certificates) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in certificates.directory.glob("*.*")}


def test_a_second_start_keeps_every_file(tmp_path: Path) -> None:
    first = _content(ensure(tmp_path, NOW))

    assert first == _content(ensure(tmp_path, NOW + timedelta(days=30)))


def test_keys_are_for_their_owner_only(certificates: Certificates) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in certificates.directory.glob("*.key")}

    assert {0o600} == modes


def test_a_server_certificate_near_its_end_is_renewed_and_nothing_else(tmp_path: Path) -> None:
    before = _content(ensure(tmp_path, NOW))

    after = _content(ensure(tmp_path, NOW + timedelta(days=370)))

    assert {"server.crt", "server.key"} == {name for name in after if after[name] != before[name]}


def test_a_damaged_certificate_is_issued_again(tmp_path: Path) -> None:
    certificates = ensure(tmp_path, NOW)
    certificates.server.certificate.write_bytes(b"not a certificate")

    ensure(tmp_path, NOW)

    assert _read(certificates.server.certificate).issuer == _read(certificates.ca_file).subject


@pytest.mark.parametrize("name", IDENTITIES)
def test_every_identity_is_signed_by_the_local_ca(certificates: Certificates, name: str) -> None:
    ca = _read(certificates.ca_file)
    issued = _read(certificates.identities[name].certificate)

    issued.verify_directly_issued_by(ca)  # raises if it was not signed by the CA

    assert issued.issuer == ca.subject


@pytest.mark.parametrize("name", ["epic", "epic_next", "unknown", "weak", "expired"])
def test_client_identities_may_be_used_as_clients(certificates: Certificates, name: str) -> None:
    found = _read(certificates.identities[name].certificate)
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_bad_identities_are_bad_in_one_way_each(certificates: Certificates) -> None:
    expired = _read(certificates.identities["expired"].certificate)
    server_only = _read(certificates.identities["server_only"].certificate)
    weak = _read(certificates.identities["weak"].certificate).public_key()
    usage = server_only.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert expired.not_valid_after_utc < NOW
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert isinstance(weak, rsa.RSAPublicKey)
    assert weak.key_size == 1024


def test_the_good_identities_have_the_two_kinds_of_key(certificates: Certificates) -> None:
    epic = _read(certificates.identities["epic"].certificate).public_key()
    following = _read(certificates.identities["epic_next"].certificate).public_key()

    assert isinstance(epic, ec.EllipticCurvePublicKey)
    assert isinstance(following, rsa.RSAPublicKey)
    assert following.key_size == 2048

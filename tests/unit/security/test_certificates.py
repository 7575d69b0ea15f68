"""Which certificates may be registered, and which a caller may present."""

from __future__ import annotations

import base64
import textwrap
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared_code.errors import Code, Refused
from shared_code.security.certificates import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_MALFORMED,
    CERTIFICATE_MISSING,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_UNKNOWN,
    CERTIFICATE_WEAK,
    Pinned,
    check_client_certificate,
    load_pinned,
    look_at_pinned,
)
from tests.world.certificates import (
    ANY_USAGE,
    CLIENT_AUTH,
    CODE_SIGNING,
    DAY,
    SERVER_AUTH,
    certificate,
    der,
    presented,
)
from tests.world.clock import NOW

DER = der()
PEM = certificate().public_bytes(Encoding.PEM)
BASE64 = base64.b64encode(DER)
WRAPPED = "\n".join(textwrap.wrap(BASE64.decode(), 64)).encode()
CHAIN = PEM + certificate("p256").public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "uploaded",
    [
        pytest.param(DER, id="DER"),
        pytest.param(PEM, id="PEM"),
        pytest.param(PEM.rstrip(), id="PEM without last line end"),
        pytest.param(PEM.replace(b"\n", b"\r\n"), id="PEM, CRLF"),
        pytest.param(b"\xef\xbb\xbf" + PEM, id="PEM, byte order mark"),
        pytest.param(b"\n \n" + PEM + b"\n\n", id="PEM, blank lines"),
        pytest.param(b"Bag Attributes\n    friendlyName: x\n" + PEM, id="PEM, words before"),
        pytest.param(PEM.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), id="PEM, older name"),
        pytest.param(PEM.replace(b"\n", b""), id="PEM in one line"),
        pytest.param(CHAIN, id="chain: the first"),
        pytest.param(PEM.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xfe\xff" + PEM.decode().encode("utf-16-be"), id="UTF-16, big end first"),
        pytest.param(PEM.decode().encode("utf-16-le"), id="UTF-16 without mark"),
        pytest.param(BASE64, id="base64"),
        pytest.param(WRAPPED, id="base64 in lines"),
        pytest.param(WRAPPED.replace(b"\n", b"\r\n") + b"\r\n", id="base64 in lines, CRLF"),
        pytest.param(base64.urlsafe_b64encode(DER), id="base64url"),
        pytest.param(BASE64.rstrip(b"="), id="base64 without padding"),
        pytest.param(base64.b64encode(PEM), id="base64 of PEM"),
    ],
)
def test_whatever_an_administrators_tool_saved(uploaded: bytes) -> None:
    """All the ways of writing one certificate lead to the same DER."""
    assert load_pinned(uploaded) == DER


@pytest.mark.parametrize(
    "uploaded",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   \n", id="blank"),
        pytest.param(b"hello", id="words"),
        pytest.param(DER[:-1], id="DER cut short"),
        pytest.param(DER + b"\0", id="DER and more"),
        pytest.param(PEM[:200], id="PEM cut short"),
        pytest.param(PEM.replace(b"MII", b"M!I"), id="PEM damaged"),
        pytest.param(base64.b64encode(base64.b64encode(BASE64)), id="base64 thrice"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="other DER"),
        pytest.param(b"A" * 200_000, id="huge"),
        pytest.param(b"\xff\xfe" + b"\xd8" * 9, id="broken UTF-16"),
    ],
)
def test_what_is_no_certificate_is_refused(uploaded: bytes) -> None:
    """With one code and no word of what was uploaded."""
    with pytest.raises(Refused) as refused:
        load_pinned(uploaded)

    assert refused.value.code == CERTIFICATE_MALFORMED.code
    assert str(refused.value) == CERTIFICATE_MALFORMED.sentence


@pytest.mark.parametrize("name", ["rsa1024", "p521", "p256k1", "ed25519"])
@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_key_that_would_never_be_accepted_is_not_pinned(name: str, encoding: Encoding) -> None:
    """Its kind and size stay as they are, unlike its dates."""
    with pytest.raises(Refused) as refused:
        load_pinned(certificate(name).public_bytes(encoding))

    assert refused.value.code == CERTIFICATE_WEAK.code


@pytest.mark.parametrize(
    "changes",
    [
        {"begins": -3 * DAY, "ends": -DAY},
        {"begins": DAY, "ends": 2 * DAY},
        {"usages": (SERVER_AUTH,)},
        {"usages": (CODE_SIGNING,)},
    ],
)
def test_neither_dates_nor_purpose_keep_a_certificate_from_being_pinned(
    changes: dict[str, Any],
) -> None:
    """Else a certificate that ends would be a mistake of the file that holds it."""
    assert load_pinned(der(**changes)) == der(**changes)


@pytest.mark.parametrize(
    ("usages", "for_clients"),
    [
        ((), True),
        ((CLIENT_AUTH,), True),
        ((SERVER_AUTH, CLIENT_AUTH), True),
        ((ANY_USAGE,), True),
        ((SERVER_AUTH,), False),
        ((CODE_SIGNING, SERVER_AUTH), False),
    ],
)
def test_what_is_known_of_a_pinned_certificate(
    usages: tuple[x509.ObjectIdentifier, ...], for_clients: bool
) -> None:
    """Its end, and whether clients may use it: without a purpose, or with any, they may."""
    assert look_at_pinned(der(usages=usages, ends=3 * DAY)) == Pinned(NOW + 3 * DAY, for_clients)


def test_der_that_ends_in_a_blank_is_not_damaged() -> None:
    """The last byte of a signature is a blank now and then: DER is never trimmed."""
    encoded = next(
        candidate
        for candidate in (der("p256", serial=serial) for serial in range(1, 2000))
        if candidate[-1:] in b" \n\r\t\v\f"
    )

    assert load_pinned(encoded) == encoded


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(der(), id="RSA 2048"),
        pytest.param(der("p256"), id="P-256"),
        pytest.param(der("p384"), id="P-384"),
        pytest.param(der(usages=(CLIENT_AUTH,)), id="for clients"),
        pytest.param(der(usages=(SERVER_AUTH, CLIENT_AUTH)), id="for both"),
        pytest.param(der(usages=(SERVER_AUTH,)), id="for servers"),
        pytest.param(der("p384", usages=(CODE_SIGNING,)), id="for code"),
        pytest.param(der(begins=timedelta(0)), id="first second"),
        pytest.param(der(ends=timedelta(0)), id="last second"),
    ],
)
def test_a_registered_certificate_is_accepted(encoded: bytes) -> None:
    """Strong, in date and pinned, whatever its purpose."""
    check_client_certificate(presented(encoded), (der("p521"), encoded), NOW)
    check_client_certificate(presented(encoded), (encoded, der("p521")), NOW)


def test_the_key_is_pinned_and_not_the_certificate() -> None:
    """A renewed certificate with the same key needs no new registration."""
    check_client_certificate(presented(der(serial=2)), (DER,), NOW)


def test_an_expired_registration_accepts_its_renewed_certificate() -> None:
    """What counts is the date of the certificate presented."""
    check_client_certificate(presented(DER), (der(begins=-3 * DAY, ends=-DAY),), NOW)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        pytest.param(None, CERTIFICATE_MISSING.code, id="no header"),
        pytest.param("", CERTIFICATE_MISSING.code, id="empty header"),
        pytest.param("  ", CERTIFICATE_MISSING.code, id="blank header"),
        pytest.param("é", CERTIFICATE_MALFORMED.code, id="no ASCII"),
        pytest.param("AAAA", CERTIFICATE_MALFORMED.code, id="no certificate"),
        pytest.param("AA A", CERTIFICATE_MALFORMED.code, id="no base64"),
        pytest.param(PEM.decode(), CERTIFICATE_MALFORMED.code, id="PEM"),
        pytest.param("A" * 16_388, CERTIFICATE_MALFORMED.code, id="over 16 kB"),
        pytest.param(presented(DER[:-5]), CERTIFICATE_MALFORMED.code, id="cut short"),
        pytest.param(presented(der("rsa1024")), CERTIFICATE_WEAK.code, id="RSA 1024"),
        pytest.param(presented(der("p521")), CERTIFICATE_WEAK.code, id="P-521"),
        pytest.param(presented(der("p256k1")), CERTIFICATE_WEAK.code, id="secp256k1"),
        pytest.param(presented(der("ed25519")), CERTIFICATE_WEAK.code, id="Ed25519"),
        pytest.param(
            presented(der(begins=-2 * DAY, ends=-timedelta(seconds=1))),
            CERTIFICATE_EXPIRED.code,
            id="expired",
        ),
        pytest.param(
            presented(der(begins=timedelta(seconds=1))),
            CERTIFICATE_NOT_YET_VALID.code,
            id="not yet valid",
        ),
        pytest.param(presented(der("rsa2048-other")), CERTIFICATE_UNKNOWN.code, id="other key"),
        pytest.param(
            presented(der("rsa1024", ends=-DAY / 2, usages=(SERVER_AUTH,))),
            CERTIFICATE_WEAK.code,
            id="weak comes before expired",
        ),
        pytest.param(
            presented(der("rsa2048-other", ends=-DAY / 2, usages=(SERVER_AUTH,))),
            CERTIFICATE_EXPIRED.code,
            id="expired comes before unknown",
        ),
        pytest.param(
            presented(der("rsa2048-other", usages=(SERVER_AUTH,))),
            CERTIFICATE_UNKNOWN.code,
            id="other key, for servers",
        ),
    ],
)
def test_why_a_certificate_is_refused(header: str | None, code: Code) -> None:
    """The first thing that is wrong is told, in a fixed order, and never the content."""
    pinned = tuple(der(name) for name in ("rsa2048", "rsa1024", "p521", "p256k1", "ed25519"))

    with pytest.raises(Refused) as refused:
        check_client_certificate(header, pinned, NOW)

    assert refused.value.code == code
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("pinned", [(), (b"",), (b"damaged", DER[:100])])
def test_nothing_usable_registered_accepts_nobody(pinned: tuple[bytes, ...]) -> None:
    """A damaged registration equals no certificate at all."""
    with pytest.raises(Refused) as refused:
        check_client_certificate(presented(DER), pinned, NOW)

    assert refused.value.code == CERTIFICATE_UNKNOWN.code

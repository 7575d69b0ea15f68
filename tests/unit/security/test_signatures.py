"""Only a registered key, over exactly the bytes of the body, makes a signature valid."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import cms

from shared_code.errors import Code, Refused
from shared_code.security.signatures import (
    SIGNATURE_INVALID,
    SIGNATURE_MALFORMED,
    SIGNATURE_MISSING,
    check_detached_signature,
)
from tests.world.certificates import DAY, der
from tests.world.clock import NOW
from tests.world.signatures import (
    content_type,
    crafted,
    detached,
    header,
    message_digest,
    usual_attributes,
)

BODY = b"MSH|^~\\&|EPIC\rSCH|1|36996\r"
PINNED = (der("p384"), der("p256"), der())


def _refusal(value: str | None, body: bytes = BODY, pinned: Any = PINNED) -> Code:
    with pytest.raises(Refused) as refused:
        check_detached_signature(value, body, pinned, NOW)
    assert refused.value.__cause__ is None
    assert str(refused.value) == refused.value.info.sentence
    return refused.value.code


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("name", ["rsa2048", "p256", "p384"])
def test_an_honest_signature_is_valid(name: str, digest: str) -> None:
    """RSA and the two curves, with any digest of the SHA-2 family."""
    check_detached_signature(header(detached(BODY, name, digest)), BODY, PINNED, NOW)


def test_the_first_word_is_a_hint_that_is_ignored() -> None:
    """The profile says so; what counts is inside."""
    value = header(detached(BODY, "p256", "sha256")).replace("SHA512withRSA", "x")

    check_detached_signature(value, BODY, PINNED, NOW)


def test_a_crafted_honest_signature_is_valid() -> None:
    """The bench on which the dishonest ones are made makes honest ones too."""
    check_detached_signature(header(crafted(BODY)), BODY, PINNED, NOW)
    check_detached_signature(header(crafted(BODY, algorithm="sha256_rsa")), BODY, PINNED, NOW)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_signature(value: str | None) -> None:
    """No header and an empty one are the same."""
    assert _refusal(value) == SIGNATURE_MISSING.code


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("SHA512withRSA", id="one word"),
        pytest.param("a b c", id="three words"),
        pytest.param("SHA512withRSA é", id="no ASCII"),
        pytest.param("SHA512withRSA !!!!", id="no base64"),
        pytest.param("SHA512withRSA AAAA", id="no DER"),
        pytest.param("SHA512withRSA " + "A" * 32_768, id="over 32 kB"),
        pytest.param(header(detached(BODY)[:-7]), id="cut short"),
        pytest.param(header(detached(BODY) + b"\0"), id="and more"),
        pytest.param(header(der()), id="a certificate"),
        pytest.param(header(b"\x30\x80" * 8_000), id="nested without end"),
        pytest.param(header(crafted(BODY, attributes=None)), id="no signed attributes"),
        pytest.param(header(crafted(BODY, attributes=[])), id="empty signed attributes"),
        pytest.param(header(crafted(BODY, signers=2)), id="two signers"),
        pytest.param(header(crafted(BODY, signers=0)), id="no signer"),
        pytest.param(header(crafted(BODY, enclosed=BODY)), id="content inside"),
    ],
)
def test_what_is_no_detached_signature_of_one_signer(value: str) -> None:
    """Whatever else arrives in the header is malformed."""
    assert _refusal(value) == SIGNATURE_MALFORMED.code


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BODY + b"\r", id="one byte more"),
        pytest.param(BODY[:-1], id="one byte less"),
        pytest.param(BODY.replace(b"\r", b"\r\n"), id="CRLF"),
        pytest.param(BODY.replace(b"36996", b"36997"), id="another appointment"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_changed_body_is_refused(body: bytes) -> None:
    """The signature covers the raw bytes, line ends included."""
    assert _refusal(header(detached(BODY)), body) == SIGNATURE_INVALID.code


OTHER = b"another body"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"key": "rsa2048-other"}, id="another key with its certificate"),
        pytest.param({"digest": "sha1"}, id="SHA-1"),
        pytest.param({"digest": "sha224"}, id="SHA-224"),
        pytest.param({"signature_digest": "sha512"}, id="signed with another digest"),
        pytest.param({"algorithm": "sha512_rsa"}, id="another digest announced"),
        pytest.param({"algorithm": "sha256_ecdsa"}, id="another kind of key announced"),
        pytest.param({"key": "p256"}, id="RSA announced, made by a curve"),
        pytest.param({"key": "p256", "algorithm": "sha512_ecdsa"}, id="curve, other digest"),
        pytest.param({"attributes": [message_digest(BODY)]}, id="no content type"),
        pytest.param({"attributes": [content_type("data")]}, id="no message digest"),
        pytest.param(
            {"attributes": [content_type("signed_data"), message_digest(BODY)]},
            id="another content type",
        ),
        pytest.param(
            {"attributes": [*usual_attributes(BODY), message_digest(OTHER)]}, id="two digests"
        ),
        pytest.param(
            {"attributes": [content_type("data"), message_digest(BODY, "sha512")]},
            id="digest by another algorithm",
        ),
        pytest.param({"attributes": usual_attributes(OTHER)}, id="digest of another body"),
    ],
)
def test_a_dishonest_signature_is_refused(changes: dict[str, Any]) -> None:
    """Weak digests, mixed algorithms, incomplete attributes and other keys do not count."""
    assert _refusal(header(crafted(BODY, **changes))) == SIGNATURE_INVALID.code


def test_signed_attributes_cannot_be_passed_off_as_a_body() -> None:
    """Without attributes a signature over them would be one over a body that looks like them."""
    body = cms.CMSAttributes(usual_attributes(BODY)).dump()
    value = header(crafted(body, attributes=None))

    assert _refusal(value, body) == SIGNATURE_MALFORMED.code


@pytest.mark.parametrize(
    "pinned",
    [
        pytest.param((), id="none"),
        pytest.param((b"", b"damaged"), id="damaged"),
        pytest.param((der("rsa2048-other"),), id="another key"),
        pytest.param((der("p256"),), id="another kind of key"),
        pytest.param((der(begins=-2 * DAY, ends=-DAY),), id="expired"),
        pytest.param((der(begins=DAY, ends=2 * DAY),), id="not yet valid"),
    ],
)
def test_only_usable_registered_keys_decide(pinned: tuple[bytes, ...]) -> None:
    """The certificate inside the signature is never trusted."""
    assert _refusal(header(detached(BODY)), pinned=pinned) == SIGNATURE_INVALID.code


def test_a_weak_registered_key_verifies_nothing() -> None:
    """RSA with 1024 bits is refused although the signature is right."""
    value = header(detached(BODY, "rsa1024", "sha256"))

    assert _refusal(value, pinned=(der("rsa1024"),)) == SIGNATURE_INVALID.code

"""On any header whatever a proof is accepted or refused, and nothing is accepted by chance."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.errors import Refused
from shared_code.security.certificates import (
    CERTIFICATE_MALFORMED,
    CERTIFICATE_MISSING,
    check_client_certificate,
    load_pinned,
)
from shared_code.security.signatures import (
    SIGNATURE_INVALID,
    SIGNATURE_MALFORMED,
    SIGNATURE_MISSING,
    check_detached_signature,
)
from tests.fuzz.hostile import cases
from tests.world.certificates import der, presented
from tests.world.clock import NOW
from tests.world.signatures import crafted, detached, header

BODY = b"MSH|^~\\&|EPIC\r"
CERTIFICATE = der("p256")
SIGNATURES = [detached(BODY, "p256", "sha256"), crafted(BODY, key="p256", algorithm="sha256_ecdsa")]
OTHERS_PINNED = (der("p384"),)

_PLACES = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, 6), st.binary(max_size=6)),
    min_size=1,
    max_size=4,
)


def _damaged(data: bytes, places: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, put in places:
        at = place % (len(data) + 1)
        data = data[:at] + put + data[at + removed :]
    return data


@cases(1_000)
@given(st.text(max_size=80) | st.binary(max_size=80).map(presented))
def test_any_client_certificate_header(value: str) -> None:
    """Noise is missing or malformed."""
    with pytest.raises(Refused) as refused:
        check_client_certificate(value, (CERTIFICATE,), NOW)

    assert refused.value.code in (
        CERTIFICATE_MISSING.code,
        CERTIFICATE_MALFORMED.code,
    )


@cases(1_500)
@given(_PLACES)
def test_a_damaged_client_certificate(places: list[tuple[int, int, bytes]]) -> None:
    """A damaged certificate never matches another registered key."""
    with pytest.raises(Refused):
        check_client_certificate(presented(_damaged(CERTIFICATE, places)), OTHERS_PINNED, NOW)


@cases(1_000)
@given(_PLACES, st.sampled_from(["der", "pem", "base64"]))
def test_a_damaged_upload(places: list[tuple[int, int, bytes]], form: str) -> None:
    """What is loaded can be loaded again; all else is malformed."""
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(CERTIFICATE)
    forms = {
        "der": CERTIFICATE,
        "pem": pem + b"-----END CERTIFICATE-----\n",
        "base64": base64.b64encode(CERTIFICATE),
    }
    try:
        loaded = load_pinned(_damaged(forms[form], places))
    except Refused as error:
        refused_as = error.code
    else:
        assert load_pinned(loaded) == loaded
        return
    assert refused_as == CERTIFICATE_MALFORMED.code


@cases(1_000)
@given(st.text(max_size=80) | st.binary(max_size=80).map(header))
def test_any_signature_header(value: str) -> None:
    """Noise is missing or malformed."""
    with pytest.raises(Refused) as refused:
        check_detached_signature(value, BODY, (CERTIFICATE,), NOW)

    assert refused.value.code in (SIGNATURE_MISSING.code, SIGNATURE_MALFORMED.code)


@cases(1_500)
@given(_PLACES, st.sampled_from(SIGNATURES))
def test_a_damaged_signature(places: list[tuple[int, int, bytes]], signature: bytes) -> None:
    """Whatever is damaged, another body is never accepted."""
    with pytest.raises(Refused) as refused:
        check_detached_signature(
            header(_damaged(signature, places)), BODY + b"PID|1\r", (CERTIFICATE,), NOW
        )

    assert refused.value.code in (SIGNATURE_INVALID.code, SIGNATURE_MALFORMED.code)

"""Tokens of patients' links: what they look like, and what is signed for them."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.links.domain import digest_of, is_token, signed_words, token_of


def test_a_token_is_26_letters_and_is_kept_as_its_digest() -> None:
    """128 bits of the signature; the table knows only the SHA-256."""
    signature = hashlib.sha256(b"words").digest()
    token = token_of(signature)

    assert (len(token), is_token(token)) == (26, True)
    assert hashlib.sha256(token.encode()).hexdigest() == digest_of(token)
    assert token == token_of(signature[:16])
    assert token != token_of(hashlib.sha256(b"other words").digest())


@pytest.mark.parametrize(
    "text",
    ["", "a" * 25, "a" * 27, "A" * 26, "1" * 26, "a" * 25 + "\n", "a" * 26 + "\n", "ä" * 26],
)
def test_what_has_not_the_shape_of_a_token_is_none(text: str) -> None:
    """So that it is never looked up."""
    assert not is_token(text)


def test_every_appointment_and_version_signs_other_words() -> None:
    """A link belongs to one of each."""
    refs = [AppointmentRef(c, r) for c, r in product(("lamna", "relecloud"), ("1-a", "1-b"))]
    versions = [Version(1, "3fa9c1d2"), Version(1, "00000000"), Version(2, "3fa9c1d2")]
    signed = {signed_words(ref, v) for ref, v in product(refs, versions)}

    assert len(refs) * len(versions) == len(signed)


def test_what_is_signed_never_changes() -> None:
    """Else every link that was texted would lead nowhere."""
    words = signed_words(AppointmentRef("lamna", "1-a"), Version(1, "3fa9c1d2"))

    assert words == "lamna|1-a|1-3fa9c1d2|patient"

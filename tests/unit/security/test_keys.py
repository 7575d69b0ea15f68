"""Key rings: what is sealed opens only where it belongs, what is hashed says nothing."""

from __future__ import annotations

import base64
import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.errors import Code, Refused
from shared_code.security.keys import (
    PAYLOAD_UNREADABLE,
    KeyRing,
    keyed_hash,
    seal,
    seal_text,
    sign,
    unseal,
    unseal_text,
)

RING = KeyRing.new()
OTHER = KeyRing.new()
CONTENT = b"TESTPATIENT^ALEX"


def _rotated(ring: KeyRing) -> KeyRing:
    """A second key is current; the first is still known."""
    return KeyRing("2", {**ring.keys, "2": KeyRing.new().keys["1"]})


@settings(max_examples=50, derandomize=True, database=None, deadline=None)
@given(content=st.binary(max_size=2_000), context=st.text(max_size=50))
def test_what_is_sealed_is_opened(content: bytes, context: str) -> None:
    """With the same ring and in the same context."""
    assert content == unseal(RING, seal(RING, content, context), context)


@settings(max_examples=50, derandomize=True, database=None, deadline=None)
@given(text=st.text(max_size=200))
def test_text_is_sealed_as_text(text: str) -> None:
    """For tables and queues: ASCII, and not the text."""
    sealed = seal_text(RING, text, "phone|lamna~1-00")

    assert sealed.isascii()
    assert text == unseal_text(RING, sealed, "phone|lamna~1-00")


def test_sealing_twice_gives_two_results() -> None:
    """Nobody sees that two rows hold the same phone."""
    assert seal(RING, CONTENT, "row") != seal(RING, CONTENT, "row")
    assert CONTENT not in seal(RING, CONTENT, "row")


def _refused(ring: KeyRing, sealed: bytes, context: str = "row") -> Code:
    with pytest.raises(Refused) as refused:
        unseal(ring, sealed, context)
    return refused.value.code


def test_no_changed_byte_is_overlooked() -> None:
    """Wherever it stands: key id, nonce, content or tag."""
    sealed = seal(RING, CONTENT, "row")
    for place in range(len(sealed)):
        tampered = bytearray(sealed)
        tampered[place] ^= 1

        assert _refused(RING, bytes(tampered)) == PAYLOAD_UNREADABLE.code


@pytest.mark.parametrize("length", [0, 1, 2, 13, 14, 29, 30])
def test_what_is_cut_short_is_refused(length: int) -> None:
    """Down to nothing."""
    sealed = seal(RING, b"", "row")

    assert len(sealed) == 30
    if length < len(sealed):
        assert _refused(RING, sealed[:length]) == PAYLOAD_UNREADABLE.code


def test_it_opens_in_no_other_context_and_with_no_other_key() -> None:
    """A phone moved to another row stays shut."""
    sealed = seal(RING, CONTENT, "phone|lamna~1-00")

    assert _refused(RING, sealed, "phone|lamna~1-01") == PAYLOAD_UNREADABLE.code
    assert _refused(OTHER, sealed, "phone|lamna~1-00") == PAYLOAD_UNREADABLE.code


@pytest.mark.parametrize("text", ["", "====", "ä", "AAAA", "not base64"])
def test_text_that_nobody_sealed_is_refused(text: str) -> None:
    """With the same code as everything else."""
    with pytest.raises(Refused) as refused:
        unseal_text(RING, text, "row")

    assert refused.value.code == PAYLOAD_UNREADABLE.code


def test_bytes_that_are_no_text_are_refused_as_text() -> None:
    """Sealed by us, but not as a text."""
    sealed = base64.b64encode(seal(RING, b"\xff", "row")).decode()

    with pytest.raises(Refused) as refused:
        unseal_text(RING, sealed, "row")
    assert refused.value.code == PAYLOAD_UNREADABLE.code


def test_after_a_rotation_old_work_opens_and_new_work_uses_the_new_key() -> None:
    """Two keys are live; once the old one is gone its work is shut for good."""
    both = _rotated(RING)
    old, new = seal(RING, CONTENT, "row"), seal(both, CONTENT, "row")
    only_new = KeyRing("2", {"2": both.keys["2"]})

    assert CONTENT == unseal(both, old, "row") == unseal(both, new, "row")
    assert (old[:2], new[:2]) == (b"1:", b"2:")
    assert unseal(only_new, new, "row") == CONTENT
    assert _refused(only_new, old) == PAYLOAD_UNREADABLE.code
    assert _refused(RING, new) == PAYLOAD_UNREADABLE.code


def test_a_keyed_hash_is_the_same_for_the_same_and_short() -> None:
    """With the id of its key in front: 128 bits in hex, fit for a row key."""
    one = keyed_hash(RING, "appointment", "lamna", "36996")

    assert one == keyed_hash(RING, "appointment", "lamna", "36996")
    assert (one[:2], len(one)) == ("1-", 34)
    assert set(one[2:]) <= set("0123456789abcdef")


def test_keyed_hashes_of_different_purposes_parts_and_keys_differ() -> None:
    """The same number in two uses, connections or installations cannot be matched."""
    hashes = [
        keyed_hash(RING, "recipient", "tenant", "+16085550142"),
        keyed_hash(RING, "patient", "tenant", "+16085550142"),
        keyed_hash(RING, "recipient", "other", "+16085550142"),
        keyed_hash(RING, "recipient", "tenant+", "16085550142"),
        keyed_hash(RING, "recipient", "tenant", "+16085550143"),
        keyed_hash(RING, "recipient", "tenant"),
        keyed_hash(OTHER, "recipient", "tenant", "+16085550142"),
        keyed_hash(_rotated(RING), "recipient", "tenant", "+16085550142"),
    ]

    assert all(one != other for one, other in combinations(hashes, 2))


def test_a_signature_depends_on_key_and_words() -> None:
    """256 bits, of which a link takes half."""
    assert len(sign(RING, "words")) == 32
    assert sign(RING, "words") == sign(RING, "words")
    assert sign(RING, "words") != sign(RING, "other words")
    assert sign(RING, "words") != sign(OTHER, "words")


def test_a_ring_is_written_and_read() -> None:
    """As the vault keeps it; and never shown."""
    ring = _rotated(RING)

    assert ring == KeyRing.read(ring.write())
    assert [len(key) for key in ring.keys.values()] == [32, 32]
    assert ring.keys["1"].hex() not in repr(ring)
    assert repr(ring.keys["1"]) not in repr(ring)


KEY = base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"current": "1"}',
        '{"current": "1", "keys": []}',
        '{"current": "1", "keys": {}}',
        '{"current": ["1"], "keys": {}}',
        json.dumps({"current": "2", "keys": {"1": KEY}}),
        json.dumps({"current": "1", "keys": {"1": KEY[:-4]}}),
        json.dumps({"current": "1", "keys": {"1": "ä"}}),
        json.dumps({"current": "1", "keys": {"1": 7}}),
        json.dumps({"current": "", "keys": {"": KEY}}),
        json.dumps({"current": "1:2", "keys": {"1:2": KEY}}),
        json.dumps({"current": "2026-06", "keys": {"2026-06": KEY}}),
        json.dumps({"current": "1~2", "keys": {"1~2": KEY}}),
        json.dumps({"current": "1/2", "keys": {"1/2": KEY}}),
        json.dumps({"current": "ä", "keys": {"ä": KEY}}),
    ],
)
def test_a_secret_that_is_no_ring_is_a_value_error(secret: str) -> None:
    """Also a key id that could not stand in front of what it seals, or in a version or row key."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's
        KeyRing.read(secret)


def test_two_new_rings_have_nothing_in_common() -> None:
    """Fresh keys of 256 bits."""
    assert RING.keys != OTHER.keys
    assert (RING.current, len(RING.keys["1"])) == ("1", 32)

"""
The reader with which stories search an account opens every wrapping, or reports what it cannot.
"""

from __future__ import annotations

import base64
import json

import pytest

from shared_code.security import keys
from shared_code.security.keys import KeyRing
from tests.support.canaries import find, numbers
from tests.support.sealed import Reader, contexts

PHONE = "+16085550142"
VALUES = numbers(PHONE)
RING = KeyRing.new()
PLAIN = f"PID|1||203711||{PHONE}".encode()
MESSAGE = keys.seal(RING, PLAIN, "hl7|lamna")
WORK = json.dumps({"v": 1, "work": {"sealed": base64.b64encode(MESSAGE).decode()}}).encode()
LETTER = keys.seal(RING, WORK, "letter|l-1")


def _wrapped(times: int) -> bytes:
    content = b"x" * times + PLAIN
    for _ in range(times):
        content = b'{"it": "' + base64.b64encode(content) + b'"}'
    return content


@pytest.mark.parametrize("times", range(5))
def test_base64_in_base64_is_taken_off(times: int) -> None:
    """Base64 is decoded however often it was applied, in either alphabet, wherever it begins."""
    wrapped = _wrapped(times)
    for content in (wrapped, wrapped.replace(b"+", b"-").replace(b"/", b"_")):
        layers = Reader(RING, ()).read("queue", [b"", content])
        assert find(layers.plain, VALUES) == [PHONE]
        assert layers.opened == b""


@pytest.mark.parametrize(
    "content",
    [MESSAGE, WORK, LETTER, base64.b64encode(WORK)],
    ids=["a message", "one in a queue", "one in a dead letter", "one in base64"],
)
def test_seals_open_for_the_keys_alone(content: bytes) -> None:
    """A message, a message in a queue and one in a dead letter open only with the ring."""
    reader = Reader(RING, ("phone|lamna~1-00", "hl7|lamna", "letter|l-1"))

    layers = reader.read("place", [content])

    assert find(layers.plain, VALUES) == []
    assert find(layers.opened, VALUES) == [PHONE]
    assert reader.unopened == set()


def test_a_seal_that_stays_shut_is_named() -> None:
    """A seal for an unknown place is reported, whole or inside another."""
    reader = Reader(RING, ("letter|l-1",))
    for place, content in {"table": MESSAGE, "blob": LETTER, "queue": b"1:short"}.items():
        assert find(reader.read(place, [content]).opened, VALUES) == []

    assert reader.unopened == {"table", "blob"}


def test_the_places_of_seals_are_those_of_the_product() -> None:
    """What rows of each table seal, each connection's messages, each letter."""
    row = {"PartitionKey": "lamna-test-3f", "RowKey": "1-3f09"}
    of_token = {"PartitionKey": "202606011400-a", "RowKey": "a0"}
    tables = {
        **dict.fromkeys(("appointments", "visits"), [row]),
        **dict.fromkeys(("launches", "sessions"), [of_token]),
        "ehrusers": [{"PartitionKey": "lamna-test", "RowKey": "user~1-ab"}],
    }

    assert contexts(tables, ["t~20260308~aa"], ["lamna-test"]) == (
        "phone|lamna-test~1-3f09",
        "visits/lamna-test~1-3f09/join",
        "visits/lamna-test~1-3f09/guest",
        "launch|202606011400-a0",
        "session|202606011400-a0",
        "ehruser|lamna-test|1-ab",
        "hl7|lamna-test",
        "letter|t~20260308~aa",
    )

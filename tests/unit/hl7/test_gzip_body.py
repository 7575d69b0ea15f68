"""A packed body costs no more memory than what may come of it."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from shared_code.errors import Refused
from shared_code.hl7.errors import BODY_TOO_LARGE
from shared_code.hl7.gzip_body import unpacked

LARGEST = 1_000_000


def packed(content: bytes) -> bytes:
    """Return the same bytes in every process: the time of packing is left out."""
    return gzip.compress(content, mtime=0)


BOMB = packed(bytes(30_000_000))


@pytest.mark.parametrize(
    "body",
    [BOMB, BOMB * 3, packed(b"MSH|") + BOMB],
    ids=["one", "three", "after a header"],
)
def test_a_bomb_is_never_unpacked(body: bytes) -> None:
    """It is refused when the limit is reached, not when all of it was made."""
    tracemalloc.start()
    with pytest.raises(Refused) as refused:
        unpacked(body, "gzip", LARGEST)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert refused.value.code == BODY_TOO_LARGE.code
    assert peak < 4 * LARGEST


@pytest.mark.parametrize("size", [0, 1, LARGEST])
def test_the_limit_itself_is_allowed(size: int) -> None:
    """Stored bytes are as many before as after."""
    content = bytes(size)

    assert unpacked(gzip.compress(content, compresslevel=0), "gzip", LARGEST) == content

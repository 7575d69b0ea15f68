"""Check a picture that is shown to patients: a small PNG, by its own first bytes."""

from __future__ import annotations

import struct

LARGEST = 32 * 1024
_WIDEST, _HIGHEST = 600, 200
_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def check_png(content: bytes) -> None:
    """Raises ValueError with what is wrong with the picture."""
    if len(content) > LARGEST:
        raise ValueError("the file must not have more than 32 KB")
    if len(content) < len(_HEAD) + 8 or not content.startswith(_HEAD):
        raise ValueError("the file must be a PNG")
    width, height = struct.unpack_from(">II", content, len(_HEAD))
    if not (1 <= width <= _WIDEST and 1 <= height <= _HIGHEST):
        raise ValueError(f"the picture must not be larger than {_WIDEST} x {_HIGHEST} pixels")

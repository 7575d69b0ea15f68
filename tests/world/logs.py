"""What the product writes to its log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from shared_code import logs


@contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """Return what the product logs inside the block, in its own format."""
    stream, logger = io.StringIO(), logging.getLogger("connector")
    handler, level = logging.StreamHandler(stream), logger.level
    handler.setFormatter(logs.JsonLine())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)

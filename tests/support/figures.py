"""
How much of a large figure a run plays: a tenth, or all of it where WHOLE_FIGURES is 1.

`make test` plays a tenth, so that it stays short on two cores; `make soak` plays all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

WHOLE = os.environ.get("WHOLE_FIGURES") == "1"


def share(figure: int) -> int:
    """Return the figure, or a tenth of it, at least one."""
    return figure if WHOLE else max(1, figure // 10)


def some[T](items: Sequence[T], most: int) -> Sequence[T]:
    """Return all items, or the first ones."""
    return items if WHOLE else items[:most]

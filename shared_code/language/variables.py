"""The variables of a phrase: what stands between its braces."""

from __future__ import annotations

from string import Formatter


def variables(phrase: str) -> frozenset[str]:
    """
    The names between braces, with whatever a format adds to them: only bare names are known.

    Raises ValueError for a brace without its other half.
    """
    return frozenset(
        f"{name}{'!' if conversion else ''}{':' if spec else ''}"
        for _, name, spec, conversion in Formatter().parse(phrase)
        if name is not None
    )

"""The variables of a phrase: the names between its braces."""

from __future__ import annotations

from string import Formatter


def variables(phrase: str) -> frozenset[str]:
    """
    Return the names between braces, including any format suffix: only bare names are allowed.

    Raises ValueError for an unmatched brace.
    """
    return frozenset(
        f"{name}{'!' if conversion else ''}{':' if spec else ''}"
        for _, name, spec, conversion in Formatter().parse(phrase)
        if name is not None
    )

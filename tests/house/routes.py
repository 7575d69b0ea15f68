"""
Which route hides which: the host tries routes in the order of function names, and the first wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, zip_longest
from typing import Any


def shadowed(functions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return sentences `a hides b`: no request for b can reach b."""
    doors = {name: each for name, each in functions.items() if "route" in each}
    in_order = sorted(doors, key=str.upper)  # ordinal and case-insensitive, like .NET sorts
    return [
        f"{earlier} hides {later}"
        for earlier, later in combinations(in_order, 2)
        if _share_a_verb(doors[earlier], doors[later])
        and _covers(str(doors[earlier]["route"]), str(doors[later]["route"]))
    ]


def _share_a_verb(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether the functions share a method; no methods means every method."""
    mine, others = set(one["methods"]), set(other["methods"])
    return not mine or not others or bool(mine & others)


def _covers(earlier: str, later: str) -> bool:
    """
    Return whether every path of `later` matches `earlier`.

    A parameter matches any segment, `{x?}` also none.
    """
    for mine, other in zip_longest(earlier.split("/"), later.split("/")):
        if other is None and mine is not None and mine.endswith("?}"):
            return True
        if mine is not None and mine.startswith("{*"):
            return True
        if mine is None or other is None:
            return False
        if not mine.startswith("{") and mine.lower() != other.lower():
            return False
    return True

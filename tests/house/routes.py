"""Which route hides which: the host tries them in the order of function names, first match wins."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, zip_longest
from typing import Any


def shadowed(functions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Sentences of the form `a hides b`: no request that is meant for b can reach it."""
    doors = {name: each for name, each in functions.items() if "route" in each}
    in_order = sorted(doors, key=str.upper)  # ordinal, case-insensitive, as .NET sorts
    return [
        f"{earlier} hides {later}"
        for earlier, later in combinations(in_order, 2)
        if _share_a_verb(doors[earlier], doors[later])
        and _covers(str(doors[earlier]["route"]), str(doors[later]["route"]))
    ]


def _share_a_verb(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """No methods at all means every method."""
    mine, others = set(one["methods"]), set(other["methods"])
    return not mine or not others or bool(mine & others)


def _covers(earlier: str, later: str) -> bool:
    """Whether every path of `later` is one of `earlier`; a parameter covers any one segment."""
    for mine, other in zip_longest(earlier.split("/"), later.split("/")):
        if mine is not None and mine.startswith("{*"):
            return True
        if mine is None or other is None:
            return False
        if not mine.startswith("{") and mine.lower() != other.lower():
            return False
    return True

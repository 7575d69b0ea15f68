"""
Which request gets which fault: rules, how often they apply, and seeded chance.

A rule is data; the proxy and the simulators implement the faults.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

RANDOM = "random"


class UnusableRule(ValueError):
    """An invalid rule; the text names the field, never its content."""


@dataclass(frozen=True)
class Match:
    """Every given condition must hold; without conditions, every request matches."""

    target: str | None = None
    method: str | None = None
    path_contains: str | None = None

    def fits(self, target: str, method: str, path: str) -> bool:
        return (
            self.target in (None, target)
            and self.method in (None, method)
            and (self.path_contains is None or self.path_contains in path)
        )


@dataclass(frozen=True)
class Fault:
    """One fault and its parameters; parameters that a kind does not need are ignored."""

    kind: str
    status: int = 503
    retry_after: int | None = None
    seconds: float = 0.0
    stall: bool = False


@dataclass(frozen=True)
class Rule:
    """
    A fault, the requests it applies to, and how often (`times` None: until the rules are cleared).
    """

    match: Match
    faults: tuple[Fault, ...]
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0


@dataclass
class _ActiveRule:
    rule: Rule
    left: int | None
    chance: Random = field(repr=False)


class Plan:
    """The rules in force. The first one decides that matches, has times left, and wins its draw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_ActiveRule] = []

    def add(self, rule: Rule) -> None:
        # Random numbers for a test, not for a key: one seed must always play the same faults.
        chance = Random(rule.seed)  # noqa: S311
        with self._lock:
            self._armed.append(_ActiveRule(rule, rule.times, chance))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def pending(self) -> int:
        """Return how many rules may still play a fault."""
        with self._lock:
            return sum(armed.left != 0 for armed in self._armed)

    def take(self, target: str, method: str, path: str) -> Fault | None:
        """Return the fault for this request and count it as played; None for normal behaviour."""
        with self._lock:
            for armed in self._armed:
                if armed.left == 0 or not armed.rule.match.fits(target, method, path):
                    continue
                if armed.chance.random() >= armed.rule.probability:
                    continue
                if armed.left is not None:
                    armed.left -= 1
                return armed.chance.choice(armed.rule.faults)
        return None


def parse_rule(document: object, kinds: Collection[str]) -> Rule:
    """
    Return the rule described by JSON (fields: docs/simulators.md). Raises UnusableRule.

    `target` may stand beside `kind` or inside `match`; a random rule applies without end by
    default.
    """
    if not isinstance(document, Mapping):
        raise UnusableRule("a rule is a JSON object")
    found = document.get("match", {})
    if not isinstance(found, Mapping):
        raise UnusableRule("match is a JSON object")
    is_random = document.get("kind") == RANDOM
    faults = (
        tuple(_fault(one, kinds) for one in _list(document, "kinds"))
        if is_random
        else (_fault(document, kinds),)
    )
    return Rule(
        match=Match(
            target=_text(found, "target") or _text(document, "target"),
            method=_text(found, "method"),
            path_contains=_text(found, "path_contains"),
        ),
        faults=faults,
        times=_times(document, None if is_random else 1),
        probability=_number(document, "probability", 0.1 if is_random else 1.0),
        seed=int(_number(document, "seed", 0)),
    )


def _fault(document: object, kinds: Collection[str]) -> Fault:
    if isinstance(document, str):
        document = {"kind": document}
    if not isinstance(document, Mapping):
        raise UnusableRule("a fault is a kind or a JSON object")
    kind = _text(document, "kind")
    if kind not in kinds:
        raise UnusableRule(f"kind is one of {', '.join(sorted(kinds))}")
    status = int(_number(document, "status", 503))
    if status not in range(200, 600):
        raise UnusableRule("status is between 200 and 599")
    wait = document.get("retry_after")
    return Fault(
        kind=str(kind),
        status=status,
        retry_after=None if wait is None else int(_number(document, "retry_after", 0)),
        seconds=_number(document, "seconds", 0.0),
        stall=document.get("stall") is True,
    )


def _list(document: Mapping[Any, Any], name: str) -> list[object]:
    value = document.get(name)
    if not isinstance(value, list) or not value:
        raise UnusableRule(f"{name} is a list with at least one fault")
    return value


def _times(document: Mapping[Any, Any], default: int | None) -> int | None:
    if "times" not in document:
        return default
    if document["times"] is None:
        return None
    return int(_number(document, "times", 1))


def _text(document: Mapping[Any, Any], name: str) -> str | None:
    found = _typed(document, name, lambda value: isinstance(value, str), "text")
    return None if found is None else str(found)


def _number(document: Mapping[Any, Any], name: str, default: float) -> float:
    def is_number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0

    found = _typed(document, name, is_number, "a number, not negative")
    return default if found is None else float(found)


def _typed(
    document: Mapping[Any, Any], name: str, accepts: Callable[[object], bool], what: str
) -> Any:
    value: object = document.get(name)
    if value is not None and not accepts(value):
        raise UnusableRule(f"{name} is {what}")
    return value

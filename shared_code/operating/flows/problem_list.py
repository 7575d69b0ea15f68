"""List what a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_code.oversight.domain.problem import Problem
from shared_code.oversight.ports import ProblemStore


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The problems of all connections. Nothing in it says whose appointment one is about."""

    store: ProblemStore

    def list(self, *, settled: bool = False) -> Sequence[Problem]:
        """The open problems, and with `settled` all others too, the newest first."""
        return [each for each in self.store.list() if settled or each.is_open]

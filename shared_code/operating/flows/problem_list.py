"""List what a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_code.oversight.ports import Problem, ProblemStore


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The problems of all connections. Nothing in it says whose appointment one is about."""

    store: ProblemStore

    def list(self) -> Sequence[Problem]:
        """All problems, the newest first. Raises NotStored."""
        return self.store.list()

"""Which of Entra's errors are played, for whom and how often."""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

from local.simulators.entra.errors import KINDS, EntraError, Stage


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error to play: for one account or any, so many times (None: until cleared)."""

    code: str
    account: str | None = None
    times: int | None = 1


class Troubles:
    """The errors to play, in their order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Trouble] = []

    def add(self, trouble: Trouble) -> None:
        with self._lock:
            self._armed.append(trouble)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(trouble) for trouble in self._armed]

    def take(self, stage: Stage, account: str = "") -> str | None:
        """Return the code of the error to play now, counted as played; None for none."""
        with self._lock:
            for place, trouble in enumerate(self._armed):
                fits = KINDS[trouble.code].stage is stage and trouble.account in (None, account)
                if not fits:
                    continue
                if trouble.times is not None:
                    left = replace(trouble, times=trouble.times - 1)
                    self._armed[place : place + 1] = [left] if left.times else []
                return trouble.code
        return None

    def meet(self, stage: Stage, account: str = "") -> None:
        """Raise EntraError if an error is to be played now."""
        code = self.take(stage, account)
        if code is not None:
            raise EntraError(code, account)

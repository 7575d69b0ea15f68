"""One visit, one meeting: take the lease, decide the next step, carry it out, write the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared_code.errors import ErrorInfo
from shared_code.visits.domain.visit import Visit, Wanted


@dataclass(frozen=True, slots=True)
class Ready:
    """The visit can be joined by everybody."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class Busy:
    """Another worker is preparing the visit: come back in a second."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """
    Why the visit cannot be joined yet. `visit` is given to a clinician, and only where there is a
    meeting: its lobby is not known to be closed to patients, the clinician may go in all the same.
    `retry_after`: seconds that Graph asked for.
    """

    info: ErrorInfo
    visit: Visit | None = None
    retry_after: int = 0


Prepared = Ready | Busy | NotReady


@dataclass(frozen=True, slots=True)
class PrepareVisit:
    """Prepares visits."""

    def prepare(self, wanted: Wanted, *, deadline: datetime, patient: bool = False) -> Prepared:
        """
        Prepare what is missing until `deadline` (UTC). Raises NotStored.

        `patient`: never answer with a visit whose lobby is not known to be closed.
        """
        raise NotImplementedError

    def on_hint(self, work: Mapping[str, str]) -> None:
        """Work on one hint of queue `visit-preparation`."""
        raise NotImplementedError

"""Whether a patient may join now. Clinicians are warned, never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared_code.appointments.domain import Appointment, Status, join_window
from shared_code.connections.launch_setup import VisitSetup
from shared_code.errors import ErrorInfo
from shared_code.launching.domain.errors import VISIT_CANCELLED, VISIT_OVER


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The visit takes place and its window has not opened: both times are UTC."""

    start: datetime
    opens: datetime


def patient_gate(
    appointment: Appointment | None, setup: VisitSetup, now: datetime
) -> TooEarly | ErrorInfo | None:
    """
    Return why a patient may not join now, or None.

    Only a cancellation and the window stop anybody: an appointment that is unknown, has no start,
    or was reported as arrived, finished or no-show stops nobody.
    """
    if appointment is None:
        return None
    if appointment.status is Status.CANCELLED:
        return VISIT_CANCELLED
    window = join_window(appointment, setup.opens_before, setup.closes_after)
    if window is None or appointment.start is None or window.opens <= now < window.closes:
        return None
    return VISIT_OVER if window.closes <= now else TooEarly(appointment.start, window.opens)

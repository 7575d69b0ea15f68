"""A person has found out that a visit is now another patient's: its texts are planned anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.appointments.domain import Appointment, Version
from shared_code.connections.domain import Connection
from shared_code.intake.domain.decide import Decision
from shared_code.texting.domain.eligibility import problems_of, why_not_texted_without_event
from shared_code.texting.domain.plan import agenda_of, wanted_texts
from shared_code.texting.domain.reasons import PATIENT_CHANGED
from shared_code.visits.domain.plan import plan_preparation


def accept_patient(
    state: Appointment, connection: Connection, tag: str, now: datetime, grace: timedelta
) -> Decision:
    """
    The row of an appointment in conflict as that of the other patient, under a new version with the
    tag. The first one is forgotten: who is named by an identifier of that one is another again.

    What the connection's rules say of the newest message stays: it was about the other patient.
    """
    after = replace(
        state,
        version=Version(state.version.counter + 1, tag),
        patients=state.other_patients,
        other_patients=(),
        patient_conflict=False,
    )
    if state.texting.blocked == PATIENT_CHANGED:
        blocked = why_not_texted_without_event(after, connection, now)
        after = replace(after, texting=replace(after.texting, blocked=blocked))
    agenda = agenda_of(after, connection, now, grace) + plan_preparation(after, connection, now)
    problems = problems_of((), state, after, connection, now, grace)
    return Decision(after, agenda, wanted_texts(after, connection), problems)

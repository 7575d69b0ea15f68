"""
Counting what becomes of texts and of appointments that lead to none, by connection and day. It
never disturbs sending: what could not be counted is one line in the log.

The numbers are for watching and for reports: a crash or storage that does not answer may lose
some. What really became of each text stands in its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.clock import Clock
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.texting.domain.metrics import (
    RETIRE_COUNTS,
    Combination,
    Count,
    Metric,
    Shard,
    count_of,
    department_of,
    language_tag,
)
from shared_code.texting.domain.tally import REPORTED_WITHIN, Addition, Tally
from shared_code.texting.domain.text import Audience, TextRecord
from shared_code.texting.ports import Counts

PUNCTUAL = timedelta(seconds=60)
"""What is accepted within it is not late."""
KEPT = timedelta(days=180)
"""As long as the outcomes of texts."""
_DAY = "%Y%m%d"


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts what becomes of texts, by connection and day."""

    counts: Counts
    agenda: Agenda
    clock: Clock

    def count(self, subject: AppointmentRef, count: Count) -> None:
        """
        Add one to each of the metrics, today (UTC), in a single write. To be called when nothing of
        the text is left to do: it costs two storage operations, and none where there is nothing to
        count.
        """
        if not count.metrics:
            return
        now = self.clock()
        day = now.astimezone(UTC).date()
        # rows are keyed hashes: each of the sixteen digits ends as many of them
        shard = Shard(subject.connection, day, subject.row[-1])
        over = datetime.combine(day, time(), UTC) + timedelta(days=1) + KEPT
        row = AgendaRow(over, RETIRE_COUNTS, f"{shard.connection}~{day:{_DAY}}")  # for all shards
        addition = Addition(count.combination, dict.fromkeys(count.metrics, 1), now)
        try:
            self.counts.add(shard, addition, lambda: self.agenda.add([row]))
        except (NotStored, Conflict) as error:
            logs.warn("metrics.not_counted", code=error.code)

    def change(self, before: TextRecord | None, after: TextRecord) -> Count:
        """Count what was written of a text; `before` is None where there was no record."""
        count = count_of(before, after, self.clock())
        self.count(after.ref.subject, count)
        return count

    def not_texted(self, ref: AppointmentRef, why: Reason, appointment: Appointment | None) -> None:
        """Count a message about an appointment that leads to no text."""
        audience = audience_of(appointment) if appointment else Audience()
        combination = Combination.of(audience, None, why.code)
        self.count(ref, Count(frozenset({Metric.NOT_TEXTED}), combination))

    def reported(self, connection: str) -> Mapping[str, int]:
        """The reports of a connection's last hour: `delivered`, or the code of a failure."""
        now = self.clock().astimezone(UTC)
        tallies = self.counts.of(connection, (now - REPORTED_WITHIN).date(), now.date())
        return Tally.merged(tallies.values()).reported(now)

    def posted(self, subject: AppointmentRef, count: Count, could_go: datetime) -> None:
        """Count what a request brought, and log what was accepted late."""
        if Metric.SENT in count.metrics and (late := seconds_late(could_go, self.clock())):
            logs.warn("text.late", seconds=late)
        self.count(subject, count)


def audience_of(appointment: Appointment, language: str | None = None) -> Audience:
    """Return whom the appointment's texts are for; `language` is the one they are written in."""
    return Audience(
        department_of(appointment.department),
        country_of(appointment.texting.phone),
        language_tag(language or appointment.language),
    )


def country_of(phone: str | None) -> str:
    """Return the region code of a number (E.164); "" for none."""
    if not phone:
        return ""
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
    except phonenumbers.NumberParseException:
        return ""


def seconds_late(could_go: datetime, accepted: datetime) -> int:
    """Whole seconds beyond the time it could go; 0 for what was punctual."""
    late = accepted - could_go
    return round(late.total_seconds()) if late > PUNCTUAL else 0


def retire(subject: str, counts: Counts) -> None:
    """Erases a day's counts; `subject` is that of the agenda's row. Raises ValueError."""
    connection, _, day = subject.rpartition("~")
    counts.remove(connection, date.fromisoformat(day))

"""
Everything that must happen at a time, one row a duty.

In: rows that capabilities write before the object a row belongs to. A timer reads, every minute,
what is due and calls the handler that a capability brought for the duty; the handler says whether
the row is done, due later, or of another version of its object.
Out: whatever the handlers do; the run's time under `agenda` in table `switches`.
Table: `agenda`. Queues: none. Duties: none of its own.
"""

AGENDA = "agenda"

TABLES = {
    AGENDA: "What must happen, by the minute when it is due",
}

LOG_EVENTS = (
    "agenda.ran",
    "agenda.row_stays",
    "agenda.row_unreadable",
    "agenda.rows_left",
    "agenda.unreadable",
)

"""
Everything that must happen at a given time; each row is one duty.

In: rows, which a capability writes before the object they belong to. Every minute a timer reads
the due rows and calls the handler that a capability registered for the duty. The handler returns
whether the row is done, due later, or belongs to another version of its object.
Out: whatever the handlers do; the time of the last run, under `agenda` in table `switches`.
Table: `agenda`. Queues: none.
Duties: none.
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

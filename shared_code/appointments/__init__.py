"""
What the connector knows of one scheduled appointment: one row, changed only under its ETag.

In: rows from intake, which decides what a message changes.
Out: the row for texting, links and operators, by the keyed hash of its key.
Table: `appointments`. Queues: none.
Duties: `retire_phone` erases the phone when the visit is over, `retire_row` the row 30 days later.
"""

APPOINTMENTS = "appointments"

TABLES = {
    APPOINTMENTS: "Appointments, one row each",
}

LOG_EVENTS = ("agenda.phone_retired",)

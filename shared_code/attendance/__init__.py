"""
Who opened a visit and who pressed join, by role, without names.

In: `opened` and `pressed_join` from launches and patients' links.
Out: what the clinician's page says about the patient's side.
Table: `attendees`. Queues: none.
Duties: `retire_attendees` erases the rows of a visit seven days after its end.
"""

ATTENDEES = "attendees"

TABLES = {
    ATTENDEES: "Who opened a visit and who pressed join, one row for each person",
}

LOG_EVENTS = ("attendance.recorded",)

"""
What people join: a visit and its one Teams meeting.

In: a launch that needs the meeting now, and hints on `visit-preparation`, which the agenda sends
before the start. `flows/prepare.py` is the story: take the visit's lease, decide the next step,
carry it out, write the row; whoever comes next goes on where the last one stopped.
Out: one meeting of one organizer, with its lobby closed to patients, and the links to join it;
problems; hints.
Tables: `visits`, `organizerdays`; the rows `outage-…` of `switches`.
Duties: `prepare_visit` hints at a visit until it is ready or over; `retire_visit` and
`retire_organizer_day` erase.
"""

ORGANIZER_DAYS = "organizerdays"
VISITS = "visits"

TABLES = {
    ORGANIZER_DAYS: "Meetings of an organizer by day, and until when it is left out",
    VISITS: "Visits, their meetings and the links to join them",
}

LOG_EVENTS = (
    "organizer.left_out",
    "organizer.limit",
    "visit.again",
    "visit.hinted",
    "visit.lobby_unconfirmed",
    "visit.not_ready",
    "visit.organizer_fixed",
    "visit.ready",
)

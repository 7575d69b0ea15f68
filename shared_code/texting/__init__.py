"""
One text to one patient at a time: confirmations, changes, cancellations and reminders.

In: hints on `sms-urgent` and `sms-outbound`, from intake and the agenda; reports of the SMS
service on `sms-events`. A hint names a text; everything else is read anew. `flows/send.py` is the
story: read a snapshot, decide the next step, claim, one POST, record the outcome.
Out: at most one text for each reference, or honestly `unknown`; daily counts; problems.
Tables: `texts`, `sendslots`, `dailycounts`, `numberdays`; the rows `outage-…` of `switches`.
Duties: `send`, `reminder`, `settle` and `claim_check` hint at texts without an outcome;
`retire_text`, `retire_counts` and `retire_numbers` erase.
"""

DAILY_COUNTS = "dailycounts"
NUMBER_DAYS = "numberdays"
RATE_WINDOWS = "sendslots"
TEXTS = "texts"

TABLES = {
    DAILY_COUNTS: "What became of texts, by connection and day",
    NUMBER_DAYS: "Which texts one number gets in a day",
    RATE_WINDOWS: "How much of a rate window is reserved",
    TEXTS: "Claims on texts, and their outcomes",
}

LOG_EVENTS = (
    "agenda.hinted",
    "agenda.settled",
    "brake.pulled",
    "metrics.not_counted",
    "optout.added",
    "optout.removed",
    "reply.unclear",
    "sms.event_again",
    "sms.event_ignored",
    "text.again",
    "text.answered",
    "text.claimed",
    "text.deliveries_fail",
    "text.held",
    "text.late",
    "text.not_sent",
    "text.order_not_kept",
    "text.orphan",
    "text.reported",
    "text.sent",
    "text.unknown",
)

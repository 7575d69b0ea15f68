"""
What people look at: problems, dead letters, switches and the audit.

In: reports of problems, and work that could not be done, from whoever met it; every minute what
failed five times, from the poison queues.
Out: lists for operators; replayed work on its queue.
Tables: `problems`, `deadletters`, `switches`, `audit`. Blobs: container `deadletters`.
Duties: `retire_problem` and `retire_letter` erase them after seven days at most.
"""

LOG_EVENTS = (
    "letter.buried",
    "letter.replayed",
)

"""
What people look at: problems, dead letters, switches and the audit log.

In: reports of problems, and work that could not be done, from any capability; every minute,
messages that failed five times, from the poison queues.
Out: lists for operators; replayed work on its queue.
Tables: `problems`, `deadletters`, `switches`, `audit`. Blobs: container `deadletters`.
Duties: `retire_letter` and `retire_problem` erase them after seven days; an open problem about a
visit still ahead stays until the visit.
"""

AUDIT = "audit"
DEAD_LETTERS = "deadletters"
PROBLEMS = "problems"
SWITCHES = "switches"

TABLES = {
    AUDIT: "What operators did, and what clinicians did with their accounts",
    DEAD_LETTERS: "Dead letters, without their content",
    PROBLEMS: "What a person should look at",
    SWITCHES: "Pauses, storm brakes, circuit breakers, and when agenda and feeds were last alive",
}
CONTAINERS = {
    DEAD_LETTERS: "Dead letters, sealed for their id",
}

LOG_EVENTS = (
    "letter.buried",
    "letter.replayed",
    "problem.not_counted",
)

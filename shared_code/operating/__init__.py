"""
What operators ask for by command, and whether the app is healthy.

In: `POST /operations/{action}` with the host's master key; `GET /health`.
Out: JSON without a phone, name or text. What changes something is audited first.
Each group of commands is a story with typed verbs; flows/json_commands.py reads their arguments
from JSON and writes their answers.
Tables, queues and duties: none of its own.
"""

LOG_EVENTS = (
    "operation.done",
    "operation.refused",
    "patient.erased",
)

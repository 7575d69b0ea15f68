"""
One FHIR base URL of an organization: who proves what, which fields say what, what is texted.

In: the connections file, read again when it changes. A wrong file stops the start; one that becomes
wrong later is reported and the last good one holds.
Out: connections by id, as immutable values.
Tables, queues and duties: none.
"""

LOG_EVENTS = ("connections.invalid",)

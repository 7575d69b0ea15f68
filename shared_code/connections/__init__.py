"""
Connections: feeds of scheduling messages, with their proofs, field paths and text settings.

In: the connections file, read again when it changes. An invalid file stops the app from starting;
if the file becomes invalid later, that is reported and the last valid content stays in force.
Out: connections by id, as immutable values.
Tables, queues and duties: none.
"""

LOG_EVENTS = ("connections.invalid",)

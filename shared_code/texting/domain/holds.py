"""Why a text waits, and the switches that make texts wait; docs/operations.md explains each."""

from __future__ import annotations

from datetime import timedelta

PAUSE, BRAKE, DISCARDED, RELEASED = "pause", "brake", "discarded", "released"
"""Switches, each followed by `~` and a connection's id; `pause` alone is for all connections."""
DISAGREEMENT_AGAIN = timedelta(minutes=10)
"""After which a text that is held by its appointment's status is looked at again."""
CLAIMED, QUIET_HOURS, OUTAGE = "claimed", "quiet_hours", "outage"
"""Why a text waits, beside `pause`, `brake` and the code of a connection's state."""

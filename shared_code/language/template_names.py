"""The names of text templates: each exists in every language and for every connection."""

from __future__ import annotations

from enum import StrEnum


class TemplateName(StrEnum):
    """What a text is about. `no_longer_virtual`: the visit takes place, but not by video."""

    SCHEDULED = "scheduled"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    NO_LONGER_VIRTUAL = "no_longer_virtual"
    REMINDER = "reminder"

"""The lobby that every visit gets, and whether an answer shows it. It is never weakened."""

from __future__ import annotations

SCOPE = "organizationExcludingGuests"
"""Only members of the organization go in by themselves; patients wait until one admits them."""
PRESENTERS = "organization"


def is_as_asked(scope: str, presenters: str) -> bool:
    """Whether an answer shows the lobby that every visit gets. A status of 200 alone does not."""
    return (scope, presenters) == (SCOPE, PRESENTERS)

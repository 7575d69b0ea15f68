"""What was reported to a person."""

from __future__ import annotations

from shared_code.errors import Reason
from tests.world.world import World


def reported(world: World, reason: Reason, *, is_open: bool = True) -> list[tuple[str, ...]]:
    """Return the subjects of each problem of this kind, open or not, the oldest first."""
    found = [each for each in world.problem_store.rows.values() if each.code == reason.code]
    kept = [each for each in found if each.is_open is is_open]
    return [each.subjects for each in sorted(kept, key=lambda each: each.at)]

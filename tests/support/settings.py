"""Settings for tests, made as the app makes them."""

from __future__ import annotations

from local.memory.world import ENVIRONMENT
from shared_code.settings import Settings


def settings_for(**values: str) -> Settings:
    """One machine's settings with some of them changed. Storage is unreachable unless given."""
    return Settings.from_environment({**ENVIRONMENT, **values})

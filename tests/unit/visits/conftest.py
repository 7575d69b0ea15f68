"""What tests of visits begin with."""

from __future__ import annotations

import pytest

from tests.world.visiting import Clinic


@pytest.fixture
def clinic() -> Clinic:
    """Return a clinic whose visit nobody has asked for."""
    return Clinic()

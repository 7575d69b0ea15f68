"""The story is played once for its file; each test checks another result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import stack
from local.demo.__main__ import SETTINGS, STEPS
from local.demo.machine import Machine, play


@dataclass(frozen=True, slots=True)
class PlayedStory:
    """The machine after all steps, and why a step failed (None: it did not)."""

    machine: Machine
    outcomes: dict[str, str | None]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedStory]:
    """Play every step of `make demo` on two hosts."""
    directory: Path = tmp_path_factory.mktemp("story")
    running = stack.start(stack.Options(directory, settings=SETTINGS, faulty_tables=True))
    try:
        machine = Machine(running)
        yield PlayedStory(machine, {step.__name__: play(step, machine) for step in STEPS})
    finally:
        running.stop()

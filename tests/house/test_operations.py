"""The app, the operators' command line and docs/operations.md know the same commands."""

from __future__ import annotations

import re

import pytest

from tests.house.repository import ROOT
from tests.world.world import World
from tools.operations import COMMANDS

_ROW = re.compile(r"^\| `([a-z-]+(?: [^`]+)?)` \| ((?:`\{.*?\}`(?: or )?)+) \| ", re.MULTILINE)


def _documented() -> dict[str, str]:
    """Return the documented calls of each command, and the documented bodies."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return dict(_ROW.findall(text))


def _called(name: str) -> str:
    """Return a command of the command line with its arguments, as a document writes it."""
    spellings = (
        f"[{argument} DAY]"
        if argument.startswith("--")
        else f"[{argument[:-1].upper()}]"
        if argument.endswith("?")
        else argument.upper()
        for argument in COMMANDS[name][1:]
    )
    return " ".join((name, *spellings))


def test_the_app_knows_the_commands_of_the_command_line() -> None:
    """The app and the command line have the same commands."""
    assert set(World().services.operating.json_door.commands) == set(COMMANDS)


def test_the_document_lists_the_commands_as_they_are_called() -> None:
    """In the order of `--help`, each with its arguments."""
    assert list(_documented()) == [_called(name) for name in COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_documented_body_is_what_the_command_line_sends(name: str) -> None:
    """The bodies have the same arguments, also when optional ones are left out."""
    bodies = _documented()[_called(name)].split(" or ")
    wanted = [argument.strip("-?") for argument in COMMANDS[name][1:]]
    optional = any(argument.endswith("?") for argument in COMMANDS[name][1:])

    assert re.findall(r'"([a-z]+)":', bodies[-1]) == wanted
    assert bodies[:-1] == (["`{}`"] if optional else [])

"""The app, the operators' command line and docs/operations.md know the same commands."""

from __future__ import annotations

import re

import pytest

from tests.house.repository import ROOT, calls, name_of, parsed, python_files
from tests.world.world import World
from tools.operations import COMMANDS, METAVARS

_ROW = re.compile(r"^\| `([a-z-]+(?: [^`]+)?)` \| ((?:`\{.*?\}`(?: or )?)+) \| ", re.MULTILINE)


def _documented() -> dict[str, str]:
    """Return the documented calls of each command, and the documented bodies."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return dict(_ROW.findall(text))


def _called(name: str) -> str:
    """Return a command of the command line with its arguments, as a document writes it."""
    return " ".join((name, *map(_spelling, COMMANDS[name][1:])))


def _spelling(argument: str) -> str:
    if argument.startswith("--"):
        return f"[{' '.join((argument, *filter(None, [METAVARS.get(argument)])))}]"
    if argument.startswith("<"):
        return f"< {argument.strip('<?').upper()}"
    return f"[{argument[:-1].upper()}]" if argument.endswith("?") else argument.upper()


def test_every_command_is_audited_with_who_gave_it() -> None:
    """No entry of an operator's command leaves the actor out."""
    unnamed = [
        (name_of(file), call.lineno)
        for file in python_files("shared_code/operating")
        for name, call in calls(parsed(file))
        if name == "AuditEntry" and len(call.args) < 5
    ]
    assert unnamed == []


def test_the_app_knows_the_commands_of_the_command_line() -> None:
    """The app and the command line have the same commands."""
    assert set(World().services.operating.json_door.commands) == set(COMMANDS)


def test_the_document_lists_the_commands_as_they_are_called() -> None:
    """In the order of `--help`, each with its arguments."""
    assert list(_documented()) == [_called(name) for name in COMMANDS]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_documented_body_is_what_the_command_line_sends(name: str) -> None:
    """All bodies together have the same arguments; which of them go together, they show."""
    named = re.findall(r'"([a-z]+)":', _documented()[_called(name)])
    wanted = [argument.strip("-?<") for argument in COMMANDS[name][1:]]

    assert list(dict.fromkeys(named)) == wanted

"""
No message of ours has a top-level name that the host would take for its own metadata.

The host replaces its metadata of a message by the message's own top-level values: `{"id": 5}` gives
the message that id, and an unreadable `insertionTime` sends it to the poison queue unread.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field
from typing import cast

import pytest

from shared_code.queues import QUEUES
from shared_code.storage.connect import StorageAccount
from shared_code.storage.queues import StorageQueues
from tests.house.repository import calls, name_of, parsed, python_files

HOST_NAMES = (
    "id",
    "dequeueCount",
    "popReceipt",
    "insertionTime",
    "expirationTime",
    "nextVisibleTime",
    "queueTrigger",
)
_TAKEN = frozenset(name.lower() for name in HOST_NAMES)


@dataclass(slots=True)
class _Account:
    """Collects the adapter's texts in place of the wire."""

    texts: list[str] = field(default_factory=list)

    def queue(self, name: str) -> _Account:
        """The same place for every queue."""
        return self

    def send_message(self, text: str, **options: object) -> None:
        """Keeps the text."""
        self.texts.append(text)


def taken_names(document: object) -> list[str]:
    """Return the top-level names of a message that the host would read as its own."""
    names = document if isinstance(document, dict) else {}
    return [name for name in names if str(name).lower() in _TAKEN]


@pytest.mark.parametrize("queue", QUEUES)
def test_the_envelope_hides_every_name(queue: str) -> None:
    """Whatever the work is called, only `v` and `work` stand at the top."""
    account = _Account()
    work = dict.fromkeys((*HOST_NAMES, *_TAKEN, "v", "work"), "mine")
    StorageQueues(cast(StorageAccount, account)).send(queue, work)
    (text,) = account.texts
    assert json.loads(text) == {"v": 1, "work": work}
    assert taken_names(json.loads(text)) == []


def _named_dicts(tree: ast.Module) -> dict[str, list[ast.Dict]]:
    """Return literal dictionaries that are assigned to a name, by the name."""
    found: dict[str, list[ast.Dict]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def literal_names(tree: ast.Module) -> list[str]:
    """Return names in dictionaries passed to `send` or `try_again`, inline or by name."""
    named, names = _named_dicts(tree), []
    for called, call in calls(tree):
        if called in ("send", "try_again", "send_message"):
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                written = [argument] if isinstance(argument, ast.Dict) else []
                if isinstance(argument, ast.Name):
                    written = named.get(argument.id, [])
                keys = [key for each in written for key in each.keys]
                names += [str(key.value) for key in keys if isinstance(key, ast.Constant)]
    return names


def test_no_work_of_ours_uses_such_a_name() -> None:
    """Even inside the envelope the words mean something else, so they are not used."""
    names = {
        f"{name_of(file)}: {name}"
        for file in python_files("functions", "shared_code")
        for name in literal_names(parsed(file))
    }
    assert any(name.endswith(": text") for name in names)
    assert {name for name in names if name.rpartition(" ")[2].lower() in _TAKEN} == set()


@pytest.mark.parametrize(
    "code",
    [
        "queues.send('q', {'dequeueCount': '9'})",
        "work = {'id': '1'}\nqueues.send('q', work)",
        "retry.try_again(queues, 'q', work={'PopReceipt': 'x'})",
    ],
)
def test_a_taken_name_is_seen(code: str) -> None:
    """A name is found inline, by name or by keyword, in any case."""
    (name,) = literal_names(ast.parse(code))
    assert taken_names({name: ""}) == [name]

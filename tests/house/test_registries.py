"""What capabilities declare is what wiring joins and the documents explain."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_code.wiring import registries
from tests.house.repository import ROOT, calls, parsed, python_files
from tests.world.world import World

LOGGING = {"event", "warn", "failure"}
SHARED = ROOT / "shared_code"


def _room(file: Path) -> str:
    """Return the capability, or the module beside them, that a file of shared_code belongs to."""
    return file.relative_to(SHARED).with_suffix("").parts[0]


def _declared_duties() -> Iterator[tuple[str, str]]:
    """Yield each declared duty with its capability."""
    for file in python_files("shared_code"):
        for name, call in calls(parsed(file)):
            if name == "Duty" and call.args and isinstance(call.args[0], ast.Constant):
                yield str(call.args[0].value), _room(file)


def _section(page: str, heading: str) -> str:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.split(r"^#", text.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_duty_is_declared_once_has_a_handler_and_is_documented() -> None:
    """Declarations, `Services.duties` and the list in docs/data-map.md name the same duties."""
    declared = Counter(duty for duty, _ in _declared_duties())
    listed = re.findall(r"^- `(\w+)`:", _section("data-map.md", "### agenda"), re.MULTILINE)

    assert Counter(World().services.duties.keys()) == declared
    assert sorted(declared) == sorted(listed)


def test_capabilities_name_their_duties() -> None:
    """The paragraph *Duties* of a capability's docstring names those that it declares."""
    declared: dict[str, set[str]] = {}
    for duty, room in _declared_duties():
        declared.setdefault(room, set()).add(duty)

    told = {
        file.parent.name: set(re.findall(r"`([a-z_]+)`", docstring.partition("Duties: ")[2]))
        for file in SHARED.glob("*/__init__.py")
        if (docstring := ast.get_docstring(parsed(file)) or "")
    }
    assert {room: duties for room, duties in told.items() if duties} == declared


def _logged(*places: str) -> Iterator[tuple[str, Path]]:
    """Each name that something is logged by, with the file that does."""
    for file in python_files(*places):
        for name, call in calls(parsed(file)):
            if name in LOGGING and call.args:
                for word in ast.walk(call.args[0]):
                    if isinstance(word, ast.Constant) and "." in str(word.value):
                        yield str(word.value), file


def test_capabilities_declare_the_events_that_they_log() -> None:
    """`LOG_EVENTS` of a capability is what its modules log, in order; functions log nothing."""
    logged: dict[str, set[str]] = {}
    for event, file in _logged("shared_code"):
        logged.setdefault(_room(file), set()).add(event)

    declared = {room: importlib.import_module(f"shared_code.{room}").LOG_EVENTS for room in logged}
    assert {room: tuple(sorted(events)) for room, events in logged.items()} == declared
    assert set().union(*logged.values()) == registries.LOG_EVENTS
    assert list(_logged("function_app.py", "functions")) == []


def test_every_event_is_explained() -> None:
    """docs/operations.md explains each log event and no other."""
    explained = re.findall(
        r"^\| `([a-z0-9_]+\.[a-z0-9_]+)` \|", _section("operations.md", "## Events"), re.MULTILINE
    )
    assert sorted(registries.LOG_EVENTS) == sorted(explained)


def test_what_two_capabilities_declare_is_refused() -> None:
    """A name belongs to one capability."""
    with pytest.raises(ValueError, match="declared twice: .'b'"):
        registries.together(("a", "b"), ("b",))


def test_the_data_map_describes_the_declared_tables_and_containers() -> None:
    """Each with the line that its capability declares, and no others."""
    page = (ROOT / "docs" / "data-map.md").read_text(encoding="utf-8")
    tables = page.partition("\n## Tables\n")[2].partition("\n## ")[0]
    described = re.findall(r"^### (.+)\n\n(.+)\.\n\n", tables, re.MULTILINE)
    containers = _section("data-map.md", "## Blob containers")

    assert dict(described) == registries.TABLES
    assert len(described) == tables.count("\n### ")
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", containers, re.MULTILINE)
    assert dict(rows) == registries.CONTAINERS


def test_capabilities_name_their_tables_and_containers() -> None:
    """The docstring of a capability names those that it declares."""
    for file in SHARED.glob("*/__init__.py"):
        capability = importlib.import_module(f"shared_code.{file.parent.name}")
        docstring = ast.get_docstring(parsed(file)) or ""
        tables = re.search(r"^Tables?: ([^.;]+)", docstring, re.MULTILINE)
        told = set(re.findall(r"`(\w+)`", tables.group(1))) if tables else set()
        assert told == set(getattr(capability, "TABLES", ())), file.parent.name
        containers = set(re.findall(r"container\s+`([\w-]+)`", docstring))
        assert containers == set(getattr(capability, "CONTAINERS", ())), file.parent.name


def test_adapters_use_the_declared_names() -> None:
    """No table or container is opened by a literal name."""
    literal = [
        ast.unparse(call)
        for file in python_files("shared_code")
        for name, call in calls(parsed(file))
        if name in ("Table", "Container", "table", "container")
        and any(isinstance(argument, ast.Constant) for argument in call.args)
    ]
    assert literal == []

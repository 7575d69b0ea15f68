"""What the host finds when it indexes the app: names, endpoints, queues and schedules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared_code.queues import QUEUES
from tests.house.repository import ROOT, calls, name_of, parsed, python_files
from tests.house.routes import shadowed
from tests.world.world import World

GOLDEN = ROOT / "tests" / "house" / "functions.json"
ROLES = ("hl7", "web", "all")
_SETTINGS = {
    "CONNECTOR_VAULT_URL": "https://vault.invalid",
    "CONNECTOR_PUBLIC_URL": "https://visits.example.org",
    "CONNECTOR_ACS_ENDPOINT": "https://acs.invalid",
    "AzureWebJobsStorage__accountName": "unreachable",
}
_HEAVY = ("azure.communication.", "azure.data.tables.", "babel.", "hl7apy.", "jinja2.")

type Described = dict[str, dict[str, Any]]


def _index(role: str, connections: Path) -> subprocess.CompletedProcess[str]:
    own = {"CONNECTOR_ROLE": role, "CONNECTOR_CONNECTIONS_FILE": str(connections)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    return subprocess.run(
        [sys.executable, "-m", "tests.house.describe"],
        cwd=ROOT,
        env=kept | _SETTINGS | own,
        capture_output=True,
        text=True,
        check=False,
    )


def _describe(role: str, connections: Path) -> dict[str, Any]:
    done = _index(role, connections)
    assert done.returncode == 0, done.stderr
    described: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return described


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return every role's app, each indexed in a separate process."""
    connections = tmp_path_factory.mktemp("described") / "connections.json"
    connections.write_text('{"connections": []}', encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        found = pool.map(_describe, ROLES, [connections] * len(ROLES))
        return dict(zip(ROLES, found, strict=True))


@pytest.fixture(scope="module")
def everything(described: dict[str, dict[str, Any]]) -> Described:
    """Return the functions of the role `all`."""
    functions: Described = described["all"]["functions"]
    return functions


@pytest.mark.parametrize("role", ["hl7", "web"])
def test_a_wrong_connections_file_stops_the_app(role: str, tmp_path: Path) -> None:
    """Neither app starts; its last output says what is wrong."""
    file = tmp_path / "connections.json"
    file.write_text('{"connections": [{"id": "canary#"}], "more": 1}', encoding="utf-8")

    done = _index(role, file)

    assert done.returncode != 0
    assert "\nconnections file.connections[0].id: must be a text" in done.stderr
    assert "\nconnections file.more: there is no such name" in done.stderr
    assert "canary" not in done.stderr


def test_functions_are_the_golden_ones(described: dict[str, dict[str, Any]]) -> None:
    """Names, routes, methods, auth levels, queues and schedules change only deliberately."""
    found = {
        "roles": {role: sorted(described[role]["functions"]) for role in ROLES},
        "functions": described["all"]["functions"],
    }
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == found


def test_a_function_is_the_same_in_every_role(described: dict[str, dict[str, Any]]) -> None:
    """The two apps are two halves of the whole, and nothing is in both but health."""
    halves = Counter([*described["hl7"]["functions"], *described["web"]["functions"]])
    assert set(halves) == set(described["all"]["functions"])
    assert [name for name, count in halves.items() if count > 1] == ["health"]
    for role in ("hl7", "web"):
        for name, function in described[role]["functions"].items():
            assert described["all"]["functions"][name] == function


def test_the_doors_app_has_only_the_door_and_health(described: dict[str, dict[str, Any]]) -> None:
    """The app that demands client certificates answers nothing else."""
    assert {"health", "hl7_inbound"} == set(described["hl7"]["functions"])


def test_the_door_starts_light(described: dict[str, dict[str, Any]]) -> None:
    """The HL7 app does not load the HL7 library, tables, texts or pages."""
    loaded = described["hl7"]["modules"]
    assert [name for name in loaded if f"{name}.".startswith(_HEAVY)] == []


def test_no_route_is_shadowed(everything: Described) -> None:
    """The host tries routes in the order of function names, whatever their shape."""
    assert shadowed(everything) == []


@pytest.mark.parametrize(
    ("earlier", "later", "is_hidden"),
    [
        ({"route": "p/{x}", "methods": ["GET"]}, {"route": "p/new", "methods": ["GET"]}, True),
        ({"route": "p/{x}", "methods": ["GET"]}, {"route": "P/{y}", "methods": ["GET"]}, True),
        ({"route": "{*rest}", "methods": []}, {"route": "a/b/c", "methods": ["PUT"]}, True),
        ({"route": "p/{*rest}", "methods": []}, {"route": "p", "methods": ["GET"]}, True),
        ({"route": "p/{x?}", "methods": []}, {"route": "p", "methods": ["GET"]}, True),
        ({"route": "p", "methods": []}, {"route": "p/{x?}", "methods": ["GET"]}, False),
        ({"route": "p/new", "methods": ["GET"]}, {"route": "p/{x}", "methods": ["GET"]}, False),
        ({"route": "p/{x}", "methods": ["GET"]}, {"route": "p/new", "methods": ["POST"]}, False),
        ({"route": "p/{x}", "methods": ["GET"]}, {"route": "p/{x}/y", "methods": ["GET"]}, False),
        ({"route": "p/{x}", "methods": ["GET"]}, {"route": "q/new", "methods": ["GET"]}, False),
    ],
)
def test_shadows_are_seen(earlier: Any, later: Any, is_hidden: bool) -> None:
    """A parameter covers a literal, a catch-all covers all; another verb or depth does not."""
    assert shadowed({"z": later, "B": earlier}) == (["B hides z"] if is_hidden else [])


def test_no_route_takes_the_hosts_own(everything: Described) -> None:
    """A leading slash stops the whole host; `admin` and `runtime` are the host's."""
    routes = [str(each["route"]) for each in everything.values() if "route" in each]
    assert routes
    assert [route for route in routes if not route or route.startswith("/")] == []
    assert [route for route in routes if route.lower().startswith(("admin", "runtime"))] == []


def test_every_door_but_the_operators_is_anonymous(everything: Described) -> None:
    """
    Keys are for operators; every other endpoint authenticates its callers itself or has no secrets.
    """
    levels = {name: each["authLevel"] for name, each in everything.items() if "route" in each}
    assert [name for name, level in levels.items() if level != "anonymous"] == ["operations"]
    assert levels["operations"] == "admin"


def test_head_is_answered_wherever_get_is(everything: Described) -> None:
    """Uptime monitors and scanners send it; a 404 would mean that something is wrong."""
    methods = {name: set(each["methods"]) for name, each in everything.items() if "route" in each}
    assert [name for name, each in methods.items() if "GET" in each and "HEAD" not in each] == []


def test_every_queue_has_one_consumer(everything: Described) -> None:
    """What is put on a queue is read by one function, and no poison queue has a trigger."""
    consumed = Counter(each["queue"] for each in everything.values() if "queue" in each)
    assert dict.fromkeys(QUEUES, 1) == dict(consumed)


def test_every_queue_is_drained() -> None:
    """The poison queue of each queue is emptied into dead letters."""
    world = World()
    world.queues.poison.update({queue: [f"what {queue} could not do"] for queue in QUEUES})
    assert world.services.poison_queues.drain() == len(QUEUES)
    assert {letter.queue for letter in world.dead_letter_store.list()} == set(QUEUES)


def test_nothing_is_sent_by_output_bindings(everything: Described) -> None:
    """Messages go through the SDK: an output binding would write them in the host's own way."""
    assert [name for name, each in everything.items() if "otherBinding" in each] == []


def test_only_the_queue_adapter_sends_messages() -> None:
    """`send_message` of the SDK is called where the envelope is made and nowhere else."""
    senders = {
        name_of(file)
        for file in python_files("function_app.py", "functions", "shared_code")
        for name, _ in calls(parsed(file))
        if name == "send_message"
    }
    assert senders == {"shared_code/storage/queues.py"}

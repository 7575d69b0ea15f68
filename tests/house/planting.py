"""
A copy of the repository with each forbidden import or name planted where a check must find it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.house.repository import ROOMS as PACKAGES
from tests.house.repository import ROOT, python_files

ROOMS = "Triggers call shared code; nothing calls back, and nothing imports tests"
DIRECTION = "Inside shared_code, imports follow one direction"
INSIDE = "Inside a capability, flows and adapters meet only in ports and domain"
ADAPTERS = "Adapters are for wiring alone"
PURE = "Decisions know no Azure, HTTP, clock, chance or environment"
NO_VENDOR = "Stories and protocols know no vendor"
TOKENS = "Stories read tokens through security alone"


@dataclass(frozen=True, slots=True)
class Plant:
    """A module with a forbidden import, and the contract that must report it."""

    module: str
    imports: str
    contract: str

    def __str__(self) -> str:
        return f"{self.module} imports {self.imports}"

    @property
    def name(self) -> str:
        """
        Return the planted module: a new module in a package, or the module that gets the import.
        """
        package = (ROOT / self.module.replace(".", "/")).is_dir()
        return f"{self.module}.planted_{self.imports.replace('.', '_')}" if package else self.module


IMPORTS = (
    Plant("shared_code", "functions.work", ROOMS),
    Plant("functions", "local.processes", ROOMS),
    Plant("shared_code", "local.processes", ROOMS),
    Plant("local", "tools.documents", ROOMS),
    Plant("local", "tests.support.settings", ROOMS),
    Plant("tools", "tests.support.settings", ROOMS),
    *(
        Plant(f"shared_code.{lower}", f"shared_code.{higher}", DIRECTION)
        for lower, higher in (
            ("web", "wiring.services"),
            ("operating", "web.patient.page"),
            ("intake", "operating.flows.health"),
            ("texting", "intake.siu"),
            ("links", "texting.domain.text"),
            ("consent", "links.domain"),
            ("appointments", "consent.ports"),
            ("connections", "appointments.domain"),
            ("oversight", "connections.domain"),
            ("agenda", "oversight.ports"),
            ("storage", "agenda.domain"),
            ("storage", "vault.ports"),
            ("vault", "storage.tables"),
            ("launching", "operating.domain"),
            ("launching", "intake.siu"),
            ("smart", "agenda.domain"),
            ("smart", "vault.ports"),
            ("identity", "smart.errors"),
            ("vault", "graph.errors"),
            ("graph", "vault.secrets"),
            ("identity", "graph.meetings"),
            ("identity", "storage.connect"),
            ("identity", "vault.secrets"),
            ("outbound", "identity.app_tokens"),
            ("security", "outbound.http"),
            ("hl7", "security.keys"),
            ("security", "language.phrases"),
            ("language", "hl7.framing"),
            ("hl7", "storage.tables"),
            ("retry", "hl7.framing"),
            ("queues", "retry"),
            ("rows", "queues"),
            ("clock", "settings"),
            ("logs", "rows"),
            ("errors", "wall_clock"),
        )
    ),
    Plant("shared_code", "json", DIRECTION),
    Plant("shared_code.texting.flows", "shared_code.texting.adapters.texts", INSIDE),
    Plant("shared_code.links.adapters", "shared_code.links.flows", INSIDE),
    Plant("shared_code.links.ports", "shared_code.links.flows", INSIDE),
    Plant("shared_code.texting.domain", "shared_code.texting.ports", INSIDE),
    Plant("shared_code.appointments.domain", "shared_code.appointments.ports", INSIDE),
    Plant("shared_code.intake", "shared_code.texting.adapters.texts", ADAPTERS),
    Plant("functions", "shared_code.links.adapters", ADAPTERS),
    *(
        Plant("shared_code.texting.domain", module, PURE)
        for module in ("logging", "os", "random", "time", "uuid", "azure", "requests", "hl7apy")
    ),
    Plant("shared_code.agenda.domain", "random", PURE),
    Plant("shared_code.errors", "logging", PURE),
    *(
        Plant("shared_code.texting.flows", module, NO_VENDOR)
        for module in ("azure", "msal", "flask", "urllib3")
    ),
    Plant("shared_code.texting.flows", "jwt", TOKENS),
    Plant("shared_code.hl7", "requests", NO_VENDOR),
    Plant("shared_code.links.ports", "azure.data.tables", NO_VENDOR),
)
"""Planting `json` in shared_code makes a package without a layer: `exhaustive` must report it."""

BANNED = {
    "azure.functions": "import azure.functions",
    "datetime.datetime.now": "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)",
    "datetime.datetime.utcnow": "from datetime import datetime\n\nNOW = datetime.utcnow()",
    "time.time": "import time\n\nNOW = time.time()",
    "time.sleep": "import time\n\ntime.sleep(1)",
    "os.environ": "import os\n\nROLE = os.environ['CONNECTOR_ROLE']",
    "os.getenv": "import os\n\nROLE = os.getenv('CONNECTOR_ROLE')",
    "uuid.uuid4": "import uuid\n\nID = uuid.uuid4()",
    "requests": "import requests",
    "unittest.mock": "from unittest.mock import Mock",
}
"""Each name that ruff's list bans, and a module that uses it."""


def copy_of_the_house(target: Path) -> None:
    """Copy the modules and the rules, nothing else."""
    for file in python_files("function_app.py", *PACKAGES, "tests"):
        copy = target / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    shutil.copyfile(ROOT / "pyproject.toml", target / "pyproject.toml")


def plant_imports(target: Path) -> None:
    """Plant every forbidden import in its place."""
    for plant in IMPORTS:
        file = target / f"{plant.name.replace('.', '/')}.py"
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(f"{before}\nimport {plant.imports}\n", encoding="utf-8")


def planted_file(name: str) -> str:
    """Return the file in which plant_banned() uses a banned name."""
    return f"shared_code/texting/flows/uses_{name.replace('.', '_')}.py"


def plant_banned(target: Path) -> None:
    """Plant every use of a banned name in a module of its own."""
    for name, code in BANNED.items():
        (target / planted_file(name)).write_text(f'"""Planted."""\n\n{code}\n', encoding="utf-8")

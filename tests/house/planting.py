"""A copy of the house with one forbidden thing in each place where it must be noticed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.house.repository import ROOT, python_files

DIRECTION = "Inside shared_code, dependencies point at the domain"
ROOMS = "Triggers call shared code; nothing calls back"
PURE = "The domain knows no Azure, HTTP, clock, chance or environment"
NO_VENDOR = "Stories and protocols know no vendor"


@dataclass(frozen=True, slots=True)
class Plant:
    """A module that imports what it must not, and the contract that says so."""

    module: str
    imports: str
    contract: str

    def __str__(self) -> str:
        return f"{self.module} imports {self.imports}"

    @property
    def name(self) -> str:
        """The planted module: a package gets a new module, a module gets the import itself."""
        package = (ROOT / self.module.replace(".", "/")).is_dir()
        return f"{self.module}.planted_{self.imports.replace('.', '_')}" if package else self.module


IMPORTS = (
    Plant("shared_code", "functions.work", ROOMS),
    Plant("functions", "local.processes", ROOMS),
    Plant("shared_code", "local.processes", ROOMS),
    Plant("local", "tests.support.settings", ROOMS),
    Plant("shared_code.flows", "shared_code.sms", DIRECTION),
    Plant("shared_code.flows", "shared_code.storage.places", DIRECTION),
    Plant("shared_code.flows", "shared_code.vault", DIRECTION),
    Plant("shared_code.storage", "shared_code.sms", DIRECTION),
    Plant("shared_code.storage", "shared_code.vault", DIRECTION),
    Plant("shared_code.storage", "shared_code.flows.patience", DIRECTION),
    Plant("shared_code.sms", "shared_code.storage.places", DIRECTION),
    Plant("shared_code.vault", "shared_code.sms", DIRECTION),
    Plant("shared_code.hl7", "shared_code.security.keys", DIRECTION),
    Plant("shared_code.security", "shared_code.hl7.framing", DIRECTION),
    Plant("shared_code.hl7", "shared_code.flows.patience", DIRECTION),
    Plant("shared_code.portal", "shared_code.services", DIRECTION),
    Plant("shared_code.adapters", "shared_code.services", DIRECTION),
    Plant("shared_code.flows", "shared_code.portal", DIRECTION),
    Plant("shared_code.ports", "shared_code.security.keys", DIRECTION),
    Plant("shared_code.settings", "shared_code.ports", DIRECTION),
    Plant("shared_code.clock", "shared_code.settings", DIRECTION),
    Plant("shared_code.domain", "shared_code.clock", DIRECTION),
    Plant("shared_code.errors", "shared_code.domain.wall_clock", DIRECTION),
    Plant("shared_code", "json", DIRECTION),
    *(
        Plant("shared_code.domain", module, PURE)
        for module in ("logging", "os", "random", "time", "uuid", "azure", "requests", "hl7apy")
    ),
    Plant("shared_code.errors", "logging", PURE),
    *(Plant("shared_code.flows", module, NO_VENDOR) for module in ("azure", "msal", "flask")),
    Plant("shared_code.hl7", "requests", NO_VENDOR),
    Plant("shared_code.ports", "azure.data.tables", NO_VENDOR),
)
"""The last DIRECTION line plants a room that no layer names: `exhaustive` must see it."""

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
    """The modules and the rules, nothing else."""
    for file in python_files("function_app.py", "functions", "shared_code", "local", "tests"):
        copy = target / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    shutil.copyfile(ROOT / "pyproject.toml", target / "pyproject.toml")


def plant_imports(target: Path) -> None:
    """Plants every forbidden import in its place."""
    for plant in IMPORTS:
        file = target / f"{plant.name.replace('.', '/')}.py"
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(f"{before}\nimport {plant.imports}\n", encoding="utf-8")


def planted_file(name: str) -> str:
    """Where plant_banned() puts the use of a banned name."""
    return f"shared_code/flows/uses_{name.replace('.', '_')}.py"


def plant_banned(target: Path) -> None:
    """Plants every use of a banned name in a module of its own."""
    for name, code in BANNED.items():
        (target / planted_file(name)).write_text(f'"""Planted."""\n\n{code}\n', encoding="utf-8")

"""
The environment, read once: keys, storage, waiting times and what switches functions off.

host.json is read in host_json.py, the product's settings by the product.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.host.errors import FunctionRefused, StartRefused

STORAGE = "AzureWebJobsStorage"
BODY_LIMIT = 104_857_600  # bytes; the default limit of the real host 4.1037


@dataclass(frozen=True, slots=True)
class HostSettings:
    """All settings of the host outside host.json."""

    app_directory: Path
    port: int
    environment: Mapping[str, str]
    master_key: str
    function_key: str
    invisibility_seconds: float
    polling_seconds: float | None
    clock_offset_file: Path | None
    body_limit: int
    host_id: str

    @classmethod
    def read(cls, app_directory: Path, port: int, environment: Mapping[str, str]) -> "HostSettings":
        """Read the environment. Raises StartRefused naming a setting that is not a number."""
        polling = _number(environment, "LOCAL_HOST_POLLING_SECONDS", 0.0)
        offset_file = environment.get("CONNECTOR_CLOCK_OFFSET_FILE")
        return cls(
            app_directory=app_directory.resolve(),
            port=port,
            environment=environment,
            master_key=environment.get("LOCAL_HOST_MASTER_KEY") or secrets.token_urlsafe(32),
            function_key=environment.get("LOCAL_HOST_FUNCTION_KEY") or secrets.token_urlsafe(32),
            invisibility_seconds=_number(environment, "LOCAL_HOST_INVISIBILITY_SECONDS", 600.0),
            polling_seconds=polling or None,
            clock_offset_file=Path(offset_file) if offset_file else None,
            body_limit=int(_number(environment, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", BODY_LIMIT)),
            host_id=environment.get("AzureFunctionsWebHost__hostid") or "localhost",
        )

    def is_disabled(self, function: str) -> bool:
        """
        Return whether the function is disabled.

        Both spellings work, but the one with two underscores has no effect (real host 4.1037).
        """
        names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
        return any(self.environment.get(name, "").lower() in {"1", "true"} for name in names)

    def expand(self, text: str) -> str:
        """Replace each %NAME% in a binding. A name that is not set switches that function off."""

        def value(found: re.Match[str]) -> str:
            try:
                return self.environment[found[1]]
            except KeyError:
                raise FunctionRefused(f"setting {found[1]} is not set") from None

        return re.sub("%([^%]+)%", value, text)

    def connection(self, name: str | None) -> str:
        """
        Return the connection string that a binding names, with or without the AzureWebJobs prefix.
        """
        setting = name or STORAGE
        found = self.environment.get(setting) or self.environment.get("AzureWebJobs" + setting)
        if not found:
            raise FunctionRefused(f"connection {setting} is not set")
        return found


def process_environment() -> dict[str, str]:
    """Return a copy of the process environment from before the app could change it."""
    return dict(os.environ)


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise StartRefused(f"{name} is not a number") from None

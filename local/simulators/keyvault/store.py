"""The vault's secrets with every version, stored in one private file."""

import json
import secrets
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.certificates import write_whole


@dataclass(frozen=True)
class Secret:
    """One version of a secret; times are seconds since 1970."""

    name: str
    version: str
    value: str
    content_type: str | None
    tags: dict[str, str] | None
    created: int
    enabled: bool
    not_before: int | None
    expires: int | None


class SecretStore:
    """Versions by name, the newest last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._secrets: dict[str, list[Secret]] = {}
        if file.exists():
            for document in json.loads(file.read_bytes()):
                secret = Secret(**document)
                self._secrets.setdefault(secret.name.lower(), []).append(secret)

    def add(self, **fields: Any) -> Secret:
        """Add a version; it is written to disk before this returns."""
        secret = Secret(version=secrets.token_hex(16), **fields)
        with self._lock:
            self._secrets.setdefault(secret.name.lower(), []).append(secret)
            everything = [asdict(one) for versions in self._secrets.values() for one in versions]
            write_whole(self._file, json.dumps(everything, indent=1).encode(), 0o600)
        return secret

    def versions(self, name: str) -> list[Secret]:
        """Return the versions of a secret. Names are not case sensitive."""
        with self._lock:
            return list(self._secrets.get(name.lower(), []))

    def names(self) -> list[str]:
        with self._lock:
            return sorted(versions[0].name for versions in self._secrets.values())

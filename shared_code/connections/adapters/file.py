"""
Connections from the file that `CONNECTOR_CONNECTIONS_FILE` names, read again when it changes.

A file that is wrong when the app starts stops it. One that becomes wrong later changes nothing
until it is right again: a mistake about one connection must not stop all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared_code import logs
from shared_code.connections.adapters.reader import LanguageOf, TemplateCheck, read_connections
from shared_code.connections.domain import Connection
from shared_code.errors import SettingsInvalid


class ConnectionsFile:
    """The port Connections. The first reading of a wrong file raises SettingsInvalid."""

    def __init__(self, file: Path, language_of: LanguageOf, check_template: TemplateCheck) -> None:
        self._file = file
        self._language_of = language_of
        self._check_template = check_template
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._connections: Mapping[str, Connection] | None = None

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id."""
        return self._current().get(connection_id)

    def all(self) -> Sequence[Connection]:
        """Every connection, in the order of the file."""
        return tuple(self._current().values())

    def _current(self) -> Mapping[str, Connection]:
        with self._lock:
            seen = self._look()
            if self._connections is None or seen != self._seen:
                self._connections = self._read_again(self._connections)
                self._seen = seen
            return self._connections

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _read_again(self, before: Mapping[str, Connection] | None) -> Mapping[str, Connection]:
        try:
            return read_connections(self._read(), self._language_of, self._check_template)
        except SettingsInvalid as invalid:
            if before is None:
                raise
            logs.warn("connections.invalid", count=len(invalid.problems))
            return before

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise SettingsInvalid(["connections file: cannot be read as UTF-8"]) from None

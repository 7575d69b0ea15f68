"""
Connections from the file that `CONNECTOR_CONNECTIONS_FILE` names, read again when it changes.

If the file is invalid when the app starts, the app does not start. If it becomes invalid later, the
last valid content stays in force: a mistake in one connection must not stop all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared_code import logs
from shared_code.connections.adapters import png
from shared_code.connections.adapters.reader import read_connections
from shared_code.connections.adapters.sms import LanguageOf, TemplateCheck
from shared_code.connections.domain import Connection, with_base_url
from shared_code.errors import SettingsInvalid


class ConnectionsFile:
    """The port Connections. Raises SettingsInvalid if the file is invalid at the first read."""

    def __init__(self, file: Path, language_of: LanguageOf, check_template: TemplateCheck) -> None:
        self._file = file
        self._language_of = language_of
        self._check_template = check_template
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._connections: Mapping[str, Connection] | None = None
        self._mistakes: tuple[str, ...] = ()

    def find(self, connection_id: str) -> Connection | None:
        """Return the connection with that id, or None."""
        return self._current().get(connection_id)

    def all(self) -> Sequence[Connection]:
        """Return every connection, in the order of the file."""
        return tuple(self._current().values())

    def mistakes(self) -> Sequence[str]:
        """Return the mistakes of the file as it is now; the last valid one stays in use."""
        self._current()
        return self._mistakes

    def by_base_url(self, key: str) -> Sequence[Connection]:
        """Return the connections whose Epic has the base URL with that address key."""
        return with_base_url(self.all(), key)

    def _current(self) -> Mapping[str, Connection]:
        with self._lock:
            seen = self._file_state()
            if self._connections is None or seen != self._seen:
                self._connections = self._reload(self._connections)
                self._seen = seen
            return self._connections

    def _file_state(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _reload(self, before: Mapping[str, Connection] | None) -> Mapping[str, Connection]:
        try:
            connections = read_connections(
                self._read(), self._language_of, self._check_template, self._read_logo
            )
        except SettingsInvalid as invalid:
            if before is None:
                raise
            self._mistakes = invalid.problems
            logs.warn("connections.invalid", count=len(invalid.problems))
            return before
        self._mistakes = ()
        return connections

    def _read_logo(self, name: str) -> bytes:
        """Return the picture in that file, which lies beside this one. Raises ValueError."""
        beside = self._file.with_name(name)
        try:
            if not beside.is_file():  # reading a pipe would wait for a writer
                raise ValueError("there is no such file beside the connections file")
            with beside.open("rb") as file:
                content = file.read(png.LARGEST + 1)
        except OSError:
            raise ValueError("the file cannot be read") from None
        png.check_png(content)
        return content

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise SettingsInvalid(["connections file: cannot be read as UTF-8"]) from None

"""
The errors of the connector: their root, their tree, and what an error carries.

    ConnectorError                  carries an ErrorInfo, never a word of the input
    ├── Refused                     the caller's message, proof or request is not acceptable
    ├── NotStored                   our storage or key vault does not answer; try again
    ├── Conflict                    another worker changed the row first; read and decide again
    └── SettingsInvalid             the app must not start; names every wrong setting at once

Each capability declares its codes beside their use, each once: an `ErrorInfo` for what is raised
or answered at a door, a `Reason` for what is kept and explained later (why a text was not sent, a
problem, a dead letter). wiring/codes.py assembles both, docs/error-codes.md lists them. What is
here belongs to no capability. Nothing of ours is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NewType

Code = NewType("Code", str)
"""A stable public name: it appears in answers, logs, problems, rows and the documentation."""


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """
    What an error says: its code, its sentence for people, and how it is answered.

    `status` is the HTTP status (0: never answered over HTTP). With status 200, the HL7
    acknowledgement code (HL7 v2.5.1 §2.9.2, table 0008) and the ERR-3 condition (table 0357) are
    set.
    """

    code: Code
    sentence: str
    status: int = 0
    acknowledgement: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why something was not done or is held.

    A row stores only the code and is read back as `Reason(Code(text))`, so two reasons are equal if
    their codes are. The sentence is looked up in the assembled table.
    """

    code: Code
    sentence: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.code

    def as_error(self, status: int = 0) -> ErrorInfo:
        """Return the error for refusing a request for this reason: same code and sentence."""
        return ErrorInfo(self.code, self.sentence, status)


REQUEST_MALFORMED = ErrorInfo(
    Code("request_malformed"), "The request is not of the form this action expects.", 400
)
"""Any endpoint may answer with it."""
STORAGE_UNAVAILABLE = ErrorInfo(
    Code("storage_unavailable"), "The message could not be stored; send it again.", 503
)
WRITE_CONFLICT = ErrorInfo(Code("write_conflict"), "Somebody else changed the row first.", 409)
SETTINGS_INVALID = ErrorInfo(Code("settings_invalid"), "The settings are not valid.")


class ConnectorError(Exception):
    """The root of all errors. Its text is the info's sentence and nothing else."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info.sentence)
        self.info = info

    @property
    def code(self) -> Code:
        """Return the code of `info`."""
        return self.info.code


class Refused(ConnectorError):
    """The input is not acceptable; sending it again will not help."""


class NotStored(ConnectorError):
    """Storage or the key vault did not answer. Nothing is lost; the sender should try again."""

    def __init__(self) -> None:
        super().__init__(STORAGE_UNAVAILABLE)


class Conflict(ConnectorError):
    """The row already exists, or its ETag is not the one that was read."""

    def __init__(self) -> None:
        super().__init__(WRITE_CONFLICT)


class SettingsInvalid(ConnectorError):
    """The app must not start. `problems` name settings, never their values."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__(SETTINGS_INVALID)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.info.sentence, *self.problems])

"""
What happens when somebody presses *Begin virtual visit*: a launch token and the app's launch URL.

A token works once and for five minutes. What is to go wrong later travels with it.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from local.simulators.epic.chart import Visit
from local.simulators.epic.instances import Instance
from local.simulators.epic.people import Person
from local.simulators.epic.records import Record
from local.simulators.epic.tickets import Tickets

LIFETIME = timedelta(minutes=5)
TOKENS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "launch.signs": lambda: f"{secrets.token_hex(8)}ab+cd/==",
        "launch.raw": lambda: f"{secrets.token_hex(8)}ab+cd/==",
        "launch.long": lambda: secrets.token_hex(1450),
    }
)
"""Other texts than usual; a raw one is put into the URL without percent-encoding."""
SPELLINGS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "iss.no_slash": lambda base: base.removesuffix("/"),
        "iss.upper_host": lambda base: base.replace("localhost", "LOCALHOST"),
        "iss.small_path": lambda base: base.replace("/api/FHIR/R4/", "/api/fhir/r4/"),
        "iss.http": lambda base: base.replace("https:", "http:"),
        "iss.user_info": lambda base: base.replace("://", "://epic.lamna.example@"),
        "iss.query": lambda base: f"{base}?x=1",
        "iss.dstu2": lambda base: base.replace("/R4/", "/DSTU2/"),
        "iss.missing": lambda _: "",
    }
)
"""The base URL as other systems write it: some are the same address, some are not."""


@dataclass(frozen=True)
class Launch:
    """
    One press of a button. `plays` names what goes wrong.

    `answer` replaces fields of the token answer, whatever their type.
    """

    number: int
    instance: Instance
    iss: str
    record: Record
    user: Person
    visit: Visit | None
    plays: frozenset[str] = frozenset()
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return self.instance.base(self.record.version)


@dataclass(frozen=True)
class Begun:
    """A launch as the browser gets it."""

    number: int
    iss: str
    launch: str
    url: str


class Launches:
    """Issues launches, numbered from 1 for the records of requests."""

    def __init__(self) -> None:
        self.tickets: Tickets[Launch] = Tickets(LIFETIME)
        self._lock = threading.Lock()
        self._number = 0

    def begin(
        self,
        record: Record,
        instance: Instance,
        user: Person,
        visit: Visit | None,
        now: datetime,
        *,
        plays: frozenset[str] = frozenset(),
        answer: Mapping[str, Any] = MappingProxyType({}),
    ) -> Begun:
        with self._lock:
            self._number += 1
            number = self._number
        iss = instance.base(record.version)
        for name in sorted(plays & SPELLINGS.keys()):
            iss = SPELLINGS[name](iss)
        launch = Launch(number, instance, iss, record, user, visit, plays, answer)
        token = _token(plays)
        self.tickets.issue(token, launch, now)
        written = token if "launch.raw" in plays else quote(token, safe="")
        joint = "&" if "?" in record.url else "?"
        url = f"{record.url}{joint}iss={quote(iss, safe='')}&launch={written}"
        return Begun(number, iss, token, url)


def _token(plays: frozenset[str]) -> str:
    for name in sorted(plays & TOKENS.keys()):
        return TOKENS[name]()
    return secrets.token_urlsafe(48)

"""
Integration records: for each button of Epic the launch URL, the client id and the context template.

They are configurable, because the mistakes that sites make in them must be played: a token of
another name, or the URL of the other environment.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.simulators.epic.chart import Visit
from local.simulators.epic.instances import PREFIXES
from local.simulators.epic.people import Person

PROVIDER, PATIENT = "provider", "patient"


@dataclass(frozen=True)
class Record:
    """One record. `side` is whose button it is: provider or patient."""

    name: str
    side: str
    environment: str
    client_id: str
    url: str
    context: str
    version: str = "R4"
    prefix: str = ""

    @property
    def instance_prefix(self) -> str:
        return self.prefix or PREFIXES[self.environment]


class Records:
    """The site's records by name, in the order given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}

    def replace(self, records: Sequence[Record]) -> None:
        with self._lock:
            self._records = {record.name: record for record in records}

    def all(self) -> list[Record]:
        with self._lock:
            return list(self._records.values())

    def find(self, name: str) -> Record | None:
        with self._lock:
            return self._records.get(name)


def context_of(template: str, visit: Visit | None, user: Person) -> dict[str, str]:
    """
    Return the fields of a context template such as `sessionId=%CSN%&ehrUser=%SYSLOGIN%`.

    Tokens that Epic does not know, or that have no value here, stay as they are written.
    """
    values = _values(visit, user)
    fields = {}
    for pair in filter(None, template.split("&")):
        name, _, value = pair.partition("=")
        for token, meaning in values.items():
            value = value.replace(f"%{token}%", meaning)
        fields[name] = value
    return fields


def _values(visit: Visit | None, user: Person) -> Mapping[str, str]:
    values = {
        "EPICUSERFHIRID": user.id,
        "SYSLOGIN": user.login,
        "EPICUSERID": user.login,
        "USERFNAME": user.given.upper(),
        "USERLNAME": user.family.upper(),
        "LOGINDEPTID": "10501101" if user.is_staff else "",
    }
    if visit is None:
        return values
    return values | {"CSN": visit.csn, "EPTID": visit.patient.id, "PATID": "203711"}

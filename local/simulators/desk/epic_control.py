"""`/control/epic`: registrations, integration records, what goes wrong, and launches for tests."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from local.simulators.desk.control import Unusable
from local.simulators.epic.bookings import Bookings
from local.simulators.epic.clients import Client
from local.simulators.epic.instances import PREFIXES, VERSIONS
from local.simulators.epic.people import WHO
from local.simulators.epic.records import PATIENT, PROVIDER, Record
from local.simulators.epic.smart import LAUNCH_PLAYS, PLAYS, Epic

_LISTS = frozenset({"redirect_uris", "keys"})


class EpicControl:
    """Each field of the posted document has its own effect."""

    def __init__(self, epic: Epic, bookings: Bookings) -> None:
        self._epic = epic
        self._bookings = bookings
        self._effects: Mapping[str, Callable[[Any], None]] = MappingProxyType(
            {
                "door_url": self._set_door,
                "clients": self._register,
                "records": self._set_records,
                "play": self._play,
                "authorize": self._set_authorize,
                "replace_keys": self._replace_keys,
            }
        )

    def configure(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Change what the document names, and return the settings as they are then."""
        if not document.keys() <= self._effects.keys():
            raise Unusable(f"fields are {', '.join(self._effects)}")
        for name, value in document.items():
            self._effects[name](value)
        return self._state()

    def begin(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """
        Begin a visit: `record` (a name), `who`, `csn`, `plays` (names), `answer` (token fields).

        The browser is to open the returned `url`.
        """
        if not document.keys() <= {"record", "who", "csn", "plays", "answer"}:
            raise Unusable("fields are record, who, csn, plays, answer")
        record = self._epic.records.find(str(document.get("record")))
        who, csn, answer = document.get("who"), document.get("csn", ""), document.get("answer", {})
        if record is None:
            raise Unusable("record is the name of a record")
        if not isinstance(who, str) or who not in WHO:
            raise Unusable(f"who is one of {', '.join(WHO)}")
        if not isinstance(csn, str) or not isinstance(answer, dict):
            raise Unusable("csn is a text, answer an object")
        plays = plays_of(document.get("plays", []), LAUNCH_PLAYS)
        begun = self._epic.begin(record, who, csn, plays, answer)
        return {"number": begun.number, "iss": begun.iss, "launch": begun.launch, "url": begun.url}

    def _state(self) -> dict[str, Any]:
        """Return the settings; keys and addresses of keys are left out."""
        conduct = self._epic.conduct
        return {
            "door_url": self._bookings.door_url,
            "clients": [
                {"client_id": one.client_id, "environment": one.environment}
                for one in self._epic.clients.all()
            ],
            "records": [
                {"name": one.name, "side": one.side, "environment": one.environment}
                for one in self._epic.records.all()
            ],
            "play": sorted(conduct.plays),
            "authorize": conduct.authorize_by,
            "plays": sorted(PLAYS),
        }

    def _set_door(self, url: object) -> None:
        if not isinstance(url, str) or not _is_web_address(url):
            raise Unusable("door_url is an http(s) URL")
        self._bookings.door_url = url

    def _register(self, documents: object) -> None:
        clients = [_read(Client, "clients", document) for document in _list(documents)]
        for client in clients:
            if client.environment not in PREFIXES:
                raise Unusable("a client's environment is production or test")
            if not all("kid" in key for key in client.keys):
                raise Unusable("every key of a client has a kid")
            self._epic.clients.register(client)

    def _set_records(self, documents: object) -> None:
        records = [_read(Record, "records", document) for document in _list(documents)]
        for record in records:
            known = record.side in {PROVIDER, PATIENT} and record.environment in PREFIXES
            if not known or record.version not in VERSIONS or not _is_web_address(record.url):
                raise Unusable("a record has a side, an environment, a version and an http(s) url")
        self._epic.records.replace(records)

    def _play(self, names: object) -> None:
        self._epic.conduct.plays = plays_of(names, PLAYS)

    def _set_authorize(self, scheme: object) -> None:
        if scheme not in ("http", "https"):
            raise Unusable("authorize is http or https")
        self._epic.conduct.authorize_by = str(scheme)

    def _replace_keys(self, how: object) -> None:
        if how not in ("new_kid", "same_kid"):
            raise Unusable("replace_keys is new_kid or same_kid")
        self._epic.keys.replace(new_kid=how == "new_kid")


def plays_of(names: object, known: frozenset[str]) -> frozenset[str]:
    """Return the named plays. Raises Unusable for a name that is not among the known ones."""
    chosen = frozenset(str(name) for name in _list(names))
    if not chosen <= known:
        raise Unusable("plays are named in GET /control/epic; discovery and keys have no launch")
    return chosen


def _read[Thing](kind: type[Thing], name: str, document: object) -> Thing:
    known: Collection[str] = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    if not isinstance(document, dict) or not document.keys() <= set(known):
        raise Unusable(f"fields of {name} are {', '.join(known)}")
    values = {
        key: tuple(_list(value)) if key in _LISTS else value for key, value in document.items()
    }
    try:
        return kind(**values)
    except TypeError:
        raise Unusable(f"fields are missing in {name}") from None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unusable("a list is expected")
    return value


def _is_web_address(url: object) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in {"http", "https"}

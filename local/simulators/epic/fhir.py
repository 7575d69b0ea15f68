"""FHIR behind an access token: the visit's Appointment and Encounter, and people's names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, unquote

from local.faults.listener import Answer, Request
from local.simulators.epic.chart import Chart, Visit
from local.simulators.epic.instances import Instance
from local.simulators.epic.people import CLINICIANS, PROXY, Person
from local.simulators.epic.tickets import NotUsable, Tickets
from local.simulators.epic.token import Access
from local.simulators.epic.wire import BUSY, HTML, accepted, refused, to_json
from local.simulators.simulator import Outcome

SILENCE = "fhir.silence"


def _outcome(status: int, code: str, words: str) -> Answer:
    coding = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": code}
    issue = {"severity": "fatal", "code": "processing", "details": {"coding": [coding]}}
    document = {"resourceType": "OperationOutcome", "issue": [issue | {"diagnostics": words}]}
    return to_json(document, status, {"Content-Type": "application/fhir+json"})


ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "fhir.break_the_glass": _outcome(HTTPStatus.FORBIDDEN, "4130", "Break the glass."),
        "fhir.not_authorized": _outcome(HTTPStatus.FORBIDDEN, "4118", "Not authorized."),
        "fhir.gone": _outcome(HTTPStatus.GONE, "4107", "Merged."),
        "fhir.busy": BUSY,
        "fhir.html": HTML,
    }
)
"""Answers instead of a resource."""
STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "fhir.arrived": ("arrived", "arrived"),
        "fhir.checked_in": ("checked-in", "arrived"),
        "fhir.fulfilled": ("fulfilled", "finished"),
        "fhir.no_show": ("noshow", "unknown"),
        "fhir.pending": ("pending", "planned"),
        "fhir.waitlist": ("waitlist", "planned"),
        "fhir.cancelled": ("cancelled", "cancelled"),
        "fhir.entered_in_error": ("entered-in-error", "entered-in-error"),
        "fhir.no_status": ("", ""),
    }
)
"""Status of the Appointment and of the Encounter; empty leaves it out."""
OTHER_CSN, NO_CSN = "fhir.other_csn", "fhir.no_csn"
OTHER_PATIENT, NO_REFERENCES = "fhir.other_patient", "fhir.no_references"
PLAYS = (
    ANSWERS.keys() | STATUSES.keys() | {OTHER_CSN, NO_CSN, OTHER_PATIENT, NO_REFERENCES, SILENCE}
)
_VISITS = MappingProxyType({"Appointment": "eAppt", "Encounter": "eEnc"})


@dataclass(frozen=True)
class _Read:
    """One request, as far as it is understood."""

    instance: Instance
    version: str
    access: Access
    plays: frozenset[str]
    patient: str | None


class Fhir:
    """Serves read and search below a base URL."""

    def __init__(self, chart: Chart, access: Tickets[Access]) -> None:
        self._chart = chart
        self._access = access

    def plays_of(self, request: Request, now: datetime) -> frozenset[str]:
        """Return what the launch behind the request's token asked to go wrong."""
        try:
            launch = self._access.read(_bearer(request), now).launch
        except NotUsable:
            return frozenset()
        return frozenset() if launch is None else launch.plays

    def act(
        self,
        instance: Instance,
        version: str,
        rest: str,
        request: Request,
        plays: frozenset[str],
        now: datetime,
    ) -> Outcome:
        try:
            access = self._access.read(_bearer(request), now)
        except NotUsable as problem:
            return _unauthorized(f"token_{problem}")
        if access.environment != instance.environment:
            return _unauthorized("token_of_another")
        launch = access.launch
        details = {"launch": None if launch is None else launch.number}
        for name in sorted(plays & ANSWERS.keys()):
            return accepted(ANSWERS[name], played=name, **details)
        reading = _Read(instance, version, access, plays, _only_patient(access))
        resource, _, identifier = rest.partition("/")
        if identifier in ("", "_search"):
            return self._search(reading, resource, request)
        return self._read(reading, resource, unquote(identifier))

    def _read(self, reading: _Read, resource: str, identifier: str) -> Outcome:
        if resource in _VISITS and reading.version != "DSTU2":
            visit = self._visible(reading, identifier.removeprefix(_VISITS[resource]))
            document = None if visit is None else _visit(resource, visit, reading)
        else:
            person = self._person(reading, resource, identifier)
            document = None if person is None else _person(person, reading.version)
        if document is None or document["id"] != identifier:
            return refused(_outcome(HTTPStatus.NOT_FOUND, "4102", "Invalid id."), "unknown_id")
        return _found(document)

    def _search(self, reading: _Read, resource: str, request: Request) -> Outcome:
        text = request.target.partition("?")[2]
        if request.method == "POST":
            # Since February 2026 Epic ignores the query string of a search by POST.
            text = request.body.decode("utf-8", "replace")
        wanted = parse_qs(text).get("identifier", [""])[0]
        if resource not in _VISITS or not wanted or reading.version == "DSTU2":
            return refused(_outcome(HTTPStatus.BAD_REQUEST, "59100", "Not supported."), "search")
        system, _, csn = wanted.rpartition("|")
        visit = self._visible(reading, csn) if system in ("", _csn_system(reading)) else None
        entries = [] if visit is None else [{"resource": _visit(resource, visit, reading)}]
        total = len(entries)
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries}
        return _found(bundle)

    def _visible(self, reading: _Read, csn: str) -> Visit | None:
        visit = self._chart.find(csn)
        if visit is None or reading.patient not in (None, visit.patient.id):
            return None
        return visit

    def _person(self, reading: _Read, resource: str, identifier: str) -> Person | None:
        launch = reading.access.launch
        patients = [] if launch is None or launch.visit is None else [launch.visit.patient]
        for person in (*CLINICIANS.values(), PROXY, *patients):
            if (person.resource, person.id) == (resource, identifier):
                return person
        return None


def _only_patient(access: Access) -> str | None:
    """Return the only patient whose visits a token may read; None for any."""
    launch = access.launch
    if launch is None or launch.user.is_staff or launch.visit is None:
        return None
    return launch.visit.patient.id


def _visit(resource: str, visit: Visit, reading: _Read) -> dict[str, Any]:
    plays = reading.plays
    appointment_status, encounter_status = visit.status, "planned"
    for name in plays & STATUSES.keys():
        appointment_status, encounter_status = STATUSES[name]
    patient = "eOther1" if OTHER_PATIENT in plays else visit.patient.id
    actor = {"reference": f"Patient/{patient}", "display": "Testpatient, Alex"}
    if NO_REFERENCES in plays:
        del actor["reference"]
    csn = f"{visit.csn}1" if OTHER_CSN in plays else visit.csn
    identifiers = [{"use": "usual", "system": _csn_system(reading), "value": csn}]
    document: dict[str, Any] = {
        "resourceType": resource,
        "identifier": [] if NO_CSN in plays else identifiers,
    }
    if resource == "Appointment":
        dana = {"reference": CLINICIANS["eDana9"].reference}
        document |= {
            "id": visit.appointment_id,
            "status": appointment_status,
            "participant": [{"actor": one, "status": "accepted"} for one in (actor, dana)],
        }
        if visit.start is not None and visit.end is not None:
            document |= {"start": _utc(visit.start), "end": _utc(visit.end), "minutesDuration": 30}
    else:
        document |= {"id": visit.encounter_id, "status": encounter_status, "subject": actor}
    if not document["status"]:
        del document["status"]
    return document


def _person(person: Person, version: str) -> dict[str, Any]:
    name = {"use": "usual", "text": f"{person.given} {person.family}", "given": [person.given]}
    if version == "DSTU2":
        shaped: Any = {**name, "family": [person.family]}
        names = shaped if person.is_staff else [shaped]
    else:
        names = [{**name, "family": person.family}]
    return {"resourceType": person.resource, "id": person.id, "active": True, "name": names}


def _csn_system(reading: _Read) -> str:
    number = 2 if reading.instance.environment == "production" else 3
    return f"urn:oid:1.2.840.114350.1.13.999.{number}.7.3.698084.8"


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _found(document: dict[str, Any]) -> Outcome:
    answer = to_json(document)
    headers = [("Content-Type", "application/fhir+json; charset=utf-8"), *answer.headers[1:]]
    return accepted(Answer(answer.status, answer.body, headers))


def _bearer(request: Request) -> str:
    scheme, _, token = request.header("Authorization").partition(" ")
    return token if scheme == "Bearer" else ""


def _unauthorized(why: str) -> Outcome:
    headers = [("WWW-Authenticate", 'Bearer error="invalid_token"')]
    return refused(Answer(HTTPStatus.UNAUTHORIZED, b"", headers), why)

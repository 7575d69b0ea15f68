"""What FHIR gives for an access token: visits, names, and every other state of a visit."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from local.simulators.epic.messages import PHONES
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.smart_app import App, Begin

CSN = "urn:oid:1.2.840.114350.1.13.999.2.7.3.698084.8"


def test_a_clinician_reads_the_visit_by_its_id_and_by_its_number(app: App, begin: Begin) -> None:
    headers: dict[str, Any] = {
        "Authorization": f"Bearer {app.redeem(begin()).json['access_token']}"
    }
    base = app.url("/api/FHIR/R4/")

    read = app.fetch("GET", f"{base}Appointment/eAppt36996", **headers).json
    found = app.fetch("GET", f"{base}Encounter?identifier={quote(CSN)}%7C36996", **headers).json
    none = app.fetch("GET", f"{base}Appointment?identifier=1", **headers).json

    (number,) = read["identifier"]
    assert (number["system"], number["value"], read["status"]) == (CSN, "36996", "booked")
    assert (found["total"], found["entry"][0]["resource"]["id"]) == (1, "eEnc36996")
    assert none["total"] == 0


def test_a_booked_visit_has_its_start_in_utc(
    app: App, begin: Begin, desk: Desk, simulators: RunningSimulators
) -> None:
    desk.submit("/epic/book", phone="(608)555-0142", start="2026-06-10T13:30", kind="video")
    (booked,) = simulators.bookings.appointments()
    answer = app.redeem(begin(csn=booked.key)).json

    read = app.fetch(
        "GET",
        app.url(f"/api/FHIR/R4/Appointment/{answer['appointment']}"),
        Authorization=f"Bearer {answer['access_token']}",
    ).json

    assert (read["start"], read["end"]) == ("2026-06-10T18:30:00Z", "2026-06-10T19:00:00Z")
    assert answer["patient"] == f"eAlexQ{PHONES.index('(608)555-0142')}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("R4/Practitioner/eDana9", [{"family": "Doctor", "given": ["Dana"]}]),
        ("R4/Practitioner/eSam4", [{"family": "Surgeon", "given": ["Sam"]}]),
        ("DSTU2/Practitioner/eDana9", {"family": ["Doctor"], "given": ["Dana"]}),
    ],
)
def test_a_practitioner_has_a_name(app: App, begin: Begin, path: str, name: Any) -> None:
    token = app.redeem(begin()).json["access_token"]

    read = app.fetch("GET", app.url(f"/api/FHIR/{path}"), Authorization=f"Bearer {token}").json

    found = read["name"] if isinstance(read["name"], list) else [read["name"]]
    wanted = name if isinstance(name, list) else [name]
    assert [{key: one[key] for key in wanted[0]} for one in found] == wanted
    assert isinstance(read["name"], list) == isinstance(name, list)


@pytest.mark.parametrize(
    "path", ["Appointment/eAppt1", "Practitioner/eNobody", "Appointment/eEnc36996", "Task/1"]
)
def test_an_unknown_id_is_not_found(app: App, begin: Begin, path: str) -> None:
    token = app.redeem(begin()).json["access_token"]

    refusal = app.fetch("GET", app.url(f"/api/FHIR/R4/{path}"), Authorization=f"Bearer {token}")

    assert (refusal.status, refusal.json["resourceType"]) == (404, "OperationOutcome")


def test_a_patient_reads_no_other_patients_visit(
    app: App, begin: Begin, desk: Desk, simulators: RunningSimulators
) -> None:
    desk.submit("/epic/book", phone="(608)555-0142", start="2026-06-10T13:30", kind="video")
    (booked,) = simulators.bookings.appointments()
    token = app.redeem(begin("patient", "patient")).json["access_token"]

    refusal = app.fetch(
        "GET",
        app.url(f"/api/FHIR/R4/Appointment/eAppt{booked.key}"),
        Authorization=f"Bearer {token}",
    )

    assert refusal.status == 404


@pytest.mark.parametrize("header", ["", "Bearer guessed", "Basic eDp5"])
def test_without_an_access_token_nothing_is_read(app: App, header: str) -> None:
    refusal = app.fetch("GET", app.url("/api/FHIR/R4/Practitioner/eDana9"), Authorization=header)

    assert refusal.status == 401
    assert "invalid_token" in refusal.headers["www-authenticate"]


def test_an_access_token_lives_an_hour(app: App, begin: Begin, clock: MovableClock) -> None:
    token = app.redeem(begin()).json["access_token"]
    clock.move(minutes=61)

    url = app.url("/api/FHIR/R4/Practitioner/eDana9")
    assert app.fetch("GET", url, Authorization=f"Bearer {token}").status == 401


@pytest.mark.parametrize(
    ("play", "status", "part"),
    [
        ("fhir.other_csn", 200, {"value": "369961"}),
        ("fhir.no_csn", 200, {"identifier": []}),
        ("fhir.other_patient", 200, {"reference": "Patient/eOther1"}),
        ("fhir.arrived", 200, {"status": "arrived"}),
        ("fhir.entered_in_error", 200, {"status": "entered-in-error"}),
        ("fhir.break_the_glass", 403, {"code": "4130"}),
        ("fhir.gone", 410, {"code": "4107"}),
    ],
)
def test_fhir_plays_what_the_launch_asked(
    app: App, begin: Begin, play: str, status: int, part: dict[str, Any]
) -> None:
    token = app.redeem(begin(plays=[play])).json["access_token"]
    url = app.url("/api/FHIR/R4/Appointment/eAppt36996")

    read = app.fetch("GET", url, Authorization=f"Bearer {token}")

    assert read.status == status
    assert json.dumps(part)[1:-1] in json.dumps(read.json)


def test_a_status_and_references_can_be_missing(app: App, begin: Begin) -> None:
    token = app.redeem(begin(plays=["fhir.no_status", "fhir.no_references"])).json["access_token"]
    url = app.url("/api/FHIR/R4/Appointment/eAppt36996")

    read = app.fetch("GET", url, Authorization=f"Bearer {token}").json

    assert "status" not in read
    assert "reference" not in read["participant"][0]["actor"]

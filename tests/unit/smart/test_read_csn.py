"""FHIR, where it names the visit in time."""

from __future__ import annotations

import pytest

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from shared_code.smart.token_answer import LaunchContext
from tests.unit.smart.launch import Launch
from tests.unit.smart.web import BASE, DSTU2, answer

APPOINTMENT = f"{BASE}Appointment/eAppt36996"
ENCOUNTER = f"{BASE}Encounter/eEnc77"
CSN = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.3.698084.8", "value": "27717"}
BOTH = LaunchContext(appointment="eAppt36996", encounter="eEnc77")


def _resource(kind: str) -> Answer:
    return answer({"resourceType": kind, "identifier": [CSN]})


@pytest.fixture
def launch() -> Launch:
    """Return a launch at an Epic whose FHIR knows both."""
    launch = Launch()
    launch.web.answers = {APPOINTMENT: _resource("Appointment"), ENCOUNTER: _resource("Encounter")}
    return launch


@pytest.mark.parametrize("base", [BASE, BASE.rstrip("/")])
def test_the_appointment_is_read_with_the_launchs_token(launch: Launch, base: str) -> None:
    """One request, at most two seconds."""
    assert launch.client.read_csn(base, BOTH, "opaque.Zk3") == "27717"
    (request,) = launch.web.requests
    assert (request.method, request.url, request.seconds) == ("GET", APPOINTMENT, 2.0)
    assert request.headers["Authorization"] == "Bearer opaque.Zk3"


def test_dstu2_is_asked_for_its_own_json(launch: Launch) -> None:
    """It would answer XML."""
    launch.client.read_csn(DSTU2, BOTH, "a")
    launch.client.read_csn(BASE, BOTH, "a")
    accepted = [request.headers["Accept"] for request in launch.web.requests]
    both, one = "application/json+fhir, application/json", "application/json"
    assert accepted == [both, both, one]


def test_without_an_appointment_the_encounter_is_read(launch: Launch) -> None:
    """And with neither, nothing."""
    assert launch.client.read_csn(BASE, LaunchContext(encounter="eEnc77"), "a") == "27717"
    assert launch.web.urls() == [ENCOUNTER]
    assert launch.client.read_csn(BASE, LaunchContext(csn="1", session_id="2"), "a") is None
    assert launch.client.read_csn(BASE, LaunchContext(appointment="../Patient/e1"), "a") is None
    assert launch.web.urls() == []


@pytest.mark.parametrize(
    "said",
    [
        answer({"resourceType": "OperationOutcome"}, 403),
        answer({"resourceType": "Appointment", "identifier": [CSN]}, 410),
        answer({"resourceType": "Appointment", "identifier": [CSN]}, 302),
        answer({"resourceType": "Appointment"}),
        answer(b"<Appointment/>"),
        NotReached(Phase.CONNECT),
        NoAnswer(Phase.NO_REPLY),
        AnswerTooLarge(),
    ],
)
def test_no_answer_is_silence(launch: Launch, said: Answer | ConnectorError) -> None:
    """A refusal, break-the-glass, gone, slow, nonsense: the Encounter may still say it."""
    launch.web.answers[APPOINTMENT] = said
    assert launch.client.read_csn(BASE, BOTH, "a") == "27717"
    launch.web.answers[ENCOUNTER] = said
    assert launch.client.read_csn(BASE, BOTH, "a") is None


def test_both_together_have_two_seconds(launch: Launch) -> None:
    """A slow FHIR delays nobody further."""
    launch.web.answers[APPOINTMENT] = NoAnswer(Phase.NO_REPLY)
    launch.web.takes = 1.5
    assert launch.client.read_csn(BASE, BOTH, "a") == "27717"
    assert [request.seconds for request in launch.web.requests] == [2.0, 0.5]

    launch.web.urls()
    launch.web.takes = 3
    assert launch.client.read_csn(BASE, BOTH, "a") is None
    assert launch.web.urls() == [APPOINTMENT]

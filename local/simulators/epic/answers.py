"""
The token endpoint's good answer, and every other shape in which such answers were seen.

The tables are data: a value may contain `{csn}`, and `{number}` alone is the CSN as a number.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from local.simulators.epic.launches import Launch
from local.simulators.epic.records import context_of

SET: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "answer.expires_in_string": {"expires_in": "3240"},
        "answer.expires_in_null": {"expires_in": None},
        "answer.token_type_small": {"token_type": "bearer"},
        "answer.scope_without_openid": {"scope": "launch "},
        "answer.banner_bool": {"need_patient_banner": True},
        "answer.session_number": {"sessionId": "{number}"},
        "answer.session_list": {"sessionId": ["{csn}"]},
        "answer.session_object": {"sessionId": {}},
        "answer.session_bool": {"sessionId": True},
        "answer.session_casing": {"SessionID": "{csn}"},
        "answer.session_two_same": {"SESSIONID": "{csn}"},
        "answer.session_two_differ": {"SESSIONID": "{csn}0"},
        "answer.session_other_visit": {"sessionId": "{csn}0"},
        "answer.session_placeholder": {"sessionId": "%CSN%"},
        "answer.session_conference": {"sessionId": "%CONFERENCEID%"},
        "answer.session_empty": {"sessionId": ""},
        "answer.session_blank": {"sessionId": " "},
        "answer.session_null_word": {"sessionId": "null"},
        "answer.session_undefined": {"sessionId": "undefined"},
        "answer.session_zero": {"sessionId": "0"},
        "answer.session_padded": {"sessionId": " {csn} "},
        "answer.session_leading_zeros": {"sessionId": "00{csn}"},
        "answer.session_null": {"sessionId": None},
        "answer.fhir_context": {"fhirContext": [{"reference": "Appointment/eAppt{csn}"}]},
        "answer.name_in_context": {"patientName": "TESTPATIENT,ALEX"},
        "answer.many_fields": {f"extra{number}": "x" * 20 for number in range(200)},
        "answer.huge": {"padding": "x" * 300_000},
    }
)
"""Fields set in the answer."""
DROPPED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "answer.expires_in_missing": ("expires_in",),
        "answer.token_type_missing": ("token_type",),
        "answer.scope_missing": ("scope",),
        "answer.session_casing": ("sessionId",),
        "answer.session_missing": ("sessionId",),
        "answer.no_encounter": ("encounter",),
        "answer.no_appointment": ("appointment",),
        "answer.no_patient": ("patient",),
        "answer.no_access_token": ("access_token",),
        "answer.no_id_token": ("id_token",),
        "answer.fhir_context": ("appointment",),
    }
)
"""Fields left out of the answer."""
PLAYS = SET.keys() | DROPPED.keys()


def token_answer(launch: Launch, access_token: str, id_token: str, state: str) -> dict[str, Any]:
    """Return the body of the token answer, in the shape that the launch asks for."""
    visit, user = launch.visit, launch.user
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "launch openid fhirUser ",
        "need_patient_banner": "false",
        "smart_style_url": f"{launch.instance.origin}{launch.instance.prefix}/style.json",
        "state": state,
        "id_token": id_token,
    }
    if visit is not None:
        answer |= {
            "patient": visit.patient.id,
            "encounter": visit.encounter_id,
            "appointment": visit.appointment_id,
        }
    if user.is_staff:
        answer |= {"location": "eLoc1", "loginDepartment": "eLoc1"}
    answer |= context_of(launch.record.context, visit, user)
    return _shaped(answer, launch)


def _shaped(answer: dict[str, Any], launch: Launch) -> dict[str, Any]:
    csn = "" if launch.visit is None else launch.visit.csn
    for name in sorted(launch.plays):
        for unwanted in DROPPED.get(name, ()):
            answer.pop(unwanted, None)
    for name in sorted(launch.plays):
        answer |= {key: _filled(value, csn) for key, value in SET.get(name, {}).items()}
    return answer | dict(launch.answer)


def _filled(value: Any, csn: str) -> Any:
    if value == "{number}":
        return int(csn) if csn.isdecimal() else csn
    if isinstance(value, str):
        return value.replace("{csn}", csn)
    if isinstance(value, list):
        return [_filled(one, csn) for one in value]
    if isinstance(value, dict):
        return {key: _filled(one, csn) for key, one in value.items()}
    return value

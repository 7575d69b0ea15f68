"""What an organization has agreed of its launches, visits and patients' pages. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ClinicianOpens(StrEnum):
    """What a clinician's launch opens: our page beside the meeting, or the meeting at once."""

    PAGE = "page"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class EpicSetup:
    """
    The Epic environment that launches come from.

    `base_url` is the FHIR base URL as Epic sends it in `iss`. `signing_keys` are names of vault
    secrets: the first signs, all are published. `endpoint_hosts` may serve Epic's endpoints besides
    the base URL's own host. With `patient_without_id_token` a patient's launch needs no id_token.
    """

    base_url: str
    client_id: str
    signing_keys: tuple[str, ...]
    endpoint_hosts: frozenset[str] = frozenset()
    patient_without_id_token: bool = True


@dataclass(frozen=True, slots=True)
class VisitSetup:
    """
    How visits are held. `organizers` are the object ids of accounts that own the meetings.

    A visit can be joined from `opens_before` minutes before its start to `closes_after` minutes
    after its end. `frame_hosts` are https origins whose pages may show launches in a frame.
    """

    organizers: tuple[str, ...]
    opens_before: int = 15
    closes_after: int = 60
    frame_hosts: tuple[str, ...] = ()
    clinician_opens: ClinicianOpens = ClinicianOpens.PAGE
    foreign_clinicians: bool = False


@dataclass(frozen=True, slots=True)
class PatientPages:
    """What every patient's page shows besides the visit; `logo` is a PNG."""

    emergency: str = ""
    privacy_url: str = ""
    accessibility_url: str = ""
    logo: bytes = field(default=b"", repr=False)

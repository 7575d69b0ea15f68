"""The invented people whom Epic knows: two clinicians, a proxy, and a patient for each phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from local.simulators.epic.messages import PHONES


@dataclass(frozen=True)
class Person:
    """Somebody who can open a visit; `login` is what Epic's own log-in name would be."""

    resource: str
    id: str
    given: str
    family: str
    login: str = ""

    @property
    def reference(self) -> str:
        return f"{self.resource}/{self.id}"

    @property
    def is_staff(self) -> bool:
        return self.resource == "Practitioner"


CLINICIANS: Mapping[str, Person] = MappingProxyType(
    {
        "eDana9": Person("Practitioner", "eDana9", "Dana", "Doctor", "DDOCTOR"),
        "eSam4": Person("Practitioner", "eSam4", "Sam", "Surgeon", "SSURGEON"),
    }
)
PROXY = Person("RelatedPerson", "eP7", "Pat", "Proxy")
PATIENT = "patient"
"""The name by which a launch asks for the visit's own patient."""
WHO: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"{one.given} {one.family}, clinician" for name, one in CLINICIANS.items()},
        PATIENT: "The patient, in MyChart",
        PROXY.id: "A parent (proxy), in MyChart",
    }
)


def patient_of(phone: str) -> Person:
    """Return the patient with that phone: the same one for all visits."""
    number = PHONES.index(phone) if phone in PHONES else len(PHONES)
    return Person("Patient", f"eAlexQ{number}", "Alex", "Testpatient")


def person_named(who: str, patient: Person) -> Person:
    """Return who opens a visit of `patient`. Raises KeyError for an unknown name."""
    return {**CLINICIANS, PROXY.id: PROXY, PATIENT: patient}[who]

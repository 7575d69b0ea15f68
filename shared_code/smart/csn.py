"""
The contact serial number (CSN) of an Appointment or Encounter, where FHIR says it quickly.

Silence, a refusal and nonsense are all the same: no answer. Nothing depends on one.
"""

from __future__ import annotations

import json
import re

_SYSTEM = re.compile(r"urn:oid:1\.2\.840\.114350\.1\.13\.\d{1,9}\.[123]\.7\.3\.698084\.8", re.ASCII)
_VALUE = re.compile(r"\s*([\x21-\x7e]{1,64})\s*", re.ASCII)
_ID = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,128}", re.ASCII)


def resource_path(kind: str, resource_id: str | None) -> str | None:
    """Return `Appointment/<id>`, or None if there is no id that FHIR could have given."""
    usable = resource_id is not None and _ID.fullmatch(resource_id)
    return f"{kind}/{resource_id}" if usable else None


def read_csn(body: bytes, kind: str) -> str | None:
    """Return the one CSN among the identifiers of a resource of this type, or None."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or read.get("resourceType") != kind:
        return None
    identifiers = read.get("identifier")
    found = {_value(each) for each in identifiers} if isinstance(identifiers, list) else set()
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _value(identifier: object) -> str | None:
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str) or not _SYSTEM.fullmatch(system):
        return None
    match = _VALUE.fullmatch(value)
    return match.group(1) if match else None

"""
Who a validated id_token names.

The resource type of `fhirUser` decides the side; its base does not count, since affiliated sites
and FHIR versions write different ones. Context parameters never identify anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    """On which side of a visit somebody is, whichever door they came through."""

    STAFF = "staff"
    PATIENT = "patient"


_SIDES = {
    "Practitioner": Side.STAFF,
    "PractitionerRole": Side.STAFF,
    "Patient": Side.PATIENT,
    "RelatedPerson": Side.PATIENT,
    "Person": Side.PATIENT,
}
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_LONGEST_SUB = 255  # OpenID Connect Core §2


@dataclass(frozen=True, slots=True)
class EhrUser:
    """
    The person an id_token stands for.

    `side` None with `named` False: the token has no `fhirUser`. `side` None with `named` True: it
    has one that says neither (a device, an empty id). In both cases `id` is the token's `sub`,
    else the type and id, such as `Practitioner/eDana9`.
    """

    side: Side | None
    id: str
    named: bool


def read_user(claims: Mapping[str, Any]) -> EhrUser | None:
    """Return the person, or None if the claims hold no usable `sub`."""
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= _LONGEST_SUB or not sub.isprintable():
        return None
    reference = claims.get("fhirUser")
    if reference is None or reference == "":
        return EhrUser(None, sub, named=False)
    found = _resource(reference) if isinstance(reference, str) else None
    if found is None:
        return EhrUser(None, sub, named=True)
    kind, resource_id = found
    return EhrUser(_SIDES[kind], f"{kind}/{resource_id}", named=True)


def _resource(reference: str) -> tuple[str, str] | None:
    parts = reference.split("/")
    if len(parts) > 2 and parts[-2] == "_history":
        parts = parts[:-2]
    if len(parts) < 2 or parts[-2] not in _SIDES or not _ID.fullmatch(parts[-1]):
        return None
    return parts[-2], parts[-1]

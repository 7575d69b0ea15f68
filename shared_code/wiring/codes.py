"""
Every code with its sentence, assembled from what capabilities declare.

A code is declared once. The one exception: an error derived from a reason (`Reason.as_error`) has
the reason's code and sentence, and stands in both tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from shared_code import errors, wall_clock
from shared_code.appointments import domain as appointments
from shared_code.connections import errors as connections
from shared_code.errors import Code, ErrorInfo, Reason
from shared_code.graph import errors as graph
from shared_code.hl7 import errors as hl7
from shared_code.hl7 import schedule_event
from shared_code.identity import errors as identity
from shared_code.intake import siu
from shared_code.intake.flows import occurrences, pinned_certificates
from shared_code.launching.domain import errors as launching
from shared_code.links import domain as links
from shared_code.operating import errors as operating
from shared_code.outbound import errors as outbound
from shared_code.oversight.flows import dead_letters
from shared_code.security import certificates, keys, signatures, tokens
from shared_code.smart import errors as smart
from shared_code.texting.domain import delivery
from shared_code.texting.domain import reasons as texting
from shared_code.visits.domain import reasons as visits

DECLARED_IN = (
    errors,
    wall_clock,
    hl7,
    schedule_event,
    certificates,
    signatures,
    keys,
    tokens,
    outbound,
    identity,
    smart,
    graph,
    dead_letters,
    connections,
    appointments,
    links,
    launching,
    texting,
    delivery,
    visits,
    siu,
    pinned_certificates,
    occurrences,
    operating,
)


def declared[T: (ErrorInfo, Reason)](kind: type[T], modules: Iterable[ModuleType]) -> dict[Code, T]:
    """The constants of that kind by code. Raises ValueError for a code that two of them have."""
    found: dict[Code, T] = {}
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, kind) and found.setdefault(each.code, each) is not each:
                raise ValueError(f"{each.code} is declared twice")
    return found


def check_sentences(errors: Mapping[Code, ErrorInfo], reasons: Mapping[Code, Reason]) -> None:
    """Raises ValueError where an error and a reason have one code and two sentences."""
    for code in errors.keys() & reasons.keys():
        if errors[code].sentence != reasons[code].sentence:
            raise ValueError(f"{code} is declared twice")


ERRORS: Mapping[Code, ErrorInfo] = declared(ErrorInfo, DECLARED_IN)
REASONS: Mapping[Code, Reason] = declared(Reason, DECLARED_IN)
check_sentences(ERRORS, REASONS)

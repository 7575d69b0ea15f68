"""
The settings of one connection: what an organization has agreed for one feed of messages.

Values only; how they are stored is up to the adapter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared_code.connections.launch_setup import EpicSetup, PatientPages, VisitSetup
from shared_code.connections.sms_setup import SmsSetup
from shared_code.security.addresses import address_key


class Environment(StrEnum):
    """Which Epic environment the messages come from."""

    TEST = "test"
    PRODUCTION = "production"


USUAL_PROCESSING_IDS: Mapping[Environment, frozenset[str]] = {
    Environment.TEST: frozenset({"P", "T", "D"}),
    Environment.PRODUCTION: frozenset({"P"}),
}


class ConnectionStatus(StrEnum):
    """`draft → pending_approval → approved`; a later change makes it pending again."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"


_KEY, _OCCURRENCE = ("SCH-2.1", "SCH-2"), "SCH-3.1"
"""The usual key in both spellings, and the field that tells its occurrences apart."""


@dataclass(frozen=True, slots=True)
class FieldPaths:
    """
    Which fields of this site's messages to read: `SEG-field[.component[.subcomponent]]`.

    `starts` are tried in order and the first one with a time is used, because senders put the start
    in TQ1-7, SCH-11.4 or the AI* segments. A path without a component means the first component.
    `occurrence` is which visit of a series it is that goes by one key: "" for a feed where that
    means nothing, None for the field that belongs to the usual key.
    """

    key: str = "SCH-2.1"
    starts: tuple[str, ...] = (
        "TQ1-7",
        "SCH-11.4",
        "AIS-4",
        "AIG-8",
        "AIL-6",
        "AIP-6",
        "SCH-11.3",
        "SCH-10.4",
        "SCH-10.3",
    )
    occurrence: str | None = None
    phone: str = "PID-13"
    guardian_phone: str = "NK1-5"
    birth_date: str = "PID-7.1"
    language: str = "PID-15.1"
    patient: str = "PID-3.1"
    department: str = "PV1-3.1"
    csn: str = ""

    def csn_path(self) -> str:
        """Return where messages name the visit as Epic's launches do: without `csn`, the key."""
        return self.csn or self.key

    def occurrence_path(self) -> str:
        """Return where messages say which visit of a series they are about; "" for nowhere."""
        if self.occurrence is not None:
            return self.occurrence
        return _OCCURRENCE if self.key in _KEY else ""

    def key_is_csn(self) -> bool:
        """Return whether the key itself is what launches name the visit by."""
        return self.csn_path() == self.key

    def key_and_csn(self) -> str:
        """Return both paths: the subject of the problem `csn_mismatch`."""
        return f"key={self.key} csn={self.csn_path()}"


@dataclass(frozen=True, slots=True)
class VirtualVisitRule:
    """
    Which visits are virtual: those with one of the codes at a path, or every visit of the feed.
    """

    every_visit: bool = False
    path: str = "AIS-3.1"
    codes: frozenset[str] = frozenset()

    def matches(self, codes: tuple[str, ...]) -> bool:
        """Return whether any of the message's codes marks a virtual visit."""
        return self.every_visit or not self.codes.isdisjoint(codes)


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Only patients whose message carries one of `allowed` at `path` are texted."""

    path: str
    allowed: frozenset[str]


class MinorsRule(StrEnum):
    """Who is texted if the patient is a minor."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    NOBODY = "nobody"


GUARDIANS = frozenset({"MTH", "FTH", "PAR", "GRD", "MOTHER", "FATHER", "PARENT", "GUARDIAN"}) | {
    "LEGAL GUARDIAN"
}
"""Relationships (NK1-3, table 0063) of those who are texted for a minor, by code and by word."""


class TimesOf(StrEnum):
    """Whose clock the times of visits are written on: Epic's, or that of each department."""

    EPIC = "epic"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Proofs:
    """
    How a sender proves that it is this organization's Epic: at least one of the two.

    `certificates` are the uploaded certificates in DER. Their public keys are pinned; two may be
    valid at a time.
    """

    client_certificate: bool = True
    signature: bool = False
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """
    One connection. `allow_list` holds keyed hashes of the numbers that a test connection may text.

    `processing_ids` are the values of MSH-11 that count, in capitals and "" for none; None: the
    usual ones of its environment. `cancelled_statuses` are codes of SCH-25, in capitals, that mean
    cancelled besides the words that always do.
    `first_texts_a_day` is how many first confirmations of visits more than 24 hours ahead one
    number gets in a day.
    `phone_mobile` and `phone_home` are the site's codes for such numbers, `harmless_remarks` what a
    number may say of itself besides the words of hl7/phone_words.py; case makes no difference.
    """

    id: str
    tenant: str
    organization_name: str
    contact: str
    environment: Environment
    status: ConnectionStatus
    epic_zone: str
    proofs: Proofs
    approved_before: bool = False
    display_zones: Mapping[str, str] = field(default_factory=dict)
    times_of: TimesOf = TimesOf.EPIC
    midnight_visits: bool = False
    language: str = "en"
    region: str = "US"
    allowed_regions: frozenset[str] = frozenset({"US", "CA"})
    fields: FieldPaths = FieldPaths()
    virtual_visits: VirtualVisitRule | None = None
    sms: SmsSetup | None = None
    allow_list: frozenset[str] = frozenset()
    processing_ids: frozenset[str] | None = None
    ignore_other_messages: bool = False
    consent: ConsentRule | None = None
    minors: MinorsRule = MinorsRule.PATIENT
    age_of_majority: int = 18
    first_texts_a_day: int = 6
    guardian_relationships: frozenset[str] = GUARDIANS
    phone_mobile: frozenset[str] = frozenset()
    phone_home: frozenset[str] = frozenset()
    work_phones: bool = False
    harmless_remarks: frozenset[str] = frozenset()
    epic: EpicSetup | None = None
    visits: VisitSetup | None = None
    pages: PatientPages = PatientPages()
    cancelled_statuses: frozenset[str] = frozenset()

    def takes(self, processing_id: str) -> bool:
        """Return whether messages with this MSH-11 (in capitals) change anything."""
        if self.processing_ids is not None:
            return processing_id in self.processing_ids
        return processing_id in USUAL_PROCESSING_IDS[self.environment]

    def display_zone(self, department: str | None) -> str:
        """Return the time zone in which visits of this department are shown to patients."""
        return self.display_zones.get(department or "", self.epic_zone)

    def start_zone(self, department: str | None) -> str:
        """Return the time zone in which messages say when a visit of this department starts."""
        own = self.times_of is TimesOf.DEPARTMENT
        return self.display_zone(department) if own else self.epic_zone

    def accepts_messages(self) -> bool:
        """Return whether messages are accepted: also while a change waits for approval."""
        return self.status is ConnectionStatus.APPROVED or self.approved_before

    def accepts_launches(self) -> bool:
        """Return whether visits can be launched: as messages are accepted, and with an Epic."""
        return self.epic is not None and self.visits is not None and self.accepts_messages()

    def may_text_now(self) -> bool:
        """Return whether texts may be sent: not while a change waits for approval."""
        return self.status is ConnectionStatus.APPROVED


def with_base_url(connections: Iterable[Connection], key: str) -> tuple[Connection, ...]:
    """Return the connections whose Epic has the base URL with that address key."""
    return tuple(
        each for each in connections if each.epic and address_key(each.epic.base_url) == key
    )

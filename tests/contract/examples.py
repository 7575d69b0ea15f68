"""Values with every field set, for round trips and for the data map."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    EventOrder,
    Fact,
    Status,
    Texting,
    Version,
)
from shared_code.attendance.domain import Attendee, Role
from shared_code.errors import Code
from shared_code.language.template_names import TemplateName
from shared_code.launching.domain import tokens
from shared_code.launching.domain.launch import (
    Account,
    Door,
    Issuer,
    Launch,
    Progress,
    Result,
    SignInAttempt,
)
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.domain.user import LinkedUser
from shared_code.links.domain import Link, digest_of
from shared_code.oversight.domain.problem import Problem
from shared_code.oversight.flows.dead_letters import ATTEMPTS_EXHAUSTED
from shared_code.oversight.ports import AuditEntry, DeadLetter
from shared_code.queues import HL7_INBOUND
from shared_code.texting.domain.metrics import Combination
from shared_code.texting.domain.number_day import Expected, NumberDay, NumberKey
from shared_code.texting.domain.reasons import PATIENT_CHANGED, PHONE_MISSING, REFUSED_BY_CARRIER
from shared_code.texting.domain.text import (
    Audience,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse, organizer_key
from shared_code.visits.domain.visit import Visit, VisitRef, VisitState
from shared_code.wiring.ports import Ports

PHONE = "+16085550142"
MOMENT = datetime(2026, 3, 8, 9, 59, 59, 123457, tzinfo=UTC)
"""A time that must be stored to the microsecond."""
TENANT = "5f0b8f3e-9f2a-4a57-9d1b-2f6b6a3f1c01"
LOGO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\x1b\xb6\xeeV\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""A PNG of one pixel."""
OID = "0a000000-0000-4000-8000-00000000000d"
"""The object id of a clinician's Microsoft account."""
SIGN_IN_NAME = "dana.dóctor@lamna.example"
HANDLE, COOKIE = "202603080950-handlehandlehandlehandle22", "cookiecookie.cookiecookiecookie"
VERIFIER, NONCE, FLOW = "verifier-of-43-signs", "nonce-of-43-signs", '{"code_verifier": "flow é"}'
MEETING = "https://visit.teams.microsoft.com/api/route?convId=meeting-of-one"
TEMPLATE = "{organization}: soon, {when}\n{link}"


def ref(connection: str, number: int = 0) -> AppointmentRef:
    """Return a reference to one of many appointments of a connection."""
    return AppointmentRef(connection, f"1-{number:032x}")


def appointment(connection: str) -> Appointment:
    """Return an appointment with every field set."""
    events = tuple(f"1-{number:032x}" for number in range(20))
    return Appointment(
        ref=ref(connection),
        key="CSN 10'42 é漢😀",
        status=Status.CANCELLED,
        version=Version(7, "3fa9c1d2"),
        order=EventOrder(
            MOMENT, 9_999_999_999_999_999_999, MOMENT + timedelta(microseconds=1), timed=False
        ),
        start=MOMENT + timedelta(days=3),
        department="10101 Ärzte/Nord #1",
        language="es",
        virtual=True,
        patients=("1-" + "ab" * 16, "1-" + "cd" * 16 + "~1-" + "ef" * 16),
        other_patients=("1-" + "12" * 16,),
        patient_conflict=True,
        recent_events=events,
        booked=EventOrder(MOMENT, 7, MOMENT + timedelta(microseconds=2)),
        ended=EventOrder(MOMENT, None, MOMENT, timed=False),
        ended_as=Status.CANCELLED,
        texting=Texting(
            phone=PHONE,
            minor=True,
            deceased=True,
            consent=False,
            status_disagrees=True,
            guardians_phone=True,
            blocked=PATIENT_CHANGED,
            settled=Version(6, "00000001"),
            notified_dates=(date(2026, 3, 9), date(2026, 3, 10)),
            moved=True,
        ),
        csn="42 10'CSN é",
        minutes=1440,
        occurrence="2 é",
        processing_id="T",
        unkept_number="1-" + "34" * 16,
        said={
            Fact.START: EventOrder(MOMENT, 7, MOMENT),
            Fact.PHONE: EventOrder(MOMENT, None, MOMENT + timedelta(days=1), timed=False),
            Fact.CONSENT: EventOrder(MOMENT, 7, MOMENT),
        },
    )


def bare_appointment(connection: str) -> Appointment:
    """Return an appointment with the required fields only."""
    order = EventOrder(MOMENT, None, MOMENT)
    return Appointment(ref(connection), "1", Status.ACTIVE, Version(1, "3fa9c1d2"), order)


def text_ref(connection: str, number: int = 0) -> TextRef:
    """Return a reference to the confirmation of one appointment."""
    version = Version(2, "3fa9c1d2")
    return TextRef(ref(connection, number), version, TextKind.CONFIRMATION, 0, date(2026, 3, 11))


def text(connection: str) -> TextRecord:
    """Return a text's record with every field set."""
    return TextRecord(
        ref=text_ref(connection),
        state=TextState.NOT_SENT,
        claimed_by="worker-1",
        resets=2,
        repeats=3,
        claimed_at=MOMENT,
        first_sent=MOMENT + timedelta(seconds=1),
        not_before=MOMENT + timedelta(seconds=3),
        held_by="slot",
        slot=MOMENT + timedelta(seconds=3),
        composed=Composed(
            TemplateName.CHANGED, True, "1-" + 64 * "c", "ab" * 32, 2, MOMENT + timedelta(days=1)
        ),
        in_doubt=True,
        reason=REFUSED_BY_CARRIER,
        message_id="Outgoing_2026_noam",
        finished_at=MOMENT + timedelta(seconds=2),
        delivery="failed",
        delivery_at=MOMENT + timedelta(seconds=4),
        delivery_reason="delivery_unreachable",
        audience=Audience("10501101", "US", "es"),
    )


COMBINATION = Combination("confirmation", "10501101", "US", "es", "delivery_unreachable")


def number_key(connection: str) -> NumberKey:
    """Return a day of a number."""
    return NumberKey(connection, MOMENT.date(), "1-" + 32 * "c")


def number_day() -> NumberDay:
    """Return what is kept of a day, with every field set."""
    expected = Expected("0" * 16, MOMENT, MOMENT + timedelta(seconds=30))
    return NumberDay(("1" * 16, "2" * 16), (expected,))


def link(connection: str) -> Link:
    """Return a link that differs for each connection."""
    digest = digest_of(connection)
    start, until = MOMENT - timedelta(hours=3), MOMENT
    return Link(digest, ref(connection), Version(2, "3fa9c1d2"), start, until, "1-" + "ab" * 16)


def problem(connection: str, digest: str = "0123456789abcdef01234567") -> Problem:
    """Return a problem of the tenant."""
    identifier = f"{TENANT}~20260308~{digest}"
    subjects = (f"{ref(connection)}",)
    return Problem(identifier, TENANT, PHONE_MISSING.code, connection, subjects, MOMENT, MOMENT)


def keep_problem(ports: Ports, problem: Problem) -> None:
    """Store the problem where there is none yet."""
    ports.problem_store.change(problem.id, lambda before: before or problem)


def letter(connection: str, digest: str, tenant: str = TENANT, at: datetime = MOMENT) -> DeadLetter:
    """Return a dead letter whose content is as hostile as that of a message can be."""
    return DeadLetter(
        id=f"{tenant}~{at:%Y%m%d}~{digest}",
        tenant=tenant,
        connection=connection,
        queue=HL7_INBOUND,
        code=ATTEMPTS_EXHAUSTED.code,
        at=at,
        content='{"sealed": "…"}\r\n\x00\x1b é漢😀 ' + PHONE,
    )


def entry(tenant: str) -> AuditEntry:
    """Return an operator's action."""
    subject = f"{tenant}~20260308~0123456789abcdef"
    return AuditEntry(tenant, "replay", subject, MOMENT, "operator")


def changed(record: TextRecord) -> TextRecord:
    """Return the same record with another outcome."""
    return replace(record, state=TextState.ACCEPTED, reason=None, message_id="2")


def visit(connection: str, number: int = 0) -> Visit:
    """Return a visit with every field set."""
    return Visit(
        ref=VisitRef(connection, f"1-{number:032x}"),
        tenant=TENANT,
        start=MOMENT + timedelta(days=3),
        minutes=1440,
        created=MOMENT,
        organizer="0b000000-0000-4000-8000-000000000001",
        meeting_id="MSo1N2Y5ZGFjYy03MWJmLTQ3NDMtYjQxMy01M2EdFGkdRWHJlQ",
        join_url="https://teams.microsoft.com/meet/2414128301281?p=XyZ%3a%40",
        guest_url="https://visit.teams.microsoft.com/webrtc-svc/api/route?convId=19:x=True",
        state=VisitState.LOBBY_REFUSED,
        lobby_confirmed=True,
        lobby_tries=7,
        lobby_tried=MOMENT + timedelta(microseconds=1),
        not_before=MOMENT + timedelta(microseconds=2),
        leased_by="worker-1",
        leased_until=MOMENT + timedelta(microseconds=3),
    )


def organizer_day(connection: str, ago: int = 0) -> OrganizerDay:
    """Return a day of an organizer that no other test uses."""
    return OrganizerDay(organizer_key(TENANT, connection), MOMENT.date() - timedelta(days=ago))


LEFT_OUT = OrganizerUse(meetings=3, left_out_until=MOMENT)


def token(name: str, moment: datetime = MOMENT) -> str:
    """Return the token that stands for that name: a state, or the handle of a page."""
    return tokens.new_token(moment, hashlib.sha256(name.encode("utf-8")).digest()[:17])


def token_key(name: str, moment: datetime = MOMENT) -> TokenKey:
    """Return where the row of token() is."""
    key = tokens.key_of(token(name, moment))
    assert key is not None
    return key


def launch(name: str, moment: datetime = MOMENT) -> Launch:
    """Return a launch with every field set; a real one has either its secrets or its result."""
    iss = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4/"
    oauth = "https://epic.lamna.example/interconnect-prd-oauth/oauth2"
    return Launch(
        key=token_key(f"launch {name}", moment),
        connection="lamna",
        door=Door.PATIENT,
        issuer=Issuer(iss, f"{oauth}/token", oauth, f"{oauth}/keys"),
        created=moment,
        verifier=VERIFIER,
        nonce=NONCE,
        progress=Progress.FINISHED,
        changed=moment + timedelta(seconds=1),
        result=Result(HANDLE, COOKIE, MEETING, Code("visit_over")),
    )


def attempt(name: str, moment: datetime = MOMENT) -> SignInAttempt:
    """Return a sign-in with every field set."""
    return SignInAttempt(
        key=token_key(f"sign-in {name}", moment),
        session=token_key(f"page {name}"),
        created=moment,
        flow=FLOW,
        progress=Progress.TAKEN,
        changed=moment + timedelta(seconds=2),
        account=Account(TENANT, OID, SIGN_IN_NAME),
        code=Code("sign_in_consent"),
    )


def session(connection: str, name: str = "", moment: datetime = MOMENT) -> Session:
    """Return the page of a visit with every field set."""
    return Session(
        key=token_key(f"page {name or connection}", moment),
        visit=visit(connection).ref,
        appointment=ref(connection),
        role=Role.PATIENT,
        user="1-" + "ab" * 16,
        owner="1-" + "ef" * 16,
        browser="cd" * 32,
        created=moment,
        expires=moment + timedelta(hours=2),
        returned=True,
        given_again=True,
        asked=True,
        opened_meeting=moment + timedelta(seconds=3),
        started_waiting=moment + timedelta(seconds=4),
        language="zh-Hant",
        named=False,
    )


def linked_user(connection: str, number: int = 0, account: str = OID) -> LinkedUser:
    """Return the Microsoft account of one of many EHR users."""
    return LinkedUser(connection, f"1-{number:032x}", TENANT, account, SIGN_IN_NAME, MOMENT)


def attendee(connection: str, number: int = 0) -> Attendee:
    """Return one of many persons of a visit with every field set."""
    return Attendee(
        visit=visit(connection).ref,
        person=f"1-{number:032x}",
        role=Role.STAFF,
        opened=MOMENT,
        pressed_join=MOMENT + timedelta(seconds=5),
        account=OID,
    )

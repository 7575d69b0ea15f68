"""Who launched, which visit it is, and where that leads (cases/launch, rows 15 and 22 to 26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.memory.sign_in import ALEX, DANA, MOTHER, SAM
from shared_code.appointments.domain import CSN_MISMATCH, Status, feed_name
from shared_code.attendance.domain import Role
from shared_code.connections.domain import Connection
from shared_code.errors import ConnectorError
from shared_code.launching.domain.errors import (
    IDENTITY_KEYS_UNKNOWN,
    IDENTITY_REFUSED,
    IDENTITY_UNVERIFIED,
    LAUNCH_DISAGREES,
    RECORD_PLACEHOLDER,
    RECORD_WITHOUT_VISIT,
    SESSION_PLACEHOLDER,
    VISIT_CANCELLED,
    VISIT_DISAGREES,
    VISIT_OVER,
    VISIT_UNKNOWN,
)
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.session import Session
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.oversight.ports import Switch
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.errors import KeysUnknown
from shared_code.smart.token_answer import LaunchContext
from shared_code.smart.user import EhrUser, Side
from tests.unit.launching.scene import (
    MEETING,
    connect,
    opened,
    problems,
    stored,
    text_of,
    told,
)
from tests.world.connection import LAUNCHING
from tests.world.launches import Browser, LaunchWorld
from tests.world.visit import START
from tests.world.visiting import booked

STAFF = (DANA, EhrUser(Side.STAFF, "PractitionerRole/eR1", named=True))
PATIENTS = (ALEX, MOTHER, EhrUser(Side.PATIENT, "Person/e5", named=True))
UNNAMED = EhrUser(None, "eSub1", named=False)
DEVICE = EhrUser(None, "eSub1", named=True)


def page_of(world: LaunchWorld) -> Session:
    """Return the only page that was made."""
    (found,) = world.sessions.rows.values()
    return found


def stricter() -> Connection:
    """Return a connection that lets no patient in without a verified identity."""
    assert LAUNCHING.epic is not None
    return replace(LAUNCHING, epic=replace(LAUNCHING.epic, patient_without_id_token=False))


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("user", STAFF)
def test_staff_is_staff_at_either_door(user: EhrUser, door: Door) -> None:
    """They sign in to Microsoft before anything is shown."""
    world, browser = opened()
    browser.launch(user, door=door)
    page = browser.follow()

    assert page_of(world).role is Role.STAFF
    assert "Microsoft" in text_of(page)
    assert MEETING not in page.html


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("user", PATIENTS)
def test_the_patients_side_is_that_at_either_door(user: EhrUser, door: Door) -> None:
    """No account is asked for, and nothing is shown of who else is there."""
    world, browser = opened()
    browser.launch(user, door=door)
    page = browser.follow()

    assert page_of(world).role is Role.PATIENT
    assert "Microsoft" not in text_of(page)
    assert MEETING in page.html


@pytest.mark.parametrize("user", [UNNAMED, DEVICE, None])
def test_somebody_without_a_name_at_the_patients_door_is_a_patient(user: EhrUser | None) -> None:
    """Whatever does not say staff counts as missing there."""
    world, browser = opened()
    browser.launch(user, door=Door.PATIENT)
    assert page_of(world).role is Role.PATIENT


def test_somebody_without_a_name_at_the_providers_door_has_to_sign_in() -> None:
    """A patient cannot pass the sign-in in the organization's tenant; the link is by `sub`."""
    world, browser = opened()
    browser.launch(UNNAMED)
    page = browser.follow()
    assert MEETING not in page.html

    browser.sign_in()
    assert Browser(world).launch(UNNAMED).status == 303
    (linked,) = world.linked_users.rows.values()
    assert [each.user for each in world.sessions.rows.values()] == [linked.user] * 3


@pytest.mark.parametrize("user", [DEVICE, None])
def test_what_is_no_person_gets_a_page_at_the_providers_door(user: EhrUser | None) -> None:
    """A device, an empty id, or no id_token at all."""
    world, browser = opened()

    assert told(browser.launch(user)) == (403, IDENTITY_REFUSED.code)
    assert stored(world)[1:] == (0, 0)


UNVERIFIED: tuple[ConnectorError, ...] = (
    TokenRefused(Why.SIGNATURE),
    TokenRefused(Why.NONCE),
    KeysUnknown(),
    NotReached(Phase.DNS),
    NoAnswer(Phase.NO_REPLY),
)


@pytest.mark.parametrize("error", UNVERIFIED)
def test_a_patient_goes_on_without_a_usable_token(error: ConnectorError) -> None:
    """It counts as absent, and administrators are told."""
    world, browser = opened()
    browser.launch(error, door=Door.PATIENT)

    assert page_of(world).role is Role.PATIENT
    assert problems(world) == [(IDENTITY_UNVERIFIED.code, "lamna", "launches")]


@pytest.mark.parametrize("error", [*UNVERIFIED, None])
def test_a_patient_does_not_where_the_connection_wants_a_token(
    error: ConnectorError | None,
) -> None:
    """It is the hospital's decision; the page is a patient's."""
    world, browser = opened()
    connect(world, epic=stricter().epic)
    page = browser.launch(error, door=Door.PATIENT)

    assert 400 <= page.status <= 503
    assert "911" in text_of(page)
    assert stored(world)[1:] == (0, 0)


def test_an_epic_without_keys_is_a_page_for_clinicians_and_a_problem() -> None:
    """490 production bases are of this kind."""
    world, browser = opened()

    assert told(browser.launch(KeysUnknown())) == (503, "epic_keys_unknown")
    assert problems(world) == [(IDENTITY_KEYS_UNKNOWN.code, "lamna", "launches")]


def context(session: str | None = None, **more: Any) -> LaunchContext:
    """Return what a launch says of its visit."""
    return LaunchContext(session_id=session, **more)


PLACEHOLDER = context(has_placeholder=True)
NOTHING = context()


@pytest.mark.parametrize(
    ("said", "door", "code", "problem"),
    [
        (PLACEHOLDER, Door.PROVIDER, SESSION_PLACEHOLDER.code, RECORD_PLACEHOLDER.code),
        (PLACEHOLDER, Door.PATIENT, SESSION_PLACEHOLDER.code, RECORD_PLACEHOLDER.code),
        (NOTHING, Door.PROVIDER, VISIT_UNKNOWN.code, RECORD_WITHOUT_VISIT.code),
        (NOTHING, Door.PATIENT, VISIT_UNKNOWN.code, RECORD_WITHOUT_VISIT.code),
    ],
)
def test_a_launch_without_a_visit_gets_a_page_and_a_problem(
    said: LaunchContext, door: Door, code: str, problem: str
) -> None:
    """A patient never gets a room of their own, and is told to call the clinic."""
    world, browser = opened()
    user = DANA if door is Door.PROVIDER else ALEX

    assert told(browser.launch(user, said, door)) == (400, code)
    assert problems(world) == [(problem, "lamna", "launches")]
    assert stored(world)[1:] == (0, 0)
    assert world.visits.rows.values() == []
    if door is Door.PATIENT:
        assert "(608) 555-0100" in text_of(browser.page)


@pytest.mark.parametrize("user", [DANA, ALEX, MOTHER])
def test_a_launch_without_a_session_is_that_of_its_fhir_appointment(user: EhrUser) -> None:
    """If FHIR answers in time."""
    world, browser = opened()
    world.epic_side.fhir_csn = "36996"
    browser.launch(user, NOTHING)
    by_fhir = page_of(world).visit

    Browser(world).launch(user)
    assert {each.visit for each in world.sessions.rows.values()} == {by_fhir}
    assert problems(world) == []


def test_a_placeholder_is_not_made_good_by_fhir() -> None:
    """The record has to be corrected first, or nobody would notice."""
    world, browser = opened()
    world.epic_side.fhir_csn = "36996"
    assert told(browser.launch(DANA, PLACEHOLDER)) == (400, SESSION_PLACEHOLDER.code)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("session", [None, "36996"])
def test_two_visits_in_one_launch_let_nobody_in(session: str | None, door: Door) -> None:
    """Not to the first, not to the last; administrators are told."""
    world, browser = opened()
    user = DANA if door is Door.PROVIDER else ALEX

    page = browser.launch(user, context(session, disagree=True), door)
    assert told(page) == (409, VISIT_DISAGREES.code)
    assert problems(world) == [(LAUNCH_DISAGREES.code, "lamna", "launches")]
    assert stored(world)[1:] == (0, 0)


def test_leading_zeros_belong_to_the_value() -> None:
    """0036996 is another visit than 36996."""
    world, browser = opened()
    for session in ("36996", "0036996", "36996 x", "36996-1"):
        browser.launch(DANA, session)
    assert len({each.visit for each in world.sessions.rows.values()}) == 4


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.CLOSED])
@pytest.mark.parametrize("minutes", [-15, 0, 12, 89])
def test_states_that_sound_like_the_end_stop_no_patient(status: Status, minutes: int) -> None:
    """Arrived, finished, no-show: they join, 12 minutes late too."""
    world, browser = opened(status=status)
    world.clock.now = START + timedelta(minutes=minutes)

    assert browser.launch_as_patient().status == 303
    assert MEETING in browser.follow().html


@pytest.mark.parametrize(
    ("changes", "minutes", "said"),
    [
        ({"status": Status.CANCELLED}, 0, (410, VISIT_CANCELLED.code)),
        ({"status": Status.CANCELLED}, -600, (410, VISIT_CANCELLED.code)),
        ({}, 90, (410, VISIT_OVER.code)),
        ({}, 60 * 24, (410, VISIT_OVER.code)),
    ],
)
def test_a_patient_is_stopped_by_a_cancellation_and_the_window(
    changes: dict[str, Any], minutes: int, said: tuple[int, str]
) -> None:
    """The page says so, and no meeting is made."""
    world, browser = opened(**changes)
    world.clock.now = START + timedelta(minutes=minutes)

    assert told(browser.launch_as_patient()) == said
    assert world.graph.asked.total() == 0


@pytest.mark.parametrize("changes", [{"status": Status.CANCELLED}, {}])
def test_a_clinician_is_warned_and_never_stopped(changes: dict[str, Any]) -> None:
    """Neither by a cancellation nor by the window."""
    world, browser = opened(**changes)
    world.clock.now = START + timedelta(hours=3)
    browser.launch()
    browser.follow()

    page = browser.sign_in()
    assert page.status == 200
    assert "https://teams.microsoft.com" in page.html
    assert 'class="notice"' in page.html


@pytest.mark.parametrize("minutes", [16, 60, 60 * 24 * 30])
def test_a_patient_who_is_too_early_waits_on_a_page_that_goes_on(minutes: int) -> None:
    """It writes no join, and goes on by itself when the window opens."""
    world, browser = opened()
    world.clock.now = START - timedelta(minutes=minutes)

    assert browser.launch_as_patient().status == 303
    page = browser.follow()
    assert page.status == 200
    assert "Refresh" in page.headers
    assert MEETING not in page.html
    assert "1:15" in text_of(page)
    assert world.graph.asked.total() == 0


def test_a_launch_that_is_faster_than_the_feed_makes_the_visit_at_once() -> None:
    """Epic's button is the authority; the message that comes later fills in the same visit."""
    world, browser = opened()
    browser.launch_as_patient(context="41200")
    browser.follow()
    assert world.graph.asked["create_or_get"] == 1

    world.appointments.insert(booked("41200"))
    clinician = Browser(world)
    clinician.launch(DANA, "41200")
    clinician.follow()
    clinician.sign_in()
    assert world.graph.asked["create_or_get"] == 1
    assert len(world.visits.rows.values()) == 1


@pytest.mark.parametrize("changes", [{"virtual": False}, {"start": None}])
def test_what_the_feed_says_of_the_kind_stops_nobody(changes: dict[str, Any]) -> None:
    """In person, or without a start: there is no window then."""
    _, browser = opened(**changes)

    assert browser.launch_as_patient().status == 303
    assert MEETING in browser.follow().html


ALIVE: tuple[tuple[int, int, list[str]], ...] = (
    (0, 0, []),
    (59, 0, []),
    (60, 0, ["lamna"]),
    (60 * 24, 30, ["lamna"]),
    (60 * 24, 60, ["lamna"]),
    (60 * 24, 61, []),
)


@pytest.mark.parametrize(("since", "last", "told_to"), ALIVE)
def test_a_feed_that_never_knows_the_csn_is_a_problem_once_it_is_alive(
    since: int, last: int, told_to: list[str]
) -> None:
    """Alive an hour, and not silent for an hour; the launch goes on."""
    world, browser = opened()
    name, now = feed_name("lamna"), world.clock.now
    world.switches.set(Switch(name, "feed", now - timedelta(minutes=since)))
    world.switches.beat(name, now - timedelta(minutes=last))

    assert browser.launch(DANA, "999").status == 303
    assert [each for code, each, _ in problems(world) if code == CSN_MISMATCH.code] == told_to


def test_a_known_csn_or_a_connection_without_a_feed_is_no_problem() -> None:
    """There is nothing to compare."""
    world, browser = opened()
    browser.launch(DANA, "999")
    now = world.clock.now
    world.switches.set(Switch(feed_name("lamna"), "feed", now - timedelta(hours=9)))
    world.switches.beat(feed_name("lamna"), now)
    browser.launch(DANA, "36996")
    assert problems(world) == []


def test_who_launched_says_the_token_and_never_a_cookie() -> None:
    """B's launch in A's browser is B's, and ends the pages of A there."""
    world, browser = opened()
    browser.launch(DANA)
    first = browser.page.headers["Location"]
    browser.follow()
    browser.sign_in()
    browser.launch(SAM)
    page = browser.follow()

    assert "Sign in with Microsoft" in text_of(page)
    assert "dana" not in page.html.lower()
    assert browser.get(first).status == 403


@pytest.mark.parametrize(("hours", "minutes", "waits"), [(2.5, -10, True), (-2.5, -160, False)])
def test_a_visit_that_was_moved_counts_by_its_new_start(
    hours: float, minutes: int, waits: bool
) -> None:
    """Later: the page says when; earlier: in at once, and the meeting is made."""
    world, browser = opened(start=START + timedelta(hours=hours))
    world.clock.now = START + timedelta(minutes=minutes)
    browser.launch_as_patient()
    page = browser.follow()

    assert ("3:45" in text_of(page), MEETING in page.html) == (waits, not waits)

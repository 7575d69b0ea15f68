"""The patient's link: made for one version, looked up by its digest, written down nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.errors import Code, NotStored, Refused
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
    digest_of,
    is_token,
)
from shared_code.links.flows import RETIRE_LINK, OpenedLink, PatientLink
from tests.unit.links.texted_patient import URL, Patient
from tests.world.clock import NOW
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.visit import PHONE, START, WALL

LATER = NOW + timedelta(minutes=5)
LATER_STILL = NOW + timedelta(minutes=10)
END = START + timedelta(hours=12)
DAY = timedelta(days=1)
MOVED = siu("S14", LATER, start_local=WALL + DAY)
OTHERS = siu("S14", LATER, phone="(608)555-0143")
CANCEL = siu("S15", LATER)


def _start(opened: OpenedLink) -> datetime:
    assert isinstance(opened.found, PatientLink)
    return opened.found.start


def test_the_link_of_the_text_leads_to_the_visit() -> None:
    """With what a page needs to say what and when."""
    patient = Patient()
    opened, row = patient.open(), patient.world.row()

    assert PatientLink(row, START) == opened.found
    assert (patient.world.connection, row.ref) == (opened.connection, opened.subject)
    assert opened.languages == ("en", "en")
    assert opened.texts_allowed is True
    assert is_token(patient.token)


def test_making_it_again_gives_the_same_link() -> None:
    """It is recomputed whenever it is needed; another version has another."""
    patient = Patient()
    again = patient.link()
    patient.world.apply(MOVED)

    assert again == patient.token
    assert patient.link() != again


def test_another_installation_makes_other_links() -> None:
    """Without the link key nobody can work one out."""
    assert Patient().token != Patient().token


def test_the_row_that_erases_the_link_exists_before_it() -> None:
    """A week after it expires."""
    patient = Patient()
    rows = {row.subject: row.due for row in patient.world.agenda.rows.values()}

    assert patient.world.line.calls[-2:] == ["agenda.add", "links.put"]
    assert END + timedelta(days=7) == rows[digest_of(patient.token)]
    assert RETIRE_LINK in {row.duty for row in patient.world.agenda.rows.values()}


def test_no_table_knows_the_token_or_the_number() -> None:
    """Whoever reads them cannot open a visit, nor tell whom a link was sent to."""
    patient = Patient()
    world = patient.world
    patient.press(allow=False)
    links, opted_out = list(world.links.rows.values()), patient.opt_outs.senders
    agenda, appointments = world.agenda.rows.values(), world.appointments.rows.values()

    assert patient.token not in str((links, agenda, appointments, opted_out))
    assert PHONE[1:] not in str((links, agenda, opted_out))


@pytest.mark.parametrize("token", ["", "a" * 26, "A" * 26, "../../x", "a" * 26 + "\n", "ü" * 26])
def test_a_token_that_nobody_made_is_unknown(token: str) -> None:
    """Also what has not even the shape of one; that is never looked up."""
    patient = Patient()
    patient.world.line.calls.clear()

    assert patient.code(token) == LINK_UNKNOWN.code
    assert (["links.find"] if is_token(token) else []) == patient.world.line.calls


def test_a_link_answers_until_twelve_hours_after_the_start() -> None:
    """Then it says that it has expired."""
    patient = Patient()
    patient.world.clock.now = END - timedelta(microseconds=1)
    still = _start(patient.open())
    patient.world.clock.now = END

    assert still == START
    assert patient.code() == LINK_EXPIRED.code


@pytest.mark.parametrize("days", [-1, 1, 30])
def test_an_old_link_of_a_moved_visit_leads_on(days: int) -> None:
    """To the same phone: it shows the new time and leads to the link that the new text has."""
    patient = Patient()
    patient.world.apply(siu("S14", LATER, start_local=WALL + timedelta(days=days)))
    found = patient.open().found

    assert isinstance(found, PatientLink)
    assert START + timedelta(days=days) == found.start
    assert f"{URL}/v/{patient.link()}" == found.moved_to
    assert PatientLink(patient.world.row(), found.start) == patient.open(found.moved_to[-26:]).found


def test_an_old_link_leads_on_after_its_own_time() -> None:
    """The visit is still ahead, whatever the link once said."""
    patient = Patient()
    patient.world.apply(siu("S14", LATER, start_local=WALL + timedelta(days=5)))
    patient.world.clock.now = END + timedelta(days=1)

    assert START + timedelta(days=5) == _start(patient.open())


def test_a_visit_moved_into_the_past_has_expired() -> None:
    """By its own start, not by the link's."""
    patient = Patient()
    patient.world.apply(siu("S14", LATER, start_local=WALL - timedelta(days=2)))
    patient.world.clock.now = START - timedelta(days=1)

    assert patient.code() == LINK_EXPIRED.code


def test_a_visit_that_came_back_to_its_time_was_not_moved() -> None:
    """An old link is as good as the new one."""
    patient = Patient()
    patient.world.apply(MOVED)
    patient.world.apply(siu("S14", LATER_STILL))

    assert PatientLink(patient.world.row(), START) == patient.open().found


def test_opening_an_old_link_twice_changes_nothing() -> None:
    """The new link is made for the sender and for the page alike: the same row."""
    patient = Patient()
    patient.world.apply(MOVED)
    first = patient.open()
    links, agenda = (
        list(rows.rows.values()) for rows in (patient.world.links, patient.world.agenda)
    )
    patient.link()

    assert patient.open() == first
    assert list(patient.world.links.rows.values()) == links
    assert list(patient.world.agenda.rows.values()) == agenda


@pytest.mark.parametrize("body", [OTHERS, siu("S14", LATER, patient_id="203712")])
def test_a_link_is_dead_when_the_visit_may_be_anothers(body: bytes) -> None:
    """Another phone or another patient: nothing is told, not even in which language."""
    patient = Patient()
    patient.world.apply(body)

    assert patient.code() == LINK_DEAD.code
    assert patient.open().languages == ()


@pytest.mark.parametrize("erased", [False, True])
def test_a_later_cancel_is_not_told_to_a_former_phone(erased: bool) -> None:
    """Whether the new phone is still known or not."""
    patient = Patient()
    patient.world.apply(OTHERS)
    patient.world.apply(siu("S15", LATER_STILL, phone="(608)555-0143"))
    if erased:
        patient.without_phone()

    assert patient.code() == LINK_DEAD.code


@pytest.mark.parametrize("erased", [False, True])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (CANCEL, LINK_CANCELLED.code),
        (siu("S26", LATER), LINK_EXPIRED.code),
        (siu("S14", LATER, visit_code="1001"), LINK_NOT_VIRTUAL.code),
    ],
)
def test_a_link_says_that_there_is_no_video_visit(body: bytes, code: Code, erased: bool) -> None:
    """To the phone that it was sent to, also when that is erased; in the patient's language."""
    patient = Patient()
    patient.world.apply(body)
    if erased:
        patient.without_phone()

    assert patient.code() == code
    assert patient.open().languages == ("en", "en")


def test_a_moved_visit_without_a_phone_is_nobodys() -> None:
    """Nothing says any more that it is the same patient's."""
    patient = Patient()
    patient.world.apply(MOVED)
    patient.without_phone()

    assert patient.code() == LINK_DEAD.code


def test_the_visits_own_link_outlives_the_phone() -> None:
    """The phone is erased an hour after the start, the link answers for twelve."""
    patient = Patient()
    patient.without_phone()

    assert _start(patient.open()) == START
    assert patient.open().texts_allowed is True


def test_a_changed_language_leaves_the_link_alive() -> None:
    """It is the same version."""
    patient = Patient()
    patient.world.apply(siu("S14", LATER, language="SPA"))

    assert _start(patient.open()) == START
    assert patient.open().languages == ("es", "en")


@pytest.mark.parametrize("status", ["active", "cancelled"])
def test_a_visit_without_a_start_is_dead_or_cancelled(status: str) -> None:
    """There is no time to show."""
    patient = Patient()
    row = patient.world.row()
    changed = replace(row, start=None, status=type(row.status)(status))
    patient.world.appointments.rows.put(row.ref, changed)

    expected = {"active": LINK_DEAD.code, "cancelled": LINK_CANCELLED.code}
    assert expected[status] == patient.code()


def test_a_link_whose_connection_is_gone_is_dead() -> None:
    """It can neither stop nor allow texts."""
    patient = Patient()
    patient.world.connections.connections.clear()

    assert patient.code() == LINK_DEAD.code
    with pytest.raises(Refused):
        patient.press(allow=True)


@pytest.mark.parametrize(("now", "code"), [(NOW, LINK_DEAD.code), (END, LINK_EXPIRED.code)])
def test_a_link_whose_appointment_is_erased(now: datetime, code: Code) -> None:
    """It has expired when its time is over."""
    patient = Patient()
    stored = patient.world.appointments.load(patient.world.ref())
    assert stored is not None
    patient.world.appointments.remove(stored.value.ref, stored.etag)
    patient.world.clock.now = now

    assert patient.code() == code


@pytest.mark.parametrize(
    "call", ["links.find", "appointments.load", "connections.find", "optouts.stops", "links.put"]
)
def test_storage_that_does_not_answer_is_no_dead_link(call: str) -> None:
    """The patient is asked to try again."""
    patient = Patient()
    patient.world.apply(MOVED)
    patient.world.line.before = unavailable(call)

    with pytest.raises(NotStored):
        patient.open()


def test_the_token_is_in_no_log() -> None:
    """Neither when it is made nor when it is opened, used or refused."""
    with captured_logs() as log:
        patient = Patient()
        patient.open()
        patient.press(allow=False)
        patient.world.apply(MOVED)
        patient.open()
        patient.world.apply(siu("S15", LATER_STILL))
        patient.code()

    assert patient.token not in log.getvalue()
    assert digest_of(patient.token) not in log.getvalue()

"""The scheduling desk: what its forms send, and how it shows the answers."""

import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.door import Door, open_door

PHONE = "/phone/%2B16085550142"


@pytest.fixture
def door(simulators: RunningSimulators, desk: Desk) -> Iterator[Door]:
    with open_door(simulators.certificates) as opened:
        desk.call("POST", "/control/epic", {"door_url": opened.url})
        yield opened


def _book(desk: Desk, **changes: str) -> tuple[int, str]:
    fields = {
        "phone": "(608)555-0142",
        "language": "SPA",
        "start": "2026-06-10T13:30",
        "kind": "video",
        "certificate": "epic",
    }
    return desk.submit("/epic/book", **{**fields, **changes})


def test_booking_moving_and_cancelling_send_messages_and_show_the_answers(
    door: Door, desk: Desk, simulators: RunningSimulators
) -> None:
    _, booked = _book(desk)
    (appointment,) = simulators.bookings.appointments()
    desk.submit("/epic/move", key=appointment.key, start="2026-06-11T15:00", certificate="epic")
    _, cancelled = desk.submit("/epic/cancel", key=appointment.key, certificate="epic")

    book, move, cancel = (body.decode() for body in door.bodies)
    assert "HTTP 200 AA" in booked
    assert f'href="{PHONE}"' in booked
    assert tuple(body.split("\r")[0].split("|")[8] for body in (book, move, cancel)) == (
        "SIU^S12",
        "SIU^S14",
        "SIU^S15",
    )
    assert "|SPA|" in book
    assert "^^^202606101330" in book
    assert "^^^202606111500" in move
    assert all(appointment.key in body for body in (book, move, cancel))
    assert "cancelled" in cancelled


@pytest.mark.parametrize(("minutes", "status"), [("10", 200), ("x", 400), ("10000", 400)])
def test_a_visit_can_be_booked_for_a_little_later(
    door: Door, desk: Desk, simulators: RunningSimulators, minutes: str, status: int
) -> None:
    answered, _ = _book(desk, in_minutes=minutes)

    starts = [one.start for one in simulators.bookings.appointments()]
    soon = simulators.bookings.now().replace(tzinfo=None) + timedelta(minutes=10)
    assert answered == status
    assert len(starts) == len(door.bodies) == (status == 200)
    assert all(timedelta(0) <= soon - start < timedelta(minutes=2) for start in starts)


def test_the_desk_leads_to_the_meetings(desk: Desk, simulators: RunningSimulators) -> None:
    with urllib.request.urlopen(f"{desk.url}/meetings", timeout=10) as answer:
        found = answer.url

    assert found.rstrip("/") == simulators.urls["meeting"]


def test_the_chosen_certificate_is_presented(door: Door, desk: Desk) -> None:
    for name in ("epic", "unknown", "expired", "weak", "none"):
        _book(desk, certificate=name)

    assert door.certificates[-1] is None
    assert len(set(door.certificates)) == 5


@pytest.mark.parametrize("processing", ["P", "T"])
def test_a_message_is_for_a_patient_or_a_test(door: Door, desk: Desk, processing: str) -> None:
    _book(desk, processing=processing)

    assert door.bodies[0].split(b"\r")[0].split(b"|")[10].decode() == processing


def test_a_visit_in_person_is_no_video_visit(door: Door, desk: Desk) -> None:
    _book(desk, kind="office")

    assert b"OFFICE VISIT" in door.bodies[0]
    assert b"VIDEO VISIT" not in door.bodies[0]


def test_a_hostile_answer_from_the_door_is_only_words(door: Door, desk: Desk) -> None:
    door.code = "<script>alert(1)</script>"

    _, page = _book(desk)

    assert "<script>alert" not in page
    assert "not accepted" in page


def test_a_refusal_is_shown_with_what_the_door_says(
    door: Door, desk: Desk, simulators: RunningSimulators
) -> None:
    """For an integration engineer that sentence is the point; the visit is not shown as booked."""
    door.status, door.sentence = 403, "certificate_unknown: The key is not <pinned>."

    _, page = _book(desk)

    (appointment,) = simulators.bookings.appointments()
    assert "HTTP 403" in page
    assert "certificate_unknown: The key is not &lt;pinned&gt;." in page
    assert page.index("certificate_unknown") < page.index("Book an appointment")
    assert appointment.status == "booked here, message not accepted"


def test_a_visit_that_ended_can_be_booked_again(
    door: Door, desk: Desk, simulators: RunningSimulators
) -> None:
    """A cancelled visit is not moved: it is booked under the number it had."""
    _book(desk)
    (booked,) = simulators.bookings.appointments()
    _, cancelled = desk.submit("/epic/cancel", key=booked.key, certificate="epic")
    form = {"key": booked.key, "start": "2026-06-12T09:00", "certificate": "epic"}
    _, again = desk.submit("/epic/again", **form)

    assert "Book again" in cancelled
    assert ">Move<" not in cancelled
    assert ">Move<" in again
    assert b"SIU^S12" in door.bodies[-1]
    assert b"202606120900" in door.bodies[-1]
    assert booked.key.encode() in door.bodies[-1]


def test_a_start_is_shown_with_its_year(door: Door, desk: Desk) -> None:
    """A visit of another year is not taken for one of this."""
    _, page = _book(desk, start="2031-06-10T13:30")

    assert "Jun 10, 2031, 13:30" in page
    assert len(door.bodies) == 1


def test_a_door_that_is_away_is_reported(desk: Desk, simulators: RunningSimulators) -> None:
    simulators.bookings.door_url = "https://localhost:1/hl7/c1"

    _, page = _book(desk)

    assert "No answer: ConnectionRefusedError" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": "+16085551234"},
        {"language": "XXX"},
        {"processing": "D~"},
        {"start": "tomorrow"},
        {"certificate": "../ca"},
    ],
)
def test_an_unusable_form_is_refused_and_nothing_is_sent(
    door: Door, desk: Desk, changes: dict[str, str]
) -> None:
    status, text = _book(desk, **changes)

    assert status == 400
    assert next(iter(changes.values())) not in text
    assert door.bodies == []


def test_an_unknown_appointment_can_not_be_cancelled(door: Door, desk: Desk) -> None:
    assert desk.submit("/epic/cancel", key="no", certificate="epic")[0] == 400


def test_the_desk_offers_a_start_in_two_days_of_simulated_time(
    desk: Desk, clock: MovableClock, simulators: RunningSimulators
) -> None:
    clock.move(days=10)

    expected = simulators.bookings.now().date().toordinal() + 2

    (offered,) = re.findall(r'id="start"[^>]*value="(\d{4}-\d\d-\d\d)T13:30"', desk.page("/epic"))
    year, month, day = map(int, offered.split("-"))
    assert simulators.bookings.now().date().replace(year, month, day).toordinal() == expected


@pytest.mark.parametrize("document", [{"door_url": "file:///etc/passwd"}, {"door_url": 1}])
def test_a_door_is_a_web_address(desk: Desk, document: object) -> None:
    assert desk.try_call("POST", "/control/epic", document)[0] == 400

"""What a soak sends, how it reads the phones, and that its account adds up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

from local.soak.account import Account
from local.soak.bookings import Booking, make_course
from local.soak.delivery import envelopes
from local.soak.phones import read_phones, written
from local.soak.plan import QUICK, REAL, phases

NOW = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
COURSE = make_course(NOW, 3000, 7)


def _text(body: str, tag: str) -> dict[str, str]:
    return {"text": body, "tag": tag}


def _when(booking: Booking, number: int = 0) -> str:
    return written(booking.events[number].start)


def test_a_course_has_as_many_messages_as_asked_for() -> None:
    """Repeats counted; and the same seed makes the same course."""
    assert len(COURSE.sequence) == 3000
    assert len(set(COURSE.sequence)) == 3000 - COURSE.repeats
    assert make_course(NOW, 3000, 7) == COURSE
    assert make_course(NOW, 3000, 8).sequence != COURSE.sequence


def test_a_course_is_in_disorder() -> None:
    """Many events arrive before one that was made earlier, and no order is all the same."""
    first = {body: place for place, body in reversed(list(enumerate(COURSE.sequence)))}
    overtaken = sum(
        first[later.body] < first[earlier.body]
        for booking in COURSE.bookings
        for earlier, later in zip(booking.events, booking.events[1:], strict=False)
    )

    assert overtaken > 200


def test_a_phone_and_a_start_name_one_event() -> None:
    """But for a cancel, which has the start of what it ends."""
    names = Counter(
        (booking.phone, written(event.start))
        for booking in make_course(NOW, 20_000, 1).bookings
        for event in booking.events
        if not event.cancels
    )

    assert max(names.values()) == 1


def test_all_is_posted_once() -> None:
    """Alone or in a batch."""
    posts = envelopes(COURSE.sequence, Random(1))

    assert tuple(body for post in posts for body in post) == COURSE.sequence
    assert {len(post) for post in posts} >= {1, 2, 20}


def test_phones_are_read_as_patients_read_them() -> None:
    """By the time that stands in the text; a time that nobody booked is strange."""
    booking = next(one for one in COURSE.bookings if one.events[-1].cancels)
    when = _when(booking)
    texts = [
        _text(f"Lamna Healthcare: Video visit {when} CST\nhttps://a/v/b", "1"),
        _text(f"Lamna Healthcare: Your video visit on {when} CST is cancelled.", "2"),
        _text("Lamna Healthcare: Video visit Mon, Jan 4, 3:33 AM CST", "3"),
    ]

    shown = read_phones({booking.phone: texts}, COURSE.bookings)

    assert [said.cancelled for said in shown.told[booking.key]] == [False, True]
    assert (shown.strange, shown.double) == (1, 0)


def test_the_same_words_twice_are_double() -> None:
    """Whatever their tags say; and the same tag twice, whatever the words say."""
    booking = next(one for one in COURSE.bookings if len(one.events) > 2)
    first, second = (f"Visit is now {_when(booking, n)} CST" for n in (0, 1))

    again = read_phones({booking.phone: [_text(first, "1"), _text(first, "2")]}, [booking])
    tagged = read_phones({booking.phone: [_text(first, "1"), _text(second, "1")]}, [booking])

    assert (again.double, tagged.double) == (1, 1)


def _account(messages: int, places: dict[str, int], lost: int = 0, kills: int = 0) -> Account:
    return Account(
        messages=messages,
        repeats=2,
        lost_by_service=lost,
        lost_by_storage=lost,
        kills=kills,
        places=Counter(places),
    )


def test_an_account_that_does_not_add_up_has_lost_something() -> None:
    """What has no place is lost, and the soak fails."""
    places = {"sent": 6, "superseded": 2}
    whole, short = _account(10, places), _account(11, places)

    assert (whole.lost, whole.is_good) == (0, True)
    assert (short.lost, short.is_good) == (1, False)
    assert whole.last_line() == "soak: 10 messages, 0 lost, 0 double, 0 out of date"


def test_unknown_needs_a_lost_answer() -> None:
    """Of the service, of storage, or that of a killed worker."""
    places = {"sent": 1, "unknown": 3}

    assert _account(6, places, lost=1, kills=1).is_good
    assert not _account(6, places, lost=1).is_good
    assert not _account(6, places, kills=2).is_good


def test_the_real_invisibility_comes_first() -> None:
    """Its ten minutes pass while the other messages are sent."""
    hidden, rest = phases(20_000, 100, real_invisibility=True)

    assert (hidden.invisibility, rest.invisibility) == (REAL, QUICK)
    assert (hidden.messages + rest.messages, hidden.kills + rest.kills) == (20_000, 100)
    assert hidden.kills == 10

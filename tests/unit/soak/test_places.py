"""The judge of the soak: which place a message has, and what it calls lost or out of date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.demo.machine import HOSPITAL
from local.soak.bookings import Booking, Event
from local.soak.phones import Said, written
from local.soak.places import is_settled, judge

FIRST = datetime(2026, 12, 1, 9, 2, tzinfo=HOSPITAL)
MOVED = datetime(2026, 12, 2, 9, 2, tzinfo=HOSPITAL)
PHONE = "+16085550142"
BOOKED = Booking("900000001", PHONE, (Event("S12", FIRST, b"b"),))
CHANGED = Booking("900000001", PHONE, (*BOOKED.events, Event("S14", MOVED, b"m")))
ENDED = Booking("900000001", PHONE, (*BOOKED.events, Event("S15", FIRST, b"c")))
TAGS = {b"b": "bbbbbbbb", b"m": "aaaaaaaa", b"c": "cccccccc"}


def text(version: str, state: str, kind: str = "confirmation", reason: str = "") -> dict[str, Any]:
    """One text as `history` tells of it."""
    return {"version": version, "state": state, "kind": kind, "reason": reason or None}


def history(
    version: str, start: datetime, *texts: dict[str, Any], status: str = "active", kept: bool = True
) -> dict[str, Any]:
    """An appointment as `history` tells of it."""
    appointment = {
        "version": version,
        "status": status,
        "start": start.astimezone(UTC).isoformat(),
        "phoneKept": kept,
    }
    return {"appointment": appointment, "texts": list(texts)}


def judged(
    booking: Booking, found: dict[str, Any] | None, *said: Said
) -> tuple[dict[str, int], bool]:
    """The places, and whether the phone is out of date."""
    judgement = judge(booking, found, said, TAGS.__getitem__)
    return dict(judgement.places), judgement.out_of_date


def shows(start: datetime, *, cancelled: bool = False) -> Said:
    """What the phone shows of a start."""
    return Said(written(start), cancelled)


BOTH = (text("1-bbbbbbbb", "accepted"), text("2-aaaaaaaa", "accepted"))
NEW = text("2-aaaaaaaa", "accepted")


@pytest.mark.parametrize(
    ("older", "place"),
    [
        (text("1-bbbbbbbb", "accepted"), {"sent": 2}),
        (text("1-bbbbbbbb", "unknown"), {"unknown": 1, "sent": 1}),
        (text("1-bbbbbbbb", "not_sent", reason="superseded"), {"superseded": 1, "sent": 1}),
        (text("1-bbbbbbbb", "ready"), {"superseded": 1, "sent": 1}),
        (
            text("1-bbbbbbbb", "not_sent", reason="refused_by_carrier"),
            {"not sent (refused_by_carrier)": 1, "sent": 1},
        ),
    ],
)
def test_an_older_message_keeps_its_outcome(older: dict[str, Any], place: dict[str, int]) -> None:
    """A text that provably never went before the next version came is superseded."""
    assert judged(CHANGED, history("2-aaaaaaaa", MOVED, older, NEW), shows(MOVED))[0] == place


def test_a_message_that_came_too_late_is_superseded() -> None:
    """It made no version, and the newer one was told."""
    found = history("1-aaaaaaaa", MOVED, text("1-aaaaaaaa", "accepted"))

    assert judged(CHANGED, found, shows(MOVED)) == ({"superseded": 1, "sent": 1}, False)


def test_a_newest_message_that_was_not_applied_is_lost() -> None:
    """The appointment is still what it was before."""
    found = history("1-bbbbbbbb", FIRST, text("1-bbbbbbbb", "accepted"))

    assert judged(CHANGED, found, shows(FIRST))[0]["lost"] == 1


def test_an_appointment_that_nobody_knows_is_lost() -> None:
    """All of its messages are."""
    assert judged(CHANGED, None)[0] == {"lost": 2}


def test_a_current_text_without_an_outcome_is_lost() -> None:
    """Nobody will ever tell the patient."""
    assert judged(BOOKED, history("1-bbbbbbbb", FIRST))[0] == {"lost": 1}
    assert judged(BOOKED, history("1-bbbbbbbb", FIRST, text("1-bbbbbbbb", "ready")))[0] == {
        "lost": 1
    }


def test_a_current_text_is_never_superseded() -> None:
    """There is no newer version that could have done it."""
    found = history(
        "1-bbbbbbbb", FIRST, text("1-bbbbbbbb", "not_sent", "confirmation", "superseded")
    )

    assert judged(BOOKED, found)[0] == {"lost": 1}


def test_the_old_time_last_is_out_of_date() -> None:
    """Both were sent, in the wrong order."""
    found = history("2-aaaaaaaa", MOVED, *BOTH)

    assert judged(CHANGED, found, shows(FIRST), shows(MOVED))[1] is False
    assert judged(CHANGED, found, shows(MOVED), shows(FIRST))[1] is True


def test_a_text_that_no_phone_shows_is_out_of_date() -> None:
    """The machine says that it was accepted, and it was not."""
    assert judged(BOOKED, history("1-bbbbbbbb", FIRST, text("1-bbbbbbbb", "accepted")))[1] is True


def test_who_was_told_of_a_visit_is_told_of_its_end() -> None:
    """A cancel that was never told is well where the visit was not told either, else not."""
    silent = history("1-cccccccc", FIRST, status="cancelled", kept=False)
    never = text("2-cccccccc", "not_sent", "cancellation", "never_notified")
    told = text("2-cccccccc", "accepted", "cancellation")
    seen = shows(FIRST)

    quiet = {"superseded": 1, "not sent (never_notified)": 1}
    assert judged(ENDED, silent) == (quiet, False)
    assert judged(ENDED, silent, seen)[0] == {"superseded": 1, "lost": 1}
    raced = history("2-cccccccc", FIRST, never, status="cancelled", kept=False)
    assert judged(ENDED, raced, seen) == (quiet, True)
    done = history("2-cccccccc", FIRST, BOTH[0], told, status="cancelled", kept=False)
    assert judged(ENDED, done, seen, shows(FIRST, cancelled=True)) == ({"sent": 2}, False)


def test_a_phone_kept_after_the_notice_is_not_settled() -> None:
    """It was kept for that text only."""
    told = text("2-cccccccc", "accepted", "cancellation")

    assert not is_settled(history("2-cccccccc", FIRST, told, status="cancelled"))
    assert is_settled(history("2-cccccccc", FIRST, told, status="cancelled", kept=False))


def test_an_open_claim_is_not_settled() -> None:
    """Not even that of an older version: its answer may still come."""
    found = history("2-aaaaaaaa", MOVED, text("1-bbbbbbbb", "claimed"), NEW)

    assert not is_settled(found)

"""
The place of every acknowledged message, from an appointment's events, history and texts. Pure.

Each distinct message has exactly one place:

- the newest message of an appointment determines what the appointment must be now. Its place is the
  outcome of the text of the current version: `sent`, `not sent (reason)` or `unknown`. A cancel of
  a visit that was never texted makes no text: `not sent (never_notified)`, and no phone is kept.
- an older message whose own version was texted keeps that outcome: `sent`, `not sent (reason)` or
  `unknown`.
- any other older message is `superseded`: a newer one arrived before it, or before its text was
  sent.

A message that fits none of these is `lost`: an appointment in a wrong state, a newest message
without an outcome, a phone kept without need. A message is matched to its version by the eight hex
digits of its keyed hash in the version's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.soak.bookings import Booking
from local.soak.phones import Said, written

SENT, SUPERSEDED, UNKNOWN, LOST = "sent", "superseded", "unknown", "lost"
_NEVER_NOTIFIED = "not sent (never_notified)"
_STATES = {"accepted": SENT, "unknown": UNKNOWN}
_FINAL = frozenset({"accepted", "not_sent", "unknown"})

History = dict[str, Any]
"""The answer of `history` for an appointment (docs/operations.md)."""


@dataclass(slots=True)
class Judgement:
    """Places of an appointment's messages; `why` says what is wrong, if anything."""

    places: Counter[str] = field(default_factory=Counter)
    out_of_date: bool = False
    why: str = ""


def is_settled(history: History | None) -> bool:
    """
    Return whether nothing more will happen: the current version has its outcome, no text is open.
    """
    if history is None:
        return False
    texts, appointment = _texts(history), history["appointment"]
    if any(text["state"] == "claimed" for text in texts):
        return False
    current = [text for text in texts if text["version"] == appointment["version"]]
    if appointment["status"] == "cancelled" and appointment["phoneKept"]:
        return False
    if not current:
        return bool(appointment["status"] == "cancelled")
    return all(text["state"] in _FINAL for text in current)


def judge(
    booking: Booking,
    history: History | None,
    shown: Sequence[Said],
    tag_of: Callable[[bytes], str],
) -> Judgement:
    """
    Return the places of a booking's messages.

    `shown` are the texts about this appointment on the phone; `tag_of` names an event's version.
    """
    judgement = Judgement()
    if history is None or not is_settled(history):
        judgement.why = "no outcome"
        judgement.places[LOST] = len(booking.events)
        return judgement
    version = str(history["appointment"]["version"])
    by_tag = {_tag(text["version"]): text for text in _texts(history)}
    for event in booking.events[:-1]:
        tag = tag_of(event.body)
        text = None if tag == _tag(version) else by_tag.get(tag)
        judgement.places[_outcome(text) if text else SUPERSEDED] += 1
    place = _place_of_newest(booking, history, shown, by_tag.get(_tag(version)))
    judgement.places[place] += 1
    if place == LOST:
        judgement.why = "wrong state"
    elif place in (SENT, _NEVER_NOTIFIED) and not _is_up_to_date(booking, shown):
        judgement.out_of_date, judgement.why = True, "out of date"
    return judgement


def _place_of_newest(
    booking: Booking, history: History, shown: Sequence[Said], text: History | None
) -> str:
    newest, found = booking.events[-1], history["appointment"]
    start = datetime.fromisoformat(found["start"]) if found["start"] else None
    status = "cancelled" if newest.cancels else "active"
    if found["status"] != status or start != newest.start.astimezone(UTC):
        return LOST
    if text is None:
        return _NEVER_NOTIFIED if newest.cancels and not shown else LOST
    wanted = "cancellation" if newest.cancels else "confirmation"
    place = _outcome(text)
    return place if text["kind"] == wanted and place != SUPERSEDED else LOST


def _outcome(text: History) -> str:
    """
    Return the place for a text's state.

    An older version's text that provably was not sent and never will be is superseded.
    """
    if text["state"] in _STATES:
        return _STATES[text["state"]]
    if text["state"] == "not_sent" and text["reason"] != "superseded":
        return f"not sent ({text['reason']})"
    return SUPERSEDED


def _is_up_to_date(booking: Booking, shown: Sequence[Said]) -> bool:
    """Return whether the last text on the phone is right; none is right if a cancel was all."""
    newest = booking.events[-1]
    if not shown:
        return newest.cancels
    return shown[-1] == Said(written(newest.start), newest.cancels)


def _texts(history: History) -> list[History]:
    return [text for text in history["texts"] if text["kind"] != "reminder"]


def _tag(version: str) -> str:
    return str(version).partition("-")[2]

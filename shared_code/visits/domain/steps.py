"""What a visit needs next. Pure: prepare.py reads the visit, asks here, and carries it out."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.visits.domain.visit import Visit, VisitState, Wanted

LOBBY_PAUSE = timedelta(minutes=1)
"""Between attempts once the lobby counts as refused."""


class Step(StrEnum):
    """In this order, each possible only after the one before it."""

    FIX_ORGANIZER = "fix_organizer"
    MAKE_MEETING = "make_meeting"
    CLOSE_LOBBY = "close_lobby"
    WAIT_FOR_LOBBY = "wait_for_lobby"
    ASK_GUEST_LINK = "ask_guest_link"
    MOVE_MEETING = "move_meeting"
    NOTHING = "nothing"


def decide_next_step(visit: Visit, wanted: Wanted, now: datetime) -> Step:
    """The one thing to do now; NOTHING when the visit is ready and at the time that is wanted."""
    if not visit.organizer:
        return Step.FIX_ORGANIZER
    if not visit.meeting_id:
        return Step.MAKE_MEETING
    if not visit.lobby_confirmed:
        return Step.CLOSE_LOBBY if _may_try_lobby(visit, now) else Step.WAIT_FOR_LOBBY
    if visit.state is not VisitState.READY:
        return Step.ASK_GUEST_LINK
    return Step.MOVE_MEETING if visit.is_moved(wanted) else Step.NOTHING


def _may_try_lobby(visit: Visit, now: datetime) -> bool:
    if visit.state is not VisitState.LOBBY_REFUSED or visit.lobby_tried is None:
        return True
    return visit.lobby_tried + LOBBY_PAUSE <= now

"""What must hold at every POST to the SMS service, whatever happens around it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared_code.appointments.domain import Appointment
from shared_code.consent.flows import recipient_hash
from shared_code.texting.domain.text import TextRecord, TextRef, TextState
from shared_code.texting.ports import OutgoingText
from tests.world.connection import TENANT
from tests.world.world import World

TEXTS_A_DAY = 6


def wrong_post(text: OutgoingText, world: World, where: ZoneInfo) -> list[str]:
    """
    What is wrong with this one; `where` is the patient's zone. The text must be claimed, of the
    row's version, to its phone, before its start, by day (or before an early visit), not after
    STOP, to nobody who is dead, about no visit that its status calls off, and at most the sixth of
    a day.
    """
    ref = TextRef.parse(text.tag)
    kept, claim = world.appointments.rows.get(ref.subject), world.texts.rows.get(ref)
    if kept is None or claim is None:
        return ["posted without appointment or claim"]
    row, start = kept.value, kept.value.start
    tests = {
        **_claimed(text, claim.value),
        **_fits(text, ref, row),
        "posted after STOP": (TENANT, _hash(text.to, world)) in world.opt_outs.senders,
        "posted after the start": start is None or start <= world.clock(),
        "posted to the dead": row.texting.deceased,
        "posted about what may be cancelled": row.is_held(),
        "posted at night": start is None or wakes(text.first_sent, start, where),
        "posted a seventh text": len(_lately(text, ref, world)) >= TEXTS_A_DAY,
    }
    return [what for what, holds in tests.items() if holds]


def wakes(moment: datetime, start: datetime, where: ZoneInfo) -> bool:
    """Whether it is night there, and the visit does not begin before nine in that morning."""
    there = moment.astimezone(where)
    if time(8) <= there.time() < time(21):
        return False
    morning = there.date() + timedelta(days=there.hour >= 21)
    return start >= datetime.combine(morning, time(9), where)


def _claimed(text: OutgoingText, claim: TextRecord) -> dict[str, bool]:
    return {
        "posted without claim": claim.state is not TextState.CLAIMED,
        "posted another request": claim.first_sent != text.first_sent,
    }


def _fits(text: OutgoingText, ref: TextRef, row: Appointment) -> dict[str, bool]:
    return {
        "posted for another version": row.version != ref.version,
        "posted to another number": row.texting.phone != text.to,
    }


def _hash(phone: str, world: World) -> str:
    return recipient_hash(world.rings, TENANT, phone)


def _lately(text: OutgoingText, ref: TextRef, world: World) -> set[str]:
    """The other texts of the appointment that were read within a day."""
    since = text.first_sent - timedelta(days=1)
    read = [post for post in world.service.executed if post.first_sent > since]
    same = {post.tag for post in read if TextRef.parse(post.tag).subject == ref.subject}
    return same - {text.tag}

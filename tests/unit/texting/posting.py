"""What must hold at every POST to the SMS service, whatever happens around it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared_code.appointments.domain import Appointment
from shared_code.consent.flows import recipient_hash
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState
from shared_code.texting.ports import OutgoingText
from tests.world.connection import TENANT
from tests.world.world import World

TEXTS_A_DAY = 6
TELL_A_START = ("scheduled", "changed", "reminder")


def wrong_post(
    text: OutgoingText, world: World, where: ZoneInfo, first: AbstractSet[str] = frozenset()
) -> list[str]:
    """
    What is wrong with this one; `where` is the patient's zone, `first` holds the tags of the first
    confirmations so far. The text must be claimed, of the row's version, to its phone, before its
    start, by day (or before an early visit), not after STOP, to nobody who is dead, about no visit
    that its status calls off, and at most the sixth of a day. It says *changed* only to who was
    told another start last, and a first confirmation is not one too many for its number.
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
        "said changed where nothing has": _is_old_news(text, claim.value, world),
        "posted too many first texts": is_first_confirmation(text, world)
        and len(_of_that_day(text, first, world, where)) >= world.connection.first_texts_a_day,
    }
    return [what for what, holds in tests.items() if holds]


def is_first_confirmation(text: OutgoingText, world: World) -> bool:
    """
    Whether it is the first text to its number about a visit that is more than a day ahead, and not
    about a start that has just changed.
    """
    ref = TextRef.parse(text.tag)
    row, records = world.appointments.rows.get(ref.subject), world.texts.rows.values()
    recipient = _hash(text.to, world)
    told = [
        each
        for each in records
        if each.ref.subject == ref.subject and each.ref != ref and each.may_have_been_read()
        if each.composed and each.composed.recipient == recipient
    ]
    if row is None or row.value.start is None or row.value.texting.moved or told:
        return False
    is_confirmation = ref.kind is TextKind.CONFIRMATION
    return is_confirmation and row.value.start - text.first_sent > timedelta(days=1)


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


def _is_old_news(text: OutgoingText, claim: TextRecord, world: World) -> bool:
    """Whether a new request says *changed* of the start that its number was told last."""
    if _word(text) != "changed" or claim.repeats:
        return False
    subject = TextRef.parse(text.tag).subject
    told = [
        post
        for post in world.service.executed
        if post.to == text.to and TextRef.parse(post.tag).subject == subject
        if not _failed(post, world)
    ]
    return bool(told) and _word(told[-1]) in TELL_A_START and _start(told[-1]) == _start(text)


def _failed(post: OutgoingText, world: World) -> bool:
    """Whether the carrier reports that a start was not told."""
    kept = world.texts.rows.get(TextRef.parse(post.tag))
    return kept is not None and kept.value.failed_to_arrive() and _word(post) in TELL_A_START


def _word(text: OutgoingText) -> str:
    return text.body.split()[0]


def _start(text: OutgoingText) -> list[str]:
    return text.body.split()[2:4]


def _of_that_day(
    text: OutgoingText, first: AbstractSet[str], world: World, where: ZoneInfo
) -> set[str]:
    """The other first confirmations that the number read on that day."""
    day = text.first_sent.astimezone(where).date()
    read = [
        post
        for post in world.service.executed
        if post.to == text.to and post.first_sent.astimezone(where).date() == day
    ]
    return {post.tag for post in read if post.tag in first} - {text.tag}


def _lately(text: OutgoingText, ref: TextRef, world: World) -> set[str]:
    """The other texts of the appointment that were read within a day."""
    since = text.first_sent - timedelta(days=1)
    read = [post for post in world.service.executed if post.first_sent > since]
    same = {post.tag for post in read if TextRef.parse(post.tag).subject == ref.subject}
    return same - {text.tag}

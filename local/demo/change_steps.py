"""
What patients are texted when a visit is moved, cancelled or comes nearer, and when they reply STOP.
"""

from __future__ import annotations

import re
from datetime import timedelta

from local import seed
from local.demo.machine import HOSPITAL, Machine, StepFailed, check

LINK = re.compile(r"https?://\S+/v/[a-z2-7]{26}")


def moved_visit_is_texted(machine: Machine) -> None:
    """a moved visit is texted with its new time, and the old link shows it"""
    phone, key = "+16085550110", machine.new_key()
    machine.post(machine.booking(key, phone))
    (first,) = machine.await_texts(phone)
    machine.post(machine.booking(key, phone, "S14", start_local=machine.hospital_time(2, 15)))
    second = machine.await_texts(phone, 2)[1]
    check(True, "3:00" in second["text"], "the new time")
    old = LINK.search(first["text"])
    assert old is not None
    status, page = machine.page(old.group())
    check((200, True), (status, "3:00" in page), "the old link")


def there_and_back_is_three_texts(machine: Machine) -> None:
    """a visit moved away and back: three texts, the right time last"""
    phone, key = "+16085550111", machine.new_key()
    for number, hour in enumerate((13, 15, 13), start=1):
        event = "S12" if number == 1 else "S14"
        machine.post(machine.booking(key, phone, event, start_local=machine.hospital_time(2, hour)))
        texts = machine.await_texts(phone, number)
    check(3, len(texts), "texts")
    check(True, "1:00" in texts[-1]["text"], "the last time")


def corrected_phone_is_texted(machine: Machine) -> None:
    """a corrected phone gets the text, and the link of the wrong one is dead"""
    wrong, right, key = "+16085550112", "+16085550113", machine.new_key()
    machine.post(machine.booking(key, wrong))
    (text,) = machine.await_texts(wrong)
    machine.post(machine.booking(key, right, "S14"))
    (corrected,) = machine.await_texts(right)
    check(True, "STOP" in corrected["text"], "how to stop, for who reads a first text")
    link = LINK.search(text["text"])
    assert link is not None
    check(410, machine.page(link.group())[0], "the old link")
    check(1, len(machine.texts(wrong)), "texts to the wrong phone")


def older_change_is_ignored(machine: Machine) -> None:
    """a change that was made earlier and arrives later is not texted"""
    phone, key = "+16085550114", machine.new_key()
    machine.post(machine.booking(key, phone))
    machine.await_texts(phone)
    older = machine.now().astimezone(HOSPITAL) - timedelta(minutes=5)
    start = machine.hospital_time(2, 16)
    machine.post(machine.booking(key, phone, "S14", start_local=start, created=older))
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def cancelled_before_booked(machine: Machine) -> None:
    """a cancellation that overtakes its booking: no text at all"""
    phone, key = "+16085550115", machine.new_key()
    older = machine.now().astimezone(HOSPITAL) - timedelta(minutes=5)
    booking = machine.booking(key, phone, created=older)
    machine.post(machine.booking(key, phone, "S15"))
    machine.post(booking)
    machine.stays("no text", lambda: not machine.sms_requests(phone))


def cancelled_visit_is_texted_once(machine: Machine) -> None:
    """a cancelled visit is texted once; a later change brings back neither text nor phone"""
    phone, key = "+16085550116", machine.new_key()
    machine.post(machine.booking(key, phone))
    machine.await_texts(phone)
    machine.post(machine.booking(key, phone, "S15"))
    texts = machine.await_texts(phone, 2)
    check(False, bool(LINK.search(texts[1]["text"])), "a link in the cancellation")
    machine.move_clock(seconds=190)
    machine.wait_for("the phone to be forgotten", lambda: not _phone_kept(machine, key))
    machine.post(machine.booking(key, phone, "S14", start_local=machine.hospital_time(2, 16)))
    machine.stays("two texts", lambda: len(machine.texts(phone)) == 2, 4)
    check(False, _phone_kept(machine, key), "phone kept")


def reminder_comes_in_time(machine: Machine) -> None:
    """the timer sends the reminder a day before the visit"""
    phone, key = "+16085550117", machine.new_key()
    start = (machine.now() + timedelta(days=1, minutes=10)).astimezone(HOSPITAL)
    machine.post(machine.booking(key, phone, start_local=start.replace(tzinfo=None)))
    machine.await_texts(phone)
    machine.move_clock(minutes=11)
    texts = machine.await_texts(phone, 2)
    check(True, "eminder" in texts[1]["text"], "the reminder's words")


def stop_on_one_number_silences_the_other(machine: Machine) -> None:
    """STOP to one number of the organization silences its other numbers too"""
    phone = "+16085550118"
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_texts(phone)
    stops = machine.stops()
    machine.reply(phone, seed.FROM_NUMBER, "STOP")
    machine.wait_for("the STOP to arrive", lambda: machine.stops() > stops)
    before = len(machine.sms_requests(phone))
    machine.post(machine.booking(machine.new_key(), phone), seed.OTHER_NUMBER, "epic")
    machine.stays("no request", lambda: len(machine.sms_requests(phone)) == before)


def paused_connection_waits(machine: Machine) -> None:
    """a paused connection texts nobody, and continues when it is resumed"""
    phone = "+16085550119"
    check(200, machine.operate("pause", connection=seed.PRODUCTION)[0], "pause")
    machine.post(machine.booking(machine.new_key(), phone))
    machine.stays("no text", lambda: not machine.sms_requests(phone))
    check(200, machine.operate("resume", connection=seed.PRODUCTION)[0], "resume")
    machine.move_clock(seconds=200)
    machine.await_texts(phone)


def burst_is_held(machine: Machine) -> None:
    """a burst far over the usual is held until an operator releases it"""
    before = _sent(machine)
    for number in range(60):
        phone = f"+160855501{20 + number % 20}"
        machine.post(machine.booking(machine.new_key(), phone), seed.OTHER_NUMBER)
    # the brake looks once a minute: too early, and the step would wait for its next look
    machine.wait_for("the burst", lambda: _is_pulled(machine) or _sent(machine) > before + 50, 90)
    machine.move_clock(seconds=60)
    machine.wait_for("the brake", lambda: _is_pulled(machine), 90)
    phone = "+16085550109"
    machine.post(machine.booking(machine.new_key(), phone), seed.OTHER_NUMBER)
    machine.stays("no text", lambda: not machine.sms_requests(phone))
    check(200, machine.operate("release", connection=seed.OTHER_NUMBER)[0], "release")
    machine.move_clock(seconds=200)
    machine.await_texts(phone)


def night_waits_for_the_morning(machine: Machine) -> None:
    """a booking at three at night is texted at eight"""
    phone = "+16085550108"
    _move_to(machine, 3)
    machine.post(
        machine.booking(machine.new_key(), phone, start_local=machine.hospital_time(2, 14))
    )
    machine.stays("no text", lambda: not machine.sms_requests(phone), 4)
    _move_to(machine, 8)
    machine.move_clock(seconds=90)
    machine.await_texts(phone)


def _move_to(machine: Machine, hour: int) -> None:
    there = machine.now().astimezone(HOSPITAL)
    then = there.replace(hour=hour, minute=0, second=5, microsecond=0)
    if then <= there:
        then += timedelta(days=1)
    machine.move_clock(seconds=(then - there).total_seconds())


def _phone_kept(machine: Machine, key: str) -> bool:
    status, answer = machine.operate("history", connection=seed.PRODUCTION, appointment=key)
    if status != 200:
        raise StepFailed("no history")
    return bool(answer["appointment"]["phoneKept"])


def _sent(machine: Machine) -> int:
    return len(machine.sms_requests(seed.OTHER_FROM_NUMBER))


def _is_pulled(machine: Machine) -> bool:
    return any(line.get("event") == "brake.pulled" for line in machine.log_of("web"))


STEPS = (
    moved_visit_is_texted,
    there_and_back_is_three_texts,
    corrected_phone_is_texted,
    older_change_is_ignored,
    cancelled_before_booked,
    cancelled_visit_is_texted_once,
    reminder_comes_in_time,
    stop_on_one_number_silences_the_other,
    paused_connection_waits,
    burst_is_held,
    night_waits_for_the_morning,
)

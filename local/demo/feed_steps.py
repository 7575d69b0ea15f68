"""What real feeds, phones and carriers do: odd messages, odd replies, and nothing that arrives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from local import seed
from local.demo.machine import Machine, check

LINK = re.compile(r"https?://\S+/v/[a-z2-7]{26}")
_FIELDS_AFTER_VIP_STATUS = 14
"""From PID-16, the last one that the simulator writes, to PID-30."""
_FAILED_TEXTS = 5
"""As many as make a problem, if they are a fifth of the hour's reports."""


def test_system_changes_nothing(machine: Machine) -> None:
    """messages of a test system on the production feed are acknowledged and change nothing"""
    phone, key = "+16085550180", machine.new_key()
    machine.post(machine.booking(key, phone))
    (text,) = machine.await_texts(phone)
    moved = machine.booking(
        key, phone, "S14", processing="T", start_local=machine.hospital_time(2, 15)
    )
    cancelled = machine.booking(key, phone, "S15", processing="T")
    check([["AA"], ["AA"]], [machine.post(body).codes for body in (moved, cancelled)], "ACKs")
    problems = machine.wait_for(
        "a problem", lambda: _problems(machine, "processing_id_not_allowed")
    )
    check(1, len(problems), "problems")
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)
    link = LINK.search(text["text"])
    assert link is not None
    status, page = machine.page(link.group())
    check((200, True), (status, "1:30" in page), "the page of the visit")


def deceased_patient_is_not_texted(machine: Machine) -> None:
    """a patient who has died is not texted, not even of the cancellation; somebody is told"""
    phone, key = "+16085550181", machine.new_key()
    machine.post(machine.booking(key, phone))
    machine.await_texts(phone)
    later = machine.hospital_time(2, 15)
    for body in (
        machine.booking(key, phone, "S14", start_local=later),
        machine.booking(key, phone, "S15", start_local=later),
    ):
        check(["AA"], machine.post(_deceased(body)).codes, "ACK")
    problems = machine.wait_for("a problem", lambda: _problems(machine, "patient_deceased"))
    check(1, len(problems), "problems")
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)
    _, history = machine.operate("history", connection=seed.PRODUCTION, appointment=key)
    check(False, history["appointment"]["phoneKept"], "phone kept")


def note_that_looks_like_a_header(machine: Machine) -> None:
    """a note whose second line begins with BHS is text, and the visit is booked"""
    phone = "+16085550182"
    note = b"\rNTE|1||Please bring the\nBHS intake form before the visit\rPID|"
    body = machine.booking(machine.new_key(), phone).replace(b"\rPID|", note)
    check(["AA"], machine.post(body).codes, "ACK")
    machine.await_texts(phone)


def stop_in_curly_quotes(machine: Machine) -> None:
    """STOP in curly quotes is a STOP"""
    phone = "+16085550183"
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_texts(phone)
    stops = machine.stops()
    machine.reply(phone, seed.FROM_NUMBER, "\u201cSTOP\u201d")
    machine.wait_for("the STOP to arrive", lambda: machine.stops() > stops)
    before = len(machine.sms_requests(phone))
    machine.post(machine.booking(machine.new_key(), phone))
    machine.stays("no request", lambda: len(machine.sms_requests(phone)) == before)


def failing_deliveries_are_one_problem(machine: Machine) -> None:
    """when no text is delivered any more, operators get one problem"""
    machine.control("acs", {"delivery": "Failed"})
    try:
        phones = [f"+160855501{84 + number}" for number in range(_FAILED_TEXTS * 2)]
        for phone in phones:
            machine.post(machine.booking(machine.new_key(), phone))
        for phone in phones:
            machine.await_texts(phone)
        found = machine.wait_for("a problem", lambda: _problems(machine, "deliveries_fail"))
        check(1, len(found), "problems")
    finally:
        machine.control("acs", {"delivery": "Delivered"})


def _problems(machine: Machine, code: str) -> Sequence[dict[str, Any]]:
    """Return what operators are shown of that code for the production connection."""
    status, answer = machine.operate("problems")
    check(200, status, "the problems' status")
    return [
        each
        for each in answer["problems"]
        if (each["code"], each["connection"]) == (code, seed.PRODUCTION)
    ]


def _deceased(body: bytes) -> bytes:
    """Return the message with PID-30 (patient death indicator)."""
    return body.replace(b"|S\r", b"|S" + b"|" * _FIELDS_AFTER_VIP_STATUS + b"Y\r")


STEPS = (
    test_system_changes_nothing,
    deceased_patient_is_not_texted,
    note_that_looks_like_a_header,
    stop_in_curly_quotes,
    failing_deliveries_are_one_problem,
)

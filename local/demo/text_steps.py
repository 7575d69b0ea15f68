"""Who is texted what, and who is not."""

from __future__ import annotations

import re

from local import seed
from local.demo.machine import Machine, StepFailed, check


def booking_is_texted(machine: Machine) -> None:
    """a booked video visit is acknowledged and the patient's phone shows when, and a link"""
    phone = "+16085550141"
    check(["AA"], machine.post(machine.booking(machine.new_key(), phone)).codes, "ACK")
    (text,) = machine.await_texts(phone)
    link = re.search(r"https?://\S+/v/[a-z2-7]{26}", text["text"])
    if link is None or "1:30" not in text["text"] or "Lamna Healthcare" not in text["text"]:
        raise StepFailed("the text names no link, time or organization")
    check(("GSM-7", 1), (text["encoding"], text["segments"]), "one part")
    status, page = machine.page(link.group())
    check((200, True), (status, "1:30" in page), "the page behind the link")
    check(404, machine.page(link.group()[:-1] + "_")[0], "a link that nobody made")


def duplicate_is_not_texted(machine: Machine) -> None:
    """the same message again gets the same acknowledgement and no second text"""
    phone, body = "+16085550143", machine.booking(machine.new_key(), "+16085550143")
    first = machine.post(body)
    machine.await_texts(phone)
    second = machine.post(body)
    check((200, first.text), (second.status, second.text), "the second acknowledgement")
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def spanish_patient_reads_spanish(machine: Machine) -> None:
    """a patient whose language is Spanish is texted in Spanish, in one part"""
    phone = "+16085550144"
    machine.post(machine.booking(machine.new_key(), phone, language="SPA"))
    (text,) = machine.await_texts(phone)
    check(True, "videoconsulta" in text["text"].lower(), "Spanish words")
    check(("GSM-7", 1), (text["encoding"], text["segments"]), "one part")


def office_visit_is_not_texted(machine: Machine) -> None:
    """a visit in person is acknowledged and not texted"""
    phone = "+16085550145"
    body = machine.booking(machine.new_key(), phone, visit_code="1001", visit_name="OFFICE VISIT")
    check(["AA"], machine.post(body).codes, "ACK")
    machine.stays("no text", lambda: not machine.sms_requests(phone))


def test_connection_keeps_to_its_list(machine: Machine) -> None:
    """a test connection texts the numbers of its allow-list and nobody else"""
    stranger = "+16085550146"
    check(
        ["AA"], machine.post(machine.booking(machine.new_key(), stranger), seed.TEST).codes, "ACK"
    )
    before = len(machine.texts(seed.ALLOWED[0]))
    machine.post(machine.booking(machine.new_key(), seed.ALLOWED[0]), seed.TEST)
    machine.await_texts(seed.ALLOWED[0], before + 1)
    machine.stays("no text", lambda: not machine.sms_requests(stranger), 2)


def numbers_say_what_happened(machine: Machine) -> None:
    """the day's numbers say what the phones show: each text sent, none missed or unknown"""
    shown = sum(len(machine.texts(phone)) for phone in ("+16085550141", "+16085550143"))
    shown += len(machine.texts("+16085550144"))
    numbers = machine.wait_for("the numbers", lambda: _numbers_with(shown, machine))
    wanted = ("due", "sent", "missed", "unknown")
    check((shown, shown, 0, 0), tuple(numbers[name] for name in wanted), str(wanted))
    backwards = {"from": "2026-11-07", "to": "2026-11-01"}
    check(400, machine.operate("metrics", connection=seed.PRODUCTION, **backwards)[0], "no days")


def _numbers_with(sent: int, machine: Machine) -> dict[str, int] | None:
    """Return today's numbers once that many texts are counted: counts follow outcomes."""
    status, answer = machine.operate("metrics", connection=seed.PRODUCTION)
    check(200, status, "the numbers' status")
    (today,) = answer["days"]
    return today if today["sent"] >= sent else None


STEPS = (
    booking_is_texted,
    duplicate_is_not_texted,
    spanish_patient_reads_spanish,
    office_visit_is_not_texted,
    test_connection_keeps_to_its_list,
    numbers_say_what_happened,
)
